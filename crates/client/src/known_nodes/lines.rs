//! The lines of a known-nodes file. Pure.

use std::collections::BTreeSet;
use std::fmt;

use capos_rpc::Fingerprint;

use crate::endpoint::Endpoint;

/// A line that cannot be understood, counted from one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) line: usize,
    pub(super) problem: &'static str,
}

/// All lines, those that say nothing included.
pub(super) struct Lines(Vec<Line>);

enum Line {
    /// Blank, or a comment; kept as it is.
    Text(String),
    Node {
        endpoint: Endpoint,
        fingerprint: Fingerprint,
        comment: String,
    },
}

impl Lines {
    pub(super) fn parse(text: &str) -> Result<Self, BadLine> {
        let mut seen = BTreeSet::new();
        let lines = text.lines().zip(1..).map(|(text, line)| {
            let parsed = Line::parse(text).map_err(|problem| BadLine { line, problem })?;
            match &parsed {
                Line::Node { endpoint, .. } if !seen.insert(endpoint.to_string()) => {
                    Err(BadLine { line, problem: "names a node that a line before it names too" })
                }
                _ => Ok(parsed),
            }
        });
        lines.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn find(&self, wanted: &Endpoint) -> Option<(Fingerprint, usize)> {
        self.0.iter().zip(1..).find_map(|(line, number)| match line {
            Line::Node { endpoint, fingerprint, .. } if endpoint == wanted => Some((*fingerprint, number)),
            _ => None,
        })
    }

    pub(super) fn set(&mut self, wanted: &Endpoint, key: Fingerprint) {
        for line in &mut self.0 {
            if let Line::Node { endpoint, fingerprint, .. } = line
                && endpoint == wanted
            {
                *fingerprint = key;
                return;
            }
        }
        self.0.push(Line::Node { endpoint: wanted.clone(), fingerprint: key, comment: String::new() });
    }

    pub(super) fn remove(&mut self, wanted: &Endpoint) -> bool {
        let before = self.0.len();
        self.0.retain(|line| !matches!(line, Line::Node { endpoint, .. } if endpoint == wanted));
        self.0.len() < before
    }
}

impl Line {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return Ok(Self::Text(text.to_owned()));
        }
        let (node, comment) = trimmed.split_once('#').unwrap_or((trimmed, ""));
        let mut words = node.split_whitespace();
        let (Some(endpoint), Some(key), None) = (words.next(), words.next(), words.next()) else {
            return Err("is not `host:port fingerprint`");
        };
        Ok(Self::Node {
            endpoint: endpoint.parse().map_err(|_| "does not begin with host:port")?,
            fingerprint: Fingerprint::parse(key).map_err(|_| "has no fingerprint, `SHA256:` and 43 characters")?,
            comment: comment.trim().to_owned(),
        })
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| match line {
            Line::Text(text) => writeln!(f, "{text}"),
            Line::Node { endpoint, fingerprint, comment } if comment.is_empty() => {
                writeln!(f, "{endpoint} {fingerprint}")
            }
            Line::Node { endpoint, fingerprint, comment } => writeln!(f, "{endpoint} {fingerprint} # {comment}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(letter: char) -> String {
        format!("SHA256:{}", String::from(letter).repeat(42) + "A")
    }

    fn parse(text: &str) -> Result<Lines, BadLine> {
        Lines::parse(text)
    }

    #[test]
    fn comments_blank_lines_and_order_stay() {
        let text = format!("# mine\n\nnode:2327 {} # the old one\n  # more\n[::1]:99 {}\n", key('A'), key('B'));
        let mut lines = parse(&text).unwrap();
        assert_eq!(lines.to_string(), text);
        let node: Endpoint = "node".parse().unwrap();
        assert_eq!(lines.find(&node).unwrap().1, 3);
        lines.set(&node, Fingerprint::parse(&key('C')).unwrap());
        assert_eq!(lines.to_string(), text.replace(&key('A'), &key('C')));
        assert!(lines.remove(&node) && !lines.remove(&node));
        lines.set(&node, Fingerprint::parse(&key('D')).unwrap());
        assert!(lines.to_string().ends_with(&format!("[::1]:99 {}\nnode:2327 {}\n", key('B'), key('D'))));
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let good = format!("node {}\n", key('A'));
        for (bad, problem) in [
            ("node".to_owned(), "is not `host:port fingerprint`"),
            (format!("node2 {} x", key('A')), "is not `host:port fingerprint`"),
            (format!("a/b {}", key('A')), "does not begin with host:port"),
            ("node2 SHA256:AAAA".to_owned(), "has no fingerprint, `SHA256:` and 43 characters"),
            (format!("NODE:2327 {}", key('B')), "names a node that a line before it names too"),
        ] {
            assert_eq!(parse(&format!("{good}# fine\n{bad}\n{good}")).err(), Some(BadLine { line: 3, problem }));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_reads_the_same(text in "([a-c:0-9# ]|\n|SHA256:[AB]{42}A){0,12}") {
            if let Ok(lines) = parse(&text) {
                let written = lines.to_string();
                prop_assert_eq!(parse(&written).unwrap().to_string(), written);
            }
        }
    }
}
