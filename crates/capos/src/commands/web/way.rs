//! What whoever started a bridge is told of the way to the node: that it is gone, and that it is there again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use capos_client::{Ending, Endpoint, Error, IdentityProblem};

use crate::output::Output;

/// The way to the node; news of it are told.
pub(super) struct Way {
    output: Output,
    last: Mutex<Last>,
}

impl Way {
    pub(super) fn new(output: Output) -> Self {
        Self { output, last: Mutex::default() }
    }

    /// The node was asked for.
    pub(super) fn tried(&self, endpoint: &Endpoint, problem: Option<&Error>) {
        let news = self.last().tried(endpoint, problem);
        self.tell(news);
    }

    /// A connection that somebody used has ended.
    pub(super) fn ended(&self, endpoint: &Endpoint, ending: &Ending) {
        let news = self.last().ended(endpoint, ending);
        self.tell(news);
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: Option<String>) {
        if let Some(sentence) = news {
            self.output.note(&sentence);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nothing answers.
    Away,
    /// What answers is not provably the node.
    Identity,
}

/// How the way was found last: what was said of it is not said again.
#[derive(Default)]
struct Last(Option<(Endpoint, Trouble)>);

impl Last {
    fn tried(&mut self, endpoint: &Endpoint, problem: Option<&Error>) -> Option<String> {
        match problem {
            None => self.found(endpoint).then(|| format!("{endpoint} answers again.")),
            Some(error @ (Error::Unreachable { .. } | Error::Disconnected { .. })) => {
                self.is_new(endpoint, Trouble::Away).then(|| format!("{error} The page goes on trying."))
            }
            // The page asks about one that is not known yet, and sends people here with everything else.
            Some(Error::Identity(problem)) if !matches!(**problem, IdentityProblem::Unconfirmed { .. }) => {
                self.is_new(endpoint, Trouble::Identity).then(|| problem.to_string())
            }
            Some(_) => None,
        }
    }

    fn ended(&mut self, endpoint: &Endpoint, ending: &Ending) -> Option<String> {
        match ending {
            Ending::Closed | Ending::Denied(_) => None,
            Ending::PeerClosed | Ending::PeerAborted(_) | Ending::Lost => {
                let sentence = || format!("The connection to {endpoint} is gone. The page goes on trying.");
                self.is_new(endpoint, Trouble::Away).then(sentence)
            }
        }
    }

    /// Whether there was something wrong with it before.
    fn found(&mut self, endpoint: &Endpoint) -> bool {
        self.0.take().is_some_and(|(there, _)| there == *endpoint)
    }

    fn is_new(&mut self, endpoint: &Endpoint, trouble: Trouble) -> bool {
        let now = Some((endpoint.clone(), trouble));
        std::mem::replace(&mut self.0, now.clone()) != now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_once() {
        let (here, there) = ("127.0.0.1".parse::<Endpoint>().unwrap(), "192.0.2.7".parse::<Endpoint>().unwrap());
        let away = |endpoint: &Endpoint| Error::Unreachable { endpoint: endpoint.clone(), problem: "nobody is there" };
        let mut last = Last::default();
        assert_eq!(last.tried(&here, None), None, "it is there, as it should be");
        assert!(last.ended(&here, &Ending::Lost).is_some_and(|said| said.contains("is gone")));
        assert_eq!(last.tried(&here, Some(&away(&here))), None, "that was said");
        assert_eq!(last.tried(&here, None).as_deref(), Some("127.0.0.1:2327 answers again."));
        assert_eq!(last.tried(&here, None), None);
        assert_eq!(last.ended(&here, &Ending::Closed), None, "by a person who signed out");
        assert!(last.tried(&there, Some(&away(&there))).is_some_and(|said| said.contains("192.0.2.7")));
        assert_eq!(last.tried(&here, None), None, "nothing was wrong with this one");
    }

    #[test]
    fn a_wrong_key_is_told_and_an_unknown_one_is_the_pages_business() {
        let endpoint: Endpoint = "127.0.0.1".parse().unwrap();
        let identity = |problem| Error::Identity(Box::new(problem));
        let fingerprint = capos_client::Fingerprint::parse(&format!("SHA256:{}", "A".repeat(43))).unwrap();
        let mut last = Last::default();
        let unknown = identity(IdentityProblem::Unconfirmed { endpoint: endpoint.clone(), fingerprint });
        assert_eq!(last.tried(&endpoint, Some(&unknown)), None);
        let unproven = identity(IdentityProblem::Unproven);
        assert!(last.tried(&endpoint, Some(&unproven)).is_some());
        assert_eq!(last.tried(&endpoint, Some(&unproven)), None);
    }
}
