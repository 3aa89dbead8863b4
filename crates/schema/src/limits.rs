//! How much work a schema or a value from outside may cause.

/// Bounds on schemas loaded at run time and on values that pass through reflection.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a compiled schema. The whole published contract takes about 100 KiB.
    pub schema_bytes: usize,
    /// Nodes of a compiled schema: files, types and the parameter lists of methods.
    pub nodes: u32,
    /// Members of one node: fields, enumerants, methods or superclasses.
    pub members: u32,
    /// Bytes of one name.
    pub name_bytes: usize,
    /// Parts of one declared type: `List(Pair(Text, Data))` has four. Every use of the type costs as much.
    pub type_parts: u32,
    /// How deep a value may nest: structs, groups and lists. Equal to what Cap'n Proto readers take by default.
    pub depth: u32,
    /// What one decoded value may come to, in bytes of JSON or so; each member counts at least 16.
    pub value_bytes: usize,
    /// Words of one encoded message.
    pub message_words: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            schema_bytes: 4 << 20,
            nodes: 16 << 10,
            members: 4 << 10,
            name_bytes: 256,
            type_parts: 64,
            depth: 64,
            value_bytes: 16 << 20,
            message_words: 1 << 20,
        }
    }
}
