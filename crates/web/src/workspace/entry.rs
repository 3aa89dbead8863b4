//! Signing in, from a browser to a desk.

use std::sync::Arc;

use capos_client::{Answers, Connection, Error, Method, Prompt, Secret, Session, SignIn};
use capos_rpc::Peer;
use futures::future::LocalBoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::workspace::desk::{Desk, DeskHandle};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::reach::{Reach, Reached};

/// How somebody wants in.
pub(crate) enum Wish {
    /// By an account's password.
    Password { account: String, profile: String, password: Secret },
    /// As a guest.
    Guest,
    /// As nobody.
    Anonymous { profile: String },
}

/// What comes of a wish, or of an answer.
pub(crate) enum Turn {
    /// The node asks for more.
    Asked(Prompt),
    /// The session is there.
    In(DeskHandle),
    /// It is not to be.
    Refused(Problem),
}

/// A sign-in that waits for answers. Dropped, it is given up.
pub(crate) struct Entering {
    answers: mpsc::Sender<Secret>,
    turns: mpsc::Receiver<Turn>,
}

impl Entering {
    /// One that nobody is behind.
    #[cfg(test)]
    pub(crate) fn of_nothing() -> Self {
        Self { answers: mpsc::channel(1).0, turns: mpsc::channel(1).1 }
    }

    /// What comes next.
    pub(crate) async fn turn(&mut self) -> Turn {
        self.turns.recv().await.unwrap_or_else(|| Turn::Refused(Error::Cancelled.into()))
    }

    /// Answers what was asked.
    pub(crate) async fn answer(&mut self, answer: Secret) -> Turn {
        // Where nobody takes it, the turn says so.
        let _ = self.answers.send(answer).await;
        self.turn().await
    }
}

/// Begins to sign in.
pub(crate) fn enter(
    reach: &dyn Reach,
    peer: Peer,
    wish: Wish,
    limits: Arc<WorkspaceLimits>,
) -> Result<Entering, Problem> {
    let (answers, answered) = mpsc::channel(1);
    let (turn, turns) = mpsc::channel(1);
    reach.reach(peer, Box::new(move |reached| Box::pin(go_in(reached, wish, answered, turn, limits))))?;
    Ok(Entering { answers, turns })
}

/// Ends where whoever wants in has gone.
async fn go_in(
    reached: Reached,
    wish: Wish,
    answered: mpsc::Receiver<Secret>,
    turn: mpsc::Sender<Turn>,
    limits: Arc<WorkspaceLimits>,
) {
    let begin = async {
        let connection = reached?;
        let session = sign_in(&connection, wish, answered, turn.clone()).await?;
        Desk::begin(connection, session, limits).await
    };
    let begun = tokio::select! {
        begun = begin => begun,
        () = turn.closed() => return,
    };
    match begun {
        Ok((desk, handle, _)) => {
            if turn.send(Turn::In(handle)).await.is_ok() {
                drop(turn);
                desk.work().await;
            }
        }
        Err(problem) => drop(turn.send(Turn::Refused(problem)).await),
    }
}

async fn sign_in(
    connection: &Connection,
    wish: Wish,
    answered: mpsc::Receiver<Secret>,
    turn: mpsc::Sender<Turn>,
) -> Result<Session, Error> {
    match wish {
        Wish::Password { account, profile, password } => {
            let mut answers = Relay { first: Some(password), answered, turn };
            connection.sign_in(SignIn::Password { account: &account, profile: &profile, answers: &mut answers }).await
        }
        Wish::Guest => connection.sign_in(SignIn::Guest).await,
        Wish::Anonymous { profile } => connection.sign_in(SignIn::Anonymous { profile: &profile }).await,
    }
}

/// Answers with the password first, and then with what the person says.
struct Relay {
    first: Option<Secret>,
    answered: mpsc::Receiver<Secret>,
    turn: mpsc::Sender<Turn>,
}

impl Answers for Relay {
    fn answer<'a>(&'a mut self, prompt: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>> {
        Box::pin(async move {
            if let Some(first) = self.first.take() {
                return Some(first);
            }
            self.turn.send(Turn::Asked(prompt.clone())).await.ok()?;
            self.answered.recv().await
        })
    }
}

/// The ways of signing in that the node has.
pub(crate) async fn methods(reach: &dyn Reach, peer: Peer) -> Result<Vec<Method>, Problem> {
    let (tell, told) = oneshot::channel();
    let ask = async move |reached: Reached| {
        let connection = reached?;
        let methods = connection.methods().await?;
        connection.close();
        Ok(methods)
    };
    reach.reach(
        peer,
        Box::new(move |reached| {
            Box::pin(async move {
                // Who has gone does not hear it.
                let _ = tell.send(ask(reached).await);
            })
        }),
    )?;
    let told: Result<Vec<Method>, Error> = told.await.unwrap_or(Err(Error::Cancelled));
    Ok(told?)
}
