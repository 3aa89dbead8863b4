//! Calls: of grants, and of capabilities that earlier calls gave.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use capnp::traits::HasTypeId as _;
use capos_client::Object;
use capos_schema::Type;
use capos_schema::catalog_capnp::remote_service_runner;
use hyper::StatusCode;
use serde::Deserialize;
use tokio::time::Instant;

use super::calls::CallView;
use super::chips::Origin;
use super::form::Form;
use super::tree::{Portion, Tree, show};
use super::value::Value;
use super::withheld::withhold;
use super::{CapSetArea, Subject, Target};
use crate::workspace::areas::moment::now_ms;
use crate::workspace::command::{Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CallRequest {
    on: Subject,
    method: String,
    arguments: serde_json::Value,
    /// The window's name for it, by which it is cancelled.
    call: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CancelRequest {
    call: Key,
}

/// What a call gave, as it is kept.
struct Called {
    value: Value,
    chips: Vec<Key>,
    withheld: u64,
}

impl CapSetArea {
    pub(super) async fn call(&self, request: CallRequest) -> Outcome {
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

    pub(super) fn cancel(&self, CancelRequest { call }: &CancelRequest) -> Outcome {
        let is_known = self.calls.cancel(*call);
        is_known.then(Reply::done).ok_or_else(|| Problem::not_found("This call is over already."))
    }
}

fn cancelled() -> Problem {
    Problem::new(StatusCode::CONFLICT, "cancelled", "The call was cancelled.", "What it had done by then stays done.")
}
