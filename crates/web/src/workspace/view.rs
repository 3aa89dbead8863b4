//! What a browser may be shown.
//!
//! Everything that leaves for a browser is [`Shown`], and only what is made of the types of this module is: numbers,
//! [`Text`] that was made harmless, [`Key`]s that mean something to one desk alone, and structures of these, declared
//! with [`shown!`](crate::workspace::view::shown). A type that holds anything else does not compile.

mod key;
mod text;

pub(crate) use key::Key;
pub(crate) use text::Text;

/// What may leave for a browser.
pub(crate) trait Shown: serde::Serialize + Send + 'static {}

impl Shown for bool {}
impl Shown for u16 {}
impl Shown for u32 {}
impl Shown for u64 {}
impl Shown for i32 {}
impl Shown for i64 {}
impl Shown for f64 {}
impl Shown for Text {}
impl Shown for Key {}
impl<T: Shown> Shown for Option<T> {}
impl<T: Shown> Shown for Vec<T> {}
impl<T: Shown> Shown for Box<T> {}

/// Declares structures and enumerations that may be shown: each of their parts has to be.
///
/// An enumeration of bare words is its word; one with parts has the word as `kind` beside them.
macro_rules! shown {
    () => {};
    (@is $type:ty) => {
        const _: () = { const fn is<T: $crate::workspace::view::Shown>() {} is::<$type>() };
    };
    ($(#[$meta:meta])* struct $name:ident { $($(#[$inner:meta])* $field:ident: $type:ty),* $(,)? } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name { $($(#[$inner])* pub(crate) $field: $type),* }
        $($crate::workspace::view::shown!(@is $type);)*
        impl $crate::workspace::view::Shown for $name {}
        $crate::workspace::view::shown!($($rest)*);
    };
    ($(#[$meta:meta])* words $name:ident { $($(#[$inner:meta])* $word:ident),* $(,)? } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) enum $name { $($(#[$inner])* $word),* }
        impl $crate::workspace::view::Shown for $name {}
        $crate::workspace::view::shown!($($rest)*);
    };
    ($(#[$meta:meta])* enum $name:ident {
        $($(#[$inner:meta])* $word:ident { $($(#[$deep:meta])* $field:ident: $type:ty),* $(,)? }),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
        pub(crate) enum $name { $($(#[$inner])* $word { $($(#[$deep])* $field: $type),* }),* }
        $($($crate::workspace::view::shown!(@is $type);)*)*
        impl $crate::workspace::view::Shown for $name {}
        $crate::workspace::view::shown!($($rest)*);
    };
}
pub(crate) use shown;

/// As it goes over the wire.
pub(crate) fn json(shown: &impl Shown) -> String {
    serde_json::to_string(shown).expect("what is shown is numbers and texts")
}

/// A name in the form that it has over the wire.
pub(crate) fn quoted(name: &str) -> String {
    serde_json::to_string(name).expect("a text is a text")
}
