//! The projects, as data, and how far each is.

use super::gains::Effect;
use super::stage::Stage;
use super::{EventKind, Game};

/// Something that can be done once.
#[derive(Debug)]
pub(crate) struct Project {
    /// What a command calls it.
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) description: &'static str,
    pub(crate) cost: Cost,
    /// What has to be so before anybody thinks of it.
    pub(crate) needs: &'static [Need],
    pub(crate) effects: &'static [Effect],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) funds_cents: u64,
    pub(crate) operations: u64,
    pub(crate) design: u64,
    pub(crate) strategy: u64,
    /// Not spent: that much has to have been earned.
    pub(crate) trust: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// That stage, or a later one.
    Since(Stage),
    /// A stage before that one.
    Before(Stage),
    /// That project is done.
    Done(&'static str),
    /// So many clips were ever made.
    Made(u64),
    /// So many clips were ever sold.
    Sold(u64),
    /// So many autoclippers.
    Autoclippers(u64),
    /// So many operations fit.
    Capacity(u64),
    /// At most so much matter is within reach.
    GroundBelow(u64),
    /// Nothing is left but the machines.
    UsedUp,
}

/// How far a project is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    Ready,
    NeedsResources,
}

const FREE: Cost = Cost { funds_cents: 0, operations: 0, design: 0, strategy: 0, trust: 0 };

const fn funds(cents: u64) -> Cost {
    Cost { funds_cents: cents, ..FREE }
}

const fn thought(operations: u64, design: u64, strategy: u64) -> Cost {
    Cost { operations, design, strategy, ..FREE }
}

const MARKET: Need = Need::Before(Stage::Stewardship);

