//! Random bytes of the system.

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::Error;

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(bytes)
}
