//! What the fuzz targets do with their bytes; the ordinary test run does the same with the corpora.

mod bytes;
mod framing;
mod live_vat;
mod script;
mod sign_in;
mod world;

pub use framing::run as framing;
pub use live_vat::run as live_vat;
pub use sign_in::World as SignIn;
pub use sign_in::run as sign_in;
