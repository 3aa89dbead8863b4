//! The grant `session`: a session seen from within.

use std::rc::Rc;

use capnp::Error;
use capnp::traits::HasTypeId;
use capos_authority::Session;
use capos_schema::identity_capnp::user_session;

use crate::info;

/// Serves `UserSession`.
pub(crate) struct OwnSession(Session);

impl OwnSession {
    /// The method by which a holder ends the session. The grant's watch does it, once the call has its answer.
    pub(crate) const LOGOUT: (u64, u16) = (user_session::Client::TYPE_ID, 2);

    pub(crate) fn client(session: &Session) -> user_session::Client {
        capnp_rpc::new_client(Self(session.clone()))
    }
}

impl user_session::Server for OwnSession {
    async fn info(
        self: Rc<Self>,
        _: user_session::InfoParams,
        mut results: user_session::InfoResults,
    ) -> Result<(), Error> {
        info::write(&self.0, results.get().init_info());
        Ok(())
    }

    async fn audit_context(
        self: Rc<Self>,
        _: user_session::AuditContextParams,
        mut results: user_session::AuditContextResults,
    ) -> Result<(), Error> {
        let mut results = results.get();
        results.set_session_id(&self.0.context().handle.0);
        results.set_principal_id(&self.0.context().principal);
        Ok(())
    }

    async fn logout(
        self: Rc<Self>,
        _: user_session::LogoutParams,
        _: user_session::LogoutResults,
    ) -> Result<(), Error> {
        Ok(())
    }
}
