//! Keys that an ssh-agent holds, hardware keys among them: it signs, and no private key comes here.
//!
//! The two requests of `draft-ietf-sshm-ssh-agent` that this takes are spoken here, so that a key of any type can be
//! used: what the agent calls a key and a signature is handed on as it is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use futures::future::LocalBoxFuture;
use ssh_key::HashAlg;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::Signer;
use super::sshsig::{sshsig, string, take_string, to_be_signed};
use crate::error::Error;
use crate::limits::Limits;
use crate::text::plain_within;

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// RSA with SHA-512: without it an agent signs with SHA-1.
const RSA_SHA2_512: u32 = 4;
/// A list takes no person; a signature may.
const LIST_PATIENCE: Duration = Duration::from_secs(10);

/// An ssh-agent, by its socket.
#[derive(Clone, Debug)]
pub struct Agent {
    socket: PathBuf,
    limits: Limits,
}

impl Agent {
    /// The agent that listens on this socket: `SSH_AUTH_SOCK`, usually.
    #[must_use]
    pub fn at(socket: &Path, limits: &Limits) -> Self {
        Self { socket: socket.to_owned(), limits: limits.clone() }
    }

    /// The keys it holds, in its order; certificates are passed over, since a node knows keys.
    ///
    /// # Errors
    /// When it does not answer as an agent.
    pub async fn keys(&self) -> Result<Vec<AgentKey>, Error> {
        let answer = timeout(LIST_PATIENCE, self.ask(&[REQUEST_IDENTITIES], IDENTITIES_ANSWER));
        let answer = answer.await.map_err(|_| unusable("does not answer"))??;
        self.parse_keys(&answer).ok_or_else(|| unusable("lists its keys in no known form"))
    }

    fn parse_keys(&self, answer: &[u8]) -> Option<Vec<AgentKey>> {
        let (count, mut rest) = answer.split_first_chunk()?;
        let mut keys = Vec::new();
        for _ in 0..u32::from_be_bytes(*count) {
            let (blob, after) = take_string(rest)?;
            let (comment, after) = take_string(after)?;
            let (algorithm, _) = take_string(blob)?;
            rest = after;
            if !algorithm.ends_with(b"-cert-v01@openssh.com") {
                let comment = plain_within(&String::from_utf8_lossy(comment), self.limits.text_bytes);
                let rsa = algorithm == b"ssh-rsa";
                keys.push(AgentKey { agent: self.clone(), blob: blob.to_vec(), comment, rsa });
            }
        }
        Some(keys)
    }

    /// One question and its answer, without the byte that says what it is.
    async fn ask(&self, question: &[u8], expected: u8) -> Result<Vec<u8>, Error> {
        let gone = |_| unusable("cannot be reached");
        let mut stream = UnixStream::connect(&self.socket).await.map_err(gone)?;
        stream.write_all(&string(question)).await.map_err(gone)?;
        let length = usize::try_from(stream.read_u32().await.map_err(gone)?).unwrap_or(usize::MAX);
        if length > self.limits.agent_bytes {
            return Err(unusable("says more than an agent should"));
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer).await.map_err(gone)?;
        match answer.split_first() {
            Some((&kind, answer)) if kind == expected => Ok(answer.to_vec()),
            _ => Err(unusable("refused")),
        }
    }
}

/// One key of an agent.
#[derive(Clone, Debug)]
pub struct AgentKey {
    agent: Agent,
    blob: Vec<u8>,
    comment: String,
    rsa: bool,
}

impl AgentKey {
    /// Its fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(HashAlg::Sha256.digest(&self.blob)))
    }

    async fn signature(&self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        let flags = if self.rsa { RSA_SHA2_512 } else { 0 };
        let text = string(&to_be_signed(challenge));
        let question = [&[SIGN_REQUEST], &*string(&self.blob), &text, &flags.to_be_bytes()].concat();
        let answer = self.agent.ask(&question, SIGN_RESPONSE).await?;
        match take_string(&answer) {
            Some((signature, [])) => Ok(sshsig(&self.blob, signature)),
            _ => Err(unusable("gives signatures of no known form")),
        }
    }
}

impl Signer for AgentKey {
    fn label(&self) -> String {
        if self.comment.is_empty() { self.fingerprint() } else { self.comment.clone() }
    }

    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(self.signature(challenge))
    }
}

fn unusable(problem: &str) -> Error {
    Error::Key(format!("The ssh-agent {problem}"))
}
