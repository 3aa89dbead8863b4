//! The notation of the lists.

use super::names;

/// One line of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) verdict: Verdict,
    pub(super) number: i64,
    /// All must hold.
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allow,
    /// As on a kernel that does not have it.
    Absent,
}

/// What an argument's lower 32 bits must be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) argument: u8,
    pub(super) mask: Option<u32>,
    pub(super) value: u32,
}

pub(super) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let entry = parse_line(line).map_err(|what| format!("line {number}: {what}"))?;
        entries.extend(entry);
    }
    Ok(entries)
}

fn parse_line(line: &str) -> Result<Option<Entry>, String> {
    let said = line.split('#').next().unwrap_or_default().trim();
    let said = match said.split_once(':') {
        Some((machine, _)) if machine != std::env::consts::ARCH => return Ok(None),
        Some((_, rest)) => rest,
        None => said,
    };
    match said.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [verdict, name] => entry(verdict, name, Vec::new()),
        [verdict, name, "if", conditions @ ..] => {
            let conditions = conditions.split(|word| *word == "and").map(parse_condition);
            entry(verdict, name, conditions.collect::<Result<_, _>>()?)
        }
        _ => Err("not an entry".into()),
    }
}

fn parse_condition(words: &[&str]) -> Result<Condition, String> {
    match words {
        [argument, "=", value] => condition(argument, None, value),
        [argument, "&", mask, "=", value] => condition(argument, Some(mask), value),
        _ => Err("not a condition".into()),
    }
}

fn entry(verdict: &str, name: &str, conditions: Vec<Condition>) -> Result<Option<Entry>, String> {
    let verdict = match verdict {
        "allow" => Verdict::Allow,
        "absent" => Verdict::Absent,
        other => return Err(format!("{other} is no verdict")),
    };
    let number = names::number(name).ok_or_else(|| format!("{name} is not in the table of names"))?;
    Ok(Some(Entry { verdict, number, conditions }))
}

fn condition(argument: &str, mask: Option<&str>, value: &str) -> Result<Condition, String> {
    let digits = argument.strip_prefix("arg").ok_or_else(|| format!("{argument} is no argument"))?;
    let argument = digits.parse().ok().filter(|argument| *argument < 6).ok_or("arguments are 0 to 5")?;
    Ok(Condition { argument, mask: mask.map(parse_number).transpose()?, value: parse_number(value)? })
}

fn parse_number(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("{text} is no number of 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_conditions_and_comments_are_read() {
        let text =
            "# nothing\n\nallow read\nallow clone if arg0 & 0x7e = 0 # why\nabsent clone3\nm68k: allow nonsense here\n";
        let entries = parse(text).unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0], Entry { verdict: Verdict::Allow, number: libc::SYS_read, conditions: vec![] });
        assert_eq!(entries[1].conditions, [Condition { argument: 0, mask: Some(0x7e), value: 0 }]);
        let both = parse("allow socket if arg0 = 2 and arg1 & 0xf = 1\n").unwrap();
        let one = Condition { argument: 0, mask: None, value: 2 };
        assert_eq!(both[0].conditions, [one, Condition { argument: 1, mask: Some(0xf), value: 1 }]);
        assert_eq!(entries[2].verdict, Verdict::Absent);
    }

    #[test]
    fn a_line_that_says_nothing_known_is_refused_by_its_number() {
        for wrong in [
            "allow",
            "permit read",
            "allow nosuch",
            "allow read if arg6 = 1",
            "allow read if arg0 = x",
            "allow read or",
            "allow read if",
            "allow read if arg0 = 1 and",
            "allow read if arg0 = 1 arg1 = 1",
        ] {
            let refused = parse(&format!("allow read\n{wrong}\n")).unwrap_err();
            assert!(refused.starts_with("line 2: "), "{wrong}: {refused}");
        }
    }
}
