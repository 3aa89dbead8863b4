//! `capos caps`, `call` and `handles`.

use std::collections::BTreeMap;
use std::sync::Arc;

use capnp::any_pointer;
use capnp::message::Builder;
use capnp::traits::ImbueMut as _;

use capos_schema::reflect::encode;
use capos_schema::{Fault, MethodRef, Registry, Type};
use serde_json::{Value, json};

use crate::args::call::{Call, Caps, Handles, HandlesVerb};
use crate::failure::{Exit, Failure};
use crate::held::{Handle, reach};
use crate::output::when::away;
use crate::output::{Output, Table};
use crate::remote::arguments::Parameters;
use crate::remote::capabilities::{Passing, Wanted, find, keep, parse_handle};
use crate::remote::{Remote, show, within, within_held};

/// Lists what was granted.
pub(crate) async fn caps(arguments: Caps, output: &Output) -> Result<Exit, Failure> {
    let grants = within(&arguments.target, output, async |remote| remote.grants().await).await?;
    output.list(&grants, |grants| {
        let rows = grants.iter().map(|grant| {
            let interface = grant.interface.clone().unwrap_or_else(|| format!("{:#018x}", grant.interface_id));
            let lease =
                if grant.lease_expires_at_ms == 0 { "session".to_owned() } else { away(grant.lease_expires_at_ms) };
            [grant.name.clone(), interface, grant.transfer_policy.clone(), lease]
        });
        Table::new(&["NAME", "INTERFACE", "TRANSFER", "ENDS"], "Nothing is granted.").rows(rows)
    })?;
    Ok(Exit::Done)
}

/// Calls a method.
pub(crate) async fn call(arguments: Call, output: &Output) -> Result<Exit, Failure> {
    let (registry, results, value) =
        within(&arguments.target, output, async |remote| called(remote, &arguments, output).await).await?;
    output.answer(&value, |value| show::results(&registry, &results, value))?;
    Ok(Exit::Done)
}

async fn called(remote: &Remote, call: &Call, output: &Output) -> Result<(Arc<Registry>, Type, Value), Failure> {
    let (object, registry) = remote.object(&call.cap).await?;
    let method = method(&registry, object.interface(), &call.method)?;
    let parameters = Parameters::of(&registry, &method)?;
    let params = match &call.params {
        Some(text) => parameters.parse_json(text)?,
        None => parameters.parse_words(&call.arguments)?,
    };
    let mut passing =
        Passing { sent: sent(remote, &registry, &method, &params, &parameters).await?, given: Vec::new() };
    let pending = object.call(&*call.method, &params, &mut passing)?;
    let mut value = pending.results(&mut passing).await.map_err(|error| match Failure::from(error) {
        failure if failure.code == "unimplemented" => {
            Failure::failed(format!("what serves `{}` does not have the method `{}`", call.cap, call.method))
                .coded(failure.code)
                .advise("It is in the interface: a service may leave it out, or be older than its schema.")
        }
        failure => failure,
    })?;
    if remote.reached().is_none() && !passing.given.is_empty() {
        output.note("The capabilities in the answer end with this command; use `capos connect` to keep them.");
    }
    keep(remote, passing.given, &format!("{}.{}", call.cap, call.method), &mut value).await?;
    let results = method.results;
    Ok((registry, results, value))
}

/// The capabilities that the parameters name. They are written once without them, so that what is wrong is told before
/// anything is sent.
async fn sent(
    remote: &Remote,
    registry: &Registry,
    method: &MethodRef<'_>,
    params: &Value,
    parameters: &Parameters<'_>,
) -> Result<BTreeMap<String, capnp::capability::Client>, Failure> {
    let mut wanted = Wanted::default();
    let (mut message, mut table) = (Builder::new_default(), Vec::new());
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    let limits = remote.schemas().limits();
    let written = encode(registry, &method.params, params, root, &mut wanted, limits);
    written.map_err(|error| match error.fault() {
        Fault::Value(_) | Fault::Range(_) | Fault::Limit(_) | Fault::Capability(_) => {
            Failure::usage(error.to_string()).advise(format!("The method is {}.", parameters.signature()))
        }
        _ => Failure::from(error),
    })?;
    let mut sent = BTreeMap::new();
    for word in wanted.0 {
        let found = find(remote, &word).await?;
        sent.insert(word, found.capability);
    }
    Ok(sent)
}

