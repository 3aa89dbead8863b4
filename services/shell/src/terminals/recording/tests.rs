use capos_service::testing::run;

use super::*;

/// What the node takes in one call, by the limits of its recordings.
const CALL_EVENTS: u32 = 4096;
const CALL_BYTES: usize = 1 << 20;
/// What the terminal reads at once.
const READ: usize = 64 << 10;

/// A node that takes nothing before it is told to, and no more in one call than the node does.
#[derive(Default)]
struct Node {
    open: watch::Sender<bool>,
    asked: watch::Sender<bool>,
    bytes: Cell<usize>,
    last: Cell<u16>,
}

struct Told(Rc<Node>);

impl recorder::Server for Told {
    async fn start(
        self: Rc<Self>,
        _: recorder::StartParams,
        mut results: recorder::StartResults,
    ) -> Result<(), capnp::Error> {
        results.get().set_recording(capnp_rpc::new_client(Told(self.0.clone())));
        Ok(())
    }
}

impl recording_sink::Server for Told {
    async fn write(self: Rc<Self>, params: recording_sink::WriteParams) -> Result<(), capnp::Error> {
        self.0.asked.send_replace(true);
        let _ = self.0.open.subscribe().wait_for(|open| *open).await;
        let events = params.get()?.get_events()?;
        let mut bytes = 0;
        for event in events {
            match event.which()? {
                capos_schema::recordings_capnp::recording_event::Output(data) => bytes += data?.len(),
                capos_schema::recordings_capnp::recording_event::Resized(size) => self.0.last.set(size?.get_columns()),
                capos_schema::recordings_capnp::recording_event::Marker(_) => {}
            }
        }
        self.0.bytes.set(self.0.bytes.get() + bytes);
        match events.len() <= CALL_EVENTS && bytes <= CALL_BYTES {
            true => Ok(()),
            false => Err(capnp::Error::failed("badRequest: too much in one call".into())),
        }
    }

    async fn finish(
        self: Rc<Self>,
        _: recording_sink::FinishParams,
        _: recording_sink::FinishResults,
    ) -> Result<(), capnp::Error> {
        Ok(())
    }
}

/// A recording whose node has been asked once and takes its time.
async fn waiting() -> (Rc<Node>, Recording) {
    let node = Rc::new(Node::default());
    let recorder: recorder::Client = capnp_rpc::new_client(Told(node.clone()));
    let size = Size::new(80, 24).unwrap();
    let recording = Recording::start(&recorder, ("", "sh", size), true, Rc::default()).await.unwrap();
    recording.wrote(&[b'.'; READ]);
    node.asked.subscribe().wait_for(|asked| *asked).await.unwrap();
    (node, recording)
}

async fn is_kept_whole(node: &Node, recording: &Recording, bytes: usize) {
    node.open.send_replace(true);
    recording.finish(Exit::Code(0)).await;
    assert!(recording.is_kept());
    assert_eq!(node.bytes.get(), READ + bytes);
}

#[test]
fn a_program_that_writes_as_much_as_it_may_does_not_end_its_recording() {
    run(async {
        let (node, recording) = waiting().await;
        let mut bytes = 0;
        while !recording.is_full() {
            recording.wrote(&[b'.'; READ]);
            bytes += READ;
        }
        is_kept_whole(&node, &recording, bytes).await;
    });
}

#[test]
fn neither_small_pieces_nor_changes_of_size_end_a_recording() {
    run(async {
        let (node, recording) = waiting().await;
        let sizes = [Size::new(80, 24).unwrap(), Size::new(81, 24).unwrap()];
        let mut bytes = 0;
        for at in 0..20_000 {
            if !recording.is_full() {
                recording.wrote(b".");
                bytes += 1;
            }
            recording.resized(sizes[at % 2]);
        }
        assert!(recording.is_full());
        is_kept_whole(&node, &recording, bytes).await;
        assert_eq!(node.last.get(), 81);
    });
}

#[test]
fn what_is_written_together_is_one_event() {
    run(async {
        let (node, recording) = waiting().await;
        for _ in 0..100_000 {
            recording.wrote(b".");
        }
        is_kept_whole(&node, &recording, 100_000).await;
    });
}
