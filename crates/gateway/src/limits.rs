//! Every bound of the gateway, with its reason.

use std::time::Duration;

/// What one connection and one session may ask of the gateway.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls on the front door, and on sign-ins under way, without an answer: nobody is signed in on these yet.
    pub front_calls: u32,
    /// Sign-ins under way on one connection: a person does one at a time, a program a few.
    pub flows: usize,
    /// Sessions on one connection: each has objects of its own.
    pub sessions: usize,
    /// Calls of one session without an answer, over all its grants.
    pub session_calls: u32,
    /// Calls of one session's grants to the client's callbacks without an answer.
    pub callbacks: u32,
    /// Bytes of the arguments of these: a service that floods its clients does not fill their connections.
    pub callback_bytes: u64,
    /// Grants of one session that are held at once: each has a membrane.
    pub grants: usize,
    /// Profiles of services in one catalog: as many as a node may have.
    pub catalog_profiles: usize,
    /// Exports in one answer about a service: as many as a bundle holds.
    pub catalog_entries: usize,
    /// Grants that one request to start a service may name: as many as a bundle holds.
    pub launch_grants: u32,
    /// Lines of a service's log in one answer, as the schema says.
    pub log_lines: usize,
    /// Bytes of a name in a request, of an account, a profile or a grant: no name is longer.
    pub name_bytes: usize,
    /// Bytes of the handle of a principal in a request.
    pub principal_bytes: usize,
    /// Bytes of a client's nonce.
    pub nonce_bytes: usize,
    /// Bytes of an answer to a step, of a proof, in a sign-in or a renewal: the longest signature fits.
    pub response_bytes: usize,
    /// Bytes of one answer of administration: half of the largest message that a client takes by default. What has more
    /// comes in pages.
    pub answer_bytes: usize,
    /// Names in one list of an administrator's request: more than any account or role may have.
    pub listed_names: u32,
    /// Bytes of a note for the journal: a sentence or two.
    pub note_bytes: usize,
    /// Quotas of grants that are remembered for principals without a session: each is a few hundred bytes.
    pub quotas: usize,
    /// How long a principal lets a grant rest before its quota counts anew: what it used up in one session, or in one
    /// batch over HTTP, it has used up in the next.
    pub quota_rest: Duration,
    /// Followings of the journal of one session, and as many of the logs of services: each reads every row.
    pub followings: usize,
    /// Watches of one session: one for each of its windows would do.
    pub watches: usize,
    /// Time between two things that a listener is told: what changes meanwhile is one.
    pub watch_pause: Duration,
    /// Time in which a listener has to answer to be told more.
    pub patience: Duration,
    /// The principal's other sessions, and the profiles it may have, in one answer, as the schema says.
    pub own_entries: usize,
    /// Checkpoints in one check of the journal; one a day for more than a year.
    pub checkpoints: u32,
    /// Time that a connection may be without a session and without a sign-in under way.
    pub rest_time: Duration,
    /// Time that a connection may be without a session at all, whatever it does: it holds a place at the gate.
    pub unsigned_time: Duration,
    /// Time between the end of all sessions and the end of their connections when the node stops: last answers go out.
    pub parting_time: Duration,
    /// Refused calls of one session and second that have a row of the journal each; the others are counted together.
    pub denial_rows: u32,
    /// Refused calls of the whole node and minute that have a row each: whoever gets sessions for nothing, a guest, could
    /// fill the journal by refusals of each of them, even once they are over.
    pub node_denial_rows: u32,
    /// Starts, attachments and stops of services by one session and minute: each has a row. Bounded by session alone,
    /// so that nobody is kept from them by what others do.
    pub launch_rows: u32,
    /// Rows of the whole node and minute that tell of a bound that was reached.
    pub reached_rows: u32,
    /// Time in which one connection's meetings with one bound are counted together in one row.
    pub reached_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            front_calls: 16,
            flows: 4,
            sessions: 16,
            session_calls: 1024,
            callbacks: 1024,
            callback_bytes: 4 << 20,
            grants: 64,
            catalog_profiles: 32,
            catalog_entries: 64,
            launch_grants: 64,
            log_lines: 1_000,
            name_bytes: 256,
            principal_bytes: 64,
            nonce_bytes: 256,
            response_bytes: 16 << 10,
            answer_bytes: 4 << 20,
            listed_names: 256,
            note_bytes: 1 << 10,
            quotas: 65_536,
            quota_rest: Duration::from_secs(900),
            followings: 4,
            watches: 4,
            watch_pause: Duration::from_millis(100),
            patience: Duration::from_secs(10),
            own_entries: 64,
            checkpoints: 512,
            rest_time: Duration::from_secs(30),
            unsigned_time: Duration::from_secs(1800),
            parting_time: Duration::from_millis(250),
            denial_rows: 50,
            node_denial_rows: 6000,
            launch_rows: 120,
            reached_rows: 600,
            reached_time: Duration::from_secs(60),
        }
    }
}
