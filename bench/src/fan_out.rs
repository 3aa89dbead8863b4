//! What is said in a channel of a thousand, told to each of them.
//!
//! Everybody has a connection and a session of its own at a node in another process, whose chat is a confined service.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use capnp::capability::Rc as CapnpRc;
use capos_schema::chat_capnp::{ChatEventKind, chat, chat_listener, chat_subscription};
use tokio::sync::Notify;

use crate::finding::{Finding, Line};
use crate::machine::open_many_files;
use crate::node::first_of;
use crate::options::Options;
use crate::process::Process;
use crate::statistics::percentile;

pub(crate) const ROW: &str = "chat-fan-out";

const CHANNEL: &str = "square";
/// Messages that not everybody has heard yet, where the rate is measured: fewer than a seat's queue has room for.
const AHEAD: u64 = 16;
/// Longer than any message takes that is still to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures the row; runs on a `LocalSet`.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Finding> {
    let open_files = open_many_files()?;
    let people = (options.crowd / 10).min(usize::try_from(open_files).unwrap_or(usize::MAX) / 2);
    let node = Process::start(&["serve-chat"])?;
    let square = Square::gather(node.address().parse()?, people as u64).await?;
    let (mut rates, mut tails, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let before = node.cpu()?;
        let (told, took) = square.talk(AHEAD, options.slice).await?;
        costs.push((node.cpu()? - before).as_secs_f64() * 1e6 / (told * square.people) as f64);
        rates.push(told as f64 / took.as_secs_f64());
        square.board.delays.take();
        square.talk(1, options.slice).await?;
        tails.push(percentile(&mut square.board.delays.take(), 0.99));
    }
    let finding = Finding::new(ROW)
        .with(Line::new(format!("messages told to all of {people}"), "messages/s", &rates))
        .with(Line::new("processor time of node and chat, for each who is told", "µs", &costs))
        .with(Line::new("from saying to hearing, one at a time, 99th percentile", "ms", &tails));
    Ok(if people < 1000 { finding.noting(format!("{people} subscribers instead of 1,000")) } else { finding })
}

/// A channel full of people who listen, and one who speaks.
struct Square {
    people: u64,
    speaker: chat::Client,
    board: Rc<Board>,
    _listening: Vec<(chat::Client, chat_subscription::Client)>,
}

/// What everybody has heard.
#[derive(Default)]
struct Board {
    said: RefCell<Vec<Instant>>,
    /// In milliseconds.
    delays: RefCell<Vec<f64>>,
    heard: Cell<u64>,
    missed: Cell<u64>,
    news: Notify,
}

struct Listener(Rc<Board>);

impl chat_listener::Server for Listener {
    async fn events(
        self: CapnpRc<Self>,
        params: chat_listener::EventsParams,
        _: chat_listener::EventsResults,
    ) -> capnp::Result<()> {
        let told = params.get()?;
        self.0.missed.set(self.0.missed.get() + u64::from(told.get_missed()));
        for event in told.get_events()? {
            if event.get_kind()? == ChatEventKind::Message {
                self.0.hear(event.get_text()?.to_str()?);
            }
        }
        Ok(())
    }
}

impl Board {
    fn hear(&self, text: &str) {
        let said = text.parse().ok().and_then(|number: usize| self.said.borrow().get(number).copied());
        let Some(said) = said else { return };
        self.delays.borrow_mut().push(said.elapsed().as_secs_f64() * 1e3);
        self.heard.set(self.heard.get() + 1);
        self.news.notify_one();
    }

    /// Waits until that many have been heard by all together.
    async fn heard(&self, count: u64) -> anyhow::Result<()> {
        let all = async {
            while self.heard.get() < count {
                self.news.notified().await;
            }
        };
        let heard = tokio::time::timeout(PATIENCE, all).await;
        heard.with_context(|| format!("{} of {count} were heard, {} missed", self.heard.get(), self.missed.get()))
    }
}

impl Square {
    async fn gather(address: SocketAddr, people: u64) -> anyhow::Result<Self> {
        let board = Rc::new(Board::default());
        let mut listening = Vec::new();
        for number in 0..people {
            let seat = enter(address, &format!("listener-{number}")).await?;
            let mut request = seat.subscribe_request();
            request.get().set_listener(capnp_rpc::new_client(Listener(board.clone())));
            let subscription = request.send().promise.await?.get()?.get_subscription()?;
            listening.push((seat, subscription));
        }
        let speaker = enter(address, "speaker").await?;
        Ok(Self { people, speaker, board, _listening: listening })
    }

    /// Speaks for about this long, so many messages ahead of those that all have heard; returns once all are heard.
    async fn talk(&self, ahead: u64, length: Duration) -> anyhow::Result<(u64, Duration)> {
        let (start, before) = (Instant::now(), self.board.heard.get());
        let mut told = 0;
        while start.elapsed() < length {
            self.say().await?;
            told += 1;
            self.board.heard(before + (told - told.min(ahead - 1)) * self.people).await?;
        }
        self.board.heard(before + told * self.people).await?;
        ensure!(self.board.missed.get() == 0, "{} messages were missed", self.board.missed.get());
        Ok((told, start.elapsed()))
    }

    async fn say(&self) -> anyhow::Result<()> {
        let number = self.board.said.borrow().len();
        self.board.said.borrow_mut().push(Instant::now());
        let mut request = self.speaker.send_request();
        request.get().set_channel(CHANNEL);
        request.get().set_text(number.to_string());
        ensure!(request.send().promise.await?.get()?.get_sent(), "the speaker was not let speak");
        Ok(())
    }
}

async fn enter(address: SocketAddr, handle: &str) -> anyhow::Result<chat::Client> {
    let seat: chat::Client = first_of(address).await?;
    let mut request = seat.join_request();
    request.get().set_channel(CHANNEL);
    request.get().set_handle(handle);
    ensure!(request.send().promise.await?.get()?.get_joined(), "{handle} was not let in");
    Ok(seat)
}
