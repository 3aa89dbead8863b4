//! The log: one line an event, to standard error.
//!
//! Whoever logs sees to it that no secret is in a line; this file sees to it that no line can pass for two, or for a
//! command to the terminal: text is written with control characters escaped, JSON escapes them by itself.

use std::io::{IsTerminal as _, stderr};
use std::time::SystemTime;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{Layer as _, Registry, fmt, reload};

use crate::config::{Log, LogFormat, LogLevel};

/// The running log, whose level can be changed.
#[derive(Clone)]
pub(crate) struct Logs {
    level: reload::Handle<LevelFilter, Registry>,
}

impl Logs {
    /// Starts the log of this process; there is one.
    pub(crate) fn start(log: &Log) -> Result<Self, TryInitError> {
        let (filter, level) = reload::Layer::new(filter(log.level));
        let lines = match log.format {
            LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(stderr).boxed(),
            LogFormat::Text => {
                let lines = fmt::layer().compact().with_timer(Seconds).with_target(false);
                lines.with_ansi(has_colours()).with_writer(stderr).boxed()
            }
        };
        tracing_subscriber::registry().with(filter).with(lines).try_init()?;
        Ok(Self { level })
    }

    /// Logs from here on what is worth at least this.
    pub(crate) fn set_level(&self, level: LogLevel) {
        // It fails only once the log itself has gone.
        let _ = self.level.reload(filter(level));
    }
}

/// The time as people read it, in UTC.
struct Seconds;

impl FormatTime for Seconds {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", humantime::format_rfc3339_seconds(SystemTime::now()))
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

fn has_colours() -> bool {
    stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
