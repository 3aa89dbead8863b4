//! A recording being written.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Header;
use crate::Size;
use crate::utf8::Decoder;

/// Writes a recording, line by line, to wherever its owner keeps it.
#[derive(Debug)]
pub struct Writer {
    decoder: Decoder,
    last: Duration,
}

impl Writer {
    /// Begins one: `out` gets its first line.
    #[must_use]
    pub fn start(header: &Header, out: &mut Vec<u8>) -> Self {
        line(out, &describe(header));
        Self { decoder: Decoder::default(), last: Duration::ZERO }
    }

    /// The program wrote `bytes`. A character that is not whole yet waits for its rest.
    pub fn output(&mut self, after: Duration, bytes: &[u8], out: &mut Vec<u8>) {
        let mut text = String::new();
        self.decoder.push(bytes, &mut text);
        if !text.is_empty() {
            self.event(after, "o", &text, out);
        }
    }

    /// The terminal has another size.
    pub fn resized(&mut self, after: Duration, size: Size, out: &mut Vec<u8>) {
        self.event(after, "r", &size.to_string(), out);
    }

    /// Something is worth finding again.
    pub fn marker(&mut self, after: Duration, label: &str, out: &mut Vec<u8>) {
        self.event(after, "m", label, out);
    }

    /// Nothing more comes.
    pub fn finish(mut self, after: Duration, out: &mut Vec<u8>) {
        let mut text = String::new();
        self.decoder.finish(&mut text);
        if !text.is_empty() {
            self.event(after, "o", &text, out);
        }
    }

    fn event(&mut self, after: Duration, kind: &str, data: &str, out: &mut Vec<u8>) {
        self.last = self.last.max(after);
        let (seconds, micros) = (self.last.as_secs(), self.last.subsec_micros());
        out.extend_from_slice(format!("[{seconds}.{micros:06}, \"{kind}\", ").as_bytes());
        out.extend_from_slice(Value::from(data).to_string().as_bytes());
        out.extend_from_slice(b"]\n");
    }
}

fn describe(header: &Header) -> Value {
    let mut fields = Map::new();
    fields.insert("version".into(), 2.into());
    fields.insert("width".into(), header.size.columns().into());
    fields.insert("height".into(), header.size.rows().into());
    let optional = [
        ("timestamp", json!(header.started_at), header.started_at == 0),
        ("title", json!(header.title), header.title.is_empty()),
        ("command", json!(header.command), header.command.is_empty()),
        ("env", json!(header.environment), header.environment.is_empty()),
    ];
    fields.extend(optional.into_iter().filter(|(_, _, left_out)| !left_out).map(|(key, value, _)| (key.into(), value)));
    Value::Object(fields)
}

fn line(out: &mut Vec<u8>, value: &Value) {
    out.extend_from_slice(value.to_string().as_bytes());
    out.push(b'\n');
}
