//! Recordings, by a node that may fail.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnp::{Error, ErrorKind};
use capos_schema::recordings_capnp::{recorder, recording_event, recording_sink};
use capos_schema::terminals_capnp::{terminal, terminals};
use capos_service::Given;
use capos_service::testing::{Visitor, run};
use tokio::sync::watch;

use super::stage::{Real, close, info, input, open, resize, wait};
use crate::ground::Ground;

/// Keeps recordings as it is told to.
#[derive(Default)]
struct Node {
    refuses: Cell<bool>,
    fails: Cell<bool>,
    begun: RefCell<Vec<String>>,
    output: RefCell<Vec<u8>>,
    sizes: RefCell<Vec<(u16, u16)>>,
    writes: Cell<usize>,
    finished: watch::Sender<Option<(i32, String)>>,
    dropped: watch::Sender<bool>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.0.dropped.send_replace(true);
    }
}

struct Recorder(Rc<Node>);
struct Sink(Rc<Node>);

impl recorder::Server for Recorder {
    async fn start(
        self: Rc<Self>,
        params: recorder::StartParams,
        mut results: recorder::StartResults,
    ) -> Result<(), Error> {
        if self.0.refuses.get() {
            return Err(Error::failed("quotaExceeded: no".into()));
        }
        self.0.begun.borrow_mut().push(params.get()?.get_command()?.to_string()?);
        results.get().set_recording(capnp_rpc::new_client(Sink(self.0.clone())));
        Ok(())
    }
}

impl recording_sink::Server for Sink {
    async fn write(self: Rc<Self>, params: recording_sink::WriteParams) -> Result<(), Error> {
        if self.0.fails.get() {
            return Err(Error::failed("serviceUnavailable: full".into()));
        }
        self.0.writes.set(self.0.writes.get() + 1);
        for event in params.get()?.get_events()? {
            match event.which()? {
                recording_event::Output(bytes) => self.0.output.borrow_mut().extend_from_slice(bytes?),
                recording_event::Resized(size) => {
                    let size = size?;
                    self.0.sizes.borrow_mut().push((size.get_columns(), size.get_rows()));
                }
                recording_event::Marker(_) => {}
            }
        }
        Ok(())
    }

    async fn finish(
        self: Rc<Self>,
        params: recording_sink::FinishParams,
        _: recording_sink::FinishResults,
    ) -> Result<(), Error> {
        let told = params.get()?;
        self.0.finished.send_replace(Some((told.get_exit_code(), told.get_signal()?.to_string()?)));
        Ok(())
    }
}

struct Recorded {
    node: Rc<Node>,
    terminals: terminals::Client,
    _ground: Ground,
}

/// A session with that setting, and a recorder if `lent`.
async fn recorded(setting: &str, lent: bool) -> Recorded {
    let ground = Ground::with(&format!(r#"{{"recording": "{setting}", "limits": {{"grace": "200ms"}}}}"#)).await;
    let node = Rc::new(Node::default());
    let given = if lent {
        let recorder: recorder::Client = capnp_rpc::new_client(Recorder(node.clone()));
        Given::default().with("recorder", recorder)
    } else {
        Given::default()
    };
    let visitor = Visitor::named("Bob").in_session(2);
    let terminals = ground.bench.open_lending(&visitor, "terminal", given).await.unwrap();
    Recorded { node, terminals, _ground: ground }
}

impl Recorded {
    async fn sh(&self, line: &str) -> Result<terminal::Client, Error> {
        open(&self.terminals, &["/bin/sh", "-c", line], |_| {}).await
    }
}

#[test]
fn what_a_terminal_shows_is_recorded_and_what_is_typed_is_not() {
    run(async {
        let session = recorded("on", true).await;
        let terminal = session.sh("stty -echo; echo ready; read secret; seq 1 20000; exit 4").await.unwrap();
        assert!(info(&terminal).await.recorded);
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        real.shows("ready").await;
        resize(&terminal, 90, 30).await.unwrap();
        input(&terminal, "hunter2\n").await;
        assert_eq!(wait(&terminal).await.exit_code, 4);
        assert_eq!(
            session.node.finished.borrow().clone(),
            Some((4, String::new())),
            "it is kept before the end is told"
        );
        let output = String::from_utf8(session.node.output.borrow().clone()).unwrap();
        assert!(output.starts_with("ready\r\n1\r\n2\r\n") && output.ends_with("\r\n20000\r\n"));
        assert!(!output.contains("hunter2"));
        assert_eq!(*session.node.sizes.borrow(), [(90, 30)]);
        assert!(session.node.writes.get() < 40, "{} calls for 110 kilobytes", session.node.writes.get());
        assert!(session.node.begun.borrow()[0].starts_with("/bin/sh -c"));
    });
}

#[test]
fn nothing_is_recorded_where_nobody_asked_for_it() {
    run(async {
        let session = recorded("off", true).await;
        let terminal = session.sh("echo x").await.unwrap();
        wait(&terminal).await;
        assert!(!info(&terminal).await.recorded);
        assert!(session.node.begun.borrow().is_empty());
    });
}

#[test]
fn a_terminal_that_must_be_recorded_does_not_open_without() {
    run(async {
        for (lent, refuses) in [(false, false), (true, true)] {
            let session = recorded("required", lent).await;
            session.node.refuses.set(refuses);
            let refused = session.sh("echo x").await.err().unwrap();
            assert_eq!(refused.kind, ErrorKind::Failed, "a node tells the end of a connection in words of its own");
            let refused = refused.to_string();
            assert!(refused.contains("serviceUnavailable") && refused.contains("recorded"), "{refused}");
            let session = recorded("on", lent).await;
            session.node.refuses.set(refuses);
            let terminal = session.sh("echo x").await.unwrap();
            assert!(!info(&terminal).await.recorded);
        }
    });
}

#[test]
fn a_recording_of_nothing_is_let_go() {
    run(async {
        let session = recorded("required", true).await;
        open(&session.terminals, &["/no/such/program"], |_| {}).await.err().unwrap();
        let mut dropped = session.node.dropped.subscribe();
        dropped.wait_for(|dropped| *dropped).await.unwrap();
        assert_eq!(session.node.begun.borrow().len(), 1);
    });
}

#[test]
fn a_recording_that_fails_ends_the_terminal_where_it_must_be() {
    run(async {
        let session = recorded("required", true).await;
        let terminal = session.sh("echo one; read x; echo two; while :; do sleep 1; done").await.unwrap();
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        real.shows("one").await;
        assert!(info(&terminal).await.recorded);
        session.node.fails.set(true);
        input(&terminal, "\n").await;
        real.shows("this terminal must be recorded").await;
        let ended = wait(&terminal).await;
        assert!(!ended.recorded && !ended.running && !ended.signal.is_empty());
    });
}

#[test]
fn a_recording_that_fails_is_said_to_where_it_need_not_be() {
    run(async {
        let session = recorded("on", true).await;
        let terminal = session.sh("echo one; read x; echo two; cat").await.unwrap();
        let real = Real::new();
        let _view = real.look(&terminal, 0).await;
        real.shows("one").await;
        session.node.fails.set(true);
        input(&terminal, "\n").await;
        real.shows("two").await;
        while info(&terminal).await.recorded {}
        input(&terminal, "still here\n").await;
        real.shows("still here").await;
        close(&terminal).await;
    });
}
