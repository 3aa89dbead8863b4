//! Another profile in a session's place.

use std::time::Duration;

use capos_authority::{
    AccountState, AuthStrength, EndReason, Limits, MethodKind, PrincipalKind, Secret, Session, Step,
};
use capos_schema::Code;
use ring::digest::{SHA256, digest};

use crate::envelope::Holder;
use crate::ground::*;

fn names(choices: &[capos_authority::ProfileChoice]) -> Vec<(&str, bool)> {
    choices.iter().map(|choice| (choice.name.as_str(), choice.current)).collect()
}

async fn enter(session: &Session, profile: &str) -> Result<Session, Code> {
    let entered = session.enter(profile).await.map_err(|denial| denial.code)?;
    drop(session.end(EndReason::ProfileEntered));
    Ok(entered)
}

#[tokio::test]
async fn a_session_by_key_is_entered_anew_and_renewed_by_what_was_signed_for_the_first() {
    let ground = Ground::new().await;
    let holder = Holder::ed25519();
    ground.operator("root").await;
    let added = ground.admin().add_key("root", &line(&holder), &root()).await.unwrap();
    let mut flow = ground.authority.begin(remote(1), start(MethodKind::PublicKey, "root", "")).unwrap();
    let Step::Ask(prompt) = flow.next(Secret::from(Vec::new())).await.unwrap() else { panic!("done") };
    let Step::Done(session) = flow.next(signature(&holder, &prompt.challenge)).await.unwrap() else { panic!("asked") };
    assert_eq!(names(&session.profiles().await), [("operator", true), ("user", false)]);
    ground.hand.advance(Duration::from_secs(30));
    let entered = enter(&session, "user").await.unwrap();
    let (before, after) = (session.context(), entered.context());
    assert_eq!((after.strength, after.method), (AuthStrength::PublicKey, MethodKind::PublicKey));
    assert_eq!((&after.principal, &after.source, &after.account), (&before.principal, &before.source, &before.account));
    assert_ne!(after.handle, before.handle);
    assert_eq!(ground.told("session.begun").await[1]["key"], added.keys[0].fingerprint.as_str());
    let signed: [u8; 32] = digest(&SHA256, &prompt.challenge).as_ref().try_into().unwrap();
    let asked =
        [capos_schema::signing::RENEWAL, &signed, &after.handle.0, &entered.expires_at_ms().to_be_bytes()].concat();
    entered.renew(signature(&holder, &asked), 0).await.unwrap();
    ground.admin().remove_key("root", &added.keys[0].fingerprint, &root()).await.unwrap();
    assert!(!entered.is_live(), "what it rests on is what the first one did");
}

#[tokio::test]
async fn policy_is_asked_as_at_a_sign_in() {
    let ground = Ground::new().await;
    ground.operator("root").await;
    ground.operator("spare").await;
    let session = ground.sign_in("root").await;
    let mut user = ground.profile("user").await;
    user.retired = true;
    ground.admin().put_profile(user, &root()).await.unwrap();
    assert_eq!(names(&session.profiles().await), [("operator", true)]);
    assert_eq!(enter(&session, "user").await.err(), Some(Code::AuthenticationDenied));
    assert_eq!(enter(&session, "guest").await.err(), Some(Code::AuthenticationDenied));
    assert!(session.is_live());
    let causes: Vec<_> = ground.awaited("session.refused", 2).await.iter().map(|row| row["cause"].clone()).collect();
    assert_eq!(causes, ["retiredProfile", "forbiddenProfile"]);
}

#[tokio::test]
async fn an_account_that_may_recover_alone_has_that_profile_alone() {
    let ground = Ground::new().await;
    let account = ground.operator("root").await;
    ground.operator("spare").await;
    let mut recovering = draft(PrincipalKind::Operator, "operator");
    recovering.state = AccountState::RecoveryOnly;
    recovering.recovery_profile = "user".to_owned();
    ground.admin().update("root", account.revision, recovering, &root()).await.unwrap();
    let session = ground.sign_in("root").await;
    assert_eq!(names(&session.profiles().await), [("user", true)]);
    assert_eq!(enter(&session, "operator").await.err(), Some(Code::AuthenticationDenied));
}

#[tokio::test]
async fn a_proof_is_fresh_to_the_limit_and_no_longer() {
    let ground = Ground::new().await;
    ground.operator("root").await;
    let most = limits().enter_time;
    let session = ground.sign_in("root").await;
    ground.hand.advance(most - Duration::from_nanos(1));
    let session = enter(&session, "user").await.unwrap();
    ground.hand.advance(Duration::from_nanos(1));
    assert_eq!(enter(&session, "operator").await.err(), Some(Code::AuthenticationDenied));
    assert_eq!(ground.awaited("session.refused", 1).await[0]["cause"], "proofNotFresh");
}

#[tokio::test]
async fn one_session_gives_way_to_one_and_to_none_that_nobody_waits_for() {
    let ground = Ground::with(Limits { principal_sessions: 1, ..limits() }).await;
    ground.operator("root").await;
    let session = ground.sign_in("root").await;
    let first = session.enter("user").await.unwrap();
    assert_eq!(session.enter("user").await.err().map(|denial| denial.code), Some(Code::StaleSession));
    assert!(session.is_live(), "until its caller has ended it");
    drop(session.end(EndReason::ProfileEntered));
    assert_eq!(ground.authority.sessions().len(), 1);
    let entering = first.clone();
    let nobody = tokio::spawn(async move { entering.enter("operator").await.map(drop) });
    tokio::task::yield_now().await;
    nobody.abort();
    let _ = nobody.await;
    drop(first.end(EndReason::Logout));
    while !ground.authority.sessions().is_empty() {
        tokio::task::yield_now().await;
    }
}
