//! What is there after the process has ended without a word.

use std::time::Duration;

use capos_authority::{Authority, CallRecord, Error, Event, Handle, MethodKind, PrincipalKind};
use capos_schema::Code;
use capos_store::{Bucket, Key, Store};
use std::sync::Arc;

use crate::envelope::Holder;
use crate::ground::*;

#[tokio::test]
async fn every_acknowledged_change_is_there_and_the_chain_is_sound() {
    let mut ground = Ground::new().await;
    for round in 0..5 {
        let name = format!("user{round}");
        let made = ground.user(&name).await;
        ground.admin().add_key(&name, &line(&Holder::ed25519()), &root()).await.unwrap();
        ground.redefine("user", |definition| definition["label"] = format!("round {round}").into()).await;
        let accounts = ground.admin().list("", 0).await.unwrap();
        let (profiles, roles) = (ground.admin().profiles().await.unwrap(), ground.admin().roles().await.unwrap());
        let session = ground.sign_in(&name).await;
        ground = ground.reopen().await;
        assert!(ground.authority.session(&session.context().handle).is_none(), "no session survives");
        assert_eq!(ground.admin().list("", 0).await.unwrap(), accounts);
        assert_eq!(ground.admin().profiles().await.unwrap(), profiles);
        assert_eq!(ground.admin().roles().await.unwrap(), roles);
        assert_eq!(ground.sign_in(&name).await.context().account.as_deref(), Some(&*made.name));
        assert!(ground.try_key(&name, &Holder::ed25519(), "").await.is_ok());
        assert!(ground.authority.store().verify(&[]).await.unwrap().is_sound());
        assert_eq!(ground.told("node.started").await.len(), round + 2);
    }
}

