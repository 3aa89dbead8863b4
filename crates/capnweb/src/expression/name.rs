//! Names that no peer reaches or sets.

/// Whether every object of JavaScript has something of that name already. Such names are dropped from what is
/// received, and lead nowhere in a path.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(
        name,
        "constructor"
            | "hasOwnProperty"
            | "isPrototypeOf"
            | "propertyIsEnumerable"
            | "toLocaleString"
            | "toString"
            | "valueOf"
            | "__proto__"
            | "__defineGetter__"
            | "__defineSetter__"
            | "__lookupGetter__"
            | "__lookupSetter__"
    )
}

/// Whether a received object may not have a property of that name: `toJSON` is called by `JSON.stringify`.
pub(super) fn is_dropped(name: &str) -> bool {
    name == "toJSON" || is_reserved(name)
}
