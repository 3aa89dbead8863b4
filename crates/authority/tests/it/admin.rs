//! Administration: what may be changed, that it is written down, and that it reaches those who are signed in.

use capos_authority::{Account, AccountDraft, AccountState, EndReason, Error, Limits, PrincipalKind, Profile, Role};
use capos_schema::Code;
use serde_json::json;

use crate::ground::*;

fn human() -> AccountDraft {
    draft(PrincipalKind::Human, "user")
}

async fn update(ground: &Ground, name: &str, draft: AccountDraft) -> Result<Account, Error> {
    let revision = ground.admin().get(name).await?.revision;
    ground.admin().update(name, revision, draft, &root()).await
}

fn role(name: &str, profiles: &[&str], revision: u64) -> Role {
    let profiles = profiles.iter().map(|&profile| profile.to_owned()).collect();
    Role { name: name.to_owned(), profiles, revision }
}

#[tokio::test]
async fn a_new_node_has_roles_and_profiles_and_no_account() {
    let ground = Ground::new().await;
    assert!(ground.admin().is_empty().await.unwrap());
    let names: Vec<_> = ground.admin().profiles().await.unwrap().into_iter().map(|profile| profile.name).collect();
    assert_eq!(names, ["anonymous", "guest", "operator", "user"]);
    let roles = ground.admin().roles().await.unwrap();
    let roles: Vec<_> = roles.into_iter().map(|role| (role.name, role.profiles.join(" "))).collect();
    let expected = [("guest", "guest"), ("operator", "operator user"), ("user", "user")];
    assert_eq!(roles, expected.map(|(name, profiles)| (name.to_owned(), profiles.to_owned())));
    ground.operator("root").await;
    let session = ground.sign_in("root").await;
    let names: Vec<_> = session.grants().iter().map(|grant| grant.name.clone()).collect();
    let own = ["session", "system_info", "manual", "services", "runner", "chat"];
    let place = ["shell", "terminal", "files", "recordings"];
    let office = ["accounts", "sessions", "audit", "service_admin", "chat_moderation", "all_recordings"];
    assert_eq!(names, [&own[..], &place[..], &office[..]].concat());
    assert!(!ground.admin().is_empty().await.unwrap());
}

#[tokio::test]
async fn accounts_are_made_changed_and_removed_by_revision() {
    let ground = Ground::new().await;
    let admin = ground.admin();
    let made = admin.create("alice", human(), &root()).await.unwrap();
    assert!(!made.has_password && made.keys.is_empty() && made.created_at_ms == NOON);
    assert!(matches!(admin.create("alice", human(), &root()).await, Err(Error::Exists("account"))));
    assert!(matches!(admin.get("bob").await, Err(Error::Missing("account"))));
    let renamed = AccountDraft { display_name: "Alice".to_owned(), ..human() };
    let changed = admin.update("alice", made.revision, renamed.clone(), &root()).await.unwrap();
    assert_eq!(changed.display_name, "Alice");
    assert!(changed.revision > made.revision);
    let stale = admin.update("alice", made.revision, renamed, &root()).await;
    assert!(matches!(stale, Err(Error::Changed("account"))));
    assert!(matches!(admin.remove("alice", made.revision, &root()).await, Err(Error::Changed("account"))));
    admin.remove("alice", changed.revision, &root()).await.unwrap();
    assert!(admin.is_empty().await.unwrap());
    for kind in ["account.created", "account.changed", "account.removed"] {
        let rows = ground.told(kind).await;
        assert_eq!((rows.len(), &rows[0]["account"], &rows[0]["by"]), (1, &"alice".into(), &"offline".into()));
    }
}

#[tokio::test]
async fn accounts_are_listed_in_pages() {
    let ground = Ground::new().await;
    for name in ["c", "a", "b"] {
        ground.admin().create(name, human(), &root()).await.unwrap();
    }
    let names = |page: &capos_authority::AccountPage| {
        page.accounts.iter().map(|account| account.name.clone()).collect::<Vec<_>>().join("")
    };
    let first = ground.admin().list("", 2).await.unwrap();
    assert_eq!((names(&first).as_str(), first.more), ("ab", true));
    let rest = ground.admin().list("b", 0).await.unwrap();
    assert_eq!((names(&rest).as_str(), rest.more), ("c", false));
}

