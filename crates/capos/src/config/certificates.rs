//! The certificate that HTTPS is served with, where one is configured.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use capos_rpc::ServerTls;
use zeroize::Zeroizing;

use super::{Config, Fault, Faults};

/// Largest file that is read: a chain of certificates is some kilobytes.
const LARGEST: u64 = 256 << 10;
/// What everybody may do with a file.
const FOR_EVERYBODY: u32 = 0o007;

/// What HTTPS is served with; nothing where that is the node's identity.
pub(crate) fn read(config: &Config) -> Result<Option<ServerTls>, Faults> {
    let (certificate, key) = match (&config.web.certificate, &config.web.key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => return Err(Fault::of("web.key is needed, too: the key of web.certificate").into()),
        (None, Some(_)) => return Err(Fault::of("web.certificate is needed, too: that of web.key").into()),
    };
    let (chain, secret) = (contents(certificate, false)?, contents(key, true)?);
    let tls = ServerTls::of_pem(&chain, &secret).map_err(|error| {
        let file = if matches!(error, capos_rpc::Error::CertificateUnreadable) { certificate } else { key };
        Faults::from(Fault::of(format!("{}: {error}", file.display())))
    })?;
    Ok(Some(tls))
}

fn contents(path: &Path, is_secret: bool) -> Result<Zeroizing<Vec<u8>>, Faults> {
    let wrong = |what: &str| Faults::from(Fault::of(format!("{}: {what}", path.display())));
    let file = File::open(path).map_err(|error| wrong(&error.to_string()))?;
    let found = file.metadata().map_err(|error| wrong(&error.to_string()))?;
    if !found.is_file() {
        return Err(wrong("it is no file"));
    }
    if is_secret && found.mode() & FOR_EVERYBODY != 0 {
        return Err(wrong("everybody on this machine may read it; `chmod o= FILE` makes it a secret"));
    }
    if found.len() > LARGEST {
        return Err(wrong("the file is too large for a certificate or a key"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default()));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| wrong(&error.to_string()))?;
    Ok(bytes)
}
