//! Signing in, as `connect` and `--once` do it: whatever a person must answer goes through [`Ask`].

mod keys;

use std::path::PathBuf;

use capos_client::{
    Answers, Confirm, Connection, Endpoint, Error, Fingerprint, Identify, KnownNodes, MethodKind, Options, Prompt,
    Purpose, Secret, Session, SignIn, Stranger, connect,
};
use capos_schema::{Code, Denial};
use futures::future::LocalBoxFuture;

use crate::args::target::{How, Method, More};
use crate::config::places;
use crate::failure::{Exit, Failure};
use crate::prompt::{Ask, Question};
use crate::up::user_account;
pub(crate) use keys::KeyPlace;

/// How often a person may mistype a password.
const PASSWORD_TRIES: u32 = 3;

/// A sign-in that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The node.
    pub(crate) endpoint: Endpoint,
    /// The account; empty where the way of signing in has none.
    pub(crate) account: String,
    /// The way; without one it is found.
    pub(crate) method: Option<Method>,
    /// The only key to try.
    pub(crate) key: Option<PathBuf>,
    /// The profile to enter; empty for the account's own.
    pub(crate) profile: String,
    /// The only TLS key to talk to.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// A password is there already: it is what is tried, once.
    pub(crate) password_given: bool,
}

/// What was proven.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A password.
    Password,
    /// A key, to be found there.
    Key(KeyPlace),
    /// Nothing.
    Nothing,
}

/// A session and what it stands on.
pub(crate) struct SignedIn {
    /// It ends with this.
    pub(crate) connection: Connection,
    /// The session.
    pub(crate) session: Session,
    /// What was proven.
    pub(crate) proof: Proof,
}

impl Wish {
    /// What `[USER@]HOST[:PORT]` and the options ask for.
    pub(crate) fn parse(target: &str, how: &How, more: &More) -> Result<Self, Failure> {
        let (account, node) = match target.rsplit_once('@') {
            Some(("", _)) => return Err(Failure::usage("the account before the @ is missing")),
            Some((account, node)) => (account.to_owned(), node),
            None => (own_name(how.by)?, target),
        };
        let fingerprint = how.fingerprint.as_deref().map(parse_fingerprint).transpose()?;
        let named = |method| matches!(method, Method::Password | Method::PublicKey);
        Ok(Self {
            endpoint: node.parse()?,
            account: if how.by.is_none_or(named) { account } else { String::new() },
            method: how.by,
            key: how.key.as_deref().map(absolute).transpose()?,
            profile: more.profile.clone().unwrap_or_default(),
            fingerprint,
            password_given: more.password_stdin,
        })
    }

    /// The command that asks for the same again.
    pub(crate) fn again(&self, name: &str) -> String {
        let mut command = "capos connect".to_owned();
        let mut option = |option: &str, value: &str| {
            if !value.is_empty() {
                command.push_str(&format!(" {option} {value}"));
            }
        };
        option("--method", self.method.map_or("", method_word));
        option("--key", &self.key.as_ref().map(|key| key.display().to_string()).unwrap_or_default());
        option("--profile", &self.profile);
        option("--fingerprint", &self.fingerprint.map(|key| key.to_string()).unwrap_or_default());
        option("--name", if name == default_name(&self.endpoint) { "" } else { name });
        let account = if self.account.is_empty() { String::new() } else { format!("{}@", self.account) };
        format!("{command} {account}{}", shortest(&self.endpoint))
    }

    fn who(&self) -> String {
        format!("{}@{}", self.account, shortest(&self.endpoint))
    }
}

/// What a session is called where nobody says.
pub(crate) fn default_name(endpoint: &Endpoint) -> String {
    shortest(endpoint).replace(['[', ']'], "")
}

fn shortest(endpoint: &Endpoint) -> String {
    let whole = endpoint.to_string();
    let port = format!(":{}", capos_client::DEFAULT_PORT);
    whole.strip_suffix(&port).map_or(whole.clone(), ToOwned::to_owned)
}

/// The word of `--method`.
pub(crate) fn method_word(method: Method) -> &'static str {
    match method {
        Method::Password => "password",
        Method::PublicKey => "public-key",
        Method::Guest => "guest",
        Method::Anonymous => "anonymous",
    }
}

pub(crate) fn parse_fingerprint(text: &str) -> Result<Fingerprint, Failure> {
    Fingerprint::parse(text).map_err(|_| {
        Failure::usage("that is no fingerprint").advise("A node's is written as SHA256:…; `capos up` says it at start.")
    })
}

