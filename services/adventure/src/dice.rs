//! Chance, repeatable: the same rolls for the same player in the same order.

use serde::{Deserialize, Serialize};

/// A generator of rolls (SplitMix64). It guards nothing, so it need not be hard to foretell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dice(u64);

impl Dice {
    /// Dice that roll what this seed says.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `least..=most`.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        let span = u64::from(most.saturating_sub(least)) + 1;
        let offset = u32::try_from(self.next() % span).expect("below a span that fits");
        least + offset
    }

    /// Whether something happens that does so `percent` times in a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        let rolls = |dice: &mut Dice| (0..32).map(|_| dice.between(3, 9)).collect::<Vec<_>>();
        let first = rolls(&mut one);
        assert_eq!(first, rolls(&mut other));
        assert!(first.iter().all(|roll| (3..=9).contains(roll)));
        assert!(!one.chance(0) && one.chance(100));
    }
}
