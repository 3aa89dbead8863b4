//! What holders, services and rules do that nobody should, and what must not come of it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use capnp::capability::FromClientHook;
use capos_membrane::{Admission, Budget, BudgetLimits, Call, Liveness, Policy};
use capos_schema::{Code, Denial};
use futures::channel::oneshot;
use tokio::task::spawn_local;

use crate::world::{World, code, everywhere, quiet};

#[test]
fn a_policy_that_ends_the_grant_and_allows_starts_nothing() {
    /// Ends the grant, and says yes all the same.
    struct Absent(Liveness);
    impl Policy for Absent {
        fn admit(&self, _: &Call<'_>) -> Admission {
            drop(self.0.end(Code::StaleSession));
            Admission::Allow
        }
    }
    everywhere(async |layout| {
        let world = World::with(layout, |rules| rules.policy = Some(Rc::new(Absent(rules.liveness.clone()))));
        assert_eq!(code(world.echo(b"").await), Some(Code::StaleSession), "{layout:?}");
        quiet().await;
        assert_eq!(world.state.counts().started, 0, "{layout:?}");
    });
}

/// Leaves every call to the test.
#[derive(Default)]
struct Asking(RefCell<Vec<oneshot::Sender<Result<(), Denial>>>>);

impl Policy for Asking {
    fn admit(&self, _: &Call<'_>) -> Admission {
        let (answer, told) = oneshot::channel();
        self.0.borrow_mut().push(answer);
        Admission::Later(Box::pin(async { told.await.unwrap_or(Err(Code::ApprovalDenied.into())) }))
    }
}

#[test]
fn a_call_that_was_not_approved_costs_nothing() {
    everywhere(async |layout| {
        let budget = Arc::new(Budget::new(BudgetLimits { total: Some(1), ..BudgetLimits::default() }));
        let policy = Rc::new(Asking::default());
        let world = World::with(layout, |rules| {
            rules.policy = Some(policy.clone());
            rules.budgets = vec![budget.clone()];
        });
        let refused = spawn_local(world.lab.hang_request().send().promise);
        quiet().await;
        policy.0.borrow_mut().pop().expect("asked").send(Err(Code::ApprovalDenied.into())).unwrap();
        assert_eq!(code(refused.await.unwrap()), Some(Code::ApprovalDenied), "{layout:?}");
        quiet().await;
        assert_eq!((budget.in_flight(), budget.spent()), (0, 0), "{layout:?}");
    });
}
