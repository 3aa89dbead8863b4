//! Signing in: step by step, or in one call.

mod at_once;

use std::rc::Rc;

use capnweb::{Answer, Bytes, Object, Outcome, Reprieve, Stub, Target, Thrown, Value};
use capos_client::{MethodKind, Secret};
use capos_schema::gateway_capnp::{
    LoginSelectorKind, RemoteAuthKind, remote_auth_flow, remote_auth_step, remote_session_gateway,
};
use capos_schema::session_capnp::remote_session;
use capos_schema::{Code, Denial};
use ring::digest::{SHA256, digest};
use tokio::sync::{Mutex, Semaphore};

pub(crate) use at_once::authenticate;

use crate::errors;
use crate::main_object::Entry;
use crate::options::{Options, misused, secret};
use crate::session::SignedIn;

/// The beginning of a sign-in, as it was asked for.
pub(crate) struct Start {
    pub(crate) kind: RemoteAuthKind,
    selector: LoginSelectorKind,
    whom: Vec<u8>,
    profile: String,
    nonce: Vec<u8>,
}

impl Start {
    /// `{kind, account, profile}`; an account may also be named by its `principal`, and `nonce` be the program's own
    /// random bytes in what it is given to sign.
    pub(crate) fn read(arguments: Vec<Value>) -> Result<Self, Thrown> {
        let mut options = Options::of("start", arguments)?;
        let kind = options.text("kind")?;
        let kind = parse_kind(&options.need("kind", kind)?)?;
        let start = Self::of(kind, &mut options)?;
        options.done()?;
        Ok(start)
    }

    /// What there is besides the kind.
    fn of(kind: RemoteAuthKind, options: &mut Options) -> Result<Self, Thrown> {
        let (selector, whom) = match options.bytes("principal")? {
            Some(principal) => (LoginSelectorKind::PrincipalId, principal),
            None => (LoginSelectorKind::AccountName, options.text("account")?.unwrap_or_default().into_bytes()),
        };
        let profile = options.text("profile")?.unwrap_or_default();
        let nonce = options.bytes("nonce")?.unwrap_or_default();
        Ok(Self { kind, selector, whom, profile, nonce })
    }

    /// Whose proof it is to be, where that cannot be left open.
    fn of_somebody(kind: RemoteAuthKind, options: &mut Options) -> Result<Self, Thrown> {
        let start = Self::of(kind, options)?;
        let named = !start.whom.is_empty();
        options.need("account", named.then_some(start))
    }

    /// The flow, once the node has given one.
    pub(crate) async fn begin(
        &self,
        gateway: &remote_session_gateway::Client,
    ) -> Result<remote_auth_flow::Client, Thrown> {
        let mut request = gateway.start_request();
        let mut start = request.get().init_request();
        start.set_kind(self.kind);
        start.set_requested_profile(&self.profile);
        start.set_client_nonce(&self.nonce);
        let mut selector = start.init_selector();
        selector.set_kind(self.selector);
        selector.set_value(&self.whom);
        let answer = request.send().promise.await.map_err(errors::thrown)?;
        answer.get().and_then(|answer| answer.get_flow()).map_err(errors::thrown)
    }
}

fn parse_kind(word: &str) -> Result<RemoteAuthKind, Thrown> {
    let mut kinds = (0..).map_while(|number| RemoteAuthKind::try_from(number).ok());
    let found = kinds.find(|kind| MethodKind::from(Ok(*kind)).as_str() == word);
    // Said as the node says it of one that it does not know.
    found.ok_or_else(|| errors::denied(&Code::DisabledAuthMethod.into()))
}

/// What comes after an answer.
enum Step {
    Ask(Asked),
    Done(remote_session::Client),
}

/// What the node wants next. What does not apply is empty.
struct Asked {
    prompt: String,
    redaction: bool,
    url: String,
    user_code: String,
    challenge: Vec<u8>,
    expires_at_ms: u64,
}

impl Asked {
    fn read(step: remote_auth_step::Reader<'_>) -> capnp::Result<Self> {
        let text = |text: capnp::Result<capnp::text::Reader<'_>>| Ok::<_, capnp::Error>(text?.to_string()?);
        Ok(Self {
            prompt: text(step.get_prompt())?,
            redaction: step.get_redaction(),
            url: text(step.get_url())?,
            user_code: text(step.get_user_code())?,
            challenge: step.get_challenge()?.to_vec(),
            expires_at_ms: step.get_expires_at_ms(),
        })
    }

