//! How sessions and grants end, each for its reason, and what renewals do.

use std::time::Duration;

use capos_authority::{Actor, EndReason, Session};
use capos_schema::{Code, Denial};
use serde_json::{Value, json};

use crate::ground::*;

const HOUR: u64 = 3_600_000;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

fn grant(definition: &mut Value, number: usize) -> &mut Value {
    &mut definition["grants"][number]
}

fn code(session: &Session, name: &str) -> Option<Code> {
    session.grant(name).unwrap().liveness.check().err().map(|denial| denial.code)
}

/// Waits for what the task that watches the time has to do.
async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_end_reaches_everything_and_says_why() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let reasons = [
        (EndReason::Logout, "logout"),
        (EndReason::Disconnected, "disconnected"),
        (EndReason::Administrator, "administrator"),
    ];
    for (number, (why, name)) in reasons.into_iter().enumerate() {
        let session = ground.sign_in("alice").await;
        let other = ground.sign_in("alice").await;
        assert!(session.end(why).is_complete());
        drop(session.end(EndReason::Expired));
        assert_eq!(session.ended().await, why, "the first reason stays");
        assert_eq!(session.liveness().check(), Err(Denial::from(why)));
        assert!(session.grants().iter().all(|grant| grant.liveness.check() == Err(why.into())));
        assert!(other.is_live(), "and nothing beside it");
        drop(other.end(EndReason::Logout));
        let rows = ground.awaited("session.ended", 2 * number + 2).await;
        assert_eq!(rows[2 * number]["reason"], name);
        assert_eq!(rows[2 * number]["session"], session.context().handle.to_string());
    }
    assert!(ground.authority.sessions().is_empty());
}

#[tokio::test]
async fn an_administrators_end_is_in_the_journal_when_it_is_answered() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    let actor = Actor { session: Some(session.context().handle), account: Some("root".to_owned()) };
    session.end_by(&actor, "went home").await.unwrap();
    let row = &ground.told("session.ended").await[0];
    assert_eq!(
        (&row["by"], &row["note"], &row["reason"]),
        (&"root".into(), &"went home".into(), &"administrator".into())
    );
    for _ in 0..3 {
        ground.sign_in("alice").await;
    }
    assert_eq!(ground.authority.end_account("alice", EndReason::Administrator, &actor).await.unwrap(), 3);
    assert_eq!(ground.told("session.ended").await.len(), 4);
    assert_eq!(ground.authority.end_account("alice", EndReason::Administrator, &actor).await.unwrap(), 0);
}

#[tokio::test]
async fn time_ends_a_session_and_the_clock_on_the_wall_does_not() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    assert_eq!(session.expires_at_ms(), NOON + 12 * HOUR);
    ground.hand.set_wall(NOON + 1000 * HOUR);
    ground.hand.advance(hours(12) - Duration::from_millis(1));
    tokio::task::yield_now().await;
    assert!(session.is_live());
    ground.hand.set_wall(0);
    ground.hand.advance(Duration::from_millis(1));
    assert_eq!(session.ended().await, EndReason::Expired);
}

#[tokio::test]
async fn quiet_ends_a_session_where_its_profile_says_so() {
    let ground = Ground::new().await;
    ground.redefine("user", |definition| definition["idle"] = "30m".into()).await;
    ground.user("alice").await;
    ground.operator("root").await;
    let session = ground.sign_in("alice").await;
    let other = ground.sign_in("root").await;
    for _ in 0..3 {
        ground.hand.advance(Duration::from_secs(29 * 60));
        assert_eq!(session.idle_ms(), 29 * 60_000);
        session.touch();
        assert_eq!(session.idle_ms(), 0);
        tokio::task::yield_now().await;
    }
    assert!(session.is_live());
    ground.hand.advance(Duration::from_secs(30 * 60));
    assert_eq!(session.ended().await, EndReason::Idle);
    assert!(other.is_live());
}

#[tokio::test]
async fn ten_thousand_sessions_are_one_task_and_end_on_time() {
    let many = capos_authority::Limits { principal_sessions: 20_000, kept_sessions: 0, visits: 20_000, ..limits() };
    let ground = Ground::with(many).await;
    let mut sessions = Vec::new();
    for _ in 0..20 {
        let visits = (0..500).map(|_| ground.authority.anonymous(remote(1), ""));
        sessions.extend(futures::future::join_all(visits).await);
        ground.hand.advance(Duration::from_secs(10));
    }
    let sessions: Vec<_> = sessions.into_iter().map(Result::unwrap).collect();
    assert_eq!(ground.authority.figures().sessions, 10_000);
    ground.hand.advance(Duration::from_secs(15 * 60 - 200));
    assert_eq!(sessions[499].ended().await, EndReason::Expired);
    until(|| ground.authority.figures().sessions == 9_500).await;
    assert!(sessions[500].is_live());
    ground.hand.advance(Duration::from_secs(190));
    assert_eq!(sessions[9_999].ended().await, EndReason::Expired);
}

