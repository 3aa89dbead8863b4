//! UTF-8 in pieces.

/// Turns bytes into text, whatever the pieces they come in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoder {
    /// The beginning of a character whose end has not come: at most three bytes.
    held: Vec<u8>,
}

impl Decoder {
    /// Appends the text of `bytes`, with U+FFFD for what is none.
    pub(crate) fn push(&mut self, bytes: &[u8], text: &mut String) {
        let mut whole = std::mem::take(&mut self.held);
        whole.extend_from_slice(bytes);
        let mut chunks = whole.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            match chunk.invalid() {
                [] => {}
                begun if chunks.peek().is_none() && may_go_on(begun) => self.held = begun.to_vec(),
                _ => text.push(char::REPLACEMENT_CHARACTER),
            }
        }
    }

    /// Appends what stands for a character that was never finished.
    pub(crate) fn finish(&mut self, text: &mut String) {
        if !std::mem::take(&mut self.held).is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Whether these bytes, which are no character, are the beginning of one.
pub(crate) fn may_go_on(begun: &[u8]) -> bool {
    std::str::from_utf8(begun).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::Decoder;

    #[test]
    fn characters_are_whole_wherever_they_were_cut() {
        let bytes = "aé€😀\u{301}".as_bytes().iter().copied().chain(*b"\xff\xe2\x82x\xf0\x9f").collect::<Vec<_>>();
        let mut whole = String::new();
        let mut decoder = Decoder::default();
        decoder.push(&bytes, &mut whole);
        decoder.finish(&mut whole);
        assert_eq!(whole, String::from_utf8_lossy(&bytes));
        for cut in 0..bytes.len() {
            let (mut text, mut decoder) = (String::new(), Decoder::default());
            decoder.push(&bytes[..cut], &mut text);
            decoder.push(&bytes[cut..], &mut text);
            decoder.finish(&mut text);
            assert_eq!(text, whole, "cut at {cut}");
        }
    }
}
