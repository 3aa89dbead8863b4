//! From messages of a node's to plain data.
//!
//! Names are held to their bound and refused past it, since a name cut short is another name; texts for a person
//! are cut.

use std::collections::BTreeSet;

use capnp::struct_list;
use capnp::text;
use capos_schema::gateway_capnp::remote_auth_method;
use capos_schema::identity_capnp::session_info;
use capos_schema::session_capnp::{own_session, profile_choice, remote_cap_entry};

use super::{CapEntry, Method, OwnSession, ProfileChoice, SessionInfo, Transfer};
use crate::error::Error;
use crate::limits::Limits;
use crate::text::{plain, plain_within};

/// What is read, and within which bounds.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'r> {
    pub(crate) operation: &'r str,
    pub(crate) bounds: &'r Limits,
}

impl Reading<'_> {
    pub(crate) fn damaged(self, problem: &'static str) -> Error {
        Error::Protocol { operation: self.operation.to_owned(), problem: problem.to_owned() }
    }

    pub(crate) fn too_many(self, code: &'static str, what: &'static str) -> Error {
        Error::Limit { code, what }
    }

    pub(crate) fn data(self, data: capnp::Result<&[u8]>, bytes: usize) -> Result<&[u8], Error> {
        let data = data.map_err(|_| self.damaged("a field cannot be read"))?;
        if data.len() > bytes {
            return Err(self.too_many("handleTooLong", "a handle is longer than any handle should be"));
        }
        Ok(data)
    }

    fn name(self, text: capnp::Result<text::Reader<'_>>) -> Result<String, Error> {
        let text = self.text(text)?;
        if text.len() > self.bounds.name_bytes {
            return Err(self.too_many("nameTooLong", "a name is longer than any name should be"));
        }
        if *plain(text) != *text {
            return Err(self.damaged("a name has characters that no name may have"));
        }
        Ok(text.to_owned())
    }

    pub(crate) fn label(self, text: capnp::Result<text::Reader<'_>>) -> Result<String, Error> {
        Ok(plain_within(self.text(text)?, self.bounds.text_bytes))
    }

    fn text(self, text: capnp::Result<text::Reader<'_>>) -> Result<&str, Error> {
        let text = text.map_err(|_| self.damaged("a field cannot be read"))?;
        text.to_str().map_err(|_| self.damaged("a text is not UTF-8"))
    }
}

/// The ways of signing in.
pub(crate) fn methods(
    reading: Reading<'_>,
    list: struct_list::Reader<'_, remote_auth_method::Owned>,
) -> Result<Vec<Method>, Error> {
    if list.len() > reading.bounds.methods {
        return Err(reading.too_many("tooManyMethods", "the node lists more ways of signing in than there can be"));
    }
    list.iter().map(|method| one_method(reading, method)).collect()
}

fn one_method(reading: Reading<'_>, method: remote_auth_method::Reader<'_>) -> Result<Method, Error> {
    let hints = method.get_profile_hints().map_err(|_| reading.damaged("a field cannot be read"))?;
    if hints.len() > reading.bounds.profile_hints {
        return Err(reading.too_many("tooManyProfileHints", "the node lists more profiles than there should be"));
    }
    Ok(Method {
        kind: method.get_kind().into(),
        label: reading.label(method.get_label())?,
        profile_hints: hints.iter().map(|hint| reading.name(hint)).collect::<Result<_, _>>()?,
        interactive: method.get_interactive(),
        enabled: method.get_enabled(),
    })
}

/// The bundle; each pair of name and interface stands in it once.
pub(crate) fn grants(
    reading: Reading<'_>,
    list: struct_list::Reader<'_, remote_cap_entry::Owned>,
) -> Result<Vec<CapEntry>, Error> {
    if list.len() > reading.bounds.grants {
        return Err(reading.too_many("tooManyCapHolders", "the node lists more grants than a bundle can have"));
    }
    let entries = list.iter().map(|entry| one_grant(reading, entry)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    if entries.iter().all(|entry| seen.insert((&entry.name, entry.interface_id))) {
        return Ok(entries);
    }
    Err(reading.damaged("a grant is listed twice"))
}

fn one_grant(reading: Reading<'_>, entry: remote_cap_entry::Reader<'_>) -> Result<CapEntry, Error> {
    Ok(CapEntry {
        name: reading.name(entry.get_name())?,
        interface_id: entry.get_interface_id(),
        transfer: Transfer::from(reading.name(entry.get_transfer_policy())?),
        lease_expires_at_ms: Some(entry.get_lease_expires_at_ms()).filter(|&at| at != 0),
    })
}

/// The facts of a session.
pub(crate) fn session_info(reading: Reading<'_>, info: session_info::Reader<'_>) -> Result<SessionInfo, Error> {
    let principal = info.get_principal().map_err(|_| reading.damaged("a field cannot be read"))?;
    let handle = |data| reading.data(data, reading.bounds.handle_bytes).map(hex::encode);
    Ok(SessionInfo {
        session_id: handle(info.get_session_id())?,
        principal_id: handle(principal.get_id())?,
        principal_kind: principal.get_kind().into(),
        display_name: reading.label(principal.get_display_name())?,
        auth_strength: info.get_auth_strength().into(),
        created_at_ms: info.get_created_at_ms(),
        expires_at_ms: info.get_expires_at_ms(),
        profile: reading.name(info.get_profile())?,
    })
}

/// The principal's other sessions.
pub(crate) fn own_sessions(
    reading: Reading<'_>,
    list: struct_list::Reader<'_, own_session::Owned>,
) -> Result<Vec<OwnSession>, Error> {
    if list.len() > reading.bounds.own_entries {
        return Err(reading.too_many("tooManySessionsListed", "the node lists more sessions than it should"));
    }
    let one = |session: own_session::Reader<'_>| {
        Ok(OwnSession {
            session_id: reading.data(session.get_session(), reading.bounds.handle_bytes).map(hex::encode)?,
            created_at_ms: session.get_created_at_ms(),
            expires_at_ms: session.get_expires_at_ms(),
            method: reading.name(session.get_method())?,
            auth_strength: session.get_auth_strength().into(),
            profile: reading.name(session.get_profile())?,
            idle_ms: session.get_idle_ms(),
        })
    };
    list.iter().map(one).collect()
}

/// The profiles that it may have.
pub(crate) fn profile_choices(
    reading: Reading<'_>,
    list: struct_list::Reader<'_, profile_choice::Owned>,
) -> Result<Vec<ProfileChoice>, Error> {
    if list.len() > reading.bounds.own_entries {
        return Err(reading.too_many("tooManyProfiles", "the node lists more profiles than it should"));
    }
    let one = |choice: profile_choice::Reader<'_>| {
        Ok(ProfileChoice {
            name: reading.name(choice.get_name())?,
            label: reading.label(choice.get_label())?,
            current: choice.get_current(),
        })
    };
    list.iter().map(one).collect()
}
