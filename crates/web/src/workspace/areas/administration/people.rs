//! Who may sign in, as a window sees it.

mod changes;

use std::rc::Rc;

use capos_schema::accounts_capnp::{account, account_admin, account_key};

use super::words::{kind_word, line, lines, state_word};
use super::{AdministrationArea, PEOPLE, rules};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

/// Accounts that are shown; of more, `capos admin account list` tells.
const MOST: usize = 500;

shown! {
    /// Everybody, and what they can be given.
    struct People {
        /// In the order of their names.
        accounts: Vec<AccountView>,
        /// Whether there are more than are shown.
        more: bool,
        /// Named sets of profiles.
        roles: Vec<rules::RoleView>,
        /// What sessions are given.
        profiles: Vec<rules::ProfileView>,
    }

    /// One account.
    struct AccountView {
        /// What it signs in by.
        name: Text,
        /// How to address its owner.
        display_name: Text,
        /// What kind of actor it is.
        kind: Text,
        /// Whether it may be used.
        state: Text,
        /// Its roles.
        roles: Vec<Text>,
        /// The profile that it has by itself.
        default_profile: Text,
        /// The one that it has while it is to be recovered.
        recovery_profile: Text,
        /// Whether it has a password.
        has_password: bool,
        /// Whether that is good only to be replaced.
        is_one_time: bool,
        /// Its public keys.
        keys: Vec<KeyView>,
        /// Grows with each change.
        revision: u64,
        /// When it was made.
        created_at_ms: u64,
    }

    /// A public key.
    struct KeyView {
        /// As `ssh-keygen -l` shows it.
        fingerprint: Text,
        /// Its type.
        algorithm: Text,
        /// What its owner calls it.
        comment: Text,
        /// When it was added.
        added_at_ms: u64,
    }
}

impl AdministrationArea {
    /// Where it cannot be read what was read stays, and the next reading tells more.
    pub(super) async fn show_people(self: &Rc<Self>) {
        if let Ok(people) = self.people().await {
            self.core.board.put_wanted(PEOPLE, &people);
        }
    }

    async fn people(&self) -> Result<People, Problem> {
        let admin: account_admin::Client = self.grant().await?;
        let read = async {
            let (accounts, more) = accounts(&admin).await?;
            let (roles, profiles) = rules::read(&admin).await?;
            Ok(People { accounts, more, roles, profiles })
        };
        read.await.map_err(self.judge("accounts"))
    }
}

/// All accounts, page after page, up to the bound.
async fn accounts(admin: &account_admin::Client) -> capnp::Result<(Vec<AccountView>, bool)> {
    let (mut accounts, mut after) = (Vec::new(), String::new());
    loop {
        let mut request = admin.list_request();
        request.get().set_after(&after);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let page = answer.get_accounts()?;
        for account in page.iter() {
            account.get_name()?.to_str()?.clone_into(&mut after);
            accounts.push(account_view(account)?);
        }
        let is_more = answer.get_more() && !page.is_empty();
        if !is_more || accounts.len() > MOST {
            let more = accounts.len() > MOST;
            accounts.truncate(MOST);
            return Ok((accounts, more));
        }
    }
}

fn account_view(from: account::Reader<'_>) -> capnp::Result<AccountView> {
    Ok(AccountView {
        name: line(from.get_name())?,
        display_name: line(from.get_display_name())?,
        kind: kind_word(from.get_kind()),
        state: state_word(from.get_state()),
        roles: lines(from.get_roles())?,
        default_profile: line(from.get_default_profile())?,
        recovery_profile: line(from.get_recovery_profile())?,
        has_password: from.get_has_password(),
        is_one_time: from.get_password_is_one_time(),
        keys: from.get_keys()?.iter().map(key_view).collect::<capnp::Result<_>>()?,
        revision: from.get_revision(),
        created_at_ms: from.get_created_at_ms(),
    })
}

fn key_view(from: account_key::Reader<'_>) -> capnp::Result<KeyView> {
    Ok(KeyView {
        fingerprint: line(from.get_fingerprint())?,
        algorithm: line(from.get_algorithm())?,
        comment: line(from.get_comment())?,
        added_at_ms: from.get_added_at_ms(),
    })
}
