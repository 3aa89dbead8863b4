//! What confines services on this host, for whoever starts the node.

use capos_runner::Profiles;
use capos_sandbox::{CgroupKind, Missing, Strictness, Survey};
use serde_json::{Value as Json, json};

/// What the helper found, and what follows from it for the profiles there are.
#[derive(Clone, Debug)]
pub(crate) struct Confinement {
    survey: Survey,
    /// The services whose profiles ask for what is not there.
    unavailable: Vec<String>,
}

impl Confinement {
    /// What the survey means for these profiles.
    pub(super) fn new(survey: &Survey, profiles: &Profiles) -> Self {
        let lacks = !survey.lacking().is_empty();
        let needs_all = profiles.iter().filter(|profile| lacks && profile.sandbox == Strictness::Required);
        Self { survey: survey.clone(), unavailable: needs_all.map(|profile| profile.id.clone()).collect() }
    }

    /// What confines them, in one line; and what follows from what is missing.
    pub(super) fn lines(&self) -> (String, Option<String>) {
        let lacking = self.survey.lacking();
        if !lacking.is_empty() {
            let consequence = match &self.unavailable[..] {
                [] => "profiles that do not say sandbox = \"best-effort\" would be unavailable".to_owned(),
                ids => format!("unavailable for that: {}", ids.join(", ")),
            };
            return (format!("confined, but without {}", names(&lacking)), Some(consequence));
        }
        match self.survey.cgroup {
            CgroupKind::V2 if self.survey.missing.is_empty() => {
                ("confined in full, control groups v2".to_owned(), None)
            }
            CgroupKind::V1 if self.survey.missing.is_empty() => {
                ("confined in full, control groups v1".to_owned(), None)
            }
            _ => {
                let line = format!("confined, but without {}", names(&self.survey.missing));
                (line, Some("each process is bounded, and not a service as a whole".to_owned()))
            }
        }
    }

    /// Tells the log: what lacks, with what the host said when it was tried.
    pub(super) fn tell_log(&self) {
        let (line, consequence) = self.lines();
        match consequence {
            None => tracing::info!("services: {line}"),
            Some(consequence) => tracing::warn!("services: {line}; {consequence}"),
        }
        for Missing { mechanism, why } in &self.survey.missing {
            tracing::info!(%mechanism, why, "not on this host");
        }
    }

    /// For the ready file.
    pub(super) fn as_json(&self) -> Json {
        let missing = self.survey.missing.iter();
        let missing = missing.map(|one| json!({ "mechanism": one.mechanism.as_str(), "why": one.why }));
        json!({
            "present": self.survey.present.iter().map(|one| one.as_str()).collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
            "unavailable": self.unavailable,
        })
    }
}

fn names(missing: &[Missing]) -> String {
    missing.iter().map(|one| one.mechanism.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use capos_sandbox::Mechanism;

    use super::*;

    fn lacking(mechanisms: &[Mechanism], unavailable: &[&str]) -> (String, Option<String>) {
        let missing = mechanisms.iter().map(|&mechanism| Missing { mechanism, why: "no".to_owned() }).collect();
        let present = Mechanism::ALL.iter().copied().filter(|one| !mechanisms.contains(one)).collect();
        let survey = Survey { present, missing, cgroup: CgroupKind::V2 };
        let unavailable = unavailable.iter().map(ToString::to_string).collect();
        Confinement { survey, unavailable }.lines()
    }

    #[test]
    fn what_lacks_is_told_with_what_follows() {
        assert_eq!(lacking(&[], &[]), ("confined in full, control groups v2".to_owned(), None));
        let (line, consequence) = lacking(&[Mechanism::Landlock, Mechanism::CgroupCpu], &["chat", "greeter"]);
        assert_eq!(line, "confined, but without landlock");
        assert_eq!(consequence.unwrap(), "unavailable for that: chat, greeter");
        let (line, consequence) = lacking(&[Mechanism::CgroupMemory], &[]);
        assert_eq!(line, "confined, but without cgroup memory");
        assert!(consequence.unwrap().contains("each process"));
    }
}