#[tokio::test]
async fn what_is_no_account_is_refused() {
    let ground = Ground::with(Limits { accounts: 4, roles: 1, ..limits() }).await;
    let admin = ground.admin();
    for name in ["", "Alice", "a b", "..", "-a", "a.", &"a".repeat(65)] {
        assert!(matches!(admin.create(name, human(), &root()).await, Err(Error::Invalid(_))), "{name}");
    }
    let wrong = [
        AccountDraft { kind: PrincipalKind::Anonymous, ..human() },
        AccountDraft { kind: PrincipalKind::Pseudonymous, ..human() },
        AccountDraft { display_name: "a\nb".to_owned(), ..human() },
        AccountDraft { display_name: "a\u{202e}b".to_owned(), ..human() },
        AccountDraft { display_name: "a".repeat(129), ..human() },
        AccountDraft { roles: vec!["nothing".to_owned()], ..human() },
        AccountDraft { roles: vec!["user".to_owned(), "guest".to_owned()], ..human() },
        AccountDraft { default_profile: "operator".to_owned(), ..human() },
        AccountDraft { recovery_profile: "nothing".to_owned(), ..human() },
    ];
    for draft in wrong {
        assert!(admin.create("alice", draft.clone(), &root()).await.is_err(), "{draft:?}");
    }
    for number in 0..4 {
        admin.create(&format!("a{number}"), human(), &root()).await.unwrap();
    }
    assert!(matches!(admin.create("a4", human(), &root()).await, Err(Error::Invalid(_))), "there are four");
    assert!(matches!(admin.set_password("a0", "7 chars".into(), false, &root()).await, Err(Error::Invalid(_))));
    assert!(matches!(admin.set_password("no", PASSWORD.into(), false, &root()).await, Err(Error::Missing(_))));
    assert!(matches!(admin.add_key("a0", "ssh-ed25519 AAAA", &root()).await, Err(Error::Invalid(_))));
    assert!(matches!(admin.remove_key("a0", "SHA256:x", &root()).await, Err(Error::Missing("key"))));
    assert!(matches!(admin.remove_password("a0", &root()).await, Err(Error::Missing("password"))));
}

#[tokio::test]
async fn a_change_of_an_account_reaches_its_sessions_before_it_is_answered() {
    let ground = Ground::new().await;
    let changes = [
        AccountDraft { state: AccountState::Disabled, ..human() },
        AccountDraft { state: AccountState::Locked, ..human() },
        AccountDraft { state: AccountState::RecoveryOnly, ..human() },
        AccountDraft { roles: Vec::new(), default_profile: String::new(), ..human() },
        AccountDraft { kind: PrincipalKind::Service, ..human() },
    ];
    ground.user("bob").await;
    let other = ground.sign_in("bob").await;
    for (number, change) in changes.into_iter().enumerate() {
        let name = format!("a{number}");
        ground.user(&name).await;
        let session = ground.sign_in(&name).await;
        update(&ground, &name, change).await.unwrap();
        assert_eq!(session.end_reason(), Some(EndReason::AccountChanged), "{number}");
        assert!(!session.grants()[0].liveness.is_live());
    }
    ground.user("gone").await;
    let session = ground.sign_in("gone").await;
    let revision = ground.admin().get("gone").await.unwrap().revision;
    ground.admin().remove("gone", revision, &root()).await.unwrap();
    assert!(!session.is_live());
    ground.user("pass").await;
    let session = ground.sign_in("pass").await;
    ground.admin().remove_password("pass", &root()).await.unwrap();
    assert!(!session.is_live(), "what it rests on is gone");
    assert!(other.is_live(), "others notice nothing");
}

#[tokio::test]
async fn a_change_of_policy_reaches_sessions_before_it_is_answered() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let signed_in = async || ground.sign_in("alice").await;
    let session = signed_in().await;
    let mut profile = ground.profile("user").await;
    profile.retired = true;
    let retired = ground.admin().put_profile(profile, &root()).await.unwrap();
    assert_eq!(session.end_reason(), Some(EndReason::PolicyChanged));
    let denial = ground.try_password(local(), "alice", PASSWORD, "").await.unwrap_err();
    assert_eq!(denial.code, Code::AuthenticationDenied, "a retired profile gives no bundle");
    ground.admin().put_profile(Profile { retired: false, ..retired }, &root()).await.unwrap();
    let session = signed_in().await;
    ground.redefine("user", |definition| definition["admits"] = json!(["service"])).await;
    assert_eq!(session.end_reason(), Some(EndReason::PolicyChanged));
    ground.redefine("user", |definition| definition["admits"] = json!(["human"])).await;
    let session = signed_in().await;
    let roles = ground.admin().roles().await.unwrap();
    let user = roles.into_iter().find(|role| role.name == "user").unwrap();
    ground.admin().put_role(role("user", &["guest"], user.revision), &root()).await.unwrap();
    assert_eq!(session.end_reason(), Some(EndReason::PolicyChanged));
}

#[tokio::test]
async fn an_account_in_recovery_enters_its_recovery_profile_alone() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let recovery = AccountDraft {
        state: AccountState::RecoveryOnly,
        recovery_profile: "user".to_owned(),
        roles: vec!["operator".to_owned()],
        default_profile: String::new(),
        ..human()
    };
    update(&ground, "alice", recovery).await.unwrap();
    let session = ground.sign_in("alice").await;
    assert_eq!(session.context().profile, "user");
    assert!(ground.try_password(local(), "alice", PASSWORD, "operator").await.is_err());
    assert!(ground.try_password(local(), "alice", PASSWORD, "user").await.is_ok());
}

