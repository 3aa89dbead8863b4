//! Signatures with RSA keys, which `ssh-key` 0.6 cannot make: it takes the first prime for the second one too.

use rsa::rand_core::{CryptoRng, Error, RngCore, impls};
use rsa::sha2::{Digest, Sha512};
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};
use ssh_key::Mpint;
use ssh_key::private::RsaKeypair;

use super::sshsig::string;
use crate::random::fill;

/// The signature in SSH's own encoding.
pub(super) fn sign(pair: &RsaKeypair, message: &[u8]) -> Option<Vec<u8>> {
    let number = |part: &Mpint| part.as_positive_bytes().map(BigUint::from_bytes_be);
    let primes = vec![number(&pair.private.p)?, number(&pair.private.q)?];
    let (n, e, d) = (number(&pair.public.n)?, number(&pair.public.e)?, number(&pair.private.d)?);
    let key = RsaPrivateKey::from_components(n, e, d, primes).ok()?;
    let digest = Sha512::digest(message);
    // Blinded, so that the time it takes says nothing of the key.
    let signature = key.sign_with_rng(&mut System, Pkcs1v15Sign::new::<Sha512>(), &digest).ok()?;
    Some([string(b"rsa-sha2-512"), string(&signature)].concat())
}

/// The system's random numbers.
struct System;

impl RngCore for System {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        fill(bytes).expect("a system that has run this far gives random numbers");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for System {}
