//! Desks in front of a whole node in this process, and every way in which one ends.

use std::time::Duration;

use capos_authority::{Authority, EndReason, MethodSettings, Settings, SystemClock};
use capos_client::{Identify, Options, SignIn};
use capos_gateway::{Face, Gateway};
use capos_rpc::{Peer, Vats};
use capos_schema::Registry;
use capos_store::Store;
use futures::FutureExt as _;
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};

use super::*;
use crate::workspace::board::{Board, Opening, Window};
use crate::workspace::view::Key;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that lets anybody in as nobody.
struct Node {
    authority: Authority,
    gateway: Gateway,
    vats: Arc<Vats>,
    _directory: TempDir,
}

impl Node {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("data"), capos_store::Limits::default()).unwrap();
        let methods = MethodSettings { anonymous: true, ..MethodSettings::default() };
        let settings = Settings { methods, ..Settings::new([7; 32]) };
        let authority = Authority::open(store, settings, Arc::new(SystemClock)).await.unwrap();
        let signer = Arc::new(|_: &[u8]| Vec::new());
        let (registry, limits) = (Registry::builtin().clone(), capos_gateway::Limits::default());
        let gateway = Gateway::new(authority.clone(), registry, Face::default(), signer, limits);
        Self { authority, gateway, vats: Arc::new(Vats::start(1).unwrap()), _directory: directory }
    }

    /// A desk that does not work yet, its handle, and the node's side of its connection.
    async fn desk(&self, limits: WorkspaceLimits) -> (Desk, DeskHandle, Served) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let served = self.serve(theirs);
        let connection = Connection::over(ours, Peer::internal(), &Options::new(Identify::Plain));
        let session = connection.sign_in(SignIn::Anonymous { profile: "" }).await.unwrap();
        let (desk, handle) = Desk::begin(connection, session, Arc::new(limits)).await.unwrap();
        (desk, handle, served)
    }

    fn serve(&self, stream: DuplexStream) -> Served {
        let ((cut, was_cut), (telling, over)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
        let (gateway, vats) = (self.gateway.clone(), self.vats.clone());
        let source = gateway.source_of(&Peer::internal());
        let serve = move || async move {
            tokio::select! {
                () = gateway.serve_stream(&vats, stream, Peer::internal(), source) => {}
                _ = was_cut => {}
            }
            drop(telling);
        };
        self.vats.place(serve).expect("the thread is there");
        Served { cut, over }
    }
}

/// The node's side of a desk's connection, which is cut when this is dropped.
struct Served {
    cut: oneshot::Sender<()>,
    over: oneshot::Receiver<()>,
}

impl Served {
    /// Waits until nothing of it is left.
    async fn over(self) {
        let Self { cut, over } = self;
        over.await.expect_err("nobody says anything");
        drop(cut);
    }
}

fn window(board: &Board) -> Window {
    board.window(Opening { window: Key::new(), topics: Default::default(), after: None }).unwrap()
}

/// All that a window is told until its stream is over.
async fn last_words(mut window: Window) -> String {
    let mut told = String::new();
    while let Some(piece) = window.next().await {
        told += std::str::from_utf8(&piece).unwrap();
    }
    told
}

async fn ask(handle: &DeskHandle, area: &str, name: &str) -> String {
    let command = Command { name: name.to_owned(), body: bytes::Bytes::new() };
    let outcome = handle.ask(area.to_owned(), command).await;
    outcome.map_or_else(|problem| problem.code.as_str().to_owned(), |_| "done".to_owned())
}

/// The desk has ended, and says so like that to windows and to whoever asks.
async fn ended(handle: &DeskHandle, watching: Window, code: &str) {
    let told = last_words(watching).await;
    assert!(told.contains(&format!(r#""ended":{{"code":"{code}""#)), "{code}: {told}");
    handle.closed().await;
    assert_eq!(handle.over().code.as_str(), code);
    assert_eq!(ask(handle, "session", "renew").await, code);
    assert!(last_words(window(&handle.board)).await.contains(code), "a window that comes late is told the same");
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let patient = async { timeout(PATIENCE, test).await.expect("it is done in time") };
    LocalSet::new().block_on(&runtime, patient);
}

/// Takes part in everything, and does what its commands are called.
struct Odd;

impl Area for Odd {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                "panic" => panic!("a fault of this program, on purpose"),
                "stale" => Err(over()),
                "hang" => std::future::pending().await,
                _ => Ok(crate::workspace::command::Reply::done()),
            }
        })
    }
}

async fn odd(node: &Node, commands: usize) -> (Desk, DeskHandle, Served) {
    let limits = WorkspaceLimits { commands, ..WorkspaceLimits::default() };
    let (mut desk, handle, served) = node.desk(limits).await;
    desk.areas.insert("odd", Rc::new(Odd));
    (desk, handle, served)
}

