//! What a service is asked and told.

use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::system_info_capnp::system_info;
use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Context, Disclosure, Given, Service, bad_request, serve_stream};

struct Greeter;

impl Service for Greeter {
    type Seat = Context;
    const WANTS: &'static [Disclosure] = &[Disclosure::DisplayName];

    fn seat(&self, context: Context, _lent: Given) -> Result<Context, capnp::Error> {
        Ok(context)
    }

    fn facet(&self, seat: &Rc<Context>, export: &str) -> Result<Client, capnp::Error> {
        match export {
            "info" => Ok(capnp_rpc::new_client::<system_info::Client, _>(Facet(seat.clone())).client),
            _ => Err(bad_request("there is no such export")),
        }
    }
}

struct Facet(Rc<Context>);

impl system_info::Server for Facet {
    async fn motd(self: Rc<Self>, _: system_info::MotdParams, mut told: system_info::MotdResults) -> capnp::Result<()> {
        told.get().set_text(format!("Hello, {}!", self.0.display_name.as_deref().unwrap_or("stranger")));
        Ok(())
    }
}

async fn motd(info: &system_info::Client) -> capnp::Result<String> {
    Ok(info.motd_request().send().promise.await?.get()?.get_text()?.to_string()?)
}

#[test]
fn serves_over_a_socket_pair() {
    run(async {
        let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
        tokio::task::spawn_local(serve_stream(Rc::new(Greeter), theirs));
        let mut bench = Bench::connect(ours);
        bench.give(Given::default()).await.unwrap();
        let info: system_info::Client = bench.open(&Visitor::named("Ann"), "info").await.unwrap();
        assert_eq!(motd(&info).await.unwrap(), "Hello, Ann!");
    });
}
