//! What was granted, and every method of it, by the names that its schema gives.
//!
//! A page is told an interface's schema, makes a form of it, and gives the form's values back as [`value::Value`]s.
//! What calls give is kept here and shown a piece at a time; capabilities among it are *chips*, which are called in
//! turn, given as arguments, and released. All of it goes with the session.

mod calls;
mod chips;
mod form;
mod heard;
mod schema;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod withheld;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use capnp::traits::HasTypeId as _;
use capos_client::{CapEntry, Error, Object, Transfer};
use capos_schema::catalog_capnp::remote_service_runner;
use capos_schema::dynamic::Means;
use capos_schema::{Code, Denial, Registry, Type};
use futures::future::LocalBoxFuture;
use hyper::StatusCode;
use serde::Deserialize;
use tokio::time::Instant;

use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};
use calls::{CallView, Calls};
use chips::{Chips, Origin};
use form::Form;
use tree::{Portion, Tree, show};
use value::{Value, written};
use withheld::withhold;

shown! {
    /// The grants.
    struct CapSetView {
        /// In the order of the bundle.
        grants: Vec<GrantView>,
    }

    /// One grant.
    struct GrantView {
        /// Its name.
        name: Text,
        /// Its interface's name.
        interface: Text,
        /// The first paragraph of what the interface's schema says.
        doc: Text,
        /// Whether it may be passed on.
        transfer: Text,
        /// Whether it is listed to explain, and cannot be had.
        local: bool,
        /// When its lease is over, if before the session.
        lease_expires_at_ms: Option<u64>,
        /// Its methods' names.
        methods: Vec<Text>,
    }

    /// What a call gave.
    struct CallReply {
        /// Names it for more of it.
        result: Key,
        /// As much as is shown at once.
        value: Tree,
        /// Values that no browser is sent.
        withheld: u64,
        /// How long it took.
        took_ms: u64,
        /// The capabilities among it.
        chips: Vec<Key>,
    }

    /// A piece of a value.
    struct PieceReply {
        /// The piece.
        value: Tree,
    }

    /// A result as JSON.
    struct RawReply {
        /// The JSON.
        json: Text,
        /// Whether its end is cut off.
        cut: bool,
    }

    /// A part of a result to be fetched.
    struct SaveReply {
        /// What to fetch.
        download: Key,
        /// What it may be called.
        name: Text,
    }

    /// Interfaces that are known.
    struct InterfacesReply {
        /// Their names.
        names: Vec<Text>,
    }
}

/// Bytes of a result as JSON that are shown.
const MOST_RAW: usize = 256 << 10;
/// Bytes of an interface's comment in the table of grants.
const MOST_SUMMARY: usize = 300;

