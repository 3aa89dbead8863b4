//! The contract as code: what clients written elsewhere rely on.
//!
//! The `.capnp` files beside this crate's sources are the contract; their generated code is here, one module a file
//! ([`chat_capnp`], [`gateway_capnp`] …), and [`denial`] says how refusals look on the wire.
//!
//! Start with [`Registry`], which knows every interface, those compiled in and those that a service brings at run
//! time, and [`reflect`], which turns their values to JSON or another notation and back;
//! [`dynamic`] calls their methods, and serves them. [`signing`] and [`text`] are what both sides of the wire must agree
//! on beyond schemas.
//!
//! The crate knows nothing of connections, users or files.

#![forbid(unsafe_code)]

pub mod denial;
pub mod dynamic;
mod error;
mod limits;
pub mod model;
pub mod reflect;
mod registry;
mod scalar;
mod shape;
pub mod signing;
pub mod text;
mod types;
mod words;

/// Code generated from the `.capnp` files by `cargo xtask codegen`.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic, clippy::unwrap_used)]
mod generated {
    macro_rules! modules {
        ($($name:ident $path:literal,)*) => {
            $(pub mod $name { include!($path); })*
        };
    }
    modules! {
        accounts_capnp "generated/accounts_capnp.rs",
        adventure_capnp "generated/adventure_capnp.rs",
        annotations_capnp "generated/annotations_capnp.rs",
        audit_capnp "generated/audit_capnp.rs",
        catalog_capnp "generated/catalog_capnp.rs",
        chat_capnp "generated/chat_capnp.rs",
        commands_capnp "generated/commands_capnp.rs",
        console_capnp "generated/console_capnp.rs",
        files_capnp "generated/files_capnp.rs",
        gateway_capnp "generated/gateway_capnp.rs",
        identity_capnp "generated/identity_capnp.rs",
        manual_capnp "generated/manual_capnp.rs",
        paperclips_capnp "generated/paperclips_capnp.rs",
        recordings_capnp "generated/recordings_capnp.rs",
        service_capnp "generated/service_capnp.rs",
        services_capnp "generated/services_capnp.rs",
        session_capnp "generated/session_capnp.rs",
        sessions_capnp "generated/sessions_capnp.rs",
        shell_capnp "generated/shell_capnp.rs",
        system_info_capnp "generated/system_info_capnp.rs",
        terminal_capnp "generated/terminal_capnp.rs",
        terminals_capnp "generated/terminals_capnp.rs",
    }
}

pub use denial::{Code, Denial};
pub use error::{Error, Fault, Result};
pub use generated::*;
pub use limits::Limits;
pub use registry::{MethodRef, Registry};
pub use shape::{NoShapes, Shape, Shapes};
pub use types::{AnyKind, Brand, Element, Type};

/// The compiled form of every schema here, comments included: a `CodeGeneratorRequest` message.
pub const REQUEST: &[u8] = include_bytes!("generated/request.bin");
