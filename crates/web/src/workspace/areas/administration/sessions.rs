//! Sessions that are live.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use capos_schema::sessions_capnp::{live_session, session_admin};
use serde::Deserialize;

use super::words::{kind_word, line, strength_word};
use super::{AdministrationArea, SESSIONS};
use crate::workspace::areas::moment::now_ms;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

/// Sessions that are shown; of more, `capos admin session list` tells.
const MOST: usize = 1000;
/// When something was done last is told in steps of so many milliseconds, so that nothing changes where nothing does.
const STEP: u64 = 10_000;

shown! {
    /// Everybody who is signed in.
    struct Sessions {
        /// The eldest first.
        sessions: Vec<SessionRow>,
        /// Whether there are more than are shown.
        more: bool,
    }

    /// One of them.
    struct SessionRow {
        /// What commands call it by.
        key: Key,
        /// The account; empty for somebody without one.
        account: Text,
        /// How to address who is signed in.
        name: Text,
        /// What kind of actor that is.
        kind: Text,
        /// The profile that its grants come from.
        profile: Text,
        /// How it signed in.
        method: Text,
        /// What the proof was worth.
        strength: Text,
        /// From where.
        place: Place,
        /// Whether its connection is encrypted.
        tls: bool,
        /// When it began.
        created_at_ms: u64,
        /// When it ends unless renewed.
        expires_at_ms: u64,
        /// When something was done in it, about.
        used_at_ms: u64,
        /// Whether it is this very session.
        own: bool,
    }

    /// Where somebody is; no more of it than that is told.
    words Place {
        /// On the node's own machine.
        Here,
        /// Elsewhere.
        Elsewhere,
    }

    /// How many.
    struct Ended {
        /// Sessions that ended.
        ended: u32,
    }
}

/// Which session a key is.
#[derive(Default)]
pub(super) struct Known(RefCell<BTreeMap<Vec<u8>, Key>>);

impl Known {
    fn key(&self, handle: &[u8]) -> Key {
        *self.0.borrow_mut().entry(handle.to_vec()).or_insert_with(Key::new)
    }

    /// Forgets all but these.
    fn keep(&self, rows: &[SessionRow]) {
        self.0.borrow_mut().retain(|_, key| rows.iter().any(|row| row.key == *key));
    }

    pub(super) fn handle(&self, key: Key) -> Result<Vec<u8>, Problem> {
        let known = self.0.borrow();
        let found = known.iter().find(|(_, known)| **known == key).map(|(handle, _)| handle.clone());
        found.ok_or_else(|| Problem::not_found("This session is over."))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    session: Key,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndAccount {
    account: String,
    reason: String,
}

impl AdministrationArea {
    pub(super) async fn show_sessions(self: &Rc<Self>) {
        let Ok(admin) = self.grant::<session_admin::Client>().await else { return };
        if let Ok((mut sessions, more)) = self.read_sessions(&admin).await {
            sessions.sort_by_key(|row| row.created_at_ms);
            self.sessions.keep(&sessions);
            self.core.board.put_wanted(SESSIONS, &Sessions { sessions, more });
        }
    }

    /// All sessions, page after page, up to the bound.
    async fn read_sessions(&self, admin: &session_admin::Client) -> capnp::Result<(Vec<SessionRow>, bool)> {
        let (mut sessions, mut after) = (Vec::new(), Vec::new());
        loop {
            let mut request = admin.list_request();
            request.get().set_after(&after);
            let answer = request.send().promise.await?;
            let answer = answer.get()?;
            let page = answer.get_sessions()?;
            for session in page.iter() {
                after = session.get_info()?.get_session_id()?.to_vec();
                sessions.push(self.row(&after, session)?);
            }
            if !answer.get_more() || page.is_empty() || sessions.len() > MOST {
                let more = sessions.len() > MOST;
                sessions.truncate(MOST);
                return Ok((sessions, more));
            }
        }
    }

    fn row(&self, handle: &[u8], from: live_session::Reader<'_>) -> capnp::Result<SessionRow> {
        let info = from.get_info()?;
        let principal = info.get_principal()?;
        let used = now_ms().saturating_sub(from.get_idle_ms());
        Ok(SessionRow {
            key: self.sessions.key(handle),
            account: line(from.get_account())?,
            name: line(principal.get_display_name())?,
            kind: kind_word(principal.get_kind()),
            profile: line(info.get_profile())?,
            method: line(from.get_method())?,
            strength: strength_word(info.get_auth_strength()),
            place: place(from.get_source()?.to_str()?),
            tls: from.get_tls(),
            created_at_ms: info.get_created_at_ms(),
            expires_at_ms: info.get_expires_at_ms(),
            used_at_ms: used - used % STEP,
            own: from.get_own(),
        })
    }

    pub(super) async fn end_session(&self, command: &Command) -> Outcome {
        let End { session, reason } = command.read()?;
        let handle = self.sessions.handle(session)?;
        let mut request = self.grant::<session_admin::Client>().await?.end_request();
        request.get().set_session(&handle);
        request.get().set_reason(&reason);
        request.send().promise.await.map_err(self.judge("sessions.end"))?;
        Ok(Reply::done())
    }

    pub(super) async fn end_account(&self, command: &Command) -> Outcome {
        let EndAccount { account, reason } = command.read()?;
        let mut request = self.grant::<session_admin::Client>().await?.end_account_request();
        request.get().set_account(&account);
        request.get().set_reason(&reason);
        let answer = request.send().promise.await.map_err(self.judge("sessions.endAccount"))?;
        let ended = answer.get().map_err(self.judge("sessions.endAccount"))?.get_ended();
        Ok(Reply::of(&Ended { ended }))
    }
}

fn place(source: &str) -> Place {
    let host = source.rsplit_once(':').map_or(source, |(host, _)| host);
    let address = source.parse().or_else(|_| host.trim_matches(['[', ']']).parse());
    let is_here = source == "local" || address.is_ok_and(|address: IpAddr| address.is_loopback());
    if is_here { Place::Here } else { Place::Elsewhere }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_no_more_is_told_than_whether_it_is_this_machine() {
        for here in ["local", "127.0.0.1", "127.0.0.9:4000", "::1", "[::1]:4000"] {
            assert_eq!(place(here), Place::Here, "{here}");
        }
        for elsewhere in ["", "192.0.2.7", "192.0.2.7:80", "2001:db8::1", "[2001:db8::1]:80", "localhost"] {
            assert_eq!(place(elsewhere), Place::Elsewhere, "{elsewhere}");
        }
    }

    #[test]
    fn a_key_is_good_while_its_session_is_there() {
        let known = Known::default();
        let key = known.key(b"one");
        assert_eq!(known.key(b"one"), key);
        assert_eq!(known.handle(key).unwrap(), b"one");
        known.keep(&[]);
        assert!(known.handle(key).is_err());
    }
}
