//! Signing in by password: who is let in, and that those who are not cannot tell why.

use capos_authority::{AccountState, AuthStrength, MethodKind, PrincipalKind, Secret, Selector, Step};
use capos_schema::Code;

use crate::ground::*;

#[tokio::test]
async fn a_password_gives_a_session_with_the_profiles_bundle() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.try_password(remote(1), "Alice", PASSWORD, "").await.unwrap();
    let context = session.context();
    assert_eq!(context.account.as_deref(), Some("alice"), "what a person types is folded");
    assert_eq!((context.kind, context.strength), (PrincipalKind::Human, AuthStrength::Password));
    assert_eq!((context.profile.as_str(), context.method), ("user", MethodKind::Password));
    assert_eq!(context.principal.len(), 16);
    assert_eq!(context.created_at_ms, NOON);
    let names: Vec<_> = session.grants().iter().map(|grant| grant.name.clone()).collect();
    let services = ["services", "runner", "chat", "shell", "terminal", "files", "recordings"];
    assert_eq!(names, [&["session", "system_info", "manual"][..], &services].concat());
    assert!(session.is_live() && session.grants().iter().all(|grant| grant.liveness.is_live()));
    assert_eq!(ground.authority.session(&context.handle).unwrap().context().handle, context.handle);
}

#[tokio::test]
async fn a_principal_handle_selects_the_same_account() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let handle = ground.sign_in("alice").await.context().principal.clone();
    let mut asked = start(MethodKind::Password, "", "");
    asked.selector = Selector::Principal(handle.clone());
    let mut flow = ground.authority.begin(local(), asked).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    let Step::Done(session) = flow.next(PASSWORD.into()).await.unwrap() else { panic!("asked again") };
    assert_eq!(session.context().principal, handle);
}

/// Every way to be refused, by account, password and profile.
async fn refusals(ground: &Ground) -> Vec<(&'static str, &'static str, &'static str)> {
    for name in ["right", "disabled", "locked", "recovering"] {
        ground.user(name).await;
    }
    ground.admin().create("empty", draft(PrincipalKind::Human, "user"), &root()).await.unwrap();
    ground.guest_account().await;
    for (name, state) in [
        ("disabled", AccountState::Disabled),
        ("locked", AccountState::Locked),
        ("recovering", AccountState::RecoveryOnly),
    ] {
        let revision = ground.admin().get(name).await.unwrap().revision;
        let changed = capos_authority::AccountDraft { state, ..draft(PrincipalKind::Human, "user") };
        ground.admin().update(name, revision, changed, &root()).await.unwrap();
    }
    vec![
        ("nobody", PASSWORD, ""),
        ("", PASSWORD, ""),
        ("no name at all\0", PASSWORD, ""),
        ("right", "wrong", ""),
        ("empty", PASSWORD, ""),
        ("disabled", PASSWORD, ""),
        ("locked", PASSWORD, ""),
        ("recovering", PASSWORD, "user"),
        ("guest", PASSWORD, "guest"),
        ("right", PASSWORD, "operator"),
        ("right", PASSWORD, "guest"),
        ("right", PASSWORD, "nothing"),
    ]
}

#[tokio::test]
async fn refusals_are_the_same_in_words_and_cost_whatever_their_cause() {
    let ground = Ground::new().await;
    for (account, password, profile) in refusals(&ground).await {
        let before = ground.authority.figures().hashes;
        let denial = ground.try_password(remote(1), account, password, profile).await.unwrap_err();
        assert_eq!(denial, Code::AuthenticationDenied.into(), "{account}");
        assert_eq!(ground.authority.figures().hashes, before + 1, "{account}: one hash");
    }
    assert!(ground.authority.sessions().is_empty());
    let causes: Vec<_> = ground.awaited("session.refused", 10).await;
    assert_eq!(causes[0]["cause"], "unknownAccount");
    assert_eq!(causes[0]["account"], "nobody");
    assert_eq!(causes[2]["account"], "(no name)");
}

