//! The front door: what anybody holds who can connect.

use std::rc::Rc;

use capnp::Error;
use capos_authority::{MethodKind, Session};
use capos_schema::gateway_capnp::remote_session_gateway::{self as wire, Client};
use capos_schema::session_capnp::remote_session;
use capos_schema::{Code, Denial};

use crate::connection::Connection;
use crate::flow::SignIn;
use crate::sign_in::{Minted, carry};
use crate::words;

/// Serves `RemoteSessionGateway`.
pub(crate) struct Door {
    connection: Rc<Connection>,
}

impl Door {
    pub(crate) fn client(connection: &Rc<Connection>) -> Client {
        capnp_rpc::new_client(Self { connection: connection.clone() })
    }

    /// Signs a visitor in: without a flow, in one call.
    async fn visit(&self, kind: MethodKind, profile: String) -> Result<remote_session::Client, Denial> {
        self.connection.may_sign_in()?;
        // It counts as a sign-in under way for as long as it takes.
        let place = self.connection.flow(u64::MAX);
        let (authority, source) = (self.connection.gateway().authority().clone(), self.connection.source().clone());
        let outcome = carry(async move {
            let session: Result<Session, Denial> = match kind {
                MethodKind::Guest => authority.guest(source, &profile).await,
                _ => authority.anonymous(source, &profile).await,
            };
            drop(place);
            session.map(Minted::new)
        });
        let seated = outcome.await.flatten().and_then(|minted| self.connection.seat(minted));
        self.connection.signed_in(kind, seated.is_ok());
        seated
    }
}

impl wire::Server for Door {
    async fn auth_methods(
        self: Rc<Self>,
        _: wire::AuthMethodsParams,
        mut results: wire::AuthMethodsResults,
    ) -> Result<(), Error> {
        let methods = self.connection.gateway().authority().methods();
        let mut list = results.get().init_methods(u32::try_from(methods.len()).unwrap_or(u32::MAX));
        for (method, place) in methods.iter().zip(0..) {
            words::write_method(method, list.reborrow().get(place));
        }
        Ok(())
    }

    async fn start(self: Rc<Self>, params: wire::StartParams, mut results: wire::StartResults) -> Result<(), Error> {
        let request = words::read(words::read(params.get())?.get_request())?;
        let start = self.connection.parsed(words::start(request, self.connection.gateway().limits()))?;
        let kind = start.kind;
        if matches!(kind, MethodKind::Guest | MethodKind::Anonymous) {
            return Err(Denial::new(Code::BadRequest, "this way of signing in has a method of its own").into());
        }
        self.connection.may_sign_in()?;
        let (authority, source) = (self.connection.gateway().authority(), self.connection.source().clone());
        let flow = authority.begin(source, start).inspect_err(|_| self.connection.signed_in(kind, false))?;
        results.get().set_flow(SignIn::client(&self.connection, kind, flow));
        Ok(())
    }

    async fn guest(self: Rc<Self>, params: wire::GuestParams, mut results: wire::GuestResults) -> Result<(), Error> {
        let profile = words::read(params.get())?.get_requested_profile();
        let profile = self.connection.parsed(words::name(profile, self.connection.gateway().limits()))?.to_owned();
        results.get().set_session(self.visit(MethodKind::Guest, profile).await?);
        Ok(())
    }

    async fn anonymous(
        self: Rc<Self>,
        params: wire::AnonymousParams,
        mut results: wire::AnonymousResults,
    ) -> Result<(), Error> {
        let profile = words::read(params.get())?.get_requested_profile();
        let profile = self.connection.parsed(words::name(profile, self.connection.gateway().limits()))?.to_owned();
        results.get().set_session(self.visit(MethodKind::Anonymous, profile).await?);
        Ok(())
    }
}
