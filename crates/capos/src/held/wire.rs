//! What goes between the commands and the background process, as plain data.

use std::path::PathBuf;

use capos_client::Endpoint;
use serde::Serialize;

use crate::args::target::Method;
use crate::failure::{Exit, Failure};
use crate::generated::held_capnp;
use crate::sign_in::{Wish, method_word, parse_fingerprint};

/// A session that is held.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// What it is called here.
    pub(crate) name: String,
    /// The node.
    pub(crate) endpoint: String,
    /// The TLS key that the node proved to hold.
    pub(crate) fingerprint: String,
    /// The account; empty for guests and anonymous sessions.
    pub(crate) account: String,
    /// The command that signs in again.
    pub(crate) again: String,
    /// Since when it is held, in milliseconds since 1970.
    pub(crate) since_ms: u64,
}

/// A capability that is kept by number.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) number: u32,
    /// 0 where nobody knows.
    pub(crate) interface_id: u64,
    pub(crate) origin: String,
}

pub(super) fn text(reader: capnp::Result<capnp::text::Reader<'_>>) -> capnp::Result<String> {
    Ok(reader?.to_str()?.to_owned())
}

impl Status {
    pub(super) fn write(&self, mut to: held_capnp::status::Builder<'_>) {
        to.set_name(&self.name);
        to.set_endpoint(&self.endpoint);
        to.set_fingerprint(&self.fingerprint);
        to.set_account(&self.account);
        to.set_again(&self.again);
        to.set_since_ms(self.since_ms);
    }

    pub(super) fn read(from: held_capnp::status::Reader<'_>) -> capnp::Result<Self> {
        Ok(Self {
            name: text(from.get_name())?,
            endpoint: text(from.get_endpoint())?,
            fingerprint: text(from.get_fingerprint())?,
            account: text(from.get_account())?,
            again: text(from.get_again())?,
            since_ms: from.get_since_ms(),
        })
    }
}

pub(super) fn write_trouble(failure: &Failure, mut to: held_capnp::trouble::Builder<'_>) {
    to.set_exit(failure.exit.number());
    to.set_code(&*failure.code);
    to.set_sentence(&failure.sentence);
    to.set_advice(failure.advice.as_deref().unwrap_or_default());
}

pub(super) fn read_trouble(from: held_capnp::trouble::Reader<'_>) -> capnp::Result<Failure> {
    let failure =
        Failure::new(Exit::of_number(from.get_exit()), text(from.get_sentence())?).coded(text(from.get_code())?);
    let advice = text(from.get_advice())?;
    Ok(if advice.is_empty() { failure } else { failure.advise(advice) })
}

pub(super) fn write_wish(wish: &Wish, name: &str, mut to: held_capnp::wish::Builder<'_>) -> Result<(), Failure> {
    let key = wish.key.as_ref().map(|path| path.to_str().ok_or_else(|| Failure::usage("the key's path is not UTF-8")));
    to.set_name(name);
    to.set_host(&wish.endpoint.host);
    to.set_port(wish.endpoint.port);
    to.set_account(&wish.account);
    to.set_method(wish.method.map_or("", method_word));
    to.set_key(key.transpose()?.unwrap_or_default());
    to.set_profile(&wish.profile);
    to.set_fingerprint(wish.fingerprint.map(|key| key.to_string()).unwrap_or_default());
    to.set_password_given(wish.password_given);
    Ok(())
}

/// The wish, and what its session is to be called.
pub(super) fn read_wish(from: held_capnp::wish::Reader<'_>) -> capnp::Result<(Wish, String)> {
    let key = text(from.get_key())?;
    let fingerprint = text(from.get_fingerprint())?;
    let fingerprint = (!fingerprint.is_empty()).then(|| parse_fingerprint(&fingerprint)).transpose();
    let method = text(from.get_method())?;
    let wish = Wish {
        endpoint: Endpoint { host: text(from.get_host())?, port: from.get_port() },
        account: text(from.get_account())?,
        method: <Method as clap::ValueEnum>::from_str(&method, false).ok(),
        key: (!key.is_empty()).then(|| PathBuf::from(key)),
        profile: text(from.get_profile())?,
        fingerprint: fingerprint.map_err(|failure| capnp::Error::failed(failure.sentence))?,
        password_given: from.get_password_given(),
    };
    Ok((wish, text(from.get_name())?))
}