#[tokio::test]
async fn whoever_is_refused_has_to_wait_alike_whatever_the_cause() {
    let ground = Ground::new().await;
    let mut all = std::collections::HashSet::new();
    for (source, (account, password, profile)) in (1..).zip(refusals(&ground).await) {
        let mut told = Vec::new();
        for _ in 0..7 {
            let before = ground.authority.figures().hashes;
            let denial = ground.try_password(remote(source), account, password, profile).await.unwrap_err();
            told.push((denial.code, denial.sentence.to_string(), ground.authority.figures().hashes - before));
        }
        assert_eq!(told.iter().filter(|told| told.2 == 0).count(), 2, "{account}: five tries");
        all.insert(told);
    }
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn the_journal_knows_the_true_causes() {
    let ground = Ground::new().await;
    let refusals = refusals(&ground).await;
    for (number, (account, password, profile)) in refusals.iter().enumerate() {
        // Each from a source of its own, so that each has a row.
        let source = remote(number as u32);
        ground.try_password(source, account, password, profile).await.unwrap_err();
    }
    let rows = ground.awaited("session.refused", refusals.len()).await;
    let causes: Vec<_> = rows.iter().map(|row| row["causes"].to_string()).collect();
    assert!(causes[0].contains("unknownAccount") && causes[5].contains("accountDisabled"), "{causes:?}");
    assert!(causes[6].contains("accountLocked") && causes[9].contains("forbiddenProfile"), "{causes:?}");
    assert_eq!(rows[9]["source"], "192.0.2.9");
}

#[tokio::test]
async fn a_flow_answers_each_step_once_and_ends_with_a_refusal() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    flow.next("wrong".into()).await.unwrap_err();
    assert_eq!(flow.next(PASSWORD.into()).await.unwrap_err().code, Code::BadRequest);
    let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
    assert_eq!(flow.next(PASSWORD.into()).await.unwrap_err().code, Code::BadRequest, "asked for first");
    let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
    flow.cancel();
    flow.cancel();
    assert_eq!(flow.next(Secret::from(Vec::new())).await.unwrap_err().code, Code::BadRequest);
}

#[tokio::test]
async fn a_step_is_answered_in_time_or_not_at_all() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    for (late, works) in [(119_999, true), (120_000, false)] {
        let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
        let Step::Ask(prompt) = flow.next(Secret::from(Vec::new())).await.unwrap() else { panic!("done") };
        assert_eq!(prompt.expires_at_ms, ground.authority.clock().wall_ms() + 120_000);
        ground.hand.advance(std::time::Duration::from_millis(late));
        // Asked for again it is the same step, and no later.
        let again = flow.next(Secret::from(Vec::new())).await;
        assert_eq!(again.is_ok(), works);
        assert_eq!(flow.expires_at_ms(), prompt.expires_at_ms);
        assert_eq!(flow.next(PASSWORD.into()).await.is_ok(), works);
    }
}

