//! The listener: it reads requests within narrow bounds and hands them to routes.

mod access;
mod answer;
mod body;
mod exchange;
mod figures;
mod head;
mod host;
mod intake;
mod limits;
mod link;
mod listener;
mod proxies;
mod refusal;
mod site;
mod stream;
mod upgrade;

pub use answer::{Answer, AnswerBody, Answering, Broken, Streams, answer_of, full};
pub use body::{Allowance, RequestBody};
pub use figures::{Count, Figures};
pub use host::Names;
pub use limits::Limits;
pub use link::{Link, PublicOrigin};
pub use listener::Server;
pub use proxies::{Proxies, Range};
pub use refusal::Refusal;
pub use site::{Health, Route, Site};
pub use stream::{Moved, Upgraded};
pub use upgrade::upgraded;
