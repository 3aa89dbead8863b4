//! `capos admin account`.

use super::model::{Account, AccountChange, Profile, Role};
use super::{Administration, Secret, joined};
use crate::args::admin::{AccountSettings, AccountVerb, Kind, State};
use crate::failure::{Exit, Failure};
use crate::output::when::utc;
use crate::output::{Output, Table};
use crate::prompt::{new_password, sure};

/// The profile of an account for which none is named.
const USUAL_PROFILE: &str = "user";

pub(super) async fn run(to: &impl Administration, verb: AccountVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        AccountVerb::List => list(&to.accounts().await?, output),
        AccountVerb::Show { account } => output.answer(&to.account(&account).await?, shown),
        AccountVerb::Add { account, settings, password, no_password } => {
            let draft = draft(&account, &settings, &to.roles().await?, &to.profiles().await?)?;
            // Asked for before anything is made, so that ctrl-C leaves nothing behind.
            let secret = if no_password {
                None
            } else {
                let asked = new_password(&account, password.password_stdin).await;
                Some(asked.map_err(|failure| match failure.exit {
                    Exit::Usage => failure.advise("Use --password-stdin or --no-password."),
                    _ => failure,
                })?)
            };
            let mut made = to.create_account(&account, &draft).await?;
            if let Some(secret) = secret {
                let kept = Secret::new(secret.as_bytes().to_vec());
                made = to
                    .set_password(&account, kept, password.one_time)
                    .await
                    .map_err(|failure| without(&account, failure))?;
            }
            output.answer(&made, shown)
        }
        AccountVerb::Set { account, settings } => {
            let before = to.account(&account).await?;
            let revision = before.revision;
            output.answer(&to.update_account(&account, revision, &changed(before, &settings)).await?, shown)
        }
        AccountVerb::Remove { account, yes } => {
            let revision = to.account(&account).await?.revision;
            if !yes {
                sure(&format!("Take the account {account} away and end its sessions?")).await?;
            }
            to.remove_account(&account, revision).await
        }
        AccountVerb::Password { account, remove: true, .. } => {
            output.answer(&to.remove_password(&account).await?, shown)
        }
        AccountVerb::Password { account, password, remove: false } => {
            // A mistyped name is told before anybody types a password for it.
            to.account(&account).await?;
            let secret = new_password(&account, password.password_stdin).await?;
            let kept = Secret::new(secret.as_bytes().to_vec());
            output.answer(&to.set_password(&account, kept, password.one_time).await?, shown)
        }
    }
}

fn without(account: &str, failure: Failure) -> Failure {
    let advice = format!("The account is there, without a password: `capos admin account password {account}`.");
    failure.advise(advice)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Human => "human",
        Kind::Operator => "operator",
        Kind::Service => "service",
        Kind::Guest => "guest",
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Disabled => "disabled",
        State::Locked => "locked",
        State::RecoveryOnly => "recoveryOnly",
    }
}

/// A new account: what is not said follows from its profile.
fn draft(
    name: &str,
    settings: &AccountSettings,
    roles: &[Role],
    profiles: &[Profile],
) -> Result<AccountChange, Failure> {
    let profile = match (&settings.profile, settings.kind) {
        (Some(profile), _) => profile.clone(),
        (None, Some(kind)) => profile_for(kind_name(kind), profiles),
        (None, None) => USUAL_PROFILE.to_owned(),
    };
    let kind = match settings.kind {
        Some(kind) => kind_name(kind).to_owned(),
        None => admitted(&profile, profiles)?,
    };
    let given = if settings.role.is_empty() { vec![role_for(&profile, roles)?] } else { settings.role.clone() };
    Ok(AccountChange {
        display_name: settings.display_name.clone().unwrap_or_else(|| name.to_owned()),
        kind,
        state: state_name(settings.state.unwrap_or(State::Active)).to_owned(),
        roles: given,
        default_profile: profile,
        recovery_profile: settings.recovery_profile.clone().unwrap_or_default(),
    })
}

/// The kind of account that a profile is for: a person's where it admits people, else the first that it admits.
fn admitted(profile: &str, profiles: &[Profile]) -> Result<String, Failure> {
    let Some(found) = profiles.iter().find(|known| known.name == profile) else {
        let names: Vec<&str> = profiles.iter().map(|known| &*known.name).collect();
        let advice = format!("There are: {}.", names.join(", "));
        return Err(Failure::usage(format!("there is no profile `{profile}`")).advise(advice));
    };
    let kinds = kinds(found);
    let human = kinds.iter().find(|kind| *kind == "human");
    Ok(human.or(kinds.first()).cloned().unwrap_or_else(|| "human".to_owned()))
}

/// The kinds of account that a profile admits.
fn kinds(profile: &Profile) -> Vec<String> {
    let definition: serde_json::Value = serde_json::from_str(&profile.definition).unwrap_or_default();
    let admits = definition.get("admits").and_then(|admits| admits.as_array().cloned()).unwrap_or_default();
    admits.iter().filter_map(|kind| Some(kind.as_str()?.to_owned())).collect()
}

/// The profile of an account of that kind: the usual one where it admits such, else the one of the kind's name, else
/// the first that does. Any other would make an account that nobody can use.
fn profile_for(kind: &str, profiles: &[Profile]) -> String {
    let admits = |profile: &&Profile| !profile.retired && kinds(profile).iter().any(|admitted| admitted == kind);
    let fitting: Vec<&str> = profiles.iter().filter(admits).map(|profile| &*profile.name).collect();
    let preferred = [USUAL_PROFILE, kind].into_iter().find(|name| fitting.contains(name));
    preferred.or(fitting.first().copied()).unwrap_or(USUAL_PROFILE).to_owned()
}

