//! What an area has for a page to save.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hyper::header::HeaderValue;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::view::Key;

/// Longest name of a file, in bytes.
const LONGEST_NAME: usize = 120;

/// Downloads of one session; clones are the same. The oldest makes room for the newest.
#[derive(Clone)]
pub(crate) struct Downloads {
    shelf: Arc<Mutex<VecDeque<(Key, Download)>>>,
    most: usize,
    most_bytes: usize,
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    name: String,
    pub(crate) bytes: Bytes,
}

impl Downloads {
    pub(crate) fn new(limits: &WorkspaceLimits) -> Self {
        Self { shelf: Arc::default(), most: limits.downloads, most_bytes: limits.downloads_bytes }
    }

    /// Has a file under that name fetched by whoever is told the key, until newer ones take its room. One that is
    /// larger than all the room is not there.
    pub(crate) fn put(&self, name: &str, bytes: Bytes) -> Key {
        let key = Key::new();
        let mut shelf = self.lock();
        shelf.push_back((key, Download { name: safe_name(name), bytes }));
        let size = |shelf: &VecDeque<(Key, Download)>| shelf.iter().map(|(_, one)| one.bytes.len()).sum::<usize>();
        while shelf.len() > self.most || size(&shelf) > self.most_bytes {
            shelf.pop_front();
        }
        key
    }

    pub(crate) fn get(&self, key: Key) -> Option<Download> {
        self.lock().iter().find(|(of, _)| *of == key).map(|(_, download)| download.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Key, Download)>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Download {
    /// It is saved, never shown: by a name in plain letters, and, for browsers that can, by its own.
    pub(crate) fn disposition(&self) -> HeaderValue {
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_' | ' ');
        let plain: String = self.name.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
        let mut line = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
        for byte in self.name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => line.push(char::from(byte)),
                _ => write!(line, "%{byte:02X}").expect("a text takes everything"),
            }
        }
        HeaderValue::from_str(&line).expect("everything else was written in figures")
    }
}

/// A name of a file, and of nothing but a file in the folder where it is put.
fn safe_name(name: &str) -> String {
    let name = capos_client::plain(name);
    let is_sign =
        |sign: &char| !sign.is_control() && !matches!(sign, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = name.chars().map(|sign| if is_sign(&sign) { sign } else { '_' }).collect();
    let name = name.trim().trim_start_matches('.').trim_end_matches('.').trim();
    let name = name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default();
    if name.is_empty() { "download".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn downloads() -> Downloads {
        Downloads::new(&WorkspaceLimits { downloads: 2, downloads_bytes: 10, ..WorkspaceLimits::default() })
    }

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let downloads = downloads();
        let put = |bytes: &'static str| downloads.put("a", Bytes::from_static(bytes.as_bytes()));
        let (first, second, third) = (put("1"), put("2"), put("3"));
        assert!(downloads.get(first).is_none());
        assert!(downloads.get(second).is_some() && downloads.get(third).is_some());
        let large = put("0123456789");
        assert!(downloads.get(third).is_none() && downloads.get(large).is_some());
        let too_large = put("0123456789a");
        assert!(downloads.get(too_large).is_none());
    }

    #[test]
    fn a_name_leads_nowhere_and_says_nothing_to_the_header() {
        let disposition = |name: &str| {
            let downloads = downloads();
            let key = downloads.put(name, Bytes::new());
            downloads.get(key).unwrap().disposition().to_str().unwrap().to_owned()
        };
        assert_eq!(disposition("a b.txt"), "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
        assert_eq!(disposition("ä.txt"), "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A4.txt");
        for hostile in
            ["../../.ssh/keys", "..", "", "a\"; x=\"b", "a\r\nSet-Cookie: b", "C:\\x", "\u{202e}txt.exe", "\0"]
        {
            let line = disposition(hostile);
            assert_eq!(line.matches('"').count(), 2, "{line}");
            assert!(!line.contains('/') && !line.contains('\\') && !line.contains("\"."), "{line}");
            assert!(!line.contains("%E2%80%AE") && !line.contains("%0D"), "{line}");
        }
        let long = disposition(&"ä".repeat(1000));
        assert_eq!(long.matches("%C3%A4").count(), LONGEST_NAME / 2);
    }
}
