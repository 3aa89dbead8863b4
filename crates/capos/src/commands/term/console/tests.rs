//! A place at a terminal of the system's own, with keys that are typed and a screen that is read.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::rc::Rc;

use capos_schema::terminal_capnp::{LineEcho, LineStatus, terminal_session};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use tokio::io::Interest;
use tokio::task::LocalSet;

use super::desk::Desk;
use super::session::lend;
use crate::terminal::screen::Screen;
use crate::terminal::stream::Stream;

struct Place {
    person: File,
    terminal: File,
    desk: Rc<Desk>,
    session: terminal_session::Client,
    listening: tokio::task::JoinHandle<()>,
}

impl Place {
    fn new() -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let name = std::ffi::OsStr::from_bytes(name.to_bytes());
        let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let input = Stream::new(terminal.as_fd(), Interest::READABLE).unwrap();
        let screen = Screen::new(Stream::new(terminal.as_fd(), Interest::WRITABLE).unwrap(), false);
        let desk = Desk::at(&terminal, input, screen).unwrap();
        let listening = Rc::clone(&desk);
        let listening = tokio::task::spawn_local(async move { listening.listen().await });
        Self { person: File::from(person), terminal, session: lend(&desk), desk, listening }
    }

    fn types(&mut self, keys: &str) {
        self.person.write_all(keys.as_bytes()).unwrap();
    }

    /// Everything that is shown until it ends so.
    async fn shown(&mut self, end: &str) -> String {
        let screen = Stream::new(self.person.as_fd(), Interest::READABLE).unwrap();
        let (mut shown, mut chunk) = (Vec::new(), [0; 1024]);
        while !shown.ends_with(end.as_bytes()) {
            let read = screen.read(&mut chunk).await.unwrap();
            shown.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8(shown).unwrap()
    }

    fn ask(&self, prompt: &str, echo: LineEcho, most: u32, empty: bool) -> Asked {
        let mut request = self.session.read_line_request();
        let mut asked = request.get().init_request();
        asked.set_prompt(prompt);
        asked.set_echo(echo);
        asked.set_max_bytes(most);
        asked.set_allow_empty(empty);
        let answer = request.send().promise;
        tokio::task::spawn_local(async move {
            let answer = answer.await?;
            let answer = answer.get()?;
            Ok((answer.get_status()?, String::from_utf8_lossy(answer.get_line()?).into_owned()))
        })
    }

    async fn write(&self, text: &[u8]) -> capnp::Result<()> {
        let mut request = self.session.write_request();
        request.get().set_data(text);
        request.send().promise.await.map(drop)
    }
}

type Asked = tokio::task::JoinHandle<capnp::Result<(LineStatus, String)>>;

fn submitted(line: &str) -> (LineStatus, String) {
    (LineStatus::Submitted, line.to_owned())
}

