//! What one message to many listeners costs: `cargo run --release -p capos-chat --example fan_out [LISTENERS]`.
//!
//! Everything is in this process, the listeners too: service and listeners share one thread, with a connection of the
//! node's kind between them.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use capos_chat::{Chat, Limits};
use capos_schema::chat_capnp::{chat, chat_listener, chat_subscription};
use capos_service::testing::{Bench, Visitor, run};
use tokio::sync::Notify;

/// What all listeners together have heard.
#[derive(Default)]
struct Heard {
    events: Cell<usize>,
    missed: Cell<usize>,
    calls: Cell<usize>,
    expected: Cell<usize>,
    /// When the message of each number was sent, and how long each delivery took.
    sent: RefCell<Vec<Instant>>,
    took: RefCell<Vec<Duration>>,
    all: Notify,
}

struct Listener(Rc<Heard>);

impl chat_listener::Server for Listener {
    async fn events(
        self: Rc<Self>,
        asked: chat_listener::EventsParams,
        _: chat_listener::EventsResults,
    ) -> Result<(), capnp::Error> {
        let (heard, asked) = (&self.0, asked.get()?);
        let (events, missed) = (asked.get_events()?, usize::try_from(asked.get_missed()).unwrap_or_default());
        heard.calls.set(heard.calls.get() + 1);
        for event in events {
            let sent =
                event.get_text()?.to_str()?.parse().ok().and_then(|n: usize| heard.sent.borrow().get(n).copied());
            heard.took.borrow_mut().extend(sent.map(|sent| sent.elapsed()));
            heard.events.set(heard.events.get() + 1);
        }
        heard.missed.set(heard.missed.get() + missed);
        if heard.events.get() + heard.missed.get() >= heard.expected.get() {
            heard.all.notify_one();
        }
        Ok(())
    }
}

fn main() {
    let listeners = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1000);
    run(async move {
        if let Err(error) = measure(listeners).await {
            println!("failed: {error}");
        }
    });
}

async fn measure(listeners: usize) -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let limits = Limits { send_burst: u32::MAX, move_burst: u32::MAX, members: listeners + 1, ..Limits::default() };
    let bench = Bench::begin(Chat::open(home.path(), limits)?).await?;
    let heard = Rc::new(Heard::default());
    let mut held = Vec::new();
    for number in 0..listeners {
        held.push(listen(&bench, &format!("listener {number}"), &heard).await?);
    }
    let speaker: chat::Client = bench.open(&Visitor::named("speaker"), "chat").await?;
    join(&speaker).await?;
    // Those who came first were told of some who came after them.
    heard.expected.set(usize::MAX);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for (what, messages, together) in [("one at a time", 50, 1), ("50 at once", 500, 50)] {
        round(&speaker, &heard, listeners, messages, together).await?;
        report(what, &heard, listeners, messages);
    }
    drop(held);
    Ok(())
}

async fn join(seat: &chat::Client) -> Result<(), capnp::Error> {
    let mut request = seat.join_request();
    request.get().set_channel("lobby");
    request.send().promise.await.map(drop)
}

async fn listen(
    bench: &Bench,
    name: &str,
    heard: &Rc<Heard>,
) -> Result<(chat::Client, chat_subscription::Client), capnp::Error> {
    let seat: chat::Client = bench.open(&Visitor::named(name), "chat").await?;
    join(&seat).await?;
    let mut request = seat.subscribe_request();
    request.get().set_listener(capnp_rpc::new_client(Listener(heard.clone())));
    let subscription = request.send().promise.await?.get()?.get_subscription()?;
    Ok((seat, subscription))
}

/// Sends messages, so many before the next wait for all listeners.
async fn round(
    speaker: &chat::Client,
    heard: &Rc<Heard>,
    listeners: usize,
    messages: usize,
    together: usize,
) -> Result<(), capnp::Error> {
    for count in [&heard.events, &heard.missed, &heard.calls] {
        count.set(0);
    }
    heard.sent.borrow_mut().clear();
    heard.took.borrow_mut().clear();
    for first in (0..messages).step_by(together) {
        heard.expected.set((first + together) * listeners);
        let sends = (first..first + together).map(|number| {
            heard.sent.borrow_mut().push(Instant::now());
            let mut request = speaker.send_request();
            request.get().set_channel("lobby");
            request.get().set_text(number.to_string());
            request.send().promise
        });
        futures::future::try_join_all(sends.collect::<Vec<_>>()).await?;
        heard.all.notified().await;
    }
    Ok(())
}

fn report(what: &str, heard: &Heard, listeners: usize, messages: usize) {
    let mut took = heard.took.borrow_mut();
    took.sort_unstable();
    let begun = heard.sent.borrow().first().copied().unwrap_or_else(Instant::now);
    let seconds = begun.elapsed().as_secs_f64();
    let at = |part: usize| {
        took.get((took.len() * part / 100).min(took.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!("{messages} messages to {listeners} listeners, {what}: {:.1} messages/s", messages as f64 / seconds);
    println!(
        "  {:.0} deliveries/s, {:.1} us each",
        heard.events.get() as f64 / seconds,
        seconds * 1e6 / heard.events.get().max(1) as f64
    );
    println!("  p50 {:?}, p99 {:?}, {} calls, {} missed", at(50), at(99), heard.calls.get(), heard.missed.get());
}
