//! Buyers, prices and bought wire.

use serde::{Deserialize, Serialize};

use super::{Game, scaled, whole};

/// What a clip may cost, in cents.
pub(crate) const PRICES: std::ops::RangeInclusive<u64> = 1..=10_000;
/// Marketing does not go further.
pub(crate) const MARKETING_MOST: u64 = 20;
/// Bundles bought in one go.
pub(crate) const BUNDLES_MOST: u64 = 1_000;
/// Wire that a search of the drawers brings.
pub(crate) const FOUND: u64 = 100;

/// Where bundles begin, return to, and stay between, in cents.
const USUAL: u64 = 1_500;
const CHEAPEST: u64 = 900;
const DEAREST: u64 = 3_500;
/// The price of wire moves once in so many milliseconds.
const MOVES_EVERY_MS: u64 = 10_000;
/// Millionths of a clip that one per cent of demand buys in a quantum: a hundred per cent is a clip a second.
const BOUGHT: u64 = 2_500;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Market {
    pub(crate) funds_cents: u64,
    pub(crate) price_cents: u64,
    pub(crate) marketing: u64,
    wire_cents: u64,
    /// Where the price of wire goes next. It begins the same in every game: the market is fair.
    weather: u64,
    selling: u64,
}

impl Market {
    pub(super) fn at_the_beginning() -> Self {
        let weather = 0x9e37_79b9_7f4a_7c15;
        Self { funds_cents: 0, price_cents: 25, marketing: 1, wire_cents: USUAL, weather, selling: 0 }
    }

    pub(super) fn pay(&mut self, cents: u64) -> bool {
        let enough = cents <= self.funds_cents;
        if enough {
            self.funds_cents -= cents;
        }
        enough
    }

    /// What the next step of marketing costs.
    pub(crate) fn marketing_cents(&self) -> u64 {
        2_000_u64.saturating_mul(1 << self.marketing.clamp(1, MARKETING_MOST).saturating_sub(1))
    }

    fn move_wire_price(&mut self) {
        // xorshift: a walk that anybody can retrace, and no more is asked of it.
        self.weather ^= self.weather << 13;
        self.weather ^= self.weather >> 7;
        self.weather ^= self.weather << 17;
        let moved = self.wire_cents.saturating_add(self.weather % 241);
        let (up, down) = (USUAL.saturating_sub(self.wire_cents), self.wire_cents.saturating_sub(USUAL));
        let home = moved.saturating_add(up / 16).saturating_sub(120).saturating_sub(down / 16);
        self.wire_cents = home.clamp(CHEAPEST, DEAREST);
    }

    pub(super) fn is_sound(&self) -> bool {
        PRICES.contains(&self.price_cents) && (1..=MARKETING_MOST).contains(&self.marketing) && self.weather != 0
    }
}

impl Game {
    /// How much the public wants clips, in per cent: it falls with the square of the price.
    pub(crate) fn demand(&self) -> u64 {
        if !self.stage.trades() {
            return 0;
        }
        let known = (1..self.market.marketing.min(MARKETING_MOST)).fold(50_u64, |pct, _| pct * 3 / 2);
        let wanted = scaled(known, self.gains.demand_pct, 100);
        let price = self.market.price_cents.max(1);
        scaled(wanted, 25 * 25, price.saturating_mul(price)).min(1_000_000_000)
    }

    /// What a bundle costs today.
    pub(crate) fn bundle_cents(&self) -> u64 {
        scaled(self.market.wire_cents, self.gains.wire_price_pct, 100).max(1)
    }

    /// Buys so many bundles; none where the money is not there.
    pub(crate) fn buy_wire(&mut self, bundles: u64) -> bool {
        let bought = self.market.pay(self.bundle_cents().saturating_mul(bundles));
        if bought {
            self.matter.gain_wire(self.gains.bundle.saturating_mul(bundles));
            let dearer = (self.market.wire_cents / 200).saturating_mul(bundles);
            self.market.wire_cents = self.market.wire_cents.saturating_add(dearer).min(DEAREST);
        }
        bought
    }

    /// Whether there is neither wire nor anything to get some with.
    pub(crate) fn is_destitute(&self) -> bool {
        let penniless = self.market.funds_cents < self.bundle_cents();
        self.stage.trades() && self.matter.wire == 0 && self.clips.available == 0 && penniless
    }

    /// Looks through the drawers.
    pub(crate) fn scrounge(&mut self) {
        self.matter.gain_wire(FOUND);
    }

    /// The next step of marketing.
    pub(crate) fn advertise(&mut self) -> bool {
        let bought = self.market.marketing < MARKETING_MOST && self.market.pay(self.market.marketing_cents());
        if bought {
            self.market.marketing += 1;
        }
        bought
    }

    pub(super) fn trade(&mut self) {
        let wanted = self.demand().saturating_mul(BOUGHT);
        let sold = whole(&mut self.market.selling, wanted, 1_000_000, self.clips.available);
        self.clips.sell(sold);
        let earned = sold.saturating_mul(self.market.price_cents);
        self.market.funds_cents = self.market.funds_cents.saturating_add(earned);
        if self.clock_ms.is_multiple_of(MOVES_EVERY_MS) {
            self.market.move_wire_price();
        }
        if self.gains.standing_order && self.matter.wire < self.machines.appetite(&self.gains) {
            self.buy_wire(1);
        }
    }
}
