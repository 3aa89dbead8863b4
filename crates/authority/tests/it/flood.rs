//! Guessing: who has to wait, who has not, and how much of it is written down.

use std::time::Duration;

use capos_authority::{Limits, MethodKind, Secret};
use capos_schema::Code;
use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt as _};

use crate::ground::*;

async fn wrong(ground: &Ground, source: u32, account: &str) -> Code {
    ground.try_password(remote(source), account, "wrong", "").await.unwrap_err().code
}

#[tokio::test]
async fn after_five_failures_a_source_waits_twice_as_long_each_time() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    // What is not there is treated alike.
    for account in ["alice", "nobody"] {
        for _ in 0..5 {
            assert_eq!(wrong(&ground, 1, account).await, Code::AuthenticationDenied);
        }
        let hashes = ground.authority.figures().hashes;
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(wrong(&ground, 1, account).await, Code::Overloaded);
            ground.hand.advance(Duration::from_millis(seconds * 1000 - 1));
            assert_eq!(wrong(&ground, 1, account).await, Code::Overloaded, "{seconds} s");
            ground.hand.advance(Duration::from_millis(1));
            assert_eq!(wrong(&ground, 1, account).await, Code::AuthenticationDenied, "{seconds} s");
        }
        assert_eq!(ground.authority.figures().hashes, hashes + 12, "who waits costs no hash");
    }
}

#[tokio::test]
async fn a_wait_is_one_accounts_and_one_sources() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    ground.user("bob").await;
    for _ in 0..5 {
        wrong(&ground, 1, "alice").await;
    }
    assert_eq!(wrong(&ground, 1, "ALICE").await, Code::Overloaded, "however it is written");
    assert_eq!(wrong(&ground, 1, "bob").await, Code::AuthenticationDenied);
    assert!(ground.try_password(remote(2), "alice", PASSWORD, "").await.is_ok());
    assert_eq!(ground.try_password(remote(1), "alice", PASSWORD, "").await.unwrap_err().code, Code::Overloaded);
    ground.hand.advance(Duration::from_secs(1));
    assert!(ground.try_password(remote(1), "alice", PASSWORD, "").await.is_ok());
    for _ in 0..4 {
        assert_eq!(wrong(&ground, 1, "alice").await, Code::AuthenticationDenied, "a success begins anew");
    }
}

#[tokio::test]
async fn one_network_of_ipv6_is_one_source() {
    let ground = Ground::new().await;
    let from = |last: u16| {
        let mut source = remote(1);
        source.address = Some(format!("2001:db8::{last:x}").parse().unwrap());
        source
    };
    for last in 0..5 {
        ground.try_password(from(last), "alice", "wrong", "").await.unwrap_err();
    }
    let denial = ground.try_password(from(77), "alice", "wrong", "").await.unwrap_err();
    assert_eq!(denial.code, Code::Overloaded);
}

#[tokio::test]
async fn attempts_at_once_are_no_way_round_the_wait_and_no_trap() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let tries = join_all((0..20).map(|_| wrong(&ground, 1, "alice"))).await;
    assert_eq!(tries.iter().filter(|code| **code == Code::AuthenticationDenied).count(), 5);
    let right = join_all((0..16).map(|_| ground.try_password(remote(2), "alice", PASSWORD, ""))).await;
    assert!(right.iter().all(Result::is_ok), "those at once who know the password all come in");
}

#[tokio::test]
async fn an_attempt_that_is_given_up_has_failed() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    for _ in 0..5 {
        let mut flow = ground.authority.begin(remote(1), start(MethodKind::Password, "alice", "")).unwrap();
        flow.next(Secret::from(Vec::new())).await.unwrap();
        let answer = flow.next("wrong".into());
        futures::pin_mut!(answer);
        assert!(futures::poll!(&mut answer).is_pending());
    }
    assert_eq!(wrong(&ground, 1, "alice").await, Code::Overloaded);
}