    fn value(self) -> Value {
        Object::from([
            ("prompt", Value::from(self.prompt)),
            ("redaction", self.redaction.into()),
            ("url", self.url.into()),
            ("userCode", self.user_code.into()),
            ("challenge", Bytes::new(self.challenge).into()),
            ("expiresAtMs", self.expires_at_ms.into()),
        ])
        .into()
    }

    /// Whether it is words that are wanted, and nothing else.
    fn is_for_words(&self) -> bool {
        self.redaction && self.url.is_empty() && self.user_code.is_empty() && self.challenge.is_empty()
    }
}

async fn next(flow: &remote_auth_flow::Client, response: &[u8]) -> Result<Step, Thrown> {
    let mut request = flow.next_request();
    request.get().set_response(response);
    let answer = request.send().promise.await.map_err(errors::thrown)?;
    let answer = answer.get().map_err(errors::thrown)?;
    if answer.get_done() {
        return answer.get_session().map(Step::Done).map_err(errors::thrown);
    }
    answer.get_step().and_then(Asked::read).map(Step::Ask).map_err(errors::thrown)
}

/// A sign-in under way, as a program has it. Dropped, it is given up.
pub(crate) struct Begun {
    flow: remote_auth_flow::Client,
    kind: RemoteAuthKind,
    entry: Entry,
    /// Answers are taken one after the other, so that they can be sent before the steps are there.
    turn: Mutex<Turn>,
    waiting: Semaphore,
}

#[derive(Default)]
struct Turn {
    /// What the last step gave to sign.
    challenge: Vec<u8>,
}

impl Begun {
    pub(crate) fn new(flow: remote_auth_flow::Client, kind: RemoteAuthKind, entry: Entry) -> Self {
        let waiting = Semaphore::new(entry.line.limits.waiting_steps);
        Self { flow, kind, entry, turn: Mutex::default(), waiting }
    }

    async fn answer(self: Rc<Self>, arguments: Vec<Value>, _reprieve: Option<Reprieve>) -> Outcome {
        let _place = self
            .waiting
            .try_acquire()
            .map_err(|_| errors::denied(&Denial::new(Code::TooManyCalls, "too many answers wait for their steps")))?;
        let response = response(arguments)?;
        let mut turn = self.turn.lock().await;
        let signed = std::mem::take(&mut turn.challenge);
        let (step, done, session) = match next(&self.flow, response.as_bytes()).await? {
            Step::Ask(asked) => {
                turn.challenge.clone_from(&asked.challenge);
                (asked.value(), false, Value::Null)
            }
            Step::Done(remote) => {
                let signed = (self.kind == RemoteAuthKind::PublicKey).then(|| digest_of(&signed));
                (Value::Null, true, Value::Stub(self.entry.session(SignedIn { remote, signed })))
            }
        };
        Ok(Object::from([("step", step), ("done", done.into()), ("session", session)]).into())
    }

    async fn cancel(self: Rc<Self>) -> Outcome {
        self.flow.cancel_request().send().promise.await.map(|_| Value::Undefined).map_err(errors::thrown)
    }
}

/// What a program can call of a sign-in under way.
pub(crate) const METHODS: [&str; 2] = ["next", "cancel"];

impl Target for Begun {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name.filter(|name| METHODS.contains(name)) {
            Some("next") => {
                let reprieve = self.entry.line.reprieve();
                Answer::later(async move {
                    let answer = self.clone().answer(arguments, reprieve).await;
                    answer.inspect_err(|reason| self.entry.line.refused(reason))
                })
            }
            Some("cancel") => Answer::later(self.cancel()),
            _ => Answer::no_method(name),
        }
    }
}

/// What a step is answered with; nothing asks for the first one.
fn response(arguments: Vec<Value>) -> Result<Secret, Thrown> {
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next()) {
        (None | Some(Value::Undefined | Value::Null), None) => Ok(Secret::from(Vec::new())),
        (Some(given), None) => secret(given).ok_or_else(|| misused("next", "takes a string or a Uint8Array")),
        _ => Err(misused("next", "takes one answer")),
    }
}

/// Has the program sign something.
pub(crate) async fn sign(signer: &Stub, challenge: &[u8]) -> Result<Secret, Thrown> {
    let signature = signer.call(None, vec![Bytes::new(challenge.to_vec()).into()]).await?;
    secret(signature).ok_or_else(|| misused("sign", "has to give an SSH signature, as a string or a Uint8Array"))
}

fn digest_of(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
