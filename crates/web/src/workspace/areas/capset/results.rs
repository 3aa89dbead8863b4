//! What calls gave, a piece at a time.

use std::rc::Rc;

use serde::Deserialize;

use super::CapSetArea;
use super::tree::{Portion, Tree, show};
use super::value::{Value, written};
use crate::workspace::command::{Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// A piece of a value.
    struct PieceReply {
        /// The piece.
        value: Tree,
    }

    /// A result as JSON.
    struct RawReply {
        /// The JSON.
        json: Text,
        /// Whether its end is cut off.
        cut: bool,
    }

    /// A part of a result to be fetched.
    struct SaveReply {
        /// What to fetch.
        download: Key,
        /// What it may be called.
        name: Text,
    }
}

/// Bytes of a result as JSON that are shown.
const MOST_RAW: usize = 256 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct MoreRequest {
    result: Key,
    path: Vec<usize>,
    from: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SaveRequest {
    result: Key,
    path: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawRequest {
    result: Key,
}

impl CapSetArea {
    fn result(&self, key: Key) -> Result<Rc<Value>, Problem> {
        let gone = "This result is not kept any more; make the call again.";
        self.calls.result(key).ok_or_else(|| Problem::not_found(gone))
    }

    fn part<'v>(result: &'v Value, path: &[usize]) -> Result<&'v Value, Problem> {
        result.part(path).ok_or_else(|| Problem::bad_request("The result has no such part."))
    }

    pub(super) fn more(&self, request: &MoreRequest) -> Outcome {
        let result = self.result(request.result)?;
        let part = Self::part(&result, &request.path)?;
        Ok(Reply::of(&PieceReply { value: show(part, request.from, Portion::MORE, &self.chips) }))
    }

    /// Has a page fetch a part of a result as it is: bytes and texts, and everything else as JSON.
    pub(super) fn save(&self, request: &SaveRequest) -> Outcome {
        let result = self.result(request.result)?;
        let part = Self::part(&result, &request.path)?;
        let (name, bytes) = match part {
            Value::Bytes(bytes) => ("bytes.bin", bytes.clone()),
            Value::Text(text) => ("text.txt", text.clone().into()),
            other => ("result.json", written(&other.to_json()).into()),
        };
        Ok(Reply::of(&SaveReply { download: self.core.downloads.put(name, bytes), name: Text::fixed(name) }))
    }

    pub(super) fn raw(&self, request: &RawRequest) -> Outcome {
        let json = written(&self.result(request.result)?.to_json());
        Ok(Reply::of(&RawReply { json: Text::lines(&json, MOST_RAW), cut: json.len() > MOST_RAW }))
    }
}
