//! Passwords: argon2id, and the form in which its result is kept.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::random::random;
use crate::{Error, Limits, Secret};

const SALT: usize = 16;
const OUTPUT: usize = 32;

/// What a kept hash may ask for: a record that says more is not ours, and would stop the node's sign-ins.
const MOST_MEMORY_KIB: u32 = 1 << 20;
const MOST_PASSES: u32 = 64;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// The cost of new hashes; never less than the algorithm can do.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            memory_kib: limits.hash_memory_kib.clamp(Params::MIN_M_COST, MOST_MEMORY_KIB),
            passes: limits.hash_passes.clamp(Params::MIN_T_COST, MOST_PASSES),
        }
    }
}

/// A password's hash with its salt and cost, as the PHC string format writes it.
#[derive(Clone)]
pub(crate) struct Phc {
    cost: Cost,
    salt: [u8; SALT],
    output: Zeroizing<[u8; OUTPUT]>,
}

/// Memory that one thread hashes in, again and again, and wipes each time.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    hashes: u64,
}

impl Memory {
    /// Hashes made in it so far.
    pub(crate) fn hashes(&self) -> u64 {
        self.hashes
    }

    /// Gives the memory back.
    pub(crate) fn rest(&mut self) {
        self.blocks = Vec::new();
    }
}

impl Phc {
    /// Hashes a new password.
    pub(crate) fn make(secret: &Secret, cost: Cost, memory: &mut Memory) -> Result<Self, Error> {
        let salt = random()?;
        let output = derive(secret, cost, &salt, memory)?;
        Ok(Self { cost, salt, output })
    }

    /// Whether this is the password. Costs one hash.
    pub(crate) fn verify(&self, secret: &Secret, memory: &mut Memory) -> Result<bool, Error> {
        let output = derive(secret, self.cost, &self.salt, memory)?;
        Ok(self.output.ct_eq(output.as_ref()).into())
    }

    /// One hash like any other, for an account that has none; the answer is always no.
    pub(crate) fn verify_nothing(secret: &Secret, cost: Cost, memory: &mut Memory) -> Result<bool, Error> {
        let none = Self { cost, salt: [0; SALT], output: Zeroizing::new([0; OUTPUT]) };
        none.verify(secret, memory).map(|_| false)
    }

    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (cost, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let (memory, cost) = cost.strip_prefix("m=")?.split_once(",t=")?;
        let (passes, lanes) = cost.split_once(",p=")?;
        let cost = Cost { memory_kib: number(memory)?, passes: number(passes)? };
        let bounded = (Params::MIN_M_COST..=MOST_MEMORY_KIB).contains(&cost.memory_kib)
            && (Params::MIN_T_COST..=MOST_PASSES).contains(&cost.passes);
        if parts.next().is_some() || lanes != "1" || !bounded {
            return None;
        }
        let output = Zeroizing::new(STANDARD_NO_PAD.decode(output).ok()?);
        Some(Self {
            cost,
            salt: STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?,
            output: Zeroizing::new(output.as_slice().try_into().ok()?),
        })
    }
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn derive(secret: &Secret, cost: Cost, salt: &[u8], memory: &mut Memory) -> Result<Zeroizing<[u8; OUTPUT]>, Error> {
    let refused = |error: argon2::Error| Error::Damaged(format!("password parameters: {error}"));
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(OUTPUT)).map_err(refused)?;
    memory.hashes += 1;
    memory.blocks.resize(params.block_count(), Block::default());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = Zeroizing::new([0; OUTPUT]);
    let hashed = argon2.hash_password_into_with_memory(secret.bytes(), salt, output.as_mut(), &mut memory.blocks);
    memory.blocks.iter_mut().for_each(|block| block.zeroize());
    hashed.map_err(refused)?;
    Ok(output)
}

impl PartialEq for Phc {
    fn eq(&self, other: &Self) -> bool {
        let same = self.output.ct_eq(other.output.as_ref());
        self.cost == other.cost && self.salt == other.salt && bool::from(same)
    }
}

impl Eq for Phc {}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { memory_kib, passes } = self.cost;
        let (salt, output) = (STANDARD_NO_PAD.encode(self.salt), STANDARD_NO_PAD.encode(*self.output));
        write!(f, "$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${output}")
    }
}

/// Whether a new password may be one, told in a sentence where not.
pub(crate) fn check_new(secret: &Secret, account: &str, limits: &Limits) -> Result<(), &'static str> {
    let Ok(text) = std::str::from_utf8(secret.bytes()) else { return Err("the password is no text") };
    if text.len() > limits.password_bytes {
        return Err("the password is too long");
    }
    if text.chars().count() < limits.password_characters {
        return Err("the password is too short");
    }
    if text.eq_ignore_ascii_case(account) {
        return Err("the password is the account's name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };

    #[test]
    fn a_hash_is_kept_in_the_common_form_and_read_back() {
        let mut memory = Memory::default();
        let phc = Phc::make(&"correct horse".into(), CHEAP, &mut memory).unwrap();
        let read = Phc::parse(&phc.to_string()).unwrap();
        assert!(read == phc);
        assert!(read.verify(&"correct horse".into(), &mut memory).unwrap());
        assert!(!read.verify(&"correct horsf".into(), &mut memory).unwrap());
    }

    #[test]
    fn what_is_no_hash_of_ours_is_refused() {
        let good = Phc::make(&"x".into(), CHEAP, &mut Memory::default()).unwrap().to_string();
        let changes = [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("m=8", "m=7"),
            ("m=8", "m=4000000000"),
            ("m=8", "m=+8"),
            ("t=1", "t=0"),
            ("t=1", "t=65"),
            ("p=1", "p=2"),
            ("p=1$", "p=1$AA"),
        ];
        for (from, to) in changes {
            assert!(Phc::parse(&good.replacen(from, to, 1)).is_none(), "{to}");
        }
        assert!(Phc::parse(&format!("{good}$")).is_none());
        assert!(Phc::parse("").is_none());
    }

    #[test]
    fn memory_is_wiped_after_each_hash() {
        let mut memory = Memory::default();
        Phc::make(&"x".into(), CHEAP, &mut memory).unwrap();
        assert!(memory.blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }
}
