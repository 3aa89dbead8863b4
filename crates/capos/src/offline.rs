//! Administration of a data directory whose node is stopped.

use std::path::Path;

use crate::commands::admin::Administration;
use crate::commands::audit::Journal;
use crate::failure::Failure;

/// Opens a data directory: administration and journal over the same store.
pub(crate) async fn open(_data: &Path) -> Result<impl Administration + Journal, Failure> {
    Err::<crate::commands::admin::connected::Connected, _>(Failure::failed("this build has no node"))
}
