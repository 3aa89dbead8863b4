//! Service profiles, and the processes that run of them.
//!
//! A [`Profile`] says what a service is: its program, its companions, what it needs, what it offers and how it is
//! confined. [`Profiles`] are a set of them that agree with each other. A [`Runner`] starts their processes when somebody
//! asks for them, keeps them up, and gives each session a facet of its own.
//!
//! What it deliberately does not know: accounts, sessions and policies. Whoever calls [`Runner::open`] has decided that
//! the visitor may have what it asks for, and puts a membrane before what it gets.
//!
//! Start with [`Draft::parse`] for what a profile may say, and with [`Runner`] for what becomes of it.
#![forbid(unsafe_code)]

mod changes;
mod companion;
mod core;
mod course;
mod desk;
mod error;
mod grants;
mod home;
mod inflow;
mod life;
mod limits;
mod log;
mod opening;
mod post;
mod process;
mod profile;
mod profiles;
mod reserve;
mod runner;
mod share;
mod socket;
mod status;
mod surroundings;
mod witness;

pub use changes::Changes;
pub use error::{Error, Fault};
pub use grants::OnVat;
pub use limits::Limits;
pub use log::{Follow, Line, Log, Stream};
pub use opening::{Lent, Opened, Opening, SessionKey, Visitor};
pub use profile::{
    Audit, Companion, Draft, Dwelling, Export, Health, Holder, Inside, Interface, Isolation, Profile, Program,
    Provider, Requirement, Restart, RestartPolicy, Start, Transfer, TransferPolicy,
};
pub use profiles::{Profiles, Source};
pub use runner::{Runner, Settings};
pub use status::{Instance, Process, State, Status, Unlaunchable};
pub use witness::{Event, Happening, Witness};
