//! What a session has beside its profile: what it attached, and what services know it by.

use std::time::Duration;

use capos_authority::{AuditLevel, CallLimits, EndReason, GrantDefinition, Limits, Session, Transfer};
use capos_schema::Code;
use serde_json::{Value, json};

use crate::ground::*;

const HOUR: Duration = Duration::from_secs(3600);

fn service(name: &str) -> GrantDefinition {
    GrantDefinition {
        name: name.to_owned(),
        interface_id: 7,
        object: format!("service:greeter/{name}"),
        transfer: Transfer::Session,
        lease_ms: None,
        methods: None,
        audit: AuditLevel::Denied,
        calls: CallLimits::default(),
    }
}

/// Attaches by the grant `runner`.
fn attach(session: &Session, name: &str) -> Result<(), Code> {
    let runner = session.grant("runner").expect("granted");
    session.attach(&service(name), &runner).map(drop).map_err(|denial| denial.code)
}

fn code(session: &Session, name: &str) -> Option<Code> {
    session.grant(name).expect("in the bundle").liveness.check().err().map(|denial| denial.code)
}

async fn user(ground: &Ground) -> Session {
    ground.user("alice").await;
    ground.sign_in("alice").await
}

#[tokio::test]
async fn what_is_attached_is_in_the_bundle_until_it_is_detached() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    let before = session.grants().len();
    assert_eq!(attach(&session, "greeter"), Ok(()));
    assert_eq!(session.grants().len(), before + 1);
    let grant = session.grant("greeter").unwrap();
    assert_eq!(attach(&session, "greeter"), Err(Code::BadRequest), "the name is taken");
    assert_eq!(attach(&session, "manual"), Err(Code::BadRequest));
    assert!(session.detach("greeter") && !session.detach("greeter"));
    assert!(!session.detach("manual"), "what the profile gives is not for its holder to take out");
    assert_eq!(grant.liveness.check().unwrap_err().code, Code::Revoked);
    assert!(session.grant("greeter").is_none() && session.grant("manual").unwrap().liveness.is_live());
    assert_eq!(attach(&session, "greeter"), Ok(()), "and may be attached again");
}

#[tokio::test]
async fn a_bundle_holds_so_many_grants_and_no_more() {
    let ground = Ground::with(Limits { grants: 20, ..limits() }).await;
    let session = user(&ground).await;
    let room = 20 - session.grants().len();
    for number in 0..room {
        assert_eq!(attach(&session, &format!("s{number}")), Ok(()));
    }
    assert_eq!(attach(&session, "one-more"), Err(Code::QuotaExceeded));
    assert!(session.detach("s0"));
    assert_eq!(attach(&session, "one-more"), Ok(()));
}

#[tokio::test]
async fn what_is_attached_ends_with_what_it_was_got_by_and_with_the_session() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    attach(&session, "greeter").unwrap();
    session.revoke_grant("runner", &root(), "").await.unwrap();
    assert_eq!(code(&session, "greeter"), Some(Code::Revoked));
    assert_eq!(attach(&session, "other"), Err(Code::Revoked));
    let session = ground.sign_in("alice").await;
    attach(&session, "greeter").unwrap();
    drop(session.end(EndReason::Logout));
    assert_eq!(code(&session, "greeter"), Some(Code::StaleSession));
    assert_eq!(attach(&session, "other"), Err(Code::StaleSession));
}

#[tokio::test]
async fn what_is_attached_stays_through_renewals_and_changes_that_do_not_concern_it() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    attach(&session, "greeter").unwrap();
    let grant = session.grant("greeter").unwrap();
    session.renew(PASSWORD.into(), 0).await.unwrap();
    ground.redefine("user", |definition| drop(definition["grants"].as_array_mut().unwrap().remove(2))).await;
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert!(grant.liveness.is_live() && session.grant("manual").is_none());
    assert_eq!(code(&session, "greeter"), None);
}

#[tokio::test]
async fn what_is_attached_goes_when_policy_no_longer_gives_what_it_was_got_by() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    attach(&session, "greeter").unwrap();
    let without = |definition: &mut Value| {
        definition["grants"].as_array_mut().unwrap().retain(|grant| grant["name"] != "runner");
    };
    ground.redefine("user", without).await;
    assert_eq!(code(&session, "greeter"), Some(Code::Revoked));
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert!(session.grant("greeter").is_none());
}

