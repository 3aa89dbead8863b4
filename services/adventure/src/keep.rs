//! What is kept in the service's home: a file for each player, and one for what they share.
//!
//! What several players did together is several files. They are written as one: first all of them into `changes`, then
//! each into its own, then `changes` goes. After a crash in between, the next start finishes it, so that a thing that
//! changed hands is in one place.

use std::collections::BTreeMap;
use std::io;

use capos_service::Home;
use capos_service::home::{FileName, Saved};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::player::{Player, PlayerId};
use crate::state::Common;

/// The form of the files; another one is not ours.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form<T> {
    version: u32,
    saved: T,
}

/// The files of one world.
pub(crate) struct Keep {
    home: Home,
    most: usize,
}

/// Files that belong together.
pub(crate) type Changes = BTreeMap<String, String>;

impl Keep {
    pub(crate) fn at(home: Home, most: usize) -> Keep {
        Keep { home, most }
    }

    /// Finishes what a crash interrupted, and gives what players share.
    pub(crate) async fn begin(&self) -> io::Result<Common> {
        // All players of a busy moment at once.
        let most = self.most.saturating_mul(16);
        if let Some(changes) = self.home.load(&FileName::fixed("changes"), most, parse::<Changes>)?.whole() {
            tracing::warn!("the last save was interrupted, and is finished now");
            self.write(changes).await?;
            self.home.remove(&FileName::fixed("changes"))?;
        }
        let common = self.home.load(&FileName::fixed("world"), self.most, parse::<Common>)?;
        let mut common = common.whole().unwrap_or_default();
        // Guests of another process come back to nothing.
        common.names.retain(|_, id| id.returns());
        for party in common.parties.values_mut() {
            party.members.retain(PlayerId::returns);
            party.invited.retain(|id, _| id.returns());
        }
        common.parties.retain(|_, party| !party.members.is_empty());
        Ok(common)
    }

    /// What is kept of a player.
    pub(crate) fn player(&self, id: &PlayerId) -> io::Result<Saved<Player>> {
        let Some(name) = FileName::parse(&file(id)) else { return Ok(Saved::Nothing) };
        self.home.load(&name, self.most, parse::<Player>)
    }

    /// Writes files that belong together.
    pub(crate) async fn save(&self, changes: Changes) -> io::Result<()> {
        if changes.len() < 2 {
            return self.write(changes).await;
        }
        self.home.save(&FileName::fixed("changes"), form(&changes).into_bytes()).await?;
        self.write(changes).await?;
        self.home.remove(&FileName::fixed("changes"))
    }

    async fn write(&self, changes: Changes) -> io::Result<()> {
        let files = changes.into_iter().filter_map(|(name, text)| Some((FileName::parse(&name)?, text)));
        let saves: Vec<_> = files.map(|(name, text)| self.home.save(&name, text.into_bytes())).collect();
        for save in saves {
            save.await?;
        }
        Ok(())
    }
}

/// Adds a player to files that belong together.
pub(crate) fn add_player(changes: &mut Changes, id: &PlayerId, player: &Player) {
    if id.returns() {
        changes.insert(file(id), form(player));
    }
}

/// Adds what players share.
pub(crate) fn add_common(changes: &mut Changes, common: &Common) {
    changes.insert("world".to_owned(), form(common));
}

fn file(id: &PlayerId) -> String {
    format!("player-{}", id.as_str())
}

fn form<T: Serialize>(saved: &T) -> String {
    serde_json::to_string(&Form { version: VERSION, saved }).expect("plain data with words for keys is JSON")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let form: Form<T> = serde_json::from_slice(bytes).map_err(|fault| fault.to_string())?;
    match form.version {
        VERSION => Ok(form.saved),
        other => Err(format!("it has form {other}, and this is {VERSION}")),
    }
}
