//! Every bound of a session's files, with its reason.

/// What the files of one session may cost the service. What they take on the disk, the home's own limit bounds.
#[derive(Clone, Debug)]
pub struct FileLimits {
    /// Directories that are held beside the home itself. Each keeps a descriptor open, of which the service has 1,024.
    pub directories: usize,
    /// Files that are being written. Each keeps two descriptors open.
    pub writers: usize,
    /// Other calls at once: reading, checksums, lists, removing. The largest, removing, has a descriptor for each directory
    /// on its way down while it works.
    pub under_way: usize,
    /// Threads that wait for the disk, at most: those of all commands of the session count with them.
    pub threads: usize,
    /// Entries in one answer of `list`. A thousand are looked up in a millisecond or two.
    pub page_entries: u32,
    /// Bytes of names and targets in one answer of `list`, where it has more than one entry.
    pub page_bytes: usize,
    /// Bytes of a path. As Linux has it.
    pub path_bytes: usize,
    /// Names in a path, and directories within each other that are removed in one call.
    pub path_names: usize,
    /// Bytes in one call of a reader. Several are on their way at once in the window of a stream.
    pub chunk_bytes: usize,
    /// Bytes in one call of a writer.
    pub write_bytes: usize,
    /// Bytes that a checksum takes before it lets others have the thread.
    pub slice_bytes: u64,
    /// Entries that are removed before others may have the thread.
    pub slice_entries: usize,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            directories: 128,
            writers: 32,
            under_way: 64,
            threads: 2,
            page_entries: 1000,
            page_bytes: 256 << 10,
            path_bytes: 4095,
            path_names: 128,
            chunk_bytes: 256 << 10,
            write_bytes: 1 << 20,
            slice_bytes: 4 << 20,
            slice_entries: 512,
        }
    }
}