#[tokio::test]
async fn where_policy_gives_a_grant_of_that_name_that_one_it_is() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    attach(&session, "greeter").unwrap();
    let attached = session.grant("greeter").unwrap();
    let more = json!({ "name": "greeter", "interface": "Manual", "object": "builtin:manual" });
    ground.redefine("user", |definition| definition["grants"].as_array_mut().unwrap().push(more)).await;
    assert!(attached.liveness.is_live(), "what policy gives comes with a renewal");
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert!(!attached.liveness.is_live());
    assert_eq!(session.grant("greeter").unwrap().object, "builtin:manual");
    assert_eq!(session.grants().iter().filter(|grant| grant.name == "greeter").count(), 1);
}

#[tokio::test]
async fn what_an_administrator_took_is_not_attached_again() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    attach(&session, "greeter").unwrap();
    assert!(session.revoke_grant("greeter", &root(), "").await.unwrap());
    assert_eq!(code(&session, "greeter"), Some(Code::Revoked));
    assert_eq!(attach(&session, "greeter"), Err(Code::Revoked));
    session.detach("greeter");
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert_eq!(attach(&session, "greeter"), Err(Code::Revoked));
}

#[tokio::test]
async fn a_lease_of_what_is_attached_begins_anew_with_a_renewal() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    let runner = session.grant("runner").unwrap();
    let leased = GrantDefinition { lease_ms: Some(HOUR.as_millis() as u64), ..service("greeter") };
    let first = session.attach(&leased, &runner).unwrap();
    ground.hand.advance(HOUR / 2);
    session.renew(PASSWORD.into(), 0).await.unwrap();
    let second = session.grant("greeter").unwrap();
    assert_eq!(second.lease_expires_at_ms, first.lease_expires_at_ms + HOUR.as_millis() as u64 / 2);
    ground.hand.advance(HOUR);
    while second.liveness.is_live() {
        tokio::task::yield_now().await;
    }
    assert_eq!(code(&session, "greeter"), Some(Code::LeaseExpired));
    assert!(runner.liveness.is_live());
}

#[tokio::test]
async fn two_services_know_one_session_by_nothing_in_common() {
    let ground = Ground::new().await;
    let session = user(&ground).await;
    let again = ground.sign_in("alice").await;
    ground.user("bob").await;
    let bob = ground.sign_in("bob").await;
    assert_eq!(session.reference("chat"), session.reference("chat"));
    assert_ne!(session.reference("chat"), session.reference("adventure"));
    assert_ne!(session.reference("chat"), again.reference("chat"), "each session has its own");
    let pseudonym = session.pseudonym("chat").expect("an account's");
    assert_eq!(again.pseudonym("chat"), Some(pseudonym), "and each person one");
    assert_ne!(session.pseudonym("adventure"), Some(pseudonym));
    assert_ne!(bob.pseudonym("chat"), Some(pseudonym));
    assert_ne!(session.reference("chat"), pseudonym);
}

#[tokio::test]
async fn a_pseudonym_is_the_accounts_own_for_life() {
    let ground = Ground::new().await;
    let pseudonym = user(&ground).await.pseudonym("chat");
    assert!(pseudonym.is_some());
    let ground = ground.reopen().await;
    assert_eq!(ground.sign_in("alice").await.pseudonym("chat"), pseudonym, "the node was started again");
    let revision = ground.admin().get("alice").await.unwrap().revision;
    ground.admin().remove("alice", revision, &root()).await.unwrap();
    ground.user("alice").await;
    assert_ne!(ground.sign_in("alice").await.pseudonym("chat"), pseudonym, "another one of the same name");
    let other = Ground::new().await;
    assert_ne!(user(&other).await.pseudonym("chat"), pseudonym, "and another node");
}

#[tokio::test]
async fn visitors_have_no_pseudonym() {
    let ground = Ground::new().await;
    ground.guest_account().await;
    let guest = ground.authority.guest(remote(1), "guest").await.unwrap();
    let anonymous = ground.authority.anonymous(remote(1), "").await.unwrap();
    assert_eq!((guest.pseudonym("chat"), anonymous.pseudonym("chat")), (None, None));
    assert_ne!(guest.reference("chat"), anonymous.reference("chat"));
}

#[tokio::test]
async fn a_session_holds_so_many_places_in_the_journal_and_no_more() {
    let ground = Ground::with(Limits { session_slots: 3, ..limits() }).await;
    let session = user(&ground).await;
    let mut held: Vec<_> = (0..3).map(|_| session.reserve().expect("a place")).collect();
    assert_eq!(session.reserve().unwrap_err().code, Code::TooManyCalls);
    let other = ground.sign_in("alice").await;
    assert!(other.reserve().is_ok(), "another session has its own");
    held.pop();
    assert!(session.reserve().is_ok());
}
