//! A service for the tests, and the helper that starts it confined: one program that is both.
//!
//! It gives each session a bench: an object that tells what the service was told and does what a hostile one would.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnp::Error;
use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_schema::paperclips_capnp::proof_accelerator;
use capos_schema::recordings_capnp::{recorder, recording_event, recording_sink};
use capos_schema::service_capnp::{Disclosure, service, session_context};
use capos_testkit::lab_capnp::{callback, lab};
use capos_testkit::stock;
use tokio::net::UnixListener;
use tokio::task::LocalSet;

fn main() {
    capos_sandbox::run_if_helper();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, serve()).expect("it is given a listening socket");
}

async fn serve() -> std::io::Result<()> {
    let listener = listenfd::ListenFd::from_env().take_unix_listener(0)?.expect("a socket");
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stock::serve(stream, capnp_rpc::new_client::<service::Client, _>(Host));
    }
}

struct Host;

impl service::Server for Host {
    async fn begin(self: Rc<Self>, _: service::BeginParams, mut results: service::BeginResults) -> Result<(), Error> {
        let asked = [Disclosure::PrincipalClass, Disclosure::DisplayName, Disclosure::Pseudonym];
        let mut wants = results.get().init_wants(asked.len() as u32);
        for (disclosure, at) in asked.into_iter().zip(0..) {
            wants.set(at, disclosure);
        }
        Ok(())
    }

    async fn open(self: Rc<Self>, params: service::OpenParams, mut results: service::OpenResults) -> Result<(), Error> {
        let params = params.get()?;
        let mut lent = Vec::new();
        for grant in params.get_grants()? {
            lent.push((grant.get_name()?.to_string()?, grant.get_capability().get_as_capability::<Client>()?));
        }
        let told = told(params.get_context()?)?;
        let bench = Bench { told, lent, kept: RefCell::default(), flooded: Cell::new(0), sinks: RefCell::default() };
        let facet = capnp_rpc::new_client::<lab::Client, _>(bench);
        results.get().get_facet().set_as_capability(facet.into_client_hook());
        Ok(())
    }

    async fn health(
        self: Rc<Self>,
        _: service::HealthParams,
        mut results: service::HealthResults,
    ) -> Result<(), Error> {
        results.get().set_healthy(true);
        Ok(())
    }

    async fn drain(self: Rc<Self>, _: service::DrainParams, _: service::DrainResults) -> Result<(), Error> {
        Ok(())
    }
}

/// Everything that it was told, a line each.
fn told(context: session_context::Reader<'_>) -> capnp::Result<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut disclosed = Vec::new();
    for disclosure in context.get_disclosed()? {
        disclosed.push(format!("{:?}", disclosure?));
    }
    Ok([
        format!("reference={}", hex(context.get_reference()?)),
        format!("times={},{}", context.get_created_at_ms(), context.get_expires_at_ms()),
        format!("disclosed={}", disclosed.join(",")),
        format!("class={:?}", context.get_principal_class()?),
        format!("strength={:?}", context.get_auth_strength()?),
        format!("profile={}", context.get_profile_class()?.to_str()?),
        format!("name={}", context.get_display_name()?.to_str()?),
        format!("pseudonym={}", hex(context.get_pseudonym()?)),
    ]
    .join("\n"))
}

#[expect(clippy::print_stderr, reason = "what it says is what a test reads")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// What one session has.
struct Bench {
    told: String,
    lent: Vec<(String, Client)>,
    kept: RefCell<Vec<callback::Client>>,
    flooded: Cell<u64>,
    sinks: RefCell<Vec<Option<recording_sink::Client>>>,
}

impl Bench {
    async fn order(&self, order: &str) -> capnp::Result<Vec<u8>> {
        match order.split_once(':').unwrap_or((order, "")) {
            ("told", _) => Ok(self.told.clone().into_bytes()),
            ("say", text) => {
                say(text);
                Ok(Vec::new())
            }
            // Its home is where it is.
            ("keep", text) => std::fs::write("kept", text).map(|()| Vec::new()).map_err(Error::from),
            ("kept", _) => Ok(std::fs::read("kept").unwrap_or_default()),
            ("exit", _) => std::process::exit(3),
            ("large", bytes) => Ok(vec![7; bytes.parse().unwrap_or_default()]),
            ("lent", _) => {
                let names: Vec<_> = self.lent.iter().map(|(name, _)| name.as_str()).collect();
                Ok(names.join(",").into_bytes())
            }
            ("use", name) => {
                let accelerator: proof_accelerator::Client = FromClientHook::new(self.lent(name)?.hook);
                accelerator.allow_request().send().promise.await?;
                Ok(b"allowed".to_vec())
            }
            // As words of its own: a service whose exceptions say "disconnected" is taken for one that is gone.
            ("record", title) => self.record(title).await.map_err(|error| Error::failed(error.extra)),
            ("sink", order) => self.sink(order).await.map_err(|error| Error::failed(error.extra)),
            _ => Ok(order.as_bytes().to_vec()),
        }
    }

    fn lent(&self, name: &str) -> capnp::Result<Client> {
        let lent = self.lent.iter().find(|(lent, _)| lent == name);
        let (_, client) = lent.ok_or_else(|| Error::failed("nothing of that name was lent".to_owned()))?;
        Ok(client.clone())
    }