/// The role for a profile: the one of its name, else the first that allows it.
fn role_for(profile: &str, roles: &[Role]) -> Result<String, Failure> {
    let allows = |role: &&Role| role.profiles.iter().any(|allowed| allowed == profile);
    let mut fitting: Vec<&Role> = roles.iter().filter(allows).collect();
    fitting.sort_by_key(|role| (role.name != profile, role.profiles.len()));
    let none = || {
        Failure::usage(format!("no role allows the profile `{profile}`"))
            .advise("Make one with `capos admin role set`.")
    };
    Ok(fitting.first().ok_or_else(none)?.name.clone())
}

/// An account with what was said changed.
fn changed(before: Account, settings: &AccountSettings) -> AccountChange {
    AccountChange {
        display_name: settings.display_name.clone().unwrap_or(before.display_name),
        kind: settings.kind.map_or(before.kind, |kind| kind_name(kind).to_owned()),
        state: settings.state.map_or(before.state, |state| state_name(state).to_owned()),
        roles: if settings.role.is_empty() { before.roles } else { settings.role.clone() },
        default_profile: settings.profile.clone().unwrap_or(before.default_profile),
        recovery_profile: settings.recovery_profile.clone().unwrap_or(before.recovery_profile),
    }
}

fn proofs(account: &Account) -> String {
    let mut proofs = Vec::new();
    match (account.has_password, account.password_is_one_time) {
        (true, true) => proofs.push("one-time-password".to_owned()),
        (true, false) => proofs.push("password".to_owned()),
        _ => {}
    }
    match account.keys.len() {
        0 => {}
        1 => proofs.push("key".to_owned()),
        many => proofs.push(format!("{many}-keys")),
    }
    if proofs.is_empty() { "none".to_owned() } else { proofs.join(",") }
}

fn list(accounts: &[Account], output: &Output) -> Result<(), Failure> {
    output.list(&accounts, |accounts| {
        let rows = accounts.iter().map(|account| {
            [
                account.name.clone(),
                account.kind.clone(),
                account.state.clone(),
                account.default_profile.clone(),
                joined(&account.roles),
                proofs(account),
                account.display_name.clone(),
            ]
        });
        Table::new(&["ACCOUNT", "KIND", "STATE", "PROFILE", "ROLES", "PROOFS", "NAME"], "There is no account.")
            .rows(rows)
    })
}

fn shown(account: &Account) -> String {
    let mut lines = vec![
        ("account", account.name.clone()),
        ("name", account.display_name.clone()),
        ("kind", account.kind.clone()),
        ("state", account.state.clone()),
        ("profile", account.default_profile.clone()),
        ("roles", joined(&account.roles)),
        ("recovery", account.recovery_profile.clone()),
        ("proofs", proofs(account)),
    ];
    let keys = account.keys.iter();
    lines.extend(keys.map(|key| ("key", format!("{} {} {}", key.fingerprint, key.algorithm, key.comment))));
    lines.push(("since", utc(account.created_at_ms)));
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    lines.map(|(label, value)| format!("{label:8} {}\n", value.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, profiles: &[&str]) -> Role {
        Role { name: name.to_owned(), profiles: profiles.iter().map(ToString::to_string).collect(), revision: 1 }
    }

    fn profile(name: &str, definition: &str) -> Profile {
        Profile { name: name.to_owned(), retired: false, revision: 1, definition: definition.to_owned() }
    }

    fn world() -> (Vec<Role>, Vec<Profile>) {
        let roles = vec![role("operator", &["operator", "user"]), role("user", &["user"]), role("desk", &["front"])];
        let profiles = vec![
            profile("operator", r#"{"admits":["operator"]}"#),
            profile("user", r#"{"admits":["service","human"]}"#),
            profile("front", r#"{"admits":["service"]}"#),
        ];
        (roles, profiles)
    }

    #[test]
    fn what_is_not_said_follows_from_the_profile() {
        let (roles, profiles) = world();
        for (name, kind, role) in
            [("operator", "operator", "operator"), ("user", "human", "user"), ("front", "service", "desk")]
        {
            let settings = AccountSettings { profile: Some(name.to_owned()), ..AccountSettings::default() };
            let draft = draft("alice", &settings, &roles, &profiles).unwrap();
            assert_eq!((&*draft.kind, &*joined(&draft.roles)), (kind, role));
        }
        let usual = draft("alice", &AccountSettings::default(), &roles, &profiles).unwrap();
        assert_eq!((&*usual.default_profile, &*usual.display_name, &*usual.state), ("user", "alice", "active"));
    }

    #[test]
    fn a_profile_follows_from_the_kind() {
        let (mut roles, mut profiles) = world();
        roles.push(role("guest", &["guest"]));
        profiles.push(profile("guest", r#"{"admits":["guest"]}"#));
        for (kind, expected) in
            [(Kind::Guest, "guest"), (Kind::Operator, "operator"), (Kind::Service, "user"), (Kind::Human, "user")]
        {
            let settings = AccountSettings { kind: Some(kind), ..AccountSettings::default() };
            let draft = draft("it", &settings, &roles, &profiles).unwrap();
            assert_eq!((&*draft.default_profile, &*draft.kind), (expected, kind_name(kind)));
            assert_eq!(joined(&draft.roles), expected);
        }
    }

    #[test]
    fn a_profile_that_is_not_there_is_told_with_those_that_are() {
        let (roles, profiles) = world();
        let settings = AccountSettings { profile: Some("admin".to_owned()), ..AccountSettings::default() };
        let failure = draft("alice", &settings, &roles, &profiles).unwrap_err();
        assert_eq!(failure.advice.as_deref(), Some("There are: operator, user, front."));
    }
}
