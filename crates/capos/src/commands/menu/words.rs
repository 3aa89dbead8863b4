//! The words of a command line as a command's arguments.

use super::model::{Command, Kind, Parameter};
use crate::failure::Failure;

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

/// What the words say: by position, or as `name=value`. The last parameter takes all that is left, where it is words.
pub(super) fn parse_words(command: &Command, words: &[String]) -> Result<Vec<(String, Value)>, Failure> {
    let wrong = |sentence: String| Failure::usage(sentence).advise(format!("The command is: {}", command.call()));
    let mut given: Vec<(String, Value)> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (parameter, text) = match named(command, word) {
            Some((parameter, text)) => (parameter, text.to_owned()),
            None => {
                let free = |parameter: &&Parameter| given.iter().all(|(name, _)| *name != parameter.name);
                let Some(next) = command.parameters.iter().find(free) else {
                    return Err(wrong(format!("`{}` takes no more than that: `{word}`", command.name)));
                };
                let is_last = command.parameters.iter().filter(free).count() == 1;
                let takes_all = is_last && !matches!(next.kind, Kind::Integer { .. } | Kind::Boolean);
                let more: Vec<&str> = if takes_all { rest.by_ref().map(String::as_str).collect() } else { Vec::new() };
                (next, std::iter::once(&**word).chain(more).collect::<Vec<_>>().join(" "))
            }
        };
        if given.iter().any(|(name, _)| *name == parameter.name) {
            return Err(wrong(format!("`{}` is given twice", parameter.name)));
        }
        let value = value(&parameter.kind, &text);
        let value = value.map_err(|problem| wrong(format!("`{}` {problem}", parameter.name)))?;
        given.push((parameter.name.clone(), value));
    }
    let missing = |parameter: &&Parameter| !parameter.optional && given.iter().all(|(name, _)| *name != parameter.name);
    match command.parameters.iter().find(missing) {
        Some(missing) => Err(wrong(format!("`{}` is missing: {}", missing.name, missing.kind.shown()))),
        None => Ok(given),
    }
}

fn named<'c, 'w>(command: &'c Command, word: &'w str) -> Option<(&'c Parameter, &'w str)> {
    let (name, value) = word.split_once('=')?;
    Some((command.parameters.iter().find(|parameter| parameter.name == name)?, value))
}

fn value(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Integer { min, max } => match text.parse::<i64>() {
            Ok(number) if (*min..=*max).contains(&number) => Ok(Value::Integer(number)),
            _ => Err(format!("has to be {}", kind.shown())),
        },
        Kind::Boolean => match text {
            "yes" | "true" | "on" => Ok(Value::Boolean(true)),
            "no" | "false" | "off" => Ok(Value::Boolean(false)),
            _ => Err("has to be yes or no".to_owned()),
        },
        Kind::Choice { choices } => {
            let exact = choices.iter().find(|choice| choice.value == text);
            let folded = || choices.iter().find(|choice| alike(&choice.value, text) || alike(&choice.label, text));
            let chosen = exact.or_else(folded).ok_or_else(|| format!("has to be one of: {}", kind.shown()))?;
            Ok(Value::Text(chosen.value.clone()))
        }
        Kind::Text { max_bytes } if usize::try_from(*max_bytes).is_ok_and(|most| most > 0 && text.len() > most) => {
            Err(format!("has at most {max_bytes} bytes"))
        }
        Kind::Text { .. } | Kind::Suggestion { .. } | Kind::Unknown => Ok(Value::Text(text.to_owned())),
    }
}

/// A label can be typed as it is shown.
fn alike(known: &str, typed: &str) -> bool {
    !known.is_empty() && known.to_lowercase() == typed.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::model::Choice;
    use super::*;

    fn parameter(name: &str, optional: bool, kind: Kind) -> Parameter {
        Parameter { name: name.to_owned(), label: String::new(), summary: String::new(), optional, kind }
    }

    fn command() -> Command {
        let ways = [("n", "North"), ("s", "South")];
        let choices = ways.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() }).into();
        let parameters = vec![
            parameter("way", false, Kind::Choice { choices }),
            parameter("steps", true, Kind::Integer { min: -3, max: 9 }),
            parameter("loudly", true, Kind::Boolean),
            parameter("words", true, Kind::Text { max_bytes: 8 }),
        ];
        Command { name: "go".to_owned(), parameters, available: true, ..Command::default() }
    }

    fn parsed(words: &[&str]) -> Result<Vec<(String, Value)>, Failure> {
        parse_words(&command(), &words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn words_stand_in_order_or_have_names() {
        let (text, number) = (|text: &str| Value::Text(text.to_owned()), Value::Integer);
        let all = parsed(&["n", "-3", "yes", "a", "b"]).unwrap();
        let values: Vec<Value> = all.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [text("n"), number(-3), Value::Boolean(true), text("a b")]);
        let mixed = parsed(&["steps=9", "South"]).unwrap();
        assert_eq!(mixed, [("steps".to_owned(), number(9)), ("way".to_owned(), text("s"))]);
    }

    #[test]
    fn what_does_not_fit_is_told_before_anything_is_sent() {
        for (words, part) in [
            (&["up"][..], "`way` has to be one of: n (North) | s (South)"),
            (&[], "`way` is missing"),
            (&["n", "10"], "`steps` has to be -3 to 9"),
            (&["n", "1", "perhaps"], "`loudly` has to be yes or no"),
            (&["n", "1", "no", "too many words"], "`words` has at most 8 bytes"),
            (&["n", "way=s"], "`way` is given twice"),
        ] {
            let failure = parsed(words).unwrap_err();
            assert!(failure.sentence.contains(part), "{failure}");
            assert_eq!(failure.exit, crate::failure::Exit::Usage);
        }
    }

    #[test]
    fn more_words_than_parameters_are_too_many() {
        let command = Command { parameters: vec![parameter("n", false, Kind::Boolean)], ..command() };
        let failure = parse_words(&command, &["no".to_owned(), "x".to_owned()]).unwrap_err();
        assert!(failure.sentence.contains("takes no more"), "{failure}");
    }
}
