//! What a client's listener is told of its session: that something changed, that it is about to end, and the end.

use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capos_authority::{Changes, EndReason, Session};
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Rules};
use capos_schema::session_capnp::{session_listener, session_watch};
use capos_schema::{Code, Denial};
use futures::FutureExt as _;
use tokio::sync::watch;
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{Instant, sleep, timeout};

use crate::admin::turn::{Turn, Turns};
use crate::clock::Steady;
use crate::session_vat::SessionVat;
use crate::{Limits, services};

/// The listeners of one session.
///
/// They are behind a membrane of their own: the session's lets nothing through once that has ended, and that it has is
/// what they are told last.
pub(crate) struct Listeners {
    turns: Rc<Turns>,
    /// The session itself changes what services are to it: by what it starts, joins and takes.
    own: watch::Sender<u64>,
}

impl Listeners {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { turns: Turns::new(limits.watches), own: watch::Sender::new(0) }
    }

    /// Services are to the session what they were not.
    pub(crate) fn services_changed(&self) {
        self.own.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl SessionVat {
    /// Tells a listener, which has crossed the session's membrane, until what is returned is dropped.
    pub(crate) fn listen(&self, listener: session_listener::Client) -> Result<session_watch::Client, Denial> {
        let too_many = || Denial::new(Code::QuotaExceeded, "too many watches at once; drop one first");
        let turn = self.listeners().turns.take().ok_or_else(too_many)?;
        let session = self.session().clone();
        let (listener, over) = self.beside_the_session(listener);
        let services = self.gateway().services().map(|runner| runner.changes(&services::key(self)));
        let news = News { bundle: session.changes(), services, own: self.listeners().own.subscribe() };
        let (limits, stops_by) = (self.gateway().limits(), self.gateway().stops_by());
        let telling =
            Telling { session: session.clone(), listener, pause: limits.watch_pause, patience: limits.patience };
        let task = spawn_local(async move {
            let _turn: Turn = turn;
            telling.run(news, stops_by).await;
            drop(over.end(Code::StaleSession));
        });
        Ok(capnp_rpc::new_client(Watch { task: task.abort_handle(), session }))
    }

    /// The same object behind a membrane that ends when it is said to.
    fn beside_the_session(&self, listener: session_listener::Client) -> (session_listener::Client, Liveness) {
        let over = Liveness::new();
        let budget = Budget::new(BudgetLimits { in_flight: 3, ..BudgetLimits::default() });
        let rules = Rules {
            callback_budgets: vec![Arc::new(budget)],
            shapes: self.gateway().registry(),
            clock: Steady::of(self.gateway().authority()),
            vat: Arc::new(self.vat().clone()),
            ..Rules::new(over.clone())
        };
        // What comes home is unwrapped.
        let home = self.membrane().wrap(listener);
        (Membrane::new(rules).admit(home), over)
    }
}

/// Serves `SessionWatch`.
struct Watch {
    task: AbortHandle,
    session: Session,
}

impl session_watch::Server for Watch {}

impl Drop for Watch {
    /// The end of the session drops it too, and is still to be told.
    fn drop(&mut self) {
        if self.session.is_live() {
            self.task.abort();
        }
    }
}

/// What there may be to tell.
struct News {
    bundle: Changes,
    services: Option<capos_runner::Changes>,
    own: watch::Receiver<u64>,
}

/// What is otherwise.
#[derive(Clone, Copy, Debug, Default)]
struct Changed {
    bundle: bool,
    services: bool,
}

impl News {
    /// Waits for the next, and takes what there is besides.
    async fn next(&mut self) -> Changed {
        let mut changed = self.one().await;
        while let Some(more) = self.one().now_or_never() {
            changed = Changed { bundle: changed.bundle | more.bundle, services: changed.services | more.services };
        }
        changed
    }

    async fn one(&mut self) -> Changed {
        let services = async {
            match &mut self.services {
                Some(services) => services.next().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = self.bundle.next() => Changed { bundle: true, services: false },
            () = services => Changed { bundle: false, services: true },
            Ok(()) = self.own.changed() => Changed { bundle: false, services: true },
        }
    }
}

struct Telling {
    session: Session,
    listener: session_listener::Client,
    pause: Duration,
    patience: Duration,
}

impl Telling {
    /// Until the session has ended, or the listener does not answer.
    async fn run(self, mut news: News, stops_by: watch::Receiver<Option<Instant>>) {
        let changes = async {
            while let Ok(Ok(())) = timeout(self.patience, self.changed(news.next().await)).await {
                sleep(self.pause).await;
            }
        };
        let why = tokio::select! {
            biased;
            why = self.session.ended() => why,
            () = changes => return,
            () = self.warn(stops_by) => return,
        };
        // Nobody is there to be told of it.
        if why != EndReason::Disconnected {
            let _ = timeout(self.patience, self.ended(why)).await;
        }
    }

    /// Says once that the node stops, and how long that takes. Who does not know of it is told the rest all the same.
    async fn warn(&self, mut stops_by: watch::Receiver<Option<Instant>>) {
        let by = stops_by.wait_for(Option::is_some).await.map(|by| *by);
        if let Ok(Some(by)) = by {
            let _ = timeout(self.patience, self.stopping(by.saturating_duration_since(Instant::now()))).await;
        }
        pending().await
    }

    async fn stopping(&self, grace: Duration) -> capnp::Result<()> {
        let mut request = self.listener.stopping_request();
        request.get().set_grace_ms(u64::try_from(grace.as_millis()).unwrap_or(u64::MAX));
        request.send().promise.await.map(drop)
    }

    async fn changed(&self, changed: Changed) -> capnp::Result<()> {
        let mut request = self.listener.changed_request();
        request.get().set_bundle(changed.bundle);
        request.get().set_services(changed.services);
        request.send().promise.await.map(drop)
    }

    async fn ended(&self, why: EndReason) -> capnp::Result<()> {
        let mut request = self.listener.ended_request();
        request.get().set_code(why.as_str());
        request.get().set_sentence(why.sentence());
        request.send().promise.await.map(drop)
    }
}
