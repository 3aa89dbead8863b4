//! Keys and signatures that `ssh-keygen` made; the private halves are gone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What each of the signatures is over.
pub(crate) const MESSAGE: &[u8] = b"capos-remote-session sample\0";

pub(crate) struct Sample {
    pub(crate) line: &'static str,
    pub(crate) armored: &'static str,
}

macro_rules! sample {
    ($name:literal) => {
        Sample {
            line: include_str!(concat!("samples/", $name, ".pub")),
            armored: include_str!(concat!("samples/", $name, ".sig")),
        }
    };
}

pub(crate) const ED25519: Sample = sample!("ed25519");
pub(crate) const RSA_3072: Sample = sample!("rsa3072");
pub(crate) const RSA_2048: Sample = sample!("rsa2048");
pub(crate) const DSA_LINE: &str = include_str!("samples/dsa.pub");
pub(crate) const CERTIFICATE_LINE: &str = include_str!("samples/certificate.pub");

pub(crate) const GOOD: [Sample; 5] = [ED25519, sample!("ecdsa256"), sample!("ecdsa384"), sample!("ecdsa521"), RSA_3072];

impl Sample {
    pub(crate) fn binary(&self) -> Vec<u8> {
        let inner: String = self.armored.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(inner).unwrap()
    }

    /// The key as SSH writes it.
    pub(crate) fn key_blob(&self) -> Vec<u8> {
        STANDARD.decode(self.line.split(' ').nth(1).unwrap()).unwrap()
    }
}
