//! A task as the settings describe it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::settings::values;

/// `[settings.tasks.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Described {
    /// What to call it.
    pub label: String,
    /// What it does.
    #[serde(default)]
    pub summary: String,
    /// The program and its arguments. `{name}` is the place of a parameter; a brace is written twice.
    pub command: Vec<String>,
    /// Where it runs; the home where nothing is said.
    #[serde(default)]
    pub cwd: Option<String>,
    /// Variables beside the usual ones, or instead of them.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// How long it may take.
    #[serde(default, deserialize_with = "some_time")]
    pub timeout: Option<Duration>,
    /// What it takes, by name. They are asked for in the order of their places in the command.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
}

/// `[settings.tasks.NAME.parameters.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Parameter {
    /// What values it can have; says which of the further keys are allowed.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Its title; its name where it has none.
    #[serde(default)]
    pub label: String,
    /// What it means.
    #[serde(default)]
    pub summary: String,
    /// Whether it may be left out. The words of the command that have a place for it are left out then.
    #[serde(default)]
    pub optional: bool,
    /// Of a text: how many bytes of UTF-8 at most.
    pub max_bytes: Option<u32>,
    /// Of a text: whether it may begin with a dash, which makes an option of a word.
    pub dash: Option<bool>,
    /// Of an integer: the least.
    pub min: Option<i64>,
    /// Of an integer: the greatest.
    pub max: Option<i64>,
    /// Of a boolean: what the command is given where it is yes.
    pub words: Option<Vec<String>>,
    /// Of a boolean: what it is given where it is no.
    pub otherwise: Option<Vec<String>>,
    /// Of a choice: the values.
    pub choices: Option<Vec<String>>,
}

/// What values a parameter can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Words: not empty, without control characters and, unless `dash` allows it, without a dash at the beginning.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// One of these and nothing else.
    Choice,
}

fn some_time<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Duration>, D::Error> {
    values::time(value).map(Some)
}

impl Described {
    pub(super) fn choices(&self) -> usize {
        self.parameters.values().filter_map(|parameter| parameter.choices.as_ref().map(Vec::len)).sum()
    }
}

impl Parameter {
    /// The first key that does not go with its kind.
    pub(super) fn misplaced(&self) -> Option<&'static str> {
        let keys = [
            ("maxBytes", self.max_bytes.is_some(), Kind::Text),
            ("dash", self.dash.is_some(), Kind::Text),
            ("min", self.min.is_some(), Kind::Integer),
            ("max", self.max.is_some(), Kind::Integer),
            ("words", self.words.is_some(), Kind::Boolean),
            ("otherwise", self.otherwise.is_some(), Kind::Boolean),
            ("choices", self.choices.is_some(), Kind::Choice),
        ];
        keys.into_iter().find(|(_, given, kind)| *given && *kind != self.kind).map(|(key, ..)| key)
    }
}
