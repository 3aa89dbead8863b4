//! The table that is a service's own: the node passes it on and knows nothing of what it says.

use std::ops::Range;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Reading;
use crate::profile::section::Section;

/// Tables and lists within each other. The parser of the text itself has a bound, and so have those of JSON.
const DEEPEST: usize = 32;

/// What is wrong, and where.
type Wrong = (Range<usize>, &'static str);

impl Reading<'_> {
    /// The settings as JSON; nothing where there are none.
    pub(super) fn settings(&self, table: &Section<'_>) -> String {
        let Some(found) = table.value("settings") else { return String::new() };
        let Some(own) = found.get_ref().as_table() else {
            table.note(&found.span(), "settings must be a table");
            return String::new();
        };
        match object(own, 0) {
            Ok(settings) => {
                let text = settings.to_string();
                if text.len() > self.limits.settings_bytes {
                    let most = self.limits.settings_bytes >> 10;
                    table.note(&found.span(), &format!("settings must be at most {most} KiB as JSON"));
                }
                text
            }
            Err((span, wrong)) => {
                table.note(&span, &format!("settings {wrong}"));
                String::new()
            }
        }
    }
}

fn object(table: &DeTable<'_>, depth: usize) -> Result<Value, Wrong> {
    let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        Ok((name.clone().into_owned(), json(value, depth + 1)?))
    };
    table.iter().map(member).collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

fn json(value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Value, Wrong> {
    let wrong = |what| (value.span(), what);
    if depth > DEEPEST {
        return Err(wrong("are too deep here"));
    }
    Ok(match value.get_ref() {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Boolean(switch) => Value::Bool(*switch),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
            Value::Number(number.ok_or_else(|| wrong("have too large a number here"))?.into())
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(number.ok_or_else(|| wrong("have a number here that JSON has not"))?)
        }
        DeValue::Datetime(_) => return Err(wrong("cannot have a date here; write it as text in quotation marks")),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| json(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => object(table, depth)?,
    })
}
