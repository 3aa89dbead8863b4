//! The cookie of a browser's session.

use capos_rpc::Peer;
use hyper::header::{COOKIE, HeaderMap, HeaderValue};
use zeroize::Zeroizing;

/// Under HTTPS no other host and no plain connection can have set it.
fn name(peer: &Peer) -> &'static str {
    if peer.tls.is_some() { "__Host-capos" } else { "capos" }
}

/// Its value, where the request has exactly one.
pub(super) fn read(headers: &HeaderMap, peer: &Peer) -> Option<Zeroizing<String>> {
    let name = name(peer);
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(of, _)| *of == name).map(|(_, value)| value);
    let (value, more) = (found.next()?, found.next());
    more.is_none().then(|| Zeroizing::new(value.to_owned()))
}

pub(super) fn set(value: &str, peer: &Peer) -> HeaderValue {
    header(&format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{}", name(peer), secure(peer)))
}

/// Has the browser forget it.
pub(crate) fn clear(peer: &Peer) -> HeaderValue {
    header(&format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{}", name(peer), secure(peer)))
}

fn secure(peer: &Peer) -> &'static str {
    if peer.tls.is_some() { "; Secure" } else { "" }
}

fn header(line: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(line).expect("a cookie is plain letters");
    value.set_sensitive(true);
    value
}
