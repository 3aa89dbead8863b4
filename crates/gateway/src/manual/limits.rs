//! What the manual may come to.

/// Bounds on the manual's pages and answers.
#[derive(Clone, Debug)]
pub struct ManualLimits {
    /// Pages in all. A list of them all, with the longest names there are, stays below a quarter of a message.
    pub pages: usize,
    /// Bytes of one page drawn from a schema; past it the page is cut, and says so.
    pub page_bytes: usize,
    /// Bytes of all pages drawn from schemas, held in memory for as long as the node runs.
    /// The published contract takes about 40 KiB.
    pub drawn_bytes: usize,
    /// Bytes of a query: longer than anything a person types.
    pub query_bytes: usize,
    /// Pages that one search tells of; nobody reads further.
    pub matches: usize,
    /// Bytes of one compiled schema, as it is given to who asks for it: half of a message. The contract takes 200 KiB.
    pub schema_bytes: usize,
}

impl Default for ManualLimits {
    fn default() -> Self {
        Self {
            pages: 4 << 10,
            page_bytes: 256 << 10,
            drawn_bytes: 16 << 20,
            query_bytes: 256,
            matches: 256,
            schema_bytes: 4 << 20,
        }
    }
}
