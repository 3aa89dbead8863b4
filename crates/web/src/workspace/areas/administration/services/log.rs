//! What a service says.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use capos_schema::services_capnp::{service_admin, service_log_follow, service_log_line, service_log_listener};

use crate::workspace::areas::administration::words::{line, placeless};
use crate::workspace::areas::administration::{AdministrationArea, LOG};
use crate::workspace::board::{Audience, Board, Channel, Model};
use crate::workspace::view::{Text, shown};

/// Lines that a window shows.
const MOST: usize = 500;
/// Lines that it begins with.
const FIRST: u32 = 200;
/// Logs that are followed at a time.
const LOGS: usize = 4;

shown! {
    /// Some lines.
    struct Lines {
        /// In their order.
        rows: Vec<LineView>,
    }

    /// One line.
    struct LineView {
        /// Counts the lines; a gap is lines that were dropped.
        sequence: u64,
        /// When.
        at_ms: u64,
        /// Which process of the graph.
        process: Text,
        /// Whether it complains, or the node speaks.
        stream: Text,
        /// What was written.
        text: Text,
    }
}

/// The latest lines.
struct Latest(VecDeque<LineView>);

impl Model for Latest {
    type Delta = Lines;
    type Whole = Lines;

    fn apply(&mut self, delta: &Lines) {
        self.0.extend(delta.rows.iter().cloned());
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    fn whole(&self) -> Lines {
        Lines { rows: self.0.iter().cloned().collect() }
    }
}

/// The logs that are followed.
#[derive(Default)]
pub(in super::super) struct Logs(RefCell<BTreeMap<String, Following>>);

struct Following {
    shown: Rc<Shown>,
    _held: service_log_follow::Client,
}

impl Drop for Following {
    fn drop(&mut self) {
        // At once, whenever the node lets go of the listener.
        self.shown.0.replace(Stage::Over);
    }
}

/// What the node holds.
struct Listener(Rc<Shown>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.0.replace(Stage::Over);
    }
}

/// Takes lines as they come.
struct Shown(RefCell<Stage>);

enum Stage {
    /// What was written before is still being read.
    Waiting(Vec<LineView>),
    Showing(Channel<Latest>),
    Over,
}

impl Shown {
    fn is_live(&self) -> bool {
        !matches!(*self.0.borrow(), Stage::Over)
    }

    fn take(&self, lines: Vec<LineView>) -> capnp::Result<()> {
        match &mut *self.0.borrow_mut() {
            Stage::Waiting(waiting) => {
                waiting.extend(lines);
                waiting.truncate(MOST);
            }
            Stage::Showing(channel) => channel.send(&Lines { rows: lines }),
            Stage::Over => return Err(capnp::Error::disconnected("nobody follows any more".to_owned())),
        }
        Ok(())
    }

    /// Shows what was written before, and what came meanwhile.
    fn show(&self, board: &Board, topic: &str, before: Vec<LineView>) {
        let last = before.last().map_or(0, |line| line.sequence);
        let channel = board.open(topic, Audience::Wanting, Latest(before.into()));
        if let Stage::Waiting(waiting) = self.0.replace(Stage::Over) {
            let rows = waiting.into_iter().filter(|line| line.sequence > last).collect();
            channel.send(&Lines { rows });
        }
        self.0.replace(Stage::Showing(channel));
    }
}

impl service_log_listener::Server for Listener {
    async fn lines(
        self: Rc<Self>,
        params: service_log_listener::LinesParams,
        _: service_log_listener::LinesResults,
    ) -> capnp::Result<()> {
        self.0.take(line_views(params.get()?.get_lines()?)?)
    }
}

impl AdministrationArea {
    /// Follows the logs that are wanted, and no other.
    pub(in super::super) async fn attach_logs(self: &Rc<Self>, wanted: &BTreeSet<String>) {
        self.logs.0.borrow_mut().retain(|service, following| {
            // One that the node has let go of is followed anew.
            wanted.contains(service) && following.shown.is_live()
        });
        for service in wanted {
            let room = LOGS.saturating_sub(self.logs.0.borrow().len());
            let is_followed = self.logs.0.borrow().contains_key(service);
            if is_followed || room == 0 {
                continue;
            }
            let Ok(admin) = self.grant::<service_admin::Client>().await else { return };
            if let Ok(following) = self.follow_log(&admin, service).await {
                self.logs.0.borrow_mut().insert(service.clone(), following);
            }
        }
    }

    async fn follow_log(&self, admin: &service_admin::Client, service: &str) -> capnp::Result<Following> {
        let shown = Rc::new(Shown(RefCell::new(Stage::Waiting(Vec::new()))));
        let mut request = admin.follow_request();
        request.get().set_id(service);
        request.get().set_listener(capnp_rpc::new_client(Listener(shown.clone())));
        let held = request.send().promise.await?.get()?.get_follow()?;
        let following = Following { shown, _held: held };
        let mut request = admin.log_request();
        request.get().set_id(service);
        request.get().set_most(FIRST);
        let before = line_views(request.send().promise.await?.get()?.get_lines()?)?;
        following.shown.show(&self.core.board, &format!("{LOG}{service}"), before);
        Ok(following)
    }
}

fn line_views(from: capnp::struct_list::Reader<'_, service_log_line::Owned>) -> capnp::Result<Vec<LineView>> {
    from.iter().map(line_view).collect()
}

/// What the node says of a process may name places of the host; what a process says, only what it was shown.
fn line_view(from: service_log_line::Reader<'_>) -> capnp::Result<LineView> {
    let stream = line(from.get_stream())?;
    let text = if stream == Text::fixed("node") { placeless(from.get_text())? } else { line(from.get_text())? };
    Ok(LineView {
        sequence: from.get_sequence(),
        at_ms: from.get_at_ms(),
        process: line(from.get_process())?,
        stream,
        text,
    })
}
