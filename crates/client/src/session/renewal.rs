//! Extending a session by a fresh proof.

use capos_schema::signing::RENEWAL;

use super::Session;
use crate::ask::{Answers, Prompt, Purpose, Secret};
use crate::connection::Failed;
use crate::error::Error;
use crate::keys::Signer;
use crate::view::SessionInfo;

/// How to prove once more who one is.
pub enum Renewal<'a> {
    /// By the password.
    Password(&'a mut dyn Answers),
    /// By a key, in a session that was signed in by key.
    Key(&'a mut dyn Signer),
}

impl Session {
    /// Extends the session, within the bounds of policy; 0 asks for the profile's duration. Grants that were revoked
    /// do not come back.
    ///
    /// # Errors
    /// As [`Session::info`]; `authenticationDenied` when the proof does not hold, `cancelled` without an answer.
    pub async fn renew(&self, proof: Renewal<'_>, duration_ms: u64) -> Result<SessionInfo, Error> {
        let operation = self.operation("renew", "");
        let work = async {
            let info = self.ask_info(operation.verb).await?;
            let proof = self.prove(proof, &info).await?;
            let mut request = self.remote.renew_request();
            request.get().set_proof(proof.as_bytes());
            request.get().set_requested_duration_ms(duration_ms);
            // It is this same session, and stays reachable as it was.
            request.send().promise.await?;
            self.ask_info(operation.verb).await
        };
        self.run(&operation, work).await
    }

    async fn prove(&self, proof: Renewal<'_>, info: &SessionInfo) -> Result<Secret, Failed> {
        match proof {
            Renewal::Password(answers) => {
                let answer = answers.answer(&password()).await;
                Ok(answer.filter(|answer| !answer.as_bytes().is_empty()).ok_or(Error::Cancelled)?)
            }
            Renewal::Key(signer) => Ok(Secret::from(signer.sign(&self.renewal_text(info)?).await?)),
        }
    }

    /// The tag, the digest of what was signed at sign-in, the session's handle, its expiry.
    fn renewal_text(&self, info: &SessionInfo) -> Result<Vec<u8>, Error> {
        let digest = self
            .challenge
            .ok_or_else(|| Error::Input("only a session that was signed in by key can be renewed by key".to_owned()))?;
        let handle = hex::decode(&info.session_id).ok().filter(|handle| handle.len() == 16);
        let handle = handle.ok_or_else(|| self.reading("renew").damaged("the session's handle is not 16 bytes"))?;
        Ok([RENEWAL, &digest, &handle, &info.expires_at_ms.to_be_bytes()].concat())
    }
}

fn password() -> Prompt {
    Prompt {
        purpose: Purpose::Renewal,
        text: "Password, to renew the session".to_owned(),
        secret: true,
        url: None,
        user_code: None,
        expires_at_ms: None,
    }
}
