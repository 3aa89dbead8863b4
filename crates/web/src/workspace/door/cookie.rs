//! The cookie of a browser's session.

use hyper::header::{COOKIE, HeaderMap, HeaderValue};
use zeroize::Zeroizing;

/// With which requests of other sites a browser sends the cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// With none.
    #[default]
    Strict,
    /// When it goes to a page: some proxies that ask who somebody is need that.
    Lax,
}

impl SameSite {
    fn word(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
        }
    }
}

/// Under HTTPS no other host and no plain connection can have set it.
fn name(https: bool) -> &'static str {
    if https { "__Host-capos" } else { "capos" }
}

/// Its value, where the request has exactly one.
pub(super) fn read(headers: &HeaderMap, https: bool) -> Option<Zeroizing<String>> {
    let name = name(https);
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(of, _)| *of == name).map(|(_, value)| value);
    let (value, more) = (found.next()?, found.next());
    more.is_none().then(|| Zeroizing::new(value.to_owned()))
}

pub(super) fn set(value: &str, https: bool, same_site: SameSite) -> HeaderValue {
    let line = Zeroizing::new(format!("{}={value}{}", name(https), attributes(https, same_site)));
    header(&line)
}

/// Has the browser forget it.
pub(super) fn clear(https: bool, same_site: SameSite) -> HeaderValue {
    header(&format!("{}=; Max-Age=0{}", name(https), attributes(https, same_site)))
}

fn attributes(https: bool, same_site: SameSite) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!("; Path=/; HttpOnly; SameSite={}{secure}", same_site.word())
}

fn header(line: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(line).expect("a cookie is plain letters");
    value.set_sensitive(true);
    value
}