fn own_name(method: Option<Method>) -> Result<String, Failure> {
    if matches!(method, Some(Method::Guest | Method::Anonymous)) {
        return Ok(String::new());
    }
    // Where `capos up` finds the operator's name, too; the variables are for users whom a directory service knows.
    let variable = |name: &&str| std::env::var(name).ok().filter(|name| !name.is_empty());
    let name = user_account().or_else(|| ["USER", "LOGNAME"].iter().find_map(variable));
    name.ok_or_else(|| Failure::usage("the account is missing").advise("Say it as USER@HOST."))
}

fn absolute(path: &std::path::Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|_| Failure::usage("the path of the key cannot be used"))
}

/// Connects and signs in.
pub(crate) async fn sign_in(wish: &Wish, ask: &dyn Ask) -> Result<SignedIn, Failure> {
    let identify = match wish.fingerprint {
        Some(fingerprint) => Identify::Pinned(fingerprint),
        None => Identify::Known(KnownNodes::at(known_nodes()?)),
    };
    let connection = connect(&wish.endpoint, &Options::new(identify), &mut Asking::new(wish, ask)).await;
    let connection = connection.map_err(unknown_node)?;
    let offered = offered(&connection).await?;
    let method = wish.method.or_else(|| (wish.password_given).then_some(Method::Password));
    let (session, proof) = match method {
        Some(Method::Password) => by_password(&connection, wish, ask).await?,
        Some(Method::PublicKey) => keys::sign_in(&connection, wish, ask).await?.ok_or_else(keys::none)?,
        Some(Method::Guest) => (connection.sign_in(SignIn::Guest).await?, Proof::Nothing),
        Some(Method::Anonymous) => {
            (connection.sign_in(SignIn::Anonymous { profile: &wish.profile }).await?, Proof::Nothing)
        }
        None => by_what_there_is(&connection, wish, ask, &offered).await?,
    };
    Ok(SignedIn { connection, session, proof })
}

async fn offered(connection: &Connection) -> Result<Vec<MethodKind>, Failure> {
    let methods = connection.methods().await?;
    Ok(methods.into_iter().filter(|method| method.enabled).map(|method| method.kind).collect())
}

/// Keys, then a password: what ssh does. A guest's session is nothing to fall back to.
async fn by_what_there_is(
    connection: &Connection,
    wish: &Wish,
    ask: &dyn Ask,
    offered: &[MethodKind],
) -> Result<(Session, Proof), Failure> {
    if offered.contains(&MethodKind::PublicKey)
        && let Some(signed_in) = keys::sign_in(connection, wish, ask).await?
    {
        return Ok(signed_in);
    }
    if wish.key.is_some() {
        return Err(refused("the node refused this key"));
    }
    if offered.contains(&MethodKind::Password) {
        return by_password(connection, wish, ask).await;
    }
    let open = offered.iter().find_map(|kind| match kind {
        MethodKind::Guest => Some("--method guest"),
        MethodKind::Anonymous => Some("--method anonymous"),
        _ => None,
    });
    let advice =
        open.map_or("Ask its operator how to sign in.".to_owned(), |how| format!("It would let you in with {how}."));
    Err(refused("the node offers no way of signing in that works from here").advise(advice))
}