fn on_vat(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

#[test]
fn a_line_is_edited_and_seen() {
    on_vat(async {
        let mut place = Place::new();
        place.write(b"Who are you, ").await.unwrap();
        let asked = place.ask("name? ", LineEcho::Visible, 0, false);
        place.types("日本x\x7f\x7f語\r");
        assert_eq!(asked.await.unwrap().unwrap(), submitted("日語"));
        place.shown("\r\x1b[KWho are you, name? 日語\r\n").await;
    });
}

#[test]
fn a_secret_is_not_seen() {
    on_vat(async {
        let mut place = Place::new();
        for echo in [LineEcho::Hidden, LineEcho::Visible] {
            let asked = place.ask("Secret: ", echo, 0, false);
            place.types("hunter2\r");
            assert_eq!(asked.await.unwrap().unwrap(), submitted("hunter2"));
            assert_eq!(place.shown("\r\n").await.contains("hunter2"), echo == LineEcho::Visible);
        }
    });
}

#[test]
fn lines_are_bounded_and_asked_for_again_where_empty_ones_do_not_count() {
    on_vat(async {
        let mut place = Place::new();
        let asked = place.ask("> ", LineEcho::Visible, 4, false);
        place.types("\r\rabcdef\r");
        assert_eq!(asked.await.unwrap().unwrap(), submitted("abcd"));
        let asked = place.ask("> ", LineEcho::Visible, 5, true);
        place.types("\r");
        assert_eq!(asked.await.unwrap().unwrap(), submitted(""));
    });
}

#[test]
fn a_line_can_be_given_up_on_and_the_end_is_the_end() {
    on_vat(async {
        let mut place = Place::new();
        for (keys, status) in
            [("x\x03", LineStatus::Cancelled), ("y\x04\x03", LineStatus::Cancelled), ("\x04", LineStatus::Closed)]
        {
            let asked = place.ask("> ", LineEcho::Visible, 0, true);
            place.types(keys);
            assert_eq!(asked.await.unwrap().unwrap(), (status, String::new()), "{keys:?}");
        }
        let asked = place.ask("> ", LineEcho::Visible, 0, true);
        assert_eq!(asked.await.unwrap().unwrap(), (LineStatus::Closed, String::new()));
    });
}

#[test]
fn one_line_is_asked_for_at_a_time() {
    on_vat(async {
        let mut place = Place::new();
        let first = place.ask("> ", LineEcho::Visible, 0, true);
        tokio::task::yield_now().await;
        let second = place.ask("> ", LineEcho::Visible, 0, true).await.unwrap().unwrap_err();
        assert!(second.extra.starts_with("tooManyCalls"), "{second}");
        place.types("one\r");
        assert_eq!(first.await.unwrap().unwrap(), submitted("one"));
        let given_up = place.ask("> ", LineEcho::Visible, 0, true);
        tokio::task::yield_now().await;
        given_up.abort();
        let _ = given_up.await;
        let asked = place.ask("> ", LineEcho::Visible, 0, true);
        place.types("two\r");
        assert_eq!(asked.await.unwrap().unwrap(), submitted("two"));
    });
}

#[test]
fn what_is_written_meanwhile_stands_above_the_line() {
    on_vat(async {
        let mut place = Place::new();
        let asked = place.ask("> ", LineEcho::Visible, 0, true);
        place.types("typ");
        place.shown("> typ").await;
        place.write(b"news\n").await.unwrap();
        assert_eq!(place.shown("> typ").await, "\r\x1b[Knews\r\n\r\x1b[K> typ");
        place.types("ed\r");
        assert_eq!(asked.await.unwrap().unwrap(), submitted("typed"));
    });
}

#[test]
fn what_is_shown_is_text_and_harmless() {
    on_vat(async {
        let mut place = Place::new();
        place.write(b"\x1b]52;c;aGk=\x07\x1b[1mbold\x1b[0m").await.unwrap();
        assert_eq!(place.shown("\x1b[0m").await, "\x1b[1mbold\x1b[0m");
        assert!(place.write(b"\xff").await.unwrap_err().extra.starts_with("badRequest"));
    });
}

#[test]
fn whoever_writes_faster_than_is_shown_is_told() {
    on_vat(async {
        let place = Place::new();
        let text = vec![b'x'; 256 << 10];
        let mut writes: Vec<_> = (0..5).map(|_| Box::pin(place.write(&text))).collect();
        let last = writes.pop().unwrap();
        let waiting = futures::future::join_all(writes);
        tokio::pin!(waiting);
        // Nobody reads, so that those before wait.
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("nobody has read"),
            last = last => assert!(last.unwrap_err().extra.starts_with("quotaExceeded")),
        }
        let mut reader = place.person.try_clone().unwrap();
        let reading = std::thread::spawn(move || {
            let (mut left, mut chunk) = (4 * (256 << 10), vec![0; 64 << 10]);
            while left > 0 {
                left -= reader.read(&mut chunk).unwrap().min(left);
            }
        });
        assert!(waiting.await.iter().all(Result::is_ok));
        reading.join().unwrap();
        place.write(b"\n").await.unwrap();
    });
}

#[test]
fn keys_are_the_services_alone_until_it_is_over() {
    on_vat(async {
        let place = Place::new();
        let echoes = |terminal: &File| tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ECHO);
        assert!(!echoes(&place.terminal));
        let Place { person, terminal, desk, session, listening } = place;
        desk.close().await;
        listening.abort();
        let _ = listening.await;
        drop((desk, session));
        // What is left of the call to the place goes with the next turn.
        while !echoes(&terminal) {
            tokio::task::yield_now().await;
        }
        drop(person);
    });
}
