//! Services that describe their commands: what can be done with them right now, and doing it.
//!
//! A menu is read anew while a window looks at it, and after every command. Where its service has gone, the view says so
//! and has the menu again as soon as the service is back.

mod limits;
mod menu;
mod read;
mod surface;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::commands_capnp::command_surface;
use futures::future::LocalBoxFuture;
use serde::Deserialize;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::workspace::areas::offer::silent;
use crate::workspace::board::{Audience, Channel, Model};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

pub(super) use limits::MenuLimits;
pub(super) use menu::{Menu, MenuView, OutcomeView};
pub(super) use read::words;
pub(super) use surface::{Argument, Came, Surface, Value, Wanted};

/// What stands before a surface's name in its topic.
const TOPIC: &str = "commands/";

shown! {
    /// The grants that describe commands.
    struct SurfacesView {
        /// Their names.
        names: Vec<Text>,
    }

    /// One service's menu.
    struct SurfaceView {
        /// What can be done; nothing where that is not known yet.
        menu: Option<MenuView>,
        /// Why it cannot be read right now.
        problem: Option<Problem>,
    }
}

/// A menu on the board.
struct Shown(SurfaceView);

impl Model for Shown {
    type Delta = SurfaceView;
    type Whole = SurfaceView;

    fn apply(&mut self, delta: &SurfaceView) {
        self.0 = delta.clone();
    }

    fn whole(&self) -> SurfaceView {
        self.0.clone()
    }
}

/// Commands of services.
pub(super) struct CommandsArea {
    me: Weak<Self>,
    core: Rc<Core>,
    limits: MenuLimits,
    open: RefCell<BTreeMap<String, Opened>>,
    watcher: RefCell<Option<AbortHandle>>,
}

/// A surface that some window looks at.
struct Opened {
    looked: Rc<Looked>,
    task: AbortHandle,
}

struct Looked {
    channel: Channel<Shown>,
    /// Has it read anew at once.
    again: Notify,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    surface: String,
    command: String,
    #[serde(default)]
    arguments: Vec<Argument>,
}

impl CommandsArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            core: core.clone(),
            limits: MenuLimits::default(),
            open: RefCell::default(),
            watcher: RefCell::default(),
        })
    }

    async fn run(&self, command: &Command) -> Outcome {
        let Run { surface: name, command, arguments } = command.read()?;
        let came = self.surface(&name).await?.invoke(&Wanted { command, arguments }).await;
        let Came { outcome, menu } = came.map_err(|error| self.core.session.judge("commands.invoke", &error))?;
        if let Some(opened) = self.open.borrow().get(&name) {
            match menu {
                Some(menu) => opened.looked.tell(SurfaceView { menu: Some(menu.view), problem: None }),
                None => opened.looked.again.notify_one(),
            }
        }
        Ok(Reply::of(&outcome))
    }

    async fn surface(&self, name: &str) -> Result<Surface, Problem> {
        Ok(Surface::new(self.core.session.get_as(name).await?, self.limits))
    }

    async fn read(&self, name: &str, known: &mut Option<Surface>) -> Result<MenuView, Problem> {
        let look = async {
            let surface = match known.take() {
                Some(surface) => surface,
                None => self.surface(name).await?,
            };
            let menu = surface.menu().await.map_err(|error| self.core.session.judge("commands.menu", &error))?;
            // One that failed is taken anew the next time.
            *known = Some(surface);
            Ok(menu.view)
        };
        timeout(self.limits.answer_time, look).await.unwrap_or_else(|_| Err(silent().into()))
    }

    /// Opens what is wanted now, and closes what no window looks at any more.
    fn attend(&self, wanted: &BTreeSet<String>) {
        let names: BTreeSet<&str> = wanted.iter().filter_map(|topic| topic.strip_prefix(TOPIC)).collect();
        let caps = self.core.caps();
        let is_one = |name: &str| {
            caps.iter().any(|entry| entry.name == name && entry.interface_id == command_surface::Client::TYPE_ID)
        };
        let mut open = self.open.borrow_mut();
        open.retain(|name, _| names.contains(&**name) && is_one(name));
        for name in names.into_iter().filter(|name| is_one(name)) {
            if !open.contains_key(name) {
                open.insert(name.to_owned(), self.look_at(name));
            }
        }
    }

    fn look_at(&self, name: &str) -> Opened {
        let empty = Shown(SurfaceView { menu: None, problem: None });
        let channel = self.core.board.open(&format!("{TOPIC}{name}"), Audience::Wanting, empty);
        let looked = Rc::new(Looked { channel, again: Notify::new() });
        let (area, name, ours) = (self.me.clone(), name.to_owned(), looked.clone());
        let pause = self.limits.menu_time;
        let task = tokio::task::spawn_local(async move {
            let mut surface = None;
            loop {
                let Some(area) = area.upgrade() else { return };
                let read = area.read(&name, &mut surface).await;
                drop(area);
                ours.show(read);
                // In time, or sooner where something was done.
                let _ = timeout(pause, ours.again.notified()).await;
            }
        });
        Opened { looked, task: task.abort_handle() }
    }

    fn watch(&self) {
        let mut watcher = self.watcher.borrow_mut();
        if watcher.is_some() {
            return;
        }
        let (area, mut wanted) = (self.me.clone(), self.core.board.wanted());
        let task = tokio::task::spawn_local(async move {
            while wanted.changed().await.is_ok() {
                let Some(area) = area.upgrade() else { return };
                let now = wanted.borrow_and_update().clone();
                area.attend(&now);
            }
        });
        *watcher = Some(task.abort_handle());
    }
}

impl Looked {
    fn show(&self, read: Result<MenuView, Problem>) {
        match read {
            Ok(menu) => self.tell(SurfaceView { menu: Some(menu), problem: None }),
            // What was there stays to be read, under what is wrong with it.
            Err(problem) => {
                let menu = self.channel.read(|surface| surface.0.menu.clone()).flatten();
                self.tell(SurfaceView { menu, problem: Some(problem) });
            }
        }
    }

    fn tell(&self, view: SurfaceView) {
        if self.channel.read(|surface| surface.0 == view) != Some(true) {
            self.channel.send(&view);
        }
    }
}

impl Area for CommandsArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match &*command.name {
                "run" => self.run(&command).await,
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let caps = self.core.caps();
            let surfaces = caps.iter().filter(|entry| entry.interface_id == command_surface::Client::TYPE_ID);
            let names = surfaces.map(|entry| Text::line(&entry.name)).collect();
            self.core.board.put("commands", SurfacesView { names });
            let wanted = self.core.board.wanted().borrow().clone();
            self.attend(&wanted);
            self.watch();
        })
    }
}

impl Drop for CommandsArea {
    fn drop(&mut self) {
        if let Some(watcher) = self.watcher.get_mut() {
            watcher.abort();
        }
    }
}

#[cfg(test)]
mod tests;
