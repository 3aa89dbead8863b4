//! The grant `sessions`.

use std::rc::Rc;

use capnp::Error;
use capnp::traits::HasTypeId;
use capos_authority::{EndReason, Event, Handle, Session};
use capos_membrane::{Reference, Side};
use capos_schema::sessions_capnp::{live_grant, live_reference, live_session, session_admin};
use capos_schema::{Code, Denial, Type};

use super::{Office, bad, fit, length, most};
use crate::holdings::HeldGrant;
use crate::{info, words};

/// Sessions in one answer.
const PAGE: usize = 1024;

/// References of one grant in one answer, as the schema says.
const REFERENCES: usize = 1024;

/// Serves `SessionAdmin`.
pub(crate) struct Sessions(Office);

impl Sessions {
    /// The method that may end the session that calls it.
    const END: (u64, u16) = (session_admin::Client::TYPE_ID, 3);

    pub(crate) fn client(office: Office) -> session_admin::Client {
        capnp_rpc::new_client(Self(office))
    }

    fn find(&self, handle: capnp::Result<&[u8]>) -> Result<Session, Denial> {
        let handle = parse_handle(words::read(handle)?)?;
        self.0.authority().session(&handle).ok_or_else(no_session)
    }

    fn note(&self, text: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Denial> {
        words::text(text, self.0.limits().note_bytes).map(str::to_owned)
    }

    fn write(&self, session: &Session, mut to: live_session::Builder<'_>) {
        let context = session.context();
        info::write(session, to.reborrow().init_info());
        to.set_account(context.account.as_deref().unwrap_or_default());
        to.set_method(context.method.as_str());
        to.set_source(context.source.to_string());
        to.set_tls(context.source.tls);
        to.set_idle_ms(session.idle_ms());
        to.set_own(self.is_own(session));
    }

    fn is_own(&self, session: &Session) -> bool {
        session.context().handle == self.0.session.context().handle
    }

    fn write_grant(&self, held: &HeldGrant, mut to: live_grant::Builder<'_>) {
        let grant = &held.grant;
        to.set_name(&grant.name);
        to.set_interface_id(grant.interface_id);
        to.set_interface_name(self.interface_name(grant.interface_id));
        to.set_transfer_policy(grant.transfer.as_str());
        to.set_lease_expires_at_ms(grant.lease_expires_at_ms);
        to.set_ended(self.why_ended(held).map_or("", Code::as_str));
        to.set_origin(&grant.object);
        to.set_calls(held.calls);
        to.set_calls_in_flight(held.in_flight);
        let shown = held.references.get(..REFERENCES).unwrap_or(&held.references);
        let mut references = to.init_references(length(shown.len()));
        for (reference, at) in shown.iter().zip(0..) {
            self.write_reference(reference, references.reborrow().get(at));
        }
    }

    fn why_ended(&self, held: &HeldGrant) -> Option<Code> {
        let now = self.0.authority().clock().steady_ns();
        let over = held.grant.lease_until_ns.is_some_and(|until| now >= until).then_some(Code::LeaseExpired);
        held.grant.liveness.check().err().map(|denial| denial.code).or(over)
    }

    fn write_reference(&self, reference: &Reference, mut to: live_reference::Builder<'_>) {
        to.set_number(reference.lineage.number);
        to.set_parent(reference.lineage.parent.unwrap_or(0));
        to.set_callback(reference.home == Side::Outside);
        if let Some((interface, method)) = reference.lineage.via {
            to.set_via_interface_id(interface);
            to.set_via_method(self.method_name(interface, method));
        }
    }

    fn interface_name(&self, id: u64) -> String {
        self.0.gateway.registry().node(id).map_or_else(String::new, |node| node.name.clone())
    }

    fn method_name(&self, interface: u64, ordinal: u16) -> String {
        let registry = self.0.gateway.registry();
        let method = registry.method_at(&Type::interface(interface), interface, ordinal);
        method.map_or_else(|_| ordinal.to_string(), |method| method.declared.name.clone())
    }
}

/// A session's public handle.
pub(crate) fn parse_handle(bytes: &[u8]) -> Result<Handle, Denial> {
    bytes.try_into().map(Handle).map_err(|_| bad("a session's handle has 16 bytes"))
}

fn no_session() -> Denial {
    bad("there is no such session")
}

fn size(session: &Session) -> usize {
    let context = session.context();
    let account = context.account.as_ref().map_or(0, String::len);
    512 + account + context.display_name.len() + context.profile.len()
}

impl session_admin::Server for Sessions {
    async fn list(
        self: Rc<Self>,
        params: session_admin::ListParams,
        mut results: session_admin::ListResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let after = match words::read(params.get_after())? {
            [] => None,
            bytes => Some(parse_handle(bytes)?),
        };
        let mut sessions = self.0.authority().sessions();
        sessions.retain(|session| after.is_none_or(|after| session.context().handle > after));
        let page = most(params.get_limit(), PAGE);
        let more = sessions.len() > page;
        sessions.truncate(page);
        let (sessions, cut) = fit(sessions, self.0.limits().answer_bytes, size);
        let mut results = results.get();
        results.set_more(more || cut);
        let mut list = results.init_sessions(length(sessions.len()));
        for (session, at) in sessions.iter().zip(0..) {
            self.write(session, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn get(
        self: Rc<Self>,
        params: session_admin::GetParams,
        mut results: session_admin::GetResults,
    ) -> Result<(), Error> {
        let session = self.find(words::read(params.get())?.get_session())?;
        self.write(&session, results.get().init_session());
        Ok(())
    }

    async fn grants(
        self: Rc<Self>,
        params: session_admin::GrantsParams,
        mut results: session_admin::GrantsResults,
    ) -> Result<(), Error> {
        let session = self.find(words::read(params.get())?.get_session())?;
        let held = self.0.gateway.holdings().of(&session.context().handle).await.ok_or_else(no_session)?;
        let mut list = results.get().init_grants(length(held.len()));
        for (held, at) in held.iter().zip(0..) {
            self.write_grant(held, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn end(self: Rc<Self>, params: session_admin::EndParams, _: session_admin::EndResults) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (session, note) = (self.find(params.get_session())?, self.note(params.get_reason())?);
        let actor = self.0.actor();
        if self.is_own(&session) {
            self.0.leaving.ask(Self::END, EndReason::Administrator, actor, &note);
            return Ok(());
        }
        Ok(self.0.whole(async move { session.end_by(&actor, &note).await }).await?)
    }

    async fn end_account(
        self: Rc<Self>,
        params: session_admin::EndAccountParams,
        mut results: session_admin::EndAccountResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let account = words::name(params.get_account(), self.0.limits())?.to_owned();
        let note = self.note(params.get_reason())?;
        let (authority, actor) = (self.0.authority().clone(), self.0.actor());
        let end = async move { authority.end_account_noted(&account, EndReason::Administrator, &actor, &note).await };
        results.get().set_ended(self.0.whole(end).await?);
        Ok(())
    }

    async fn revoke_grant(
        self: Rc<Self>,
        params: session_admin::RevokeGrantParams,
        _: session_admin::RevokeGrantResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (session, note) = (self.find(params.get_session())?, self.note(params.get_reason())?);
        let grant = words::name(params.get_grant(), self.0.limits())?.to_owned();
        let actor = self.0.actor();
        let revoke = async move { session.revoke_grant(&grant, &actor, &note).await };
        match self.0.whole(revoke).await? {
            true => Ok(()),
            false => Err(bad("the session has no such grant, or has it no more").into()),
        }
    }

    async fn revoke_reference(
        self: Rc<Self>,
        params: session_admin::RevokeReferenceParams,
        _: session_admin::RevokeReferenceResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let (session, note) = (self.find(params.get_session())?, self.note(params.get_reason())?);
        let grant = words::name(params.get_grant(), self.0.limits())?.to_owned();
        let reference = params.get_reference();
        let handle = session.context().handle;
        let mut event = Event::new("reference.revoked")
            .with("session", handle.to_string())
            .with("grant", grant.clone())
            .with("reference", reference);
        if !note.is_empty() {
            event = event.with("note", note);
        }
        let event = self.0.actor().on(event);
        let (holdings, audit) = (self.0.gateway.holdings().clone(), self.0.authority().audit().clone());
        let revoke = async move {
            let found = holdings.revoke(&handle, &grant, reference).await;
            if found {
                audit.record(event).await?;
            }
            Ok::<_, capos_authority::Error>(found)
        };
        match self.0.whole(revoke).await? {
            true => Ok(()),
            false => Err(bad("the session holds no such reference through that grant").into()),
        }
    }
}
