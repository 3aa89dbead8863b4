//! The principal's other sessions, and the profiles it may have.

use super::Session;
use crate::error::Error;
use crate::view::{self, OwnSession, ProfileChoice};

impl Session {
    /// The other live sessions of the same principal, the eldest first.
    ///
    /// # Errors
    /// As [`Session::info`]; `tooManySessionsListed` when there are more than a node lists.
    pub async fn others(&self) -> Result<Vec<OwnSession>, Error> {
        let operation = self.operation("others", "");
        let work = async {
            let response = self.remote.others_request().send().promise.await?;
            let reading = self.reading(operation.verb);
            let list = response.get().and_then(|results| results.get_sessions());
            Ok(view::own_sessions(reading, list.map_err(|_| reading.damaged("its list cannot be read"))?)?)
        };
        self.run(&operation, work).await
    }

    /// Ends another session of the same principal, by the handle that [`Session::others`] tells. `false` where there is
    /// none any more. The reason is for the node's journal.
    ///
    /// # Errors
    /// As [`Session::info`]; `invalidInput` for what is no handle.
    pub async fn end_other(&self, session_id: &str, reason: &str) -> Result<bool, Error> {
        let operation = self.operation("endOther", "");
        let work = async {
            let handle = hex::decode(session_id).ok().filter(|handle| handle.len() == 16);
            let handle =
                handle.ok_or_else(|| Error::Input("a session's handle is 32 hexadecimal digits".to_owned()))?;
            let mut request = self.remote.end_other_request();
            request.get().set_session(&handle);
            request.get().set_reason(reason);
            let response = request.send().promise.await?;
            Ok(response.get()?.get_ended())
        };
        self.run(&operation, work).await
    }

    /// The profiles that the principal may have with what it proved, the session's own first.
    ///
    /// # Errors
    /// As [`Session::info`]; `tooManyProfiles` when there are more than a node lists.
    pub async fn profiles(&self) -> Result<Vec<ProfileChoice>, Error> {
        let operation = self.operation("profiles", "");
        let work = async {
            let response = self.remote.profiles_request().send().promise.await?;
            let reading = self.reading(operation.verb);
            let list = response.get().and_then(|results| results.get_profiles());
            Ok(view::profile_choices(reading, list.map_err(|_| reading.damaged("its list cannot be read"))?)?)
        };
        self.run(&operation, work).await
    }

    /// A session of the same principal in another profile, on the same connection. This one is over when it returns.
    /// The node gives one for a short time after the sign-in alone, and once.
    ///
    /// # Errors
    /// As [`Session::info`]; `authenticationDenied` whatever speaks against it: then this session goes on.
    pub async fn enter(&self, profile: &str) -> Result<Session, Error> {
        let operation = self.operation("enter", "");
        let work = async {
            let mut request = self.remote.enter_request();
            request.get().set_profile(profile);
            let response = request.send().promise.await?;
            let session = response.get().and_then(|results| results.get_session());
            session.map_err(|_| self.reading(operation.verb).damaged("it gave no session").into())
        };
        let remote = self.run(&operation, work).await?;
        self.facts.forget();
        Ok(Session::new(self.wire.clone(), remote, self.challenge))
    }
}
