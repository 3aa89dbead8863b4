//! What an array means whose first item is a text.

use super::open::{Members, Open};
use super::read::{Reader, unknown};
use super::{bytes, http};
use crate::error::{self, Error};
use crate::json::{Items, Json, Kind};
use crate::value::{BigInt, Value, check_url};

/// Milliseconds to either side of 1970 that a date of JavaScript can be.
const FARTHEST_DATE: f64 = 8.64e15;

impl<'d> Reader<'_, 'd> {
    /// Reads the value of that kind, of which `rest` is what follows it in the array. None when it has others in it.
    pub(super) fn special(&mut self, kind: &str, rest: Items<'d>) -> Result<Option<Value>, Error> {
        match kind {
            "import" | "pipeline" => self.call(kind, rest),
            "error" => self.error(rest),
            _ => self.leaf(kind, rest).map(Some),
        }
    }

    /// Reads a value without others in it.
    fn leaf(&mut self, kind: &str, rest: Items<'d>) -> Result<Value, Error> {
        let value = match kind {
            "export" | "promise" | "writable" | "readable" => Some(self.reference(kind, rest)?),
            "remap" => Some(self.remap(rest)?),
            "request" => Some(http::read_request(self, rest)?),
            "response" => Some(http::read_response(self, rest)?),
            "blob" => Some(self.blob(rest)?),
            "undefined" if rest.len() == 0 => Some(Value::Undefined),
            "inf" => Some(Value::Number(f64::INFINITY)),
            "-inf" => Some(Value::Number(f64::NEG_INFINITY)),
            "nan" => Some(Value::Number(f64::NAN)),
            "date" => date(rest),
            "bigint" => self.big_int(rest)?,
            "bytes" => bytes::read(self, rest)?,
            "url" => self.url(rest)?,
            "headers" => http::read_headers(self, rest)?,
            _ => None,
        };
        value.ok_or_else(|| unknown(kind))
    }

    fn big_int(&mut self, mut rest: Items<'d>) -> Result<Option<Value>, Error> {
        let Some(Kind::Text(digits)) = rest.next().map(Json::kind) else { return Ok(None) };
        let most = self.importer.limits().bigint_digits;
        let number = BigInt::parse(&self.text(digits)?, most)?;
        Ok(Some(Value::BigInt(number)))
    }

    fn url(&mut self, mut rest: Items<'d>) -> Result<Option<Value>, Error> {
        let (1, Some(Kind::Text(url))) = (rest.len(), rest.next().map(Json::kind)) else { return Ok(None) };
        let url = self.text(url)?;
        check_url(&url)?;
        Ok(Some(Value::Url(url)))
    }

    /// `name, message, stack?, properties?`. The stack is the sender's secret or its lie, and nobody's use.
    fn error(&mut self, mut rest: Items<'d>) -> Result<Option<Value>, Error> {
        let (Some(Kind::Text(name)), Some(Kind::Text(message))) =
            (rest.next().map(Json::kind), rest.next().map(Json::kind))
        else {
            return Err(unknown("error"));
        };
        let name = error::known_name(&name.decoded());
        let error = Box::new(Error::new(name, self.text(message)?));
        match rest.nth(1).map(Json::kind) {
            None => Ok(Some(Value::Error(error))),
            Some(Kind::Object(entries)) => self.open(Open::Error(error, Members::without(entries, is_slot))),
            Some(_) => Err(unknown("error")),
        }
    }
}

/// What an error has without being told.
fn is_slot(name: &str) -> bool {
    matches!(name, "name" | "message" | "stack")
}

fn date(mut rest: Items<'_>) -> Option<Value> {
    match rest.next()?.kind() {
        Kind::Null => Some(Value::Date(f64::NAN)),
        Kind::Number(time) => Some(Value::Date(clip(time))),
        _ => None,
    }
}

/// The time of a date as JavaScript keeps it: whole milliseconds, or not a number.
pub(super) fn clip(time: f64) -> f64 {
    // Adding zero makes minus zero plain.
    if time.abs() <= FARTHEST_DATE { time.trunc() + 0.0 } else { f64::NAN }
}
