//! Signing in, from a browser to a desk.

use std::sync::Arc;

use capos_client::{Answers, Connection, Error, Method, ProfileChoice, Prompt, Secret, Session, SignIn};
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
    /// Who signed in may be several things.
    Choose(Vec<ProfileChoice>),
    /// The session is there.
    In(DeskHandle),
    /// It is not to be.
    Refused(Problem),
}

/// What a person gives.
enum Given {
    /// An answer to what was asked.
    Answer(Secret),
    /// The name of the profile that was chosen.
    Profile(String),
}

/// A sign-in that waits for answers. Dropped, it is given up.
pub(crate) struct Entering {
    given: mpsc::Sender<Given>,
    turns: mpsc::Receiver<Turn>,
}

impl Entering {
    /// One that nobody is behind.
    #[cfg(test)]
    pub(crate) fn of_nothing() -> Self {
        Self { given: mpsc::channel(1).0, turns: mpsc::channel(1).1 }
    }

    /// What comes next.
    pub(crate) async fn turn(&mut self) -> Turn {
        self.turns.recv().await.unwrap_or_else(|| Turn::Refused(Error::Cancelled.into()))
    }

    /// Answers what was asked.
    pub(crate) async fn answer(&mut self, answer: Secret) -> Turn {
        self.give(Given::Answer(answer)).await
    }

    /// Chooses a profile.
    pub(crate) async fn choose(&mut self, profile: String) -> Turn {
        self.give(Given::Profile(profile)).await
    }

    async fn give(&mut self, given: Given) -> Turn {
        // Where nobody takes it, the turn says so.
        let _ = self.given.send(given).await;
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
    let (given, taken) = mpsc::channel(1);
    let (turn, turns) = mpsc::channel(1);
    let person = Person { given: taken, turn };
    reach.reach(peer, Box::new(move |reached| Box::pin(go_in(reached, wish, person, limits))))?;
    Ok(Entering { given, turns })
}

/// Whoever wants in, as the thread for capabilities knows them.
struct Person {
    given: mpsc::Receiver<Given>,
    turn: mpsc::Sender<Turn>,
}

impl Person {
    /// Asks, and waits for what is given; nothing where they have gone.
    async fn ask(&mut self, turn: Turn) -> Option<Given> {
        self.turn.send(turn).await.ok()?;
        self.given.recv().await
    }
}

/// Ends where whoever wants in has gone.
async fn go_in(reached: Reached, wish: Wish, mut person: Person, limits: Arc<WorkspaceLimits>) {
    let turn = person.turn.clone();
    let begin = async {
        let connection = reached?;
        let session = sign_in(&connection, wish, &mut person).await?;
        Desk::begin(connection, session, limits).await
    };
    let begun = tokio::select! {
        begun = begin => begun,
        () = turn.closed() => return,
    };
    match begun {
        Ok((desk, handle)) => {
            if turn.send(Turn::In(handle)).await.is_ok() {
                drop((turn, person));
                desk.work().await;
            }
        }
        Err(problem) => drop(turn.send(Turn::Refused(problem)).await),
    }
}

async fn sign_in(connection: &Connection, wish: Wish, person: &mut Person) -> Result<Session, Problem> {
    let session = match wish {
        Wish::Password { account, profile, password } => {
            let mut answers = Relay { first: Some(password), person };
            let how = SignIn::Password { account: &account, profile: &profile, answers: &mut answers };
            let session = connection.sign_in(how).await?;
            // Who said which one is not asked again.
            return if profile.is_empty() { choose(session, person).await } else { Ok(session) };
        }
        Wish::Guest => connection.sign_in(SignIn::Guest).await,
        Wish::Anonymous { profile } => connection.sign_in(SignIn::Anonymous { profile: &profile }).await,
    };
    Ok(session?)
}

/// Has them choose where there is something to choose; the session is in its account's default profile meanwhile.
async fn choose(session: Session, person: &mut Person) -> Result<Session, Problem> {
    let profiles = session.profiles().await?;
    if profiles.len() < 2 {
        return Ok(session);
    }
    let Some(Given::Profile(chosen)) = person.ask(Turn::Choose(profiles.clone())).await else {
        return Err(Error::Cancelled.into());
    };
    match profiles.iter().find(|profile| profile.name == chosen) {
        Some(profile) if profile.current => Ok(session),
        Some(profile) => Ok(session.enter(&profile.name).await?),
        None => Err(Problem::bad_request("There is no such profile to choose.")),
    }
}

/// Answers with the password first, and then with what the person says.
struct Relay<'p> {
    first: Option<Secret>,
    person: &'p mut Person,
}

impl Answers for Relay<'_> {
    fn answer<'a>(&'a mut self, prompt: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>> {
        Box::pin(async move {
            if let Some(first) = self.first.take() {
                return Some(first);
            }
            match self.person.ask(Turn::Asked(prompt.clone())).await? {
                Given::Answer(answer) => Some(answer),
                Given::Profile(_) => None,
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use capos_client::{Identify, Options};
    use tokio::task::{LocalSet, spawn_local};

    use super::*;
    use crate::server::Refusal;
    use crate::workspace::reach::{Place, Work};

    /// The way to a node that never says a word.
    #[derive(Default)]
    struct Silent(Mutex<Option<Work>>);

    impl Reach for Silent {
        fn reach(&self, _: Peer, work: Work) -> Result<(), Refusal> {
            *self.0.lock().unwrap() = Some(work);
            Ok(())
        }

        fn place(&self) -> Place {
            Place::Node
        }
    }

    #[tokio::test]
    async fn a_sign_in_ends_with_whoever_wanted_in_though_the_node_is_silent() {
        let silent = Silent::default();
        let entering = enter(&silent, Peer::internal(), Wish::Guest, Arc::default()).unwrap();
        let work = silent.0.lock().unwrap().take().unwrap();
        let going_in = async {
            let (ours, _theirs) = tokio::io::duplex(1 << 10);
            let connection = Connection::over(ours, Peer::internal(), &Options::new(Identify::Plain));
            let going_in = spawn_local(work(Ok(connection)));
            tokio::task::yield_now().await;
            assert!(!going_in.is_finished());
            drop(entering);
            tokio::time::timeout(Duration::from_secs(30), going_in).await.expect("it ends").unwrap();
        };
        LocalSet::new().run_until(going_in).await;
    }
}
