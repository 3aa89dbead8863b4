//! The words of a command line as a method's parameters.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_schema::model::{Field, Place};
use capos_schema::{AnyKind, MethodRef, Registry, Type};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::input;

/// The longest file that is sent as bytes: a message has no room for more.
const LONGEST_FILE: u64 = 8 << 20;

/// A method's parameters, in the order in which they are given.
pub(crate) struct Parameters<'r> {
    registry: &'r Registry,
    method: &'r MethodRef<'r>,
    fields: &'r [Field],
}

impl<'r> Parameters<'r> {
    /// Those of that method.
    pub(crate) fn of(registry: &'r Registry, method: &'r MethodRef<'r>) -> Result<Self, Failure> {
        let Type::Struct(id, _) = &method.params else {
            return Err(Failure::failed("the method's parameters are no struct"));
        };
        Ok(Self { registry, method, fields: &registry.structure(*id)?.fields })
    }

    /// As the schema language writes the method: `page (name :Text, section :UInt8)`.
    pub(crate) fn signature(&self) -> String {
        let fields = self.fields.iter().map(|field| format!("{} :{}", field.name, self.type_name(field)));
        format!("{} ({})", self.method.declared.name, fields.collect::<Vec<_>>().join(", "))
    }

    fn type_of(&self, field: &Field) -> Option<Type> {
        let Type::Struct(_, brand) = &self.method.params else { return None };
        match &field.place {
            Place::Slot { ty, .. } => Some(ty.resolve(brand).into_owned()),
            Place::Group(_) => None,
        }
    }

    fn type_name(&self, field: &Field) -> String {
        self.type_of(field).map_or("group".to_owned(), |ty| self.registry.type_name(&ty))
    }

    /// What `--params` says.
    pub(crate) fn parse_json(&self, text: &str) -> Result<Value, Failure> {
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err(Failure::usage("the parameters are not a JSON object").advise(self.expected())),
            Err(error) => Err(Failure::usage(format!("the parameters are not JSON: {error}")).advise(self.expected())),
        }
    }

    /// What the words say: by position, or as `name=value`.
    pub(crate) fn parse_words(&self, words: &[OsString]) -> Result<Value, Failure> {
        let mut given = Map::new();
        for word in words {
            let (field, text) = match self.named(word) {
                Some(named) => named,
                None => {
                    let next = self.fields.iter().find(|field| !given.contains_key(&field.name));
                    let too_many = || Failure::usage(self.too_many()).advise(self.expected());
                    (next.ok_or_else(too_many)?, word.as_os_str())
                }
            };
            if given.contains_key(&field.name) {
                return Err(Failure::usage(format!("`{}` is given twice", field.name)).advise(self.expected()));
            }
            given.insert(field.name.clone(), self.value(field, text)?);
        }
        Ok(Value::Object(given))
    }

    fn too_many(&self) -> String {
        match self.fields.len() {
            0 => format!("`{}` takes no arguments", self.method.declared.name),
            1 => format!("`{}` takes one argument", self.method.declared.name),
            most => format!("`{}` takes at most {most} arguments", self.method.declared.name),
        }
    }

    fn expected(&self) -> String {
        format!("The method is {}.", self.signature())
    }

    fn named<'w>(&self, word: &'w OsStr) -> Option<(&'r Field, &'w OsStr)> {
        let bytes = word.as_bytes();
        let at = bytes.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (bytes.get(..at)?, bytes.get(at + 1..)?);
        let field = self.fields.iter().find(|field| field.name.as_bytes() == name)?;
        Some((field, OsStr::from_bytes(value)))
    }

    fn value(&self, field: &Field, word: &OsStr) -> Result<Value, Failure> {
        let ty = self.type_of(field);
        let wrong = |problem: String| {
            let sentence = format!("`{}` is {}: {problem}", field.name, self.type_name(field));
            Failure::usage(sentence).advise(self.expected())
        };
        if ty == Some(Type::Data) {
            return Ok(STANDARD.encode(data(word).map_err(wrong)?).into());
        }
        let text = word.to_str().ok_or_else(|| wrong("expected UTF-8".to_owned()))?;
        match ty {
            Some(ty) => self.scalar(&ty, text).map_err(wrong),
            None => json(text).map_err(wrong),
        }
    }

    fn scalar(&self, ty: &Type, text: &str) -> Result<Value, String> {
        match ty {
            Type::Text => Ok(text.into()),
            Type::Enum(id) => self.enumerant(*id, text),
            Type::Interface(..) | Type::AnyPointer(AnyKind::Capability) => Ok(json!({ "$cap": text })),
            Type::AnyPointer(AnyKind::Any) | Type::Parameter { .. } if !text.starts_with(['{', '[']) => {
                Ok(json!({ "$cap": text }))
            }
            // Numbers beyond 2^53 are strings in JSON, and it is the codec that knows the range of each.
            Type::Int64 | Type::UInt64 => Ok(decimal(text).into()),
            Type::Float32 | Type::Float64 => Ok(json(text).unwrap_or_else(|_| text.into())),
            Type::Bool if !matches!(text, "true" | "false") => Err("expected true or false".to_owned()),
            Type::Int8 | Type::Int16 | Type::Int32 | Type::UInt8 | Type::UInt16 | Type::UInt32 => {
                json(text).map_err(|_| "expected a whole number".to_owned())
            }
            _ => json(text),
        }
    }

    fn enumerant(&self, id: u64, text: &str) -> Result<Value, String> {
        let known = self.registry.enumerants(id).map_err(|error| error.to_string())?;
        if known.iter().any(|one| one.name == text) {
            return Ok(text.into());
        }
        let names: Vec<&str> = known.iter().map(|one| &*one.name).collect();
        Err(format!("expected one of {}", names.join(", ")))
    }
}

