//! A server with a laboratory, a hostile connection and a bystander.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_capnp::{cap_descriptor, return_};
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{ConnectionHandle, Limits, Network, Peer};
use capos_testkit::lab_capnp::{callback, lab};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::LocalSet;

use crate::raw::{Raw, results};

#[derive(Default)]
pub(crate) struct Lab {
    kept: RefCell<Vec<callback::Client>>,
    later: RefCell<Vec<futures::channel::oneshot::Sender<()>>>,
}

pub(crate) fn new_lab() -> lab::Client {
    capnp_rpc::new_client(Lab::default())
}

type Outcome = Result<(), capnp::Error>;

impl lab::Server for Lab {
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> Outcome {
        results.get().set_payload(params.get()?.get_payload()?);
        Ok(())
    }

    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> Outcome {
        results.get().set_lab(new_lab());
        Ok(())
    }

    async fn call_back(self: Rc<Self>, params: lab::CallBackParams, mut results: lab::CallBackResults) -> Outcome {
        let to = params.get()?.get_to()?;
        let answer = to.call_request().send().promise.await?;
        results.get().set_payload(answer.get()?.get_payload()?);
        Ok(())
    }

    async fn keep(self: Rc<Self>, params: lab::KeepParams, _: lab::KeepResults) -> Outcome {
        self.kept.borrow_mut().push(params.get()?.get_to()?);
        Ok(())
    }

    async fn loopback(self: Rc<Self>, params: lab::LoopbackParams, mut results: lab::LoopbackResults) -> Outcome {
        let cap: capnp::capability::Client = params.get()?.get_cap().get_as_capability()?;
        results.get().get_cap().set_as_capability(cap.hook);
        Ok(())
    }

    async fn sink(self: Rc<Self>, _: lab::SinkParams) -> Outcome {
        Ok(())
    }

    async fn hang(self: Rc<Self>, params: lab::HangParams, _: lab::HangResults) -> Outcome {
        std::future::pending::<()>().await;
        drop(params);
        Ok(())
    }

    async fn later(self: Rc<Self>, _: lab::LaterParams, mut results: lab::LaterResults) -> Outcome {
        let (release, released) = futures::channel::oneshot::channel();
        self.later.borrow_mut().push(release);
        results.get().set_lab(capnp_rpc::new_future_client(async move {
            let _ = released.await;
            Ok(new_lab())
        }));
        Ok(())
    }

    async fn release(self: Rc<Self>, _: lab::ReleaseParams, _: lab::ReleaseResults) -> Outcome {
        self.later.borrow_mut().drain(..).for_each(|release| release.send(()).unwrap_or_default());
        Ok(())
    }

    async fn many(self: Rc<Self>, params: lab::ManyParams, mut results: lab::ManyResults) -> Outcome {
        let count = params.get()?.get_count();
        let mut labs = results.get().init_labs(count);
        for index in 0..count {
            labs.set(index, new_lab().client.hook);
        }
        Ok(())
    }
}

const NEVER: Duration = Duration::from_secs(100 * 86_400);

thread_local! {
    static PANICKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

pub(crate) struct Scene {
    limits: Limits,
    bystander: lab::Client,
    pub(crate) bystander_handle: ConnectionHandle,
}

/// Runs a test within one vat thread.
pub(crate) fn scene<T: Future<Output = ()>>(limits: Limits, test: impl FnOnce(Scene) -> T) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (bystander, bystander_handle) = pair(&Limits::default());
        // Time stands still while anything happens: this is reached where a test waits for what never comes.
        let outcome = tokio::time::timeout(NEVER, test(Scene { limits, bystander, bystander_handle })).await;
        outcome.expect("what the test waits for comes");
    });
    assert!(!PANICKED.get(), "a connection's task panicked");
}

/// A client of a laboratory, both sides on this crate's network; the handle is the server's.
pub(crate) fn pair(limits: &Limits) -> (lab::Client, ConnectionHandle) {
    let (ours, theirs) = tokio::io::duplex(64 << 10);
    let handle = serve(ours, limits);
    (connect(theirs, limits), handle)
}

pub(crate) fn serve(stream: impl AsyncRead + AsyncWrite + 'static, limits: &Limits) -> ConnectionHandle {
    let (network, handle) = Network::new(stream, Side::Server, Peer::internal(), limits);
    let system = tokio::task::spawn_local(RpcSystem::new(Box::new(network), Some(new_lab().client)));
    tokio::task::spawn_local(async move {
        if system.await.is_err_and(|error| error.is_panic()) {
            PANICKED.set(true);
        }
    });
    handle
}

pub(crate) fn connect(stream: impl AsyncRead + AsyncWrite + 'static, limits: &Limits) -> lab::Client {
    let (network, _) = Network::new(stream, Side::Client, Peer::internal(), limits);
    let mut system = RpcSystem::new(Box::new(network), None);
    let client = system.bootstrap(Side::Server);
    tokio::task::spawn_local(system);
    client
}

pub(crate) async fn echo(client: &lab::Client, payload: &[u8]) -> Result<Vec<u8>, capnp::Error> {
    let mut request = client.echo_request();
    request.get().set_payload(payload);
    Ok(request.send().promise.await?.get()?.get_payload()?.to_vec())
}

impl Scene {
    /// A connection whose other end is written by hand, with nothing sent on it.
    pub(crate) fn silent(&self) -> Raw {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        Raw { stream: theirs, handle: serve(ours, &self.limits), lab: 0 }
    }

    /// The same, with the bootstrap object in hand and its question finished.
    pub(crate) async fn raw(&self) -> Raw {
        let mut raw = self.silent();
        raw.bootstrap(0).await;
        let message = raw.returned(0).await;
        let return_::Results(payload) = results(&message).which().unwrap() else {
            panic!("no results");
        };
        let cap_descriptor::SenderHosted(id) = payload.unwrap().get_cap_table().unwrap().get(0).which().unwrap() else {
            panic!("no object");
        };
        raw.lab = id;
        raw.finish(0, false).await;
        until("the finish is read", || raw.handle.account().retained_bytes == 0).await;
        raw
    }

    /// The neighbour on the same thread has noticed nothing.
    pub(crate) async fn bystander_is_served(&self) {
        assert_eq!(echo(&self.bystander, b"here").await.unwrap(), b"here");
        assert_eq!(self.bystander_handle.ending(), None);
    }
}

/// Lets the other tasks run until it is so.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if condition() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never: {what}");
}
