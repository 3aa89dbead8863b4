//! What the background process offers to the commands.

use std::cell::{Cell, RefCell};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use capnp::Error;
use capnp::capability::FromClientHook;
use capos_schema::Code;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::directory::{Directory, Note};
use super::handles::Handles;
use super::offer;
use super::start::Distant;
use super::wire::{self, Status};
use crate::generated::held_capnp::held;
use crate::limits::HeldLimits;
use crate::sign_in::{SignedIn, Wish, renew};

/// How long an answer to the last commands may take to leave.
const PARTING: Duration = Duration::from_secs(2);

/// How often a quiet connection is asked whether it is there.
const PULSE: Duration = Duration::from_secs(60);

/// A session and everything that is kept for it.
pub(super) struct Holding {
    status: Status,
    wish: Wish,
    signed_in: SignedIn,
    socket: Socket,
    handles: RefCell<Handles>,
    /// Somebody asked for the end, which the node may bring about before it has answered that.
    is_leaving: Cell<bool>,
    logged_out: Notify,
}

impl Holding {
    pub(super) fn new(status: Status, wish: Wish, signed_in: SignedIn, socket: Socket) -> Rc<Self> {
        let handles = RefCell::new(Handles::new(&HeldLimits::default()));
        Rc::new(Self {
            status,
            wish,
            signed_in,
            socket,
            handles,
            is_leaving: Cell::new(false),
            logged_out: Notify::new(),
        })
    }

    pub(super) fn status(&self) -> &Status {
        &self.status
    }

