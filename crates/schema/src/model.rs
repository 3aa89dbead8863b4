//! The nodes of a schema, owned and checked.

use std::collections::HashMap;

use crate::types::Type;
use crate::words::Words;

/// The id of the struct that a streaming method is declared to answer with.
pub(crate) const STREAM_RESULT: u64 = 0x995f_9a33_77c0_b16e;

/// One declaration.
#[derive(Debug)]
pub struct Node {
    /// Its id.
    pub id: u64,
    /// Its name with those of the types around it, as `Shape.Corner`.
    pub name: String,
    /// The file it was declared in.
    pub file: String,
    /// The comment that stands with it.
    pub doc: String,
    /// The names of its type parameters.
    pub parameters: Vec<String>,
    /// What it declares.
    pub kind: Kind,
}

/// What a node declares.
#[derive(Debug, PartialEq)]
pub enum Kind {
    /// A struct, or a group within one.
    Struct(Struct),
    /// An enum.
    Enum(Vec<Enumerant>),
    /// An interface.
    Interface(Interface),
    /// A file, constant or annotation: nothing that values are made of.
    Other,
}

/// A struct, or a group within one.
#[derive(Debug)]
pub struct Struct {
    /// Words of its data section.
    pub data_words: u16,
    /// Pointers of its pointer section.
    pub pointers: u16,
    /// Whether it lies within another struct.
    pub is_group: bool,
    /// Where the discriminant of its union is, in units of 16 bits.
    pub discriminant: Option<u32>,
    /// Its fields, in the order of their ordinals.
    pub fields: Vec<Field>,
    /// Its key and its value, where a list of it is a table.
    pub key_value: Option<KeyValue>,
    pub(crate) by_name: HashMap<String, usize>,
}

/// The positions among a struct's fields of a key, which is a text, and its value; it has no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The key's.
    pub key: usize,
    /// The value's.
    pub value: usize,
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The comment that stands with it.
    pub doc: String,
    /// Whether it says nothing where it is empty.
    pub optional: bool,
    /// Which member of the struct's union it is.
    pub member: Option<u16>,
    /// Where its value is.
    pub place: Place,
}

/// Where a field's value is.
#[derive(Debug, PartialEq)]
pub enum Place {
    /// In the struct itself.
    Slot {
        /// In units of the type's size, or pointers.
        offset: u32,
        /// What it is.
        ty: Type,
        /// What it is when nobody says.
        default: Default,
    },
    /// Spread over the struct, as that group says.
    Group(u64),
}

/// What a field is when nobody says.
#[derive(Debug, PartialEq)]
pub enum Default {
    /// These bits; all zero without an explicit default.
    Bits(u64),
    /// What a copy of this would be.
    Pointer(Words),
}

/// One value of an enum; its number is its position.
#[derive(Debug)]
pub struct Enumerant {
    /// Its name.
    pub name: String,
    /// The comment that stands with it.
    pub doc: String,
}

/// An interface.
#[derive(Debug, PartialEq)]
pub struct Interface {
    /// Its own methods; a method's ordinal is its position.
    pub methods: Vec<Method>,
    /// The interfaces it extends.
    pub superclasses: Vec<Type>,
}

/// One method, as declared.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// The comment that stands with it.
    pub doc: String,
    /// The struct that its parameters make.
    pub params: Type,
    /// The struct that its results make.
    pub results: Type,
    /// Of a streaming method: the one that says that no more comes.
    pub closed_by: Option<String>,
}

impl Method {
    /// Declared `-> stream`: calls carry flow control and answer with nothing.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        matches!(self.results, Type::Struct(STREAM_RESULT, _))
    }
}

impl Struct {
    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(*self.by_name.get(name)?)
    }

    /// The key and the value, where a list of this is a table.
    #[must_use]
    pub fn pair(&self) -> Option<(&Field, &Field)> {
        let KeyValue { key, value } = self.key_value?;
        Some((self.fields.get(key)?, self.fields.get(value)?))
    }
}

// Two declarations are the same when the wire cannot tell them apart; comments and annotations may differ.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.parameters.len() == other.parameters.len() && self.kind == other.kind
    }
}

impl PartialEq for Struct {
    fn eq(&self, other: &Self) -> bool {
        let layout = |of: &Self| (of.data_words, of.pointers, of.is_group, of.discriminant);
        layout(self) == layout(other) && self.fields == other.fields
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.member == other.member && self.place == other.place
    }
}

impl PartialEq for Enumerant {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Method {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.params == other.params && self.results == other.results
    }
}
