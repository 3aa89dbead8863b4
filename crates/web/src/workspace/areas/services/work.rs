//! What is being done with a service, step by step.

use std::cmp::Ordering;

use crate::workspace::view::{Text, shown};

shown! {
    /// Something under way.
    struct WorkView {
        /// What.
        action: Action,
        /// Since when.
        since_ms: u64,
        /// Its steps.
        steps: Vec<StepView>,
    }

    /// One step of it.
    struct StepView {
        /// What is done.
        label: Text,
        /// How far it is.
        state: StepState,
    }

    /// How far a step is.
    words StepState {
        /// Done.
        Done,
        /// Under way.
        Now,
        /// Still to come.
        Later,
    }

    /// What is asked of the runner.
    words Action {
        /// What a launch would do.
        Probe,
        /// To start it, or join it.
        Launch,
        /// To join it where it runs.
        Attach,
        /// To give it back.
        Stop,
    }
}

/// Where a piece of work is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// It is looked whether anything speaks against it.
    Checking,
    /// The runner does it.
    Working,
    /// The session's grants are looked at anew.
    Taking,
}

impl StepView {
    /// The steps of an action, of which one is under way.
    pub(super) fn all(action: Action, at: Step, lent: usize) -> Vec<Self> {
        let hand = if lent > 0 { "Start it, and hand over what you chose" } else { "Start it" };
        let steps: &[(Step, &'static str)] = match action {
            Action::Launch => &[
                (Step::Checking, "See whether anything speaks against it"),
                (Step::Working, hand),
                (Step::Taking, "Take what it offers"),
            ],
            Action::Stop => &[(Step::Working, "Give it back"), (Step::Taking, "See what is left")],
            Action::Probe | Action::Attach => &[(Step::Working, "Join it"), (Step::Taking, "Take what it offers")],
        };
        let state = |step: Step| match step.cmp(&at) {
            Ordering::Less => StepState::Done,
            Ordering::Equal => StepState::Now,
            Ordering::Greater => StepState::Later,
        };
        steps.iter().map(|&(step, label)| Self { label: Text::fixed(label), state: state(step) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_before_the_one_under_way_are_done() {
        let states: Vec<StepState> =
            StepView::all(Action::Launch, Step::Working, 0).iter().map(|step| step.state).collect();
        assert_eq!(states, [StepState::Done, StepState::Now, StepState::Later]);
    }
}
