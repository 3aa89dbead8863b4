//! What a node has before anybody has changed anything.

use capos_store::{Bucket, Change, Entry, Key, Store};
use serde_json::{Value, json};

use super::{profile_change, role_change};
use crate::{Error, Profile, Role};

const FORM: Bucket = Bucket::new("authority");

/// Makes the default roles and profiles, once in the life of a store: what an operator has removed stays away.
pub(crate) async fn seed(store: &Store, at_ms: u64) -> Result<(), Error> {
    let form = Key::parse("form")?;
    if store.get(FORM, &form).await?.is_some() {
        return Ok(());
    }
    let mut changes = vec![Change::create(FORM, form, b"{\"version\":1}".to_vec())];
    for profile in profiles() {
        changes.push(profile_change(&profile)?);
    }
    for role in roles() {
        changes.push(role_change(&role)?);
    }
    let payload =
        json!({ "profiles": names(&profiles(), |profile| &profile.name), "roles": names(&roles(), |role| &role.name) });
    let entry = Entry { at_ms, kind: "node.seeded".into(), payload: payload.to_string().into_bytes() };
    store.commit(changes, vec![entry]).await?;
    Ok(())
}

fn names<T>(things: &[T], name: impl Fn(&T) -> &String) -> Vec<&String> {
    things.iter().map(name).collect()
}

fn roles() -> Vec<Role> {
    let role = |name: &str, profiles: &[&str]| Role {
        name: name.to_owned(),
        profiles: profiles.iter().map(|&profile| profile.to_owned()).collect(),
        revision: 0,
    };
    vec![role("operator", &["operator", "user"]), role("user", &["user"]), role("guest", &["guest"])]
}

fn profiles() -> Vec<Profile> {
    let own = [("session", "UserSession"), ("system_info", "SystemInfo"), ("manual", "Manual")];
    let services = [
        ("services", "RemoteServiceCatalog"),
        ("runner", "RemoteServiceRunner"),
        ("chat", "Chat"),
        ("shell", "Shell"),
        ("terminal", "Terminals"),
        ("files", "Directory"),
        ("recordings", "Recordings"),
    ];
    let office = [
        ("accounts", "AccountAdmin"),
        ("sessions", "SessionAdmin"),
        ("audit", "AuditLog"),
        ("service_admin", "ServiceAdmin"),
        ("chat_moderation", "ChatModeration"),
        ("all_recordings", "Recordings"),
    ];
    let user: Vec<_> = own.into_iter().chain(services).collect();
    let all: Vec<_> = user.iter().copied().chain(office).collect();
    vec![
        profile("operator", "Runs the node", &["operator"], ("12h", "7d"), &all),
        profile("user", "Uses the node", &["human", "operator", "service"], ("12h", "7d"), &user),
        profile("guest", "Visits the node", &["guest"], ("1h", "1h"), &own),
        profile("anonymous", "Looks at the node", &["anonymous"], ("15m", "15m"), &own),
    ]
}

fn profile(name: &str, label: &str, admits: &[&str], time: (&str, &str), grants: &[(&str, &str)]) -> Profile {
    let definition = json!({
        "label": label,
        "admits": admits,
        "duration": time.0,
        "maxDuration": time.1,
        "idle": "off",
        "grants": grants.iter().map(shown).collect::<Vec<_>>(),
    });
    Profile { name: name.to_owned(), definition: format!("{definition:#}"), retired: false, revision: 0 }
}

/// Whatever changes something, or reads what concerns others, is recorded whole.
fn shown((name, interface): &(&str, &str)) -> Value {
    let audit = match *name {
        "accounts" | "sessions" | "audit" | "service_admin" | "chat_moderation" | "all_recordings" => "all",
        _ => "denied",
    };
    let object = match *name {
        "chat" | "chat_moderation" => format!("service:chat/{name}"),
        "shell" | "terminal" | "files" => format!("service:shell/{name}"),
        _ => format!("builtin:{name}"),
    };
    json!({ "name": name, "interface": interface, "object": object, "audit": audit })
}