    /// Begins a recording; its number is what comes back.
    async fn record(&self, title: &str) -> capnp::Result<Vec<u8>> {
        let recorder: recorder::Client = FromClientHook::new(self.lent("recorder")?.hook);
        let mut request = recorder.start_request();
        let mut start = request.get();
        start.set_title(title);
        start.set_command("bash -l");
        let mut size = start.init_size();
        size.set_columns(80);
        size.set_rows(24);
        let sink = request.send().promise.await?.get()?.get_recording()?;
        self.sinks.borrow_mut().push(Some(sink));
        Ok((self.sinks.borrow().len() - 1).to_string().into_bytes())
    }

    /// `NUMBER finish CODE`, `NUMBER drop` or `NUMBER write` with events that are `AFTER output TEXT`,
    /// `AFTER bytes COUNT`, `AFTER size COLUMNS ROWS` or `AFTER marker TEXT`, with semicolons between.
    async fn sink(&self, order: &str) -> capnp::Result<Vec<u8>> {
        let mut words = order.splitn(3, ' ');
        let number: usize = words.next().and_then(|word| word.parse().ok()).expect("a number");
        let sink = self.sinks.borrow()[number].clone();
        let sink = sink.ok_or_else(|| Error::failed("it was dropped".to_owned()))?;
        match (words.next().expect("what to do"), words.next().unwrap_or_default()) {
            ("write", events) => {
                let mut request = write_call(&sink);
                let events: Vec<&str> = events.split(';').filter(|event| !event.is_empty()).collect();
                let mut list = request.get().init_events(events.len() as u32);
                for (event, at) in events.iter().zip(0..) {
                    put(event, list.reborrow().get(at));
                }
                request.send().promise.await?;
            }
            ("many", count) => {
                let mut request = write_call(&sink);
                let count: u32 = count.parse().expect("a number");
                let mut list = request.get().init_events(count);
                for at in 0..count {
                    list.reborrow().get(at).set_output(b"x");
                }
                request.send().promise.await?;
            }
            ("finish", code) => {
                let mut request = sink.finish_request();
                request.get().set_exit_code(code.parse().expect("a number"));
                request.send().promise.await?;
            }
            _ => drop(self.sinks.borrow_mut()[number].take()),
        }
        Ok(Vec::new())
    }
}

/// A call that is awaited: a stream's tells of what went wrong with the next one.
fn write_call(
    sink: &recording_sink::Client,
) -> capnp::capability::Request<recording_sink::write_params::Owned, capnp::any_pointer::Owned> {
    let untyped = Client::new(sink.clone().into_client_hook());
    untyped.new_call(recording_sink::Client::TYPE_ID, 0, None)
}

fn put(event: &str, mut to: recording_event::Builder<'_>) {
    let mut words = event.splitn(3, ' ');
    to.set_after_ms(words.next().and_then(|word| word.parse().ok()).expect("a time"));
    match (words.next().expect("a kind"), words.next().unwrap_or_default()) {
        ("output", text) => to.set_output(text.as_bytes()),
        ("bytes", count) => to.set_output(&vec![b'x'; count.parse().expect("a number")]),
        ("controls", count) => to.set_output(&vec![27; count.parse().expect("a number")]),
        ("size", size) => {
            let (columns, rows) = size.split_once(' ').expect("two numbers");
            let mut to = to.init_resized();
            to.set_columns(columns.parse().expect("a number"));
            to.set_rows(rows.parse().expect("a number"));
        }
        (_, label) => to.set_marker(label),
    }
}

impl lab::Server for Bench {
    /// Does what the payload says, and else gives it back.
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> Result<(), Error> {
        let order = String::from_utf8_lossy(params.get()?.get_payload()?).into_owned();
        let answer = self.order(&order).await?;
        results.get().set_payload(&answer);
        Ok(())
    }

    /// Calls `to` as often as the payload says, each time with as much as it says, and waits for no answer.
    async fn call_back(
        self: Rc<Self>,
        params: lab::CallBackParams,
        mut results: lab::CallBackResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let (to, order) = (params.get_to()?, String::from_utf8_lossy(params.get_payload()?).into_owned());
        let mut numbers = order.split('x').map(|number| number.parse::<usize>().unwrap_or_default());
        let (count, bytes) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        for number in 0..count {
            let mut request = to.call_request();
            request.get().set_payload(&vec![0; bytes]);
            drop(request.send());
            self.flooded.set(self.flooded.get() + 1);
            if number % 16 == 0 {
                tokio::task::yield_now().await;
            }
        }
        results.get().set_payload(order.as_bytes());
        Ok(())
    }

    /// Keeps every callback that it was ever given.
    async fn keep(self: Rc<Self>, params: lab::KeepParams, _: lab::KeepResults) -> Result<(), Error> {
        self.kept.borrow_mut().push(params.get()?.get_to()?);
        Ok(())
    }

    async fn total(self: Rc<Self>, _: lab::TotalParams, mut results: lab::TotalResults) -> Result<(), Error> {
        let mut results = results.get();
        results.set_chunks(self.kept.borrow().len() as u64);
        results.set_bytes(self.flooded.get());
        Ok(())
    }

    async fn many(self: Rc<Self>, params: lab::ManyParams, mut results: lab::ManyResults) -> Result<(), Error> {
        let count = params.get()?.get_count();
        let mut labs = results.get().init_labs(count);
        for at in 0..count {
            let child = Bench {
                told: String::new(),
                lent: Vec::new(),
                kept: RefCell::default(),
                flooded: Cell::new(0),
                sinks: RefCell::default(),
            };
            labs.set(at, capnp_rpc::new_client::<lab::Client, _>(child).into_client_hook());
        }
        Ok(())
    }

    async fn hang(self: Rc<Self>, _: lab::HangParams, _: lab::HangResults) -> Result<(), Error> {
        std::future::pending().await
    }
}
