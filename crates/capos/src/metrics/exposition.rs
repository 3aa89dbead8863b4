//! Prometheus' text format: families of samples.

use std::fmt::{Display, Write as _};

/// What a family counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Only ever grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// A page of figures.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// The type of this form, for HTTP.
    pub(crate) const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// A figure that stands alone.
    pub(crate) fn one(&mut self, kind: Kind, name: &str, help: &str, value: impl Display) {
        self.head(kind, name, help);
        self.line(format_args!("{name} {value}"));
    }

    /// Figures that differ by one label; the label's values are words of ours, and escaped all the same.
    pub(crate) fn by<V: Display>(
        &mut self,
        kind: Kind,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (impl AsRef<str>, V)>,
    ) {
        self.head(kind, name, help);
        for (word, value) in values {
            self.line(format_args!("{name}{{{label}=\"{}\"}} {value}", escaped(word.as_ref())));
        }
    }

    /// The whole page.
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    fn head(&mut self, kind: Kind, name: &str, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing into a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_what_prometheus_reads() {
        let mut page = Page::default();
        page.one(Kind::Gauge, "capos_up", "Whether it is.", 1);
        page.by(Kind::Counter, "capos_calls_total", "Calls.", "outcome", [("done", 2), ("a\"b\\\n", 3)]);
        let expected = "# HELP capos_up Whether it is.\n# TYPE capos_up gauge\ncapos_up 1\n\
            # HELP capos_calls_total Calls.\n# TYPE capos_calls_total counter\n\
            capos_calls_total{outcome=\"done\"} 2\ncapos_calls_total{outcome=\"a\\\"b\\\\\\n\"} 3\n";
        assert_eq!(page.into_text(), expected);
    }
}
