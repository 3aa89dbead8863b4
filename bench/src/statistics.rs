//! Medians, and how far the rounds lie apart.

use serde_json::{Value, json};

/// What is said about the rounds of one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    /// The distance between the quartiles as a part of the median: half of the rounds lie within it.
    pub(crate) spread: f64,
}

impl Summary {
    pub(crate) fn of(rounds: impl IntoIterator<Item = f64>) -> Self {
        let mut rounds: Vec<f64> = rounds.into_iter().collect();
        rounds.sort_by(f64::total_cmp);
        let median = quantile(&rounds, 0.5);
        let between = quantile(&rounds, 0.75) - quantile(&rounds, 0.25);
        Self { median, spread: if median == 0.0 { 0.0 } else { between / median } }
    }

    pub(crate) fn json(self) -> Value {
        json!({ "median": self.median, "spread": self.spread })
    }
}

/// The value that all but this part of them lie below.
pub(crate) fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(values, part)
}

/// Between two rounds it takes their weighted mean.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let position = part * last as f64;
    let (below, above) = (position.floor(), position.ceil());
    let (low, high) = (sorted[below as usize], sorted[above as usize]);
    low + (high - low) * (position - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_is_the_middle_one() {
        let summary = Summary::of([9.0, 1.0, 5.0]);
        assert_eq!(summary, Summary { median: 5.0, spread: 0.8 });
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(Summary::of([1.0, 2.0]).median, 1.5);
    }

    #[test]
    fn no_rounds_are_no_figure() {
        assert_eq!(Summary::of([]), Summary { median: 0.0, spread: 0.0 });
    }
}
