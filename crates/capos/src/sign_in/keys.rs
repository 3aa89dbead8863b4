//! Keys to sign in with: of the agent and of `~/.ssh`, as ssh tries them.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use capos_client::keys::{Agent, AgentKey, KeyFile};
use capos_client::{Connection, Limits, Session, SignIn, Signer};

use super::{Asking, Proof, Wish, is_refused, refused};
use crate::failure::Failure;
use crate::prompt::Ask;

/// Keys that are tried where none is named: a node counts refusals, and a password may have to follow.
const MOST_TRIED: usize = 4;

/// Private keys in `~/.ssh`, best first; those in devices are reached through the agent alone.
const FILES: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Where a key is.
#[derive(Clone, Debug)]
pub(crate) enum KeyPlace {
    /// In the agent, with this fingerprint.
    Agent(String),
    /// In this file.
    File(PathBuf),
}

impl KeyPlace {
    /// The key, unlocked.
    pub(super) async fn open(&self, answers: &mut Asking<'_>) -> Result<Box<dyn Signer>, Failure> {
        match self {
            Self::Agent(fingerprint) => {
                let held = agent_keys().await.into_iter().find(|key| key.fingerprint() == *fingerprint);
                let gone =
                    || Failure::failed("the agent does not hold the key any more").advise("Add it with ssh-add.");
                Ok(Box::new(held.ok_or_else(gone)?))
            }
            Self::File(path) => {
                let mut file = KeyFile::read(path, &Limits::default())?;
                file.unlock(answers).await?;
                Ok(Box::new(file))
            }
        }
    }
}

/// Tries the keys that there are; nothing where none was let in.
pub(super) async fn sign_in(
    connection: &Connection,
    wish: &Wish,
    ask: &dyn Ask,
) -> Result<Option<(Session, Proof)>, Failure> {
    let named = wish.key.is_some();
    for place in places(wish, ask).await? {
        let mut signer = match place.open(&mut Asking::new(wish, ask)).await {
            Ok(signer) => signer,
            Err(failure) if named => return Err(failure),
            Err(_) => continue,
        };
        let (account, profile) = (&*wish.account, &*wish.profile);
        match connection.sign_in(SignIn::PublicKey { account, profile, signer: signer.as_mut() }).await {
            Ok(session) => return Ok(Some((session, Proof::Key(place)))),
            Err(error) if is_refused(&error) => {}
            // An agent may refuse, and a device may not be there: the next key may do.
            Err(capos_client::Error::Key(_)) if !named => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Nobody could be let in.
pub(super) fn none() -> Failure {
    refused("the node accepted none of your keys")
        .advise("Name another with --key, or have one registered for the account.")
}

async fn places(wish: &Wish, ask: &dyn Ask) -> Result<Vec<KeyPlace>, Failure> {
    if let Some(path) = &wish.key {
        return Ok(vec![named(path).await?]);
    }
    let agent: Vec<String> = agent_keys().await.iter().map(AgentKey::fingerprint).collect();
    let files = files().into_iter().filter(|path| fingerprint_beside(path).is_none_or(|known| !agent.contains(&known)));
    let files: Vec<KeyPlace> = files.map(KeyPlace::File).collect();
    let mut places: Vec<KeyPlace> = agent.into_iter().map(KeyPlace::Agent).chain(files).collect();
    if places.len() > MOST_TRIED {
        ask.note(format!("You have {} keys; the first {MOST_TRIED} are tried. Name another with --key.", places.len()))
            .await;
        places.truncate(MOST_TRIED);
    }
    Ok(places)
}

/// A key that was named: in the agent where it holds it, so that no passphrase is asked for, else in its file.
async fn named(path: &Path) -> Result<KeyPlace, Failure> {
    let is_public = path.extension().is_some_and(|extension| extension == "pub");
    let fingerprint = if is_public { fingerprint_of(path) } else { fingerprint_beside(path) };
    if let Some(fingerprint) = fingerprint
        && agent_keys().await.iter().any(|key| key.fingerprint() == fingerprint)
    {
        return Ok(KeyPlace::Agent(fingerprint));
    }
    if is_public {
        let sentence = "the agent does not hold the private half of that key";
        return Err(Failure::failed(sentence).advise("Add it with ssh-add, or name the private key's file."));
    }
    Ok(KeyPlace::File(path.to_owned()))
}

/// An agent that is not there, or will not answer, holds no keys.
async fn agent_keys() -> Vec<AgentKey> {
    let Some(socket) = std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()) else {
        return Vec::new();
    };
    Agent::at(Path::new(&socket), &Limits::default()).keys().await.unwrap_or_default()
}

fn files() -> Vec<PathBuf> {
    let Some(home) = std::env::var_os("HOME") else {
        return Vec::new();
    };
    let folder = Path::new(&home).join(".ssh");
    FILES.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
}

/// The fingerprint of a private key, by the public one that ssh-keygen puts beside it.
fn fingerprint_beside(private: &Path) -> Option<String> {
    let mut public = private.as_os_str().to_owned();
    public.push(".pub");
    fingerprint_of(Path::new(&public))
}

/// As `ssh-keygen -l` shows it.
fn fingerprint_of(public: &Path) -> Option<String> {
    let line = std::fs::read_to_string(public).ok()?;
    let blob = STANDARD.decode(line.split_ascii_whitespace().nth(1)?).ok()?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &blob);
    Some(format!("SHA256:{}", STANDARD_NO_PAD.encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_ssh_keygen() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made =
            std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
        assert!(made.unwrap().success());
        let shown = std::process::Command::new("ssh-keygen").arg("-lf").arg(&key).output().unwrap().stdout;
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(fingerprint_beside(&key).as_deref(), shown.split(' ').nth(1));
    }
}
