//! Bytes below the level of messages: frames that promise what does not come, or what should not.

/// The length of a word of the encoding.
pub const WORD: usize = 8;

/// A whole frame around one segment of these words.
#[must_use]
pub fn of_words(words: &[u64]) -> Vec<u8> {
    let length = u32::try_from(words.len()).expect("a test's segment is small");
    let mut bytes = header(&[length]);
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

/// A segment table that declares segments of these lengths in words, and none of their content.
#[must_use]
pub fn header(lengths: &[u32]) -> Vec<u8> {
    let count = u32::try_from(lengths.len()).expect("a test's table is small");
    let mut bytes = count_only(count);
    bytes.extend(lengths.iter().flat_map(|length| length.to_le_bytes()));
    bytes.resize(bytes.len().next_multiple_of(WORD), 0);
    bytes
}

/// The first four bytes of a frame that declares this many segments; the table is missing.
#[must_use]
pub fn count_only(segments: u32) -> Vec<u8> {
    // The encoding counts from one: zero segments come out as 2^32.
    segments.wrapping_sub(1).to_le_bytes().to_vec()
}

/// A root pointer to a struct that lies far outside of the message.
#[must_use]
pub fn out_of_bounds() -> Vec<u8> {
    let far_away = 0x0fff_ffff_u64 << 2;
    let one_of_each = 0x0001_0001_u64 << 32;
    of_words(&[far_away | one_of_each])
}

/// A struct whose pointer points at the struct itself: endless to who follows it.
#[must_use]
pub fn circle() -> Vec<u8> {
    let one_pointer = 0x0001_u64 << 48;
    // From the end of this very word back to its beginning.
    let back_one = u64::from(u32::MAX - 3);
    of_words(&[one_pointer, one_pointer | back_one])
}

/// The frame's bytes without its last `missing` ones.
#[must_use]
pub fn cut_short(frame: &[u8], missing: usize) -> Vec<u8> {
    frame[..frame.len().saturating_sub(missing)].to_vec()
}

/// How long the frame at the beginning of `bytes` is, once its table is whole.
#[must_use]
pub fn length(bytes: &[u8]) -> Option<usize> {
    let count = u64::from(word32(bytes, 0)?) + 1;
    let mut words = 0;
    for index in 1..=count {
        words += u64::from(word32(bytes, usize::try_from(index).ok()?)?);
    }
    let table = (count + 1).div_ceil(2);
    usize::try_from((table + words) * WORD as u64).ok()
}

fn word32(bytes: &[u8], index: usize) -> Option<u32> {
    let start = index.checked_mul(4)?;
    let four = bytes.get(start..start + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_frame_is_known_once_its_table_is_there() {
        assert_eq!(length(&of_words(&[1, 2, 3])), Some(32));
        assert_eq!(length(&header(&[1, 2])), Some(16 + 24));
        assert_eq!(length(&count_only(3)), None);
        assert_eq!(length(&[]), None);
    }

    #[test]
    fn a_missing_end_is_missing() {
        assert_eq!(cut_short(&[1, 2, 3], 1), [1, 2]);
        assert!(cut_short(&[1], 5).is_empty());
    }
}
