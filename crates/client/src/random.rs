//! Random bytes of the system's.

use rustix::rand::{GetRandomFlags, getrandom};

use crate::error::Error;

/// Fills all of `bytes`.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let count = getrandom(&mut *rest, GetRandomFlags::empty());
        let count = count.map_err(|_| Error::System("this machine gives no random numbers"))?;
        rest = rest.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}