pub(super) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// What a command is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
enum Subject {
    Grant(String),
    Chip(Key),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribeRequest {
    on: Subject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CallRequest {
    on: Subject,
    method: String,
    arguments: serde_json::Value,
    /// The window's name for it, by which it is cancelled.
    call: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CancelRequest {
    call: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct MoreRequest {
    result: Key,
    path: Vec<usize>,
    from: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SaveRequest {
    result: Key,
    path: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawRequest {
    result: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CastRequest {
    chip: Key,
    /// A name, or an id in hexadecimal.
    interface: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ReleaseRequest {
    /// Without one, all are released.
    chip: Option<Key>,
}

/// Something that can be called.
struct Target {
    object: Object,
    origin: Origin,
    chip: Option<Key>,
}

/// The grants and what comes of them.
pub(super) struct CapSetArea {
    core: Rc<Core>,
    chips: Rc<Chips>,
    calls: Rc<Calls>,
}

impl CapSetArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        let limits = &core.limits;
        let chips = Chips::new(limits.chips, core.board.clone());
        let calls = Calls::new(core.board.clone(), limits.results, limits.result_bytes);
        Rc::new(Self { core: core.clone(), chips, calls })
    }

    fn entry(&self, name: &str) -> Result<CapEntry, Problem> {
        let entry = self.core.caps().into_iter().find(|entry| entry.name == name);
        entry.ok_or_else(|| Error::from(Denial::from(Code::UnknownCap)).into())
    }

    async fn target(&self, on: &Subject) -> Result<Target, Problem> {
        match on {
            Subject::Grant(name) => {
                let entry = self.entry(name)?;
                let object = self.core.session.get(name, entry.interface_id).await?;
                let origin = Origin { grant: name.clone(), path: name.clone() };
                Ok(Target { object, origin, chip: None })
            }
            Subject::Chip(key) => {
                let object = self.known(*key).await?;
                let origin = self.chips.origin(*key).ok_or_else(released)?;
                Ok(Target { object, origin, chip: Some(*key) })
            }
        }
    }

    /// A chip, with the schema of its interface, from the node if need be.
    async fn known(&self, key: Key) -> Result<Object, Problem> {
        let object = self.chips.object(key).ok_or_else(released)?;
        let Type::Interface(id, _) = *object.interface() else { return Ok(object) };
        // Where nobody knows the interface, it can still be passed on.
        if object.methods().is_ok() || self.core.session.learn(id).await.is_err() {
            return Ok(object);
        }
        let known = self.core.session.cast(&object, id);
        self.chips.replace(key, known.clone());
        Ok(known)
    }

    async fn describe(&self, request: DescribeRequest) -> Outcome {
        let (means, interface) = match &request.on {
            Subject::Grant(name) => {
                let id = self.entry(name)?.interface_id;
                // What cannot be learned is told as not known.
                let _ = self.core.session.learn(id).await;
                (self.means(id), Type::interface(id))
            }
            Subject::Chip(key) => {
                let object = self.known(*key).await?;
                (object.means().clone(), object.interface().clone())
            }
        };
        Ok(Reply::of(&schema::describe(&means, &interface)))
    }

    fn registry(&self, interface: u64) -> Arc<Registry> {
        self.core.session.schemas().registry_of(interface)
    }

    fn means(&self, interface: u64) -> Arc<Means> {
        Means::new(self.registry(interface), self.core.session.schemas().limits().clone())
    }

    async fn call(&self, request: CallRequest) -> Outcome {
        let CallRequest { on, method, arguments, call } = request;
        let target = self.target(&on).await?;
        let arguments = Value::parse(arguments, &|key| self.uploaded(key))?;
        let mut under_way = self.calls.begin(call, &target.origin.grant);
        if let Some(chip) = target.chip {
            self.chips.count(chip);
            self.chips.show();
        }
        let began = Instant::now();
        let outcome = tokio::select! {
            outcome = self.called(&target, &method, &arguments) => outcome,
            () = under_way.cancelled() => Err(cancelled()),
        };
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = outcome.map(|called| self.keep(called, took_ms));
        self.note(&format!("{}.{method}", target.origin.path), took_ms, &outcome);
        drop(under_way);
        outcome.map(|reply| Reply::of(&reply))
    }

    fn uploaded(&self, key: Key) -> Result<Bytes, Problem> {
        let gone = "This file is not kept any more; choose it again.";
        self.core.uploads.take(key).ok_or_else(|| Problem::not_found(gone))
    }

    async fn called(&self, target: &Target, method: &str, arguments: &Value) -> Result<Called, Problem> {
        let object = &target.object;
        let origin = Origin { path: format!("{}.{method}", target.origin.path), ..target.origin.clone() };
        let form = Form::new(object.means().clone(), self.chips.clone(), origin);
        let mut form = form.taking(self.taken(arguments).await?);
        let session = &self.core.session;
        let mut value = session.call_as(object, method, arguments, &mut form, &target.origin.path).await?;
        let chips = form.done();
        let results = object.method(method).map(|method| method.results);
        let withheld = results.map_or(0, |results| withhold(object.registry(), &results, &mut value));
        if matches!(object.interface(), Type::Interface(id, _) if *id == remote_service_runner::Client::TYPE_ID) {
            self.core.look_again();
        }
        Ok(Called { value, chips, withheld })
    }

    /// The grants that arguments name.
    async fn taken(&self, arguments: &Value) -> Result<BTreeMap<String, Object>, Problem> {
        let mut names = BTreeSet::new();
        arguments.visit(&mut |value| {
            if let Value::Grant(name) = value {
                names.insert(name.clone());
            }
        });
        let mut taken = BTreeMap::new();
        for name in names {
            let entry = self.entry(&name)?;
            let object = self.core.session.get(&name, entry.interface_id).await?;
            taken.insert(name, object);
        }
        Ok(taken)
    }

    fn keep(&self, called: Called, took_ms: u64) -> CallReply {
        let Called { value, chips, withheld } = called;
        let (result, value) = self.calls.keep(value);
        CallReply { result, value: show(&value, 0, Portion::FIRST, &self.chips), withheld, took_ms, chips }
    }

    fn note(&self, subject: &str, took_ms: u64, outcome: &Result<CallReply, Problem>) {
        let (result, code, message) = match outcome {
            Ok(reply) => (Some(reply.result), Text::fixed("ok"), Text::default()),
            Err(problem) => (None, problem.code.clone(), problem.message.clone()),
        };
        let subject = Text::line(subject);
        self.calls.note(CallView { result, subject, at_ms: now_ms(), took_ms, outcome: code, message });
    }

    fn result(&self, key: Key) -> Result<Rc<Value>, Problem> {
        let gone = "This result is not kept any more; make the call again.";
        self.calls.result(key).ok_or_else(|| Problem::not_found(gone))
    }

    fn more(&self, request: &MoreRequest) -> Outcome {
        let result = self.result(request.result)?;
        let part = result.part(&request.path).ok_or_else(|| Problem::bad_request("The result has no such part."))?;
        Ok(Reply::of(&PieceReply { value: show(part, request.from, Portion::MORE, &self.chips) }))
    }

    /// Has a page fetch a part of a result as it is: bytes and texts, and everything else as JSON.
    fn save(&self, request: &SaveRequest) -> Outcome {
        let result = self.result(request.result)?;
        let part = result.part(&request.path).ok_or_else(|| Problem::bad_request("The result has no such part."))?;
        let (name, bytes) = match part {
            Value::Bytes(bytes) => ("bytes.bin", bytes.clone()),
            Value::Text(text) => ("text.txt", text.clone().into()),
            other => ("result.json", written(&other.to_json()).into()),
        };
        Ok(Reply::of(&SaveReply { download: self.core.downloads.put(name, bytes), name: Text::fixed(name) }))
    }

    fn raw(&self, request: &RawRequest) -> Outcome {
        let json = written(&self.result(request.result)?.to_json());
        Ok(Reply::of(&RawReply { json: Text::lines(&json, MOST_RAW), cut: json.len() > MOST_RAW }))
    }

    async fn cast(&self, request: CastRequest) -> Outcome {
        let object = self.chips.object(request.chip).ok_or_else(released)?;
        let schemas = self.core.session.schemas();
        let id = match schemas.interface_id(&request.interface) {
            Some(id) => id,
            None => parse_id(&request.interface)?,
        };
        self.core.session.learn(id).await?;
        self.chips.replace(request.chip, self.core.session.cast(&object, id));
        Ok(Reply::done())
    }

    fn release(&self, request: &ReleaseRequest) -> Outcome {
        match request.chip {
            None => self.chips.clear(),
            Some(chip) if self.chips.remove(chip) => self.chips.show(),
            Some(_) => return Err(released()),
        }
        Ok(Reply::done())
    }

    /// The names of every interface that is known from the start or was granted.
    fn interfaces(&self) -> Outcome {
        let granted = self.core.caps().into_iter().map(|entry| self.registry(entry.interface_id));
        let mut names: Vec<Text> = granted.chain([self.registry(0)]).flat_map(|registry| names(&registry)).collect();
        names.sort();
        names.dedup();
        Ok(Reply::of(&InterfacesReply { names }))
    }

    async fn show_grants(&self) {
        let mut grants = Vec::new();
        for entry in self.core.caps() {
            // What cannot be learned is shown by its number.
            let _ = self.core.session.learn(entry.interface_id).await;
            grants.push(grant_view(&entry, &self.registry(entry.interface_id)));
        }
        self.core.board.put("capset", CapSetView { grants });
    }
}

impl Area for CapSetArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                "describe" => self.describe(command.read()?).await,
                "call" => self.call(command.read()?).await,
                "cancel" => {
                    let CancelRequest { call } = command.read()?;
                    let known = self.calls.cancel(call);
                    known.then(Reply::done).ok_or_else(|| Problem::not_found("This call is over already."))
                }
                "more" => self.more(&command.read()?),
                "save" => self.save(&command.read()?),
                "raw" => self.raw(&command.read()?),
                "cast" => self.cast(command.read()?).await,
                "release" => self.release(&command.read()?),
                "interfaces" => command.bare().and_then(|()| self.interfaces()),
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move { self.show_grants().await })
    }
}

/// What a call gave, as it is kept.
struct Called {
    value: Value,
    chips: Vec<Key>,
    withheld: u64,
}

fn grant_view(entry: &CapEntry, registry: &Registry) -> GrantView {
    let interface = Type::interface(entry.interface_id);
    let doc = schema::interface_doc(registry, entry.interface_id).trim();
    let summary = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    GrantView {
        name: Text::line(&entry.name),
        interface: Text::line(&registry.type_name(&interface)),
        doc: Text::lines(&summary, MOST_SUMMARY),
        transfer: Text::line(entry.transfer.as_str()),
        local: entry.transfer == Transfer::Local,
        lease_expires_at_ms: entry.lease_expires_at_ms,
        methods: schema::method_names(registry, &interface),
    }
}

fn names(registry: &Registry) -> Vec<Text> {
    let interfaces = registry.nodes().filter(|node| registry.interface(node.id).is_ok());
    interfaces.map(|node| Text::line(&node.name)).collect()
}

fn parse_id(text: &str) -> Result<u64, Problem> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| Problem::bad_request("No interface of that name is known."))
}

fn released() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknownCap",
        "This capability was released, or never was here.",
        "Make the call that gives it again.",
    )
}

fn cancelled() -> Problem {
    Problem::new(StatusCode::CONFLICT, "cancelled", "The call was cancelled.", "What it had done by then stays done.")
}
