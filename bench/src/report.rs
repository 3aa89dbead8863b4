//! The figures as a table for people and as JSON for programs.

use serde_json::{Value, json};

use crate::admission::Cost;
use crate::contender::Contender;
use crate::finding::{self, Finding};
use crate::row::Row;
use crate::statistics::Summary;

/// What one contender did in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    /// In the row's unit.
    pub(crate) rate: f64,
    /// Processor time for one operation, in microseconds: all server processes, and this client.
    pub(crate) server_cpu: f64,
    pub(crate) client_cpu: f64,
}

/// One row's figures.
pub(crate) struct Table {
    pub(crate) row: &'static Row,
    pub(crate) figures: Vec<Figures>,
}

/// One contender's rounds of a row.
pub(crate) struct Figures {
    pub(crate) contender: &'static Contender,
    pub(crate) rounds: Vec<Round>,
}

impl Figures {
    fn summary(&self, figure: impl Fn(&Round) -> f64) -> Summary {
        Summary::of(self.rounds.iter().map(figure))
    }
}

/// How a contender stands to the one that it is set against.
struct Ratio {
    against: &'static str,
    /// Of rates that were measured in the same round.
    rate: Summary,
    /// Of the servers' processor time for one operation.
    server_cpu: Summary,
    aim: Option<f64>,
}

impl Table {
    fn ratio(&self, figures: &Figures) -> Option<Ratio> {
        let against = figures.contender.against?;
        let base = self.figures.iter().find(|other| other.contender.name == against)?;
        let pairs = || figures.rounds.iter().zip(&base.rounds);
        let aims = self.row.aims.iter();
        Some(Ratio {
            against,
            rate: Summary::of(pairs().map(|(ours, theirs)| ours.rate / theirs.rate)),
            server_cpu: Summary::of(pairs().map(|(ours, theirs)| ours.server_cpu / theirs.server_cpu)),
            aim: aims.filter(|(name, _)| *name == figures.contender.name).map(|(_, aim)| *aim).next(),
        })
    }
}

const HEADINGS: [&str; 7] = ["row", "contender", "rate", "spread", "server µs", "client µs", "rate against"];

/// Columns for people.
pub(crate) fn text(tables: &[Table], costs: &[Cost], findings: &[Finding]) -> String {
    let mut text = String::new();
    if !tables.is_empty() {
        text += &columns(&lines(tables));
        text += "\nRates and processor times per operation are medians over the rounds; half of the rounds lie within the spread.\n";
        text += &legend(tables);
    }
    if !costs.is_empty() {
        text += "\nOne admission and its settling, of a grant with\n";
    }
    for Cost { name, aim, nanoseconds } in costs {
        text +=
            &format!("{name:<40}  {:.0} ns ±{:.0}%  (aim {aim:.0})\n", nanoseconds.median, nanoseconds.spread * 50.0);
    }
    if !findings.is_empty() {
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{}{}", columns(&finding::lines(findings)), finding::notes(findings));
    }
    text
}

fn lines(tables: &[Table]) -> Vec<Vec<String>> {
    let mut lines = vec![HEADINGS.map(str::to_owned).to_vec()];
    for table in tables {
        lines.extend(table.figures.iter().map(|figures| line(table, figures)));
    }
    lines
}

fn line(table: &Table, figures: &Figures) -> Vec<String> {
    let rate = figures.summary(|round| round.rate);
    let ratio = table.ratio(figures).map(|ratio| {
        let aim = ratio.aim.map(|aim| format!(" (aim {aim:.2})")).unwrap_or_default();
        format!("{:.2} of {}{aim}", ratio.rate.median, ratio.against)
    });
    vec![
        table.row.name.to_owned(),
        figures.contender.name.to_owned(),
        format!("{:.0} {}", rate.median, table.row.load.unit()),
        format!("±{:.0}%", rate.spread * 50.0),
        format!("{:.1}", figures.summary(|round| round.server_cpu).median),
        format!("{:.1}", figures.summary(|round| round.client_cpu).median),
        ratio.unwrap_or_default(),
    ]
}

fn columns(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or_default()
    };
    let mut text = String::new();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            text += &format!("{cell:<width$}  ", width = width(column));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn legend(tables: &[Table]) -> String {
    let figures = tables.first().map(|table| &table.figures[..]).unwrap_or_default();
    let lines = figures.iter().map(|figures| {
        let Contender { name, what, .. } = figures.contender;
        format!("{name}: {what}\n")
    });
    lines.collect()
}

/// Everything, each round included, for programs.
pub(crate) fn json(tables: &[Table], costs: &[Cost], findings: &[Finding]) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rows: Vec<Value> = tables.iter().map(json_row).collect();
    let admissions =
        costs.iter().map(|cost| json!({ "grant": cost.name, "nanoseconds": cost.nanoseconds.json(), "aim": cost.aim }));
    let admissions: Vec<Value> = admissions.collect();
    let all = json!({ "machine": { "cores": cores }, "rows": rows, "admissions": admissions, "sessions": finding::json(findings) });
    Ok(serde_json::to_string_pretty(&all)?)
}

fn json_row(table: &Table) -> Value {
    let figures = table.figures.iter().map(|figures| json_figures(table, figures));
    json!({
        "row": table.row.name,
        "unit": table.row.load.unit(),
        "contenders": figures.collect::<Vec<_>>(),
    })
}

fn json_figures(table: &Table, figures: &Figures) -> Value {
    let rates: Vec<f64> = figures.rounds.iter().map(|round| round.rate).collect();
    json!({
        "contender": figures.contender.name,
        "rate": figures.summary(|round| round.rate).json(),
        "serverMicroseconds": figures.summary(|round| round.server_cpu).json(),
        "clientMicroseconds": figures.summary(|round| round.client_cpu).json(),
        "rates": rates,
        "ratio": table.ratio(figures).map(|ratio| json!({
            "against": ratio.against,
            "rate": ratio.rate.json(),
            "serverMicroseconds": ratio.server_cpu.json(),
            "aim": ratio.aim,
        })),
    })
}
