//! Whether a request may ask for this site at all, who asks, and how.

use std::net::{IpAddr, SocketAddr};

use capos_rpc::{Peer, may_be_plain};
use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN, REFERER};
use hyper::{Request, Uri};

use crate::server::host::{Names, is_loopback_host};
use crate::server::link::{Link, PublicOrigin};
use crate::server::proxies::Proxies;
use crate::server::refusal::Refusal;

/// By which names, and through whom, a site may be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) names: Names,
    pub(crate) public: Option<PublicOrigin>,
    pub(crate) proxies: Proxies,
}

/// Who is at the other end of an accepted connection, and which address of ours it came to.
pub(crate) struct Caller {
    pub(crate) peer: Peer,
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
}

/// A request that may ask.
pub(crate) struct Arrival {
    pub(crate) peer: Peer,
    pub(crate) link: Link,
    /// Who it was forwarded for.
    pub(crate) client: Option<IpAddr>,
}

impl Access {
    /// Whether a connection from there may do without TLS: it stays on this machine, or comes from a proxy that had
    /// it from its clients.
    pub(crate) fn may_be_plain(&self, from: IpAddr) -> bool {
        may_be_plain(from) || self.proxies.contain(from)
    }

    pub(crate) fn admit<B>(&self, request: &Request<B>, caller: &Caller) -> Result<Arrival, Refusal> {
        let headers = request.headers();
        let is_proxy = self.proxies.contain(caller.from);
        let said = if is_proxy { self.proxies.read(headers, caller.from)? } else { Default::default() };
        let https = said.https.unwrap_or(caller.peer.tls.is_some());
        let link = match &self.public {
            None => {
                let host = self.names.check(request, caller.to)?;
                let scheme = if https { "https" } else { "http" };
                Link { https, origin: format!("{scheme}://{host}"), local: false }
            }
            Some(public) => {
                check_public(public, request, said.https)?;
                Link { https: public.is_https(), origin: public.as_str().to_owned(), local: false }
            }
        };
        let is_local = [caller.from, caller.to].iter().all(|end| end.to_canonical().is_loopback());
        let link = Link { local: is_local && said.client.is_none(), ..link };
        // Of the client itself the handshake with the proxy has shown nothing.
        let forwarded = said.client.map(|client| Peer::tcp(SocketAddr::new(client, 0)));
        Ok(Arrival { peer: forwarded.unwrap_or_else(|| caller.peer.clone()), link, client: said.client })
    }
}

/// Under a public origin nothing else counts, this machine's own names included: what a page elsewhere can point at them
/// is one thing less to think of.
fn check_public<B>(public: &PublicOrigin, request: &Request<B>, https: Option<bool>) -> Result<(), Refusal> {
    let headers = request.headers();
    let host = asked_host(headers, request.uri())?;
    if !public.is_host(host) {
        return Err(Refusal::MISDIRECTED);
    }
    if public.is_https() && https == Some(false) {
        return Err(Refusal::NOT_PLAIN);
    }
    if header(headers, &ORIGIN)?.is_some_and(|origin| origin != public.as_str()) {
        return Err(Refusal::ORIGIN);
    }
    let referer = header(headers, &REFERER)?.map(|referer| referer.parse::<Uri>());
    let is_ours = |uri: &Uri| uri.authority().is_some_and(|authority| public.is_host(authority.as_str()));
    match referer {
        // A link of another site's leads to a page, and to nothing else.
        Some(Ok(uri)) if is_ours(&uri) || !is_loopback(&uri) && request.method().is_safe() => Ok(()),
        Some(_) => Err(Refusal::ORIGIN),
        None => Ok(()),
    }
}

fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(is_loopback_host)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    headers.get(name).map(|value| value.to_str().map_err(|_| Refusal::ORIGIN)).transpose()
}

/// What the request names; an address in the request line goes over the header, which must be there all the same.
pub(crate) fn asked_host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Result<&'a str, Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    let host = host.filter(|_| more.is_none()).and_then(|host| host.to_str().ok()).ok_or(Refusal::HOST)?;
    Ok(uri.authority().map_or(host, |authority| authority.as_str()))
}
