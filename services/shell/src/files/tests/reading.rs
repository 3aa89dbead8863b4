//! Bytes come as they are, in any range, and at the reader's pace.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::rc::Rc;

use capnp::Error;
use capos_schema::files_capnp::file_reader;
use ring::digest::{SHA256, digest};
use tokio::sync::{Notify, Semaphore};

use super::ground::{Got, refusal, refused, with_home};

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

#[test]
fn a_file_is_read_whole_and_in_any_part() {
    with_home(|home| async move {
        let bytes = pattern(1_000_003);
        home.put("file", &bytes);
        assert_eq!(home.root.read("file").await.unwrap(), bytes);
        for (offset, length, expected) in [
            (0_usize, 1_usize, &bytes[..1]),
            (0, 1_000_003, &bytes[..]),
            (0, 1_000_004, &bytes[..]),
            (262_143, 2, &bytes[262_143..262_145]),
            (262_144, 262_145, &bytes[262_144..524_289]),
            (1_000_002, 5, &bytes[1_000_002..]),
            (1_000_003, 0, &[]),
            (2_000_000, 10, &[]),
        ] {
            let got = home.root.read_part("file", offset as u64, length as u64).await.unwrap();
            assert_eq!(got, Got { bytes: expected.to_vec(), size: 1_000_003, changed: false });
            let (sum, summed) = home.root.checksum("file", offset as u64, length as u64).await.unwrap();
            assert_eq!((&*sum, summed), (digest(&SHA256, expected).as_ref(), expected.len() as u64));
        }
        assert_eq!(home.root.read_part("file", u64::MAX, u64::MAX).await.unwrap().bytes, b"");
        refused(home.root.read("nothing").await, "badRequest");
        assert_eq!(refusal(home.root.read("").await), "badRequest: a file has a name");
    });
}

#[test]
fn a_file_larger_than_a_slice_has_the_checksum_of_all_of_it() {
    with_home(|home| async move {
        let bytes = pattern(9 << 20);
        home.put("file", &bytes);
        let (sum, length) = home.root.checksum("file", 0, 0).await.unwrap();
        assert_eq!((&*sum, length), (digest(&SHA256, &bytes).as_ref(), 9 << 20));
    });
}

#[test]
fn a_file_with_a_hole_of_terabytes_is_read_where_it_is_asked_for() {
    with_home(|home| async move {
        let file = std::fs::File::create(home.host("sparse")).unwrap();
        file.set_len(8 << 40).unwrap();
        let got = home.root.read_part("sparse", (8 << 40) - 3, 100).await.unwrap();
        assert_eq!(got, Got { bytes: vec![0; 3], size: 8 << 40, changed: false });
        // One that sums it up keeps nobody waiting, and ends when nobody wants it any more.
        let mut request = home.root.file("sparse").checksum_request();
        request.get().set_length(0);
        let endless = request.send();
        home.put("small", "small");
        assert_eq!(home.root.read("small").await.unwrap(), b"small");
        drop(endless);
    });
}

/// Lets nothing through until it is told to.
struct Gate {
    open: Semaphore,
    came: Notify,
    chunks: Cell<usize>,
    bytes: Cell<usize>,
}

struct Gated(Rc<Gate>);

impl file_reader::Server for Gated {
    async fn chunk(self: Rc<Self>, params: file_reader::ChunkParams) -> Result<(), Error> {
        self.0.chunks.set(self.0.chunks.get() + 1);
        self.0.bytes.set(self.0.bytes.get() + params.get()?.get_data()?.len());
        self.0.came.notify_one();
        self.0.open.acquire().await.unwrap().forget();
        Ok(())
    }

    async fn done(self: Rc<Self>, _: file_reader::DoneParams, _: file_reader::DoneResults) -> Result<(), Error> {
        Ok(())
    }
}

fn gate() -> Rc<Gate> {
    Rc::new(Gate { open: Semaphore::new(0), came: Notify::new(), chunks: Cell::new(0), bytes: Cell::new(0) })
}

#[test]
fn a_file_that_is_replaced_is_read_to_its_end_as_it_was() {
    with_home(|home| async move {
        let old = pattern(8 << 20);
        home.put("file", &old);
        let gate = gate();
        let mut request = home.root.file("file").read_request();
        request.get().set_reader(capnp_rpc::new_client(Gated(gate.clone())));
        let reading = tokio::task::spawn_local(request.send().promise);
        gate.came.notified().await;
        home.root.save("file", b"new").await.unwrap();
        assert_eq!(home.root.read("file").await.unwrap(), b"new");
        assert_eq!(gate.chunks.get(), 1, "the reader has not taken the first");
        gate.open.add_permits(1000);
        let answer = reading.await.unwrap().unwrap();
        let answer = answer.get().unwrap();
        assert_eq!((answer.get_length(), gate.bytes.get()), (8 << 20, 8 << 20));
    });
}

#[test]
fn a_file_that_is_written_to_meanwhile_is_said_to_be_changed_and_comes_to_an_end() {
    with_home(|home| async move {
        home.put("log", "line\n");
        let gate = gate();
        let mut request = home.root.file("log").read_request();
        request.get().set_reader(capnp_rpc::new_client(Gated(gate.clone())));
        let reading = tokio::task::spawn_local(request.send().promise);
        gate.came.notified().await;
        OpenOptions::new().append(true).open(home.host("log")).unwrap().write_all(b"more\n").unwrap();
        gate.open.add_permits(1);
        let answer = reading.await.unwrap().unwrap();
        let answer = answer.get().unwrap();
        assert_eq!((answer.get_length(), answer.get_size(), answer.get_changed()), (5, 10, true));
    });
}

/// Refuses the second chunk.
struct Fickle(Cell<usize>);

impl file_reader::Server for Fickle {
    async fn chunk(self: Rc<Self>, _: file_reader::ChunkParams) -> Result<(), Error> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > 1 { Err(Error::failed("no more".into())) } else { Ok(()) }
    }
}

#[test]
fn a_reader_that_fails_ends_the_reading() {
    with_home(|home| async move {
        home.put("file", pattern(8 << 20));
        for length in [8 << 20, (256 << 10) + 1] {
            let mut request = home.root.file("file").read_request();
            request.get().set_length(length);
            request.get().set_reader(capnp_rpc::new_client(Fickle(Cell::new(0))));
            let told = refusal(request.send().promise.await);
            assert!(told.contains("no more"), "{told}");
        }
    });
}
