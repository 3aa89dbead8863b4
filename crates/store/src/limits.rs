//! Every bound of a store, with its reason.

use std::time::Duration;

/// What a store may cost, and how long it may take its time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one record's value, or of one acknowledged entry's payload: it is held whole in memory.
    pub value_bytes: usize,
    /// Bytes of a payload that fills a slot. Slots times this is what waiting call audit may hold.
    pub slot_bytes: usize,
    /// Changes and entries of one commit: other commits wait behind it.
    pub commit_items: usize,
    /// Commits that wait for the writer; one more is refused at once.
    pub queued_commits: usize,
    /// Bytes of all commits that wait for the writer.
    pub queued_bytes: usize,
    /// Reads that wait for a reader; one more is refused at once.
    pub queued_reads: usize,
    /// Threads that read, each with a connection and its page cache.
    pub readers: usize,
    /// Slots that are reserved, or filled and not yet durable. Two commits' time of the busiest node's calls.
    pub slots: usize,
    /// How long a filled slot waits for company. With the time of one commit it stays below 50 ms.
    pub slot_linger: Duration,
    /// Filled slots in one transaction: an acknowledged change may have to wait for one.
    pub group_slots: usize,
    /// Records or rows in one page of an answer.
    pub page_items: usize,
    /// Bytes after which a page ends early; its first item is always whole.
    pub page_bytes: usize,
    /// Changes or messages that wait for one watcher or subscriber; past it, it is told that it lags.
    pub backlog_items: usize,
    /// Bytes that wait for one watcher or subscriber.
    pub backlog_bytes: usize,
    /// Watchers, and subscriptions, of the whole store.
    pub watchers: usize,
    /// Bytes of one message on the bus: it says that something happened, and records say what.
    pub message_bytes: usize,
    /// Time between two tries to write once a commit has failed.
    pub retry: Duration,
    /// Time to wait for another process's hold on the database, such as a backup's.
    pub busy: Duration,
    /// Size of a database that is checked whole at every opening. A larger one is checked after a crash alone,
    /// since the check reads every page.
    pub check_bytes: u64,
    /// Size the database may grow to, if any is set. Past it the store is unwritable, as with a full disk.
    pub database_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value_bytes: 1 << 20,
            slot_bytes: 2 << 10,
            commit_items: 256,
            queued_commits: 1024,
            queued_bytes: 64 << 20,
            queued_reads: 4096,
            readers: 2,
            slots: 16_384,
            slot_linger: Duration::from_millis(20),
            group_slots: 2048,
            page_items: 256,
            page_bytes: 1 << 20,
            backlog_items: 1024,
            backlog_bytes: 4 << 20,
            watchers: 4096,
            message_bytes: 4 << 10,
            retry: Duration::from_secs(1),
            busy: Duration::from_secs(5),
            check_bytes: 64 << 20,
            database_bytes: None,
        }
    }
}
