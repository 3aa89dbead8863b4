//! What changed in the session between two looks at it.

use capos_client::{CapEntry, Field, FieldChange, SessionDiff};

use crate::workspace::view::{Text, shown};

shown! {
    /// All that changed.
    struct Changes {
        /// Nothing to compare with yet: this look is what the next one is compared with.
        baseline: bool,
        /// In one line.
        summary: Text,
        /// Grants that came.
        added: Vec<GrantView>,
        /// Grants that went.
        removed: Vec<GrantView>,
        /// Grants on other terms.
        changed: Vec<TermsView>,
        /// Facts of the session.
        facts: Vec<FactView>,
    }

    /// A grant.
    struct GrantView {
        name: Text,
        transfer: Text,
        lease_expires_at_ms: Option<u64>,
    }

    /// A grant before and after.
    struct TermsView {
        before: GrantView,
        after: GrantView,
    }

    /// A fact before and after; both withheld where they are ids.
    struct FactView {
        name: Text,
        before: Option<Text>,
        after: Option<Text>,
        /// Whether they are times, in milliseconds since 1970.
        is_time: bool,
    }
}

impl Changes {
    pub(super) fn of(diff: &SessionDiff) -> Self {
        Self {
            baseline: diff.baseline,
            summary: Text::line(&diff.summary()),
            added: diff.added.iter().map(grant).collect(),
            removed: diff.removed.iter().map(grant).collect(),
            changed: diff
                .policy_changed
                .iter()
                .map(|terms| TermsView { before: grant(&terms.before), after: grant(&terms.after) })
                .collect(),
            facts: diff.fields.iter().map(fact).collect(),
        }
    }
}

fn grant(entry: &CapEntry) -> GrantView {
    GrantView {
        name: Text::line(&entry.name),
        transfer: Text::line(entry.transfer.as_str()),
        lease_expires_at_ms: entry.lease_expires_at_ms,
    }
}

fn fact(change: &FieldChange) -> FactView {
    let (before, after) = change.values.as_ref().map(|(before, after)| (Text::line(before), Text::line(after))).unzip();
    FactView {
        name: Text::fixed(name(change.field)),
        before,
        after,
        is_time: matches!(change.field, Field::CreatedAtMs | Field::ExpiresAtMs),
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::SessionId => "session",
        Field::PrincipalId => "principal",
        Field::PrincipalKind => "kind",
        Field::DisplayName => "name",
        Field::AuthStrength => "strength",
        Field::CreatedAtMs => "begun",
        Field::ExpiresAtMs => "ends",
        Field::Profile => "profile",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_said_to_have_changed_and_not_told() {
        let changed = |field, values| FieldChange { field, values };
        let values = Some(("1".to_owned(), "2".to_owned()));
        let fields = vec![changed(Field::SessionId, None), changed(Field::ExpiresAtMs, values)];
        let view = Changes::of(&SessionDiff { fields, ..SessionDiff::default() });
        assert_eq!(view.facts[0], FactView { name: Text::fixed("session"), before: None, after: None, is_time: false });
        assert_eq!(view.facts[1].before, Some(Text::fixed("1")));
        assert!(view.facts[1].is_time);
        assert_eq!(view.summary.as_str(), "2 session fields changed");
    }

    #[test]
    fn the_first_look_is_told_as_that() {
        let view = Changes::of(&SessionDiff::baseline());
        assert!(view.baseline && view.added.is_empty());
    }
}
