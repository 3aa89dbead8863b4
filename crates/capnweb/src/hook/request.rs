//! What hooks are asked, and on whose behalf.

use std::cell::Cell;
use std::rc::Rc;

use super::path::{Place, follow, is_reachable};
use super::value::weight;
use super::{Eventual, Hook, Settling};
use crate::error::{Error, Outcome};
use crate::exchange::Payload;
use crate::json::Program;
use crate::session::Driver;
use crate::stub::Stub;
use crate::target::{Answer, Key, Target};
use crate::value::Value;

/// The message of a peer that something follows from. It pays for it.
pub(crate) struct Origin {
    pub(crate) driver: Rc<Driver>,
    /// It is answered unasked, and its answers are what its sender waits for.
    pub(crate) is_streamed: bool,
    /// What was done for it.
    work: Cell<usize>,
}

impl Origin {
    pub(crate) fn new(driver: &Rc<Driver>, is_streamed: bool) -> Rc<Self> {
        Rc::new(Self { driver: driver.clone(), is_streamed, work: Cell::new(0) })
    }

    /// Pays for work. Once it has more to pay than it may by the bounds of that moment, the session ends; what is still
    /// under way in it then gets nothing more, so that what follows from one message at once is bounded too.
    pub(crate) fn spend(&self, work: usize) -> Result<(), Error> {
        if self.driver.has_failed() {
            return Err(Error::range_error("The session is ending."));
        }
        let within = self.driver.work(work);
        let done = self.work.get().saturating_add(work);
        if !within || done > self.driver.limits().message_work {
            let error = Error::range_error("A message asks for more work than is allowed.");
            self.driver.fail(error.clone());
            return Err(error);
        }
        self.work.set(done);
        Ok(())
    }
}

/// A part of what a session holds for its peer, given back when it is dropped.
pub(crate) struct Share {
    driver: Rc<Driver>,
    bytes: usize,
}

impl Share {
    /// Small values are paid for by their entries in the tables.
    const FREE: usize = 256;

    pub(super) fn of(bytes: usize, origin: &Origin) -> Option<Self> {
        if bytes <= Self::FREE {
            return None;
        }
        origin.driver.hold(bytes);
        Some(Self { driver: origin.driver.clone(), bytes })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.driver.let_go(self.bytes);
    }
}

/// Keys that cost as much as a value when the first of them is taken away: the others are moved.
const KEYS_A_UNIT: usize = 64;

/// Something that is asked of a hook.
pub(crate) struct Request {
    pub(crate) path: Vec<Key>,
    pub(crate) ask: Ask,
    pub(crate) origin: Option<Rc<Origin>>,
}

impl Request {
    /// About how many bytes it keeps while it waits.
    pub(super) fn weight(&self) -> usize {
        let names = self.path.iter().map(|key| if let Key::Name(name) = key { name.len() } else { 0 });
        let path = self.path.len() * size_of::<Key>() + names.sum::<usize>();
        match &self.ask {
            Ask::Call(payload) => path + weight(&payload.value),
            Ask::Get => path,
            Ask::Map(mapping) => path + mapping.program.work() * 64 + mapping.captures.len() * size_of::<Stub>(),
        }
    }
}

/// What is asked of what a path leads to.
pub(crate) enum Ask {
    /// To be called.
    Call(Payload),
    /// Its value.
    Get,
    /// Its value, changed.
    Map(Mapping),
}

/// A program that is to be applied to a value.
#[derive(Clone)]
pub(crate) struct Mapping {
    pub(crate) captures: Rc<[Stub]>,
    pub(crate) program: Program,
}

/// Where a request got.
enum Step {
    Answered(Rc<Hook>),
    On(Rc<Hook>, Request),
}

/// Sends a request to a hook; what stands for the answer.
pub(crate) fn send(hook: &Rc<Hook>, request: Request) -> Rc<Hook> {
    let mut step = Step::On(hook.clone(), request);
    loop {
        match step {
            Step::Answered(answer) => return answer,
            Step::On(hook, request) => step = advance(&hook, request),
        }
    }
}

fn advance(hook: &Rc<Hook>, request: Request) -> Step {
    match &**hook {
        Hook::Target(target) => of_target(hook, target, request),
        Hook::Value(held) => of_value(hook, held.value(), request),
        Hook::Error(..) => Step::Answered(hook.clone()),
        Hook::Import(import) => match import.resolution() {
            Some(next) => Step::On(next, request),
            None => Step::Answered(import.send(request)),
        },
        Hook::Eventual(eventual) => of_eventual(hook, eventual, request),
    }
}

fn of_eventual(hook: &Rc<Hook>, eventual: &Eventual, mut request: Request) -> Step {
    if let Some(next) = eventual.resolution()
        && !eventual.waiters.is_draining()
    {
        return Step::On(next, request);
    }
    if let Some(part) = eventual.part(&request.path) {
        request.path.drain(..part.keys.min(request.path.len()));
        return Step::On(part.stub.into_hook(), request);
    }
    Step::Answered(Eventual::waiting(hook, request))
}