#[tokio::test]
async fn a_change_whose_caller_went_away_is_whole_or_not_there() {
    let mut ground = Ground::new().await;
    for number in 0..8 {
        let (admin, actor) = (ground.admin(), root());
        let name = format!("a{number}");
        {
            let change = admin.create(&name, draft(PrincipalKind::Human, "user"), &actor);
            futures::pin_mut!(change);
            for _ in 0..number {
                if futures::poll!(&mut change).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        if number % 2 == 1 {
            ground = ground.reopen().await;
        }
        // In memory and on the disk it is the same.
        let made = ground.told("account.created").await.iter().any(|row| row["account"] == *name);
        let there = ground.admin().get(&name).await.is_ok();
        assert!(there || !made, "written, and not made");
    }
}

#[tokio::test]
async fn what_an_operator_removed_stays_away() {
    let ground = Ground::new().await;
    let anonymous = ground.profile("anonymous").await;
    ground.admin().remove_profile("anonymous", anonymous.revision, &root()).await.unwrap();
    let ground = ground.reopen().await;
    assert_eq!(ground.admin().profiles().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_record_that_is_none_lets_nobody_in() {
    let records = [
        ("accounts", "alice", "{}"),
        ("accounts", "Alice", "{}"),
        ("roles", "user2", r#"{"version":2,"profiles":[]}"#),
        ("profiles", "p", r#"{"version":1,"definition":"{}","retired":false}"#),
        ("profiles", "p", "no json"),
    ];
    for (bucket, name, value) in records {
        let ground = Ground::new().await;
        let bucket = match bucket {
            "accounts" => Bucket::new("accounts"),
            "roles" => Bucket::new("roles"),
            _ => Bucket::new("profiles"),
        };
        ground.authority.store().create(bucket, &Key::parse(name).unwrap(), value.as_bytes().to_vec()).await.unwrap();
        ground.authority.store().close().await.unwrap();
        let store = Store::open(&ground.directory.path().join("data"), capos_store::Limits::default()).unwrap();
        let opened = Authority::open(store, settings(limits()), Arc::new(ground.hand.clone())).await;
        assert!(matches!(opened, Err(Error::Damaged(which)) if which.contains(name)), "{name}");
    }
}

#[tokio::test]
async fn nobody_is_let_in_while_the_journal_cannot_be_written() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    let store = ground.authority.store();
    store.grow(Some(4096)).await.unwrap();
    // The disk is full once a commit has failed.
    while store.trouble().is_none() {
        let _ = store.append(capos_store::Entry { at_ms: 0, kind: "x".into(), payload: vec![0; 4096] }).await;
    }
    let denial = ground.try_password(local(), "alice", PASSWORD, "").await.unwrap_err();
    assert_eq!(denial, Code::Internal.into());
    assert_eq!(session.renew(PASSWORD.into(), 0).await.unwrap_err().code, Code::Internal);
    assert!(ground.admin().create("bob", draft(PrincipalKind::Human, "user"), &root()).await.is_err());
    assert!(ground.admin().get("bob").await.is_err());
    assert_eq!(ground.authority.audit().reserve().unwrap_err().code, Code::Internal);
    assert_eq!(ground.authority.sessions().len(), 1);
    // To take away works all the same, and is written once there is room.
    assert!(session.end_by(&root(), "").await.is_err());
    assert!(!session.is_live());
    store.grow(None).await.unwrap();
    assert_eq!(ground.awaited("session.ended", 1).await[0]["reason"], "administrator");
    assert!(ground.try_password(local(), "alice", PASSWORD, "").await.is_ok());
}

/// What waits for a full disk has bounds, and strangers must not reach those in the place of what counts.
#[tokio::test]
async fn refusals_that_wait_for_a_full_disk_push_no_end_out() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let session = ground.sign_in("alice").await;
    let store = ground.authority.store();
    store.grow(Some(4096)).await.unwrap();
    while store.trouble().is_none() {
        let _ = store.append(capos_store::Entry { at_ms: 0, kind: "x".into(), payload: vec![0; 4096] }).await;
    }
    for _minute in 0..120 {
        for source in 0..600 {
            let refused = ground.authority.begin(remote(source % 60), start(MethodKind::Passkey, "alice", ""));
            assert_eq!(refused.unwrap_err().code, Code::DisabledAuthMethod);
        }
        ground.hand.advance(Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
    drop(session.end(capos_authority::EndReason::Logout));
    store.grow(None).await.unwrap();
    store.prove().await.unwrap();
    assert_eq!(ground.awaited("session.ended", 1).await[0]["reason"], "logout");
}

#[tokio::test]
async fn calls_are_recorded_short_and_without_arguments() {
    let ground = Ground::new().await;
    let audit = ground.authority.audit();
    let handle = Handle([7; 16]);
    let record = CallRecord {
        session: handle,
        grant: &"g".repeat(10_000),
        interface: 0xa475_40e0_9e7d_1f31,
        method: 1,
        outcome: "done",
        duration_us: 12,
        reference: 3,
        parent: Some(2),
        callback: true,
    };
    drop(audit.reserve().unwrap());
    audit.reserve().unwrap().fill(&record).unwrap();
    let row = &ground.awaited("call", 1).await[0];
    assert_eq!(row["session"], "07".repeat(16));
    assert_eq!((&row["interface"], &row["method"]), (&"0xa47540e09e7d1f31".into(), &1.into()));
    assert_eq!((&row["parent"], &row["callback"], &row["us"]), (&2.into(), &true.into(), &12.into()));
    assert_eq!(row["grant"], "g".repeat(64));
    audit.record(Event::new("test.event").with("a", 1)).await.unwrap();
    assert_eq!(ground.told("test.event").await[0]["a"], 1);
    ground.hand.advance(Duration::from_secs(1));
}

#[tokio::test]
async fn administration_offline_starts_no_node() {
    let ground = Ground::new().await;
    ground.authority.store().close().await.unwrap();
    let store = Store::open(&ground.directory.path().join("data"), capos_store::Limits::default()).unwrap();
    let offline = Authority::open_offline(store, settings(limits()), Arc::new(ground.hand.clone())).await.unwrap();
    offline.admin().create("alice", draft(PrincipalKind::Human, "user"), &root()).await.unwrap();
    assert!(offline.anonymous(local(), "").await.is_err(), "nobody signs in");
    offline.shut_down().await;
    assert_eq!(told(offline.store(), "node.started").await.len(), 1);
    assert!(told(offline.store(), "node.stopped").await.is_empty());
}
