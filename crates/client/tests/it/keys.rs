//! Keys from files and from an ssh-agent, and their signatures as OpenSSH checks them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use capos_client::keys::{Agent, KeyFile, NAMESPACE, Signer};
use capos_client::{Error, Limits, NoAnswers, Purpose};
use ssh_key::{HashAlg, PrivateKey, PublicKey, SshSig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::task::spawn_local;

use crate::ground::{Says, real_time};

const CHALLENGE: &[u8] = b"a challenge";
const ED: &str = include_str!("../keys/ed");
const LOCKED: &str = include_str!("../keys/locked");
const RSA: &str = include_str!("../keys/rsa");
const EC: &str = include_str!("../keys/ec");

fn file(directory: &TempDir, text: &str, mode: u32) -> PathBuf {
    let path = directory.path().join("key");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// A binary SSHSIG, read by somebody else's code.
fn parse(signature: &[u8]) -> SshSig {
    let base64 = STANDARD.encode(signature);
    let lines: Vec<_> = base64.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"));
    SshSig::from_pem(pem).unwrap()
}

/// Checks a signature as `ssh-keygen -Y verify` does.
fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) {
    let signature = parse(signature);
    assert_eq!(signature.hash_alg(), HashAlg::Sha512);
    assert_eq!(signature.public_key(), key.key_data());
    key.verify(NAMESPACE, message, &signature).unwrap();
}

fn key(text: &str) -> PublicKey {
    PrivateKey::from_openssh(text).unwrap().public_key().clone()
}

#[test]
fn keys_of_each_kind_sign_from_their_files() {
    real_time(async {
        for text in [ED, RSA, EC] {
            let directory = TempDir::new().unwrap();
            let mut signer = KeyFile::read(&file(&directory, text, 0o600), &Limits::default()).unwrap();
            assert!(!signer.is_locked());
            verify(&key(text), b"challenge", &signer.sign(b"challenge").await.unwrap());
            assert_eq!(signer.fingerprint(), key(text).fingerprint(HashAlg::Sha256).to_string());
            assert_eq!(signer.public_line(), key(text).to_openssh().unwrap());
        }
    });
}

#[test]
fn a_locked_key_signs_once_its_passphrase_was_given() {
    real_time(async {
        let directory = TempDir::new().unwrap();
        let path = file(&directory, LOCKED, 0o600);
        let mut signer = KeyFile::read(&path, &Limits::default()).unwrap();
        assert!(signer.is_locked());
        assert_eq!(signer.sign(b"x").await.err().unwrap().code(), "keyUnusable");
        assert_eq!(signer.unlock(&mut NoAnswers).await, Err(Error::Cancelled));
        let mut wrong = Says::new(&["a", "b", "c", "open sesame"]);
        assert_eq!(signer.unlock(&mut wrong).await.err().unwrap().code(), "keyUnusable");
        assert_eq!(wrong.prompts.len(), 3);

        let mut answers = Says::new(&["mistyped", "open sesame"]);
        signer.unlock(&mut answers).await.unwrap();
        assert_eq!(
            (answers.prompts.len(), answers.prompts[0].purpose, answers.prompts[0].secret),
            (2, Purpose::Passphrase, true)
        );
        assert!(answers.prompts[0].text.contains(&path.display().to_string()));
        verify(&key(LOCKED), b"x", &signer.sign(b"x").await.unwrap());
        signer.unlock(&mut NoAnswers).await.unwrap();
    });
}

#[test]
fn a_file_that_others_can_read_or_that_is_no_key_is_refused() {
    let directory = TempDir::new().unwrap();
    let refused = |path: &Path, limits: &Limits| KeyFile::read(path, limits).err().unwrap().to_string();
    let limits = Limits::default();
    assert!(refused(&file(&directory, ED, 0o640), &limits).contains("may be read by others"));
    assert!(refused(&file(&directory, "nonsense", 0o600), &limits).contains("no private key in OpenSSH's format"));
    assert!(refused(directory.path(), &limits).contains("is not a file"));
    assert!(refused(&directory.path().join("absent"), &limits).contains("cannot be opened"));
    let bytes = |key_file_bytes| Limits { key_file_bytes, ..Limits::default() };
    let path = file(&directory, ED, 0o600);
    assert!(refused(&path, &bytes(ED.len() as u64 - 1)).contains("larger than any key"));
    KeyFile::read(&path, &bytes(ED.len() as u64)).unwrap();
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// An agent that holds the keys, on a socket in the directory; it answers with real signatures.
fn agent(directory: &TempDir, keys: &'static [&'static str]) -> PathBuf {
    let path = directory.path().join("agent");
    let listener = UnixListener::bind(&path).unwrap();
    spawn_local(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = stream.read_u32().await.unwrap();
            let mut question = vec![0; length as usize];
            stream.read_exact(&mut question).await.unwrap();
            let answer = if question == [11] { list(keys) } else { sign(keys, &question).await };
            stream.write_all(&string(&answer)).await.unwrap();
        }
    });
    path
}

