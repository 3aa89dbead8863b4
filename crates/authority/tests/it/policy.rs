//! The decision, over anything that could be asked and known.

use std::collections::BTreeMap;
use std::sync::Arc;

use capos_authority::{
    Account, AccountState, Facts, Limits, MethodKind, Occasion, PrincipalKind, Profile, ProfileDefinition,
    ProfileFacts, Reason, Request, Role, decide,
};
use capos_schema::Code;
use proptest::prelude::*;

const NAMES: [&str; 5] = ["guest", "user", "operator", "anonymous", "other"];

#[derive(Clone, Debug)]
struct World {
    request: Request,
    enabled: bool,
    proven: bool,
    account: Option<Account>,
    roles: BTreeMap<String, Role>,
    profiles: BTreeMap<String, ProfileFacts>,
}

impl World {
    fn decide(&self) -> capos_authority::Decision {
        let Self { enabled, proven, account, roles, profiles, .. } = self;
        let facts = Facts { enabled: *enabled, proven: *proven, account: account.as_ref(), roles, profiles };
        decide(&self.request, &facts)
    }
}

fn kind() -> impl Strategy<Value = PrincipalKind> {
    use PrincipalKind::{Anonymous, Guest, Human, Operator, Pseudonymous, Service};
    prop::sample::select(vec![Human, Operator, Service, Guest, Guest, Guest, Anonymous, Pseudonymous])
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned)
}

fn wanted() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 3 => name()]
}

fn profile() -> impl Strategy<Value = (String, ProfileFacts)> {
    let admitted = ["human", "operator", "service", "guest", "anonymous"];
    (name(), prop::bool::weighted(0.2), prop::sample::subsequence(admitted.to_vec(), 2..=5)).prop_map(
        |(name, retired, admits)| {
            let definition = serde_json::json!({
                "admits": admits, "duration": "1h",
                "grants": [{ "name": name, "interface": "Manual", "object": format!("builtin:{name}") }],
            });
            let text = definition.to_string();
            let definition = Arc::new(ProfileDefinition::parse_json(&text, &Limits::default()).unwrap());
            let profile = Profile { name: name.clone(), definition: text, retired, revision: 1 };
            (name, ProfileFacts { profile, definition })
        },
    )
}

fn role() -> impl Strategy<Value = (String, Role)> {
    (name(), prop::collection::vec(name(), 1..5))
        .prop_map(|(name, profiles)| (name.clone(), Role { name, profiles, revision: 1 }))
}

fn account() -> impl Strategy<Value = Account> {
    use AccountState::{Active, Disabled, Locked, RecoveryOnly};
    let state = prop::sample::select(vec![Active, Active, Active, Active, Disabled, Locked, RecoveryOnly]);
    (kind(), state, prop::collection::vec(name(), 0..3), wanted(), wanted()).prop_map(
        |(kind, state, roles, default_profile, recovery_profile)| Account {
            name: "someone".to_owned(),
            display_name: String::new(),
            kind,
            state,
            roles,
            default_profile,
            recovery_profile,
            has_password: true,
            password_is_one_time: false,
            keys: Vec::new(),
            revision: 1,
            created_at_ms: 0,
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    // Those that are built, and visitors above all: where they get in, the rules differ.
    let built = [MethodKind::Password, MethodKind::PublicKey, MethodKind::Guest, MethodKind::Guest];
    let method = prop::sample::select([&built[..], &[MethodKind::Anonymous, MethodKind::Passkey]].concat());
    let occasion = prop::sample::select(vec![Occasion::SignIn, Occasion::Renewal, Occasion::Review]);
    let request =
        (method, wanted(), occasion).prop_map(|(method, profile, occasion)| Request { method, profile, occasion });
    let policy = (prop::collection::vec(role(), 0..5), prop::collection::vec(profile(), 0..8));
    (request, prop::bool::weighted(0.9), prop::bool::weighted(0.9), prop::option::weighted(0.9, account()), policy)
        .prop_map(|(request, enabled, proven, account, (roles, profiles))| World {
            request,
            enabled,
            proven,
            account,
            roles: roles.into_iter().collect(),
            profiles: profiles.into_iter().collect(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_given_that_a_living_profile_does_not_name(world in world()) {
        let Ok(admission) = world.decide().outcome else { return Ok(()) };
        let facts = &world.profiles[&admission.profile];
        prop_assert!(!facts.profile.retired);
        prop_assert_eq!(&admission.grants, &facts.definition.grants);
        prop_assert!(facts.definition.admits.contains(&admission.kind));
    }

    #[test]
    fn a_profile_is_never_replaced_by_another(world in world()) {
        let Ok(admission) = world.decide().outcome else { return Ok(()) };
        if !world.request.profile.is_empty() {
            prop_assert_eq!(admission.profile, world.request.profile);
        }
    }

    #[test]
    fn without_proof_or_method_nobody_begins_or_renews(world in world()) {
        if world.request.occasion != Occasion::Review && !(world.enabled && world.proven) {
            prop_assert!(world.decide().outcome.is_err());
        }
    }

    #[test]
    fn guests_and_nobody_else_come_in_as_guests(world in world()) {
        let Ok(admission) = world.decide().outcome else { return Ok(()) };
        let by_guest = world.request.method == MethodKind::Guest;
        prop_assert_eq!(by_guest, admission.kind == PrincipalKind::Guest);
        if by_guest {
            prop_assert_eq!(admission.profile, "guest");
        }
        let by_nobody = world.request.method == MethodKind::Anonymous;
        prop_assert_eq!(by_nobody, admission.kind == PrincipalKind::Anonymous);
    }

    #[test]
    fn an_account_enters_what_its_roles_allow_while_it_is_active(world in world()) {
        let Ok(admission) = world.decide().outcome else { return Ok(()) };
        if world.request.method == MethodKind::Anonymous {
            return Ok(());
        }
        let account = world.account.as_ref().unwrap();
        match account.state {
            AccountState::Active => {
                let mut roles = account.roles.iter().filter_map(|role| world.roles.get(role));
                prop_assert!(roles.any(|role| role.profiles.contains(&admission.profile)));
            }
            AccountState::RecoveryOnly => prop_assert_eq!(&admission.profile, &account.recovery_profile),
            state => prop_assert!(false, "{state:?} came in"),
        }
    }

    #[test]
    fn whoever_has_to_prove_something_is_refused_in_one_way(world in world()) {
        let decision = world.decide();
        let Err(denial) = decision.outcome else {
            prop_assert_eq!(decision.reasons, vec![Reason::Admitted]);
            return Ok(());
        };
        prop_assert!(!decision.reasons.is_empty());
        if world.request.method != MethodKind::Guest && !decision.reasons.contains(&Reason::MethodOff) {
            prop_assert_eq!(denial, Code::AuthenticationDenied.into());
        }
    }
}
