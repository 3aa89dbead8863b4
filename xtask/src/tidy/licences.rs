//! Only licences that a user of the product can live with.

use super::{Foreign, Workspace};

/// SPDX names. Permissive ones alone: the product is linked into other people's programs.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub(super) fn check(workspace: &Workspace) -> Vec<String> {
    let foreign = workspace.foreign.iter();
    foreign
        .filter(|package| !is_allowed(&package.licence))
        .map(|package| {
            let Foreign { name, version, licence } = package;
            format!("{name} {version} has a licence that is not on the list: \"{licence}\"")
        })
        .collect()
}

/// Whether an SPDX expression leaves a choice made of allowed licences alone.
fn is_allowed(expression: &str) -> bool {
    // Old manifests write a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

/// `a OR b`, where AND binds closer; `None` where the expression makes no sense.
fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(words)?;
    while take(words, "OR") {
        allowed |= all_of(words)?;
    }
    Some(allowed)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(words)?;
    while take(words, "AND") {
        allowed &= one(words)?;
    }
    Some(allowed)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    if take(words, "(") {
        let allowed = any_of(words)?;
        return take(words, ")").then_some(allowed);
    }
    let (first, rest) = words.split_first()?;
    *words = rest;
    let mut name = (*first).to_owned();
    if take(words, "WITH") {
        let (exception, rest) = words.split_first()?;
        *words = rest;
        name = format!("{name} WITH {exception}");
    }
    Some(ALLOWED.contains(&name.as_str()))
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if found {
        *words = &words[1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert!(is_allowed("GPL-3.0-only OR MIT"));
        assert!(is_allowed("MIT/Apache-2.0"));
    }

    #[test]
    fn all_parts_must_be_allowed() {
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("MIT AND GPL-3.0-only"));
        assert!(!is_allowed("(MIT OR Apache-2.0) AND GPL-3.0-only"));
    }

    #[test]
    fn exceptions_belong_to_their_licence() {
        assert!(is_allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only"));
        assert!(!is_allowed("GPL-2.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn nonsense_and_silence_are_refused() {
        for expression in ["", "MIT OR", "(MIT", "MIT MIT"] {
            assert!(!is_allowed(expression), "{expression}");
        }
    }
}