fn list(keys: &[&str]) -> Vec<u8> {
    let mut answer = [&[12], &(u32::try_from(keys.len()).unwrap() + 1).to_be_bytes()[..]].concat();
    let certificate = string(b"ssh-ed25519-cert-v01@openssh.com");
    answer.extend([string(&certificate), string(b"a certificate")].concat());
    for text in keys {
        answer.extend([string(&key(text).to_bytes().unwrap()), string(b"mine \x1b[2J")].concat());
    }
    answer
}

async fn sign(keys: &[&str], question: &[u8]) -> Vec<u8> {
    for text in keys {
        let private = PrivateKey::from_openssh(text).unwrap();
        let blob = string(&key(text).to_bytes().unwrap());
        let Some(rest) = question.strip_prefix(&[&[13], &*blob].concat()[..]) else { continue };
        let (data, flags) = rest.split_at(rest.len() - 4);
        assert_eq!(flags, if private.algorithm().is_rsa() { [0, 0, 0, 4] } else { [0; 4] });
        assert_eq!(data, string(&SshSig::signed_data(NAMESPACE, HashAlg::Sha512, CHALLENGE).unwrap()));
        let directory = TempDir::new().unwrap();
        let mut signer = KeyFile::read(&file(&directory, text, 0o600), &Limits::default()).unwrap();
        let signed = parse(&signer.sign(CHALLENGE).await.unwrap());
        let (algorithm, bytes) = (signed.algorithm(), signed.signature_bytes());
        let signature = [string(algorithm.as_str().as_bytes()), string(bytes)].concat();
        return [&[14], &*string(&signature)].concat();
    }
    vec![5]
}

#[test]
fn an_agents_keys_sign_whatever_their_kind_and_its_certificates_are_passed_over() {
    real_time(async {
        let directory = TempDir::new().unwrap();
        let agent = Agent::at(&agent(&directory, &[ED, RSA, EC]), &Limits::default());
        let keys = agent.keys().await.unwrap();
        assert_eq!(keys.len(), 3);
        for (mut signer, text) in keys.into_iter().zip([ED, RSA, EC]) {
            assert_eq!(signer.label(), "mine \u{fffd}[2J");
            assert_eq!(signer.fingerprint(), key(text).fingerprint(HashAlg::Sha256).to_string());
            verify(&key(text), CHALLENGE, &signer.sign(CHALLENGE).await.unwrap());
        }
    });
}

#[test]
fn an_agent_that_refuses_babbles_or_is_not_there_is_no_use_and_no_harm() {
    real_time(async {
        let directory = TempDir::new().unwrap();
        let absent = Agent::at(&directory.path().join("absent"), &Limits::default());
        assert!(absent.keys().await.err().unwrap().to_string().contains("cannot be reached"));

        let path = agent(&directory, &[ED]);
        let mut stranger = Agent::at(&path, &Limits::default()).keys().await.unwrap().remove(0);
        std::fs::remove_file(&path).unwrap();
        let path = agent(&directory, &[]);
        assert!(stranger.sign(CHALLENGE).await.err().unwrap().to_string().contains("refused"));

        let length = list(&[]).len();
        let limits = |agent_bytes| Limits { agent_bytes, ..Limits::default() };
        assert!(Agent::at(&path, &limits(length)).keys().await.unwrap().is_empty());
        let error = Agent::at(&path, &limits(length - 1)).keys().await.err().unwrap();
        assert!(error.to_string().contains("says more than an agent should"));
    });
}

#[test]
fn any_list_of_an_agents_is_read_without_harm() {
    real_time(async {
        for answer in [
            &[][..],
            &[12],
            &[12, 0, 0, 0, 1],
            &[12, 255, 255, 255, 255, 0, 0, 0, 4],
            &[12, 0, 0, 0, 1, 255, 255, 255, 255],
        ] {
            let directory = TempDir::new().unwrap();
            let path = directory.path().join("agent");
            let listener = UnixListener::bind(&path).unwrap();
            let serve = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(&string(answer)).await.unwrap();
                let _ = stream.read(&mut [0; 16]).await;
            };
            let agent = Agent::at(&path, &Limits::default());
            let (keys, ()) = futures::join!(agent.keys(), serve);
            assert_eq!(keys.err().unwrap().code(), "keyUnusable");
        }
    });
}
