//! How each kind of value is written, and what it may be.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use capos_web::{PublicOrigin, Range, SameSite};
use serde_json::{Value as Json, json};
use toml::de::DeValue;

use crate::bundled::Bundled;

use super::{Config, LogFormat, LogLevel};

/// Where in the configuration a value is.
pub(crate) type Slot<T> = fn(&mut Config) -> &mut T;

/// A kind of value, and where it goes.
pub(crate) enum Field {
    Switch(Slot<bool>),
    Name(Slot<String>),
    Text(Slot<String>),
    Directory(Slot<PathBuf>),
    Time(Slot<Duration>),
    Count(Slot<usize>),
    Count32(Slot<u32>),
    Bytes(Slot<usize>),
    Bytes32(Slot<u32>),
    Bytes64(Slot<u64>),
    /// A size, or `"off"` for no bound.
    Ceiling(Slot<Option<u64>>),
    Addresses(Slot<Vec<SocketAddr>>),
    /// Addresses, or `"off"` for none.
    AddressesOrOff(Slot<Vec<SocketAddr>>),
    /// Names of machines.
    Hosts(Slot<Vec<String>>),
    /// What browsers know a site by, or `"off"`.
    PublicOrigin(Slot<Option<PublicOrigin>>),
    /// Addresses that begin alike.
    Ranges(Slot<Vec<Range>>),
    SameSite(Slot<SameSite>),
    /// A file, or `"off"`.
    File(Slot<Option<PathBuf>>),
    /// A loopback address, or `"off"`.
    Loopback(Slot<Option<SocketAddr>>),
    /// Services that are built in.
    Names(Slot<Vec<Bundled>>),
    Format(Slot<LogFormat>),
    Level(Slot<LogLevel>),
}

/// Longest message of the day.
const LONGEST_TEXT: usize = 4 << 10;
/// Longest name of a node; a host's may have as much.
const LONGEST_NAME: usize = 64;
/// Addresses to listen on: each is a socket and a task.
const MOST_ADDRESSES: usize = 16;
/// Names to be asked by.
const MOST_HOSTS: usize = 64;
/// Longest name of a machine in the domain name system.
const LONGEST_HOST: usize = 253;
pub(crate) const OFF: &str = "off";

const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
const SAME_SITES: [(&str, SameSite); 2] = [("strict", SameSite::Strict), ("lax", SameSite::Lax)];
const LEVELS: [(&str, LogLevel); 6] = [
    ("off", LogLevel::Off),
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

impl Field {
    /// Takes a value from a file, or says in one clause what it should have been.
    pub(crate) fn take(&self, config: &mut Config, value: &DeValue<'_>) -> Result<(), String> {
        match self {
            Field::Switch(slot) => *slot(config) = value.as_bool().ok_or("must be true or false")?,
            Field::Name(slot) => *slot(config) = parse_name(text(value)?)?,
            Field::Text(slot) => *slot(config) = parse_text(text(value)?)?,
            Field::Directory(slot) => *slot(config) = parse_directory(text(value)?)?,
            Field::Time(slot) => *slot(config) = parse_time(text(value)?)?,
            Field::Count(slot) => *slot(config) = count(value)?,
            Field::Count32(slot) => *slot(config) = count(value)?,
            Field::Bytes(slot) => *slot(config) = bytes(value)?,
            Field::Bytes32(slot) => *slot(config) = bytes(value)?,
            Field::Bytes64(slot) => *slot(config) = bytes(value)?,
            Field::Ceiling(slot) => *slot(config) = unless_off(value, bytes)?,
            Field::Addresses(slot) => *slot(config) = addresses(value)?,
            Field::AddressesOrOff(slot) => *slot(config) = unless_off(value, addresses)?.unwrap_or_default(),
            Field::Hosts(slot) => *slot(config) = hosts(value)?,
            Field::PublicOrigin(slot) => *slot(config) = unless_off(value, public_origin)?,
            Field::Ranges(slot) => *slot(config) = ranges(value)?,
            Field::SameSite(slot) => *slot(config) = word(text(value)?, &SAME_SITES)?,
            Field::File(slot) => *slot(config) = unless_off(value, |value| parse_directory(text(value)?))?,
            Field::Loopback(slot) => *slot(config) = unless_off(value, |value| parse_loopback(text(value)?))?,
            Field::Names(slot) => *slot(config) = bundled(value)?,
            Field::Format(slot) => *slot(config) = parse_format(text(value)?)?,
            Field::Level(slot) => *slot(config) = word(text(value)?, &LEVELS)?,
        }
        Ok(())
    }

    /// The value as it would be written in a file; JSON strings, numbers and lists are TOML, too.
    pub(crate) fn show(&self, config: &mut Config) -> Json {
        match self {
            Field::Switch(slot) => json!(slot(config)),
            Field::Name(slot) | Field::Text(slot) => json!(slot(config)),
            Field::Directory(slot) => json!(slot(config).to_string_lossy()),
            Field::Time(slot) => json!(shown_time(*slot(config))),
            Field::Count(slot) => json!(slot(config)),
            Field::Count32(slot) => json!(slot(config)),
            Field::Bytes(slot) => shown_bytes(u64::try_from(*slot(config)).unwrap_or(u64::MAX)),
            Field::Bytes32(slot) => shown_bytes(u64::from(*slot(config))),
            Field::Bytes64(slot) => shown_bytes(*slot(config)),
            Field::Ceiling(slot) => slot(config).map_or(json!(OFF), shown_bytes),
            Field::Addresses(slot) => json!(slot(config).iter().map(SocketAddr::to_string).collect::<Vec<_>>()),
            Field::AddressesOrOff(slot) if slot(config).is_empty() => json!(OFF),
            Field::AddressesOrOff(slot) => json!(slot(config).iter().map(SocketAddr::to_string).collect::<Vec<_>>()),
            Field::Hosts(slot) => json!(slot(config)),
            Field::PublicOrigin(slot) => slot(config).as_ref().map_or(json!(OFF), |origin| json!(origin.as_str())),
            Field::Ranges(slot) => json!(slot(config).iter().map(Range::to_string).collect::<Vec<_>>()),
            Field::SameSite(slot) => json!(name_of(*slot(config), &SAME_SITES)),
            Field::File(slot) => slot(config).as_ref().map_or(json!(OFF), |path| json!(path.to_string_lossy())),
            Field::Loopback(slot) => slot(config).map_or(json!(OFF), |address| json!(address.to_string())),
            Field::Names(slot) => json!(slot(config).iter().map(|one| one.id()).collect::<Vec<_>>()),
            Field::Format(slot) => json!(name_of(*slot(config), &FORMATS)),
            Field::Level(slot) => json!(name_of(*slot(config), &LEVELS)),
        }
    }
}

fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| "must be a string in quotation marks".to_owned())
}

fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn count<T: TryFrom<u64>>(value: &DeValue<'_>) -> Result<T, String> {
    let count = whole(value).filter(|count| *count > 0).ok_or("must be a whole number of at least 1")?;
    T::try_from(count).map_err(|_| "is too large a number".to_owned())
}

fn bytes<T: TryFrom<u64>>(value: &DeValue<'_>) -> Result<T, String> {
    let bytes = whole(value).or_else(|| value.as_str().and_then(parse_bytes)).filter(|bytes| *bytes > 0);
    let bytes = bytes.ok_or("must be a size of at least 1 byte, such as \"8MiB\" or 4096")?;
    T::try_from(bytes).map_err(|_| "is too large a size".to_owned())
}

fn unless_off<T>(
    value: &DeValue<'_>,
    parse: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if value.as_str() == Some(OFF) {
        return Ok(None);
    }
    parse(value).map(Some)
}

fn bundled(value: &DeValue<'_>) -> Result<Vec<Bundled>, String> {
    let wrong = || {
        let names = Bundled::ALL.map(|one| format!("\"{}\"", one.id()));
        format!("must be a list of services that are built in: {}", names.join(", "))
    };
    let mut services = Vec::new();
    for name in value.as_array().ok_or_else(wrong)? {
        let service = name.get_ref().as_str().and_then(Bundled::parse).ok_or_else(wrong)?;
        if services.contains(&service) {
            return Err(format!("has \"{}\" twice", service.id()));
        }
        services.push(service);
    }
    Ok(services)
}

fn addresses(value: &DeValue<'_>) -> Result<Vec<SocketAddr>, String> {
    let wrong = || "must be a list of addresses, such as [\"127.0.0.1:2327\"]".to_owned();
    let list = value.as_array().ok_or_else(wrong)?;
    if list.is_empty() || list.len() > MOST_ADDRESSES {
        return Err(format!("must have between 1 and {MOST_ADDRESSES} addresses"));
    }
    let mut addresses = Vec::new();
    for item in list {
        let address = parse_address(item.get_ref().as_str().ok_or_else(wrong)?)?;
        if addresses.contains(&address) && address.port() != 0 {
            return Err(format!("names {address} twice"));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

fn hosts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let list = value.as_array().filter(|list| list.len() <= MOST_HOSTS);
    let list =
        list.ok_or_else(|| format!("must be a list of at most {MOST_HOSTS} names, such as [\"node.example\"]"))?;
    list.iter().map(|item| parse_host(text(item.get_ref())?)).collect()
}

fn public_origin(value: &DeValue<'_>) -> Result<PublicOrigin, String> {
    let wrong = "must be an origin such as \"https://den.example\", without a path, or \"off\"";
    PublicOrigin::parse(text(value)?).ok_or_else(|| wrong.to_owned())
}

fn ranges(value: &DeValue<'_>) -> Result<Vec<Range>, String> {
    let list = value.as_array().filter(|list| list.len() <= MOST_HOSTS);
    let list =
        list.ok_or_else(|| format!("must be a list of at most {MOST_HOSTS} ranges, such as [\"10.0.0.0/8\"]"))?;
    let parse = |text: &str| {
        let wrong = || format!("has {text:?}, which is no range of addresses, such as \"10.0.0.0/8\" or \"127.0.0.1\"");
        Range::parse(text).ok_or_else(wrong)
    };
    list.iter().map(|item| parse(text(item.get_ref())?)).collect()
}

/// The name of a machine, without a port.
fn parse_host(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let is_plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        !label.is_empty() && label.len() <= 63 && is_plain
    };
    if text.len() > LONGEST_HOST || !text.split('.').all(is_label) {
        return Err(format!("has {text:?}, which is no name of a machine, such as \"node.example\", without a port"));
    }
    Ok(text.to_ascii_lowercase())
}

/// An address and a port, in figures: a name may mean another address tomorrow.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no address and port in figures, such as 127.0.0.1:2327 or [::1]:2327"))
}

