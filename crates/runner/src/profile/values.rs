//! How each kind of value is written, and what it may be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::{Program, Provider};

pub(super) type Value<'a, T> = Result<T, String>;

const LONGEST_ID: usize = 32;
const LONGEST_NAME: usize = 64;
const LONGEST_LABEL: usize = 64;
const BUNDLED: &str = "bundled:";

pub(super) fn text<'a>(value: &'a DeValue<'_>) -> Value<'a, &'a str> {
    value.as_str().ok_or_else(|| "must be a string in quotation marks".to_owned())
}

pub(super) fn switch<'a>(value: &'a DeValue<'_>) -> Value<'a, bool> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A whole number between the two.
pub(super) fn count(value: &DeValue<'_>, least: u64, most: u64) -> Result<u64, String> {
    let count = whole(value).filter(|count| (least..=most).contains(count));
    count.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

/// The largest size that makes sense: past it sums may overflow.
const LARGEST: u64 = 1 << 50;

pub(super) fn bytes(value: &DeValue<'_>) -> Result<u64, String> {
    let bytes = whole(value).or_else(|| value.as_str().and_then(parse_bytes));
    let bytes = bytes.filter(|bytes| (1..=LARGEST).contains(bytes));
    bytes.ok_or_else(|| "must be a size of at least 1 byte, such as \"512MiB\" or 4096".to_owned())
}

pub(super) fn parse_bytes(text: &str) -> Option<u64> {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let shift = match unit.trim() {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

pub(super) fn time(value: &DeValue<'_>) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(24 * 3600);
    let time = value.as_str().and_then(|text| humantime::parse_duration(text).ok());
    let time = time.filter(|time| *time >= Duration::from_millis(1) && *time <= LONGEST);
    time.ok_or_else(|| "must be a time from \"1ms\" to \"24h\", such as \"5s\" or \"250ms\"".to_owned())
}

pub(super) fn word<T: Clone>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, String> {
    let found = value.as_str().and_then(|text| words.iter().find(|(name, _)| *name == text));
    let names = || words.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    found.map(|(_, value)| value.clone()).ok_or_else(|| format!("must be one of {}", names()))
}

pub(super) fn id(value: &DeValue<'_>) -> Result<String, String> {
    parse_id(text(value)?)
}

fn parse_id(text: &str) -> Result<String, String> {
    match named(text, LONGEST_ID, |sign| sign == '-') {
        true => Ok(text.to_owned()),
        false => Err(format!("must be 1 to {LONGEST_ID} of a-z, 0-9 and -, and begin with a letter")),
    }
}

/// A name of a capability.
pub(super) fn name(value: &DeValue<'_>) -> Result<String, String> {
    parse_name(text(value)?)
}

fn parse_name(text: &str) -> Result<String, String> {
    match named(text, LONGEST_NAME, |sign| matches!(sign, '_' | '-' | '.')) {
        true => Ok(text.to_owned()),
        false => Err(format!("must be 1 to {LONGEST_NAME} of a-z, 0-9, _, - and ., and begin with a letter")),
    }
}

fn named(text: &str, longest: usize, also: impl Fn(char) -> bool) -> bool {
    let begins = text.starts_with(|sign: char| sign.is_ascii_lowercase());
    let known = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || also(sign);
    begins && text.len() <= longest && text.chars().all(known)
}

pub(super) fn interface(value: &DeValue<'_>) -> Result<String, String> {
    let text = text(value)?;
    let known = |sign: char| sign.is_ascii_alphanumeric() || sign == '.';
    if text.is_empty() || text.len() > 256 || !text.chars().all(known) {
        return Err("must be the name of an interface, such as \"Chat\"".to_owned());
    }
    Ok(text.to_owned())
}

/// Text that is shown to people.
pub(super) fn label(value: &DeValue<'_>) -> Result<String, String> {
    shown(value, LONGEST_LABEL)
}

pub(super) fn shown(value: &DeValue<'_>, longest: usize) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() || text.len() > longest || text.chars().any(capos_schema::text::acts) {
        return Err(format!("must be text of 1 to {longest} bytes, without control characters"));
    }
    Ok(text.to_owned())
}

/// Text for a program.
pub(super) fn plain(value: &DeValue<'_>, longest: usize) -> Result<String, String> {
    let text = text(value)?;
    if text.len() > longest || text.contains('\0') {
        return Err(format!("must be text of at most {longest} bytes"));
    }
    Ok(text.to_owned())
}

/// A path, from the profile's own directory.
pub(super) fn path(value: &DeValue<'_>, from: &Path, longest: usize) -> Result<PathBuf, String> {
    let text = plain(value, longest)?;
    if text.is_empty() {
        return Err("must be a path".to_owned());
    }
    Ok(from.join(text))
}

pub(super) fn program(value: &DeValue<'_>, from: &Path, longest: usize) -> Result<Program, String> {
    match text(value)?.strip_prefix(BUNDLED) {
        Some(name) => match named(name, LONGEST_NAME, |sign| sign == '-') {
            true => Ok(Program::Bundled(name.to_owned())),
            false => Err("must name a bundled program after \"bundled:\"".to_owned()),
        },
        None => path(value, from, longest).map(Program::File),
    }
}

/// `ID/EXPORT`.
pub(super) fn provider(value: &DeValue<'_>) -> Result<Provider, String> {
    let parts = text(value)?.split_once('/');
    let provider = parts.and_then(|(service, export)| {
        Some(Provider { service: parse_id(service).ok()?, export: parse_name(export).ok()? })
    });
    provider.ok_or_else(|| "must be \"ID/EXPORT\" of a service, such as \"chat/chat\"".to_owned())
}

/// What the environment is made from besides the profile: to set it would be to lie to the service.
const RESERVED: [&str; 4] = ["HOME", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

pub(super) fn variable(name: &str) -> Result<String, String> {
    let known = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(known) || name.as_bytes()[0].is_ascii_digit() {
        return Err("must be named with letters, figures and _ alone".to_owned());
    }
    if RESERVED.contains(&name) {
        return Err(format!("may not set {name}, which the node sets"));
    }
    Ok(name.to_owned())
}
