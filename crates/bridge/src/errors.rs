//! stand-in
use capnweb::{Error, Thrown};
use capos_schema::Denial;
pub(crate) fn thrown(error: capnp::Error) -> Thrown {
    match Denial::from_error(&error) {
        Some(d) => denied(&d),
        None => Error::new("Error", error.extra).into(),
    }
}
pub(crate) fn denied(denial: &Denial) -> Thrown {
    Error::new(denial.code.as_str(), denial.sentence.to_string()).into()
}
