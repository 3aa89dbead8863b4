//! The first start makes the account of whoever runs the node, and a password for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use capos_authority::{Account, AccountDraft, AccountState, Actor, Admin, PrincipalKind, Secret};
use zeroize::Zeroizing;

use crate::args::up::Up;
use crate::config::places;
use crate::prompt;

/// Where the one-time password is where there is no terminal.
const FILE: &str = "operator-password";
/// The role of whoever runs the node, and the profile it leads to.
const OPERATOR: &str = "operator";
/// Signs that are not mistaken for each other, one of which is worth five bits.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Twenty signs are a hundred bits.
const GROUPS: usize = 4;
const GROUP: usize = 5;
/// Longest name that is made of a user's.
const LONGEST_NAME: usize = 32;
/// Time between two looks at whether the file is still of use.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Where the first password comes from, and where a made one goes.
enum Password {
    /// The operator has one, for good.
    Given(Secret),
    /// One is made and shown.
    Shown,
    /// One is made and written into the data directory.
    Written,
}

/// The account that the first start made, and how to sign in to it.
pub(crate) struct FirstAccount {
    pub(crate) name: String,
    pub(crate) password: FirstPassword,
}

/// What its owner has to be told.
pub(crate) enum FirstPassword {
    /// Nothing: it was given.
    Given,
    /// This one-time password.
    Shown(Zeroizing<String>),
    /// Where the one-time password is.
    Written(PathBuf),
}

/// Makes the operator's account where it is still to be made.
pub(crate) async fn first_account(admin: &Admin, data: &Path, arguments: &Up) -> Result<Option<FirstAccount>> {
    if !is_due(admin).await? {
        return Ok(None);
    }
    let name = arguments.operator.clone().unwrap_or_else(default_name);
    let password = if arguments.operator_password_stdin {
        let given = prompt::new_password(&name, true).await?;
        Password::Given(given.as_bytes().to_vec().into())
    } else if io::stderr().is_terminal() {
        Password::Shown
    } else {
        Password::Written
    };
    make(admin, data, &name, password).await.map(Some)
}

/// Whether the operator's account is still to be made; a start that was cut short may have left one that nobody can
/// sign in to.
async fn is_due(admin: &Admin) -> Result<bool> {
    if admin.is_empty().await? {
        return Ok(true);
    }
    let page = admin.list("", 2).await?;
    Ok(!page.more && matches!(&page.accounts[..], [only] if is_unfinished(only)))
}

fn is_unfinished(account: &Account) -> bool {
    account.kind == PrincipalKind::Operator && !account.has_password && account.keys.is_empty()
}

/// Makes the account, with a password. One that an earlier start has left unfinished is used, or goes.
async fn make(admin: &Admin, data: &Path, name: &str, password: Password) -> Result<FirstAccount> {
    let actor = Actor::offline();
    let left = admin.list("", 1).await?.accounts.into_iter().next();
    if left.as_ref().is_none_or(|left| left.name != name) {
        admin.create(name, draft(name), &actor).await.context("the operator's account could not be made")?;
    }
    let (secret, one_time, told) = choose(data, password)?;
    admin.set_password(name, secret, one_time, &actor).await.context("the operator's password could not be set")?;
    if let Some(left) = left.filter(|left| left.name != name) {
        admin.remove(&left.name, left.revision, &actor).await?;
    }
    Ok(FirstAccount { name: name.to_owned(), password: told })
}

fn choose(data: &Path, password: Password) -> Result<(Secret, bool, FirstPassword)> {
    match password {
        Password::Given(given) => Ok((given, false, FirstPassword::Given)),
        Password::Shown => {
            let made = generate()?;
            Ok((made.as_str().into(), true, FirstPassword::Shown(made)))
        }
        Password::Written => {
            let made = generate()?;
            let path = data.join(FILE);
            // Before it counts: a password that counts and is nowhere would lock the operator out.
            write_private(&path, &made).with_context(|| format!("cannot write {}", path.display()))?;
            Ok((made.as_str().into(), true, FirstPassword::Written(path)))
        }
    }
}

fn draft(name: &str) -> AccountDraft {
    AccountDraft {
        display_name: name.to_owned(),
        kind: PrincipalKind::Operator,
        state: AccountState::Active,
        roles: vec![OPERATOR.to_owned()],
        default_profile: OPERATOR.to_owned(),
        recovery_profile: String::new(),
    }
}

fn default_name() -> String {
    user_account().unwrap_or_else(|| OPERATOR.to_owned())
}

/// An account's name after the invoking user's.
pub(crate) fn user_account() -> Option<String> {
    places::user().and_then(|user| account_name(&user.name))
}

fn account_name(user: &str) -> Option<String> {
    let is_kept = |sign: &char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '-' | '_' | '.');
    let kept: String = user.to_ascii_lowercase().chars().filter(is_kept).take(LONGEST_NAME).collect();
    let parts: Vec<&str> = kept.split('.').filter(|part| !part.is_empty()).collect();
    let name = parts.join(".").trim_matches(|sign: char| !sign.is_ascii_alphanumeric()).to_owned();
    (!name.is_empty()).then_some(name)
}

fn generate() -> Result<Zeroizing<String>> {
    let mut random = Zeroizing::new([0; GROUPS * GROUP]);
    let mut source = File::open("/dev/urandom").context("the system gives no random numbers")?;
    source.read_exact(&mut *random).context("the system gives no random numbers")?;
    // As long as it will ever be: growing would leave copies behind.
    let mut password = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
    for (index, byte) in random.iter().enumerate() {
        if index > 0 && index.is_multiple_of(GROUP) {
            password.push('-');
        }
        password.push(char::from(SIGNS[usize::from(*byte) % SIGNS.len()]));
    }
    Ok(password)
}

fn write_private(path: &Path, password: &str) -> io::Result<()> {
    remove(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(password.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes the file with the one-time password away once that has been replaced.
pub(crate) async fn clean_up(admin: Admin, data: PathBuf) {
    let path = data.join(FILE);
    while path.exists() {
        if has_no_one_time_password(&admin).await {
            match remove(&path) {
                Ok(()) => tracing::info!("the file with the one-time password is gone, because it was replaced"),
                Err(error) => tracing::warn!(%error, "the file with the one-time password cannot be removed"),
            }
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn has_no_one_time_password(admin: &Admin) -> bool {
    let mut after = String::new();
    loop {
        let Ok(page) = admin.list(&after, 0).await else { return false };
        if page.accounts.iter().any(|account| account.password_is_one_time) {
            return false;
        }
        match page.accounts.last() {
            Some(last) if page.more => after.clone_from(&last.name),
            _ => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_account_is_called_like_its_user_as_far_as_possible() {
        for (user, name) in [
            ("ada", Some("ada")),
            ("Ada..Lovelace.", Some("ada.lovelace")),
            ("_www-data", Some("www-data")),
            ("dömäne\\user", Some("dmneuser")),
            ("", None),
            ("--", None),
        ] {
            assert_eq!(account_name(user).as_deref(), name, "{user}");
        }
        assert_eq!(account_name(&"a".repeat(99)).map(|name| name.len()), Some(LONGEST_NAME));
    }

    #[test]
    fn a_made_password_can_be_read_out_and_is_never_the_same() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(*one, *other);
        assert_eq!(one.len(), GROUPS * (GROUP + 1) - 1);
        assert!(one.bytes().all(|sign| sign == b'-' || SIGNS.contains(&sign)));
    }

    #[test]
    fn a_written_password_is_for_its_owner_alone_whatever_was_there_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
