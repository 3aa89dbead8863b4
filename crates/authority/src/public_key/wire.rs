//! SSH's own encoding: strings with a length before them, and positive integers in them.

use super::Refused;

/// What is left to read of a blob.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next bytes, so many.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Refused> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Refused::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn number(&mut self) -> Result<u32, Refused> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        self.take(N)?.try_into().map_err(|_| Refused::Malformed)
    }

    /// Bytes with their length before them.
    pub(crate) fn string(&mut self) -> Result<&'a [u8], Refused> {
        let length = self.number()?;
        self.take(usize::try_from(length).map_err(|_| Refused::Malformed)?)
    }

    /// A positive integer in its only form: no byte of zero more than the sign needs.
    ///
    /// Two encodings of one key would be two keys to whoever compares them.
    pub(crate) fn positive(&mut self) -> Result<&'a [u8], Refused> {
        match self.string()? {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Ok(rest),
            whole @ [1..0x80, ..] => Ok(whole),
            _ => Err(Refused::Malformed),
        }
    }

    /// Nothing may follow.
    pub(crate) fn end(self) -> Result<(), Refused> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused::Malformed) }
    }
}

/// Appends bytes with their length before them.
pub(crate) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("what is written here was read from a bounded blob");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        assert_eq!(Wire::new(&[0, 0, 0, 2, 7]).string(), Err(Refused::Malformed));
        assert_eq!(Wire::new(&[0xff; 8]).string(), Err(Refused::Malformed));
        assert_eq!(Wire::new(&[0, 0]).string(), Err(Refused::Malformed));
    }

    #[test]
    fn an_integer_has_one_form() {
        let integer = |body: &[u8]| {
            let mut out = Vec::new();
            put_string(&mut out, body);
            Wire::new(&out).positive().map(<[u8]>::to_vec)
        };
        assert_eq!(integer(&[0x7f]), Ok(vec![0x7f]));
        assert_eq!(integer(&[0, 0x80]), Ok(vec![0x80]));
        for other in [&[] as &[u8], &[0], &[0, 0x7f], &[0, 0, 0x80], &[0x80]] {
            assert_eq!(integer(other), Err(Refused::Malformed), "{other:?}");
        }
    }
}