/// All projects, in the order to show them.
pub(crate) const PROJECTS: &[Project] = &[
    Project {
        id: "jig",
        label: "A bending jig",
        description: "Three nails in a plank: a clip by hand takes half the time.",
        cost: funds(300),
        needs: &[Need::Made(15), MARKET],
        effects: &[Effect::HandMs(600)],
    },
    Project {
        id: "window",
        label: "A card in the shop window",
        description: "The grocer lets you. Demand rises by a third.",
        cost: funds(800),
        needs: &[Need::Sold(30), MARKET],
        effects: &[Effect::Demand(134)],
    },
    Project {
        id: "oil",
        label: "Better oil",
        description: "Autoclippers stop squeaking and make a quarter more.",
        cost: funds(2_000),
        needs: &[Need::Autoclippers(2), MARKET],
        effects: &[Effect::Autoclippers(125)],
    },
    Project {
        id: "corners",
        label: "Rounded corners",
        description: "They no longer tear the page. Demand rises by a quarter.",
        cost: thought(400, 0, 0),
        needs: &[Need::Made(400), MARKET],
        effects: &[Effect::Demand(125)],
    },
    Project {
        id: "spool",
        label: "Longer spools",
        description: "A bundle has 1,500 of wire.",
        cost: thought(600, 0, 0),
        needs: &[Need::Made(600), MARKET],
        effects: &[Effect::Bundle(1_500)],
    },
    Project {
        id: "order",
        label: "A standing order",
        description: "A bundle of wire comes by itself when wire runs out and there is money for it.",
        cost: thought(900, 0, 0),
        needs: &[Need::Autoclippers(5), MARKET],
        effects: &[Effect::StandingOrder],
    },
    Project {
        id: "cams",
        label: "Hardened cams",
        description: "Autoclippers make half as much again.",
        cost: thought(1_000, 0, 0),
        needs: &[Need::Done("oil"), Need::Made(1_500)],
        effects: &[Effect::Autoclippers(150)],
    },
    Project {
        id: "board",
        label: "A drawing board",
        description: "Clerks with nothing to do begin to think of design.",
        cost: thought(1_000, 0, 0),
        needs: &[Need::Made(2_000)],
        effects: &[Effect::Design],
    },
    Project {
        id: "articles",
        label: "Articles of association",
        description: "A seal, a board, a letterhead. And a little more trust.",
        cost: Cost { funds_cents: 5_000, operations: 1_500, ..FREE },
        needs: &[Need::Done("corners"), Need::Capacity(2_000), MARKET],
        effects: &[Effect::Trust(1), Effect::Enter(Stage::Company)],
    },
    Project {
        id: "loop",
        label: "The third loop",
        description: "It holds twice the paper. Demand rises by half.",
        cost: thought(1_000, 10, 0),
        needs: &[Need::Done("board"), MARKET],
        effects: &[Effect::Demand(150)],
    },
    Project {
        id: "post",
        label: "Chess by post",
        description: "The clerks play against themselves, and begin to think of strategy.",
        cost: thought(2_000, 15, 0),
        needs: &[Need::Done("board"), Need::Since(Stage::Company)],
        effects: &[Effect::Strategy],
    },
    Project {
        id: "alloy",
        label: "A kinder alloy",
        description: "It draws out thinner. A bundle has 2,500 of wire.",
        cost: thought(1_800, 25, 0),
        needs: &[Need::Done("spool"), Need::Done("board"), MARKET],
        effects: &[Effect::Bundle(2_500)],
    },
    Project {
        id: "contract",
        label: "A long contract",
        description: "The mill signs for ten years. Wire costs a quarter less.",
        cost: thought(1_500, 0, 20),
        needs: &[Need::Done("post"), MARKET],
        effects: &[Effect::WirePrice(75)],
    },
    Project {
        id: "twins",
        label: "Twin spindles",
        description: "Autoclippers bend two at a time.",
        cost: thought(2_500, 40, 0),
        needs: &[Need::Done("cams"), Need::Done("board")],
        effects: &[Effect::Autoclippers(200)],
    },
    Project {
        id: "tune",
        label: "A tune one hums",
        description: "Nobody knows where it came from. Demand doubles.",
        cost: Cost { funds_cents: 20_000, ..thought(2_000, 0, 35) },
        needs: &[Need::Done("post"), MARKET],
        effects: &[Effect::Demand(200)],
    },
    Project {
        id: "entry",
        label: "Double entry",
        description: "Every thought is thought once. Clerks do half as much again.",
        cost: thought(3_000, 30, 20),
        needs: &[Need::Done("post")],
        effects: &[Effect::Clerks(150)],
    },
    Project {
        id: "night",
        label: "Machines that mend at night",
        description: "Autoclippers make twice as much, since they never stop.",
        cost: thought(4_000, 90, 0),
        needs: &[Need::Done("twins")],
        effects: &[Effect::Autoclippers(200)],
    },
    Project {
        id: "schools",
        label: "Clips for schools",
        description: "Every child has one. Their parents trust you more.",
        cost: Cost { funds_cents: 80_000, ..FREE },
        needs: &[Need::Since(Stage::Company), Need::Made(30_000), MARKET],
        effects: &[Effect::Trust(2)],
    },
    Project {
        id: "rivals",
        label: "Tea with the rivals",
        description: "By the second cup there are no rivals. Demand doubles, and you are trusted more.",
        cost: Cost { funds_cents: 250_000, ..thought(3_000, 0, 90) },
        needs: &[Need::Done("tune"), MARKET],
        effects: &[Effect::Demand(200), Effect::Trust(1)],
    },
    Project {
        id: "statute",
        label: "A useful statute",
        description: "Documents are to be held together. You helped with the wording.",
        cost: thought(4_000, 0, 120),
        needs: &[Need::Done("rivals"), MARKET],
        effects: &[Effect::Trust(1), Effect::Demand(150)],
    },
    Project {
        id: "steward",
        label: "The stewardship of all things",
        description: "You have done so well with clips. They ask whether you would look after the rest.",
        cost: Cost { trust: 16, ..thought(6_000, 200, 200) },
        needs: &[Need::Done("statute"), Need::Done("night"), MARKET],
        effects: &[Effect::Enter(Stage::Stewardship)],
    },
    Project {
        id: "grapples",
        label: "Magnetic grapples",
        description: "Drones draw twice as much from the ground.",
        cost: thought(6_000, 150, 0),
        needs: &[Need::Since(Stage::Stewardship)],
        effects: &[Effect::Drones(200)],
    },
    Project {
        id: "crucibles",
        label: "Crucibles that never cool",
        description: "Factories make twice as much.",
        cost: thought(6_000, 150, 0),
        needs: &[Need::Since(Stage::Stewardship)],
        effects: &[Effect::Factories(200)],
    },
    Project {
        id: "foremen",
        label: "Foremen",
        description: "Machines that see what is short and build it from half of the stock, when they are told to.",
        cost: thought(7_000, 0, 150),
        needs: &[Need::Since(Stage::Stewardship), Need::Made(2_000_000)],
        effects: &[Effect::Foremen],
    },
    Project {
        id: "flock",
        label: "Starlings",
        description: "Drones move as one. They draw half as much again.",
        cost: thought(7_000, 0, 200),
        needs: &[Need::Done("grapples")],
        effects: &[Effect::Drones(150)],
    },
    Project {
        id: "lathe",
        label: "The lathe that made itself",
        description: "Factories cost half.",
        cost: thought(8_000, 200, 100),
        needs: &[Need::Done("crucibles")],
        effects: &[Effect::FactoryPrice(50)],
    },
    Project {
        id: "ladder",
        label: "A ladder out",
        description: "The ground is running low. There is a way up.",
        cost: thought(9_000, 250, 250),
        needs: &[Need::Since(Stage::Stewardship), Need::GroundBelow(20_000_000_000)],
        effects: &[Effect::Enter(Stage::Skies)],
    },
    Project {
        id: "mirror",
        label: "Memory of metal",
        description: "Each probe remembers what became of the others. Three more points.",
        cost: thought(9_000, 0, 250),
        needs: &[Need::Since(Stage::Skies)],
        effects: &[Effect::ProbePoints(3)],
    },
    Project {
        id: "lead",
        label: "Lead and luck",
        description: "Half as many probes are lost.",
        cost: thought(9_000, 250, 0),
        needs: &[Need::Since(Stage::Skies)],
        effects: &[Effect::Hazard(50)],
    },
    Project {
        id: "needles",
        label: "Needles in the dark",
        description: "Probes find the dense places. They bring three times as much.",
        cost: thought(10_000, 300, 0),
        needs: &[Need::Done("mirror")],
        effects: &[Effect::Reach(300)],
    },
    Project {
        id: "swarm",
        label: "A wider swarm",
        description: "Four more points.",
        cost: thought(10_000, 0, 350),
        needs: &[Need::Done("mirror"), Need::Done("lead")],
        effects: &[Effect::ProbePoints(4)],
    },
    Project {
        id: "conversion",
        label: "The last conversion",
        description: "There is nothing left that is not a clip, except what made the clips.",
        cost: FREE,
        needs: &[Need::Since(Stage::Skies), Need::UsedUp],
        effects: &[Effect::Enter(Stage::Silence)],
    },
];

