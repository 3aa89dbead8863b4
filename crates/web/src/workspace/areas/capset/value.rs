//! Values between a page and a message: what a page gives, and what a call gave.
//!
//! A page writes them as JSON. Whole numbers may be texts, so that 64 bits lose none of theirs; bytes are base64, or what
//! was uploaded before: `{"$upload": KEY}`; capabilities are `{"$chip": KEY}` for one that the desk keeps,
//! `{"$grant": NAME}`, and `{"$listener": KEY}` for one that the desk serves, whose calls are shown. An untyped value is
//! `{"$raw": …}`. Which of them a text stands for follows from the schema alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use capos_schema::text::acts;
use serde_json::{Map, Number, Value as Json, json};

use crate::workspace::problem::Problem;
use crate::workspace::view::Key;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing: a `Void`, no struct, no capability.
    Nothing,
    Truth(bool),
    Whole(i128),
    Float(f64),
    /// A text, an enumerant's name, or, where a page wrote it, a number or bytes.
    Text(String),
    Bytes(Bytes),
    List(Vec<Value>),
    Members(Vec<(String, Value)>),
    /// A capability that the desk keeps.
    Chip(Key),
    /// One that was granted.
    Grant(String),
    /// One that the desk serves, of the interface of that name where the schema leaves it open.
    Listener {
        key: Key,
        interface: Option<String>,
    },
}

/// The largest number that JavaScript counts to one by one.
const MAX_SAFE: i128 = 9_007_199_254_740_991;

impl Value {
    /// What a page wrote. `uploads` gives what it sent before.
    pub(super) fn parse(json: Json, uploads: &dyn Fn(Key) -> Result<Bytes, Problem>) -> Result<Self, Problem> {
        Ok(match json {
            Json::Null => Self::Nothing,
            Json::Bool(value) => Self::Truth(value),
            Json::Number(number) => number_of(&number),
            Json::String(text) => Self::Text(text),
            Json::Array(elements) => {
                Self::List(elements.into_iter().map(|one| Self::parse(one, uploads)).collect::<Result<_, _>>()?)
            }
            Json::Object(members) => match stand_in(&members) {
                Some((name, key)) => named(&members, name, key, uploads)?,
                None => {
                    let members = members.into_iter().map(|(name, one)| Ok((name, Self::parse(one, uploads)?)));
                    Self::Members(members.collect::<Result<_, Problem>>()?)
                }
            },
        })
    }

    /// The same as a page could give it again, but for what was uploaded.
    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Nothing => Json::Null,
            Self::Truth(value) => (*value).into(),
            Self::Whole(number) => match i64::try_from(*number) {
                Ok(small) if number.abs() <= MAX_SAFE => small.into(),
                _ => number.to_string().into(),
            },
            Self::Float(number) => Number::from_f64(*number).map_or_else(|| float_name(*number).into(), Json::Number),
            Self::Text(text) => text.as_str().into(),
            Self::Bytes(bytes) => STANDARD.encode(bytes).into(),
            Self::List(elements) => elements.iter().map(Self::to_json).collect(),
            Self::Members(members) => members.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            Self::Chip(key) => json!({ "$chip": key }),
            Self::Grant(name) => json!({ "$grant": name }),
            Self::Listener { key, interface: None } => json!({ "$listener": key }),
            Self::Listener { key, interface: Some(name) } => json!({ "$listener": key, "interface": name }),
        }
    }

    /// Calls `each` with this value and all within it.
    pub(super) fn visit(&self, each: &mut dyn FnMut(&Self)) {
        each(self);
        match self {
            Self::List(elements) => elements.iter().for_each(|one| one.visit(each)),
            Self::Members(members) => members.iter().for_each(|(_, one)| one.visit(each)),
            _ => {}
        }
    }

    /// The part at the end of a path of positions.
    pub(super) fn part(&self, path: &[usize]) -> Option<&Self> {
        path.iter().try_fold(self, |value, &at| match value {
            Self::List(elements) => elements.get(at),
            Self::Members(members) => members.get(at).map(|(_, value)| value),
            _ => None,
        })
    }

    /// Bytes that it takes here, or so.
    pub(super) fn size(&self) -> usize {
        let mut size = 0_usize;
        self.visit(&mut |one| {
            size += size_of::<Self>();
            size += match one {
                Self::Text(text) | Self::Grant(text) => text.len(),
                Self::Bytes(bytes) => bytes.len(),
                Self::Members(members) => members.iter().map(|(name, _)| name.len() + size_of::<String>()).sum(),
                _ => 0,
            };
        });
        size
    }
}

/// A number of JSON; one that is no whole number within 64 bits is a floating one.
fn number_of(number: &Number) -> Value {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match (whole, number.as_f64()) {
        (Some(whole), _) => Value::Whole(whole),
        (None, Some(float)) => Value::Float(float),
        (None, None) => Value::Text(number.to_string()),
    }
}

/// How a number that JSON does not have is written.
pub(super) fn float_name(number: f64) -> &'static str {
    match number {
        number if number.is_nan() => "NaN",
        number if number > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

/// The member that says what an object stands for, where it is no object of its own.
fn stand_in(members: &Map<String, Json>) -> Option<(&'static str, &str)> {
    let names = ["$chip", "$grant", "$listener", "$upload"];
    names.into_iter().find_map(|name| Some((name, members.get(name)?.as_str()?)))
}

fn named(
    members: &Map<String, Json>,
    name: &str,
    word: &str,
    uploads: &dyn Fn(Key) -> Result<Bytes, Problem>,
) -> Result<Value, Problem> {
    let key = || Key::parse(word).ok_or_else(|| Problem::bad_request("This is not the name of anything here."));
    Ok(match name {
        "$grant" => Value::Grant(word.to_owned()),
        "$upload" => Value::Bytes(uploads(key()?)?),
        "$listener" => {
            let interface = members.get("interface").and_then(Json::as_str).map(str::to_owned);
            Value::Listener { key: key()?, interface }
        }
        _ => Value::Chip(key()?),
    })
}

/// JSON on several lines, of which nothing acts on whoever shows it and nothing is lost: what would act is written as an
/// escape.
pub(super) fn written(json: &Json) -> String {
    let text = format!("{json:#}");
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        // The lines are the writer's own: within a text they are escapes already.
        if c == '\n' || !acts(c) {
            safe.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}
