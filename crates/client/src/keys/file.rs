//! A private key in OpenSSH's format.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use futures::future::LocalBoxFuture;
use rustix::process::geteuid;
use ssh_key::private::KeypairData;
use ssh_key::{HashAlg, PrivateKey};
use zeroize::Zeroizing;

use super::sshsig::{sshsig, string, to_be_signed};
use super::{NAMESPACE, Signer, rsa};
use crate::ask::{Answers, Prompt, Purpose, Secret};
use crate::error::Error;
use crate::limits::Limits;

/// How often a passphrase may be mistyped.
const TRIES: u32 = 3;
const OTHERS_MAY_READ: u32 = 0o077;

/// A private key from a file, locked until its passphrase was given where it has one.
pub struct KeyFile {
    label: String,
    key: PrivateKey,
}

impl KeyFile {
    /// Reads the file. Nobody but its owner may be able to read it.
    ///
    /// # Errors
    /// When it cannot be read, others can, or it is no private key in OpenSSH's format.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let label = path.display().to_string();
        let unusable = |problem| Error::Key(format!("The key file {label} {problem}"));
        let text = read(path, limits).map_err(unusable)?;
        let key = PrivateKey::from_openssh(text.as_slice()).map_err(|_| {
            unusable("is no private key in OpenSSH's format; `ssh-keygen -p -f` on a copy of it converts older ones")
        })?;
        Ok(Self { label, key })
    }

    /// The public half, as a line of OpenSSH's.
    #[must_use]
    pub fn public_line(&self) -> String {
        self.key.public_key().to_openssh().unwrap_or_default()
    }

    /// Its fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Whether a passphrase is needed before it can sign.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.key.is_encrypted()
    }

    /// Asks for the passphrase, up to three times; does nothing where none is needed.
    ///
    /// # Errors
    /// When nobody answers, or none of the answers is the passphrase.
    pub async fn unlock(&mut self, answers: &mut dyn Answers) -> Result<(), Error> {
        for _ in 0..TRIES {
            if !self.is_locked() {
                return Ok(());
            }
            let passphrase = answers.answer(&self.prompt()).await.ok_or(Error::Cancelled)?;
            if let Some(key) = decrypt(self.key.clone(), passphrase).await? {
                self.key = key;
                return Ok(());
            }
        }
        Err(Error::Key(format!("That is not the passphrase of the key file {}", self.label)))
    }

    fn prompt(&self) -> Prompt {
        Prompt {
            purpose: Purpose::Passphrase,
            text: format!("Passphrase of {}", self.label),
            secret: true,
            url: None,
            user_code: None,
            expires_at_ms: None,
        }
    }

    fn signature(&self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        if self.is_locked() {
            return Err(Error::Key(format!("The key file {} needs its passphrase first", self.label)));
        }
        self.signed(challenge).ok_or_else(|| {
            let problem = "cannot sign by itself; give it to an ssh-agent, which can use hardware keys too";
            Error::Key(format!("The key file {} {problem}", self.label))
        })
    }

    fn signed(&self, challenge: &[u8]) -> Option<Vec<u8>> {
        let signature = match self.key.key_data() {
            KeypairData::Rsa(pair) => rsa::sign(pair, &to_be_signed(challenge))?,
            _ => {
                let signed = self.key.sign(NAMESPACE, HashAlg::Sha512, challenge).ok()?;
                [string(signed.algorithm().as_str().as_bytes()), string(signed.signature_bytes())].concat()
            }
        };
        Some(sshsig(&self.key.public_key().to_bytes().ok()?, &signature))
    }
}

/// The key without its passphrase, if that is it. It takes a deliberate while, so another thread does it.
async fn decrypt(key: PrivateKey, passphrase: Secret) -> Result<Option<PrivateKey>, Error> {
    let work = tokio::task::spawn_blocking(move || key.decrypt(passphrase.as_bytes()).ok());
    work.await.map_err(|_| Error::Key("The key file's passphrase could not be tried".to_owned()))
}

fn read(path: &Path, limits: &Limits) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let file = File::open(path).map_err(|_| "cannot be opened")?;
    let metadata = file.metadata().map_err(|_| "cannot be opened")?;
    if !metadata.is_file() {
        return Err("is not a file");
    }
    if metadata.uid() != geteuid().as_raw() || metadata.mode() & OTHERS_MAY_READ != 0 {
        return Err("may be read by others than you; make it yours, of mode 0600");
    }
    if metadata.len() > limits.key_file_bytes {
        return Err("is larger than any key");
    }
    // Room for all of it at once: a vector that grew would leave pieces of the key behind.
    let room = usize::try_from(limits.key_file_bytes).unwrap_or(usize::MAX).saturating_add(1);
    let mut text = Zeroizing::new(Vec::with_capacity(room.min(1 << 20)));
    file.take(limits.key_file_bytes + 1).read_to_end(&mut text).map_err(|_| "cannot be read")?;
    if text.len() as u64 > limits.key_file_bytes {
        return Err("is larger than any key");
    }
    Ok(text)
}

impl Signer for KeyFile {
    fn label(&self) -> String {
        self.label.clone()
    }

    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(async move { self.signature(challenge) })
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("label", &self.label).field("locked", &self.is_locked()).finish_non_exhaustive()
    }
}