#[tokio::test]
async fn a_thousand_wrong_passwords_slow_another_account_by_a_few_hashes() {
    let ground = Ground::with(Limits { hash_memory_kib: 16 << 10, ..limits() }).await;
    ground.user("victim").await;
    ground.user("other").await;
    // The owner has been here before.
    ground.try_password(remote(500), "victim", PASSWORD, "").await.unwrap();
    let mut flood: FuturesUnordered<_> = (0..1000).map(|n| wrong(&ground, n % 100, "victim")).collect();
    // All of them have come as far as they can.
    while ground.authority.figures().waiting < 80 {
        assert!(flood.next().await.is_some());
    }
    let mut before = ground.authority.figures().hashes;
    for (source, account) in [(600, "other"), (500, "victim")] {
        let sign_in = ground.try_password(remote(source), account, PASSWORD, "");
        futures::pin_mut!(sign_in);
        let session = loop {
            tokio::select! {
                biased;
                session = &mut sign_in => break session.unwrap(),
                _ = flood.next() => {}
            }
        };
        let after = ground.authority.figures().hashes;
        assert!(after - before <= 6, "{account} waited for {} hashes", after - before);
        assert_eq!(session.context().account.as_deref(), Some(account));
        before = ground.authority.figures().hashes;
    }
    assert!(ground.authority.figures().waiting > 50, "the flood goes on");
}

#[tokio::test]
async fn a_flood_is_written_down_in_few_rows_that_tell_how_much_it_was() {
    let ground = Ground::new().await;
    for n in 0..200 {
        wrong(&ground, n % 4, "alice").await;
    }
    ground.hand.advance(Duration::from_secs(60));
    let rows = ground.awaited("session.refused", 4 * 10 + 4).await;
    let counted: u64 = rows.iter().filter_map(|row| row["more"].as_u64()).sum();
    assert_eq!(counted + 40, 200);
    let sums: Vec<_> = rows.iter().filter(|row| row["more"].is_u64()).collect();
    assert_eq!(sums.len(), 4);
    assert_eq!(sums[0]["causes"]["wait"], 40);
    ground.authority.shut_down().await;
    assert_eq!(ground.told("session.refused").await.len(), 44);
}

#[tokio::test]
async fn flows_are_bounded_by_source_and_node_and_some_places_are_kept() {
    let few = Limits { source_flows: 2, node_flows: 5, kept_flows: 1, ..limits() };
    let ground = Ground::with(few).await;
    ground.user("alice").await;
    ground.try_password(remote(9), "alice", PASSWORD, "").await.unwrap();
    let begin = |number| ground.authority.begin(remote(number), start(MethodKind::Password, "alice", ""));
    let one = begin(1).unwrap();
    let _two = begin(1).unwrap();
    assert_eq!(begin(1).unwrap_err().code, Code::Overloaded);
    let _others = [begin(2).unwrap(), begin(2).unwrap()];
    assert_eq!(begin(3).unwrap_err().code, Code::Overloaded, "strangers leave a place");
    let kept = begin(9).unwrap();
    assert_eq!(
        ground.authority.begin(local(), start(MethodKind::Password, "", "")).unwrap_err().code,
        Code::Overloaded
    );
    drop(kept);
    assert!(ground.authority.begin(local(), start(MethodKind::Password, "", "")).is_ok());
    drop(one);
    assert!(begin(3).is_ok());
    assert!(!ground.awaited("limit.reached", 3).await.is_empty());
}

#[tokio::test]
async fn what_a_peer_chooses_is_bounded() {
    let ground = Ground::new().await;
    let mut asked = start(MethodKind::Password, "alice", "");
    asked.client_nonce = vec![0; 256];
    assert!(ground.authority.begin(local(), asked.clone()).is_ok());
    asked.client_nonce.push(0);
    assert_eq!(ground.authority.begin(local(), asked).unwrap_err().code, Code::BadRequest);
    for (bytes, code) in [(1024, Code::AuthenticationDenied), (1025, Code::BadRequest)] {
        let denial = ground.try_password(local(), "alice", &"x".repeat(bytes), "").await.unwrap_err();
        assert_eq!(denial.code, code);
    }
    for (bytes, works) in [(1024, true), (1025, false)] {
        let asked = start(MethodKind::Password, &"x".repeat(bytes), "");
        assert_eq!(ground.authority.begin(local(), asked).is_ok(), works);
    }
}
