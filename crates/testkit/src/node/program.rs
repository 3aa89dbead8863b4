//! Where the program is, for tests of other packages than its own.

use std::path::PathBuf;

/// What says where it is.
const VARIABLE: &str = "CAPOS_BIN";

/// The program that whoever runs the tests has built for them.
///
/// # Panics
///
/// Where nobody has: it says how.
#[must_use]
pub fn program() -> PathBuf {
    let path = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path =
        path.unwrap_or_else(|| panic!("{VARIABLE} is not set: run `cargo xtask test`, which builds the program"));
    assert!(path.is_file(), "{VARIABLE} names {}, which is not there", path.display());
    path
}