#[tokio::test]
async fn a_lease_ends_its_grant_and_no_other() {
    let ground = Ground::new().await;
    ground.redefine("user", |definition| grant(definition, 2)["lease"] = "1h".into()).await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    let leased = session.grant("manual").unwrap();
    assert_eq!(leased.lease_expires_at_ms, NOON + HOUR);
    assert_eq!(leased.lease_until_ns, Some(ground.authority.clock().steady_ns() + HOUR * 1_000_000));
    assert_eq!(session.grant("session").unwrap().lease_expires_at_ms, 0);
    ground.hand.advance(hours(1));
    until(|| !leased.liveness.is_live()).await;
    assert_eq!(code(&session, "manual"), Some(Code::LeaseExpired));
    assert!(session.is_live() && session.grant("session").unwrap().liveness.is_live());
}

#[tokio::test]
async fn a_renewal_takes_a_proof_and_ends_with_the_longest_time() {
    let ground = Ground::new().await;
    ground.redefine("user", |definition| definition["maxDuration"] = "20h".into()).await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    assert_eq!(session.renew("wrong".into(), 0).await.unwrap_err(), Code::AuthenticationDenied.into());
    assert!(session.is_live(), "a wrong proof takes nothing away");
    ground.hand.advance(hours(1));
    session.renew(PASSWORD.into(), HOUR).await.unwrap();
    assert_eq!(session.expires_at_ms(), NOON + 12 * HOUR, "never sooner");
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert_eq!(session.expires_at_ms(), NOON + 13 * HOUR);
    session.renew(PASSWORD.into(), u64::MAX).await.unwrap();
    assert_eq!(session.expires_at_ms(), NOON + 13 * HOUR, "one proof is good for the profile's time");
    ground.hand.advance(hours(11));
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert_eq!(session.expires_at_ms(), NOON + 20 * HOUR, "counted from its beginning");
    ground.hand.advance(hours(8));
    assert_eq!(session.ended().await, EndReason::Expired);
    assert_eq!(session.renew(PASSWORD.into(), 0).await.unwrap_err().code, Code::StaleSession);
    assert_eq!(ground.told("session.renewed").await.len(), 4);
}

#[tokio::test]
async fn visitors_have_nothing_to_renew_with() {
    let ground = Ground::new().await;
    ground.guest_account().await;
    let guest = ground.authority.guest(local(), "guest").await.unwrap();
    let anonymous = ground.authority.anonymous(local(), "").await.unwrap();
    for session in [guest, anonymous] {
        assert_eq!(session.renew(PASSWORD.into(), 0).await.unwrap_err(), Code::AuthenticationDenied.into());
        assert!(session.is_live());
    }
}

#[tokio::test]
async fn guessing_at_a_renewal_has_to_wait_too() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    for _ in 0..5 {
        assert_eq!(session.renew("wrong".into(), 0).await.unwrap_err().code, Code::AuthenticationDenied);
    }
    assert_eq!(session.renew(PASSWORD.into(), 0).await.unwrap_err().code, Code::Overloaded);
}

#[tokio::test]
async fn a_renewal_begins_leases_anew_and_never_brings_back_what_was_revoked() {
    let ground = Ground::new().await;
    let lease = |definition: &mut Value| {
        for number in 0..3 {
            grant(definition, number)["lease"] = "1h".into();
        }
    };
    ground.redefine("user", lease).await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    assert!(session.revoke_grant("system_info", &root(), "why not").await.unwrap());
    assert!(!session.revoke_grant("system_info", &root(), "").await.unwrap(), "it is gone already");
    assert!(!session.revoke_grant("nothing", &root(), "").await.unwrap());
    assert_eq!(ground.told("grant.revoked").await[0]["grants"], json!(["system_info"]));
    ground.hand.advance(Duration::from_secs(1800));
    let before = session.grant("manual").unwrap();
    session.renew(PASSWORD.into(), 0).await.unwrap();
    let after = session.grant("manual").unwrap();
    assert_eq!(after.lease_expires_at_ms, before.lease_expires_at_ms + HOUR / 2);
    assert!(before.liveness.is_live(), "what is held goes on");
    ground.hand.advance(hours(1));
    until(|| !after.liveness.is_live()).await;
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert_eq!(code(&session, "manual"), None, "a lease that was over begins anew");
    assert_eq!(before.liveness.check().unwrap_err().code, Code::LeaseExpired, "what had ended stays so");
    assert_eq!(code(&session, "system_info"), Some(Code::Revoked));
}

