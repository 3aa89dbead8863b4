//! Every bound of an authority, with its reason.

use std::time::Duration;

/// What signing in and being signed in may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Sessions of one principal; of guests and anonymous visitors, those of one source.
    pub principal_sessions: usize,
    /// Sessions of the whole node.
    pub node_sessions: usize,
    /// Of these, at most half, which visitors leave to those who prove who they are: whoever has many addresses cannot
    /// keep the operator out.
    pub kept_sessions: usize,
    /// Sign-ins under way of one source.
    pub source_flows: usize,
    /// Sign-ins under way on the whole node.
    pub node_flows: usize,
    /// Of these, places that are kept for the machine itself and for sources that have signed in before: strangers
    /// cannot keep the operator out.
    pub kept_flows: usize,
    /// Time to answer a prompt, or to sign a challenge.
    pub step_time: Duration,
    /// Wrong proofs of one account and source before it has to wait.
    pub failures: u32,
    /// The first wait; each further failure doubles it.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Pairs of account and source whose failures are remembered. Each costs its maker a hash, so that to push one
    /// out takes longer than its wait.
    pub failing: usize,
    /// Pairs of account and source that are remembered as having signed in.
    pub known_sources: usize,
    /// Threads that hash passwords; 0 is half the machine's cores, at least one.
    pub hash_threads: usize,
    /// Hashes that wait, and as many again of sources that have signed in to the account before. At 100 ms each on
    /// one thread the last one waits as long as its step.
    pub hash_queue: usize,
    /// Hashes that wait in one bucket of account names: attempts on one account cannot fill the queue.
    pub hash_bucket: usize,
    /// Memory of one hash in KiB: what makes guessing on a graphics card dear.
    pub hash_memory_kib: u32,
    /// Passes over that memory: with it about 100 ms on one core of a small server.
    pub hash_passes: u32,
    /// Bytes of a password: it is hashed whole.
    pub password_bytes: usize,
    /// Characters that a new password has at least.
    pub password_characters: usize,
    /// Times that a new password may be unsuitable before the sign-in is over.
    pub password_tries: u32,
    /// How long a one-time password is good.
    pub one_time: Duration,
    /// Bytes of a client's nonce: it is kept with the challenge.
    pub nonce_bytes: usize,
    /// Bytes of a signature with everything around it.
    pub signature_bytes: usize,
    /// Sessions without a proof, guest or anonymous, that a source may begin at once. Each writes to the journal.
    pub visits: u32,
    /// After these, time for each further one.
    pub visit_every: Duration,
    /// Time from a proof in which its session may be changed for one in another profile: whoever finds a session that
    /// was left alone cannot choose what it may.
    pub enter_time: Duration,
    /// Profiles that may be entered by one proof: each writes to the journal.
    pub enters: u32,
    /// Refusals of one source and minute that have a row of the journal each; the others are counted in one row.
    pub refusal_rows: u32,
    /// Refusals of the whole node and minute that have a row each.
    pub node_refusal_rows: u32,
    /// Sources whose refusals are counted apart; those of the others are counted together.
    pub refusing_sources: usize,
    /// Longest time that a profile may let a session or a lease last.
    pub longest_session: Duration,
    /// Grants of one profile, and of one session with what was attached to it.
    pub grants: usize,
    /// Recorded calls of one session under way: each holds a place in the journal, and all sessions share those.
    pub session_slots: u32,
    /// Bytes of a profile's definition.
    pub definition_bytes: usize,
    /// Roles of one account, and profiles of one role.
    pub roles: usize,
    /// Public keys of one account: each is compared at a sign-in.
    pub keys: usize,
    /// Accounts, and as many roles and profiles each: they are held in memory.
    pub accounts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            principal_sessions: 16,
            node_sessions: 10_000,
            kept_sessions: 1_000,
            source_flows: 32,
            node_flows: 1024,
            kept_flows: 128,
            step_time: Duration::from_secs(120),
            failures: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(900),
            failing: 65_536,
            known_sources: 65_536,
            hash_threads: 0,
            hash_queue: 1024,
            hash_bucket: 256,
            hash_memory_kib: 32 << 10,
            hash_passes: 4,
            password_bytes: 1 << 10,
            password_characters: 8,
            password_tries: 5,
            one_time: Duration::from_secs(86_400),
            nonce_bytes: 256,
            signature_bytes: 16 << 10,
            visits: 64,
            visit_every: Duration::from_millis(250),
            enter_time: Duration::from_secs(300),
            enters: 16,
            refusal_rows: 10,
            node_refusal_rows: 600,
            refusing_sources: 4096,
            longest_session: Duration::from_secs(2_592_000),
            grants: 64,
            session_slots: 256,
            definition_bytes: 256 << 10,
            roles: 64,
            keys: 32,
            accounts: 65_536,
        }
    }
}
