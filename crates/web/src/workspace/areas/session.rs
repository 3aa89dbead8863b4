//! Who is signed in, how, and until when.

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::view::{Text, shown};

shown! {
    /// The session's facts.
    struct SessionView {
        /// How to address who is signed in.
        name: Text,
        /// What kind of actor that is.
        kind: Text,
        /// What the proof was worth.
        strength: Text,
        /// The profile that the grants come from.
        profile: Text,
        /// When it began.
        created_at_ms: u64,
        /// When it ends unless renewed.
        expires_at_ms: u64,
    }
}

/// The session itself.
pub(super) struct SessionArea {
    core: Rc<Core>,
}

impl SessionArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new(Self { core: core.clone() })
    }
}

impl Area for SessionArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                // That somebody asks at all says that somebody is there.
                "stay" => {
                    self.core.tell_times();
                    Ok(Reply::done())
                }
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let Ok(info) = self.core.session.info().await else { return };
            let view = SessionView {
                name: Text::line(&info.display_name),
                kind: Text::line(info.principal_kind.as_str()),
                strength: Text::line(info.auth_strength.as_str()),
                profile: Text::line(&info.profile),
                created_at_ms: info.created_at_ms,
                expires_at_ms: info.expires_at_ms,
            };
            self.core.board.put("session", view);
        })
    }
}
