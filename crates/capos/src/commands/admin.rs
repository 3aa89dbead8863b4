//! `capos admin`: written once, over whatever implements [`Administration`].

mod accounts;
pub(crate) mod connected;
pub(crate) mod inside;
mod keys;
pub(crate) mod model;
mod policies;
mod services;
mod sessions;

use zeroize::Zeroizing;

use crate::args::admin::{Admin, Subject};
use crate::args::target::Target;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, within};
use connected::Connected;
use model::{Account, AccountChange, LiveGrant, LiveSession, Profile, Role};

/// A password on its way.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// Who may sign in and what they are given: of a node one is signed in to, or of a data directory.
///
/// Every list is whole. A change of what does not exist, exists already or has another revision by now fails with a
/// sentence that says which.
pub(crate) trait Administration {
    /// All accounts, in the order of their names.
    async fn accounts(&self) -> Result<Vec<Account>, Failure>;
    /// One account.
    async fn account(&self, name: &str) -> Result<Account, Failure>;
    /// Makes an account.
    async fn create_account(&self, name: &str, account: &AccountChange) -> Result<Account, Failure>;
    /// Changes an account.
    async fn update_account(&self, name: &str, revision: u64, account: &AccountChange) -> Result<Account, Failure>;
    /// Takes an account away.
    async fn remove_account(&self, name: &str, revision: u64) -> Result<(), Failure>;
    /// Gives an account a password.
    async fn set_password(&self, name: &str, password: Secret, one_time: bool) -> Result<Account, Failure>;
    /// Takes an account's password away.
    async fn remove_password(&self, name: &str) -> Result<Account, Failure>;
    /// Gives an account a key: a line of OpenSSH's.
    async fn add_key(&self, name: &str, line: &str) -> Result<Account, Failure>;
    /// Takes a key away.
    async fn remove_key(&self, name: &str, fingerprint: &str) -> Result<Account, Failure>;
    /// All roles.
    async fn roles(&self) -> Result<Vec<Role>, Failure>;
    /// Makes a role (revision 0), or changes the one of that revision.
    async fn put_role(&self, role: &Role) -> Result<Role, Failure>;
    /// Takes a role away.
    async fn remove_role(&self, name: &str, revision: u64) -> Result<(), Failure>;
    /// All profiles.
    async fn profiles(&self) -> Result<Vec<Profile>, Failure>;
    /// What is inside the services that there are; a stopped node has none.
    async fn insides(&self) -> Result<inside::Services, Failure>;
    /// Makes a profile (revision 0), or changes the one of that revision.
    async fn put_profile(&self, profile: &Profile) -> Result<Profile, Failure>;
    /// Takes a profile away.
    async fn remove_profile(&self, name: &str, revision: u64) -> Result<(), Failure>;
    /// All live sessions; a stopped node has none.
    async fn sessions(&self) -> Result<Vec<LiveSession>, Failure>;
    /// What a session holds.
    async fn grants(&self, session: &[u8]) -> Result<Vec<LiveGrant>, Failure>;
    /// Ends a session.
    async fn end_session(&self, session: &[u8], reason: &str) -> Result<(), Failure>;
    /// Ends all sessions of an account, and tells how many.
    async fn end_account(&self, account: &str, reason: &str) -> Result<u32, Failure>;
    /// Takes one grant from a session.
    async fn revoke_grant(&self, session: &[u8], grant: &str, reason: &str) -> Result<(), Failure>;
    /// Cuts off one reference of a session, and what was reached through it.
    async fn revoke_reference(&self, session: &[u8], grant: &str, number: u64, reason: &str) -> Result<(), Failure>;
}

/// Administers, connected or with `--data`.
pub(crate) async fn run(arguments: Admin, output: &Output) -> Result<Exit, Failure> {
    let Admin { place, subject } = arguments;
    let subject = match subject {
        Subject::Service(verb) => return services::run(place, verb, output).await,
        subject => subject,
    };
    match &place.data {
        Some(data) => act(&crate::offline::open(data).await?, subject, output).await?,
        None => {
            let target = Target::from(place.target);
            let work = async |remote: &Remote| act(&Connected::new(remote), subject, output).await;
            within(&target, output, work).await.map_err(|failure| ungranted(failure, "administration"))?;
        }
    }
    Ok(Exit::Done)
}

/// Says what is missing where a session was not granted what a command needs.
pub(crate) fn ungranted(failure: Failure, what: &str) -> Failure {
    if failure.code != "unknownCap" {
        return failure;
    }
    let sentence = format!("your session was not granted {what}");
    Failure { sentence, ..failure }
        .advise("Sign in with a profile that has it, such as `operator`: --profile operator.")
}

async fn act(to: &impl Administration, subject: Subject, output: &Output) -> Result<(), Failure> {
    match subject {
        Subject::Account(verb) => accounts::run(to, verb, output).await,
        Subject::Key(verb) => keys::run(to, verb, output).await,
        Subject::Role(verb) => policies::roles(to, verb, output).await,
        Subject::Profile(verb) => policies::profiles(to, verb, output).await,
        Subject::Session(verb) => sessions::run(to, verb, output).await,
        Subject::Service(_) => Err(services::stopped()),
    }
}

/// A name's list in a cell of a table: one word.
pub(crate) fn joined(names: &[String]) -> String {
    names.join(",")
}
