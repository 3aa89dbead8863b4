//! What stands behind a grant: from the word in its definition to an object for one session.

use std::rc::Rc;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use std::sync::Arc;

use capos_authority::{Grant, Session};
use capos_membrane::Trust;
use capos_schema::{Code, Denial};

use crate::accelerator::Accelerator;
use crate::admin::{Accounts, Log, Office, Services, Sessions};
use crate::gateway::Gateway;
use crate::recordings::shelf::Shelf;
use crate::services::catalog::Catalog;
use crate::services::facet::{self, Share};
use crate::services::launcher::Launcher;
use crate::session_vat::SessionVat;
use crate::system_info::NodeInfo;
use crate::user_session::OwnSession;

/// Objects that somebody else supplies: what a program that embeds a node grants of its own.
pub trait Objects: Send + Sync {
    /// The object behind a grant, for one session; none where it is not one of these.
    ///
    /// It is asked on the vat thread of the session, once for each session and grant. What the object says is taken for
    /// a service's words, not for the node's.
    ///
    /// # Errors
    ///
    /// A denial, which the client is told.
    fn object(&self, session: &Session, grant: &Grant) -> Option<Result<Client, Denial>>;
}

/// An object before it is wrapped, and whose words its exceptions are.
pub(crate) struct Object {
    pub(crate) client: Client,
    pub(crate) trust: Trust,
    /// What goes with it, where it is a service's.
    pub(crate) share: Option<Share>,
}

/// One grant that is being taken up by one session, for the first time.
pub(crate) struct Taking<'a> {
    pub(crate) vat: &'a SessionVat,
    pub(crate) grant: &'a Arc<Grant>,
}

impl Taking<'_> {
    /// The object behind the grant, not wrapped yet.
    pub(crate) fn object(&self) -> Result<Object, Denial> {
        if let Some(name) = self.grant.object.strip_prefix("builtin:") {
            return Ok(Object { client: self.builtin(name)?, trust: Trust::Node, share: None });
        }
        let supplied = self.gateway().objects().and_then(|objects| objects.object(self.session(), self.grant));
        match supplied {
            Some(supplied) => Ok(Object { client: supplied?, trust: Trust::Service, share: None }),
            None if facet::behind(&self.grant.object).is_some() => facet::open(self.vat, self.grant),
            None => Err(self.nothing()),
        }
    }

    fn builtin(&self, name: &str) -> Result<Client, Denial> {
        match name {
            "session" => self.offer(|| OwnSession::client(self.session())),
            "system_info" => self.offer(|| NodeInfo::client(self.gateway())),
            "manual" => self.offer(|| self.gateway().manual().client()),
            "accounts" => self.offer(|| Accounts::client(self.office())),
            "sessions" => self.offer(|| Sessions::client(self.office())),
            "audit" => self.offer(|| Log::client(self.office())),
            "services" => self.offer(|| Catalog::client(self.vat)),
            "runner" => self.offer(|| Launcher::client(self.vat, self.grant)),
            "service_admin" => self.offer(|| Services::client(self.office())),
            "recordings" => self.offer(|| Shelf::own(self.vat)),
            "all_recordings" => self.offer(|| Shelf::all(self.vat)),
            "proof_accelerator" => self.offer(Accelerator::client),
            _ => Err(self.nothing()),
        }
    }

    fn office(&self) -> Office {
        let (gateway, session) = (self.gateway().clone(), self.session().clone());
        Office { gateway, session, leaving: Rc::clone(self.vat.leaving()) }
    }

    fn gateway(&self) -> &Gateway {
        self.vat.gateway()
    }

    fn session(&self) -> &Session {
        self.vat.session()
    }

    fn nothing(&self) -> Denial {
        tracing::warn!(object = self.grant.object, grant = self.grant.name, "nothing stands behind a grant");
        unavailable()
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
