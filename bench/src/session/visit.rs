//! Signing in with the product's client library, and calling.

use std::time::{Duration, Instant};

use capos_client::keys::KeyFile;
use capos_client::{
    Answers, Connection, Endpoint, Fingerprint, Identify, NoConfirm, Options, Prompt, Secret, Session, SignIn,
};
use capos_schema::system_info_capnp::system_info;
use capos_testkit::Node;
use futures::future::{LocalBoxFuture, ready};

use super::key::Key;
use super::up;
use crate::machine::own_cpu;
use crate::statistics::{Summary, percentile};

/// The way to one node, and the key to it.
pub(crate) struct Door {
    endpoint: Endpoint,
    identify: Identify,
    signer: KeyFile,
    operator: &'static str,
    password: &'static str,
}

/// One session on a connection of its own, with the grant that is called.
pub(crate) struct Visit {
    pub(crate) session: Session,
    system_info: system_info::Client,
    connection: Connection,
}

/// What a while of calls cost, in microseconds a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    pub(crate) time: f64,
    pub(crate) slowest_of_hundred: f64,
    pub(crate) cpu: f64,
}

impl Door {
    pub(crate) fn of(node: &Node, key: &Key) -> anyhow::Result<Self> {
        let endpoint = Endpoint { host: node.address().ip().to_string(), port: node.address().port() };
        let fingerprint = Fingerprint::parse(node.fingerprint())?;
        let signer = KeyFile::read(&key.file, &capos_client::Limits::default())?;
        Ok(Self {
            endpoint,
            identify: Identify::Pinned(fingerprint),
            signer,
            operator: node.operator(),
            password: node.password(),
        })
    }

    /// The same without TLS, as loopback allows.
    pub(crate) fn plain(self) -> Self {
        Self { identify: Identify::Plain, ..self }
    }

    async fn connect(&self) -> anyhow::Result<Connection> {
        // With a transcript of its own, as every host has.
        let options = Options::new(self.identify.clone());
        Ok(capos_client::connect(&self.endpoint, &options, &mut NoConfirm).await?)
    }

    /// A new connection, a proof by key, the list of grants, and one call that is answered.
    pub(crate) async fn visit(&mut self, account: &str) -> anyhow::Result<Visit> {
        let connection = self.connect().await?;
        let how = SignIn::PublicKey { account, profile: "", signer: &mut self.signer };
        let session = connection.sign_in(how).await?;
        anyhow::ensure!(!session.caps().await?.is_empty(), "{account} was granted nothing");
        let system_info = session.get_as("system_info").await?;
        let visit = Visit { session, system_info, connection };
        visit.call().await?;
        Ok(visit)
    }

    /// A session of the operator's, by password.
    pub(crate) async fn operate(&self) -> anyhow::Result<(Connection, Session)> {
        let connection = self.connect().await?;
        let (account, mut answers) = (self.operator, Known(self.password));
        let session = connection.sign_in(SignIn::Password { account, profile: "", answers: &mut answers }).await?;
        Ok((connection, session))
    }
}

/// Knows the operator's password.
struct Known(&'static str);

impl Answers for Known {
    fn answer<'a>(&'a mut self, _: &'a Prompt) -> LocalBoxFuture<'a, Option<Secret>> {
        Box::pin(ready(Some(self.0.to_owned().into())))
    }
}

impl Visit {
    /// One small call through the grant.
    pub(crate) async fn call(&self) -> anyhow::Result<()> {
        let response = self.system_info.hostname_request().send().promise.await?;
        anyhow::ensure!(!response.get()?.get_name()?.is_empty(), "a node has a name");
        Ok(())
    }

    /// Calls one after the other for about this long.
    pub(crate) async fn call_for(&self, length: Duration, node: &Node) -> anyhow::Result<Burst> {
        let before = up::cpu(node)? + own_cpu()?;
        let mut times = Vec::new();
        let start = Instant::now();
        while start.elapsed() < length {
            let begin = Instant::now();
            self.call().await?;
            times.push(begin.elapsed().as_secs_f64() * 1e6);
        }
        let cpu = up::cpu(node)? + own_cpu()? - before;
        let calls = times.len() as f64;
        Ok(Burst {
            time: Summary::of(times.iter().copied()).median,
            slowest_of_hundred: percentile(&mut times, 0.99),
            cpu: cpu.as_secs_f64() * 1e6 / calls,
        })
    }

    /// Leaves, and waits until the session is over.
    pub(crate) async fn leave(self) -> anyhow::Result<()> {
        self.session.logout().await?;
        self.connection.close();
        Ok(())
    }
}
