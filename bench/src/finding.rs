//! What a row says that is not a table of contenders: lines of figures, or why there are none.

use serde_json::{Value, json};

use crate::statistics::Summary;

/// One row's result.
pub(crate) struct Finding {
    pub(crate) row: &'static str,
    pub(crate) lines: Vec<Line>,
    /// What was left out or made smaller, and why.
    pub(crate) notes: Vec<String>,
}

/// One figure, and what it stands beside.
pub(crate) struct Line {
    what: String,
    unit: &'static str,
    ours: Summary,
    beside: Option<Beside>,
    aim: Option<Aim>,
}

/// The figure that ours is set against.
struct Beside {
    name: &'static str,
    theirs: Summary,
    /// Of figures that were measured in the same round.
    ratio: Summary,
    says: Says,
}

/// Which way round a ratio is read.
#[derive(Clone, Copy, Debug)]
enum Says {
    /// Theirs over ours: how many times less ours is.
    TimesLess,
    /// Ours over theirs.
    PartOf,
}

/// What a figure should reach: the ratio where there is one, else the figure itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

impl Finding {
    pub(crate) fn new(row: &'static str) -> Self {
        Self { row, lines: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn with(mut self, line: Line) -> Self {
        self.lines.push(line);
        self
    }

    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Nothing could be measured.
    pub(crate) fn skipped(row: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::new(row).noting(format!("skipped: {reason}"))
    }
}

impl Line {
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, rounds: &[f64]) -> Self {
        Self { what: what.into(), unit, ours: Summary::of(rounds.iter().copied()), beside: None, aim: None }
    }

    /// How many times less than theirs, round by round.
    pub(crate) fn times_less(mut self, name: &'static str, ours: &[f64], theirs: &[f64]) -> Self {
        let ratio = Summary::of(ours.iter().zip(theirs).map(|(ours, theirs)| theirs / ours));
        self.beside = Some(Beside { name, theirs: Summary::of(theirs.to_vec()), ratio, says: Says::TimesLess });
        self
    }

    /// What part of theirs, round by round.
    pub(crate) fn part_of(mut self, name: &'static str, ours: &[f64], theirs: &[f64]) -> Self {
        let ratio = Summary::of(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs));
        self.beside = Some(Beside { name, theirs: Summary::of(theirs.to_vec()), ratio, says: Says::PartOf });
        self
    }

    pub(crate) fn aiming(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    fn cells(&self, row: &str) -> Vec<String> {
        let theirs = self.beside.as_ref().map(|beside| format!("{} {}", figure(beside.theirs.median), beside.name));
        let ratio = self.beside.as_ref().map(Beside::text);
        vec![
            row.to_owned(),
            self.what.clone(),
            format!("{} {}", figure(self.ours.median), self.unit),
            format!("±{:.0}%", self.ours.spread * 50.0),
            theirs.unwrap_or_default(),
            ratio.unwrap_or_default(),
            self.aim.map(|aim| aim.text()).unwrap_or_default(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "unit": self.unit,
            "ours": self.ours.json(),
            "beside": self.beside.as_ref().map(|beside| json!({
                "name": beside.name,
                "theirs": beside.theirs.json(),
                "ratio": beside.ratio.json(),
                "ratioIs": match beside.says { Says::TimesLess => "theirs/ours", Says::PartOf => "ours/theirs" },
            })),
            "aim": self.aim.map(|aim| aim.text()),
        })
    }
}

impl Beside {
    fn text(&self) -> String {
        let ratio = figure(self.ratio.median);
        match self.says {
            Says::TimesLess => format!("{ratio} times less"),
            Says::PartOf => format!("{ratio} of it"),
        }
    }
}

impl Aim {
    fn text(self) -> String {
        match self {
            Aim::AtLeast(bound) => format!("≥ {}", figure(bound)),
            Aim::AtMost(bound) => format!("≤ {}", figure(bound)),
        }
    }
}

/// Three digits that mean something.
fn figure(value: f64) -> String {
    match value.abs() {
        magnitude if magnitude >= 100.0 => format!("{value:.0}"),
        magnitude if magnitude >= 10.0 => format!("{value:.1}"),
        magnitude if magnitude >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

const HEADINGS: [&str; 7] = ["row", "figure", "ours", "spread", "beside", "ratio", "aim"];

/// Lines of cells for people, without the notes; none where there are no figures.
pub(crate) fn lines(findings: &[Finding]) -> Vec<Vec<String>> {
    let headings = HEADINGS.map(str::to_owned).to_vec();
    let cells = |finding: &Finding| finding.lines.iter().map(|line| line.cells(finding.row)).collect::<Vec<_>>();
    let mut lines: Vec<Vec<String>> = findings.iter().flat_map(cells).collect();
    if !lines.is_empty() {
        lines.insert(0, headings);
    }
    lines
}

/// What was left out or made smaller.
pub(crate) fn notes(findings: &[Finding]) -> String {
    let of =
        |finding: &Finding| finding.notes.iter().map(|note| format!("{}: {note}\n", finding.row)).collect::<String>();
    findings.iter().map(of).collect()
}

pub(crate) fn json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        let lines: Vec<Value> = finding.lines.iter().map(Line::json).collect();
        json!({ "row": finding.row, "lines": lines, "notes": finding.notes })
    };
    findings.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let line = Line::new("time", "ms", &[1.0, 2.0]).times_less("ssh", &[1.0, 2.0], &[10.0, 40.0]);
        assert_eq!(line.beside.unwrap().ratio.median, 15.0);
    }

    #[test]
    fn a_row_that_was_skipped_says_why() {
        let finding = Finding::skipped("sign-in", "no sshd");
        assert!(notes(&[finding]).contains("sign-in: skipped: no sshd"));
    }
}
