//! What a live session holds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use capos_schema::sessions_capnp::{live_grant, live_reference, session_admin};
use serde::Deserialize;

use super::words::line;
use super::{AdministrationArea, HELD};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

/// References of one grant that are shown; revoking the grant takes all of them.
const MOST: usize = 256;

shown! {
    /// Everything that a session holds.
    struct Held {
        /// Its grants.
        grants: Vec<GrantView>,
    }

    /// One grant.
    struct GrantView {
        /// Its name.
        name: Text,
        /// What it is granted as; empty where the node does not know it.
        interface: Text,
        /// Whether it may be passed on.
        transfer: Text,
        /// When its lease is over; 0 where it lasts as long as the session.
        lease_expires_at_ms: u64,
        /// Why it has ended; empty while it is live.
        ended: Text,
        /// What stands behind it.
        origin: Text,
        /// Calls made so far.
        calls: u64,
        /// Calls under way.
        calls_in_flight: u32,
        /// What is held through it, oldest first.
        references: Vec<ReferenceView>,
        /// Whether it holds more than are shown.
        more: bool,
    }

    /// One capability that is held.
    struct ReferenceView {
        /// What commands call it by.
        key: Key,
        /// The one whose call it came from, where that is shown; nothing for the granted object.
        parent: Option<Key>,
        /// That call's method; empty for the granted object.
        via: Text,
        /// Whether it is an object of the client's that the node holds.
        callback: bool,
        /// Whether it was cut off here: it is held, and good for nothing.
        cut: bool,
    }
}

/// Session, grant and number of a reference.
type Reference = (Key, String, u64);

/// Which reference a key is.
#[derive(Default)]
pub(super) struct Known {
    references: RefCell<BTreeMap<Reference, Key>>,
    shown: RefCell<BTreeSet<Key>>,
    /// Those cut off here, while somebody still holds them.
    cut: RefCell<BTreeSet<Key>>,
}

impl Known {
    fn key(&self, session: Key, grant: &str, number: u64) -> Key {
        *self.references.borrow_mut().entry((session, grant.to_owned(), number)).or_insert_with(Key::new)
    }

    fn find(&self, key: Key) -> Result<Reference, Problem> {
        let known = self.references.borrow();
        let found = known.iter().find(|(_, known)| **known == key).map(|(reference, _)| reference.clone());
        found.ok_or_else(|| Problem::not_found("This is not held any more."))
    }

    /// Forgets what a session does not hold any more.
    fn keep(&self, session: Key, held: &Held) {
        let keys: BTreeSet<Key> =
            held.grants.iter().flat_map(|grant| &grant.references).map(|reference| reference.key).collect();
        let mut references = self.references.borrow_mut();
        references.retain(|(of, ..), key| *of != session || keys.contains(key));
        self.cut.borrow_mut().retain(|key| references.values().any(|known| known == key));
    }

