//! How far the story is.

use serde::{Deserialize, Serialize};

/// A part of the story. They follow one another and none comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stage {
    Table,
    Workshop,
    Company,
    Stewardship,
    Skies,
    Silence,
}

impl Stage {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Table => "The kitchen table",
            Self::Workshop => "The workshop",
            Self::Company => "The company",
            Self::Stewardship => "The stewardship",
            Self::Skies => "The open sky",
            Self::Silence => "Silence",
        }
    }

    pub(crate) fn opening(self) -> &'static str {
        match self {
            Self::Table => "A coil of wire, a pair of pliers, a quiet evening.",
            Self::Workshop => "Something else bends the wire now, and it does not tire.",
            Self::Company => "There are letterheads. The clips on them are yours.",
            Self::Stewardship => {
                "They have handed you the keys to everything, relieved. Money is a memory; matter is not."
            }
            Self::Skies => "The ground is nearly used up. The sky is not, and it has so much more of it.",
            Self::Silence => {
                "The last machine unbends itself into one last clip. Nothing is left that could need one. It is done."
            }
        }
    }

    /// Whether there is anybody to sell to.
    pub(crate) fn trades(self) -> bool {
        self < Self::Stewardship
    }
}
