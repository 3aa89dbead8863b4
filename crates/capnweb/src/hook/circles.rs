//! Circles, which counted references alone never give back.
//!
//! A peer may resolve a promise of its with a value that refers to something here which refers to that promise. Nobody
//! outside holds either, and neither would ever be dropped. Here those are found by counting: what has more references
//! than the others that are looked at explain is held from outside, and so is whatever that refers to. The rest is
//! broken up.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Ask, Hook};
use crate::error::Error;
use crate::turn;
use crate::value::Value;

/// What is known of a hook.
struct Node {
    hook: Rc<Hook>,
    /// References to it from others that are looked at.
    explained: usize,
    refers_to: Vec<*const Hook>,
    is_held: bool,
}

/// Breaks up the circles among what `suspects` lead to, where nobody else holds them.
pub(crate) fn break_circles(suspects: Vec<Rc<Hook>>) {
    let mut nodes = survey(suspects);
    mark_held(&mut nodes);
    for node in nodes.values().filter(|node| !node.is_held) {
        match &*node.hook {
            Hook::Import(import) => import.break_up(),
            Hook::Eventual(eventual) => eventual.break_up(Hook::error(Error::new("Error", "Nobody waits for it."))),
            _ => {}
        }
    }
    turn::bury(nodes.into_values().map(|node| node.hook).collect::<Vec<_>>());
}

fn survey(mut open: Vec<Rc<Hook>>) -> HashMap<*const Hook, Node> {
    let mut nodes = HashMap::new();
    for hook in &open {
        nodes.insert(Rc::as_ptr(hook), node(hook));
    }
    while let Some(hook) = open.pop() {
        let mut refers_to = Vec::new();
        each_reference(&hook, &mut |other| {
            refers_to.push(Rc::as_ptr(other));
            let known = nodes.entry(Rc::as_ptr(other)).or_insert_with(|| {
                open.push(other.clone());
                node(other)
            });
            known.explained += 1;
        });
        if let Some(known) = nodes.get_mut(&Rc::as_ptr(&hook)) {
            known.refers_to = refers_to;
        }
    }
    nodes
}

fn node(hook: &Rc<Hook>) -> Node {
    Node { hook: hook.clone(), explained: 0, refers_to: Vec::new(), is_held: false }
}

fn mark_held(nodes: &mut HashMap<*const Hook, Node>) {
    // One reference is the node's own.
    let is_root = |node: &Node| Rc::strong_count(&node.hook) > node.explained + 1;
    let mut open: Vec<*const Hook> = nodes.iter().filter(|(_, node)| is_root(node)).map(|(key, _)| *key).collect();
    while let Some(key) = open.pop() {
        if let Some(node) = nodes.get_mut(&key)
            && !std::mem::replace(&mut node.is_held, true)
        {
            open.extend_from_slice(&node.refers_to);
        }
    }
}

/// Calls `each` once for each counted reference that a hook has to another. What programs hold is not seen, and so
/// counts as held from outside.
fn each_reference(hook: &Hook, each: &mut dyn FnMut(&Rc<Hook>)) {
    match hook {
        Hook::Value(held) => in_value(held.value(), each),
        Hook::Error(thrown, _) => in_value(&thrown.0, each),
        Hook::Import(import) => import.each_reference(each),
        Hook::Eventual(eventual) => eventual.each_reference(each),
        Hook::Target(_) => {}
    }
}

/// The same of what is asked.
pub(super) fn in_request(ask: &Ask, each: &mut dyn FnMut(&Rc<Hook>)) {
    match ask {
        Ask::Get => {}
        Ask::Call(payload) => in_value(&payload.value, each),
        Ask::Map(mapping) => mapping.captures.iter().for_each(|capture| each(capture.hook())),
    }
}

/// The same of a value.
pub(super) fn in_value(value: &Value, each: &mut dyn FnMut(&Rc<Hook>)) {
    match value {
        Value::Stub(stub) => each(stub.hook()),
        Value::Promise(promise) => each(promise.hook()),
        Value::Array(items) => items.iter().for_each(|item| in_value(item, each)),
        Value::Object(object) => object.iter().for_each(|(_, item)| in_value(item, each)),
        Value::Error(error) => error.properties.iter().for_each(|(_, item)| in_value(item, each)),
        _ => {}
    }
}
