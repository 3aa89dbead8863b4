//! What can be wrong with a recording.

/// Why a recording cannot be read. It is always the file's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It does not begin as a recording does.
    NotARecording,
    /// It is one, of another version.
    Version,
    /// A line says nothing that a recording can say.
    Line {
        /// Which one, counted from 1.
        number: u64,
    },
    /// A line is longer than any may be.
    TooLong {
        /// Which one, counted from 1.
        number: u64,
    },
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotARecording => formatter.write_str("this is no asciicast recording"),
            Self::Version => formatter.write_str("the recording is not of asciicast version 2"),
            Self::Line { number } => write!(formatter, "line {number} of the recording is damaged"),
            Self::TooLong { number } => write!(formatter, "line {number} of the recording is too long"),
        }
    }
}

impl std::error::Error for Error {}