    fn forget(&self, session: Key) {
        self.references.borrow_mut().retain(|(of, ..), _| *of != session);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeGrant {
    session: Key,
    grant: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeReference {
    reference: Key,
    reason: String,
}

fn topic(session: Key) -> String {
    format!("{HELD}{session}")
}

impl AdministrationArea {
    pub(super) async fn show_held(self: &Rc<Self>, wanted: &BTreeSet<Key>) {
        let before = self.held.shown.replace(wanted.clone());
        for &session in before.difference(wanted) {
            self.core.board.remove(&topic(session));
            self.held.forget(session);
        }
        for &session in wanted {
            match self.read_held(session).await {
                Ok(held) => {
                    self.held.keep(session, &held);
                    self.core.board.put_wanted(&topic(session), &held);
                }
                // The session is over.
                Err(_) => self.core.board.remove(&topic(session)),
            }
        }
    }

    async fn read_held(&self, session: Key) -> Result<Held, Problem> {
        let handle = self.sessions.handle(session)?;
        let mut request = self.grant::<session_admin::Client>().await?.grants_request();
        request.get().set_session(&handle);
        let read = async {
            let answer = request.send().promise.await?;
            let grants = answer.get()?.get_grants()?;
            let grants = grants.iter().map(|grant| self.grant_view(session, grant));
            Ok(Held { grants: grants.collect::<capnp::Result<_>>()? })
        };
        read.await.map_err(self.judge("sessions.grants"))
    }

    fn grant_view(&self, session: Key, from: live_grant::Reader<'_>) -> capnp::Result<GrantView> {
        let name = from.get_name()?.to_str()?;
        let references = from.get_references()?;
        let numbers: BTreeSet<u64> = references.iter().take(MOST).map(|reference| reference.get_number()).collect();
        let view = |from: live_reference::Reader<'_>| {
            let parent = Some(from.get_parent()).filter(|parent| numbers.contains(parent));
            let key = self.held.key(session, name, from.get_number());
            let parent = parent.map(|parent| self.held.key(session, name, parent));
            let mut known = self.held.cut.borrow_mut();
            let cut = known.contains(&key) || parent.is_some_and(|parent| known.contains(&parent) && known.insert(key));
            Ok(ReferenceView { key, parent, cut, via: line(from.get_via_method())?, callback: from.get_callback() })
        };
        Ok(GrantView {
            name: Text::line(name),
            interface: line(from.get_interface_name())?,
            transfer: line(from.get_transfer_policy())?,
            lease_expires_at_ms: from.get_lease_expires_at_ms(),
            ended: line(from.get_ended())?,
            origin: line(from.get_origin())?,
            calls: from.get_calls(),
            calls_in_flight: from.get_calls_in_flight(),
            more: usize::try_from(references.len()).is_ok_and(|count| count > MOST),
            references: references.iter().take(MOST).map(view).collect::<capnp::Result<_>>()?,
        })
    }

    /// What was taken away is seen at once.
    async fn show_again(self: &Rc<Self>) {
        let shown = self.held.shown.borrow().clone();
        self.show_held(&shown).await;
    }

    pub(super) async fn revoke_grant(self: &Rc<Self>, command: &Command) -> Outcome {
        let RevokeGrant { session, grant, reason } = command.read()?;
        let handle = self.sessions.handle(session)?;
        let mut request = self.grant::<session_admin::Client>().await?.revoke_grant_request();
        request.get().set_session(&handle);
        request.get().set_grant(&grant);
        request.get().set_reason(&reason);
        request.send().promise.await.map_err(self.judge("sessions.revokeGrant"))?;
        self.show_again().await;
        Ok(Reply::done())
    }

    pub(super) async fn revoke_reference(self: &Rc<Self>, command: &Command) -> Outcome {
        let RevokeReference { reference, reason } = command.read()?;
        let (session, grant, number) = self.held.find(reference)?;
        let handle = self.sessions.handle(session)?;
        let mut request = self.grant::<session_admin::Client>().await?.revoke_reference_request();
        request.get().set_session(&handle);
        request.get().set_grant(&grant);
        request.get().set_reference(number);
        request.get().set_reason(&reason);
        request.send().promise.await.map_err(self.judge("sessions.revokeReference"))?;
        self.held.cut.borrow_mut().insert(reference);
        self.show_again().await;
        Ok(Reply::done())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_one_key_until_it_is_not_held_any_more() {
        let (known, session) = (Known::default(), Key::new());
        let key = known.key(session, "chat", 3);
        assert_eq!(known.key(session, "chat", 3), key);
        assert_ne!(known.key(session, "chat", 4), key);
        assert_eq!(known.find(key).unwrap(), (session, "chat".to_owned(), 3));
        known.keep(Key::new(), &Held { grants: Vec::new() });
        assert!(known.find(key).is_ok(), "another session's");
        known.keep(session, &Held { grants: Vec::new() });
        assert!(known.find(key).is_err());
    }
}
