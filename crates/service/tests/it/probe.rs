//! A service whose facets tell what became of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::system_info_capnp::system_info;
use capos_service::{Context, Disclosure, FileName, Given, Health, Home, Service, bad_request};
use capos_testkit::lab_capnp::lab;

/// What a test sees of the service from behind.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) contexts: RefCell<Vec<Context>>,
    pub(crate) begun_with: RefCell<Vec<String>>,
    pub(crate) lent: RefCell<Vec<String>>,
    pub(crate) colour: RefCell<String>,
    pub(crate) seats: Cell<usize>,
    pub(crate) drained: Cell<usize>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    colour: String,
}

/// Serves a laboratory under `lab` and `other`.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) seen: Rc<Seen>,
    pub(crate) needs_info: bool,
    pub(crate) needs_a_colour: bool,
    pub(crate) home: Option<Home>,
    pub(crate) ill: Option<String>,
    pub(crate) never_drains: bool,
}

pub(crate) struct Seat {
    seen: Rc<Seen>,
    home: Option<Home>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seen.seats.set(self.seen.seats.get() - 1);
        if let Some(home) = &self.home {
            drop(home.save(&FileName::fixed("left"), b"yes".to_vec()));
        }
    }
}

impl Service for Probe {
    type Seat = Seat;
    const WANTS: &'static [Disclosure] = &[Disclosure::DisplayName, Disclosure::Pseudonym];

    async fn begin(&self, mut given: Given) -> Result<(), capnp::Error> {
        self.seen.begun_with.borrow_mut().extend(given.names().map(str::to_owned));
        if self.needs_info {
            let info: system_info::Client = given.take("info")?;
            info.hostname_request().send().promise.await?;
        }
        if self.needs_a_colour {
            *self.seen.colour.borrow_mut() = given.settings::<Settings>()?.colour;
        }
        Ok(())
    }

    fn seat(&self, context: Context, mut lent: Given) -> Result<Seat, capnp::Error> {
        self.note_lent(&lent);
        lent.take_if_given::<system_info::Client>("info")?;
        self.seen.contexts.borrow_mut().push(context);
        self.seen.seats.set(self.seen.seats.get() + 1);
        Ok(Seat { seen: self.seen.clone(), home: self.home.clone() })
    }

    fn seated_again(&self, _: &Rc<Seat>, lent: Given) -> Result<(), capnp::Error> {
        self.note_lent(&lent);
        Ok(())
    }

    fn facet(&self, seat: &Rc<Seat>, export: &str) -> Result<Client, capnp::Error> {
        match export {
            "lab" | "other" => Ok(capnp_rpc::new_client::<lab::Client, _>(Facet(seat.clone())).client),
            _ => Err(bad_request("there is no such export")),
        }
    }

    fn health(&self) -> Health {
        self.ill.clone().map_or(Health::Good, Health::Bad)
    }

    async fn drain(&self) {
        self.seen.drained.set(self.seen.drained.get() + 1);
        if self.never_drains {
            std::future::pending::<()>().await;
        }
        if let Some(home) = &self.home {
            home.save(&FileName::fixed("drained"), b"yes".to_vec()).await.expect("the home can be written");
        }
    }
}

impl Probe {
    fn note_lent(&self, lent: &Given) {
        self.seen.lent.borrow_mut().extend(lent.names().map(str::to_owned));
    }
}

struct Facet(Rc<Seat>);

impl lab::Server for Facet {
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> capnp::Result<()> {
        results.get().set_payload(params.get()?.get_payload()?);
        Ok(())
    }

    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> capnp::Result<()> {
        results.get().set_lab(capnp_rpc::new_client(Facet(self.0.clone())));
        Ok(())
    }

    async fn hang(self: Rc<Self>, _: lab::HangParams, _: lab::HangResults) -> capnp::Result<()> {
        panic!("what a service may do too");
    }
}

pub(crate) async fn echo(lab: &lab::Client, payload: &[u8]) -> capnp::Result<Vec<u8>> {
    let mut request = lab.echo_request();
    request.get().set_payload(payload);
    Ok(request.send().promise.await?.get()?.get_payload()?.to_vec())
}

/// Something to hand over.
pub(crate) fn info() -> system_info::Client {
    struct Info;
    impl system_info::Server for Info {
        async fn hostname(
            self: Rc<Self>,
            _: system_info::HostnameParams,
            mut results: system_info::HostnameResults,
        ) -> capnp::Result<()> {
            results.get().set_name("here");
            Ok(())
        }
    }
    capnp_rpc::new_client(Info)
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
