//! Passwords that are good only to be replaced.

use std::time::Duration;

use capos_authority::{AccountState, Flow, MethodKind, PrincipalKind, Secret, Source, Step};
use capos_schema::{Code, Denial};

use crate::ground::*;

const FIRST: &str = "given by somebody";

async fn ground() -> Ground {
    let ground = Ground::new().await;
    ground.admin().create("alice-with-a-name", draft(PrincipalKind::Human, "user"), &root()).await.unwrap();
    let account = ground.admin().set_password("alice-with-a-name", FIRST.into(), true, &root()).await.unwrap();
    assert!(account.has_password && account.password_is_one_time);
    ground
}

async fn answered(ground: &Ground, source: Source) -> Result<(Flow, Step), Denial> {
    let mut flow = ground.authority.begin(source, start(MethodKind::Password, "alice-with-a-name", "")).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    let step = flow.next(FIRST.into()).await?;
    Ok((flow, step))
}

fn prompt(step: Step) -> String {
    match step {
        Step::Ask(prompt) => {
            assert!(prompt.redaction);
            prompt.prompt
        }
        Step::Done(_) => panic!("no session before the password is replaced"),
    }
}

#[tokio::test]
async fn it_gives_no_session_before_it_is_replaced() {
    let ground = ground().await;
    let (mut flow, step) = answered(&ground, local()).await.unwrap();
    assert!(prompt(step).contains("new one"));
    assert!(ground.authority.sessions().is_empty() && ground.told("session.begun").await.is_empty());
    let Step::Done(session) = flow.next("all my own".into()).await.unwrap() else { panic!("asked again") };
    assert_eq!(session.context().account.as_deref(), Some("alice-with-a-name"));
    let account = ground.admin().get("alice-with-a-name").await.unwrap();
    assert!(account.has_password && !account.password_is_one_time);
    assert!(ground.try_password(local(), "alice-with-a-name", FIRST, "").await.is_err(), "it was for once");
    assert!(ground.try_password(remote(1), "alice-with-a-name", "all my own", "").await.is_ok());
    assert_eq!(ground.told("account.password").await.last().unwrap()["by"], "alice-with-a-name");
}

#[tokio::test]
async fn what_is_wrong_with_the_new_one_is_told_and_asked_again_a_few_times() {
    let ground = ground().await;
    let (mut flow, _) = answered(&ground, local()).await.unwrap();
    let long = "x".repeat(1025);
    let unsuitable = [
        ("7 chars".to_owned(), "short"),
        (FIRST.to_owned(), "before"),
        ("Alice-With-A-Name".to_owned(), "name"),
        (long, "long"),
    ];
    for (password, word) in unsuitable {
        let told = prompt(flow.next(password.as_str().into()).await.unwrap());
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(flow.next(vec![0xff; 8].into()).await.unwrap_err().code, Code::BadRequest, "the fifth is the last");
    let (mut flow, _) = answered(&ground, local()).await.unwrap();
    let longest = "x".repeat(1024);
    assert!(matches!(flow.next(longest.as_str().into()).await.unwrap(), Step::Done(_)));
}

#[tokio::test]
async fn eight_characters_are_enough_whatever_their_bytes() {
    let ground = ground().await;
    let (mut flow, _) = answered(&ground, local()).await.unwrap();
    assert!(matches!(flow.next("ääääääää".into()).await.unwrap(), Step::Done(_)));
}

#[tokio::test]
async fn it_works_from_the_machine_itself_alone() {
    let ground = ground().await;
    let mut loopback = remote(1);
    assert_eq!(answered(&ground, loopback.clone()).await.unwrap_err(), Code::AuthenticationDenied.into());
    loopback.address = Some("127.0.0.1".parse().unwrap());
    assert!(answered(&ground, loopback.clone()).await.is_ok());
    loopback.address = Some("::1".parse().unwrap());
    assert!(answered(&ground, loopback).await.is_ok());
}

#[tokio::test]
async fn it_is_good_for_a_day_and_a_clock_that_is_set_back_adds_nothing() {
    let ground = ground().await;
    ground.hand.advance(Duration::from_secs(86_400));
    assert!(answered(&ground, local()).await.is_ok());
    ground.hand.advance(Duration::from_millis(1));
    assert!(answered(&ground, local()).await.is_err());
    ground.hand.set_wall(NOON - 1);
    assert!(answered(&ground, local()).await.is_err());
}

#[tokio::test]
async fn of_two_who_replace_it_one_succeeds() {
    let ground = ground().await;
    let (mut one, _) = answered(&ground, local()).await.unwrap();
    let (mut two, _) = answered(&ground, local()).await.unwrap();
    assert!(one.next("the first one".into()).await.is_ok());
    assert_eq!(two.next("the second one".into()).await.unwrap_err().code, Code::AuthenticationDenied);
    assert!(ground.try_password(local(), "alice-with-a-name", "the first one", "").await.is_ok());
}

#[tokio::test]
async fn who_may_not_sign_in_any_more_replaces_nothing() {
    let ground = ground().await;
    let (mut flow, _) = answered(&ground, local()).await.unwrap();
    let account = ground.admin().get("alice-with-a-name").await.unwrap();
    let disabled =
        capos_authority::AccountDraft { state: AccountState::Disabled, ..draft(PrincipalKind::Human, "user") };
    ground.admin().update("alice-with-a-name", account.revision, disabled, &root()).await.unwrap();
    assert_eq!(flow.next("all my own".into()).await.unwrap_err(), Code::AuthenticationDenied.into());
    assert!(ground.admin().get("alice-with-a-name").await.unwrap().password_is_one_time);
    assert_eq!(ground.told("account.password").await.len(), 1);
    let refused = ground.awaited("session.refused", 1).await;
    assert!(refused[0]["causes"].to_string().contains("accountDisabled"));
}

#[tokio::test]
async fn what_is_over_while_another_is_chosen_is_not_replaced() {
    let ground = ground().await;
    ground.hand.advance(Duration::from_secs(86_399));
    let (mut flow, _) = answered(&ground, local()).await.unwrap();
    ground.hand.advance(Duration::from_secs(60));
    assert_eq!(flow.next("all my own".into()).await.unwrap_err(), Code::AuthenticationDenied.into());
    assert!(ground.admin().get("alice-with-a-name").await.unwrap().password_is_one_time);
}
