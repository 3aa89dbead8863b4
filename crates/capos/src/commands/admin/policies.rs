//! `capos admin role` and `capos admin profile`.

use std::path::Path;

use serde_json::Value;

use super::inside::Shown;
use super::model::{Profile, Role};
use super::{Administration, joined};
use crate::args::admin::{ProfileVerb, RoleVerb};
use crate::failure::Failure;
use crate::input;
use crate::output::{Output, Table};
use crate::prompt::sure;

/// The longest definition of a profile: 64 grants, described at length, take a tenth.
const LONGEST_FILE: u64 = 1 << 20;

pub(super) async fn roles(to: &impl Administration, verb: RoleVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        RoleVerb::List => {
            let roles = to.roles().await?;
            output.list(&roles, |roles| {
                let rows = roles.iter().map(|role| [role.name.clone(), joined(&role.profiles)]);
                Table::new(&["ROLE", "PROFILES"], "There is no role.").rows(rows)
            })
        }
        RoleVerb::Set { role, profile } => {
            let revision = to.roles().await?.iter().find(|known| known.name == role).map_or(0, |known| known.revision);
            let made = to.put_role(&Role { name: role, profiles: profile, revision }).await?;
            output.answer(&made, |role| format!("{}: {}", role.name, joined(&role.profiles)))
        }
        RoleVerb::Remove { role, yes } => {
            let revision = to.roles().await?.into_iter().find(|known| known.name == role).map(|known| known.revision);
            let revision = revision.ok_or_else(|| Failure::failed(format!("there is no role `{role}`")))?;
            if !yes {
                sure(&format!("Take the role {role} away?")).await?;
            }
            to.remove_role(&role, revision).await
        }
    }
}

pub(super) async fn profiles(to: &impl Administration, verb: ProfileVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        ProfileVerb::List => list(&to.profiles().await?, output),
        ProfileVerb::Show { profile } => {
            let found = find(to, &profile).await?;
            let shown = Shown::new(found, to.insides().await?);
            output.answer(&shown, |shown| format!("{}\n{}", shown.comments(), as_toml(&shown.profile)))
        }
        ProfileVerb::Set { profile, file } => set(to, profile, &file, output).await,
        ProfileVerb::Retire { profile, undo, yes } => {
            let before = find(to, &profile).await?;
            if !undo && !yes {
                sure(&format!("Retire the profile {profile}? Sessions that entered it lose what it gave.")).await?;
            }
            let after = to.put_profile(&Profile { retired: !undo, ..before }).await?;
            output
                .answer(&after, |after| format!("{}: {}", after.name, if after.retired { "retired" } else { "in use" }))
        }
        ProfileVerb::Remove { profile, yes } => {
            let revision = find(to, &profile).await?.revision;
            if !yes {
                sure(&format!("Take the profile {profile} away and end its sessions?")).await?;
            }
            to.remove_profile(&profile, revision).await
        }
    }
}

async fn find(to: &impl Administration, name: &str) -> Result<Profile, Failure> {
    let found = to.profiles().await?.into_iter().find(|profile| profile.name == name);
    found.ok_or_else(|| {
        Failure::failed(format!("there is no profile `{name}`"))
            .advise("See what there is with `capos admin profile list`.")
    })
}

async fn set(to: &impl Administration, name: String, file: &Path, output: &Output) -> Result<(), Failure> {
    let definition = definition(file)?;
    let before = to.profiles().await?.into_iter().find(|profile| profile.name == name);
    let (revision, retired) = before.map_or((0, false), |before| (before.revision, before.retired));
    let made = to.put_profile(&Profile { name, retired, revision, definition }).await?;
    output.answer(&made, |profile| format!("{}: {} grants", profile.name, grants(profile)))
}

/// What a file defines, as JSON text.
fn definition(file: &Path) -> Result<String, Failure> {
    let shown = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let wrong = |problem: String| Failure::usage(format!("{shown} {problem}"));
    let text = input::text(file, LONGEST_FILE).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let value: Value = if file.extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str(&text).map_err(|error| wrong(format!("is not JSON: {error}")))?
    } else {
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            wrong(format!("is not TOML: line {}: {}", before.matches('\n').count() + 1, error.message()))
        })?
    };
    Ok(value.to_string())
}

fn grants(profile: &Profile) -> usize {
    profile.parsed().get("grants").and_then(Value::as_array).map_or(0, Vec::len)
}

fn as_toml(profile: &Profile) -> String {
    let definition = without_nulls(profile.parsed());
    toml::to_string(&definition).unwrap_or_else(|_| profile.definition.clone())
}

/// TOML says nothing by saying nothing.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn list(profiles: &[Profile], output: &Output) -> Result<(), Failure> {
    output.list(&profiles, |profiles| {
        let rows = profiles.iter().map(|profile| {
            let definition = profile.parsed();
            let text = |key: &str| definition.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let state = if profile.retired { "retired" } else { "in-use" };
            [profile.name.clone(), state.to_owned(), grants(profile).to_string(), text("duration"), text("label")]
        });
        Table::new(&["PROFILE", "STATE", "GRANTS", "LASTS", "LABEL"], "There is no profile.").rows(rows)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_survives_being_shown_and_set_again() {
        let json = r#"{"label":"Reader","admits":["human"],"duration":"1h","grants":[{"name":"manual","calls":{"perSecond":5},"methods":null},{"name":"b"}]}"#;
        let profile = Profile { name: "reader".to_owned(), retired: false, revision: 1, definition: json.to_owned() };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reader.toml");
        std::fs::write(&file, as_toml(&profile)).unwrap();
        let read: Value = serde_json::from_str(&definition(&file).unwrap()).unwrap();
        assert_eq!(read, without_nulls(serde_json::from_str(json).unwrap()));
    }
}
