//! Names of files: which of a node's are taken, and what is put beside a file while it is copied.

use capos_schema::text::acts;
use ring::digest::{SHA256, digest};

/// Bytes of a name, as every usual file system has it.
const NAME_BYTES: usize = 255;
const PART: &str = ".capos-part";

/// Whether a name that a node tells can be the name of a file here. What a terminal would obey or hide cannot.
pub(super) fn is_usable(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= NAME_BYTES && !name.contains('/') && !name.chars().any(acts)
}

/// Whether a link that lies so many directories below what is copied may have that target: it goes up first, no higher
/// than that, and then down alone. Anything else could be led out by another link.
pub(super) fn stays_within(target: &str, depth: usize) -> bool {
    let mut names = target.split('/').filter(|name| !matches!(*name, "" | ".")).peekable();
    let mut up = 0;
    while names.next_if(|name| *name == "..").is_some() {
        up += 1;
    }
    !target.is_empty() && !target.starts_with('/') && up <= depth && names.all(|name| name != ".." && is_usable(name))
}

/// The name of what is copied so far of a file.
pub(super) fn part_of(name: &str) -> String {
    if name.len() + 1 + PART.len() <= NAME_BYTES {
        return format!(".{name}{PART}");
    }
    // Long names differ anywhere.
    format!(".{}{PART}", hex::encode(digest(&SHA256, name.as_bytes())))
}

/// Whether a source means what is in a directory, and not the directory: it has no name at its end.
pub(super) fn is_content(source: &str) -> bool {
    matches!(source, "" | ".") || source.ends_with("/.")
}

/// A path one name longer.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// A path of the home without what says nothing in it.
pub(super) fn tidy(path: &str) -> String {
    path.split('/').filter(|name| !matches!(*name, "" | ".")).collect::<Vec<_>>().join("/")
}

/// The directory above a path, and its last name; none for the home itself.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    match path.rsplit_once('/') {
        Some(split) => Some(split),
        None if path.is_empty() => None,
        None => Some(("", path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_or_that_a_terminal_obeys_is_not_taken() {
        for name in ["", ".", "..", "a/b", "/", "../x", "a\nb", "a\x1b[2J", "a\u{202e}b", "a\0", &"n".repeat(256)] {
            assert!(!is_usable(name), "{name:?}");
        }
        for name in ["a", "...", "..a", ".hidden", "with blank", "ü", "-", &"n".repeat(255)] {
            assert!(is_usable(name), "{name:?}");
        }
    }

    #[test]
    fn a_link_goes_up_no_higher_than_what_is_copied_and_then_down_alone() {
        for (target, depth, within) in [
            ("a", 0, true),
            ("a/b", 0, true),
            ("../a", 1, true),
            ("../../a", 1, false),
            ("..", 0, false),
            ("a/..", 3, false),
            ("a/../../..", 9, false),
            ("/a", 9, false),
            ("", 9, false),
            ("a\nb", 9, false),
        ] {
            assert_eq!(stays_within(target, depth), within, "{target:?}");
        }
    }

    #[test]
    fn what_is_beside_a_file_has_a_name_that_fits() {
        assert_eq!(part_of("a.iso"), ".a.iso.capos-part");
        let (one, two) = ("n".repeat(255), format!("{}m", "n".repeat(254)));
        assert!(part_of(&one).len() <= NAME_BYTES && part_of(&one) != part_of(&two));
        assert_eq!(part_of(&"n".repeat(243)).len(), 255);
    }
}
