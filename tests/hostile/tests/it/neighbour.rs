//! The well-behaved connection: calls `echo` without a pause, from a thread of its own, and keeps the times.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use capnp::capability::FromClientHook as _;
use capos_hostile::node::connect;
use capos_rpc::{Limits, Peer};
use capos_testkit::lab_capnp::lab;

use crate::node::{Door, Node, Over};

/// A pause that leaves the processor to others, as a person's program does.
const PAUSE: Duration = Duration::from_millis(1);
/// An answer that takes longer fails the test at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// One call.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// From the request to the answer.
    pub(crate) took: Duration,
    /// How long the threads concerned were ready to run meanwhile, and had no processor: this machine has few, and
    /// others use them.
    pub(crate) waited: Duration,
}

pub(crate) struct Neighbour {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Neighbour {
    /// Starts it; returns once it has had its first answer.
    pub(crate) fn start(node: &Node, over: Over) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let (door, mut schedules) = (node.door(over), node.schedules());
        schedules.push("/proc/thread-self/schedstat".into());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, call(door, &schedules, &ready, &stopped))
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

/// How long these threads have waited for a processor so far.
fn waited(schedules: &[PathBuf]) -> Duration {
    let of_one = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace().nth(1).and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0)
    };
    Duration::from_nanos(schedules.iter().map(of_one).sum())
}

async fn call(
    door: Door,
    schedules: &[PathBuf],
    ready: &mpsc::Sender<()>,
    stopped: &mpsc::Receiver<()>,
) -> Vec<Sample> {
    let stream = door.enter(200).await.unwrap();
    let (system, client, _) = connect(stream, Peer::internal(), &Limits::default());
    tokio::task::spawn_local(system);
    let lab = lab::Client::new(client.hook);
    let mut samples = Vec::new();
    while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
        let (waited_before, began) = (waited(schedules), Instant::now());
        let mut request = lab.echo_request();
        request.get().set_payload(b"a neighbour");
        let answer = tokio::time::timeout(PATIENCE, request.send().promise).await.expect("an answer within patience");
        assert_eq!(answer.unwrap().get().unwrap().get_payload().unwrap(), b"a neighbour");
        samples.push(Sample { took: began.elapsed(), waited: waited(schedules).saturating_sub(waited_before) });
        let _ = ready.send(());
        tokio::time::sleep(PAUSE).await;
    }
    samples
}
