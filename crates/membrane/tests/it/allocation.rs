//! Admission takes nothing from the allocator.

use std::rc::Rc;
use std::sync::Arc;

use capos_membrane::measure::Probe;
use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Methods, Observer, Rules, Settled};
use capos_testkit::lab::LabState;

use crate::world::{LAB, run};

struct Counting(std::cell::Cell<u64>);

impl Observer for Counting {
    fn settled(&self, _: &Settled) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn an_admission_allocates_nothing() {
    run(async {
        let mut rules = Rules::new(Liveness::new().child());
        rules.budgets = vec![
            Arc::new(Budget::new(BudgetLimits { rate: Some((1_000_000, 1_000_000)), ..BudgetLimits::default() })),
            Arc::new(Budget::new(BudgetLimits { total: Some(1_000_000), ..BudgetLimits::default() })),
        ];
        rules.lease_until = Some(u64::MAX);
        rules.methods = Methods::only([(LAB, 0)]);
        let observer = Rc::new(Counting(std::cell::Cell::new(0)));
        rules.observer = Some(observer.clone());
        let membrane = Membrane::new(rules);
        let outside = membrane.wrap(LabState::new().client());
        let probe = Probe::new(&membrane, &outside.client).expect("the membrane's own");
        probe.admission(LAB, 0).unwrap();
        let taken = allocation_counter::measure(|| {
            for _ in 0..1000 {
                probe.admission(LAB, 0).unwrap();
            }
        });
        assert_eq!((taken.count_total, observer.0.get()), (0, 1001));
    });
}