    /// Serves commands until the session is over, and leaves word of why unless somebody asked for it.
    pub(super) async fn serve(self: Rc<Self>, directory: &Directory, listener: UnixListener) {
        let mut commands = JoinSet::new();
        let note = tokio::select! {
            note = self.over() => (!self.is_leaving.get()).then_some(note),
            () = self.logged_out.notified() => None,
            never = self.accept(&listener, &mut commands) => match never {},
        };
        // A session that has taken the name since is not the one that has ended.
        if let Some(note) = note
            && !self.socket.has_successor()
        {
            self.socket.remove();
            directory.leave_note(&self.status.name, &note);
        }
        let parted = async { while commands.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(PARTING, parted).await;
    }

    async fn accept(self: &Rc<Self>, listener: &UnixListener, commands: &mut JoinSet<()>) -> std::convert::Infallible {
        loop {
            match listener.accept().await {
                Ok((stream, _)) if is_own(&stream) => {
                    let object: held::Client = capnp_rpc::new_client(Server(Rc::clone(self)));
                    let connection = offer(stream, capnp::capability::Client::new(object.into_client_hook()));
                    commands.spawn_local(async move { drop(connection.closed().await) });
                    while commands.try_join_next().is_some() {}
                }
                Ok(_) => {}
                // Too many files are open, most likely: some are closed in a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Waits until the connection is gone. A node that has ended the session closes it soon after.
    async fn over(&self) -> Note {
        let connection = &self.signed_in.connection;
        let ending = tokio::select! {
            ending = connection.closed() => ending,
            () = self.silence() => capos_client::Ending::Lost,
        };
        let (reason, by_node) = reason(&ending);
        Note { reason: reason.to_owned(), again: self.status.again.clone(), by_node }
    }

    /// Returns once the node does not answer. What is asked touches no session, so that quiet ones may still time out.
    async fn silence(&self) {
        loop {
            tokio::time::sleep(PULSE).await;
            if matches!(self.signed_in.connection.methods().await, Err(capos_client::Error::Disconnected { .. })) {
                return;
            }
        }
    }
}

fn reason(ending: &capos_client::Ending) -> (&'static str, bool) {
    use capos_client::Ending;
    match ending {
        // What a node says to a connection that has had no session for a while.
        Ending::PeerAborted(reason) if reason.contains("unauthenticated") => ("the node ended it", true),
        Ending::PeerAborted(_) | Ending::PeerClosed => {
            ("the node closed the connection; it may have been restarted", false)
        }
        // What the client library ends a connection with on which probes stay without an answer.
        Ending::Denied(denial) if denial.code == Code::ServiceUnavailable => {
            ("the node did not answer any more", false)
        }
        Ending::Denied(_) => ("the node sent what no node may send", false),
        Ending::Lost => ("the connection to the node was lost", false),
        Ending::Closed => ("the connection was closed", false),
    }
}

/// Whether the other end is a process of this user.
fn is_own(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// A socket's file, told apart from one that somebody else has put in its place.
pub(super) struct Socket {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Socket {
    /// The file that is there.
    pub(super) fn at(path: PathBuf) -> std::io::Result<Self> {
        let found = std::fs::symlink_metadata(&path)?;
        Ok(Self { device: found.dev(), inode: found.ino(), path })
    }

    /// Whether another one is there now.
    fn has_successor(&self) -> bool {
        let found = std::fs::symlink_metadata(&self.path);
        found.is_ok_and(|found| (found.dev(), found.ino()) != (self.device, self.inode))
    }

    /// Takes it away, if it is still this one.
    fn remove(&self) {
        if !self.has_successor() {
            // It may be gone already.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The socket of a session, to be served. One that nobody serves any more is replaced.
pub(super) fn listen(path: &Path) -> std::io::Result<UnixListener> {
    let bound = match UnixListener::bind(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    // Nobody gets as far as here through the directory; this is for whoever looks.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(bound)
}

struct Server(Rc<Holding>);

impl held::Server for Server {
    async fn status(self: Rc<Self>, _: held::StatusParams, mut results: held::StatusResults) -> Result<(), Error> {
        self.0.status.write(results.get().init_status());
        Ok(())
    }

    async fn session(self: Rc<Self>, _: held::SessionParams, mut results: held::SessionResults) -> Result<(), Error> {
        results.get().set_session(self.0.signed_in.session.remote().clone());
        Ok(())
    }

    async fn renew(self: Rc<Self>, params: held::RenewParams, mut results: held::RenewResults) -> Result<(), Error> {
        let params = params.get()?;
        let person = Distant(params.get_prompter()?);
        let Holding { signed_in, wish, .. } = &*self.0;
        // The password is asked for anew: what came over standard input then is not there now.
        let wish = Wish { password_given: false, ..wish.clone() };
        match renew(signed_in, &wish, &person, params.get_duration_ms()).await {
            Ok(expires_at_ms) => {
                results.get().set_done(true);
                results.get().set_expires_at_ms(expires_at_ms);
            }
            Err(failure) => wire::write_trouble(&failure, results.get().init_trouble()),
        }
        Ok(())
    }

    async fn logout(self: Rc<Self>, _: held::LogoutParams, _: held::LogoutResults) -> Result<(), Error> {
        self.0.is_leaving.set(true);
        // A node that cannot be told has lost the session with the connection, which ends with this process.
        let _ = self.0.signed_in.session.logout().await;
        // The name is free once this is answered, and whoever takes it then keeps their socket.
        self.0.socket.remove();
        self.0.logged_out.notify_one();
        Ok(())
    }

    async fn keep(self: Rc<Self>, params: held::KeepParams, mut results: held::KeepResults) -> Result<(), Error> {
        let params = params.get()?;
        let capability: capnp::capability::Client = params.get_capability().get_as_capability()?;
        let origin = wire::text(params.get_origin())?;
        let number = self.0.handles.borrow_mut().keep(capability, params.get_interface_id(), origin)?;
        results.get().set_number(number);
        Ok(())
    }

    async fn handles(self: Rc<Self>, _: held::HandlesParams, mut results: held::HandlesResults) -> Result<(), Error> {
        let handles = self.0.handles.borrow();
        let all = handles.all();
        let mut list = results.get().init_handles(u32::try_from(all.len()).unwrap_or(u32::MAX));
        for (index, handle) in (0..list.len()).zip(all) {
            let mut to = list.reborrow().get(index);
            to.set_number(handle.number);
            to.set_interface_id(handle.interface_id);
            to.set_origin(&handle.origin);
        }
        Ok(())
    }

    async fn handle(self: Rc<Self>, params: held::HandleParams, mut results: held::HandleResults) -> Result<(), Error> {
        let capability = self.0.handles.borrow().get(params.get()?.get_number())?;
        results.get().get_capability().set_as_capability(capability.hook);
        Ok(())
    }

    async fn drop(self: Rc<Self>, params: held::DropParams, mut results: held::DropResults) -> Result<(), Error> {
        let params = params.get()?;
        // Dropped after the borrow: what a capability's end sets going may come back here.
        let dropped = {
            let mut handles = self.0.handles.borrow_mut();
            if params.get_all() {
                handles.remove_all()
            } else {
                params.get_numbers()?.iter().filter_map(|number| handles.remove(number)).collect()
            }
        };
        results.get().set_dropped(u32::try_from(dropped.len()).unwrap_or(u32::MAX));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use capos_client::Ending;
    use capos_schema::Denial;

    use super::*;

    #[test]
    fn the_socket_of_a_successor_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.sock");
        std::fs::write(&path, "").unwrap();
        let own = Socket::at(path.clone()).unwrap();
        let successor = folder.path().join("successor");
        std::fs::write(&successor, "").unwrap();
        std::fs::rename(&successor, &path).unwrap();
        own.remove();
        assert!(own.has_successor() && path.exists());
        let own = Socket::at(path.clone()).unwrap();
        own.remove();
        assert!(!own.has_successor() && !path.exists());
    }

    #[test]
    fn a_node_that_is_silent_is_not_blamed_for_what_it_sent() {
        let why = |code| reason(&Ending::Denied(Denial::new(code, "no answer came in time"))).0;
        assert!(why(Code::ServiceUnavailable).contains("did not answer"));
        assert!(why(Code::BadRequest).contains("may send"));
    }
}
