//! What is given to a command, held against its description.

use std::collections::BTreeMap;
use std::fmt;

use capos_schema::text::acts;

use super::limits::MenuLimits;
use super::menu::{Command, Kind};

/// A value for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// For text, choices and suggestions.
    Text(String),
    /// For whole numbers.
    Integer(i64),
    /// For yes or no.
    Boolean(bool),
}

/// Arguments that fit what a command takes: each parameter once at most, those that must be there are, and every value
/// is one that the parameter can have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments(BTreeMap<String, Value>);

impl Arguments {
    /// Holds what was given against the description.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit.
    pub fn parse(
        command: &Command,
        given: impl IntoIterator<Item = (String, Value)>,
        limits: &MenuLimits,
    ) -> Result<Self, Fault> {
        let mut arguments = BTreeMap::new();
        for (name, value) in given {
            let parameter = command.parameter(&name).ok_or(Fault::Unknown)?;
            check(&parameter.kind, &value, limits).map_err(|wrong| Fault::Wrong(parameter.name.clone(), wrong))?;
            if arguments.insert(name, value).is_some() {
                return Err(Fault::Twice(parameter.name.clone()));
            }
        }
        let missing =
            command.parameters.iter().find(|needed| !needed.optional && !arguments.contains_key(&needed.name));
        missing.map_or(Ok(Self(arguments)), |needed| Err(Fault::Missing(needed.name.clone())))
    }

    /// The words given for a text, a choice or a suggestion.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number given.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The yes or no given.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Boolean(yes) => Some(*yes),
            _ => None,
        }
    }

    /// All that was given, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

/// What does not fit. Its words name parameters of the menu and never repeat what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The command takes nothing of that name.
    Unknown,
    /// A parameter is given more than once.
    Twice(String),
    /// A parameter that must be given is not.
    Missing(String),
    /// A parameter cannot have that value.
    Wrong(String, Mismatch),
}

/// Why a parameter cannot have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is of another type.
    Type,
    /// The number is below the least or above the greatest.
    Range,
    /// There are too many words.
    TooLong,
    /// It holds characters that do something other than be seen.
    Acts,
    /// It is none of the choices.
    NoChoice,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the command takes no argument of that name"),
            Self::Twice(name) => write!(f, "{name} is given twice"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Wrong(name, wrong) => write!(f, "{name} {}", wrong.words()),
        }
    }
}

impl Mismatch {
    fn words(self) -> &'static str {
        match self {
            Self::Type => "is of another type than described",
            Self::Range => "is out of range",
            Self::TooLong => "is too long",
            Self::Acts => "may not hold control characters",
            Self::NoChoice => "is none of the choices",
        }
    }
}

fn check(kind: &Kind, value: &Value, limits: &MenuLimits) -> Result<(), Mismatch> {
    match (kind, value) {
        (Kind::Text { max_bytes }, Value::Text(text)) => {
            words(text, usize::try_from(*max_bytes.min(&limits.text_bytes)).unwrap_or(usize::MAX))
        }
        (Kind::Suggestion(_), Value::Text(text)) => words(text, limits.name_bytes),
        (Kind::Choice(choices), Value::Text(text)) => {
            choices.iter().any(|choice| choice.value == *text).then_some(()).ok_or(Mismatch::NoChoice)
        }
        (Kind::Integer { min, max }, Value::Integer(number)) => {
            (min..=max).contains(&number).then_some(()).ok_or(Mismatch::Range)
        }
        (Kind::Boolean, Value::Boolean(_)) => Ok(()),
        _ => Err(Mismatch::Type),
    }
}

fn words(text: &str, most: usize) -> Result<(), Mismatch> {
    if text.len() > most {
        return Err(Mismatch::TooLong);
    }
    if text.chars().any(acts) { Err(Mismatch::Acts) } else { Ok(()) }
}
