//! What the membrane adds to a call in its own process: one admission and its settling, without the call.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use capnp::traits::HasTypeId;
use capos_membrane::measure::Probe;
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Methods, Observer, Rules, Settled};
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;

use crate::options::Options;
use crate::statistics::Summary;

/// Admissions in one round.
const BATCH: u32 = 20_000;
/// What the record keeps before it begins anew.
const RECORD: usize = 4_096;

/// One kind of grant.
struct Case {
    name: &'static str,
    /// Nanoseconds that it should not exceed.
    aim: f64,
    rules: fn() -> Rules,
}

/// What one kind of grant costs.
pub(crate) struct Cost {
    pub(crate) name: &'static str,
    pub(crate) aim: f64,
    pub(crate) nanoseconds: Summary,
}

const CASES: &[Case] = &[
    Case { name: "liveness alone", aim: 100.0, rules: living },
    Case { name: "and two budgets (the default grant)", aim: 100.0, rules: budgeted },
    Case { name: "and a lease, a rate, a list of methods", aim: 100.0, rules: leased },
    Case { name: "and a record of each call", aim: 1_000.0, rules: recorded },
];

fn living() -> Rules {
    Rules::new(Liveness::new().child())
}

fn budgeted() -> Rules {
    let budget = || Arc::new(Budget::new(BudgetLimits::default()));
    Rules { budgets: vec![budget(), budget()], ..living() }
}

fn leased() -> Rules {
    let limits = BudgetLimits { rate: Some((u32::MAX, u32::MAX)), ..BudgetLimits::default() };
    let mut rules = budgeted();
    rules.budgets.push(Arc::new(Budget::new(limits)));
    rules.lease_until = Some(u64::MAX);
    rules.methods = Methods::only((0..32).map(|method| (lab::Client::TYPE_ID, method)));
    rules
}

fn recorded() -> Rules {
    Rules { observer: Some(Rc::new(Record::default())), ..leased() }
}

/// Keeps the latest calls, as the writer of a journal takes them over.
#[derive(Default)]
struct Record(RefCell<Vec<Settled>>);

impl Observer for Record {
    fn settled(&self, settled: &Settled) {
        let mut record = self.0.borrow_mut();
        if record.len() == RECORD {
            record.clear();
        }
        record.push(*settled);
    }
}

/// Measures every kind of grant, in interleaved rounds.
pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Cost>> {
    let mut probes = Vec::new();
    for case in CASES {
        let membrane = Membrane::new((case.rules)());
        let object = membrane.wrap(LabState::new().client());
        let probe = Probe::new(&membrane, &object.client).context("a membrane knows its own")?;
        probes.push((case, probe, object, Vec::new()));
    }
    for _ in 0..options.rounds * 3 {
        for (_, probe, _, rounds) in &mut probes {
            rounds.push(round(probe)?);
        }
    }
    let cost = |(case, _, _, rounds): (&Case, _, _, Vec<f64>)| Cost {
        name: case.name,
        aim: case.aim,
        nanoseconds: Summary::of(rounds),
    };
    Ok(probes.into_iter().map(cost).collect())
}

fn round(probe: &Probe) -> anyhow::Result<f64> {
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(probe).admission(lab::Client::TYPE_ID, 0).map_err(|denial| anyhow::anyhow!("{denial}"))?;
    }
    Ok(start.elapsed().as_nanos() as f64 / f64::from(BATCH))
}
