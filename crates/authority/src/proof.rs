//! The password part of a proof: one attempt, one hash, whatever the account.

use capos_schema::{Code, Denial};

use crate::attempts::Attempt;
use crate::claim::Whom;
use crate::core::Core;
use crate::hashing::Whose;
use crate::password::{Cost, Phc};
use crate::{Error, Event, Limits, Secret, Source};

/// A password that was compared, and the attempt that it was.
pub(crate) struct Compared<'a> {
    pub(crate) attempt: Attempt<'a>,
    /// The hash that it has; none where it is wrong.
    pub(crate) hash: Option<Phc>,
}

/// Compares a password with an account's, or with nothing, at the same cost.
pub(crate) async fn compare<'a>(
    core: &'a Core,
    source: &Source,
    whom: &Whom,
    secret: &Secret,
    limits: &Limits,
) -> Result<Compared<'a>, Denial> {
    let (account, known) = {
        let directory = core.directory.read().await;
        let account = whom.counted(&directory);
        let known = core.attempts.knows(&account, source.key());
        (account, known)
    };
    let begun = core.attempts.begin(&account, source.key(), limits, || core.clock.steady_ns()).await;
    let Ok(attempt) = begun else {
        core.refused(source, "wait", Event::new("session.refused"));
        return Err(Denial::new(Code::Overloaded, "too many sign-ins have failed; wait a while before the next"));
    };
    let kept = whom.find(&*core.directory.read().await).and_then(|entry| entry.password.clone());
    let (secret, cost) = (secret.clone(), Cost::of(limits));
    let hashed = core.hashing.run(Whose { account: &account, known }, move |memory| match kept {
        Some(kept) => Ok(kept.hash.verify(&secret, memory)?.then_some(kept.hash)),
        None => Phc::verify_nothing(&secret, cost, memory).map(|_| None),
    });
    match hashed.await {
        Ok(hash) => Ok(Compared { attempt, hash }),
        Err(error) => {
            attempt.withdrawn();
            Err(unhashed(core, source, &error))
        }
    }
}

/// Hashes a new password.
pub(crate) async fn hash(core: &Core, account: &str, secret: &Secret, limits: &Limits) -> Result<Phc, Error> {
    let (secret, cost) = (secret.clone(), Cost::of(limits));
    // Whoever sets one has signed in: it goes with the known.
    core.hashing.run(Whose { account, known: true }, move |memory| Phc::make(&secret, cost, memory)).await
}

pub(crate) fn unhashed(core: &Core, source: &Source, error: &Error) -> Denial {
    match error {
        Error::Overloaded => core.limited(source, "hashes", Code::Overloaded),
        error => {
            tracing::error!(%error, "a password could not be hashed");
            error.denial()
        }
    }
}