#[test]
fn each_end_that_the_node_tells_is_told_to_every_window_and_to_whoever_asks() {
    run(async {
        let node = Node::start().await;
        for (why, code) in [
            (EndReason::Logout, "signedOut"),
            (EndReason::Expired, "expired"),
            (EndReason::Idle, "idle"),
            (EndReason::EndedElsewhere, "endedElsewhere"),
            (EndReason::Administrator, "administrator"),
            (EndReason::AccountChanged, "accountChanged"),
            (EndReason::PolicyChanged, "policyChanged"),
            (EndReason::NodeStopping, "nodeStopping"),
        ] {
            let (desk, handle, _served) = node.desk(WorkspaceLimits::default()).await;
            let watching = window(&handle.board);
            let working = spawn_local(desk.work());
            for session in node.authority.sessions() {
                session.end(why).await;
            }
            ended(&handle, watching, code).await;
            working.await.unwrap();
        }
    });
}

#[test]
fn whoever_finds_the_session_over_before_the_desk_has_heard_why_is_told_why() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, _served) = odd(&node, 8).await;
        spawn_local(desk.work());
        let mut asking = Box::pin(ask(&handle, "odd", "stale"));
        for _ in 0..20 {
            assert!((&mut asking).now_or_never().is_none(), "it is not answered yet");
            tokio::task::yield_now().await;
        }
        for session in node.authority.sessions() {
            session.end(EndReason::Administrator).await;
        }
        assert_eq!(asking.await, "administrator");
    });
}

#[test]
fn a_connection_that_is_lost_ends_the_desk_and_says_so() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, served) = node.desk(WorkspaceLimits::default()).await;
        let watching = window(&handle.board);
        spawn_local(desk.work());
        drop(served);
        ended(&handle, watching, "gatewayDisconnected").await;
    });
}

#[test]
fn a_desk_that_is_given_up_signs_out_and_leaves_no_window_waiting() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, served) = node.desk(WorkspaceLimits::default()).await;
        let watching = window(&handle.board);
        let working = spawn_local(desk.work());
        assert_eq!(node.authority.sessions().len(), 1);
        drop(handle);
        working.await.unwrap();
        served.over().await;
        assert_eq!(node.authority.sessions().len(), 0);
        assert!(last_words(watching).await.contains(r#""ended":"#));
    });
}

#[test]
fn a_desk_that_breaks_takes_its_session_with_it_and_owns_up() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, served) = odd(&node, 8).await;
        let watching = window(&handle.board);
        let working = spawn_local(desk.work());
        assert_eq!(ask(&handle, "odd", "panic").await, "internal", "who asked is not left waiting");
        assert!(working.await.unwrap_err().is_panic());
        ended(&handle, watching, "internal").await;
        served.over().await;
        assert_eq!(node.authority.sessions().len(), 0, "nothing of it is left on the node");
    });
}

#[test]
fn a_desk_that_is_dropped_with_its_thread_says_that_the_node_is_stopping() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, _served) = node.desk(WorkspaceLimits::default()).await;
        let watching = window(&handle.board);
        let working = spawn_local(desk.work());
        tokio::task::yield_now().await;
        working.abort();
        ended(&handle, watching, "nodeStopping").await;
    });
}

#[test]
fn as_many_commands_are_under_way_as_may_be_and_one_more_is_refused_at_once() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, _served) = odd(&node, 2).await;
        spawn_local(desk.work());
        let mut hanging = [Box::pin(ask(&handle, "odd", "hang")), Box::pin(ask(&handle, "odd", "hang"))];
        for one in &mut hanging {
            assert!(one.now_or_never().is_none());
        }
        assert_eq!(ask(&handle, "odd", "do").await, "tooManyCalls");
        let [one, _other] = hanging;
        drop(one);
        while ask(&handle, "odd", "do").await != "done" {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn commands_wait_for_a_desk_that_has_not_begun_and_the_bound_counts_them() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, _served) = odd(&node, 2).await;
        let mut waiting = [Box::pin(ask(&handle, "odd", "do")), Box::pin(ask(&handle, "odd", "do"))];
        for one in &mut waiting {
            assert!(one.now_or_never().is_none());
        }
        assert_eq!(ask(&handle, "odd", "do").await, "tooManyCalls");
        spawn_local(desk.work());
        assert_eq!(futures::future::join_all(waiting).await, ["done", "done"]);
    });
}

#[test]
fn a_part_that_there_is_not_is_refused_and_nothing_ends() {
    run(async {
        let node = Node::start().await;
        let (desk, handle, _served) = odd(&node, 2).await;
        spawn_local(desk.work());
        assert_eq!(ask(&handle, "nowhere", "do").await, "notFound");
        assert_eq!(ask(&handle, "odd", "do").await, "done");
    });
}