/// An address that only this machine reaches.
pub(crate) fn parse_loopback(text: &str) -> Result<SocketAddr, String> {
    let address = parse_address(text)?;
    if !address.ip().to_canonical().is_loopback() {
        return Err(format!("must be a loopback address, because it has neither TLS nor a sign-in; {address} is none"));
    }
    Ok(address)
}

/// What a node calls itself.
pub(crate) fn parse_name(text: &str) -> Result<String, String> {
    let is_plain = |sign: char| !sign.is_control() && !sign.is_whitespace();
    if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(is_plain) {
        return Err(format!("must have 1 to {LONGEST_NAME} bytes, without spaces"));
    }
    Ok(text.to_owned())
}

fn parse_text(text: &str) -> Result<String, String> {
    let is_shown = |sign: char| !sign.is_control() || matches!(sign, '\n' | '\t');
    if text.len() > LONGEST_TEXT || !text.chars().all(is_shown) {
        return Err(format!("must be text of at most {LONGEST_TEXT} bytes, without control characters"));
    }
    Ok(text.to_owned())
}

fn parse_directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if !path.is_absolute() || text.contains('\0') {
        return Err("must be an absolute path".to_owned());
    }
    Ok(path)
}

fn parse_time(text: &str) -> Result<Duration, String> {
    // A year: past that it is a slip, and sums of times may overflow.
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
    let time = humantime::parse_duration(text).ok().filter(|time| !time.is_zero() && *time <= LONGEST);
    time.ok_or_else(|| "must be a time up to a year, such as \"5s\", \"250ms\" or \"1h 30m\"".to_owned())
}

/// How the log looks, from a file or a flag.
pub(crate) fn parse_format(text: &str) -> Result<LogFormat, String> {
    word(text, &FORMATS)
}

fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(name, _)| *name == text);
    let names = || words.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    found.map(|(_, value)| *value).ok_or_else(|| format!("must be one of {}", names()))
}

fn name_of<T: Copy + PartialEq>(value: T, words: &[(&'static str, T)]) -> &'static str {
    words.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| *name)
}

const UNITS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1000),
    ("kB", 1000),
    ("B", 1),
];

fn parse_bytes(text: &str) -> Option<u64> {
    let (number, unit) = UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))?;
    number.trim_end().parse::<u64>().ok()?.checked_mul(unit)
}

/// Whole days as days: months of some length are nobody's idea of 90 of them.
fn shown_time(time: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    match time.as_secs() / DAY {
        1 if time == Duration::from_secs(DAY) => "1day".to_owned(),
        days if days > 1 && time == Duration::from_secs(days * DAY) => format!("{days}days"),
        _ => humantime::format_duration(time).to_string(),
    }
}

fn shown_bytes(bytes: u64) -> Json {
    let fits = |(_, unit): &&(&str, u64)| bytes > 0 && unit.is_power_of_two() && bytes.is_multiple_of(*unit);
    match UNITS.iter().find(fits) {
        Some((name, unit)) if *unit > 1 => json!(format!("{}{name}", bytes / unit)),
        _ => json!(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_shown() {
        for bytes in [1, 1000, 1024, 4096, 8 << 20, (8 << 20) + 1, 3 << 30, u64::MAX] {
            let shown = shown_bytes(bytes);
            let read = shown.as_u64().or_else(|| parse_bytes(shown.as_str()?));
            assert_eq!(read, Some(bytes), "{shown}");
        }
        assert_eq!(shown_bytes(8 << 20), "8MiB");
        for (text, bytes) in [("8 MiB", Some(8 << 20)), ("2kB", Some(2000)), ("MiB", None), ("-1B", None), ("9", None)]
        {
            assert_eq!(parse_bytes(text), bytes, "{text}");
        }
        assert_eq!(parse_bytes("99999999999GiB"), None, "more than can be counted");
    }

    #[test]
    fn only_loopback_is_loopback() {
        for good in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(parse_loopback(good).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[::ffff:10.0.0.1]:1", "localhost:1", "127.0.0.1"] {
            assert!(parse_loopback(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_one_word() {
        assert!(parse_name("den").is_ok());
        assert!(parse_name(&"n".repeat(LONGEST_NAME)).is_ok());
        for bad in ["", "two words", "bell\x07", &"n".repeat(LONGEST_NAME + 1)] {
            assert!(parse_name(bad).is_err(), "{bad:?}");
        }
    }
}
