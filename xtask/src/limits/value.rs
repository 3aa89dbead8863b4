//! Defaults in units for people.

use anyhow::{Context, bail};

use super::source::Field;

/// What stands before a number of bytes, largest first.
const UNITS: &[(u64, &str)] = &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];

/// The default with its unit, which the documentation names.
pub(super) fn human(field: &Field) -> anyhow::Result<String> {
    let value = &*field.value;
    if value == "None" {
        return Ok("none".to_owned());
    }
    if let Some((unit, count)) = duration(value) {
        return Ok(format!("{} {unit}", grouped(number(count)?)));
    }
    let number = number(value)?;
    Ok(match () {
        () if field.doc.starts_with("Bytes per second") => format!("{}/s", bytes(number)),
        () if counts_bytes(field) => bytes(number),
        () => grouped(number),
    })
}

fn counts_bytes(field: &Field) -> bool {
    field.name.ends_with("_bytes") || field.doc.starts_with("Bytes")
}

fn duration(value: &str) -> Option<(&'static str, &str)> {
    let value = value.strip_prefix("Duration::from_")?.strip_suffix(')')?;
    let seconds = value.strip_prefix("secs(").map(|count| ("s", count));
    seconds.or_else(|| value.strip_prefix("millis(").map(|count| ("ms", count)))
}

/// A literal, or one shifted by another.
fn number(value: &str) -> anyhow::Result<u64> {
    let parse = |text: &str| -> anyhow::Result<u64> {
        text.trim().replace('_', "").parse().with_context(|| format!("`{value}` is no value that can be shown"))
    };
    let Some((number, shift)) = value.split_once("<<") else {
        return parse(value);
    };
    let shifted = u32::try_from(parse(shift)?).ok().and_then(|shift| 2_u64.checked_pow(shift));
    match shifted.and_then(|power| parse(number).ok()?.checked_mul(power)) {
        Some(number) => Ok(number),
        None => bail!("`{value}` is too large to be shown"),
    }
}

/// In the largest unit that leaves no rest.
fn bytes(number: u64) -> String {
    let unit = UNITS.iter().find(|(size, _)| number >= *size && number.is_multiple_of(*size));
    unit.map_or_else(|| format!("{} bytes", grouped(number)), |(size, name)| format!("{} {name}", number / size))
}

/// With a comma before every third digit from the end.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, doc: &str, value: &str) -> String {
        human(&Field { name: name.into(), doc: doc.into(), value: value.into() }).unwrap()
    }

    #[test]
    fn each_kind_of_value_has_its_unit() {
        assert_eq!(shown("message_bytes", "Largest.", "8 << 20"), "8 MiB");
        assert_eq!(shown("name_bytes", "Of a name.", "256"), "256 bytes");
        assert_eq!(shown("inbound_window", "Bytes of calls.", "1_536"), "1,536 bytes");
        assert_eq!(shown("body_rate", "Bytes per second.", "64 << 10"), "64 KiB/s");
        assert_eq!(shown("drain", "Time.", "Duration::from_secs(30)"), "30 s");
        assert_eq!(shown("entry", "Time.", "Duration::from_millis(1_500)"), "1,500 ms");
        assert_eq!(shown("open", "Calls.", "65_536"), "65,536");
        assert_eq!(shown("segments", "Segments.", "512"), "512");
        assert_eq!(shown("total", "Calls in all.", "None"), "none");
    }

    #[test]
    fn what_cannot_be_shown_fails() {
        for value in ["Some(3)", "2 * 3", "1 << 64", "9 << 63", ""] {
            let field = Field { name: "odd".into(), doc: "Odd.".into(), value: value.into() };
            assert!(human(&field).is_err(), "{value}");
        }
    }
}
