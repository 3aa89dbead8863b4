//! Services that the node can run for a session.

use clap::Args;

use super::target::Target;

/// List the services that the node can run for you
///
/// A service is `running`, `attachable` (it runs, and `capos attach` gives it to you), `startable` (`capos launch` starts
/// it), or `unavailable`, which `capos probe` explains.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos services\n  capos services --json")]
pub(crate) struct Services {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Tell what starting a service would do, and do nothing
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos probe adventure\n  capos probe paperclips --grant proof_accelerator")]
pub(crate) struct Probe {
    #[command(flatten)]
    pub(crate) request: Request,
}

/// Start a service, or join it where it runs, and get its capabilities
///
/// What the service offers is added to what you hold: see `capos caps`. Ends with 3 where the node refuses.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos launch adventure\n  capos launch paperclips --grant proof_accelerator")]
pub(crate) struct Launch {
    #[command(flatten)]
    pub(crate) request: Request,
}

/// A service, and what it is to be given.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// The service, as `capos services` lists it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// A grant of yours that the service is to be lent; repeat it for several.
    #[arg(long, value_name = "NAME")]
    pub(crate) grant: Vec<String>,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Get the capabilities of a service that runs already
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos attach adventure")]
pub(crate) struct Attach {
    /// The service, as `capos services` lists it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Give a service's capabilities back
///
/// They stop working at once. A service that runs for you alone ends; one that others use runs on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos stop adventure")]
pub(crate) struct Stop {
    /// The service, as `capos services` lists it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) target: Target,
}
