//! What a server shows of itself, which may change while it runs.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{Identity, provider};
use crate::error::Error;

/// Certificates and the key of the first of them.
#[derive(Debug)]
pub(super) struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    pub(super) fn identity(identity: &Identity) -> Result<Self, Error> {
        Self::of(vec![identity.certificate().clone()], identity.key().clone_key())
    }

    pub(super) fn of_pem(certificates: &[u8], key: &[u8]) -> Result<Self, Error> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(Error::CertificateUnreadable)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::KeyUnreadable)?;
        Self::of(chain, key)
    }

    fn of(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, Error> {
        match CertifiedKey::from_der(chain, key, &provider()) {
            Ok(shown) => Ok(Self(RwLock::new(Arc::new(shown)))),
            Err(rustls::Error::InconsistentKeys(_)) => Err(Error::KeyOfAnother),
            Err(rustls::Error::InvalidCertificate(_)) => Err(Error::CertificateUnreadable),
            Err(_) => Err(Error::KeyUnreadable),
        }
    }

    pub(super) fn replace(&self, other: &Self) {
        let other = other.now();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = other;
    }

    fn now(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}
