//! Reads one struct and its `Default` out of a source file.
//!
//! It knows the one form in which this workspace writes limits, as `cargo fmt` leaves it, and fails on any other.

use anyhow::{Context, bail, ensure};

/// One bound.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    /// Its documentation in one line, without links.
    pub(super) doc: String,
    /// Its default, as it is written.
    pub(super) value: String,
}

/// The struct's documentation, and its fields in order.
pub(super) fn read(text: &str, name: &str) -> anyhow::Result<(String, Vec<Field>)> {
    let (summary, declared) = declaration(text, name)?;
    let defaults = defaults(text, name)?;
    ensure!(!declared.is_empty() && declared.len() == defaults.len(), "the struct and its default do not match");
    let fields = declared.into_iter().map(|(field, doc)| {
        let value = defaults.iter().find(|(other, _)| *other == field);
        let (_, value) = value.with_context(|| format!("`{field}` has no default"))?;
        ensure!(!doc.is_empty(), "`{field}` has no reason");
        Ok(Field { name: field, doc, value: value.clone() })
    });
    Ok((summary, fields.collect::<anyhow::Result<_>>()?))
}

/// The struct's documentation, and each field's name and documentation.
fn declaration(text: &str, name: &str) -> anyhow::Result<(String, Vec<(String, String)>)> {
    let (mut summary, mut doc) = (None, String::new());
    let mut fields = Vec::new();
    for line in text.lines() {
        if let Some(said) = line.trim_start().strip_prefix("///") {
            doc = format!("{doc} {}", said.trim());
        } else if visible(line) == Some(&format!("struct {name} {{")) {
            summary = Some(plain(&doc));
            doc.clear();
        } else if line.trim_start().starts_with("#[") {
            continue;
        } else if summary.is_some() && line == "}" {
            break;
        } else if let (true, Some(field)) = (summary.is_some(), visible(line)) {
            let (field, _) = field.split_once(':').with_context(|| format!("no field: {line:?}"))?;
            fields.push((field.to_owned(), plain(&doc)));
            doc.clear();
        } else {
            doc.clear();
        }
    }
    Ok((summary.with_context(|| format!("there is no `pub struct {name}`"))?, fields))
}

/// What is behind the word that lets others see it; a program's limits are seen within the program.
fn visible(line: &str) -> Option<&str> {
    let line = line.trim();
    line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub "))
}

/// Names and values of the struct that `default` makes.
fn defaults(text: &str, name: &str) -> anyhow::Result<Vec<(String, String)>> {
    let (_, body) =
        text.split_once(&format!("impl Default for {name} {{")).with_context(|| format!("{name} has no default"))?;
    let (body, _) = body.split_once("\n}").context("the implementation has no end")?;
    let (_, made) = body.rsplit_once("Self {").context("it makes no `Self`")?;
    let (made, _) = made.split_once('}').context("`Self` has no end")?;
    let mut fields = Vec::new();
    for part in outside_parentheses(made) {
        let Some((field, value)) = part.split_once(':') else {
            bail!("no field and value: {part:?}");
        };
        fields.push((field.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(fields)
}

/// The parts between commas that stand in no parentheses.
fn outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let parts = text.split(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty()).collect()
}

/// Documentation without the brackets of its links.
fn plain(doc: &str) -> String {
    doc.trim().replace("[`", "`").replace("`]", "`").replace("`Limits::", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
/// Something else.
pub struct Other {
    /// Not this.
    pub a: u8,
}

/// What it may cost. And [`Other`].
#[derive(Debug)]
pub struct Limits {
    /// The first,
    /// see [`Limits::second`].
    pub first: usize,
    /// The second.
    pub second: Option<(u32, u32)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { first: 8 << 20, second: Some((1, 2)) }
    }
}
";

    #[test]
    fn a_struct_and_its_default_are_read() {
        let (summary, fields) = read(SOURCE, "Limits").unwrap();
        assert_eq!(summary, "What it may cost. And `Other`.");
        let [first, second] = &*fields else { panic!("{fields:?}") };
        assert_eq!((&*first.name, &*first.doc, &*first.value), ("first", "The first, see `second`.", "8 << 20"));
        assert_eq!((&*second.name, &*second.value), ("second", "Some((1, 2))"));
    }

    #[test]
    fn what_is_missing_is_told() {
        assert!(read(SOURCE, "Other").is_err());
        assert!(read(SOURCE, "Missing").is_err());
        assert!(read(&SOURCE.replace("    /// The second.\n", ""), "Limits").is_err());
    }
}
