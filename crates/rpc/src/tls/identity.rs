//! A node's lasting identity: a key and a certificate it signed itself.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;

use crate::error::Error;

const FILE: &str = "identity.pem";

/// SHA-256 of a public key (its SubjectPublicKeyInfo): it survives a new certificate for the same key.
///
/// Written as OpenSSH writes its own: `SHA256:` and base64 without padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of the key in a DER certificate.
    pub fn of_certificate(der: &[u8]) -> Result<Self, Error> {
        let certificate = CertificateDer::from(der);
        let parsed = ParsedCertificate::try_from(&certificate)?;
        let digest = digest(&SHA256, parsed.subject_public_key_info().as_ref());
        digest.as_ref().try_into().map(Self).map_err(|_| Error::Fingerprint)
    }

    /// The hash itself.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let base64 = text.trim().strip_prefix("SHA256:").ok_or(Error::Fingerprint)?;
        let bytes = STANDARD_NO_PAD.decode(base64.trim_end_matches('=')).map_err(|_| Error::Fingerprint)?;
        bytes.try_into().map(Self).map_err(|_| Error::Fingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key and its certificate.
pub struct Identity {
    key: PrivateKeyDer<'static>,
    certificate: CertificateDer<'static>,
    fingerprint: Fingerprint,
}

impl Identity {
    /// The identity kept in `directory`, made there on first use.
    pub fn load_or_create(directory: &Path) -> Result<Self, Error> {
        // Whoever may write there may put another identity in this one's place.
        if !is_ours(&fs::metadata(directory)?, 0o022)? {
            return Err(Error::IdentityExposed(directory.to_owned()));
        }
        let path = directory.join(FILE);
        match Self::load(&path) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                let (_, pem) = Self::generate()?;
                store(directory, &path, pem.as_bytes())?;
                // Where another process was faster, its identity stands.
                Self::load(&path)
            }
            outcome => outcome,
        }
    }

    /// An identity that is kept nowhere.
    pub fn ephemeral() -> Result<Self, Error> {
        Ok(Self::generate()?.0)
    }

    /// What clients pin.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What signs as this node: ECDSA over P-256 with SHA-256, in ASN.1. The caller sees to it that what is signed
    /// cannot pass for anything else, TLS included.
    pub fn signer(&self) -> Result<Signer, Error> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, self.key.secret_der(), &random);
        key.map(|key| Signer { key, random }).map_err(|_| Error::IdentityKind)
    }

    pub(super) fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }

    fn generate() -> Result<(Self, String), Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = CertificateParams::new(vec!["capos-node".to_owned()])?.self_signed(&key)?;
        let pem = format!("{}{}", key.serialize_pem(), certificate.pem());
        Ok((Self::parse(pem.as_bytes())?, pem))
    }

    fn load(path: &Path) -> Result<Self, Error> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || !is_ours(&metadata, 0o077)? {
            return Err(Error::IdentityExposed(path.to_owned()));
        }
        let mut pem = Vec::new();
        file.read_to_end(&mut pem)?;
        Self::parse(&pem)
    }

    fn parse(pem: &[u8]) -> Result<Self, Error> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| Error::IdentityUnreadable)?;
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| Error::IdentityUnreadable)?;
        let fingerprint = Fingerprint::of_certificate(&certificate)?;
        Ok(Self { key, certificate, fingerprint })
    }
}

/// Signs as a node. `Send + Sync`.
pub struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    /// A signature of these bytes; none where the system has no random numbers.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.key.sign(&self.random, bytes).ok().map(|signature| signature.as_ref().to_vec())
    }

    /// Whether this node has signed these bytes.
    #[must_use]
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, self.key.public_key());
        public.verify(bytes, signature).is_ok()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.fingerprint).finish()
    }
}

/// Whether it belongs to the user this process acts as, and grants others nothing of `denied`.
fn is_ours(metadata: &fs::Metadata, denied: u32) -> io::Result<bool> {
    Ok(metadata.uid() == effective_user()? && metadata.mode() & denied == 0)
}

/// The second number of the line `Uid:` is the effective user's.
fn effective_user() -> io::Result<u32> {
    let status = fs::read_to_string("/proc/self/status")?;
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let user = users.and_then(|users| users.split_whitespace().nth(1)?.parse().ok());
    user.ok_or_else(|| io::Error::other("the kernel does not say which user this is"))
}

/// Writes the file whole or not at all, and never over another.
fn store(directory: &Path, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = temporary(directory)?;
    let outcome = write_synced(&temporary, bytes).and_then(|()| fs::hard_link(&temporary, path));
    fs::remove_file(&temporary)?;
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(File::open(directory)?.sync_all()?),
    }
}

fn temporary(directory: &Path) -> Result<PathBuf, Error> {
    let mut random = [0; 8];
    SystemRandom::new().fill(&mut random).map_err(|_| Error::IdentityUnreadable)?;
    Ok(directory.join(format!(".{FILE}.{:016x}", u64::from_le_bytes(random))))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
