//! Proxies that are believed what they say of their clients, and what they say.
//!
//! Anybody can send a header. So one is looked at on connections from configured ranges alone, and of what it lists, only
//! what was written by machines of these ranges is believed: it is read from its end, up to the first address that is
//! none of theirs, which is the client.

use std::fmt;
use std::net::IpAddr;

use hyper::header::{FORWARDED, HeaderMap, HeaderName};

use crate::server::refusal::Refusal;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    bits: u8,
}

impl Range {
    /// A range such as `10.0.0.0/8`, or one address. Bits past its length are zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let first: IpAddr = address.parse().ok()?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let is_number = |bits: &&str| !bits.is_empty() && bits.bytes().all(|sign| sign.is_ascii_digit());
        let bits = match bits {
            Some(bits) => Some(bits).filter(is_number)?.parse().ok().filter(|bits| *bits <= most)?,
            None => most,
        };
        let range = Self { first, bits };
        (masked(first, bits) == value(first)).then_some(range)
    }

    fn contains(&self, address: IpAddr) -> bool {
        let address = match self.first {
            IpAddr::V4(_) => address.to_canonical(),
            IpAddr::V6(_) => address,
        };
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.bits) == value(self.first)
    }
}

/// In the upper bits.
fn value(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    }
}

fn masked(address: IpAddr, bits: u8) -> u128 {
    value(address) & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// The ranges in which proxies are.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<Range>);

impl Proxies {
    /// These.
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = Range>) -> Self {
        Self(ranges.into_iter().collect())
    }

    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }

    /// What a proxy at that address says of a request.
    pub(crate) fn read(&self, headers: &HeaderMap, proxy: IpAddr) -> Result<Said, Refusal> {
        let (standard, customary) = (self.standard(headers, proxy)?, self.customary(headers, proxy)?);
        let client = agreed(standard.client, customary.client)?;
        Ok(Said { client, https: agreed(standard.https, customary.https)? })
    }

    fn customary(&self, headers: &HeaderMap, proxy: IpAddr) -> Result<Said, Refusal> {
        let hops = lines(headers, &FORWARDED_FOR)?;
        let hops: Vec<_> = hops.iter().flat_map(|line| line.split(',')).map(|hop| (parse_hop(hop), None)).collect();
        let https = match lines(headers, &FORWARDED_PROTO)?[..] {
            [] => None,
            [line] => Some(parse_scheme(line)?),
            _ => return Err(Refusal::FORWARDING),
        };
        Ok(Said { client: self.client(&hops, proxy).0, https })
    }

    fn standard(&self, headers: &HeaderMap, proxy: IpAddr) -> Result<Said, Refusal> {
        let mut hops = Vec::new();
        for line in lines(headers, &FORWARDED)? {
            for element in split(line, ',')? {
                hops.push(parse_element(element)?);
            }
        }
        let (client, scheme) = self.client(&hops, proxy);
        Ok(Said { client, https: scheme.as_deref().map(parse_scheme).transpose()? })
    }

    /// Goes from one believed machine to the one before it. This machine's own address is believed from itself alone.
    fn client(&self, hops: &[Hop], proxy: IpAddr) -> (Option<IpAddr>, Option<String>) {
        let (mut client, mut scheme, mut last) = (None, None, proxy);
        for (address, of) in hops.iter().rev() {
            let Some(address) = *address else { break };
            if address.to_canonical().is_loopback() && !last.to_canonical().is_loopback() {
                break;
            }
            (client, last) = (Some(address), address);
            scheme.clone_from(of);
            if !self.contain(address) {
                break;
            }
        }
        (client, scheme)
    }
}

/// What a proxy has said of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Who asked it.
    pub(crate) client: Option<IpAddr>,
    /// Whether by HTTPS.
    pub(crate) https: Option<bool>,
}

/// An address where it is one, and the scheme where it is said.
type Hop = (Option<IpAddr>, Option<String>);

/// A proxy that writes the one header may pass on the other as it came: where they differ, somebody lies.
fn agreed<T: PartialEq>(one: Option<T>, other: Option<T>) -> Result<Option<T>, Refusal> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(Refusal::FORWARDING),
        (one, other) => Ok(one.or(other)),
    }
}

fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, Refusal> {
    headers.get_all(name).iter().map(|line| line.to_str().map_err(|_| Refusal::FORWARDING)).collect()
}

fn parse_scheme(text: &str) -> Result<bool, Refusal> {
    match text.trim() {
        scheme if scheme.eq_ignore_ascii_case("https") => Ok(true),
        scheme if scheme.eq_ignore_ascii_case("http") => Ok(false),
        _ => Err(Refusal::FORWARDING),
    }
}

/// An address, with or without a port.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// `for=192.0.2.1;proto=https`, in any order and with other pairs.
fn parse_element(element: &str) -> Result<Hop, Refusal> {
    let (mut address, mut scheme) = (None, None);
    for pair in split(element, ';')? {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim() {
            name if name.eq_ignore_ascii_case("for") => address = parse_hop(value),
            name if name.eq_ignore_ascii_case("proto") => scheme = Some(value.to_owned()),
            _ => {}
        }
    }
    Ok((address, scheme))
}

/// Parts between marks that are not in quotation marks.
fn split(text: &str, mark: char) -> Result<Vec<&str>, Refusal> {
    let mut is_quoted = false;
    let parts = text.split(|sign| {
        is_quoted ^= sign == '"';
        sign == mark && !is_quoted
    });
    let parts = parts.collect();
    if is_quoted { Err(Refusal::FORWARDING) } else { Ok(parts) }
}

#[cfg(test)]
mod tests;
