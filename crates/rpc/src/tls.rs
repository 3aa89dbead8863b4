//! TLS 1.3, and nothing older: the node's identity, how a client trusts it, and the channel binding.
//!
//! The cryptography provider is passed explicitly everywhere: a library must not choose one for its process.

mod identity;
mod shown;
mod trust;

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, CommonState, ConnectionCommon, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::error::Error;
use crate::peer::{Origin, Peer, TlsFacts};

pub use identity::{Fingerprint, Identity, Signer};
use shown::Shown;
pub use trust::{IdentityChanged, Trust};

const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The server's half.
#[derive(Clone)]
pub struct ServerTls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

impl ServerTls {
    /// Serves as `identity`. A client may show a certificate of any issuer: the handshake proves that it
    /// holds the key, and who that is, is decided above.
    pub fn new(identity: &Identity) -> Result<Self, Error> {
        Self::showing(Shown::identity(identity)?)
    }

    /// Serves with a certificate and those that lead to its authority, and with its key, all in PEM.
    pub fn of_pem(certificates: &[u8], key: &[u8]) -> Result<Self, Error> {
        Self::showing(Shown::of_pem(certificates, key)?)
    }

    /// Shows whoever connects from here on what that one shows, in all its clones.
    pub fn show(&self, other: &Self) {
        self.shown.replace(&other.shown);
    }

    fn showing(shown: Shown) -> Result<Self, Error> {
        let (provider, shown) = (provider(), Arc::new(shown));
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(Arc::new(trust::AnyClient::new(provider)))
            .with_cert_resolver(shown.clone());
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shown })
    }

    /// Shakes hands with a client. There is no deadline in here.
    pub async fn accept(&self, stream: TcpStream) -> Result<(server::TlsStream<TcpStream>, Peer), Error> {
        let address = stream.peer_addr()?;
        self.accept_over(stream, address).await
    }

    /// The same over whatever carries a connection from that address.
    pub async fn accept_over<S>(&self, stream: S, address: SocketAddr) -> Result<(server::TlsStream<S>, Peer), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(stream).await.map_err(Error::handshake)?;
        let tls = facts(stream.get_ref().1)?;
        Ok((stream, Peer { origin: Origin::Tcp(address), tls: Some(tls) }))
    }
}

/// The client's half.
#[derive(Clone)]
pub struct ClientTls {
    connector: TlsConnector,
}

impl ClientTls {
    /// Trusts servers by `trust`, and shows `identity` to those that ask.
    pub fn new(trust: &Trust, identity: Option<&Identity>) -> Result<Self, Error> {
        let provider = provider();
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(trust.verifier(provider)?);
        let config = match identity {
            Some(identity) => {
                config.with_client_auth_cert(vec![identity.certificate().clone()], identity.key().clone_key())?
            }
            None => config.with_no_client_auth(),
        };
        Ok(Self { connector: TlsConnector::from(Arc::new(config)) })
    }

    /// Shakes hands with the server that should be called `name`.
    pub async fn connect(&self, stream: TcpStream, name: &str) -> Result<(client::TlsStream<TcpStream>, Peer), Error> {
        let origin = Origin::Tcp(stream.peer_addr()?);
        let name = ServerName::try_from(name.to_owned()).map_err(|_| Error::ServerName)?;
        let stream = self.connector.connect(name, stream).await.map_err(Error::handshake)?;
        let tls = facts(stream.get_ref().1)?;
        Ok((stream, Peer { origin, tls: Some(tls) }))
    }
}

fn facts<Side>(connection: &impl std::ops::Deref<Target = ConnectionCommon<Side>>) -> Result<TlsFacts, Error>
where
    ConnectionCommon<Side>: std::ops::Deref<Target = CommonState>,
{
    let channel_binding = connection.export_keying_material([0; 32], EXPORTER_LABEL, Some(&[]))?;
    let certificate = connection.peer_certificates().and_then(|chain| chain.first()).map(|first| first.to_vec());
    Ok(TlsFacts { channel_binding, certificate })
}
