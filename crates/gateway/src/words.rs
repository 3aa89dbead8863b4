//! Between the wire's words and the authority's: requests are parsed here, within bounds, and nowhere else.

use capos_authority::{Method, MethodKind, Prompt, Secret, Selector, Start};
use capos_schema::gateway_capnp::{
    LoginSelectorKind, RemoteAuthKind, remote_auth_method, remote_auth_start, remote_auth_step,
};
use capos_schema::{Code, Denial};

use crate::limits::Limits;

/// Reads part of a message. What the library finds wrong with it may tell how it was laid out, and is not handed on.
pub(crate) fn read<T>(part: capnp::Result<T>) -> Result<T, Denial> {
    part.map_err(|_| Code::BadRequest.into())
}

/// A length on the wire. Lists in answers are bounded far below.
pub(crate) fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// A name of something in this node.
pub(crate) fn name<'a>(name: capnp::Result<capnp::text::Reader<'a>>, limits: &Limits) -> Result<&'a str, Denial> {
    text(name, limits.name_bytes)
}

/// A text of so many bytes.
pub(crate) fn text(text: capnp::Result<capnp::text::Reader<'_>>, most: usize) -> Result<&str, Denial> {
    let text = read(text)?.to_str().map_err(|_| Denial::from(Code::BadRequest))?;
    if text.len() > most {
        return Err(too_long());
    }
    Ok(text)
}

/// What a person or a program proves itself with.
pub(crate) fn secret(data: capnp::Result<&[u8]>, limits: &Limits) -> Result<Secret, Denial> {
    Ok(bytes(data, limits.response_bytes)?.to_vec().into())
}

fn bytes(data: capnp::Result<&[u8]>, most: usize) -> Result<&[u8], Denial> {
    let data = read(data)?;
    if data.len() > most {
        return Err(too_long());
    }
    Ok(data)
}

const TOO_LONG: &str = "a part of the request is too long";

fn too_long() -> Denial {
    Denial::new(Code::BadRequest, TOO_LONG)
}

/// Whether a request was refused for the size of a part.
pub(crate) fn is_too_long(denial: &Denial) -> bool {
    denial.sentence == TOO_LONG
}

/// What a client begins a sign-in with.
pub(crate) fn start(start: remote_auth_start::Reader<'_>, limits: &Limits) -> Result<Start, Denial> {
    let kind = start.get_kind().map_err(|_| Denial::from(Code::DisabledAuthMethod))?;
    let selector = read(start.get_selector())?;
    let selector = match selector.get_kind() {
        Ok(LoginSelectorKind::AccountName) => {
            let name = std::str::from_utf8(bytes(selector.get_value(), limits.name_bytes)?);
            Selector::Account(name.map_err(|_| Denial::from(Code::BadRequest))?.to_owned())
        }
        Ok(LoginSelectorKind::PrincipalId) => {
            Selector::Principal(bytes(selector.get_value(), limits.principal_bytes)?.to_vec())
        }
        Err(_) => return Err(Code::BadRequest.into()),
    };
    Ok(Start {
        kind: method_kind(kind),
        selector,
        profile: name(start.get_requested_profile(), limits)?.to_owned(),
        client_nonce: bytes(start.get_client_nonce(), limits.nonce_bytes)?.to_vec(),
    })
}

/// Writes one way of signing in.
pub(crate) fn write_method(method: &Method, mut to: remote_auth_method::Builder<'_>) {
    to.set_kind(auth_kind(method.kind));
    to.set_label(method.label);
    to.set_interactive(method.interactive);
    to.set_enabled(method.enabled);
    let mut hints = to.init_profile_hints(u32::try_from(method.profile_hints.len()).unwrap_or(u32::MAX));
    for (hint, place) in method.profile_hints.iter().zip(0..) {
        hints.set(place, hint);
    }
}

/// Writes what a client has to do next.
pub(crate) fn write_step(prompt: &Prompt, mut to: remote_auth_step::Builder<'_>) {
    to.set_prompt(&prompt.prompt);
    to.set_redaction(prompt.redaction);
    to.set_url(&prompt.url);
    to.set_user_code(&prompt.user_code);
    to.set_challenge(&prompt.challenge);
    to.set_expires_at_ms(prompt.expires_at_ms);
}

macro_rules! kinds {
    ($($name:ident)*) => {
        fn method_kind(kind: RemoteAuthKind) -> MethodKind {
            match kind { $(RemoteAuthKind::$name => MethodKind::$name,)* }
        }

        fn auth_kind(kind: MethodKind) -> RemoteAuthKind {
            match kind { $(MethodKind::$name => RemoteAuthKind::$name,)* }
        }
    };
}

kinds! {
    Password PublicKey OidcDeviceCode OidcAuthorizationCodePkce Passkey MtlsClientCert Guest Anonymous ServiceCredential
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_in_the_wires_order() {
        for (kind, place) in MethodKind::ALL.into_iter().zip(0_u16..) {
            assert_eq!(u16::from(auth_kind(kind)), place);
            assert_eq!(method_kind(auth_kind(kind)), kind);
        }
    }
}
