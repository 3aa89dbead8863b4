//! What a terminal shows, against what the README says that it shows.

/// Stands for whatever varies: within a line for any text, alone for any lines.
const ANYTHING: &str = "…";

/// Whether the shown text is what is expected, line by line. How wide a gap is does not count: the columns of a table
/// are as wide as what is in them.
pub(crate) fn matches(expected: &[String], shown: &str) -> bool {
    let expected: Vec<String> = expected.iter().map(|line| narrow(line)).collect();
    let shown: Vec<String> = shown.trim_end().lines().map(narrow).collect();
    lines_match(&expected, &shown)
}

fn narrow(line: &str) -> String {
    line.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn lines_match(expected: &[String], shown: &[String]) -> bool {
    match (expected, shown) {
        ([], []) => true,
        ([line, rest @ ..], _) if line == ANYTHING => {
            (0..=shown.len()).any(|skipped| lines_match(rest, &shown[skipped..]))
        }
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
    assert!(matches("one\ntwo  x", "one \ntwo     x\n"));
    assert!(matches("at …:… now", "at 127.0.0.1:99 now"));
    assert!(matches("first\n…\nlast", "first\nlast"));
    assert!(matches("first\n…\nlast", "first\na\nb\nlast"));
    assert!(matches("", ""));
    assert!(!matches("one", "on e"));
    assert!(!matches("one", "one\ntwo"));
    assert!(!matches("one\ntwo", "one"));
    assert!(!matches("at … now", "at 9 then"));
    assert!(!matches("first\n…\nlast", "first\na"));
}
