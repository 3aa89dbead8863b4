//! What becomes of a process that ended: pure, with the time as a parameter.
//!
//! **Invariants:** a process is never started again without a wait; the waits grow, up to the longest; one that failed
//! too often is not started until somebody says so.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::profile::{Restart, RestartPolicy};

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As it should, with success.
    Well,
    /// Otherwise; how, in a few words.
    Badly(String),
    /// It was never there, for something that it needs is not.
    Wanting(String),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Start it.
    Start,
    /// Start it at that time.
    Wait(Instant),
    /// Nothing, until somebody asks for it.
    Rest,
    /// Nothing, for this reason, until an administrator says so.
    GiveUp(String),
}

/// The course of one process over its lives.
#[derive(Debug)]
pub(crate) struct Course {
    rules: Restart,
    /// Whether it has to run whoever asks for it.
    kept_up: bool,
    failures: VecDeque<Instant>,
    given_up: Option<String>,
}

impl Course {
    pub(crate) fn new(rules: Restart, kept_up: bool) -> Self {
        Self { rules, kept_up, failures: VecDeque::new(), given_up: None }
    }

    /// Somebody asks for it while it does not run.
    pub(crate) fn wanted(&self) -> Step {
        self.given_up.clone().map_or(Step::Start, Step::GiveUp)
    }

    /// It ended.
    pub(crate) fn ended(&mut self, end: &End, now: Instant) -> Step {
        let always = self.rules.policy == RestartPolicy::Always || self.kept_up;
        match end {
            End::Well if !always => Step::Rest,
            End::Wanting(_) if self.kept_up => Step::Wait(now + self.rules.longest),
            End::Wanting(_) => Step::Rest,
            End::Well => self.failed("it ends at once, each time", now),
            End::Badly(how) => self.failed(how, now),
        }
    }

    fn failed(&mut self, how: &str, now: Instant) -> Step {
        self.failures.push_back(now);
        while self.failures.front().is_some_and(|&first| now.duration_since(first) > self.rules.within) {
            self.failures.pop_front();
        }
        let failures = u32::try_from(self.failures.len()).unwrap_or(u32::MAX);
        if failures >= self.rules.give_up {
            let reason = format!("it failed {failures} times; the last time {how}");
            self.given_up = Some(reason.clone());
            return Step::GiveUp(reason);
        }
        if self.rules.policy == RestartPolicy::Never {
            return Step::Rest;
        }
        Step::Wait(now + self.wait(failures))
    }

    /// Twice as long each time.
    fn wait(&self, failures: u32) -> Duration {
        let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.rules.first.saturating_mul(doubled).min(self.rules.longest)
    }

    /// An administrator starts it: what was is forgotten.
    pub(crate) fn reset(&mut self) {
        self.failures.clear();
        self.given_up = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn course(policy: RestartPolicy) -> Course {
        let rules = Restart {
            policy,
            first: Duration::from_millis(200),
            longest: Duration::from_millis(500),
            give_up: 5,
            within: Duration::from_secs(60),
        };
        Course::new(rules, false)
    }

    fn badly() -> End {
        End::Badly("it was killed".to_owned())
    }

    #[test]
    fn waits_double_up_to_the_longest_and_then_it_is_given_up() {
        let (mut course, now) = (course(RestartPolicy::OnFailure), Instant::now());
        for wait in [200, 400, 500, 500] {
            assert_eq!(course.ended(&badly(), now), Step::Wait(now + Duration::from_millis(wait)));
        }
        let given_up = Step::GiveUp("it failed 5 times; the last time it was killed".to_owned());
        assert_eq!(course.ended(&badly(), now), given_up);
        assert_eq!(course.wanted(), given_up, "whoever asks for it");
        course.reset();
        assert_eq!(course.wanted(), Step::Start);
        assert_eq!(course.ended(&badly(), now), Step::Wait(now + Duration::from_millis(200)));
    }

    #[test]
    fn failures_long_ago_do_not_count() {
        let (mut course, start) = (course(RestartPolicy::OnFailure), Instant::now());
        for round in 0..50 {
            let now = start + Duration::from_millis(60_001) * round;
            assert_eq!(course.ended(&badly(), now), Step::Wait(now + Duration::from_millis(200)));
        }
    }

    #[test]
    fn a_policy_decides_who_is_started_again() {
        let now = Instant::now();
        let first = Step::Wait(now + Duration::from_millis(200));
        assert_eq!(course(RestartPolicy::Never).ended(&badly(), now), Step::Rest);
        assert_eq!(course(RestartPolicy::OnFailure).ended(&End::Well, now), Step::Rest);
        assert_eq!(course(RestartPolicy::Always).ended(&End::Well, now), first);
        let mut kept_up = Course { kept_up: true, ..course(RestartPolicy::OnFailure) };
        assert_eq!(kept_up.ended(&End::Well, now), first);
        let held_up = End::Wanting("chat does not run".to_owned());
        assert_eq!(kept_up.ended(&held_up, now), Step::Wait(now + Duration::from_millis(500)));
        assert_eq!(course(RestartPolicy::Always).ended(&held_up, now), Step::Rest);
    }

    #[test]
    fn one_that_is_never_restarted_is_given_up_all_the_same() {
        let (mut course, now) = (course(RestartPolicy::Never), Instant::now());
        for _ in 0..4 {
            assert_eq!(course.ended(&badly(), now), Step::Rest);
        }
        assert!(matches!(course.ended(&badly(), now), Step::GiveUp(_)));
    }

    proptest! {
        #[test]
        fn no_run_of_ends_starts_it_more_often_than_it_may(
            ends in proptest::collection::vec((0_u8..3, 0_u64..20_000), 1..200),
            always in any::<bool>(),
        ) {
            let policy = if always { RestartPolicy::Always } else { RestartPolicy::OnFailure };
            let (mut course, mut now) = (course(policy), Instant::now());
            let mut starts: Vec<Instant> = Vec::new();
            for (kind, later) in ends {
                now += Duration::from_millis(later);
                let end = [End::Well, badly(), End::Wanting(String::new())][usize::from(kind)].clone();
                match course.ended(&end, now) {
                    Step::Wait(until) => {
                        prop_assert!(until >= now + Duration::from_millis(200), "never at once");
                        prop_assert!(until <= now + Duration::from_millis(500), "never later than the longest");
                        now = until;
                        starts.push(now);
                    }
                    Step::GiveUp(_) => { prop_assert!(matches!(course.wanted(), Step::GiveUp(_))); break; }
                    Step::Rest => {}
                    Step::Start => prop_assert!(false, "an end starts nothing at once"),
                }
            }
            let minute = Duration::from_secs(59);
            for (at, start) in starts.iter().enumerate() {
                let near = starts[at..].iter().filter(|other| other.duration_since(*start) < minute).count();
                prop_assert!(near <= 5, "{near} starts in a minute");
            }
        }
    }
}
