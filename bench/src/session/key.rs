//! A key pair of this run, in OpenSSH's files: both worlds are given the same one.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

/// An ed25519 key in a file that only its owner reads.
pub(crate) struct Key {
    pub(crate) file: PathBuf,
    /// The public half, as one line of `authorized_keys`.
    pub(crate) public: String,
}

impl Key {
    /// Makes `name` and `name.pub` in this directory.
    pub(crate) fn make(directory: &Path, name: &str) -> anyhow::Result<Self> {
        let key = PrivateKey::new(Ed25519Keypair::from_seed(&seed()?).into(), "capos-bench")?;
        let file = directory.join(name);
        write_private(&file, key.to_openssh(LineEnding::LF)?.as_bytes())?;
        let public = key.public_key().to_openssh()?;
        fs::write(file.with_extension("pub"), format!("{public}\n"))?;
        Ok(Self { file, public })
    }
}

fn seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed).context("reading random bytes")?;
    Ok(seed)
}

fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(bytes)?)
}