/// An interface's id is shown as `0x…`, and so is read like that.
fn decimal(text: &str) -> String {
    let digits = text.strip_prefix("0x").filter(|digits| !digits.starts_with('+'));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.map_or_else(|| text.to_owned(), |number| number.to_string())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|_| "expected JSON".to_owned())
}

/// Bytes: of a file, spelled out, or those of the text itself.
fn data(word: &OsStr) -> Result<Vec<u8>, String> {
    let bytes = word.as_bytes();
    if let Some(path) = bytes.strip_prefix(b"@") {
        return file(OsStr::from_bytes(path));
    }
    if let Some(digits) = bytes.strip_prefix(b"hex:") {
        return hex::decode(digits).map_err(|_| "expected hexadecimal digits after hex:".to_owned());
    }
    if let Some(text) = bytes.strip_prefix(b"base64:") {
        return STANDARD.decode(text).map_err(|_| "expected base64 after base64:".to_owned());
    }
    Ok(bytes.to_vec())
}

fn file(path: &OsStr) -> Result<Vec<u8>, String> {
    input::bytes(path.as_ref(), LONGEST_FILE).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(interface: &str, method: &str, words: &[&str]) -> Result<Value, Failure> {
        let registry = Registry::builtin();
        let ty = Type::interface(registry.interface_id(interface).unwrap());
        let method = registry.method(&ty, method).unwrap();
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Parameters::of(registry, &method)?.parse_words(&words)
    }

    #[test]
    fn words_stand_in_the_order_of_the_schema_or_have_names() {
        let expected = json!({ "name": "profile", "section": 5 });
        assert_eq!(words("Manual", "page", &["profile", "5"]).unwrap(), expected);
        assert_eq!(words("Manual", "page", &["section=5", "profile"]).unwrap(), expected);
        assert_eq!(words("Chat", "send", &["lobby", "a=b"]).unwrap(), json!({ "channel": "lobby", "text": "a=b" }));
        assert_eq!(words("Chat", "send", &["lobby", "text=text=x"]).unwrap()["text"], "text=x");
    }

    #[test]
    fn ids_are_read_as_they_are_shown() {
        for (word, value) in [("0xff", "255"), ("255", "255"), ("0x", "0x"), ("0x+1", "0x+1"), ("ff", "ff")] {
            assert_eq!(words("Manual", "describe", &[word]).unwrap()["interfaceId"], value, "{word}");
        }
    }

    #[test]
    fn a_wrong_word_is_told_with_its_parameter_and_type() {
        for (call, part) in [
            (words("Manual", "page", &["x", "many"]), "`section` is UInt8"),
            (words("Manual", "page", &["x", "1", "y"]), "takes at most 2 arguments"),
            (words("SystemInfo", "motd", &["x"]), "takes no arguments"),
            (words("Manual", "page", &["x", "name=y"]), "`name` is given twice"),
            (words("SessionAdmin", "get", &["hex:0"]), "`session` is Data: expected hexadecimal"),
        ] {
            let failure = call.unwrap_err();
            assert!(failure.sentence.contains(part), "{failure}");
            assert!(failure.advice.unwrap().contains("The method is"));
        }
    }

    #[test]
    fn bytes_come_from_files_spelled_or_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        std::fs::write(&path, b"\xff\x00").unwrap();
        let from_file = format!("@{}", path.display());
        for (word, bytes) in [("hex:ff00", "/wA="), ("base64:/wA=", "/wA="), (&from_file, "/wA="), ("ab", "YWI=")] {
            assert_eq!(words("SessionAdmin", "get", &[word]).unwrap()["session"], bytes, "{word}");
        }
    }

    #[test]
    fn capabilities_are_named_by_words() {
        assert_eq!(words("AuditLog", "follow", &["1", "%2"]).unwrap()["sink"], json!({ "$cap": "%2" }));
    }
}
