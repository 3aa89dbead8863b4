//! How values are written in the settings, and what they may be.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::Error;

/// Bytes of output that a message has room for beside everything else: 8 MiB are the largest one.
pub(crate) const MESSAGE_ROOM: usize = (8 << 20) - (64 << 10);

/// A number of bytes, or a text such as `"8MiB"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Bytes(u64),
    Text(String),
}

pub(crate) fn size<'de, D: Deserializer<'de>>(value: D) -> Result<usize, D::Error> {
    let bytes = match Size::deserialize(value)? {
        Size::Bytes(bytes) => Some(bytes),
        Size::Text(text) => parse_size(&text),
    };
    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or_else(|| D::Error::custom("a size is written as 4096 or \"8MiB\""))
}

fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// A text such as `"10m"`.
pub(crate) fn time<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(value)?;
    humantime::parse_duration(&text).map_err(|_| D::Error::custom("a time is written as \"10m\" or \"500ms\""))
}

pub(crate) fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Settings(format!("the setting limits.{name} must be from {least} to {most}")))
}

pub(crate) fn between(name: &str, value: Duration, least: Duration, most: Duration) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
    Err(Error::Settings(format!("the setting limits.{name} must be from {least} to {most}")))
}
