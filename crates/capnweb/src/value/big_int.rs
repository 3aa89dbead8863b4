//! Whole numbers of any size.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A whole number of any size: its decimal digits, without leading zeros, after a minus where it is below zero.
///
/// Nothing is calculated with it here; whoever does takes [`BigInt::as_str`] to a library for that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigInt(String);

impl BigInt {
    /// Reads decimal digits, no more than `most` of them, after a minus or not.
    ///
    /// # Errors
    /// When there are more, or it is something else.
    pub fn parse(text: &str, most: usize) -> Result<Self, Error> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.len() > most {
            return Err(Error::range_error(format!("A bigint exceeds {most} digits.")));
        }
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Error::new("SyntaxError", "A bigint is not made of decimal digits."));
        }
        let significant = digits.trim_start_matches('0');
        Ok(match (significant, digits.len() < text.len()) {
            ("", _) => Self("0".to_owned()),
            (significant, false) => Self(significant.to_owned()),
            (significant, true) => Self(format!("-{significant}")),
        })
    }

    /// Its decimal digits, after a minus where it is below zero.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.starts_with('-')
    }

    /// It as an `i64`, where it fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// It as a `u64`, where it fits.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// It as an `i128`, where it fits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        self.0.parse().ok()
    }
}

impl FromStr for BigInt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text, usize::MAX)
    }
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for BigInt {
            fn from(integer: $integer) -> Self {
                Self(integer.to_string())
            }
        }
    )*};
}

from_integers!(i32, u32, i64, u64, i128, u128);
