//! Where a request's head ends, whether it is within bounds, and what follows it. Pure.
//!
//! It looks at lines alone and understands no more of a request than how long its body is: what a request means is
//! `hyper`'s to say, which reads the same bytes within bounds of its own.

use crate::server::limits::Limits;
use crate::server::refusal::Refusal;

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// So many bytes, and then another head.
    Body(u64),
    /// Something whose end only `hyper` finds.
    Anything,
}

/// A head that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) bytes: usize,
    pub(crate) follows: Follows,
}

/// Looks at a head as it comes.
#[derive(Debug)]
pub(crate) struct Scan {
    /// Bytes of whole lines.
    lines: usize,
    /// Bytes looked at.
    looked: usize,
    /// Header lines so far; none before the request line.
    headers: Option<usize>,
    /// None where no header has said it.
    follows: Option<Follows>,
    upgrades: bool,
}

impl Scan {
    pub(crate) fn new() -> Self {
        Self { lines: 0, looked: 0, headers: None, follows: None, upgrades: false }
    }

    /// Looks at all that has come; each call gets the same bytes and perhaps more.
    pub(crate) fn look(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<Head>, Refusal> {
        while let Some(end) = find_newline(bytes, self.looked) {
            let line = bytes.get(self.lines..end).unwrap_or_default();
            self.bounds(line.len() + 1, end + 1, limits)?;
            (self.lines, self.looked) = (end + 1, end + 1);
            if self.line(line.strip_suffix(b"\r").unwrap_or(line), limits)? {
                return Ok(Some(Head { bytes: self.lines, follows: self.follows() }));
            }
        }
        self.looked = bytes.len();
        // One more is needed at least.
        self.bounds(bytes.len() - self.lines + 1, bytes.len() + 1, limits)?;
        Ok(None)
    }

    fn bounds(&self, line: usize, head: usize, limits: &Limits) -> Result<(), Refusal> {
        match self.headers {
            None if line > limits.line_bytes => Err(Refusal::LINE_TOO_LONG),
            Some(_) if line > limits.header_bytes => Err(Refusal::HEADER_TOO_LONG),
            _ if head > limits.head_bytes => Err(Refusal::HEADERS_TOO_LARGE),
            _ => Ok(()),
        }
    }

    /// Takes a line; true where it was the last.
    fn line(&mut self, line: &[u8], limits: &Limits) -> Result<bool, Refusal> {
        match self.headers {
            // Empty lines before a request are what some clients leave behind the last one.
            None if line.is_empty() => return Ok(false),
            None => self.headers = Some(0),
            Some(_) if line.is_empty() => return Ok(true),
            Some(headers) if headers >= limits.headers => return Err(Refusal::TOO_MANY_HEADERS),
            Some(headers) => {
                self.headers = Some(headers + 1);
                self.header(line)?;
            }
        }
        Ok(false)
    }

    /// One header says how long the body is. Of two, what is in front of this node may have believed the other one, and
    /// what it took for a body would be a request here.
    fn header(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { return Ok(()) };
        let (name, value) = line.split_at(colon);
        self.upgrades |= name.eq_ignore_ascii_case(b"upgrade");
        let follows = if name.eq_ignore_ascii_case(b"transfer-encoding") {
            Follows::Anything
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let value = value.get(1..).and_then(|value| str::from_utf8(value).ok()).map(str::trim);
            // One that is no number `hyper` refuses.
            value.and_then(|value| value.parse().ok()).map_or(Follows::Anything, Follows::Body)
        } else {
            return Ok(());
        };
        if self.follows.replace(follows).is_some() { Err(Refusal::FRAMING) } else { Ok(()) }
    }

    fn follows(&self) -> Follows {
        if self.upgrades { Follows::Anything } else { self.follows.unwrap_or(Follows::Body(0)) }
    }
}

fn find_newline(bytes: &[u8], from: usize) -> Option<usize> {
    let place = bytes.get(from..)?.iter().position(|&byte| byte == b'\n')?;
    Some(from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Result<Option<Head>, Refusal> {
        Scan::new().look(text.as_bytes(), &Limits::default())
    }

    fn follows(headers: &str) -> Follows {
        whole(&format!("POST / HTTP/1.1\r\n{headers}\r\n")).unwrap().unwrap().follows
    }

    #[test]
    fn a_head_ends_at_its_empty_line_however_it_comes() {
        let text = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nmore";
        assert_eq!(whole(text), Ok(Some(Head { bytes: text.len() - 4, follows: Follows::Body(0) })));
        let mut scan = Scan::new();
        for count in 0..text.len() - 4 {
            assert_eq!(scan.look(&text.as_bytes()[..count], &Limits::default()), Ok(None), "{count}");
        }
        assert_eq!(scan.look(text.as_bytes(), &Limits::default()).unwrap().unwrap().bytes, text.len() - 4);
    }

    #[test]
    fn what_follows_is_in_the_head() {
        assert_eq!(follows(""), Follows::Body(0));
        assert_eq!(follows("content-LENGTH: 17 \r\n"), Follows::Body(17));
        for unclear in ["Transfer-Encoding: chunked\r\n", "Upgrade: websocket\r\n", "Content-Length: -1\r\n"] {
            assert_eq!(follows(unclear), Follows::Anything, "{unclear}");
        }
        assert_eq!(follows("Upgrade: a\r\nContent-Length: 3\r\n"), Follows::Anything);
    }

    #[test]
    fn a_body_has_one_length() {
        let (chunked, three) = ("transfer-encoding:chunked\r\n", "Content-Length: 3\r\n");
        for both in [[chunked, three], [three, chunked], [three, three], [chunked, chunked]] {
            let text = format!("POST / HTTP/1.1\r\n{}\r\n", both.concat());
            assert_eq!(whole(&text), Err(Refusal::FRAMING), "{text}");
        }
    }

    #[test]
    fn each_bound_is_told_by_its_name_at_one_past_it() {
        let limits = Limits { line_bytes: 20, header_bytes: 10, headers: 3, head_bytes: 46, ..Limits::default() };
        let look = |text: &str| Scan::new().look(text.as_bytes(), &limits);
        // 20, 10 and 10 bytes, and the end.
        let line = "GET /1234 HTTP/1.1\r\n";
        assert!(look(&format!("{line}A: 12345\r\nB: 12345\r\n\r\n")).is_ok_and(|head| head.is_some()));
        assert_eq!(look("GET /12345 HTTP/1.1\r\n\r\n"), Err(Refusal::LINE_TOO_LONG));
        assert_eq!(look("GET /12345 HTTP/1.1\r"), Err(Refusal::LINE_TOO_LONG), "before its end has come");
        assert_eq!(look(&format!("{line}A: 123456\r\n\r\n")), Err(Refusal::HEADER_TOO_LONG));
        assert!(look("G\r\nA:\r\nB:\r\nC:\r\n\r\n").is_ok_and(|head| head.is_some()));
        assert_eq!(look("G\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n"), Err(Refusal::TOO_MANY_HEADERS));
        assert!(look(&format!("{line}A: 12345\r\nB: 12345\r\nC:\r\n\r\n")).is_ok_and(|head| head.is_some()));
        assert_eq!(look(&format!("{line}A: 12345\r\nB: 12345\r\nC: \r\n\r\n")), Err(Refusal::HEADERS_TOO_LARGE));
        assert_eq!(look(&"\r\n".repeat(24)), Err(Refusal::HEADERS_TOO_LARGE), "empty lines without end");
    }
}
