//! Extending a session by a fresh proof.

use capnweb::{Error, Stub, Thrown, Value};
use capos_client::Secret;
use capos_schema::signing::RENEWAL;

use crate::errors;
use crate::options::Options;
use crate::session::SignedIn;
use crate::sign_in::sign;

/// A renewal, as it was asked for.
pub(crate) struct Renewal {
    proof: Proof,
    /// 0 for the profile's own.
    duration_ms: u64,
}

enum Proof {
    /// A password, or whatever else the node takes as it is.
    Given(Secret),
    /// A key, in a session that was signed in by key.
    Key(Stub),
}

impl Renewal {
    /// `{password}`, `{sign}` or `{proof}`, and `durationMs`.
    pub(crate) fn read(arguments: Vec<Value>) -> Result<Self, Thrown> {
        let mut options = Options::of("renew", arguments)?;
        let duration_ms = options.milliseconds("durationMs")?.unwrap_or(0);
        let proof = if let Some(password) = options.secret("password")? {
            Proof::Given(password)
        } else if let Some(signer) = options.function("sign")? {
            Proof::Key(signer)
        } else {
            let proof = options.secret("proof")?;
            Proof::Given(options.need("password", proof)?)
        };
        options.done()?;
        Ok(Self { proof, duration_ms })
    }

    /// The session stays reachable as it was.
    pub(crate) async fn carry_out(self, session: &SignedIn) -> Result<(), Thrown> {
        let proof = match self.proof {
            Proof::Given(proof) => proof,
            Proof::Key(signer) => sign(&signer, &text(session).await?).await?,
        };
        let mut request = session.remote.renew_request();
        request.get().set_proof(proof.as_bytes());
        request.get().set_requested_duration_ms(self.duration_ms);
        request.send().promise.await.map(drop).map_err(errors::thrown)
    }
}

/// The tag, the digest of what was signed at sign-in, the session's handle, its expiry.
async fn text(session: &SignedIn) -> Result<Vec<u8>, Thrown> {
    let not_by_key = || Error::type_error("only a session that was signed in by key can be renewed by key.");
    let signed = session.signed.ok_or_else(not_by_key)?;
    let answer = session.remote.info_request().send().promise.await.map_err(errors::thrown)?;
    let info = answer.get().and_then(|answer| answer.get_info()).map_err(errors::thrown)?;
    let handle = info.get_session_id().map_err(errors::thrown)?;
    Ok([RENEWAL, &signed, handle, &info.get_expires_at_ms().to_be_bytes()].concat())
}
