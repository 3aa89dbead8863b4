//! One sign-in under way, as its client holds it.

use std::cell::RefCell;
use std::rc::Rc;

use capnp::Error;
use capos_authority::{Flow, MethodKind, Prompt, Secret, Step};
use capos_schema::gateway_capnp::remote_auth_flow::{self as wire, Client};
use capos_schema::{Code, Denial};
use futures::channel::oneshot;
use futures::future::{Either, select};

use crate::connection::{Connection, FlowPlace};
use crate::sign_in::{Minted, carry};
use crate::words;

/// Serves `RemoteAuthFlow`.
pub(crate) struct SignIn {
    connection: Rc<Connection>,
    kind: MethodKind,
    state: RefCell<State>,
}

enum State {
    /// A step waits for its answer.
    Waiting(Box<Begun>),
    /// An answer is being judged; dropped, that is not waited for any more.
    Judged(oneshot::Sender<()>),
    /// It gave a session, was refused, or given up.
    Over,
}

/// What is counted and must be given up together.
struct Begun {
    flow: Flow,
    place: FlowPlace,
}

/// What came of an answer.
enum Judged {
    Ask(Box<Begun>, Box<Prompt>),
    Done(Minted),
}

impl SignIn {
    pub(crate) fn client(connection: &Rc<Connection>, kind: MethodKind, flow: Flow) -> Client {
        let place = connection.flow(flow.expires_at_ms());
        let state = RefCell::new(State::Waiting(Box::new(Begun { flow, place })));
        capnp_rpc::new_client(Self { connection: connection.clone(), kind, state })
    }

    /// Takes the flow to judge an answer, and what tells that it was given up meanwhile.
    fn begin(&self) -> Result<(Box<Begun>, oneshot::Receiver<()>), Denial> {
        let mut state = self.state.borrow_mut();
        match std::mem::replace(&mut *state, State::Over) {
            State::Waiting(begun) => {
                let (judged, given_up) = oneshot::channel();
                *state = State::Judged(judged);
                Ok((begun, given_up))
            }
            State::Judged(judged) => {
                *state = State::Judged(judged);
                Err(Denial::new(Code::TooManyCalls, "one step at a time; wait for the answer first"))
            }
            State::Over => Err(over()),
        }
    }

    async fn judge(&self, response: Secret) -> Result<Judged, Denial> {
        let (begun, given_up) = self.begin()?;
        // Whoever stops waiting, or is refused, has given up.
        let _ending = Ending(self);
        let carried = Box::pin(carry(step(begun, response)));
        match select(carried, given_up).await {
            // The answer may have come in the turn in which it was given up.
            Either::Left((judged, mut given_up)) => given_up.try_recv().map_err(|_| over()).and(judged.flatten()),
            Either::Right(_) => Err(over()),
        }
    }
}

/// The state after an answer that led nowhere.
struct Ending<'a>(&'a SignIn);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.state.replace(State::Over);
    }
}

async fn step(mut begun: Box<Begun>, response: Secret) -> Result<Judged, Denial> {
    match begun.flow.next(response).await? {
        Step::Ask(prompt) => {
            begun.place.until(begun.flow.expires_at_ms());
            Ok(Judged::Ask(begun, Box::new(prompt)))
        }
        Step::Done(session) => Ok(Judged::Done(Minted::new(session))),
    }
}

fn over() -> Denial {
    Denial::new(Code::BadRequest, "this sign-in is over; begin another")
}

impl wire::Server for SignIn {
    async fn next(self: Rc<Self>, params: wire::NextParams, mut results: wire::NextResults) -> Result<(), Error> {
        let response = words::read(params.get())?.get_response();
        let response = self.connection.parsed(words::secret(response, self.connection.gateway().limits()))?;
        let mut results = results.get();
        match self.judge(response).await {
            Ok(Judged::Ask(begun, prompt)) => {
                words::write_step(&prompt, results.init_step());
                self.state.replace(State::Waiting(begun));
            }
            Ok(Judged::Done(minted)) => {
                let seated = self.connection.seat(minted);
                self.connection.signed_in(self.kind, seated.is_ok());
                results.set_session(seated?);
                results.set_done(true);
            }
            Err(denial) => {
                if !matches!(denial.code, Code::BadRequest | Code::TooManyCalls) {
                    self.connection.signed_in(self.kind, false);
                }
                return Err(denial.into());
            }
        }
        Ok(())
    }

    async fn cancel(self: Rc<Self>, _: wire::CancelParams, _: wire::CancelResults) -> Result<(), Error> {
        if let State::Waiting(mut begun) = self.state.replace(State::Over) {
            begun.flow.cancel();
        }
        Ok(())
    }
}
