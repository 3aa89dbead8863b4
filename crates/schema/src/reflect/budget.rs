//! What one value may still cost.

use crate::error::{Error, Result};

/// What each JSON value costs besides its text.
pub(super) const PER_VALUE: usize = 16;

/// Depth and size left.
pub(super) struct Budget {
    depth: u32,
    size: usize,
}

impl Budget {
    pub(super) fn new(depth: u32, size: usize) -> Self {
        Self { depth, size }
    }

    /// What is left of the size.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn spend(&mut self, size: usize) -> Result<()> {
        let left = self.size.checked_sub(size);
        self.size = left.ok_or_else(|| Error::limit("the value is too large"))?;
        Ok(())
    }

    /// Spends on so many things of the same size, before any is made.
    pub(super) fn spend_on(&mut self, count: u32, each: usize) -> Result<()> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.spend(count.saturating_mul(each))
    }

    pub(super) fn descend(&mut self) -> Result<()> {
        let left = self.depth.checked_sub(1);
        self.depth = left.ok_or_else(|| Error::limit("the value nests too deeply"))?;
        Ok(())
    }

    pub(super) fn ascend(&mut self) {
        self.depth += 1;
    }
}
