//! HTTP in the node: which routes there are, the listener's beginning and its end.

mod rpc;
mod seat;
mod workspace;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use capos_rpc::ServerTls;
use capos_web::{Browsers, Names, Proxies, Server, Site, Workspace};
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use rpc::Rpc;
pub(super) use seat::Seats;
use workspace::Here;

use super::pages::Health;
use super::ports::Port;
use crate::config::Config;

/// For the last answers to go out once everything that could be asked has ended.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// HTTP, while it is served.
pub(super) struct Web {
    doors: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    /// What HTTPS is served with.
    tls: ServerTls,
}

impl Web {
    /// Serves these routes on these ports.
    pub(super) fn start(ports: Vec<Port>, server: &Server, tls: ServerTls) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let serve = |port: Port| {
            let listener = port.into_listener()?;
            Ok(tokio::spawn(server.clone().run(listener, Some(tls.clone()), stopped.clone())))
        };
        Ok(Self { doors: ports.into_iter().map(serve).collect::<Result<_>>()?, stop, tls })
    }

    /// Serves whoever connects from here on with that.
    pub(super) fn show(&self, tls: &ServerTls) {
        self.tls.show(tls);
    }

    /// What accepts connections.
    pub(super) fn doors(&self) -> impl Iterator<Item = AbortHandle> {
        self.doors.iter().map(JoinHandle::abort_handle)
    }

    /// Lets nobody in any more; what was asked by then is answered.
    pub(super) fn close(&self) {
        // Where nobody hears it there is no door.
        let _ = self.stop.send(true);
    }

    /// Ends what is left.
    pub(super) async fn end(self) {
        for mut door in self.doors {
            if tokio::time::timeout(LAST_ANSWERS, &mut door).await.is_err() {
                door.abort();
                let _ = door.await;
            }
        }
    }
}

/// What is served over HTTP, and who uses it.
#[derive(Clone)]
pub(super) struct Http {
    pub(super) server: Server,
    pub(super) browsers: Browsers,
}

/// What is served.
pub(super) fn server(config: &Config, seats: &Seats, health: Arc<Health>) -> Http {
    let rpc = Rpc::new(seats.clone(), config.limits.rpc, config.limits.capnweb);
    let here = Arc::new(Here(seats.clone()));
    let workspace = Workspace::with_cookies(here, config.limits.workspace.clone(), config.web.same_site);
    let browsers = workspace.browsers();
    let site = Site::new(Names::new(&config.web.names))
        .public_origin(config.web.public_origin.clone())
        .proxies(Proxies::new(config.web.proxies.iter().copied()))
        .route("/rpc", Arc::new(rpc));
    let site = site.otherwise(Arc::new(workspace)).health(health);
    Http { server: Server::new(site, config.limits.web.clone()), browsers }
}

impl capos_web::Health for Health {
    fn is_well(&self) -> BoxFuture<'_, bool> {
        Box::pin(async { self.check().await.is_ok() })
    }
}
