//! What a browser may be shown.
//!
//! Everything that leaves for a browser is [`Shown`], and only what is made of the types of this module is: numbers,
//! [`Text`] that was made harmless, [`Key`]s that mean something to one desk alone, and structures of these, declared
//! with [`shown!`](crate::workspace::view::shown). A type that holds anything else does not compile; that some types can
//! never be shown is checked whenever this is built.

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

/// Stops the build where one of these types may be shown: it is then not clear which `found` is meant.
macro_rules! never_shown {
    ($($type:ty),* $(,)?) => {
        $(const _: () = {
            trait Both<T> {
                fn found() {}
            }
            impl<T: ?Sized> Both<()> for T {}
            struct IsShown;
            impl<T: ?Sized + Shown> Both<IsShown> for T {}
            let _ = <$type as Both<_>>::found;
        };)*
    };
}

// Text that nobody looked through, and bytes.
never_shown!(
    str,
    &'static str,
    String,
    Box<str>,
    std::rc::Rc<str>,
    std::sync::Arc<str>,
    std::borrow::Cow<'static, str>
);
never_shown!(u8, Vec<u8>, [u8; 32], bytes::Bytes, char, serde_json::Value, Vec<String>, Option<String>);
never_shown!(std::collections::BTreeMap<String, String>, std::collections::HashMap<Key, Text>);
// What carries authority, or leads to it.
never_shown!(capos_client::Session, capos_client::Connection, capos_client::Object, capos_client::Kept);
never_shown!(capnp::capability::Client, capos_schema::session_capnp::remote_session::Client);
never_shown!(capos_client::Secret, zeroize::Zeroizing<String>, zeroize::Zeroizing<Vec<u8>>);
// What names sessions, people, machines and places to somebody who knows them.
never_shown!(capos_client::SessionInfo, capos_client::OwnSession, capos_client::CapEntry, capos_client::ProfileChoice);
never_shown!(capos_client::Row, capos_client::Prompt, capos_client::Error, capos_client::View, capos_client::Endpoint);
never_shown!(capos_rpc::Peer, std::net::SocketAddr, std::net::IpAddr, std::path::PathBuf, std::ffi::OsString);

#[cfg(test)]
mod tests {
    use super::*;

    shown! {
        words Colour { Red, DeepBlue }
        struct Part { some_text: Text, key: Key }
        enum Thing {
            Whole { the_part: Part, colours: Vec<Colour> },
            Nothing {},
        }
    }

    #[test]
    fn what_is_shown_looks_like_this() {
        let key = Key::new();
        let part = Part { some_text: Text::line("\u{1b}<b>\"\n"), key };
        let whole = Thing::Whole { the_part: part, colours: vec![Colour::Red, Colour::DeepBlue] };
        assert_eq!(
            json(&whole),
            format!(
                r#"{{"kind":"whole","thePart":{{"someText":"�<b>\" ","key":"{key}"}},"colours":["red","deepBlue"]}}"#
            )
        );
        assert_eq!(json(&vec![Some(Thing::Nothing {}), None]), r#"[{"kind":"nothing"},null]"#);
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_nothing_else_is() {
        let key = Key::new();
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        for text in [
            "",
            "0",
            "+00000000000000f",
            "0x00000000000000",
            "00000000000000000",
            "000000000000000G",
            "ABCDEFABCDEFABCD",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_this_module_says_what_may_be_shown_and_how() {
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/workspace");
        let is_here = |path: &std::path::Path| path.starts_with(sources.join("view")) || path.ends_with("view.rs");
        let mut folders = vec![sources.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !is_here(&path) && !path.ends_with("tests.rs") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
                    for word in ["Shown for", "serialize_with", "serde_json::to_"] {
                        assert!(!source.contains(word), "{word} in {}", path.display());
                    }
                }
            }
        }
    }
}
