//! The grant `service_admin`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use capos_schema::Code;
use capos_schema::services_capnp::{service_admin, service_log_listener, service_status};
use serde_json::Value;

use crate::client::{Held, code, run};
use crate::hall::{BENCH, Hall, OWN, bench, granted, order};

const ADMIN: &str =
    r#"{ "name": "service_admin", "interface": "ServiceAdmin", "object": "builtin:service_admin", "audit": "all" }"#;

async fn admin(held: &Held) -> service_admin::Client {
    held.get_as("service_admin").await.expect("granted")
}

fn shown(status: service_status::Reader<'_>) -> (String, String, u32) {
    let text = |text: capnp::Result<capnp::text::Reader<'_>>| {
        text.expect("it is answered").to_string().expect("it is answered")
    };
    (text(status.get_id()), text(status.get_state()), status.get_instances().expect("it is answered").len())
}

macro_rules! act {
    ($admin:expr, $request:ident, $id:expr) => {{
        let mut request = $admin.$request();
        request.get().set_id($id);
        match request.send().promise.await {
            Ok(response) => Ok(shown(response.get().expect("it is answered").get_status().expect("it is answered"))),
            Err(error) => Err(error),
        }
    }};
}

fn is(id: &str, state: &str, instances: u32) -> (String, String, u32) {
    (id.to_owned(), state.to_owned(), instances)
}

#[test]
fn services_are_seen_started_and_stopped_and_the_journal_tells_by_whom() {
    run(async {
        let hall = Hall::with(&[BENCH, OWN], &[ADMIN, &granted("bench", "bench/bench")]).await;
        let (_line, held) = hall.ada().await;
        let admin = admin(&held).await;
        let list = async || {
            let response = admin.list_request().send().promise.await.unwrap();
            response.get().unwrap().get_services().unwrap().iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(list().await, [is("bench", "stopped", 0), is("own", "stopped", 0)]);
        let response = admin.list_request().send().promise.await.unwrap();
        let inside = response.get().unwrap().get_services().unwrap().get(1).get_inside().unwrap();
        let inside: Vec<_> = inside.iter().map(|sentence| sentence.unwrap().to_str().unwrap().to_owned()).collect();
        assert!(inside[0].starts_with("Each session has an instance of /"), "{inside:?}");
        assert!(inside.contains(&"It reaches no network.".to_owned()), "{inside:?}");
        assert_eq!(act!(admin, start_request, "bench").unwrap(), is("bench", "running", 1));
        let taken = bench(&held, "bench").await;
        order(&taken, "hello").await.unwrap();
        assert_eq!(act!(admin, restart_request, "bench").unwrap(), is("bench", "running", 1));
        assert_eq!(code(order(&taken, "hello").await), Code::ServiceUnavailable);
        assert_eq!(act!(admin, stop_request, "bench").unwrap(), is("bench", "stopped", 0));
        assert_eq!(code(act!(admin, start_request, "nothing")), Code::BadRequest);
        assert_eq!(code(act!(admin, start_request, "own")), Code::BadRequest, "each session starts its own");
        let rows = hall.node.journaled("service.administered", 4).await;
        let rows: Vec<Value> = rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        let actions: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["start", "restart", "stop", "start"]);
        assert!(rows.iter().all(|row| row.to_string().contains("ada")), "{rows:?}");
        hall.close().await;
    });
}

struct Listener(Rc<RefCell<Vec<(u64, String)>>>);

impl service_log_listener::Server for Listener {
    async fn lines(
        self: Rc<Self>,
        params: service_log_listener::LinesParams,
        _: service_log_listener::LinesResults,
    ) -> Result<(), capnp::Error> {
        for line in params.get()?.get_lines()? {
            self.0.borrow_mut().push((line.get_sequence(), line.get_text()?.to_string()?));
        }
        Ok(())
    }
}

#[test]
fn a_log_is_read_and_followed_while_somebody_wants_it() {
    run(async {
        let hall = Hall::with(&[BENCH], &[ADMIN, &granted("bench", "bench/bench")]).await;
        let (_line, held) = hall.ada().await;
        let admin = admin(&held).await;
        let follow = async || {
            let seen = Rc::new(RefCell::new(Vec::new()));
            let mut request = admin.follow_request();
            request.get().set_id("bench");
            request.get().set_listener(capnp_rpc::new_client(Listener(seen.clone())));
            let response = request.send().promise.await?;
            Ok::<_, capnp::Error>((response.get()?.get_follow()?, seen))
        };
        let (following, seen) = follow().await.unwrap();
        order(&bench(&held, "bench").await, "say:something to be read").await.unwrap();
        while !seen.borrow().iter().any(|(_, text)| text == "something to be read") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut request = admin.log_request();
        request.get().set_id("bench");
        request.get().set_most(u32::MAX);
        let response = request.send().promise.await.unwrap();
        let lines = response.get().unwrap().get_lines().unwrap();
        let line = lines.iter().find(|line| line.get_text().unwrap() == "something to be read").expect("it is kept");
        assert_eq!(
            (line.get_stream().unwrap().to_str().unwrap(), line.get_process().unwrap().to_str().unwrap()),
            ("err", "bench")
        );
        let more = [follow().await.unwrap(), follow().await.unwrap(), follow().await.unwrap()];
        assert_eq!(code(follow().await), Code::QuotaExceeded, "so many and no more");
        drop((following, more));
        while follow().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        hall.close().await;
    });
}
