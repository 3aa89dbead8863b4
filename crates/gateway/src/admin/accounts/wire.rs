//! Accounts, roles and profiles between the wire's form and the authority's.

use capnp::text_list;
use capos_authority::{Account, AccountDraft, AccountState, PrincipalKind, Profile, Role};
use capos_schema::accounts_capnp::{self as wire, account, account_change, profile, role};
use capos_schema::{Code, Denial, identity_capnp};

use crate::admin::{bad, length};
use crate::limits::Limits;
use crate::{info, words};

/// What a struct costs besides its texts.
const STRUCT: usize = 128;

pub(super) fn size_of_account(account: &Account) -> usize {
    let keys = account.keys.iter().map(|key| STRUCT + key.fingerprint.len() + key.algorithm.len() + key.comment.len());
    let profiles = account.default_profile.len() + account.recovery_profile.len();
    STRUCT + account.name.len() + account.display_name.len() + profiles + keys.sum::<usize>() + texts(&account.roles)
}

pub(super) fn size_of_role(role: &Role) -> usize {
    STRUCT + role.name.len() + texts(&role.profiles)
}

pub(super) fn size_of_profile(profile: &Profile) -> usize {
    STRUCT + profile.name.len() + profile.definition.len()
}

fn texts(list: &[String]) -> usize {
    list.iter().map(|text| 16 + text.len()).sum()
}

pub(super) fn write_account(account: &Account, mut to: account::Builder<'_>) {
    to.set_name(&account.name);
    to.set_display_name(&account.display_name);
    to.set_kind(info::kind(account.kind));
    to.set_state(match account.state {
        AccountState::Active => wire::AccountState::Active,
        AccountState::Disabled => wire::AccountState::Disabled,
        AccountState::Locked => wire::AccountState::Locked,
        AccountState::RecoveryOnly => wire::AccountState::RecoveryOnly,
    });
    write_texts(&account.roles, to.reborrow().init_roles(length(account.roles.len())));
    to.set_default_profile(&account.default_profile);
    to.set_recovery_profile(&account.recovery_profile);
    to.set_has_password(account.has_password);
    to.set_password_is_one_time(account.password_is_one_time);
    to.set_revision(account.revision);
    to.set_created_at_ms(account.created_at_ms);
    let mut keys = to.init_keys(length(account.keys.len()));
    for (key, at) in account.keys.iter().zip(0..) {
        let mut to = keys.reborrow().get(at);
        to.set_fingerprint(&key.fingerprint);
        to.set_algorithm(&key.algorithm);
        to.set_comment(&key.comment);
        to.set_added_at_ms(key.added_at_ms);
    }
}

pub(super) fn write_role(role: &Role, mut to: role::Builder<'_>) {
    to.set_name(&role.name);
    to.set_revision(role.revision);
    write_texts(&role.profiles, to.init_profiles(length(role.profiles.len())));
}

pub(super) fn write_profile(profile: &Profile, mut to: profile::Builder<'_>) {
    to.set_name(&profile.name);
    to.set_definition(&profile.definition);
    to.set_retired(profile.retired);
    to.set_revision(profile.revision);
}

fn write_texts(texts: &[String], mut to: text_list::Builder<'_>) {
    for (text, at) in texts.iter().zip(0..) {
        to.set(at, text);
    }
}

pub(super) fn read_draft(from: account_change::Reader<'_>, limits: &Limits) -> Result<AccountDraft, Denial> {
    let name = |text| words::name(text, limits).map(str::to_owned);
    Ok(AccountDraft {
        display_name: name(from.get_display_name())?,
        kind: from.get_kind().map(read_kind).map_err(|_| bad("the kind of principal is not known"))?,
        state: from.get_state().map(read_state).map_err(|_| bad("the state of an account is not known"))?,
        roles: read_texts(words::read(from.get_roles())?, limits)?,
        default_profile: name(from.get_default_profile())?,
        recovery_profile: name(from.get_recovery_profile())?,
    })
}

pub(super) fn read_role(from: role::Reader<'_>, limits: &Limits) -> Result<Role, Denial> {
    Ok(Role {
        name: words::name(from.get_name(), limits)?.to_owned(),
        profiles: read_texts(words::read(from.get_profiles())?, limits)?,
        revision: from.get_revision(),
    })
}

pub(super) fn read_profile(from: profile::Reader<'_>, limits: &Limits) -> Result<Profile, Denial> {
    Ok(Profile {
        name: words::name(from.get_name(), limits)?.to_owned(),
        // The authority bounds it closer; this bounds what is copied.
        definition: words::text(from.get_definition(), limits.answer_bytes)?.to_owned(),
        retired: from.get_retired(),
        revision: from.get_revision(),
    })
}

fn read_texts(from: text_list::Reader<'_>, limits: &Limits) -> Result<Vec<String>, Denial> {
    if from.len() > limits.listed_names {
        return Err(Denial::new(Code::BadRequest, "a list in the request is too long"));
    }
    from.iter().map(|text| words::name(text, limits).map(str::to_owned)).collect()
}

fn read_kind(kind: identity_capnp::PrincipalKind) -> PrincipalKind {
    match kind {
        identity_capnp::PrincipalKind::Human => PrincipalKind::Human,
        identity_capnp::PrincipalKind::Operator => PrincipalKind::Operator,
        identity_capnp::PrincipalKind::Service => PrincipalKind::Service,
        identity_capnp::PrincipalKind::Guest => PrincipalKind::Guest,
        identity_capnp::PrincipalKind::Anonymous => PrincipalKind::Anonymous,
        identity_capnp::PrincipalKind::Pseudonymous => PrincipalKind::Pseudonymous,
    }
}

fn read_state(state: wire::AccountState) -> AccountState {
    match state {
        wire::AccountState::Active => AccountState::Active,
        wire::AccountState::Disabled => AccountState::Disabled,
        wire::AccountState::Locked => AccountState::Locked,
        wire::AccountState::RecoveryOnly => AccountState::RecoveryOnly,
    }
}
