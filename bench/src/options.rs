//! What `measure` is told.

use std::time::Duration;

use anyhow::{Context, bail};

/// How to measure.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) json: bool,
    /// Only rows whose name contains this.
    pub(crate) row: Option<String>,
    pub(crate) rounds: usize,
    /// How long each contender is loaded in a round.
    pub(crate) slice: Duration,
    pub(crate) warm_up: Duration,
    /// How often somebody signs in, in a round.
    pub(crate) visits: u32,
    /// Sessions on one node.
    pub(crate) crowd: usize,
    /// How much a command writes, in MiB.
    pub(crate) output_mib: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            json: false,
            row: None,
            // Odd, so that the median is one of the rounds.
            rounds: 11,
            slice: Duration::from_millis(500),
            warm_up: Duration::from_millis(200),
            visits: 20,
            crowd: 10_000,
            output_mib: 256,
        }
    }
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} wants a value"));
            match argument.as_str() {
                "--json" => options.json = true,
                "--quick" => options.be_quick(),
                "--row" => options.row = Some(value()?.clone()),
                "--rounds" => options.rounds = value()?.parse().context("--rounds wants a number")?,
                _ => bail!("no option {argument}"),
            }
        }
        anyhow::ensure!(options.rounds > 0, "--rounds must be at least 1");
        Ok(options)
    }

    /// To see that everything runs, not how fast.
    fn be_quick(&mut self) {
        self.rounds = 3;
        self.slice = Duration::from_millis(50);
        self.warm_up = Duration::from_millis(10);
        self.visits = 3;
        self.crowd = 200;
        self.output_mib = 8;
    }

    /// Whether the row was chosen.
    pub(crate) fn wants(&self, row: &str) -> bool {
        self.row.as_ref().is_none_or(|part| row.contains(part))
    }

    /// Tells whoever waits what is being done.
    pub(crate) fn tell(&self, row: &str) {
        if !self.json {
            eprintln!("measuring {row}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> anyhow::Result<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn options_are_taken_in_any_order() {
        let options = parse("--rounds 5 --json --row echo").unwrap();
        assert_eq!((options.rounds, options.json), (5, true));
        assert_eq!(options.row.as_deref(), Some("echo"));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in ["--jsno", "--rounds", "--rounds x", "--rounds 0"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
