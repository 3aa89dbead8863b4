//! What a terminal shows, against what the README says that it shows.

/// Stands for whatever varies: within a line for any text, alone for any lines.
const ANYTHING: &str = "…";

/// Whether the shown text is what is expected, line by line; spaces at the ends of lines do not count.
pub(crate) fn matches(expected: &[String], shown: &str) -> bool {
    let expected: Vec<&str> = expected.iter().map(|line| line.trim_end()).collect();
    let shown: Vec<&str> = shown.trim_end().lines().map(str::trim_end).collect();
    lines_match(&expected, &shown)
}

fn lines_match(expected: &[&str], shown: &[&str]) -> bool {
    match (expected, shown) {
        ([], []) => true,
        ([ANYTHING, rest @ ..], _) => (0..=shown.len()).any(|skipped| lines_match(rest, &shown[skipped..])),
        ([line, rest @ ..], [first, others @ ..]) => line_matches(line, first) && lines_match(rest, others),
        _ => false,
    }
}

fn line_matches(expected: &str, shown: &str) -> bool {
    let Some((before, after)) = expected.split_once(ANYTHING) else { return expected == shown };
    let Some(rest) = shown.strip_prefix(before) else { return false };
    let places = rest.char_indices().map(|(place, _)| place).chain([rest.len()]);
    places.into_iter().any(|place| line_matches(after, &rest[place..]))
}

#[test]
fn what_varies_is_marked_and_nothing_else_may_differ() {
    let matches = |expected: &str, shown: &str| {
        let lines: Vec<String> = expected.lines().map(str::to_owned).collect();
        matches(&lines, shown)
    };
    assert!(matches("one\ntwo", "one \ntwo\n"));
    assert!(matches("at …:… now", "at 127.0.0.1:99 now"));
    assert!(matches("first\n…\nlast", "first\nlast"));
    assert!(matches("first\n…\nlast", "first\na\nb\nlast"));
    assert!(matches("", ""));
    assert!(!matches("one", "one\ntwo"));
    assert!(!matches("one\ntwo", "one"));
    assert!(!matches("at … now", "at 9 then"));
    assert!(!matches("first\n…\nlast", "first\na"));
}
