//! One sign-in under way: its steps, and how long each may take.

mod password;
mod signature;

use std::fmt;
use std::mem;
use std::sync::Arc;

use capos_schema::{Code, Denial};

use crate::claim::Whom;
use crate::core::Core;
use crate::places::Place;
use crate::{Event, Limits, MethodKind, Secret, Session, Source};

/// Longest name of a profile, and of whatever else names somebody.
const NAME: usize = 1 << 10;

/// The beginning of a sign-in, as the peer asks for it.
#[derive(Clone, Debug)]
pub struct Start {
    /// The way chosen.
    pub kind: MethodKind,
    /// The account.
    pub selector: Selector,
    /// The profile wanted; empty for the account's default.
    pub profile: String,
    /// Random bytes of the client's own.
    pub client_nonce: Vec<u8>,
}

/// Which account is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By the name a person types.
    Account(String),
    /// By the opaque handle of its principal.
    Principal(Vec<u8>),
}

/// What comes after an answer.
#[derive(Debug)]
pub enum Step {
    /// Something else is asked.
    Ask(Prompt),
    /// The session.
    Done(Session),
}

/// What the client has to do next. What does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// What to ask a person.
    pub prompt: String,
    /// Whether the answer must not be shown or recorded.
    pub redaction: bool,
    /// A page to open.
    pub url: String,
    /// A code to enter or compare there.
    pub user_code: String,
    /// Bytes to sign.
    pub challenge: Vec<u8>,
    /// Until when it can be answered, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// One sign-in under way. Dropped, it is given up.
///
/// **Invariants**: a step is answered once, in time, or not at all; any refusal ends it, and so does an answer that
/// nobody waited for the outcome of.
pub struct Flow {
    asked: Asked,
    state: State,
    deadline: Deadline,
    place: Option<Place>,
}

/// What was asked for, and where from.
struct Asked {
    core: Arc<Core>,
    source: Source,
    start: Start,
}

/// Until when a step can be answered: by the steady clock, and as it is shown.
#[derive(Clone, Copy)]
struct Deadline {
    steady_ns: u64,
    wall_ms: u64,
}

/// The step that waits.
enum State {
    /// For the first step to be asked for.
    Fresh,
    Password,
    /// For a password in place of a one-time one.
    NewPassword(password::Replacing),
    /// For a signature over this.
    Signature(Vec<u8>),
    Over,
}

/// What a step has become.
enum Next {
    Done(Session),
    Ask(State, Box<Prompt>, Deadline),
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flow({})", self.asked.start.kind.as_str())
    }
}

impl Flow {
    pub(crate) fn begin(core: Arc<Core>, source: Source, start: Start) -> Result<Self, Denial> {
        let settings = core.settings();
        if matches!(start.kind, MethodKind::Guest | MethodKind::Anonymous) {
            return Err(Denial::new(Code::BadRequest, "guests and anonymous visitors have a method of their own"));
        }
        if !settings.methods.allow(start.kind) {
            core.refused(&source, "methodOff", Event::new("session.refused").with("method", start.kind.as_str()));
            return Err(Code::DisabledAuthMethod.into());
        }
        check(&start, &settings.limits)?;
        let kept = || source.is_local() || core.attempts.knows_source(source.key());
        let Some(place) = core.places.take(source.key(), &settings.limits, kept) else {
            return Err(core.limited(&source, "flows", Code::Overloaded));
        };
        let asked = Asked { core, source, start };
        let deadline = asked.deadline();
        Ok(Self { asked, state: State::Fresh, deadline, place: Some(place) })
    }

    /// Answers the step before and gives the next one; an empty answer asks for the first, or again for the one that
    /// waits.
    ///
    /// # Errors
    ///
    /// `authenticationDenied` in the same words and time whatever the cause; `badRequest` on a flow that is over;
    /// `tooManySessions`, `overloaded`.
    pub async fn next(&mut self, response: Secret) -> Result<Step, Denial> {
        let state = mem::replace(&mut self.state, State::Over);
        if matches!(state, State::Over) {
            return Err(Denial::new(Code::BadRequest, "this sign-in is over; begin another"));
        }
        if self.asked.core.clock.steady_ns() >= self.deadline.steady_ns {
            self.cancel();
            return Err(Denial::new(Code::BadRequest, "the time for this step is over; begin another sign-in"));
        }
        match self.asked.answer(state, response, self.deadline).await {
            Ok(Next::Ask(state, prompt, deadline)) => {
                self.state = state;
                self.deadline = deadline;
                Ok(Step::Ask(Prompt { expires_at_ms: deadline.wall_ms, ..*prompt }))
            }
            Ok(Next::Done(session)) => {
                self.cancel();
                Ok(Step::Done(session))
            }
            Err(denial) => {
                self.cancel();
                Err(denial)
            }
        }
    }

    /// Gives up. Harmless on a flow that is over.
    pub fn cancel(&mut self) {
        self.state = State::Over;
        self.place = None;
    }

    /// Until when the step that waits can be answered, in milliseconds since 1970.
    #[must_use]
    pub fn expires_at_ms(&self) -> u64 {
        self.deadline.wall_ms
    }
}

impl Asked {
    fn deadline(&self) -> Deadline {
        let time = self.core.settings().limits.step_time;
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let clock = &self.core.clock;
        Deadline { steady_ns: clock.steady_ns().saturating_add(ns), wall_ms: clock.wall_ms().saturating_add(ms) }
    }

    fn whom(&self) -> Whom {
        Whom::Selected(self.start.selector.clone())
    }

    async fn answer(&self, state: State, response: Secret, deadline: Deadline) -> Result<Next, Denial> {
        let empty = response.bytes().is_empty();
        match (state, self.start.kind) {
            (State::Fresh, _) if !empty => {
                Err(Denial::new(Code::BadRequest, "ask for the first step with an empty answer"))
            }
            (State::Fresh, MethodKind::PublicKey) => self.challenge(self.deadline()),
            (State::Fresh, _) => Ok(password::ask(self.deadline())),
            // Asked for again: the same, for as long as there is left.
            (State::Password, _) if empty => Ok(password::ask(deadline)),
            (State::Signature(challenge), _) if empty => Ok(signature::ask(challenge, deadline)),
            (State::NewPassword(replacing), _) if empty => Ok(replacing.ask(deadline)),
            (State::Password, _) => self.password(response).await,
            (State::NewPassword(replacing), _) => self.replace(replacing, response).await,
            (State::Signature(challenge), _) => self.signature(&challenge, &response).await,
            (State::Over, _) => Err(Code::BadRequest.into()),
        }
    }
}

/// Bounds on what the peer has chosen, before anything of it is kept.
fn check(start: &Start, limits: &Limits) -> Result<(), Denial> {
    let whom = match &start.selector {
        Selector::Account(name) => name.len(),
        Selector::Principal(id) => id.len(),
    };
    if whom > NAME || start.profile.len() > NAME || start.client_nonce.len() > limits.nonce_bytes {
        return Err(Denial::new(Code::BadRequest, "a name or the nonce is too long"));
    }
    Ok(())
}
