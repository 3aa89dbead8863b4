//! A server's identity for the length of a test.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// The name in every certificate here.
pub(crate) const SERVER_NAME: &str = "lab.test";

/// A self-signed certificate, its key, and a file by which a client knows it.
pub(crate) struct Identity {
    certified: CertifiedKey<rcgen::KeyPair>,
    file: PathBuf,
}

impl Identity {
    pub(crate) fn generate() -> Self {
        let certified = generate_simple_self_signed([SERVER_NAME.to_owned()]).expect("the name is a good one");
        let file = fresh_file();
        std::fs::File::create_new(&file)
            .and_then(|mut open| open.write_all(certified.cert.pem().as_bytes()))
            .expect("the temporary folder takes files");
        Self { certified, file }
    }

    /// The certificate as a client's list of authorities.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Accepts TLS 1.3 alone.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let key = self.certified.signing_key.serialize_der();
        let key = PrivateKeyDer::try_from(key).expect("the key was just made");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("the provider knows TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![self.certified.cert.der().clone()], key)
            .expect("certificate and key belong together");
        TlsAcceptor::from(Arc::new(config))
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

fn fresh_file() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("e2e-{}-{number}.pem", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
