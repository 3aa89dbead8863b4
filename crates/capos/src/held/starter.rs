//! The background process until somebody is signed in.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use capnp::Error;
use capnp::capability::FromClientHook;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;

use super::directory::{Directory, parse_name};
use super::offer;
use super::server::{Holding, Socket, listen};
use super::start::Distant;
use super::wire::{self, Status};
use crate::failure::Failure;
use crate::generated::held_capnp::starter;
use crate::sign_in::{Wish, sign_in};

/// A session that is about to be served.
type Ready = (Rc<Holding>, Directory, UnixListener);

/// Signs in for the command at the other end of `stream`, then serves every other. Where that command goes first,
/// nobody wants the session any more.
pub(super) async fn serve(stream: UnixStream) {
    let (sender, mut ready) = oneshot::channel();
    let object: starter::Client = capnp_rpc::new_client(Starter(RefCell::new(Some(sender))));
    let command = offer(stream, capnp::capability::Client::new(object.into_client_hook()));
    let ready = tokio::select! {
        biased;
        ready = &mut ready => ready.ok(),
        _ = command.closed() => ready.try_recv().ok(),
    };
    if let Some((holding, directory, listener)) = ready {
        holding.serve(&directory, listener).await;
    }
}

struct Starter(RefCell<Option<oneshot::Sender<Ready>>>);

impl Starter {
    async fn begin(&self, wish: Wish, name: &str, person: &Distant) -> Result<Ready, Failure> {
        let name = parse_name(name)?;
        let directory = Directory::open()?;
        let signed_in = sign_in(&wish, person).await?;
        let socket = directory.socket(name);
        let listener = listen(&socket).map_err(|error| taken(name, &error))?;
        let socket = Socket::at(socket).map_err(|error| taken(name, &error))?;
        let status = Status {
            name: name.to_owned(),
            endpoint: wish.endpoint.to_string(),
            fingerprint: signed_in.connection.fingerprint().map(|key| key.to_string()).unwrap_or_default(),
            account: wish.account.clone(),
            again: wish.again(name),
            since_ms: now_ms(),
        };
        directory.forget_note(name);
        directory.set_last(name);
        Ok((Holding::new(status, wish, signed_in, socket), directory, listener))
    }
}

impl starter::Server for Starter {
    async fn sign_in(
        self: Rc<Self>,
        params: starter::SignInParams,
        mut results: starter::SignInResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let (wish, name) = wire::read_wish(params.get_wish()?)?;
        let person = Distant(params.get_prompter()?);
        match self.begin(wish, &name, &person).await {
            Ok(ready) => {
                results.get().set_done(true);
                ready.0.status().write(results.get().init_status());
                let sender = self.0.borrow_mut().take();
                // Nobody waits for a second sign-in: it ends here.
                let _ = sender.map(|sender| sender.send(ready));
            }
            Err(failure) => wire::write_trouble(&failure, results.get().init_trouble()),
        }
        Ok(())
    }
}

fn taken(name: &str, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return super::start::already(name);
    }
    Failure::failed(format!("the socket of the session cannot be made: {error}"))
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
