//! What stands behind a grant: from the word in its definition to an object for one session.

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_authority::{Grant, Session};
use capos_schema::{Code, Denial};

use crate::gateway::Gateway;
use crate::system_info::NodeInfo;
use crate::user_session::OwnSession;

/// One grant that is being taken up by one session, for the first time.
pub(crate) struct Taking<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) session: &'a Session,
    pub(crate) grant: &'a Grant,
}

impl Taking<'_> {
    /// The object behind the grant, not wrapped yet.
    pub(crate) fn object(&self) -> Result<Client, Denial> {
        match &*self.grant.object {
            "builtin:session" => self.offer(|| OwnSession::client(self.session)),
            "builtin:system_info" => self.offer(|| NodeInfo::client(self.gateway)),
            other => {
                tracing::warn!(object = other, grant = self.grant.name, "nothing stands behind a grant");
                Err(unavailable())
            }
        }
    }

    /// Makes an object, if the grant is for the interface that it serves.
    fn offer<C: FromClientHook + HasTypeId>(&self, make: impl FnOnce() -> C) -> Result<Client, Denial> {
        if self.grant.interface_id != C::TYPE_ID {
            tracing::warn!(object = self.grant.object, grant = self.grant.name, "granted as what it is not");
            return Err(unavailable());
        }
        Ok(Client::new(make().into_client_hook()))
    }
}

/// The way from a grant's definition to whether it ends its session by a call, and by which.
pub(crate) fn parting(grant: &Grant) -> Option<(u64, u16)> {
    (grant.object == "builtin:session").then_some(OwnSession::LOGOUT)
}

fn unavailable() -> Denial {
    Denial::new(Code::ServiceUnavailable, "nothing answers behind this grant; its operator finds the reason in the log")
}
