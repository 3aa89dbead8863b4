//! `PaperclipsGame` for one session.

use std::rc::Rc;

use capnp::Error;
use capos_schema::paperclips_capnp::{PaperclipsProjectStatus, paperclips_game};
use capos_service::bad_request;

use crate::game::{Game, Progress};
use crate::orders::{self, NOTE, SPOKEN};
use crate::service::Seat;
use crate::snapshot;
use crate::table::milliseconds;
use crate::words;

const NO_SKIPPING: &str = "Time cannot be skipped here; it passes by itself.";

pub(crate) struct GameFacet(pub(crate) Rc<Seat>);

impl GameFacet {
    /// What happened since this session was last told.
    fn meanwhile(&self, game: &Game) -> String {
        let seen = self.0.seen.replace(game.events.next());
        words::since(game, seen)
    }
}

impl paperclips_game::Server for GameFacet {
    async fn initial(
        self: Rc<Self>,
        _: paperclips_game::InitialParams,
        mut results: paperclips_game::InitialResults,
    ) -> Result<(), Error> {
        let table = self.0.game()?;
        let news = table.take_news();
        let text = table.look(|game| {
            self.0.seen.set(game.events.next());
            format!("{news}{}\n\n{}\n\nType help to see what can be done.", game.stage.opening(), words::status(game))
        });
        results.get().set_text(text);
        Ok(())
    }

    async fn command(
        self: Rc<Self>,
        params: paperclips_game::CommandParams,
        mut results: paperclips_game::CommandResults,
    ) -> Result<(), Error> {
        let table = self.0.game()?;
        let line = params.get()?.get_text()?;
        if line.len() > self.0.limits().line_bytes {
            return Err(bad_request("the line is too long"));
        }
        let line = line.to_str().map_err(|_| bad_request("a line is UTF-8"))?;
        let meanwhile = table.look(|game| self.meanwhile(game));
        let reply = table.play(|game| orders::obey(game, line));
        self.0.seen.set(table.look(|game| game.events.next()));
        if reply.acted {
            self.0.played(&table);
        }
        let unsaved = if table.unsaved.get() { UNSAVED } else { "" };
        let mut told = results.get().init_result();
        told.set_text(format!("{}{meanwhile}{}{unsaved}", table.take_news(), reply.text));
        told.set_exit(reply.exit);
        Ok(())
    }

    async fn tick(
        self: Rc<Self>,
        params: paperclips_game::TickParams,
        mut results: paperclips_game::TickResults,
    ) -> Result<(), Error> {
        self.0.game()?;
        let skipped = params.get()?.get_milliseconds();
        let Some(accelerator) = self.0.accelerator() else {
            results.get().set_text(NO_SKIPPING);
            return Ok(());
        };
        if skipped > milliseconds(self.0.limits().tick) {
            return Err(bad_request("that is more time than passes at once"));
        }
        let mut request = accelerator.allow_request();
        request.get().set_milliseconds(skipped);
        if request.send().promise.await.is_err() {
            results.get().set_text(NO_SKIPPING);
            return Ok(());
        }
        let table = self.0.game_unpaced()?;
        table.play(|game| game.advance(skipped));
        self.0.played(&table);
        let text = table.look(|game| format!("{}{}", self.meanwhile(game), words::status(game)));
        results.get().set_text(text);
        Ok(())
    }

    async fn commands(
        self: Rc<Self>,
        _: paperclips_game::CommandsParams,
        mut results: paperclips_game::CommandsResults,
    ) -> Result<(), Error> {
        let menu = self.0.game()?.look(orders::menu);
        let described = menu.commands.iter().map(|command| (orders::usage(command), &*command.summary));
        let spoken = SPOKEN.iter().map(|(name, summary)| ((*name).to_owned(), *summary));
        let all: Vec<_> = described.chain(spoken).collect();
        let mut list = results.get().init_list();
        let mut specs = list.reborrow().init_commands(length(&all));
        for (at, (usage, summary)) in (0..).zip(&all) {
            let mut spec = specs.reborrow().get(at);
            spec.set_usage(&**usage);
            spec.set_description(*summary);
        }
        list.init_notes(1).set(0, NOTE);
        Ok(())
    }

    async fn status(
        self: Rc<Self>,
        _: paperclips_game::StatusParams,
        mut results: paperclips_game::StatusResults,
    ) -> Result<(), Error> {
        self.0.game()?.look(|game| snapshot::write(game, results.get().init_snapshot()));
        Ok(())
    }

    async fn projects(
        self: Rc<Self>,
        _: paperclips_game::ProjectsParams,
        mut results: paperclips_game::ProjectsResults,
    ) -> Result<(), Error> {
        let projects: Vec<_> = self.0.game()?.look(|game| game.projects().collect());
        let mut entries = results.get().init_list().init_projects(length(&projects));
        for (at, (project, progress)) in (0..).zip(projects) {
            let mut entry = entries.reborrow().get(at);
            entry.set_id(project.id);
            entry.set_label(project.label);
            entry.set_description(project.description);
            entry.set_rendered_cost(words::cost(project));
            entry.set_status(match progress {
                Progress::Done => PaperclipsProjectStatus::Done,
                Progress::Ready => PaperclipsProjectStatus::Ready,
                Progress::NeedsResources => PaperclipsProjectStatus::NeedsResources,
            });
        }
        Ok(())
    }
}

const UNSAVED: &str = "\n(The game could not be saved just now; it is kept in memory and saved as soon as that works.)";

fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("a table of a few dozen rows")
}
