//! Values as messages have them.

use crate::error::Error;
use crate::exchange::{Exporter, Importer, Payload};
use crate::json::Json;
use crate::value::Value;

/// Reads a value. What it asked for of `importer` is in the payload, or dropped with an error.
pub(crate) fn read(json: Json<'_>, importer: &mut dyn Importer) -> Result<Payload, Error> {
    let _ = (json, importer);
    todo!()
}

/// Writes a value behind what `out` holds. After an error `out` is as it was and nothing stays exported.
pub(crate) fn write(value: &Value, out: &mut String, exporter: &mut dyn Exporter) -> Result<(), Error> {
    let _ = (value, out, exporter);
    todo!()
}

/// Writes the arguments of a call, a list that is not escaped.
pub(crate) fn write_arguments(arguments: &[Value], out: &mut String, exporter: &mut dyn Exporter) -> Result<(), Error> {
    let _ = (arguments, out, exporter);
    todo!()
}
