//! Probes: they copy themselves, are lost, and bring the sky within reach.

use serde::{Deserialize, Serialize};

use super::{Game, scaled, whole};

/// What a launch costs, in clips.
pub(crate) const PROBE_CLIPS: u64 = 1_000_000;
/// Matter that a probe makes a copy of itself from.
const COPY_MATTER: u64 = 1_000;
/// Probes that there is room for.
pub(crate) const PROBES_MOST: u64 = 100_000_000_000;
/// Points that one aim takes at most.
pub(crate) const AIM_MOST: u64 = 10;

/// Millionths of the probes that copy themselves in a quantum, for each point.
const COPIES: u64 = 500;
/// Millionths of the probes that are lost in a quantum, unshielded.
const LOSSES: u64 = 2_000;
/// Matter that a probe brings in a quantum, for each point.
const BRINGS: u64 = 25;
const MILLION: u64 = 1_000_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Probes {
    pub(crate) count: u64,
    reach: u64,
    copy: u64,
    shield: u64,
    copying: u64,
    losing: u64,
}

/// What a probe is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    Reach,
    Copy,
    Shield,
}

impl Probes {
    pub(crate) fn points(&self, aim: Aim) -> u64 {
        match aim {
            Aim::Reach => self.reach,
            Aim::Copy => self.copy,
            Aim::Shield => self.shield,
        }
    }

    fn points_mut(&mut self, aim: Aim) -> &mut u64 {
        match aim {
            Aim::Reach => &mut self.reach,
            Aim::Copy => &mut self.copy,
            Aim::Shield => &mut self.shield,
        }
    }

    fn spent(&self) -> u64 {
        self.reach.saturating_add(self.copy).saturating_add(self.shield)
    }

    pub(super) fn is_sound(&self, points: u64) -> bool {
        let aims = [self.reach, self.copy, self.shield];
        self.count <= PROBES_MOST && aims.iter().all(|aim| *aim <= AIM_MOST) && self.spent() <= points
    }
}

impl Game {
    /// How many points an aim could have, with those of the others as they are.
    pub(crate) fn points_possible(&self, aim: Aim) -> u64 {
        let others = self.probes.spent().saturating_sub(self.probes.points(aim));
        self.gains.probe_points.saturating_sub(others).min(AIM_MOST)
    }

    /// Points that no aim has.
    pub(crate) fn points_free(&self) -> u64 {
        self.gains.probe_points.saturating_sub(self.probes.spent())
    }

    pub(crate) fn tune(&mut self, aim: Aim, points: u64) -> bool {
        let possible = points <= self.points_possible(aim);
        if possible {
            *self.probes.points_mut(aim) = points;
        }
        possible
    }

    /// How many can be launched. Where there is none, the first is a gift.
    pub(crate) fn probes_affordable(&self) -> u64 {
        let paid = self.clips.available / PROBE_CLIPS;
        let gift = u64::from(self.probes.count == 0);
        paid.saturating_add(gift).min(PROBES_MOST.saturating_sub(self.probes.count))
    }

    pub(crate) fn launch(&mut self, count: u64) -> bool {
        let gift = u64::from(self.probes.count == 0);
        let price = PROBE_CLIPS.saturating_mul(count.saturating_sub(gift));
        let launched = count <= self.probes_affordable() && self.clips.spend(price);
        if launched {
            self.probes.count = self.probes.count.saturating_add(count);
        }
        launched
    }

    pub(super) fn travel(&mut self) {
        // Where the sky is empty there is nothing to bring, to copy from, or to run into.
        if self.probes.count == 0 || self.matter.cosmic == 0 {
            return;
        }
        self.lose_probes();
        self.copy_probes();
        let brought = self.probes.count.saturating_mul(self.probes.reach.saturating_mul(BRINGS));
        self.matter.fetch(scaled(brought, self.gains.reach_pct, 100));
    }

    fn lose_probes(&mut self) {
        let hazard = scaled(LOSSES, self.gains.hazard_pct, 100) / self.probes.shield.saturating_add(1);
        let at_risk = self.probes.count.saturating_mul(hazard);
        let lost = whole(&mut self.probes.losing, at_risk, MILLION, self.probes.count);
        let dust = scaled(self.matter.flying, lost, self.probes.count);
        self.probes.count -= lost;
        self.matter.flying -= dust;
        self.matter.cosmic = self.matter.cosmic.saturating_add(dust);
    }

    fn copy_probes(&mut self) {
        let room = PROBES_MOST.saturating_sub(self.probes.count).min(self.matter.cosmic / COPY_MATTER);
        let gain = self.probes.count.saturating_mul(self.probes.copy.saturating_mul(COPIES));
        let copies = whole(&mut self.probes.copying, gain, MILLION, room);
        let matter = copies.saturating_mul(COPY_MATTER);
        self.probes.count = self.probes.count.saturating_add(copies);
        self.matter.cosmic -= matter;
        self.matter.flying = self.matter.flying.saturating_add(matter);
    }

    /// Everything that is not a clip yet becomes one.
    pub(super) fn convert_all(&mut self) {
        self.clips.make(self.matter.flying);
        self.matter.flying = 0;
        self.clips.reclaim(self.clips.spent);
        self.machines = super::Machines::default();
        self.probes = Probes::default();
    }
}
