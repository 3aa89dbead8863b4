//! A disk that does not answer for a while.

use std::future::Future;
use std::sync::Arc;

use capos_authority::{Authority, EndReason, Session};
use capos_store::{
    Answer, Bucket, Commit, Committed, Engine, Error, Head, Key, LocalBus, NoSlot, Page, Progress, Record, Row, Slot,
    Store, Unwritable, Watched,
};
use futures::stream::BoxStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ground::*;

/// Another store, whose commits wait while it is told so.
struct Stalling {
    inner: Store,
    stalled: watch::Receiver<bool>,
}

fn answer<T, F: Future<Output = Result<T, Error>> + Send + 'static>(
    inner: &Store,
    ask: impl FnOnce(Store) -> F,
) -> Answer<T> {
    Box::pin(ask(inner.clone()))
}

impl Engine for Stalling {
    fn get(&self, bucket: Bucket, key: &Key) -> Answer<Option<Record>> {
        let key = key.clone();
        answer(&self.inner, |inner| async move { inner.get(bucket, &key).await })
    }

    fn list(&self, bucket: Bucket, prefix: &str, after: Option<&Key>, most: usize) -> Answer<Page> {
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        answer(&self.inner, move |inner| async move { inner.list(bucket, &prefix, after.as_ref(), most).await })
    }

    fn watch(&self, bucket: Bucket, prefix: &str) -> BoxStream<'static, Result<Watched, Error>> {
        self.inner.watch(bucket, prefix)
    }

    fn commit(&self, commit: Commit) -> Answer<Committed> {
        let mut stalled = self.stalled.clone();
        answer(&self.inner, |inner| async move {
            let _ = stalled.wait_for(|stalled| !stalled).await;
            inner.commit(commit.changes, commit.entries).await
        })
    }

    fn reserve(&self) -> Result<Slot, NoSlot> {
        self.inner.reserve()
    }

    fn head(&self) -> Answer<Head> {
        answer(&self.inner, |inner| async move { inner.head().await })
    }

    fn rows(&self, from: u64, most: usize) -> Answer<Vec<Row>> {
        answer(&self.inner, move |inner| async move { inner.rows(from, most).await })
    }

    fn progress(&self) -> watch::Receiver<Progress> {
        watch::channel(Progress::default()).1
    }

    fn trouble(&self) -> Option<Unwritable> {
        self.inner.trouble()
    }

    fn prove(&self) -> Answer<()> {
        answer(&self.inner, |inner| async move { inner.prove().await })
    }

    fn grow(&self, bytes: Option<u64>) -> Answer<()> {
        answer(&self.inner, move |inner| async move { inner.grow(bytes).await })
    }

    fn close(&self) -> Answer<()> {
        answer(&self.inner, |inner| async move { inner.close().await })
    }
}

/// Alice and bob are signed in, the disk stalls, and carol is being let in.
struct Stalled {
    ground: Arc<Ground>,
    alice: Session,
    bob: Session,
    carol: JoinHandle<Session>,
    stall: watch::Sender<bool>,
}

async fn stalled() -> Stalled {
    let ground = Ground::new().await;
    for name in ["alice", "bob", "carol"] {
        ground.user(name).await;
    }
    let (stall, stalled) = watch::channel(false);
    let engine = Stalling { inner: ground.authority.store().clone(), stalled };
    let store = Store::over(Arc::new(engine), Arc::new(LocalBus::new(capos_store::Limits::default())));
    let authority = Authority::open(store, settings(limits()), Arc::new(ground.hand.clone())).await.unwrap();
    let ground = Arc::new(Ground { authority, ..ground });
    let (alice, bob) = (ground.sign_in("alice").await, ground.sign_in("bob").await);
    stall.send_replace(true);
    let signing_in = ground.clone();
    let carol = tokio::spawn(async move { signing_in.sign_in("carol").await });
    while ground.authority.figures().hashes < 3 {
        tokio::task::yield_now().await;
    }
    // From the hash to the disk there is nothing that has to be waited for.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    Stalled { ground, alice, bob, carol, stall }
}

#[tokio::test]
async fn an_administrator_ends_sessions_at_once_while_the_disk_does_not_answer() {
    let Stalled { ground, alice, bob, carol, stall } = stalled().await;
    let end = |name: &'static str| {
        let authority = ground.authority.clone();
        tokio::spawn(async move { authority.end_account(name, EndReason::Administrator, &root()).await })
    };
    let answers = [end("alice"), end("bob"), end("carol")];
    assert_eq!(alice.ended().await, EndReason::Administrator);
    assert_eq!(bob.ended().await, EndReason::Administrator);
    assert!(!answers[0].is_finished(), "it is not written down yet");
    stall.send_replace(false);
    for answer in answers {
        assert_eq!(answer.await.unwrap().unwrap(), 1);
    }
    assert_eq!(carol.await.unwrap().ended().await, EndReason::Administrator, "who was let in meanwhile");
}

#[tokio::test]
async fn a_node_that_stops_ends_sessions_at_once_while_the_disk_does_not_answer() {
    let Stalled { ground, alice, bob, carol, stall } = stalled().await;
    let authority = ground.authority.clone();
    let stopping = tokio::spawn(async move { authority.shut_down().await });
    assert_eq!(alice.ended().await, EndReason::NodeStopping);
    assert_eq!(bob.ended().await, EndReason::NodeStopping);
    stall.send_replace(false);
    stopping.await.unwrap();
    assert_eq!(carol.await.unwrap().ended().await, EndReason::NodeStopping, "who was let in meanwhile");
}
