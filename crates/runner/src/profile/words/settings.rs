//! What is said of settings that the node's own services have: recording and tasks. Others' are named and not read.

use serde_json::{Map, Value};

use super::listed_words;

/// What settings say. `recorded` is whether the node gives the service something to record with.
pub(super) fn words(settings: &str, recorded: bool) -> Vec<String> {
    let settings: Map<String, Value> = serde_json::from_str(settings).unwrap_or_default();
    let mut all = Vec::new();
    if recorded {
        all.push(recording(settings.get("recording").and_then(Value::as_str)));
    }
    let tasks = settings.get("tasks").and_then(Value::as_object).into_iter().flatten();
    all.extend(tasks.filter_map(|(name, task)| told(name, task)));
    if let Some(names) = settings.get("environment").and_then(Value::as_object).filter(|names| !names.is_empty()) {
        let names: Vec<&str> = names.keys().map(String::as_str).collect();
        all.push(format!("Its programs' environment sets {}.", listed_words(&names)));
    }
    let known = ["recording", "tasks", "environment"];
    let others: Vec<&str> = settings.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
    if !others.is_empty() {
        all.push(format!("It has settings of its own: {}.", listed_words(&others)));
    }
    all
}

fn recording(setting: Option<&str>) -> String {
    match setting {
        Some("on") => "What its terminals show is recorded.",
        Some("required") => "What its terminals show is recorded, and a terminal that cannot be recorded is ended.",
        _ => "What its terminals show is not recorded.",
    }
    .to_owned()
}

/// A fixed command; its parameters are shown as its profile writes them.
fn told(name: &str, task: &Value) -> Option<String> {
    let command: Vec<&str> = task.get("command")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let parameters = task.get("parameters").and_then(Value::as_object);
    let names: Vec<&str> = parameters.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let with =
        if names.is_empty() { String::new() } else { format!(", with {} of the caller's", listed_words(&names)) };
    Some(format!("The task {name} runs `{}`{with}, and nothing else.", command.join(" ")))
}
