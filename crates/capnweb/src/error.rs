//! What goes wrong, and how it is told to a peer.

use std::fmt;

use crate::hook::weight;
use crate::value::{Object, Value};

/// An error as JavaScript has them.
#[derive(Clone, Debug)]
pub struct Error {
    /// `Error`, `TypeError`, `RangeError` …; what a peer does not know becomes `Error` there.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// Further properties, `cause` and `errors` among them.
    pub properties: Object,
}

impl Error {
    /// An error of that name.
    #[must_use]
    pub fn new(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), message: message.into(), properties: Object::new() }
    }

    /// A `TypeError`.
    #[must_use]
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    /// The same error with a further property.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.insert(name, value);
        self
    }

    /// A `RangeError`.
    #[must_use]
    pub fn range_error(message: impl Into<String>) -> Self {
        Self::new("RangeError", message)
    }
}

/// The errors that JavaScript knows by itself.
/// Bytes of a reason that many are told: an error with some properties.
const BRIEF: usize = 4_096;

const KNOWN: [&str; 8] =
    ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError", "AggregateError"];

/// What an error of that name becomes where it is received.
pub(crate) fn known_name(name: &str) -> &'static str {
    KNOWN.into_iter().find(|known| *known == name).unwrap_or("Error")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl std::error::Error for Error {}

/// What a call was rejected with: in JavaScript any value can be thrown, nearly always it is an error.
#[derive(Clone, Debug)]
pub struct Thrown(pub Value);

impl Thrown {
    /// The error, where it is one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.0.as_error()
    }

    /// The error, or one that says that something else was thrown.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self.0 {
            Value::Error(error) => *error,
            other => Error::new("Error", format!("A value of type {} was thrown.", other.type_name())),
        }
    }
}

impl Thrown {
    /// The same, where it is short: for what each of many is told, and keeps.
    pub(crate) fn brief(self) -> Self {
        match weight(&self.0) {
            0..=BRIEF => self,
            _ => Error::new("Error", "The reason that was given is too long to be kept.").into(),
        }
    }
}

impl From<Error> for Thrown {
    fn from(error: Error) -> Self {
        Self(Value::Error(Box::new(error)))
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Error(error) => error.fmt(f),
            _ => f.write_str("a value that is no error was thrown"),
        }
    }
}

impl std::error::Error for Thrown {}

/// How a call ended.
pub type Outcome = Result<Value, Thrown>;
