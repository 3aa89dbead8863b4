//! Which recordings there are, who may see them, and how much more may be recorded. Pure: no files, no clock.

use std::collections::{BTreeMap, HashMap};

use super::facts::{Facts, Id, Owner, State};
use super::limits::RecordingLimits;

/// Where a recording stands in a list: by when it began, and then by its name.
pub(crate) type Place = (u64, Id);

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) facts: Facts,
    pub(crate) bytes: u64,
}

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Somebody with an account: his own.
    Principal(Owner),
    /// A guest or an anonymous visitor: those of this very session.
    Visit(String),
    /// Everybody's.
    Auditor,
}

impl Viewer {
    fn may_see(&self, facts: &Facts) -> bool {
        match self {
            Self::Principal(own) => facts.owner.as_ref() == Some(own),
            Self::Visit(session) => facts.owner.is_none() && facts.session == *session,
            Self::Auditor => true,
        }
    }
}

/// What there is no room in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The recording itself.
    Recording,
    /// What its owner may have.
    Principal,
    /// What the node has.
    Node,
    /// What one session may record at once.
    Session,
}

impl Full {
    /// Its name in the journal.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "full",
            Self::Principal => "principalFull",
            Self::Node => "nodeFull",
            Self::Session => "sessionFull",
        }
    }
}

/// Why one cannot be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unremovable {
    /// There is none that this viewer may see.
    Unknown,
    /// It is being made.
    Running,
    /// Its owner may not.
    Kept,
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    count: usize,
    bytes: u64,
}

/// All recordings of a node.
///
/// **Invariants**
///
/// - What is counted for an owner and for the node is what the entries come to.
/// - Nothing is given to a viewer that may not see it, and what he may not see he is told of as of what there is not.
#[derive(Debug)]
pub(crate) struct Index {
    limits: RecordingLimits,
    all: BTreeMap<Place, Entry>,
    places: HashMap<Id, Place>,
    owners: HashMap<Option<Owner>, Share>,
    node: Share,
    running: HashMap<String, usize>,
}

impl Index {
    pub(crate) fn new(limits: RecordingLimits) -> Self {
        Self {
            limits,
            all: BTreeMap::new(),
            places: HashMap::new(),
            owners: HashMap::new(),
            node: Share::default(),
            running: HashMap::new(),
        }
    }

    /// Enters one that is there already, whatever the bounds say.
    pub(crate) fn enter(&mut self, entry: Entry) {
        let place = (entry.facts.started_at_ms, entry.id.clone());
        for share in [self.owners.entry(entry.facts.owner).or_default(), &mut self.node] {
            share.count += 1;
            share.bytes += entry.bytes;
        }
        if entry.facts.state == State::Running {
            *self.running.entry(entry.facts.session.clone()).or_default() += 1;
        }
        self.places.insert(entry.id.clone(), place.clone());
        self.all.insert(place, entry);
    }

    /// Enters one that is to be made.
    pub(crate) fn begin(&mut self, id: Id, facts: Facts) -> Result<(), Full> {
        let own = self.owners.get(&facts.owner).copied().unwrap_or_default();
        let running = self.running.get(&facts.session).copied().unwrap_or_default();
        if running >= self.limits.session_running {
            return Err(Full::Session);
        }
        if own.count >= self.limits.principal_recordings || own.bytes >= self.limits.principal_bytes {
            return Err(Full::Principal);
        }
        if self.node.count >= self.limits.node_recordings || self.node.bytes >= self.limits.node_bytes {
            return Err(Full::Node);
        }
        self.enter(Entry { id, facts, bytes: 0 });
        Ok(())
    }

