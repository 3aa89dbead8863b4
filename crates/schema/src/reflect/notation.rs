//! What values look like outside of messages.

use std::borrow::Cow;

use super::Capability;
use crate::error::Result;
use crate::types::Type;

/// A way to write values down: what each kind of value is made as, and how it is read back.
///
/// [`Json`](super::Json) is one. What is common to all, the schema, the budgets, unions and defaults, is not said here.
///
/// Names that begin with `$` are nobody's field; `$raw` stands for an untyped value and `$unknownMember` for a union's
/// member that the schema does not know.
pub trait Notation {
    /// A value, written down.
    type Value;

    /// Whether lists that their schema calls key-value lists are objects.
    const PAIRS: bool = false;

    /// Whether fields that their schema calls optional are left out where they are empty.
    const OPTIONAL: bool = false;

    /// Nothing: a `Void`, no struct, no capability.
    fn null(&mut self) -> Self::Value;

    /// True or false.
    fn boolean(&mut self, value: bool) -> Self::Value;

    /// A whole number; `wide` where its type has 64 bits.
    fn integer(&mut self, number: i128, wide: bool) -> Self::Value;

    /// A number of a floating type.
    fn float(&mut self, number: f64) -> Self::Value;

    /// A text, or an enumerant's name.
    fn text(&mut self, text: &str) -> Self::Value;

    /// Bytes.
    fn bytes(&mut self, bytes: &[u8]) -> Self::Value;

    /// A list.
    fn list(&mut self, elements: Vec<Self::Value>) -> Self::Value;

    /// Values by name, in the order of the schema; in the order of the list for a key-value list, where a name may come
    /// twice.
    fn object(&mut self, members: Vec<(String, Self::Value)>) -> Self::Value;

    /// Keeps a capability out of a message and says what stands for it.
    ///
    /// `interface` is the one that its field is declared with, or an untyped pointer.
    /// The answer should be neither what stands for nothing nor an object with `$raw`.
    ///
    /// # Errors
    /// When it will not be kept.
    fn export(&mut self, capability: Capability, interface: &Type) -> Result<Self::Value>;

    /// Finds the capability that a value stands for.
    ///
    /// # Errors
    /// When it stands for none, or for one that may not be passed as that interface.
    fn import(&mut self, value: &Self::Value, interface: &Type) -> Result<Capability>;

    /// How much a text adds to a value.
    fn size_of_text(&self, text: &str) -> usize {
        text.len()
    }

    /// How much bytes add to a value.
    fn size_of_bytes(&self, bytes: usize) -> usize {
        bytes
    }

    /// Whether the value stands for nothing.
    fn is_null(&self, value: &Self::Value) -> bool;

    /// Whether a member with this value is the same as none.
    fn is_left_out(&self, _value: &Self::Value) -> bool {
        false
    }

    /// True or false, where the value is one of them.
    fn as_boolean(&self, value: &Self::Value) -> Option<bool>;

    /// A whole number, where the value is one, of any size; `wide` where its type has 64 bits.
    fn as_integer(&self, value: &Self::Value, wide: bool) -> Option<i128>;

    /// A number.
    ///
    /// # Errors
    /// When it is none.
    fn as_float(&self, value: &Self::Value) -> Result<f64>;

    /// A text, where the value is one.
    fn as_text<'v>(&self, value: &'v Self::Value) -> Option<&'v str>;

    /// Bytes.
    ///
    /// # Errors
    /// When it stands for none.
    fn as_bytes<'v>(&self, value: &'v Self::Value) -> Result<Cow<'v, [u8]>>;

    /// The elements, where the value is a list.
    fn as_list<'v>(&self, value: &'v Self::Value) -> Option<&'v [Self::Value]>;

    /// The members, where the value is an object.
    fn as_object<'v>(
        &self,
        value: &'v Self::Value,
    ) -> Option<impl Iterator<Item = (&'v str, &'v Self::Value)> + use<'v, Self>>;
}
