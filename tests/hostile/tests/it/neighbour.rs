//! The well-behaved connection: calls `echo` without a pause, from a thread of its own, and keeps the times.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use capnp::capability::FromClientHook as _;
use capos_hostile::node::connect;
use capos_rpc::{Limits, Peer};
use capos_testkit::lab_capnp::lab;

use crate::node::Door;

/// A pause that leaves the processor to others, as a person's program does.
const PAUSE: Duration = Duration::from_millis(1);
/// An answer that takes longer fails the test at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// One call: when it began and how long it took.
pub(crate) type Sample = (Instant, Duration);

pub(crate) struct Neighbour {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Neighbour {
    /// Starts it; returns once it has had its first answer.
    pub(crate) fn start(door: &Door) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let door = door.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, call(door, &ready, &stopped))
        });
        started.recv().expect("the neighbour is served at first");
        Self { stop, thread }
    }

    /// Every call since the start.
    pub(crate) fn end(self) -> Vec<Sample> {
        drop(self.stop);
        self.thread.join().expect("the neighbour is served to the end")
    }
}

async fn call(door: Door, ready: &mpsc::Sender<()>, stopped: &mpsc::Receiver<()>) -> Vec<Sample> {
    let stream = door.enter(200).await.unwrap();
    let (system, client, _) = connect(stream, Peer::internal(), &Limits::default());
    tokio::task::spawn_local(system);
    let lab = lab::Client::new(client.hook);
    let mut samples = Vec::new();
    while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
        let began = Instant::now();
        let mut request = lab.echo_request();
        request.get().set_payload(b"a neighbour");
        let answer = tokio::time::timeout(PATIENCE, request.send().promise).await.expect("an answer within patience");
        assert_eq!(answer.unwrap().get().unwrap().get_payload().unwrap(), b"a neighbour");
        samples.push((began, began.elapsed()));
        let _ = ready.send(());
        tokio::time::sleep(PAUSE).await;
    }
    samples
}
