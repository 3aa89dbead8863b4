//! The words for what crosses: sides, and references with their descent.

/// The two sides of a membrane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Where the granted object lives.
    Inside,
    /// Where its holder is.
    Outside,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Inside => Self::Outside,
            Self::Outside => Self::Inside,
        }
    }
}

/// Who a reference is, and how it was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lineage {
    /// Its number in its membrane; a later one is higher.
    pub number: u64,
    /// The reference whose call it crossed in; none for the granted object itself.
    pub parent: Option<u64>,
    /// That call's interface and method.
    pub via: Option<(u64, u16)>,
}

/// One reference that crossed and is still held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its number and how it was come by.
    pub lineage: Lineage,
    /// Where the object lives.
    pub home: Side,
}