#[tokio::test]
async fn a_grant_that_is_never_given_or_changes_nothing_is_no_administration() {
    let ground = Ground::new().await;
    ground.operator("root").await;
    let before = ground.profile("operator").await;
    for (key, value) in [
        ("transfer", json!("local")),
        ("methods", json!(["list", "get"])),
        ("methods", json!(["create", "update", "putRole"])),
    ] {
        let mut definition: serde_json::Value = serde_json::from_str(&before.definition).unwrap();
        let grants = definition["grants"].as_array_mut().unwrap();
        grants.iter_mut().find(|grant| grant["name"] == "accounts").unwrap()[key] = value.clone();
        let profile = Profile { definition: definition.to_string(), ..before.clone() };
        let put = ground.admin().put_profile(profile, &root()).await;
        assert!(matches!(put, Err(Error::LastAdministrator)), "{key} {value}: {put:?}");
    }
    let enough = json!(["list", "update", "putRole", "putProfile"]);
    let change = |definition: &mut serde_json::Value| {
        let grants = definition["grants"].as_array_mut().unwrap();
        grants.iter_mut().find(|grant| grant["name"] == "accounts").unwrap()["methods"] = enough;
    };
    ground.redefine("operator", change).await;
}

#[tokio::test]
async fn somebody_can_always_administer_accounts() {
    let ground = Ground::new().await;
    ground.operator("root").await;
    ground.user("alice").await;
    let operator = || draft(PrincipalKind::Operator, "operator");
    let last = |result: Result<(), Error>| assert!(matches!(result, Err(Error::LastAdministrator)), "{result:?}");
    let revision = ground.admin().get("root").await.unwrap().revision;
    last(ground.admin().remove("root", revision, &root()).await);
    last(ground.admin().remove_password("root", &root()).await.map(drop));
    let worse = [
        AccountDraft { state: AccountState::Disabled, ..operator() },
        AccountDraft { state: AccountState::RecoveryOnly, ..operator() },
        AccountDraft { kind: PrincipalKind::Human, ..operator() },
        AccountDraft { roles: vec!["user".to_owned()], default_profile: String::new(), ..operator() },
    ];
    for draft in worse {
        last(update(&ground, "root", draft).await.map(drop));
    }
    let roles = ground.admin().roles().await.unwrap();
    let revision = roles.iter().find(|role| role.name == "operator").unwrap().revision;
    last(ground.admin().put_role(role("operator", &["user"], revision), &root()).await.map(drop));
    let profile = ground.profile("operator").await;
    last(ground.admin().put_profile(Profile { retired: true, ..profile.clone() }, &root()).await.map(drop));
    let nothing = r#"{"admits":["operator"],"duration":"1h"}"#.to_owned();
    last(ground.admin().put_profile(Profile { definition: nothing, ..profile }, &root()).await.map(drop));
    assert!(ground.sign_in("root").await.is_live());
    // With another one it may be.
    ground.operator("other").await;
    update(&ground, "root", AccountDraft { state: AccountState::Disabled, ..operator() }).await.unwrap();
}

#[tokio::test]
async fn what_is_named_elsewhere_stays() {
    let ground = Ground::new().await;
    ground.user("alice").await;
    let roles = ground.admin().roles().await.unwrap();
    let user = roles.iter().find(|role| role.name == "user").unwrap().revision;
    assert!(matches!(ground.admin().remove_role("user", user, &root()).await, Err(Error::InUse("account"))));
    let profile = ground.profile("user").await;
    let removed = ground.admin().remove_profile("user", profile.revision, &root()).await;
    assert!(matches!(removed, Err(Error::InUse("role"))));
    let lonely = ground.admin().put_role(role("lonely", &["user"], 0), &root()).await.unwrap();
    assert!(matches!(ground.admin().put_role(role("lonely", &[], 0), &root()).await, Err(Error::Exists("role"))));
    assert!(matches!(ground.admin().put_role(role("new", &["no"], 0), &root()).await, Err(Error::Missing("profile"))));
    ground.admin().remove_role("lonely", lonely.revision, &root()).await.unwrap();
    let anonymous = ground.profile("anonymous").await;
    let session = ground.authority.anonymous(local(), "").await.unwrap();
    ground.admin().remove_profile("anonymous", anonymous.revision, &root()).await.unwrap();
    assert_eq!(session.end_reason(), Some(EndReason::PolicyChanged));
    assert!(ground.authority.anonymous(local(), "").await.is_err(), "a profile that is missing gives no bundle");
}

#[tokio::test]
async fn errors_tell_a_peer_what_to_do_and_nothing_else() {
    let told = |error: Error| error.denial().to_string();
    assert_eq!(told(Error::Missing("account")), "badRequest: there is no such account");
    assert_eq!(told(Error::Exists("account")), "badRequest: there is such an account already");
    assert_eq!(told(Error::InUse("role")), "badRequest: a role still names it");
    let closed = Error::Store(capos_store::Error::Damaged("/secret/path".to_owned()));
    assert!(!told(closed).contains("secret"));
}
