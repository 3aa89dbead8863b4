//! Capabilities by the words of a command line: the names of grants, and handles like `%1`.

use std::collections::BTreeMap;

use capnp::capability::Client;
use capos_schema::reflect::{Capability, CapabilityResolver};
use serde_json::{Value, json};

use super::{Grant, Remote};
use crate::failure::{Exit, Failure};

/// A capability, and the interface it is used as; 0 where nobody knows.
pub(crate) struct Found {
    pub(crate) capability: Client,
    pub(crate) interface_id: u64,
}

/// A handle's number.
pub(crate) fn parse_handle(word: &str) -> Option<u32> {
    word.strip_prefix('%')?.parse().ok()
}

/// What a word stands for: `name`, `%1`, or either with `:Interface`.
pub(crate) async fn find(remote: &Remote, word: &str) -> Result<Found, Failure> {
    let (subject, interface) = match word.split_once(':') {
        Some((subject, interface)) => (subject, Some(interface_id(remote, interface).await?)),
        None => (word, None),
    };
    let found = match parse_handle(subject) {
        Some(number) => handle(remote, number).await?,
        None if subject.starts_with('%') => return Err(Failure::usage(format!("`{subject}` is no handle"))),
        None => grant(remote, subject, interface).await?,
    };
    Ok(Found { interface_id: interface.unwrap_or(found.interface_id), ..found })
}

async fn interface_id(remote: &Remote, name: &str) -> Result<u64, Failure> {
    let hex = name.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    if let Some(id) = hex {
        return Ok(id);
    }
    let known = remote.interface_id(name).await?;
    known.ok_or_else(|| Failure::usage(format!("nobody here knows an interface `{name}`")))
}

async fn handle(remote: &Remote, number: u32) -> Result<Found, Failure> {
    let unknown = || {
        Failure::new(Exit::Denied, format!("there is no handle %{number}"))
            .coded("unknownCap")
            .advise("See what there is with `capos handles`.")
    };
    let keeper = remote.keeper().ok_or_else(unknown)?;
    let handles = remote.handles().await?;
    let kept = handles.iter().find(|handle| handle.number == number).ok_or_else(unknown)?;
    let mut request = keeper.handle_request();
    request.get().set_number(number);
    let answer = request.send().promise.await?;
    let capability = answer.get()?.get_capability().get_as_capability()?;
    Ok(Found { capability, interface_id: kept.interface_id })
}

async fn grant(remote: &Remote, name: &str, interface: Option<u64>) -> Result<Found, Failure> {
    let grants = remote.grants().await?;
    let fits = |id: u64| interface.is_none_or(|wanted| wanted == id);
    let Some(entry) = grants.iter().find(|grant| grant.name == name && fits(grant.interface_id)) else {
        let failure = not_granted(name, &grants);
        return Err(match interface {
            Some(_) => Failure { sentence: format!("{} as that", failure.sentence), ..failure },
            None => failure,
        });
    };
    let mut request = remote.bundle().get_request();
    request.get().set_name(name);
    request.get().set_expected_interface_id(entry.interface_id);
    let answer = request.send().promise.await?;
    let capability = answer.get()?.get_cap().get_as_capability()?;
    Ok(Found { capability, interface_id: entry.interface_id })
}

/// Nothing has that name among these.
pub(super) fn not_granted(name: &str, grants: &[Grant]) -> Failure {
    let names: Vec<&str> = grants.iter().map(|grant| &*grant.name).collect();
    let advice = format!("You hold: {}.", if names.is_empty() { "nothing".to_owned() } else { names.join(", ") });
    Failure::new(Exit::Denied, format!("nothing named `{name}` is granted")).coded("unknownCap").advise(advice)
}

/// The word that a JSON value names a capability by: `"%1"`, `"name"`, or `{"$cap": "%1"}`.
fn word_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("$cap")?.as_str())
}

fn no_word() -> capnp::Error {
    capnp::Error::failed("expected a capability: a handle such as %1, or the name of a grant".to_owned())
}

/// Which capabilities a value names, found without one being there yet.
#[derive(Default)]
pub(crate) struct Wanted(pub(crate) Vec<String>);

impl CapabilityResolver for Wanted {
    fn export(&mut self, _: Capability, _: u64) -> capnp::Result<Value> {
        Err(no_word())
    }

    fn import(&mut self, value: &Value, _: u64) -> capnp::Result<Capability> {
        self.0.push(word_of(value).ok_or_else(no_word)?.to_owned());
        let nothing = async { Err(no_word()) };
        Ok(capnp_rpc::new_future_client::<Client>(nothing).hook)
    }
}

/// The capabilities that a call sends, by their words, and those it gives.
#[derive(Default)]
pub(crate) struct Passing {
    pub(crate) sent: BTreeMap<String, Client>,
    pub(crate) given: Vec<Found>,
}

impl CapabilityResolver for Passing {
    fn export(&mut self, capability: Capability, interface_id: u64) -> capnp::Result<Value> {
        self.given.push(Found { capability: Client::new(capability), interface_id });
        Ok(json!({ "$cap": self.given.len() - 1 }))
    }

    fn import(&mut self, value: &Value, _: u64) -> capnp::Result<Capability> {
        let found = word_of(value).and_then(|word| self.sent.get(word));
        Ok(found.ok_or_else(no_word)?.clone().hook)
    }
}

/// Keeps what a call gave, and puts handles in the place of their positions: `{"$cap": "%3", "interface": "Lab"}`.
pub(crate) async fn keep(remote: &Remote, given: Vec<Found>, origin: &str, value: &mut Value) -> Result<(), Failure> {
    let mut handles = Vec::new();
    for found in given {
        let number = match remote.keeper() {
            Some(keeper) => {
                let mut request = keeper.keep_request();
                request.get().set_interface_id(found.interface_id);
                request.get().set_origin(origin);
                request.get().get_capability().set_as_capability(found.capability.hook);
                Some(request.send().promise.await?.get()?.get_number())
            }
            // A session of the command's own takes what it gave along.
            None => None,
        };
        let interface = remote.interface_name(found.interface_id);
        handles.push(json!({ "$cap": number.map(|number| format!("%{number}")), "interface": interface }));
    }
    put(value, &handles);
    Ok(())
}

/// No field of a schema is called `$cap`: what is, is a position.
fn put(value: &mut Value, handles: &[Value]) {
    if let Some(position) = value.get("$cap").and_then(Value::as_u64) {
        *value = usize::try_from(position).ok().and_then(|at| handles.get(at)).cloned().unwrap_or_default();
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, handles)),
        Value::Object(members) => members.values_mut().for_each(|member| put(member, handles)),
        _ => {}
    }
}