async fn by_password(connection: &Connection, wish: &Wish, ask: &dyn Ask) -> Result<(Session, Proof), Failure> {
    let tries = if wish.password_given { 1 } else { PASSWORD_TRIES };
    for left in (0..tries).rev() {
        let mut answers = Asking::new(wish, ask);
        let (account, profile) = (&*wish.account, &*wish.profile);
        match connection.sign_in(SignIn::Password { account, profile, answers: &mut answers }).await {
            Ok(session) => return Ok((session, Proof::Password)),
            Err(error) if left > 0 && is_refused(&error) => ask.note("That was refused; try again.".to_owned()).await,
            Err(Error::Cancelled) => return Err(nobody_answered(wish)),
            Err(error) if is_refused(&error) => return Err(refused("the node refused the sign-in")),
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused("the node refused the sign-in"))
}

fn is_refused(error: &Error) -> bool {
    matches!(error, Error::Denied(Denial { code: Code::AuthenticationDenied, .. }))
}

fn refused(sentence: &str) -> Failure {
    let advice = "Check the account's name and the proof; the node does not say which of them is wrong.";
    Failure::new(Exit::Denied, sentence).coded(Code::AuthenticationDenied.as_str()).advise(advice)
}

fn nobody_answered(wish: &Wish) -> Failure {
    let sentence = format!("nobody gave the password of {}", wish.who());
    Failure::failed(sentence)
        .coded("cancelled")
        .advise("Answer at a terminal, use --password-stdin, or sign in with a key.")
}

fn unknown_node(error: Error) -> Failure {
    let unconfirmed = error.code() == "identityUnconfirmed";
    let failure = Failure::from(error);
    if unconfirmed { failure.advise("Without a terminal, give it with --fingerprint.") } else { failure }
}

/// Proves once more who one is, the way it was done before.
pub(crate) async fn renew(signed_in: &SignedIn, wish: &Wish, ask: &dyn Ask, duration_ms: u64) -> Result<u64, Failure> {
    use capos_client::Renewal;
    let session = &signed_in.session;
    let info = match &signed_in.proof {
        Proof::Password => session.renew(Renewal::Password(&mut Asking::new(wish, ask)), duration_ms).await,
        Proof::Key(place) => {
            let mut signer = place.open(&mut Asking::new(wish, ask)).await?;
            session.renew(Renewal::Key(signer.as_mut()), duration_ms).await
        }
        Proof::Nothing => {
            let sentence = "a guest's or an anonymous session cannot be renewed";
            return Err(Failure::new(Exit::Denied, sentence).advise("Sign in again when it has ended."));
        }
    };
    match info {
        Ok(info) => Ok(info.expires_at_ms),
        Err(Error::Cancelled) => Err(nobody_answered(wish)),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn known_nodes() -> Result<PathBuf, Failure> {
    let missing = || Failure::failed("there is no home directory for the nodes that are known").advise("Set HOME.");
    places::known_nodes().ok_or_else(missing)
}

/// Has a person meet a node, before anybody signs in there.
pub(crate) struct Introduction<'a>(&'a dyn Ask);

impl<'a> Introduction<'a> {
    pub(crate) fn new(ask: &'a dyn Ask) -> Self {
        Self(ask)
    }

    /// The node is known once this is done.
    pub(crate) async fn of(mut self, endpoint: &Endpoint, known: &KnownNodes) -> Result<(), Error> {
        let options = Options::new(Identify::Known(known.clone()));
        connect(endpoint, &options, &mut self).await.map(|connection| connection.close())
    }
}

impl Confirm for Introduction<'_> {
    fn confirm<'p>(&'p mut self, stranger: &'p Stranger) -> LocalBoxFuture<'p, bool> {
        self.0.confirm(stranger.endpoint.to_string(), stranger.fingerprint.to_string())
    }
}

/// Puts questions of the client library to whoever answers.
pub(super) struct Asking<'a> {
    wish: &'a Wish,
    ask: &'a dyn Ask,
    asked: u32,
}

impl<'a> Asking<'a> {
    fn new(wish: &'a Wish, ask: &'a dyn Ask) -> Self {
        Self { wish, ask, asked: 0 }
    }

    fn question(&self, prompt: &Prompt) -> Question {
        let text = match prompt.purpose {
            Purpose::Passphrase => prompt.text.clone(),
            _ => format!("{}: {}", self.wish.who(), prompt.text),
        };
        Question {
            text: format!("{} ", text.trim_end().trim_end_matches(':').to_owned() + ":"),
            secret: prompt.secret,
            url: prompt.url.clone().unwrap_or_default(),
            user_code: prompt.user_code.clone().unwrap_or_default(),
        }
    }

    /// What is asked for after the password is a new one: a person types that twice.
    async fn typed_twice(&self, question: Question) -> Option<Secret> {
        loop {
            let first = self.ask.ask(question.clone()).await?;
            let again = Question { text: "Once more: ".to_owned(), secret: true, ..Question::default() };
            if self.ask.ask(again).await? == first {
                return Some(first);
            }
            self.ask.note("The two are not the same; try again.".to_owned()).await;
        }
    }
}

impl Answers for Asking<'_> {
    fn answer<'p>(&'p mut self, prompt: &'p Prompt) -> LocalBoxFuture<'p, Option<Secret>> {
        let question = self.question(prompt);
        if prompt.purpose == Purpose::SignIn {
            self.asked += 1;
        }
        if self.asked > 1 && prompt.secret && !self.wish.password_given {
            return Box::pin(self.typed_twice(question));
        }
        self.ask.ask(question)
    }
}

impl Confirm for Asking<'_> {
    fn confirm<'p>(&'p mut self, stranger: &'p Stranger) -> LocalBoxFuture<'p, bool> {
        self.ask.confirm(stranger.endpoint.to_string(), stranger.fingerprint.to_string())
    }
}
