//! What is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::failure::Exit;
use crate::output::Output;

/// One thing that is wrong, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    place: Option<Place>,
    sentence: String,
}

/// All that is wrong, in the order of the file; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Faults(Vec<Fault>);

/// A place in a file; lines and columns begin with 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The place where a span of the text begins.
    pub(crate) fn of(file: &Path, text: &str, span: &Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).map_or(0, |start| start.chars().count()) + 1;
        Self { file: file.to_owned(), line, column }
    }
}

impl Fault {
    /// A fault at a place in a file.
    pub(crate) fn at(place: Place, sentence: impl Into<String>) -> Self {
        Self { place: Some(place), sentence: one_line(&sentence.into()) }
    }

    /// A fault that is nowhere in a file: of a flag, or of the file itself.
    pub(crate) fn of(sentence: impl Into<String>) -> Self {
        Self { place: None, sentence: one_line(&sentence.into()) }
    }
}

impl Faults {
    /// The faults, or none where there are none.
    pub(crate) fn collect(mut faults: Vec<Fault>) -> Result<(), Faults> {
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort_by(|one, other| one.place.cmp(&other.place));
        Err(Faults(faults))
    }

    /// Tells all of them, a line each, and gives what the process ends with.
    pub(crate) fn tell(&self, output: &Output) -> Exit {
        self.0.iter().for_each(|fault| output.note(&fault.to_string()));
        Exit::Usage
    }

    /// All of them, for programs.
    pub(crate) fn as_json(&self) -> Json {
        let one = |fault: &Fault| match &fault.place {
            Some(Place { file, line, column }) => {
                json!({ "file": file.to_string_lossy(), "line": line, "column": column, "message": fault.sentence })
            }
            None => json!({ "message": fault.sentence }),
        };
        self.0.iter().map(one).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

/// The parser's messages have several lines, and names in a file may have anything in them.
fn one_line(sentence: &str) -> String {
    let lines = sentence.lines().map(str::trim).filter(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(", ");
    joined.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.sentence)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_letters_from_one() {
        let text = "a = 1\nschön = 2\n";
        let at = |start| Place::of(Path::new("f"), text, &(start..start + 1));
        assert_eq!(at(0).to_string(), "f:1:1");
        assert_eq!(at(text.find('2').unwrap()).to_string(), "f:2:9");
        assert_eq!(at(text.len()).to_string(), "f:3:1");
        assert_eq!(at(text.len() + 9).to_string(), "f:3:1", "a span beyond the text is its end");
    }

    #[test]
    fn a_fault_is_one_line_whatever_is_in_it() {
        assert_eq!(Fault::of("one\n  two\n\nthree\x1b[2J").to_string(), "one, two, three\u{fffd}[2J");
    }
}
