//! The file by which a foreign client knows a node.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use capos_rpc::Identity;

/// The name in every node's certificate.
pub(crate) const SERVER_NAME: &str = "capos-node";

/// A node's certificate in a file, gone on drop.
pub(crate) struct AuthorityFile(PathBuf);

impl AuthorityFile {
    pub(crate) fn of(identity: &Identity) -> Self {
        let path = fresh_path();
        let pem = pem(identity.certificate());
        std::fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(pem.as_bytes()))
            .expect("the temporary folder takes files");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for AuthorityFile {
    fn drop(&mut self) {
        // What is left of it is a file in the build's own temporary folder.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn pem(certificate: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let text = BASE64_STANDARD.encode(certificate);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn fresh_path() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("e2e-{}-{number}.pem", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
