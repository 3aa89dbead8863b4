//! References, and what is asked of them, to expressions.

use super::write::write_arguments;
use crate::error::Error;
use crate::exchange::{Exporter, Id, Reference};
use crate::json::{Program, write_integer, write_text};
use crate::target::Key;
use crate::value::Value;

/// Writes a reference as an expression.
pub(super) fn write_reference(reference: &Reference, out: &mut String) {
    match reference {
        Reference::Import(id) => write_position("import", *id, out),
        Reference::Export(id) => write_position("export", *id, out),
        Reference::Promise(id) => write_position("promise", *id, out),
        Reference::Pipeline(id, path) if path.is_empty() => write_position("pipeline", *id, out),
        Reference::Pipeline(id, path) => {
            out.push_str("[\"pipeline\",");
            write_integer(*id, out);
            out.push(',');
            write_path(path, out);
            out.push(']');
        }
    }
}

pub(super) fn write_position(kind: &str, id: Id, out: &mut String) {
    out.push_str("[\"");
    out.push_str(kind);
    out.push_str("\",");
    write_integer(id, out);
    out.push(']');
}

/// Writes a call of what is at that path of something; without arguments, that itself.
pub(crate) fn write_call(
    id: Id,
    path: &[Key],
    arguments: Option<&[Value]>,
    out: &mut String,
    exporter: &mut dyn Exporter,
) -> Result<(), Error> {
    out.push_str("[\"pipeline\",");
    write_integer(id, out);
    out.push(',');
    write_path(path, out);
    if let Some(arguments) = arguments {
        out.push(',');
        write_arguments(arguments, out, exporter)?;
    }
    out.push(']');
    Ok(())
}

/// Writes a mapping of what is at that path of something. Captures are imports or exports.
pub(crate) fn write_remap(id: Id, path: &[Key], captures: &[Reference], program: &Program, out: &mut String) {
    out.push_str("[\"remap\",");
    write_integer(id, out);
    out.push(',');
    write_path(path, out);
    out.push_str(",[");
    for (position, capture) in captures.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_reference(capture, out);
    }
    out.push_str("],");
    program.write(out);
    out.push(']');
}

/// Writes the keys of a path.
fn write_path(path: &[Key], out: &mut String) {
    out.push('[');
    for (position, key) in path.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        match key {
            Key::Name(name) => write_text(name, out),
            Key::Index(index) => write_integer((*index).into(), out),
        }
    }
    out.push(']');
}