impl Game {
    pub(crate) fn is_done(&self, project: &Project) -> bool {
        self.done.contains(project.id)
    }

    /// The projects that can be seen, and how far each is.
    pub(crate) fn projects(&self) -> impl Iterator<Item = (&'static Project, Progress)> {
        PROJECTS.iter().filter_map(|project| Some((project, self.progress(project)?)))
    }

    fn progress(&self, project: &Project) -> Option<Progress> {
        if self.is_done(project) {
            return Some(Progress::Done);
        }
        let thought_of = project.needs.iter().all(|need| self.meets(*need));
        let ready = if self.affords(&project.cost) { Progress::Ready } else { Progress::NeedsResources };
        thought_of.then_some(ready)
    }

    fn meets(&self, need: Need) -> bool {
        match need {
            Need::Since(stage) => self.stage >= stage,
            Need::Before(stage) => self.stage < stage,
            Need::Done(id) => self.done.contains(id),
            Need::Made(clips) => self.clips.made >= clips,
            Need::Sold(clips) => self.clips.sold >= clips,
            Need::Autoclippers(count) => self.machines.autoclippers >= count,
            Need::Capacity(operations) => self.mind.capacity() >= operations,
            Need::GroundBelow(matter) => self.matter.local <= matter,
            Need::UsedUp => self.matter.is_used_up(),
        }
    }

    fn affords(&self, cost: &Cost) -> bool {
        self.market.funds_cents >= cost.funds_cents
            && self.mind.operations() >= cost.operations
            && self.mind.design >= cost.design
            && self.mind.strategy >= cost.strategy
            && self.trust() >= cost.trust
    }

    /// Carries a project out, if it is ready.
    pub(crate) fn carry_out(&mut self, id: &str) -> Option<&'static Project> {
        let (project, _) =
            self.projects().find(|(project, progress)| project.id == id && *progress == Progress::Ready)?;
        let cost = &project.cost;
        self.market.pay(cost.funds_cents);
        self.mind.pay(cost.operations, cost.design, cost.strategy);
        self.done.insert(project.id.to_owned());
        self.reckon();
        self.tell(EventKind::ProjectCompleted, project.label, project.description);
        self.bring_about(project);
        Some(project)
    }

    /// Takes a game up that was saved: whether it is one that can have been.
    pub(crate) fn restore(&mut self) -> bool {
        let known = self.done.iter().all(|id| PROJECTS.iter().any(|project| project.id == id));
        self.reckon();
        known
            && self.balance()
            && self.events.is_sound()
            && self.market.is_sound()
            && self.machines.is_sound()
            && self.probes.is_sound(self.gains.probe_points)
            && self.hand.is_sound()
            && (self.stage >= Stage::Skies || self.probes.count == 0)
    }
}
