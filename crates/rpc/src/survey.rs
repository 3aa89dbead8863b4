//! A walk over a whole message before anything else reads it.
//!
//! A message may name one object by many pointers, or claim a list of a billion elements of no size, and so
//! cost far more to read than to send. The walk follows every pointer once, as a reader of the whole tree
//! would, with a budget in step with the message's size. What passes is read without a traversal limit
//! afterwards: `capnp-rpc` panics where a limit is used up between two readings of one response.

use capnp::message::ReaderSegments;

use crate::error::Misuse;

/// Words that a small message may cost more than it has.
const SLACK: u64 = 1024;

/// Checks every pointer of a message.
pub(crate) fn survey<S: ReaderSegments>(segments: &S, words: usize, nesting: usize) -> Result<(), Misuse> {
    let budget = u64::try_from(words).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(SLACK);
    let root = Place { segment: 0, word: 0 };
    let bytes = segments.get_segment(0).ok_or(Misuse::Malformed)?;
    Walk { segments, at_hand: (0, bytes), budget }.pointer(root, nesting)
}

#[derive(Clone, Copy)]
struct Place {
    segment: u32,
    word: i64,
}

impl Place {
    fn after(self, words: i64) -> Place {
        Place { word: self.word + words, ..self }
    }
}

struct Walk<'a, S> {
    segments: &'a S,
    /// The segment of the latest place: nearly always that of the next one, and most messages have no other.
    at_hand: (u32, &'a [u8]),
    budget: u64,
}

impl<S: ReaderSegments> Walk<'_, S> {
    #[inline]
    fn segment(&mut self, segment: u32) -> Result<&[u8], Misuse> {
        if self.at_hand.0 != segment {
            self.at_hand = (segment, self.segments.get_segment(segment).ok_or(Misuse::Malformed)?);
        }
        Ok(self.at_hand.1)
    }

    #[inline]
    fn word(&mut self, place: Place) -> Result<u64, Misuse> {
        let bytes = self.segment(place.segment)?;
        let at = usize::try_from(place.word).ok().and_then(|word| word.checked_mul(8)).ok_or(Misuse::Malformed)?;
        let end = at.checked_add(8).ok_or(Misuse::Malformed)?;
        let bytes = bytes.get(at..end).and_then(|bytes| bytes.try_into().ok()).ok_or(Misuse::Malformed)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn spend(&mut self, words: u64) -> Result<(), Misuse> {
        self.budget = self.budget.checked_sub(words).ok_or(Misuse::Malformed)?;
        Ok(())
    }

    /// Spends for an object and checks that it lies within its segment.
    fn object(&mut self, place: Place, words: u64) -> Result<(), Misuse> {
        self.spend(words)?;
        let bytes = self.segment(place.segment)?;
        let length = i64::try_from(bytes.len() / 8).map_err(|_| Misuse::Malformed)?;
        let words = i64::try_from(words).map_err(|_| Misuse::Malformed)?;
        if place.word < 0 || place.word > length || words > length - place.word {
            return Err(Misuse::Malformed);
        }
        Ok(())
    }

    fn pointer(&mut self, at: Place, nesting: usize) -> Result<(), Misuse> {
        let word = self.word(at)?;
        if word == 0 {
            return Ok(());
        }
        let nesting = nesting.checked_sub(1).ok_or(Misuse::TooDeep)?;
        match word & 3 {
            2 => self.far(word, nesting),
            3 if low(word) == 3 => Ok(()),
            3 => Err(Misuse::Malformed),
            _ => self.content(word, at.after(1 + offset(word)), nesting),
        }
    }

    fn far(&mut self, word: u64, nesting: usize) -> Result<(), Misuse> {
        self.spend(1)?;
        let pad = far_place(word);
        let landing = self.word(pad)?;
        if word & 4 == 0 {
            return match landing & 3 {
                2 => Err(Misuse::Malformed),
                3 if low(landing) == 3 => Ok(()),
                3 => Err(Misuse::Malformed),
                _ => self.content(landing, pad.after(1 + offset(landing)), nesting),
            };
        }
        let tag = self.word(pad.after(1))?;
        if landing & 7 != 2 || tag & 3 > 1 {
            return Err(Misuse::Malformed);
        }
        self.content(tag, far_place(landing), nesting)
    }

    fn content(&mut self, word: u64, place: Place, nesting: usize) -> Result<(), Misuse> {
        if word & 3 == 0 {
            let (data, pointers) = struct_size(word);
            self.object(place, data + pointers)?;
            return self.pointers(place.after(signed(data)), pointers, nesting);
        }
        let count = word >> 35;
        match (word >> 32) & 7 {
            0 => {
                self.object(place, 0)?;
                self.spend(count)
            }
            1 => self.object(place, count.div_ceil(64)),
            2 => self.object(place, count.div_ceil(8)),
            3 => self.object(place, count.div_ceil(4)),
            4 => self.object(place, count.div_ceil(2)),
            5 => self.object(place, count),
            6 => {
                self.object(place, count)?;
                self.pointers(place, count, nesting)
            }
            _ => self.composite(place, count, nesting),
        }
    }

    fn composite(&mut self, place: Place, words: u64, nesting: usize) -> Result<(), Misuse> {
        self.object(place, words + 1)?;
        let tag = self.word(place)?;
        if tag & 3 != 0 {
            return Err(Misuse::Malformed);
        }
        let count = u64::from(low(tag) >> 2);
        let (data, pointers) = struct_size(tag);
        if (data + pointers) * count > words {
            return Err(Misuse::Malformed);
        }
        if data + pointers == 0 {
            self.spend(count)?;
        }
        if pointers == 0 {
            return Ok(());
        }
        let mut element = place.after(1);
        for _ in 0..count {
            self.pointers(element.after(signed(data)), pointers, nesting)?;
            element = element.after(signed(data + pointers));
        }
        Ok(())
    }

    fn pointers(&mut self, first: Place, count: u64, nesting: usize) -> Result<(), Misuse> {
        for index in 0..signed(count) {
            self.pointer(first.after(index), nesting)?;
        }
        Ok(())
    }
}

fn low(word: u64) -> u32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

fn high(word: u64) -> u32 {
    low(word >> 32)
}

fn offset(word: u64) -> i64 {
    i64::from(i32::from_le_bytes(low(word).to_le_bytes()) >> 2)
}

fn far_place(word: u64) -> Place {
    Place { segment: high(word), word: i64::from(low(word) >> 3) }
}

fn struct_size(word: u64) -> (u64, u64) {
    ((word >> 32) & 0xffff, word >> 48)
}

/// Sizes here have at most 31 bits.
fn signed(words: u64) -> i64 {
    i64::try_from(words).unwrap_or(i64::MAX)
}