    /// Takes room for as many of these pieces as there is room for, in order. Tells how many bytes that is, and what
    /// there was no more room in.
    pub(crate) fn take(&mut self, id: &Id, pieces: impl IntoIterator<Item = u64>) -> (u64, Option<Full>) {
        let Some(entry) = self.places.get(id).and_then(|place| self.all.get_mut(place)) else {
            return (0, Some(Full::Recording));
        };
        let own = self.owners.entry(entry.facts.owner).or_default();
        let rooms = [
            (self.limits.recording_bytes.saturating_sub(entry.bytes), Full::Recording),
            (self.limits.principal_bytes.saturating_sub(own.bytes), Full::Principal),
            (self.limits.node_bytes.saturating_sub(self.node.bytes), Full::Node),
        ];
        let (mut taken, mut full) = (0_u64, None);
        for piece in pieces {
            let more = taken.saturating_add(piece);
            full = rooms.iter().find(|(room, _)| more > *room).map(|(_, full)| *full);
            if full.is_some() {
                break;
            }
            taken = more;
        }
        entry.bytes += taken;
        own.bytes += taken;
        self.node.bytes += taken;
        (taken, full)
    }

    /// Gives back room that was not used after all.
    pub(crate) fn give_back(&mut self, id: &Id, bytes: u64) {
        let Some(entry) = self.places.get(id).and_then(|place| self.all.get_mut(place)) else { return };
        let bytes = bytes.min(entry.bytes);
        entry.bytes -= bytes;
        self.node.bytes -= bytes;
        self.owners.entry(entry.facts.owner).or_default().bytes -= bytes;
    }

    /// How long one is so far.
    pub(crate) fn last(&mut self, id: &Id, duration_ms: u64) {
        if let Some(entry) = self.places.get(id).and_then(|place| self.all.get_mut(place)) {
            entry.facts.duration_ms = duration_ms;
        }
    }

    /// One is not made any more.
    pub(crate) fn end(&mut self, id: &Id, end: impl FnOnce(&mut Facts)) -> Option<Entry> {
        let entry = self.places.get(id).and_then(|place| self.all.get_mut(place))?;
        let was_running = entry.facts.state == State::Running;
        end(&mut entry.facts);
        let entry = entry.clone();
        if was_running {
            self.stop_counting(&entry.facts.session);
        }
        Some(entry)
    }

    fn stop_counting(&mut self, session: &str) {
        if let Some(running) = self.running.get_mut(session) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(session);
            }
        }
    }

    /// One that somebody may see.
    pub(crate) fn find(&self, viewer: &Viewer, id: &Id) -> Option<&Entry> {
        let entry = self.all.get(self.places.get(id)?)?;
        viewer.may_see(&entry.facts).then_some(entry)
    }

    /// Those that somebody may see, the newest first, beginning below a place; and whether there are more.
    pub(crate) fn page(&self, viewer: &Viewer, below: Option<&Place>, most: usize) -> (Vec<Entry>, bool) {
        let all: Box<dyn Iterator<Item = (&Place, &Entry)>> = match below {
            Some(place) => Box::new(self.all.range(..place.clone()).rev()),
            None => Box::new(self.all.iter().rev()),
        };
        let mut seen = all.map(|(_, entry)| entry).filter(|entry| viewer.may_see(&entry.facts));
        let page: Vec<Entry> = seen.by_ref().take(most).cloned().collect();
        (page, seen.next().is_some())
    }

    /// Whether somebody may remove one.
    pub(crate) fn removable(&self, viewer: &Viewer, id: &Id) -> Result<Entry, Unremovable> {
        let entry = self.find(viewer, id).ok_or(Unremovable::Unknown)?;
        match entry.facts.state {
            State::Running => Err(Unremovable::Running),
            _ if entry.facts.kept => Err(Unremovable::Kept),
            _ => Ok(entry.clone()),
        }
    }

    /// Forgets one.
    pub(crate) fn remove(&mut self, id: &Id) -> Option<Entry> {
        let entry = self.all.remove(&self.places.remove(id)?)?;
        self.node.count -= 1;
        self.node.bytes -= entry.bytes;
        if let Some(own) = self.owners.get_mut(&entry.facts.owner) {
            own.count -= 1;
            own.bytes -= entry.bytes;
            if own.count == 0 {
                self.owners.remove(&entry.facts.owner);
            }
        }
        if entry.facts.state == State::Running {
            self.stop_counting(&entry.facts.session);
        }
        Some(entry)
    }

    /// Those that began before a time and are not being made.
    pub(crate) fn older_than(&self, at_ms: u64) -> Vec<Entry> {
        let old = self.all.values().take_while(|entry| entry.facts.started_at_ms < at_ms);
        old.filter(|entry| entry.facts.state != State::Running).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