fn of_value(hook: &Rc<Hook>, value: &Value, mut request: Request) -> Step {
    if request.path.is_empty() && matches!(request.ask, Ask::Get) {
        return Step::Answered(hook.clone());
    }
    let part = match follow(value, &request.path) {
        Ok(Place::Elsewhere(hook, depth)) => {
            request.path.drain(..depth);
            // A promise that is asked for whole is its own answer.
            if request.path.is_empty() && matches!(request.ask, Ask::Get) {
                return Step::Answered(hook);
            }
            return Step::On(hook, request);
        }
        Ok(Place::Here(part)) => part,
        Ok(Place::Nothing) => &Value::Undefined,
        Err(error) => return Step::Answered(Hook::error(error)),
    };
    match (request.ask, part) {
        (Ask::Call(payload), Value::Stub(stub)) => {
            let request = Request { path: Vec::new(), ask: Ask::Call(payload), origin: request.origin };
            Step::On(stub.hook().clone(), request)
        }
        (Ask::Call(_), _) => Step::Answered(Hook::error(not_a_function(&request.path))),
        (Ask::Get, part) => Step::Answered(copy(part, request.origin.as_ref())),
        (Ask::Map(mapping), part) => Step::Answered(crate::remap::apply(part, &mapping, request.origin.as_ref())),
    }
}

/// Another value like that one, which is paid for.
fn copy(value: &Value, origin: Option<&Rc<Origin>>) -> Rc<Hook> {
    match origin.map_or(Ok(()), |origin| origin.spend(weight(value) / 64)) {
        Ok(()) => Hook::value(value.clone(), origin),
        Err(error) => Hook::error(error),
    }
}

fn of_target(hook: &Rc<Hook>, target: &Rc<dyn Target>, mut request: Request) -> Step {
    if request.path.is_empty() {
        return match request.ask {
            Ask::Call(payload) => Step::Answered(call(target, None, payload, request.origin)),
            Ask::Get => Step::Answered(Hook::value(Value::Stub(Stub::of(hook.clone())), None)),
            Ask::Map(mapping) => {
                let input = Value::Stub(Stub::of(hook.clone()));
                Step::Answered(crate::remap::apply(&input, &mapping, request.origin.as_ref()))
            }
        };
    }
    if let Some(origin) = &request.origin
        && let Err(error) = origin.spend(1 + request.path.len() / KEYS_A_UNIT)
    {
        return Step::Answered(Hook::error(error));
    }
    let name = match request.path.remove(0) {
        Key::Name(name) => name,
        Key::Index(index) => index.to_string(),
    };
    match request.ask {
        Ask::Call(payload) if request.path.is_empty() => {
            Step::Answered(call(target, Some(name), payload, request.origin))
        }
        ask => {
            let part = match is_reachable(&name) {
                true => answer(target.clone().get(&name), request.origin.as_ref(), 0),
                false => Hook::value(Value::Undefined, None),
            };
            match ask {
                Ask::Get if request.path.is_empty() => Step::Answered(part),
                ask => Step::On(part, Request { ask, ..request }),
            }
        }
    }
}

/// Calls an object, once the promises among the arguments are settled.
fn call(target: &Rc<dyn Target>, name: Option<String>, payload: Payload, origin: Option<Rc<Origin>>) -> Rc<Hook> {
    if payload.promises == 0 {
        return deliver(target, name.as_deref(), Ok(payload.value), origin.as_ref());
    }
    match Settling::start(payload.value, origin.as_ref()) {
        Ok(settled) => deliver(target, name.as_deref(), settled, origin.as_ref()),
        Err(open) => Eventual::gathering(open, target.clone(), name, origin),
    }
}

/// Calls an object with settled arguments.
pub(super) fn deliver(
    target: &Rc<dyn Target>,
    name: Option<&str>,
    arguments: Outcome,
    origin: Option<&Rc<Origin>>,
) -> Rc<Hook> {
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(thrown) => return Hook::thrown(thrown, origin),
    };
    if name.is_some_and(|name| !is_reachable(name)) {
        return answer(Answer::no_method(name), origin, 0);
    }
    if let Some(Err(error)) = origin.map(|origin| origin.spend(1)) {
        return Hook::error(error);
    }
    let kept = origin.map_or(0, |_| weight(&arguments));
    let arguments = match arguments {
        Value::Array(arguments) => arguments,
        other => vec![other],
    };
    answer(target.clone().call(name, arguments), origin, kept)
}

/// What stands for an answer, for which that much is kept.
fn answer(answer: Answer, origin: Option<&Rc<Origin>>, kept: usize) -> Rc<Hook> {
    match answer {
        Answer::Now(outcome) => Hook::outcome(outcome, origin),
        Answer::Later(future) => Eventual::running(future, None, origin, kept),
        Answer::Pipelined(pipelined) => Eventual::running(pipelined.clone().settled(), Some(pipelined), origin, kept),
    }
}

fn not_a_function(path: &[Key]) -> Error {
    let mut name = String::new();
    for key in path {
        if !name.is_empty() {
            name.push('.');
        }
        match key {
            Key::Name(key) => name.push_str(key),
            Key::Index(index) => name.push_str(&index.to_string()),
        }
    }
    Error::type_error(format!("'{name}' is not a function."))
}
