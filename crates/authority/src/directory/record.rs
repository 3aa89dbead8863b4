//! The records in the store: JSON with a version, hostile until parsed.

use capos_store::Record;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Entry, Password};
use crate::name::is_name;
use crate::password::Phc;
use crate::public_key::PublicKey;
use crate::{Account, AccountKey, AccountState, Error, PrincipalKind, Profile, Role};

/// The form that this program writes, and the only one there has been.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountRecord {
    version: u32,
    display_name: String,
    kind: PrincipalKind,
    state: AccountState,
    roles: Vec<String>,
    default_profile: String,
    recovery_profile: String,
    principal: String,
    created_at_ms: u64,
    password: Option<PasswordRecord>,
    keys: Vec<KeyRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordRecord {
    hash: String,
    one_time_until_ms: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyRecord {
    line: String,
    added_at_ms: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RoleRecord {
    version: u32,
    profiles: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProfileRecord {
    version: u32,
    definition: String,
    retired: bool,
}

pub(super) fn account(record: &Record) -> Result<Entry, Error> {
    let name = name(record, "accounts")?;
    let wrong = || Error::Damaged(format!("accounts/{name}"));
    let read: AccountRecord = parse(record).ok_or_else(wrong)?;
    let principal = hex::decode(&read.principal).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
    let password = read.password.map(password).transpose().map_err(|()| wrong())?;
    let keys: Vec<_> = read.keys.into_iter().map(key).collect::<Option<_>>().ok_or_else(wrong)?;
    let (keys, shown): (Vec<PublicKey>, Vec<AccountKey>) = keys.into_iter().unzip();
    if read.version != VERSION {
        return Err(wrong());
    }
    let account = Account {
        name: name.clone(),
        display_name: read.display_name,
        kind: read.kind,
        state: read.state,
        roles: read.roles,
        default_profile: read.default_profile,
        recovery_profile: read.recovery_profile,
        has_password: password.is_some(),
        password_is_one_time: password.as_ref().is_some_and(|password| password.one_time_until_ms.is_some()),
        keys: shown,
        revision: record.revision,
        created_at_ms: read.created_at_ms,
    };
    Ok(Entry { account, principal, password, keys })
}

fn password(read: PasswordRecord) -> Result<Password, ()> {
    let hash = Phc::parse(&read.hash).ok_or(())?;
    Ok(Password { hash, one_time_until_ms: read.one_time_until_ms })
}

fn key(read: KeyRecord) -> Option<(PublicKey, AccountKey)> {
    let key = PublicKey::parse_openssh(&read.line).ok()?;
    let shown = shown_key(&key, read.added_at_ms);
    Some((key, shown))
}

/// A key as administrators see it.
pub(crate) fn shown_key(key: &PublicKey, added_at_ms: u64) -> AccountKey {
    AccountKey {
        fingerprint: key.fingerprint(),
        algorithm: key.algorithm().name().to_owned(),
        comment: key.comment().to_owned(),
        added_at_ms,
    }
}

pub(super) fn role(record: &Record) -> Result<Role, Error> {
    let name = name(record, "roles")?;
    match parse::<RoleRecord>(record) {
        Some(read) if read.version == VERSION => Ok(Role { name, profiles: read.profiles, revision: record.revision }),
        _ => Err(Error::Damaged(format!("roles/{name}"))),
    }
}

pub(super) fn profile(record: &Record) -> Result<Profile, Error> {
    let name = name(record, "profiles")?;
    match parse::<ProfileRecord>(record) {
        Some(read) if read.version == VERSION => {
            Ok(Profile { name, definition: read.definition, retired: read.retired, revision: record.revision })
        }
        _ => Err(Error::Damaged(format!("profiles/{name}"))),
    }
}

fn name(record: &Record, bucket: &str) -> Result<String, Error> {
    let name = record.key.as_str();
    if is_name(name) { Ok(name.to_owned()) } else { Err(Error::Damaged(format!("{bucket}/{name}"))) }
}

fn parse<T: DeserializeOwned>(record: &Record) -> Option<T> {
    serde_json::from_slice(&record.value).ok()
}

pub(super) fn account_bytes(entry: &Entry) -> Result<Vec<u8>, Error> {
    let account = &entry.account;
    let keys = entry.keys.iter().zip(&account.keys);
    let password = entry.password.as_ref().map(|password| PasswordRecord {
        hash: password.hash.to_string(),
        one_time_until_ms: password.one_time_until_ms,
    });
    bytes(&AccountRecord {
        version: VERSION,
        display_name: account.display_name.clone(),
        kind: account.kind,
        state: account.state,
        roles: account.roles.clone(),
        default_profile: account.default_profile.clone(),
        recovery_profile: account.recovery_profile.clone(),
        principal: hex::encode(entry.principal),
        created_at_ms: account.created_at_ms,
        password,
        keys: keys.map(|(key, shown)| KeyRecord { line: key.to_string(), added_at_ms: shown.added_at_ms }).collect(),
    })
}

pub(super) fn role_bytes(role: &Role) -> Result<Vec<u8>, Error> {
    bytes(&RoleRecord { version: VERSION, profiles: role.profiles.clone() })
}

pub(super) fn profile_bytes(profile: &Profile) -> Result<Vec<u8>, Error> {
    bytes(&ProfileRecord { version: VERSION, definition: profile.definition.clone(), retired: profile.retired })
}

fn bytes(record: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(record).map_err(|_| Error::invalid("the record cannot be written as JSON"))
}
