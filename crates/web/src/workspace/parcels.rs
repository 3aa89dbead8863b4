//! Files on their way between a page and an area: what a page has sent, and what a page may fetch.
//!
//! Both are of one session, lie in memory, and go with it.

mod download;
mod upload;

pub(crate) use download::Downloads;
pub(crate) use upload::Uploads;
