//! Long lines on a terminal: broken between words, and further rows set in below where their text began.

use unicode_width::UnicodeWidthStr as _;

/// Where a label is wider than this, what follows it begins at the left.
const WIDEST_LABEL: usize = 32;
/// On less than this, breaking between words helps nobody.
const NARROWEST: usize = 20;

/// The text with every line that is wider than `columns` broken. Rows after a line's first begin at `hang`, or where
/// its label ends (`name: `, or a gap of two blanks) if none is given.
pub(super) fn flow(text: &str, columns: usize, hang: Option<usize>) -> String {
    if columns < NARROWEST {
        return text.to_owned();
    }
    text.split('\n').map(|line| broken(line, columns, hang)).collect::<Vec<_>>().join("\n")
}

fn broken(line: &str, columns: usize, hang: Option<usize>) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let hang = hang.unwrap_or_else(|| label(line)).min(columns / 2);
    let (mut rows, mut row) = (Vec::new(), String::new());
    for piece in line.split_inclusive(' ') {
        let fits = row.width() + piece.trim_end().width() <= columns;
        if !fits && !row.trim().is_empty() {
            rows.push(row.trim_end().to_owned());
            row = " ".repeat(hang);
        }
        row.push_str(piece);
    }
    rows.push(row.trim_end().to_owned());
    rows.join("\n")
}

/// How wide a line's label is, with the blanks before and after it; without one, how far the line is set in.
fn label(line: &str) -> usize {
    let set_in = line.len() - line.trim_start_matches(' ').len();
    let rest = line.get(set_in..).unwrap_or_default();
    let item = if rest.starts_with("- ") { 2 } else { 0 };
    let rest = rest.get(item..).unwrap_or_default();
    let named = rest.find(": ").filter(|end| rest.get(..*end).is_some_and(|name| !name.contains(' ')));
    let end = named.or_else(|| rest.find("  ")).map(|end| {
        let gap = rest.get(end + 1..).unwrap_or_default();
        end + 1 + (gap.len() - gap.trim_start_matches(' ').len())
    });
    let width = end.and_then(|end| rest.get(..end)).map_or(0, |label| label.width());
    set_in + item + if width <= WIDEST_LABEL { width } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_below_where_their_text_began() {
        for (text, expected) in [
            ("short\n\nlines stay\n", "short\n\nlines stay\n"),
            ("one two three four five six", "one two three four\nfive six"),
            ("title:  one two three four", "title:  one two\n        three four"),
            ("  go WAY  one two three four", "  go WAY  one two\n          three four"),
            ("  - way: one two three four", "  - way: one two\n         three four"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa bb", "aaaaaaaaaaaaaaaaaaaaaaaa\nbb"),
            ("字字字字字字 字字字字字字", "字字字字字字\n字字字字字字"),
        ] {
            assert_eq!(flow(text, 20, None), expected);
        }
    }

    #[test]
    fn rows_hang_where_they_are_told_to_and_nothing_is_lost() {
        assert_eq!(flow("[x] ada: one two three", 20, Some(6)), "[x] ada: one two\n      three");
        assert_eq!(flow("one two three four five", 19, None), "one two three four five", "too narrow");
        let text = "a:   b ".repeat(40);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for columns in 20..90 {
            let flown = flow(&text, columns, None);
            assert!(flown.lines().all(|line| line.width() <= columns) && words(&flown) == words(&text));
        }
    }
}
