//! A game of making paperclips, as it goes on.

mod game;
mod limits;
mod reading;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::commands_capnp::command_surface;
use capos_schema::paperclips_capnp::paperclips_game;
use futures::future::LocalBoxFuture;
use tokio::time::timeout;

use crate::workspace::areas::attention::Attention;
use crate::workspace::areas::commands::{MenuLimits, OutcomeView, Surface, Wanted};
use crate::workspace::areas::moment::now_ms;
use crate::workspace::areas::offer::Offer;
use crate::workspace::board::{Audience, Channel};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use game::{Game, Moment};
use limits::PaperclipsLimits;
use reading::Reading;

/// What happens in it is for windows that show it.
const GAME: &str = "paperclips/game";

/// One game, as this session plays it.
pub(super) struct PaperclipsArea {
    core: Rc<Core>,
    limits: PaperclipsLimits,
    menus: MenuLimits,
    offer: Offer,
    player: RefCell<Option<Player>>,
    game: RefCell<Option<Channel<Game>>>,
    _attention: Attention,
}

#[derive(Clone)]
struct Player {
    facet: paperclips_game::Client,
    surface: Surface,
}

impl PaperclipsArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        let limits = PaperclipsLimits::default();
        Rc::new_cyclic(|me: &Weak<Self>| Self {
            core: core.clone(),
            limits,
            menus: MenuLimits::default(),
            offer: Offer::new(core, "paperclips", paperclips_game::Client::TYPE_ID),
            player: RefCell::default(),
            game: RefCell::default(),
            _attention: Attention::pay(me.clone(), &core.board, GAME, limits.look_time, |area, first| async move {
                area.look_on(first).await;
            }),
        })
    }

    /// Sees how the game stands. Who comes back gets a service that was started again meanwhile.
    async fn look_on(&self, first: bool) {
        if self.offer.is_lost() || self.game.borrow().is_none() {
            return;
        }
        if first && timeout(self.limits.answer_time, self.is_broken()).await.unwrap_or(true) {
            self.player.take();
        }
        // What is wrong is shown by the offer.
        let _ = self.refresh().await;
    }

    async fn is_broken(&self) -> bool {
        let player = self.player.borrow().clone();
        match player {
            Some(player) => player.surface.menu().await.is_err(),
            None => false,
        }
    }

    async fn player(&self) -> Result<Player, Problem> {
        if let Some(player) = &*self.player.borrow() {
            return Ok(player.clone());
        }
        let none = || Problem::not_found("This session has no Paperclips to play.");
        let grant = self.core.grant_of(paperclips_game::Client::TYPE_ID).ok_or_else(none)?;
        let commands = format!("{}_commands", grant.name);
        let facet = self.core.session.get_as(&grant.name).await;
        let facet: paperclips_game::Client = facet.map_err(|error| self.offer.note(&error))?;
        let surface = self.core.session.get_as::<command_surface::Client>(&commands).await;
        let surface = Surface::new(surface.map_err(|error| self.offer.note(&error))?, self.menus);
        let player = Player { facet, surface };
        self.player.replace(Some(player.clone()));
        Ok(player)
    }

    fn failed(&self, error: &capnp::Error) -> Problem {
        let problem = self.offer.failed("paperclips", error);
        self.let_go();
        problem
    }

    fn refused(&self, error: &capnp::Error) -> Problem {
        let problem = self.offer.refused("paperclips", error);
        self.let_go();
        problem
    }

    /// What it does, if that is done in time.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let done = self.offer.in_time(self.limits.answer_time, work).await;
        self.let_go();
        done
    }

    /// Holds on to nothing that does not answer.
    fn let_go(&self) {
        if self.offer.is_lost() {
            self.player.take();
        }
    }

    async fn refresh(&self) -> Result<(), Problem> {
        self.in_time(self.look_anew()).await
    }

    async fn look_anew(&self) -> Result<(), Problem> {
        let Player { facet, surface } = self.player().await?;
        let reading = Reading { limits: &self.limits, texts: &self.menus };
        let (status, projects, menu) = futures::try_join!(
            async { reading.status(facet.status_request().send().promise.await?.get()?.get_snapshot()?) },
            async { reading.projects(facet.projects_request().send().promise.await?.get()?.get_list()?) },
            surface.menu(),
        )
        .map_err(|error| self.failed(&error))?;
        if let Some(game) = &*self.game.borrow() {
            let moment = Moment { at_ms: now_ms(), status, projects, menu: menu.view };
            if let Some(change) = game.read(|game| game.change(moment)) {
                game.send(&change);
            }
        }
        Ok(())
    }

    /// What the interface has beside the commands is not offered: `command` is the same in words, and `tick`, which
    /// skips time, does so for tests and demonstrations alone; whoever was granted an accelerator finds it in CapSet.
    async fn invoke(&self, wanted: Wanted) -> Result<OutcomeView, Problem> {
        self.in_time(async {
            let Player { surface, .. } = self.player().await?;
            let came = surface.invoke(&wanted).await.map_err(|error| self.refused(&error))?;
            self.look_anew().await?;
            Ok(came.outcome)
        })
        .await
    }

    async fn open(&self) -> Result<(), Problem> {
        self.player.take();
        self.offer.open().await?;
        if self.game.borrow().is_some() {
            self.refresh().await?;
            self.offer.look().await;
        }
        Ok(())
    }
}

impl Area for PaperclipsArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match &*command.name {
                "open" => {
                    command.bare()?;
                    self.open().await.map(|()| Reply::done())
                }
                "invoke" => Ok(Reply::of(&self.invoke(command.read()?).await?)),
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            if !self.offer.look().await {
                self.player.take();
                self.game.take();
            } else if self.game.borrow().is_none() {
                self.game.replace(Some(self.core.board.open(GAME, Audience::Wanting, Game::new(self.limits))));
            }
        })
    }
}

#[cfg(test)]
mod tests;
