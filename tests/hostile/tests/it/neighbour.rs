//! The well-behaved connection: makes a small call without a pause, from a thread of its own, and keeps the times.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use capnp::capability::FromClientHook as _;
use capos_hostile::node::connect;
use capos_rpc::{Limits, Peer};
use capos_schema::system_info_capnp::system_info;
use capos_testkit::lab_capnp::lab;

use crate::node::Door;
use crate::whole::{Client, PASSWORD, Session};

/// A pause that leaves the processor to others, as a person's program does.
const PAUSE: Duration = Duration::from_millis(1);
/// An address that no attacker has.
const SOURCE: u8 = 200;
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
    /// One that calls the laboratory; returns once it has had its first answer.
    pub(crate) fn of_lab(door: Door, schedules: Vec<PathBuf>) -> Self {
        Self::start(door, schedules, async |door| Service::lab(door).await)
    }

    /// One that is signed in to a whole node.
    pub(crate) fn signed_in(door: Door, schedules: Vec<PathBuf>) -> Self {
        Self::start(door, schedules, async |door| Service::node(door).await)
    }

    fn start(
        door: Door,
        mut schedules: Vec<PathBuf>,
        enter: impl AsyncFnOnce(Door) -> Service + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        schedules.push("/proc/thread-self/schedstat".into());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                let service = enter(door).await;
                call(&service, &schedules, &ready, &stopped).await
            })
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
pub(crate) fn waited(schedules: &[PathBuf]) -> Duration {
    let of_one = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace().nth(1).and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0)
    };
    Duration::from_nanos(schedules.iter().map(of_one).sum())
}

/// What a neighbour calls.
enum Service {
    Lab(lab::Client),
    Node {
        granted: system_info::Client,
        /// Kept: with either, what was granted would end.
        _held: (Client, Session),
    },
}

impl Service {
    async fn lab(door: Door) -> Self {
        let stream = door.enter(SOURCE).await.unwrap();
        let (system, client, _) = connect(stream, Peer::internal(), &Limits::default());
        tokio::task::spawn_local(system);
        Self::Lab(lab::Client::new(client.hook))
    }

    async fn node(door: Door) -> Self {
        let client = Client::connect(&door, SOURCE).await;
        let (session, _) = client.sign_in("bob", PASSWORD).await;
        let session = session.expect("the neighbour signs in");
        let granted = session.system_info().await.expect("it is granted");
        Self::Node { granted, _held: (client, session) }
    }

    async fn call(&self) {
        match self {
            Self::Lab(lab) => {
                let mut request = lab.echo_request();
                request.get().set_payload(b"a neighbour");
                let answer = request.send().promise.await.unwrap();
                assert_eq!(answer.get().unwrap().get_payload().unwrap(), b"a neighbour");
            }
            Self::Node { granted, .. } => {
                granted.motd_request().send().promise.await.unwrap();
            }
        }
    }
}

async fn call(
    service: &Service,
    schedules: &[PathBuf],
    ready: &mpsc::Sender<()>,
    stopped: &mpsc::Receiver<()>,
) -> Vec<Sample> {
    let mut samples = Vec::new();
    while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
        let (waited_before, began) = (waited(schedules), Instant::now());
        tokio::time::timeout(PATIENCE, service.call()).await.expect("an answer within patience");
        samples.push(Sample { took: began.elapsed(), waited: waited(schedules).saturating_sub(waited_before) });
        let _ = ready.send(());
        tokio::time::sleep(PAUSE).await;
    }
    samples
}
