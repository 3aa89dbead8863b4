//! A world to walk through: the room, what can be done there, and what has been seen so far.

mod limits;
mod world;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::adventure_capnp::adventure;
use capos_schema::commands_capnp::command_surface;
use futures::future::LocalBoxFuture;
use tokio::time::timeout;

use crate::workspace::areas::attention::Attention;
use crate::workspace::areas::commands::{Came, Menu, MenuLimits, OutcomeView, Surface, Wanted};
use crate::workspace::areas::offer::Offer;
use crate::workspace::board::{Audience, Channel};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use limits::AdventureLimits;
use world::{Change, Line, Reading, World};

/// What stands in it is for windows that show it.
const WORLD: &str = "adventure/world";

/// One player, as this session plays.
pub(super) struct AdventureArea {
    core: Rc<Core>,
    limits: AdventureLimits,
    menus: MenuLimits,
    offer: Offer,
    player: RefCell<Option<Player>>,
    world: RefCell<Option<Channel<World>>>,
    /// Of the menu that was seen last.
    revision: RefCell<Option<u64>>,
    _attention: Attention,
}

#[derive(Clone)]
struct Player {
    facet: adventure::Client,
    surface: Surface,
}

impl AdventureArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        let limits = AdventureLimits::default();
        Rc::new_cyclic(|me: &Weak<Self>| Self {
            core: core.clone(),
            limits,
            menus: MenuLimits::default(),
            offer: Offer::new(core, "adventure", adventure::Client::TYPE_ID),
            player: RefCell::default(),
            world: RefCell::default(),
            revision: RefCell::default(),
            _attention: Attention::pay(me.clone(), &core.board, WORLD, limits.look_time, |area, first| async move {
                area.look_on(first).await;
            }),
        })
    }

    /// Sees what others have changed. Who comes back gets a service that was started again meanwhile.
    async fn look_on(&self, first: bool) {
        if self.offer.is_lost() || self.world.borrow().is_none() {
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
        let none = || Problem::not_found("This session has no Adventure to play.");
        let grant = self.core.grant_of(adventure::Client::TYPE_ID).ok_or_else(none)?;
        let commands = format!("{}_commands", grant.name);
        let facet = self.core.session.get_as(&grant.name).await;
        let facet: adventure::Client = facet.map_err(|error| self.offer.note(&error))?;
        let surface = self.core.session.get_as::<command_surface::Client>(&commands).await;
        let surface = Surface::new(surface.map_err(|error| self.offer.note(&error))?, self.menus);
        let player = Player { facet, surface };
        self.player.replace(Some(player.clone()));
        Ok(player)
    }

    fn failed(&self, error: &capnp::Error) -> Problem {
        let problem = self.offer.failed("adventure", error);
        self.let_go();
        problem
    }

    fn refused(&self, error: &capnp::Error) -> Problem {
        let problem = self.offer.refused("adventure", error);
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
            self.revision.take();
        }
    }

    /// Sees what there is, where anything is different.
    async fn refresh(&self) -> Result<(), Problem> {
        self.in_time(async {
            let player = self.player().await?;
            let menu = player.surface.menu().await.map_err(|error| self.failed(&error))?;
            self.show(&player, menu, None).await
        })
        .await
    }

    async fn show(&self, player: &Player, menu: Menu, said: Option<Line>) -> Result<(), Problem> {
        if said.is_none() && *self.revision.borrow() == Some(menu.revision) {
            return Ok(());
        }
        let reading = Reading { limits: &self.limits, texts: &self.menus };
        let (room, items) = futures::try_join!(
            async { reading.room(player.facet.look_request().send().promise.await?.get()?.get_view()?) },
            async { reading.things(player.facet.inventory_request().send().promise.await?.get()?.get_items()?) },
        )
        .map_err(|error| self.failed(&error))?;
        self.revision.replace(Some(menu.revision));
        if let Some(world) = &*self.world.borrow()
            && let Some(mapped) = world.read(|world| world.has_place_for(&room))
        {
            world.send(&Change { room, mapped, items, menu: menu.view, said });
        }
        Ok(())
    }

    async fn invoke(&self, wanted: Wanted) -> Result<OutcomeView, Problem> {
        self.in_time(async {
            let player = self.player().await?;
            let Came { outcome, menu } = player.surface.invoke(&wanted).await.map_err(|error| self.refused(&error))?;
            let line = Line::of(&wanted, &outcome, &self.limits);
            let menu = match menu {
                Some(menu) => menu,
                None => player.surface.menu().await.map_err(|error| self.failed(&error))?,
            };
            self.show(&player, menu, Some(line)).await?;
            Ok(outcome)
        })
        .await
    }

    async fn open(&self) -> Result<(), Problem> {
        self.player.take();
        self.revision.take();
        self.offer.open().await?;
        if self.world.borrow().is_some() {
            self.refresh().await?;
            self.offer.look().await;
        }
        Ok(())
    }
}

impl Area for AdventureArea {
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
                self.revision.take();
                self.world.take();
            } else if self.world.borrow().is_none() {
                self.world.replace(Some(self.core.board.open(WORLD, Audience::Wanting, World::new(self.limits))));
            }
        })
    }
}

#[cfg(test)]
mod tests;
