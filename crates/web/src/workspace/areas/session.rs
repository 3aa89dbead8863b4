//! Who is signed in, how, and until when; the principal's other sessions; what changed since the last look.

mod changes;
mod others;

use std::rc::Rc;

use capos_client::{Answers, AuthStrength, PrincipalKind, Prompt, Renewal, Secret, SessionInfo};
use futures::future::{LocalBoxFuture, ready};
use serde::Deserialize;

use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};
use changes::Changes;
use others::Others;

shown! {
    /// The session's facts.
    struct SessionView {
        /// How to address who is signed in.
        name: Text,
        /// What kind of actor that is.
        kind: Text,
        /// How that was told to the node.
        method: Text,
        /// What the proof was worth.
        strength: Text,
        /// The profile that the grants come from.
        profile: Text,
        /// When it began.
        created_at_ms: u64,
        /// When it ends unless renewed.
        expires_at_ms: u64,
        /// Whether a password extends it.
        renewable: bool,
    }
}

impl SessionView {
    fn of(info: &SessionInfo) -> Self {
        Self {
            name: Text::line(&info.display_name),
            kind: Text::line(info.principal_kind.as_str()),
            method: Text::fixed(method(info)),
            strength: Text::line(info.auth_strength.as_str()),
            profile: Text::line(&info.profile),
            created_at_ms: info.created_at_ms,
            expires_at_ms: info.expires_at_ms,
            renewable: info.auth_strength == AuthStrength::Password,
        }
    }
}

/// A browser signs in by password, as a guest, or as nobody.
fn method(info: &SessionInfo) -> &'static str {
    match (info.principal_kind, info.auth_strength) {
        (PrincipalKind::Guest, _) => "guest",
        (PrincipalKind::Anonymous, _) => "anonymous",
        (_, AuthStrength::Password) => "password",
        _ => "other",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Renew {
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct End {
    session: Key,
}

/// The session itself.
pub(super) struct SessionArea {
    core: Rc<Core>,
    others: Others,
}

impl SessionArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new(Self { core: core.clone(), others: Others::default() })
    }

    fn show(&self, info: &SessionInfo) {
        self.core.board.put("session", SessionView::of(info));
    }

    async fn renew(&self, command: &Command) -> Outcome {
        let Renew { password } = command.read()?;
        let mut answer = Once(Some(password.into()));
        let info = self.core.session.renew(Renewal::Password(&mut answer), 0).await?;
        self.show(&info);
        // Leases may have grown with it.
        self.core.look_again();
        Ok(Reply::done())
    }

    async fn refresh(&self) -> Outcome {
        let diff = self.core.session.refresh().await?;
        self.core.look_again();
        Ok(Reply::of(&Changes::of(&diff)))
    }

    async fn end(&self, command: &Command) -> Outcome {
        let End { session } = command.read()?;
        let gone = || Problem::not_found("That session is over already.");
        let handle = self.others.handle(session).ok_or_else(gone)?;
        let is_ended = self.core.session.end_other(&handle, "ended from the workspace").await?;
        self.others.show(&self.core).await?;
        if is_ended { Ok(Reply::done()) } else { Err(gone()) }
    }
}

impl Area for SessionArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                // That somebody asks at all says that somebody is there.
                "stay" => {
                    command.bare()?;
                    self.core.tell_times();
                    Ok(Reply::done())
                }
                "renew" => self.renew(&command).await,
                "refresh" => {
                    command.bare()?;
                    self.refresh().await
                }
                "others" => {
                    command.bare()?;
                    self.others.show(&self.core).await.map(|()| Reply::done())
                }
                "end" => self.end(&command).await,
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            if let Ok(info) = self.core.session.info().await {
                self.show(&info);
            }
        })
    }
}

/// What was given with the command; nobody can be asked anything more.
struct Once(Option<Secret>);

impl Answers for Once {
    fn answer<'a>(&'a mut self, _: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>> {
        Box::pin(ready(self.0.take()))
    }
}