#[tokio::test]
async fn every_method_is_listed_in_order_and_what_is_not_built_is_off() {
    let ground = Ground::new().await;
    let methods = ground.authority.methods();
    let kinds: Vec<_> = methods.iter().map(|method| method.kind).collect();
    assert_eq!(kinds, MethodKind::ALL);
    let on: Vec<_> = methods.iter().filter(|method| method.enabled).map(|method| method.kind).collect();
    assert_eq!(on, [MethodKind::Password, MethodKind::PublicKey, MethodKind::Anonymous], "no guest account yet");
    ground.guest_account().await;
    assert!(ground.authority.methods()[6].enabled);
    for kind in MethodKind::ALL.into_iter().filter(|kind| !on.contains(kind)) {
        let denial = ground.authority.begin(local(), start(kind, "alice", "")).unwrap_err();
        let expected = if kind == MethodKind::Guest { Code::BadRequest } else { Code::DisabledAuthMethod };
        assert_eq!(denial.code, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_method_that_is_switched_off_stays_listed_and_refuses() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    let mut off = settings(limits());
    off.methods.password = false;
    ground.authority.reload(off);
    assert!(!ground.authority.methods()[0].enabled);
    assert_eq!(flow.next(PASSWORD.into()).await.unwrap_err().code, Code::DisabledAuthMethod);
    let denial = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap_err();
    assert_eq!(denial.code, Code::DisabledAuthMethod);
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let ground = Ground::new().await;
    let account = ground.user("alice").await;
    let shown = format!("{:?} {:?} {:?}", Secret::from(PASSWORD), account, ground.sign_in("alice").await);
    assert!(!shown.contains(PASSWORD) && !shown.contains("argon2"), "{shown}");
    ground.try_password(local(), "alice", "another secret", "").await.unwrap_err();
    ground.authority.shut_down().await;
    for row in ground.rows().await {
        let text = String::from_utf8(row.entry.payload).unwrap();
        assert!(!text.contains(PASSWORD) && !text.contains("another secret") && !text.contains("argon2"), "{text}");
    }
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_its_cost_changes() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let dearer = capos_authority::Limits { hash_passes: 2, ..limits() };
    ground.authority.reload(settings(dearer));
    for hashes in [2, 1] {
        let before = ground.authority.figures().hashes;
        ground.sign_in("alice").await;
        assert_eq!(ground.authority.figures().hashes, before + hashes);
    }
}

#[tokio::test]
async fn a_sign_in_that_nobody_waits_for_leaves_no_session() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    {
        let answer = flow.next(PASSWORD.into());
        futures::pin_mut!(answer);
        // Polled while the hash is made and the row is written, and then dropped.
        while ground.told("session.begun").await.is_empty() {
            if futures::poll!(&mut answer).is_ready() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
    drop(flow);
    assert_eq!(ground.awaited("session.ended", 1).await[0]["reason"], "disconnected");
    assert!(ground.authority.sessions().is_empty());
}

#[tokio::test]
async fn nor_does_one_that_nobody_waits_for_while_the_password_is_hashed_anew() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let dearer = capos_authority::Limits { hash_memory_kib: 64 << 10, hash_passes: 4, ..limits() };
    ground.authority.reload(settings(dearer));
    let mut flow = ground.authority.begin(local(), start(MethodKind::Password, "alice", "")).unwrap();
    flow.next(Secret::from(Vec::new())).await.unwrap();
    {
        let answer = flow.next(PASSWORD.into());
        futures::pin_mut!(answer);
        while ground.authority.sessions().is_empty() {
            assert!(futures::poll!(&mut answer).is_pending());
            tokio::task::yield_now().await;
        }
        // The session has come, and the dearer hash is being made.
        for _ in 0..100 {
            assert!(futures::poll!(&mut answer).is_pending());
            tokio::task::yield_now().await;
        }
    }
    assert!(ground.authority.sessions().is_empty());
}

#[tokio::test]
async fn a_password_that_is_replaced_while_it_is_compared_lets_nobody_in() {
    let slow = capos_authority::Limits { hash_memory_kib: 16 << 10, hash_passes: 4, ..limits() };
    let ground = Ground::with(slow).await;
    ground.user("alice").await;
    let first = ground.try_password(remote(1), "nobody", "whatever", "");
    let others = futures::future::join_all((3..7).map(|n| ground.try_password(remote(n), "alice", "wrong", "")));
    let old = ground.try_password(remote(2), "alice", PASSWORD, "");
    let (admin, actor) = (ground.admin(), root());
    let set = admin.set_password("alice", "another password".into(), false, &actor);
    // In this order: the first one keeps the thread busy, what an administrator sets goes before strangers, and the
    // others give it time to be written.
    let (_, _, old, set) = futures::join!(first, others, old, set);
    set.unwrap();
    if old.is_ok() {
        // A slow disk may have let the sign-in be decided first.
        let rows = ground.rows().await;
        let at = |kind: &str| rows.iter().rposition(|row| row.entry.kind == kind);
        assert!(at("session.begun") < at("account.password"));
    }
}
