//! By password; and the replacing of one that is good only for that.

use capos_schema::{Code, Denial};
use subtle::ConstantTimeEq as _;

use super::{Asked, Deadline, Next, Prompt, State};
use crate::admin::credentials;
use crate::admission::{Admitted, Delivery, admit};
use crate::claim::{Claim, Proof};
use crate::password::{Cost, Phc, check_new};
use crate::proof::{Compared, compare, hash, unhashed};
use crate::{Limits, MethodKind, Secret};

/// A one-time password that held, while a new one is chosen.
pub(super) struct Replacing {
    account: String,
    before: Phc,
    secret: Secret,
    tries: u32,
    /// What was wrong with the one before, if there was one.
    wrong: Option<&'static str>,
}

pub(super) fn ask(deadline: Deadline) -> Next {
    Next::Ask(State::Password, prompt("Password"), deadline)
}

fn prompt(text: &str) -> Box<Prompt> {
    Box::new(Prompt { prompt: text.to_owned(), redaction: true, ..Prompt::default() })
}

impl Replacing {
    pub(super) fn ask(self, deadline: Deadline) -> Next {
        let text = match self.wrong {
            None => "This password was good for once. Choose a new one".to_owned(),
            Some(wrong) => format!("Choose another one: {wrong}"),
        };
        Next::Ask(State::NewPassword(self), prompt(&text), deadline)
    }

    fn check(&self, secret: &Secret, limits: &Limits) -> Result<(), &'static str> {
        check_new(secret, &self.account, limits)?;
        if secret.bytes().ct_eq(self.secret.bytes()).into() {
            return Err("the password is the one from before");
        }
        Ok(())
    }
}

impl Asked {
    pub(super) async fn password(&self, secret: Secret) -> Result<Next, Denial> {
        let limits = &self.core.settings().limits;
        if secret.bytes().len() > limits.password_bytes {
            return Err(Denial::new(Code::BadRequest, "the answer is too long"));
        }
        let Compared { attempt, hash } = compare(&self.core, &self.source, &self.whom(), &secret, limits).await?;
        let admitted = match admit(&self.core, self.password_claim(hash.clone())).await {
            Ok(admitted) => admitted,
            Err(denial) => {
                // Only what the attempt is to blame for counts.
                if denial.code != Code::AuthenticationDenied {
                    attempt.withdrawn();
                }
                return Err(denial);
            }
        };
        attempt.succeeded();
        match (admitted, hash) {
            (Admitted::Session(session), before) => {
                let account = session.context().account.clone();
                let delivery = Delivery::new(Admitted::Session(session));
                self.refresh(account.as_deref(), before, &secret, limits).await;
                done(delivery.take())
            }
            (Admitted::OneTime, Some(before)) => self.begin_replacing(before, secret, limits.password_tries).await,
            (Admitted::OneTime, None) => Err(Code::AuthenticationDenied.into()),
        }
    }

    fn password_claim(&self, hash: Option<Phc>) -> Claim {
        Claim {
            source: self.source.clone(),
            method: MethodKind::Password,
            profile: self.start.profile.clone(),
            whom: self.whom(),
            proof: Proof::Password(hash),
            signed: [0; 32],
        }
    }

    /// Hashes anew what was hashed at another cost. That it could not be is nobody's trouble.
    async fn refresh(&self, account: Option<&str>, before: Option<Phc>, secret: &Secret, limits: &Limits) {
        let (Some(account), Some(before)) = (account, before) else { return };
        if before.cost() == Cost::of(limits) {
            return;
        }
        if let Ok(after) = hash(&self.core, account, secret, limits).await {
            let _ = credentials::replace_hash(&self.core, account, before, after, None).await;
        }
    }

    async fn begin_replacing(&self, before: Phc, secret: Secret, tries: u32) -> Result<Next, Denial> {
        let account = {
            let directory = self.core.directory.read().await;
            self.whom().find(&directory).map(|entry| entry.account.name.clone())
        };
        let account = account.ok_or(Code::AuthenticationDenied)?;
        Ok(Replacing { account, before, secret, tries, wrong: None }.ask(self.deadline()))
    }

    pub(super) async fn replace(&self, mut replacing: Replacing, secret: Secret) -> Result<Next, Denial> {
        let limits = &self.core.settings().limits;
        if let Err(wrong) = replacing.check(&secret, limits) {
            replacing.tries = replacing.tries.saturating_sub(1);
            replacing.wrong = Some(wrong);
            if replacing.tries == 0 {
                return Err(Denial::new(Code::BadRequest, "no suitable password was chosen; begin another sign-in"));
            }
            return Ok(replacing.ask(self.deadline()));
        }
        let hashed = hash(&self.core, &replacing.account, &secret, limits).await;
        let after = hashed.map_err(|error| unhashed(&self.core, &self.source, &error))?;
        let claim = Some(self.password_claim(Some(replacing.before.clone())));
        credentials::replace_hash(&self.core, &replacing.account, replacing.before, after.clone(), claim)
            .await
            .map_err(|error| match error {
                // Somebody was faster, or it is allowed no longer.
                crate::Error::Changed(_) | crate::Error::Missing(_) => Code::AuthenticationDenied.into(),
                error => error.denial(),
            })?;
        done(admit(&self.core, self.password_claim(Some(after))).await?)
    }
}

fn done(admitted: Admitted) -> Result<Next, Denial> {
    match admitted {
        Admitted::Session(session) => Ok(Next::Done(session)),
        Admitted::OneTime => Err(Code::AuthenticationDenied.into()),
    }
}
