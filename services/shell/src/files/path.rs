//! Paths as clients say them.

use std::fmt;

use super::fault::{Fault, Result, shown};
use super::limits::FileLimits;

/// Bytes of one name. As Linux has it.
const NAME_BYTES: usize = 255;

/// A path that goes down only, as far as its text tells: no link in it has been looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RelativePath {
    /// Names with one `/` between them; empty for the directory itself.
    text: String,
}

impl RelativePath {
    /// The directory itself.
    pub(super) const fn here() -> Self {
        Self { text: String::new() }
    }

    pub(super) fn parse(text: capnp::text::Reader<'_>, limits: &FileLimits) -> Result<Self> {
        if text.len() > limits.path_bytes {
            return Err(Fault::bad("the path is too long"));
        }
        let text = text.to_str().map_err(|_| Fault::bad("the path is no UTF-8"))?;
        if text.starts_with('/') {
            return Err(Fault::bad(format!("{} does not begin in the directory", shown(text))));
        }
        let names: Vec<&str> = text.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
        if names.len() > limits.path_names {
            return Err(Fault::bad("the path has too many names"));
        }
        names.iter().try_for_each(|name| parse_name(name))?;
        Ok(Self { text: names.join("/") })
    }

    pub(super) fn is_here(&self) -> bool {
        self.text.is_empty()
    }

    /// As the system takes it.
    pub(super) fn as_str(&self) -> &str {
        if self.is_here() { "." } else { &self.text }
    }

    /// The path of the directory above and the last name; none for the directory itself.
    pub(super) fn split(&self) -> Option<(Self, &str)> {
        let (above, name) = match self.text.rsplit_once('/') {
            Some((above, name)) => (above, name),
            None if self.is_here() => return None,
            None => ("", &*self.text),
        };
        Some((Self { text: above.to_owned() }, name))
    }

    /// The last name; empty for the directory itself.
    pub(super) fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The directories on the way, from the top down, and itself at last.
    pub(super) fn steps(&self) -> impl Iterator<Item = Self> {
        let ends = self.text.match_indices('/').map(|(at, _)| at).chain([self.text.len()]);
        ends.filter_map(|end| self.text.get(..end)).map(|text| Self { text: text.to_owned() })
    }

    /// How many names it has.
    fn depth(&self) -> usize {
        self.text.split('/').filter(|name| !name.is_empty()).count()
    }

    /// Whether a link of this path may have that target: it begins where the link is, and goes nowhere above.
    pub(super) fn may_lead_to(&self, target: &str) -> bool {
        let mut depth = self.depth().saturating_sub(1);
        let mut names = target.split('/').filter(|name| !matches!(*name, "" | "."));
        !target.is_empty()
            && !target.starts_with('/')
            && !target.contains('\0')
            && names.all(|name| match name {
                ".." => depth.checked_sub(1).is_some_and(|above| {
                    depth = above;
                    true
                }),
                _ => {
                    depth += 1;
                    true
                }
            })
    }
}

fn parse_name(name: &str) -> Result<()> {
    match name {
        ".." => Err(Fault::bad("a path cannot go up")),
        name if name.contains('\0') => Err(Fault::bad("a path has no zero bytes")),
        name if name.len() > NAME_BYTES => Err(Fault::bad(format!("{} is too long a name", shown(name)))),
        _ => Ok(()),
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_here() { "the directory itself" } else { &self.text })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<RelativePath> {
        RelativePath::parse(text.into(), &FileLimits::default())
    }

    #[test]
    fn a_path_is_names_that_go_down() {
        for (text, expected) in
            [("", "."), (".", "."), ("./", "."), ("a", "a"), ("a//b/./c/", "a/b/c"), ("..a/b..", "..a/b..")]
        {
            assert_eq!(parse(text).unwrap().as_str(), expected, "{text}");
        }
        for text in ["/", "/etc/passwd", "..", "a/..", "a/../b", "../a", "a\0b", "a/\0"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_path_is_bounded_in_bytes_names_and_the_bytes_of_a_name() {
        let limits = FileLimits { path_bytes: 10, path_names: 3, ..FileLimits::default() };
        let parse_within = |text: &str| RelativePath::parse(text.into(), &limits);
        assert!(parse_within("aaaaaaaaaa").is_ok() && parse_within("aaaaaaaaaaa").is_err());
        assert!(parse_within("a/b/c").is_ok() && parse_within("a/b/c/d").is_err());
        assert!(parse(&"a".repeat(255)).is_ok() && parse(&"a".repeat(256)).is_err());
    }

    #[test]
    fn a_link_leads_nowhere_above() {
        let link = parse("a/b/link").unwrap();
        for (target, may) in [
            ("c", true),
            ("../../x", true),
            ("../../../x", false),
            ("..", true),
            ("c/../../../d", true),
            ("c/../../../../d", false),
            ("/a", false),
            ("", false),
            ("a\0", false),
        ] {
            assert_eq!(link.may_lead_to(target), may, "{target:?}");
        }
    }

    #[test]
    fn steps_lead_from_the_top_down() {
        let steps: Vec<_> = parse("a/b/c").unwrap().steps().map(|path| path.as_str().to_owned()).collect();
        assert_eq!(steps, ["a", "a/b", "a/b/c"]);
        assert_eq!(
            parse("a/b").unwrap().split().map(|(above, name)| (above.text, name.to_owned())),
            Some(("a".into(), "b".into()))
        );
    }

    proptest! {
        #[test]
        fn no_text_becomes_a_path_that_goes_up_or_begins_at_the_root(text in "[a./\0]{0,12}") {
            if let Ok(path) = parse(&text) {
                prop_assert!(!path.as_str().starts_with('/') && !path.as_str().contains('\0'));
                prop_assert!(path.as_str().split('/').all(|name| name != ".." && !name.is_empty()));
            }
        }
    }
}