/// The method of that name, or what there is instead.
pub(crate) fn method<'r>(registry: &'r Registry, interface: &Type, name: &str) -> Result<MethodRef<'r>, Failure> {
    if let Ok(found) = registry.method(interface, name) {
        return Ok(found);
    }
    let methods = registry.methods(interface).map_err(|_| unknown_here(registry, interface))?;
    let names: Vec<&str> = methods.iter().map(|method| &*method.declared.name).collect();
    let interface = registry.type_name(interface);
    let close = names.iter().find(|known| is_close(known, name));
    let meant = close.map(|known| format!("Did you mean `{known}`? ")).unwrap_or_default();
    Err(Failure::usage(format!("{interface} has no method `{name}`"))
        .advise(format!("{meant}It has: {}.", names.join(", "))))
}

/// What a command fails with where an interface is a number and nothing else.
pub(crate) fn unknown_here(registry: &Registry, interface: &Type) -> Failure {
    let sentence = format!("nothing is known here of the interface {}", registry.type_name(interface));
    Failure::failed(sentence).advise("It is looked up in the node's manual, which has to be granted as `manual`.")
}

/// Whether one is the other with a slip or two of the finger.
fn is_close(known: &str, typed: &str) -> bool {
    let (known, typed) = (known.to_lowercase(), typed.to_lowercase());
    known.starts_with(&typed) || typed.starts_with(&known) || distance(&known, &typed) <= 2
}

/// How many characters have to be put in, taken out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut().expect("a row has a first place"), line + 1);
        for (column, d) in other.iter().enumerate() {
            let left = row.get(column).copied().unwrap_or(0);
            let Some(place) = row.get_mut(column + 1) else { break };
            let best = (left + 1).min(*place + 1).min(diagonal + usize::from(c != *d));
            diagonal = std::mem::replace(place, best);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Lists or drops handles.
pub(crate) async fn handles(arguments: Handles, output: &Output) -> Result<Exit, Failure> {
    let Some(HandlesVerb::Drop { handles, all }) = arguments.verb else {
        let listed = within_held(arguments.node.as_deref(), named_handles).await?;
        return list_handles(&listed, output);
    };
    let reached = reach(arguments.node.as_deref()).await?;
    let number =
        |word: &String| parse_handle(word).ok_or_else(|| Failure::usage(format!("`{word}` is no handle, such as %1")));
    let numbers: Vec<u32> = handles.iter().map(number).collect::<Result<_, _>>()?;
    let mut request = reached.held.drop_request();
    request.get().set_all(all);
    let mut list = request.get().init_numbers(u32::try_from(numbers.len()).unwrap_or(u32::MAX));
    for (index, number) in (0..list.len()).zip(numbers) {
        list.set(index, number);
    }
    let dropped = request.send().promise.await?.get()?.get_dropped();
    output.answer(&json!({ "dropped": dropped }), |_| String::new())?;
    if !all && usize::try_from(dropped).is_ok_and(|dropped| dropped < handles.len()) {
        return Err(Failure::failed("not all of these were there").advise("See what there is with `capos handles`."));
    }
    Ok(Exit::Done)
}

/// What is kept, each with its interface's name where that is known.
async fn named_handles(remote: &Remote) -> Result<Vec<(Handle, Option<String>)>, Failure> {
    let handles = remote.handles().await?;
    remote.learn(handles.iter().map(|handle| handle.interface_id)).await;
    let name = |handle: Handle| {
        let interface = remote.interface_name(handle.interface_id);
        (handle, interface)
    };
    Ok(handles.into_iter().map(name).collect())
}

fn list_handles(handles: &[(Handle, Option<String>)], output: &Output) -> Result<Exit, Failure> {
    let listed = handles.iter().map(|(handle, interface)| {
        let id = format!("{:#018x}", handle.interface_id);
        json!({
            "handle": format!("%{}", handle.number), "interface": interface, "interfaceId": id,
            "origin": handle.origin,
        })
    });
    let listed: Vec<Value> = listed.collect();
    output.list(&listed, |_| {
        let rows = handles.iter().map(|(handle, interface)| {
            let interface = interface.clone().unwrap_or_else(|| format!("{:#018x}", handle.interface_id));
            [format!("%{}", handle.number), interface, handle.origin.clone()]
        });
        Table::new(&["HANDLE", "INTERFACE", "FROM"], "No handles. A call whose answer has capabilities makes some.")
            .rows(rows)
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_close() {
        for (known, typed) in [("motd", "modt"), ("motd", "mot"), ("apropos", "Apropos"), ("page", "pages")] {
            assert!(is_close(known, typed), "{known} {typed}");
        }
        assert!(!is_close("hostname", "logout"));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
