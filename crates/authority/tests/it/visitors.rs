//! Guests and anonymous visitors: what they get, and that they are nobody's second best.

use std::time::Duration;

use capos_authority::{AccountDraft, AccountState, AuthStrength, Limits, PrincipalKind};
use capos_schema::Code;

use crate::ground::*;

#[tokio::test]
async fn a_guest_comes_in_by_the_guest_account_alone() {
    let ground = Ground::new().await;
    let none = ground.authority.guest(remote(1), "guest").await.unwrap_err();
    assert_eq!(none, Code::DisabledAuthMethod.into());
    let account = ground.guest_account().await;
    let session = ground.authority.guest(remote(1), "guest").await.unwrap();
    let context = session.context();
    assert_eq!((context.kind, context.strength), (PrincipalKind::Guest, AuthStrength::None));
    assert!(context.principal.is_empty(), "a guest has no identity");
    assert_eq!(context.account.as_deref(), Some("guest"));
    assert_eq!(session.grants().len(), 3);
    for profile in ["", "user", "anonymous", "operator", "Guest"] {
        let denial = ground.authority.guest(remote(1), profile).await.unwrap_err();
        assert_eq!(denial, Code::AuthenticationDenied.into(), "{profile}");
    }
    let off = AccountDraft { state: AccountState::Disabled, ..draft(PrincipalKind::Guest, "guest") };
    ground.admin().update("guest", account.revision, off, &root()).await.unwrap();
    assert!(!session.is_live());
    assert_eq!(ground.authority.guest(remote(1), "guest").await.unwrap_err().code, Code::DisabledAuthMethod);
}

#[tokio::test]
async fn an_account_that_may_enter_the_guest_profile_is_no_guest_account() {
    let ground = Ground::new().await;
    ground.redefine("guest", |definition| definition["admits"] = serde_json::json!(["guest", "human"])).await;
    ground.admin().create("guest", draft(PrincipalKind::Human, "guest"), &root()).await.unwrap();
    assert_eq!(ground.authority.guest(remote(1), "guest").await.unwrap_err().code, Code::DisabledAuthMethod);
}

#[tokio::test]
async fn a_guest_enters_no_other_profile_even_where_a_role_names_it() {
    let ground = Ground::new().await;
    ground.guest_account().await;
    ground.redefine("user", |definition| definition["admits"] = serde_json::json!(["guest"])).await;
    let roles = ground.admin().roles().await.unwrap();
    let mut role = roles.into_iter().find(|role| role.name == "guest").unwrap();
    role.profiles.push("user".to_owned());
    ground.admin().put_role(role, &root()).await.unwrap();
    let denial = ground.authority.guest(remote(1), "user").await.unwrap_err();
    assert_eq!(denial, Code::AuthenticationDenied.into());
}

#[tokio::test]
async fn anonymous_visitors_enter_their_own_profiles_alone() {
    let ground = Ground::new().await;
    for profile in ["", "anonymous"] {
        let session = ground.authority.anonymous(remote(1), profile).await.unwrap();
        let context = session.context();
        assert_eq!((context.profile.as_str(), context.kind), ("anonymous", PrincipalKind::Anonymous));
        assert!(context.principal.is_empty() && context.account.is_none());
    }
    for profile in ["user", "guest", "operator", "nothing"] {
        let denial = ground.authority.anonymous(remote(1), profile).await.unwrap_err();
        assert_eq!(denial.code, Code::AuthenticationDenied);
    }
    let mut off = settings(limits());
    off.methods.anonymous = false;
    ground.authority.reload(off);
    assert_eq!(ground.authority.anonymous(remote(1), "").await.unwrap_err().code, Code::DisabledAuthMethod);
}

#[tokio::test]
async fn a_failed_proof_falls_back_to_nothing() {
    let ground = Ground::new().await;
    ground.guest_account().await;
    ground.user("alice").await;
    ground.try_password(remote(1), "alice", "wrong", "").await.unwrap_err();
    ground.try_password(remote(1), "alice", "wrong", "guest").await.unwrap_err();
    assert!(ground.authority.sessions().is_empty());
}

#[tokio::test]
async fn visits_are_bounded_in_number_and_in_time() {
    let few = Limits { visits: 3, visit_every: Duration::from_secs(1), ..limits() };
    let ground = Ground::with(few).await;
    let visit = |number| ground.authority.anonymous(remote(number), "");
    for _ in 0..3 {
        drop(visit(1).await.unwrap().end(capos_authority::EndReason::Logout));
    }
    assert_eq!(visit(1).await.unwrap_err().code, Code::Overloaded);
    assert!(visit(2).await.is_ok(), "another source is another one");
    ground.hand.advance(Duration::from_millis(999));
    assert_eq!(visit(1).await.unwrap_err().code, Code::Overloaded);
    ground.hand.advance(Duration::from_millis(1));
    assert!(visit(1).await.is_ok());
    assert_eq!(visit(1).await.unwrap_err().code, Code::Overloaded);
}

#[tokio::test]
async fn sessions_are_bounded_by_principal_source_and_node() {
    let ground = Ground::with(Limits { principal_sessions: 2, node_sessions: 5, kept_sessions: 0, ..limits() }).await;
    ground.user("alice").await;
    ground.user("bob").await;
    let (one, _two) = (ground.sign_in("alice").await, ground.sign_in("alice").await);
    let third = ground.try_password(remote(7), "alice", PASSWORD, "").await.unwrap_err();
    assert_eq!(third, Code::TooManySessions.into());
    assert!(one.end(capos_authority::EndReason::Logout).is_complete());
    let _again = ground.sign_in("alice").await;
    // Visitors are counted by where they come from: they have no other identity.
    for number in [1, 1, 2] {
        ground.authority.anonymous(remote(number), "").await.unwrap();
    }
    assert_eq!(ground.authority.anonymous(remote(1), "").await.unwrap_err().code, Code::TooManySessions);
    let full = ground.try_password(local(), "bob", PASSWORD, "").await.unwrap_err();
    assert_eq!(full, Code::TooManySessions.into(), "five on the node");
    assert_eq!(ground.awaited("limit.reached", 3).await[2]["cause"], "sessionsOfNode");
}

#[tokio::test]
async fn visitors_from_everywhere_keep_nobody_out_who_can_prove_something() {
    let ground = Ground::with(Limits { node_sessions: 4, ..limits() }).await;
    ground.user("alice").await;
    let mut let_in = 0;
    for number in 1..=4 {
        let_in += usize::from(ground.authority.anonymous(remote(number), "").await.is_ok());
    }
    assert!(ground.try_password(remote(9), "alice", PASSWORD, "").await.is_ok());
    assert_eq!(let_in, 2);
}
