//! Names and comments, as TypeScript takes them.

use std::collections::HashSet;

use capos_schema::{Registry, Type};

use super::{Item, Way};

/// What names in a module mean already.
const TAKEN: &[&str] = &[
    "Array",
    "ArrayBuffer",
    "ArrayBufferView",
    "Bytes",
    "Promise",
    "Record",
    "RpcStub",
    "RpcTarget",
    "Uint8Array",
    "WritableStream",
];

/// Words that no type may be called.
const TYPES: &[&str] = &[
    "any",
    "bigint",
    "boolean",
    "never",
    "null",
    "number",
    "object",
    "string",
    "symbol",
    "undefined",
    "unknown",
    "void",
];

/// Words that no parameter may be called.
const WORDS: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The names of declarations, each given once.
#[derive(Default)]
pub(super) struct Names {
    given: Vec<(Item, String)>,
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn find(&self, item: &Item) -> Option<String> {
        self.given.iter().find(|(known, _)| known == item).map(|(_, name)| name.clone())
    }

    /// A name that no other declaration has.
    pub(super) fn choose(&mut self, registry: &Registry, item: &Item) -> String {
        let (plain, suffix) = plain(registry, item);
        let unfit = |name: &str| [TAKEN, TYPES, WORDS].iter().any(|words| words.contains(&name));
        let free = |name: &String| !unfit(name) && !self.taken.contains(name);
        let numbered = (2..).map(|number: u32| format!("{plain}{suffix}{number}"));
        let alone = (!matches!(item, Item::Like(_))).then(|| plain.clone());
        let mut names = alone.into_iter().chain([format!("{plain}{suffix}")]).chain(numbered);
        let name = names.find(free).unwrap_or_default();
        self.taken.insert(name.clone());
        self.given.push((item.clone(), name.clone()));
        name
    }
}

/// What a declaration is called, and what is added where something else is.
fn plain(registry: &Registry, item: &Item) -> (String, &'static str) {
    let (ty, suffix) = match item {
        Item::Interface(ty) => (ty.clone(), ""),
        Item::Like(ty) => (ty.clone(), "Like"),
        Item::Structure(id, brand, Way::Out) => (Type::Struct(*id, brand.clone()), "Output"),
        Item::Structure(id, brand, Way::In) => (Type::Struct(*id, brand.clone()), "Input"),
        Item::Enumeration(id) => (Type::Enum(*id), ""),
    };
    // `Box(List(Text))` is called BoxListText.
    let letters = registry.type_name(&ty);
    let name: String = letters.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let digit = if name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    (format!("{digit}{name}"), suffix)
}

/// A parameter's name.
pub(super) fn parameter(name: &str) -> String {
    if WORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// A comment of the schema as one of TypeScript.
pub(super) fn comment(doc: &str, indent: usize) -> String {
    let doc = doc.trim().replace("*/", "* /");
    let lines: Vec<&str> = doc.lines().map(str::trim_end).collect();
    match &*lines {
        [] => String::new(),
        [line] => format!("{:indent$}/** {line} */\n", ""),
        lines => {
            let lines: String =
                lines.iter().map(|line| format!("{:indent$} * {line}\n", "").replace(" * \n", " *\n")).collect();
            format!("{0:indent$}/**\n{lines}{0:indent$} */\n", "")
        }
    }
}
