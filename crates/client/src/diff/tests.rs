use proptest::prelude::*;

use super::*;
use crate::view::{AuthStrength, PrincipalKind};

fn info(expires_at_ms: u64) -> SessionInfo {
    SessionInfo {
        session_id: "00ff".to_owned(),
        principal_id: "aa".to_owned(),
        principal_kind: PrincipalKind::Human,
        display_name: "Ada".to_owned(),
        auth_strength: AuthStrength::Password,
        created_at_ms: 1,
        expires_at_ms,
        profile: "user".to_owned(),
    }
}

fn entry(name: &str, interface_id: u64, lease: Option<u64>) -> CapEntry {
    CapEntry { name: name.to_owned(), interface_id, transfer: Transfer::Session, lease_expires_at_ms: lease }
}

fn any_bundle() -> impl Strategy<Value = Vec<CapEntry>> {
    let any_entry = ("[a-d]", 0_u64..3, any::<bool>(), proptest::option::of(1_u64..3));
    proptest::collection::vec(any_entry, 0..10).prop_map(|entries| {
        let entries = entries.into_iter().map(|(name, id, delegable, lease)| {
            let transfer = if delegable { Transfer::Delegable } else { Transfer::Session };
            ((name.clone(), id), CapEntry { transfer, ..entry(&name, id, lease) })
        });
        entries.collect::<BTreeMap<_, _>>().into_values().collect()
    })
}

#[test]
fn a_renewed_lease_is_a_change_of_terms_and_no_removal() {
    let before = Snapshot { info: info(10), caps: vec![entry("chat", 1, Some(5)), entry("files", 2, None)] };
    let after = Snapshot { info: info(20), caps: vec![entry("chat", 1, Some(9)), entry("files", 2, None)] };
    let diff = SessionDiff::between(&before, &after);
    assert!(diff.added.is_empty() && diff.removed.is_empty());
    assert_eq!(diff.policy_changed[0].after.lease_expires_at_ms, Some(9));
    assert_eq!(diff.fields[0].values, Some(("10".to_owned(), "20".to_owned())));
    assert_eq!(diff.summary(), "1 grant on other terms, 1 session field changed");
}

#[test]
fn the_same_name_as_another_interface_is_another_grant() {
    let before = Snapshot { info: info(1), caps: vec![entry("chat", 1, None)] };
    let after = Snapshot { info: info(1), caps: vec![entry("chat", 2, None)] };
    let diff = SessionDiff::between(&before, &after);
    assert_eq!((diff.added.len(), diff.removed.len(), diff.policy_changed.len()), (1, 1, 0));
    assert_eq!(diff.summary(), "1 grant added, 1 grant removed");
}

#[test]
fn ids_are_told_to_have_changed_and_not_shown() {
    let before = Snapshot { info: info(1), caps: Vec::new() };
    let mut after = before.clone();
    after.info.session_id = "11ee".to_owned();
    let diff = SessionDiff::between(&before, &after);
    assert_eq!(diff.fields, [FieldChange { field: Field::SessionId, values: None }]);
    assert!(!serde_json::to_string(&diff).unwrap().contains("11ee"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_diff_is_exactly_what_leads_from_one_bundle_to_the_other(old in any_bundle(), new in any_bundle()) {
        let before = Snapshot { info: info(1), caps: old };
        let after = Snapshot { info: info(1), caps: new };
        let diff = SessionDiff::between(&before, &after);
        let mut caps = by_key(&before.caps);
        for removed in &diff.removed {
            prop_assert!(caps.remove(&key(removed)).is_some());
        }
        for change in &diff.policy_changed {
            prop_assert_eq!(key(&change.before), key(&change.after));
            prop_assert_eq!(caps.insert(key(&change.after), &change.after), Some(&change.before));
        }
        for added in &diff.added {
            prop_assert!(caps.insert(key(added), added).is_none());
        }
        prop_assert_eq!(caps, by_key(&after.caps));
        prop_assert_eq!(diff.is_empty(), before.caps == after.caps);
    }

    #[test]
    fn order_does_not_count(bundle in any_bundle().prop_shuffle(), expires in any::<u64>()) {
        let before = Snapshot { info: info(expires), caps: bundle.clone() };
        let after = Snapshot { info: info(expires), caps: bundle.into_iter().rev().collect() };
        let diff = SessionDiff::between(&before, &after);
        prop_assert!(diff.is_empty());
        prop_assert_eq!(diff.summary(), "nothing changed");
    }
}
