//! The other live sessions of whoever is signed in.

use std::cell::RefCell;
use std::collections::BTreeMap;

use capos_client::OwnSession;

use crate::workspace::desk::Core;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// All of them, the eldest first.
    struct OthersView {
        sessions: Vec<OtherView>,
    }

    /// One of them.
    struct OtherView {
        /// By which it is ended.
        key: Key,
        /// How it was signed in.
        method: Text,
        /// What its proof was worth.
        strength: Text,
        /// The profile that its grants come from.
        profile: Text,
        /// When it began.
        created_at_ms: u64,
        /// When it ends unless renewed.
        expires_at_ms: u64,
        /// How long since its last call, when this was asked.
        idle_ms: u64,
    }
}

/// What windows call them; their handles stay here.
#[derive(Default)]
pub(super) struct Others(RefCell<BTreeMap<String, Key>>);

impl Others {
    /// Shows them as they are.
    pub(super) async fn show(&self, core: &Core) -> Result<(), Problem> {
        let sessions = core.session.others().await?;
        let view = OthersView { sessions: self.named(&sessions) };
        core.board.put("session/others", view);
        Ok(())
    }

    /// Each keeps its name for as long as it lives.
    fn named(&self, sessions: &[OwnSession]) -> Vec<OtherView> {
        let mut keys = self.0.borrow_mut();
        keys.retain(|handle, _| sessions.iter().any(|one| one.session_id == *handle));
        let mut key = |handle: &String| *keys.entry(handle.clone()).or_insert_with(Key::new);
        sessions.iter().map(|one| view(key(&one.session_id), one)).collect()
    }

    pub(super) fn handle(&self, key: Key) -> Option<String> {
        self.0.borrow().iter().find(|(_, of)| **of == key).map(|(handle, _)| handle.clone())
    }
}

fn view(key: Key, session: &OwnSession) -> OtherView {
    OtherView {
        key,
        method: Text::line(&session.method),
        strength: Text::line(session.auth_strength.as_str()),
        profile: Text::line(&session.profile),
        created_at_ms: session.created_at_ms,
        expires_at_ms: session.expires_at_ms,
        idle_ms: session.idle_ms,
    }
}

#[cfg(test)]
mod tests {
    use capos_client::AuthStrength;

    use super::*;

    fn session(handle: &str) -> OwnSession {
        OwnSession {
            session_id: handle.to_owned(),
            created_at_ms: 1,
            expires_at_ms: 2,
            method: "password".to_owned(),
            auth_strength: AuthStrength::Password,
            profile: "user".to_owned(),
            idle_ms: 3,
        }
    }

    #[test]
    fn a_session_keeps_its_name_and_one_that_is_gone_has_none() {
        let others = Others::default();
        let first = others.named(&[session("aa"), session("bb")]);
        let second = others.named(&[session("bb"), session("cc")]);
        assert_eq!(first[1].key, second[0].key);
        assert_eq!(others.handle(first[0].key), None);
        assert_eq!(others.handle(second[1].key).as_deref(), Some("cc"));
    }

    #[test]
    fn no_handle_is_shown() {
        let views = Others::default().named(&[session("0123456789abcdef")]);
        assert!(!serde_json::to_string(&views).unwrap().contains("0123456789abcdef"));
    }
}
