//! What a command is given to read: a file, or standard input where its name is `-`, within a bound.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// All of it; what is longer than `most` is refused, and not cut.
pub(crate) fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if path == Path::new("-") { whole(io::stdin().lock(), most) } else { whole(File::open(path)?, most) }
}

/// The same as text.
pub(crate) fn text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(bytes(path, most)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not text"))
}

fn whole(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length <= most) {
        return Ok(content);
    }
    Err(io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {most} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_and_not_cut() {
        assert_eq!(whole(&b"four"[..], 4).unwrap(), b"four");
        assert_eq!(whole(&b"fives"[..], 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_file_that_is_no_text_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(bytes(&path, 1).unwrap(), [0xff]);
        assert_eq!(text(&path, 1).unwrap_err().to_string(), "it is not text");
    }
}
