//! By public key. The challenge is given to whoever asks; a signature is verified against its own key first, and only
//! then is it looked up whose key that is.

use capos_schema::{Code, Denial};
use ring::digest::{SHA256, digest};

use super::{Asked, Deadline, Next, Prompt, Selector, State};
use crate::admission::{Admitted, admit};
use crate::challenge::{self, SignIn};
use crate::claim::{Claim, Proof};
use crate::random::random;
use crate::{MethodKind, Secret, sshsig};

pub(super) fn ask(challenge: Vec<u8>, deadline: Deadline) -> Next {
    let prompt = Prompt { challenge: challenge.clone(), ..Prompt::default() };
    Next::Ask(State::Signature(challenge), Box::new(prompt), deadline)
}

impl Asked {
    pub(super) fn challenge(&self, deadline: Deadline) -> Result<Next, Denial> {
        let selector = match &self.start.selector {
            Selector::Account(name) => challenge::Selector::Account(name),
            Selector::Principal(id) => challenge::Selector::Principal(id),
        };
        let sign_in = SignIn {
            node: self.core.settings().node,
            channel_binding: self.source.channel_binding,
            server_nonce: random().map_err(|error| error.denial())?,
            client_nonce: &self.start.client_nonce,
            selector,
            profile: &self.start.profile,
            expires_at_ms: deadline.wall_ms,
        };
        let challenge = sign_in.bytes().map_err(|_| Denial::from(Code::BadRequest))?;
        Ok(ask(challenge, deadline))
    }

    pub(super) async fn signature(&self, challenge: &[u8], signature: &Secret) -> Result<Next, Denial> {
        if signature.bytes().len() > self.core.settings().limits.signature_bytes {
            return Err(Denial::new(Code::BadRequest, "the answer is too long"));
        }
        let claim = Claim {
            source: self.source.clone(),
            method: MethodKind::PublicKey,
            profile: self.start.profile.clone(),
            whom: self.whom(),
            proof: Proof::Key(sshsig::verify(signature.bytes(), challenge).ok()),
            signed: sha256(challenge),
        };
        match admit(&self.core, claim).await? {
            Admitted::Session(session) => Ok(Next::Done(session)),
            Admitted::OneTime => Err(Code::AuthenticationDenied.into()),
        }
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