#[tokio::test]
async fn what_policy_takes_is_gone_at_once_and_what_it_gives_comes_with_a_renewal() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    let manual = session.grant("manual").unwrap();
    let without = |definition: &mut Value| {
        definition["grants"].as_array_mut().unwrap().remove(2);
        let more = json!({ "name": "extra", "interface": "Manual", "object": "builtin:manual" });
        definition["grants"].as_array_mut().unwrap().push(more);
    };
    ground.redefine("user", without).await;
    assert_eq!(manual.liveness.check().unwrap_err().code, Code::Revoked);
    assert!(session.grant("session").unwrap().liveness.is_live(), "the others go on");
    assert!(session.grant("extra").is_none());
    assert_eq!(ground.awaited("grant.revoked", 1).await[0]["by"], "policy");
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert!(session.grant("extra").unwrap().liveness.is_live());
    assert!(session.grant("manual").is_none());
    assert_eq!(manual.liveness.check().unwrap_err().code, Code::Revoked, "the old one stays gone");
}

#[tokio::test]
async fn what_an_administrator_took_stays_gone_whatever_policy_says_meanwhile() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    session.revoke_grant("manual", &root(), "").await.unwrap();
    let before = ground.profile("user").await.definition;
    ground.redefine("user", |definition| drop(definition["grants"].as_array_mut().unwrap().remove(2))).await;
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert!(session.grant("manual").is_none());
    ground.redefine("user", |definition| *definition = serde_json::from_str(&before).unwrap()).await;
    session.renew(PASSWORD.into(), 0).await.unwrap();
    assert_eq!(code(&session, "manual"), Some(Code::Revoked));
}

#[tokio::test]
async fn a_grant_that_is_given_differently_is_another_one() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    let manual = session.grant("manual").unwrap();
    ground.redefine("user", |definition| grant(definition, 2)["methods"] = json!(["page"])).await;
    assert!(!manual.liveness.is_live());
    assert_eq!(code(&session, "manual"), Some(Code::Revoked));
    session.renew(PASSWORD.into(), 0).await.unwrap();
    let manual = session.grant("manual").unwrap();
    assert_eq!(manual.methods.as_deref(), Some(&["page".to_owned()][..]));
    assert!(manual.liveness.is_live());
}

#[tokio::test]
async fn a_shorter_profile_shortens_what_is_live() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    ground
        .redefine("user", |definition| {
            definition["duration"] = "1h".into();
            definition["maxDuration"] = "2h".into();
        })
        .await;
    assert_eq!(session.expires_at_ms(), NOON + 2 * HOUR);
    ground.hand.advance(hours(2));
    assert_eq!(session.ended().await, EndReason::Expired);
}

#[tokio::test]
async fn a_profile_that_is_shorter_than_what_is_past_has_ended_it_when_it_is_answered() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    ground.hand.advance(hours(3));
    ground
        .redefine("user", |definition| {
            definition["duration"] = "1h".into();
            definition["maxDuration"] = "2h".into();
        })
        .await;
    assert!(!session.is_live());
    assert_eq!(session.ended().await, EndReason::Expired);
}

#[tokio::test]
async fn sessions_end_with_the_node() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    ground.authority.shut_down().await;
    assert_eq!(session.ended().await, EndReason::NodeStopping);
    assert_eq!(session.liveness().check().unwrap_err().code, Code::StaleSession);
    let kinds: Vec<_> = ground.rows().await.into_iter().map(|row| row.entry.kind).collect();
    assert_eq!(kinds[kinds.len() - 2..], ["session.ended", "node.stopped"]);
    let late = ground.try_password(local(), "alice", PASSWORD, "").await.unwrap_err();
    assert_eq!(late.code, Code::Overloaded);
    let session = {
        let ground = Ground::new().await;
        ground.authority.anonymous(local(), "").await.unwrap()
    };
    assert_eq!(session.ended().await, EndReason::NodeStopping, "nobody is left to end it in time");
}
