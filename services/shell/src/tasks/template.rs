//! A task that makes sense: its words, the places in them, and what may come there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use capos_service::commands::{Arguments, Choice, Command, MenuLimits, Parameter, Value};

use super::described::{self, Described, Kind};
use crate::Error;
use crate::commands::Words;

/// Bytes of a text where the settings do not say.
const TEXT_BYTES: u32 = 256;

/// One task.
#[derive(Debug)]
pub(crate) struct Task {
    /// What clients are told of it.
    pub(super) command: Command,
    program: String,
    words: Vec<Word>,
    rules: BTreeMap<String, Rule>,
    pub(super) directory: Option<PathBuf>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) timeout: Option<Duration>,
}

/// One word of the command, of parts that stand one after the other. A part is never more than a part of its word.
type Word = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
}

/// What a parameter's value has to be beyond its description, or becomes.
#[derive(Debug)]
enum Rule {
    Text { dash: bool },
    Boolean { words: Vec<String>, otherwise: Vec<String> },
    AsItIs,
}

impl Task {
    /// Proves what the settings say.
    pub(super) fn parse(name: &str, described: &Described) -> Result<Self, Error> {
        let fault = |sentence: String| Error::Settings(format!("the setting tasks.{name}: {sentence}"));
        let task = Self::read(name, described).map_err(fault)?;
        let limits = MenuLimits::default();
        let shown = capos_service::commands::Menu::new("").with(task.command.clone()).bounded(&limits);
        match shown.commands.first() {
            Some(shown) if *shown == task.command => Ok(task),
            _ => Err(fault("a name, a label, a choice or a bound of it is longer or larger than may be, or shows control characters".into())),
        }
    }

    fn read(name: &str, described: &Described) -> Result<Self, String> {
        if !is_name(name) {
            return Err("a name has letters, digits, '-' and '_' alone".into());
        }
        let mut words = described.command.iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or("command names no program")?;
        let [Part::Text(program)] = &*parse_word(program)? else {
            return Err("the program itself has no place for a parameter".into());
        };
        let words = words.map(|word| parse_word(word)).collect::<Result<Vec<_>, _>>()?;
        let order = order(&words, described)?;
        let mut command = Command::new(name, &*described.label).summary(&*described.summary);
        let mut rules = BTreeMap::new();
        for name in order {
            let parameter = described.parameters.get(&name).ok_or_else(|| format!("{{{name}}} is no parameter"))?;
            let (shown, rule) = read_parameter(&name, parameter).map_err(|why| format!("parameters.{name}: {why}"))?;
            command = command.takes(shown);
            rules.insert(name, rule);
        }
        let alone =
            |name: &String| words.iter().all(|word| word.len() == 1 || !word.contains(&Part::Place(name.clone())));
        let within = rules.iter().find(|(name, rule)| matches!(rule, Rule::Boolean { .. }) && !alone(name));
        if let Some((name, _)) = within {
            return Err(format!("{{{name}}} stands for whole words, and has to be one"));
        }
        variables(&described.environment)?;
        Ok(Self {
            command,
            program: program.clone(),
            words,
            rules,
            directory: described.cwd.as_ref().map(PathBuf::from),
            environment: described.environment.clone(),
            timeout: described.timeout,
        })
    }

    /// The words of the command with these arguments, which fit its description, in their places.
    pub(super) fn fill(&self, arguments: &Arguments) -> Result<Words, Error> {
        for (name, value) in arguments.iter() {
            self.check(name, value)?;
        }
        let values: BTreeMap<&str, &Value> = arguments.iter().collect();
        let words = self.words.iter().flat_map(|word| self.fill_word(word, &values));
        Ok(Words { program: self.program.clone(), arguments: words.collect() })
    }

    fn check(&self, name: &str, value: &Value) -> Result<(), Error> {
        match (self.rules.get(name), value) {
            (Some(Rule::Text { .. }), Value::Text(text)) if text.is_empty() => {
                Err(Error::BadRequest("a text of a task is not empty"))
            }
            (Some(Rule::Text { dash: false }), Value::Text(text)) if text.starts_with('-') => {
                Err(Error::BadRequest("a text of this task does not begin with a dash"))
            }
            _ => Ok(()),
        }
    }

    /// One word becomes one word; none where it has a place for what was left out; and what a boolean says.
    fn fill_word(&self, word: &Word, values: &BTreeMap<&str, &Value>) -> Vec<String> {
        if let [Part::Place(name)] = &**word
            && let Some(Rule::Boolean { words, otherwise }) = self.rules.get(name)
        {
            return match values.get(&**name) {
                Some(Value::Boolean(true)) => words.clone(),
                Some(_) => otherwise.clone(),
                None => Vec::new(),
            };
        }
        let parts: Option<Vec<String>> = word.iter().map(|part| fill_part(part, values)).collect();
        parts.map(|parts| parts.concat()).into_iter().collect()
    }
}

fn fill_part(part: &Part, values: &BTreeMap<&str, &Value>) -> Option<String> {
    Some(match part {
        Part::Text(text) => text.clone(),
        Part::Place(name) => match values.get(&**name)? {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(_) => return None,
        },
    })
}

/// A word of the settings: `{name}` is a place, `{{` and `}}` are braces.
fn parse_word(word: &str) -> Result<Word, String> {
    if word.contains('\0') {
        return Err("a word has no zero bytes".into());
    }
    let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), word);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
            text.push_str(brace.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let place = brace.strip_prefix('{').and_then(|after| after.split_once('}')).filter(|(name, _)| is_name(name));
        let (name, after) = place.ok_or_else(|| format!("the word {word:?} has a brace that names no parameter"))?;
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(Part::Place(name.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() || parts.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

/// The parameters in the order of their first places.
fn order(words: &[Word], described: &Described) -> Result<Vec<String>, String> {
    let mut order: Vec<String> = Vec::new();
    for part in words.iter().flatten() {
        if let Part::Place(name) = part
            && !order.contains(name)
        {
            order.push(name.clone());
        }
    }
    match described.parameters.keys().find(|name| !order.contains(name)) {
        Some(name) => Err(format!("the parameter {name} has no place in the command")),
        None => Ok(order),
    }
}

fn read_parameter(name: &str, described: &described::Parameter) -> Result<(Parameter, Rule), String> {
    if let Some(key) = described.misplaced() {
        return Err(format!("{key} does not go with its type"));
    }
    let label = if described.label.is_empty() { name } else { &described.label };
    let (shown, rule) = match described.kind {
        Kind::Text => {
            let bytes = described.max_bytes.unwrap_or(TEXT_BYTES);
            (Parameter::text(name, label, bytes), Rule::Text { dash: described.dash.unwrap_or(false) })
        }
        Kind::Integer => {
            let range = described.min.zip(described.max).ok_or("an integer has min and max")?;
            (Parameter::integer(name, label, range.0..=range.1), Rule::AsItIs)
        }
        Kind::Boolean => {
            let words = described.words.clone().ok_or("a boolean has words")?;
            let otherwise = described.otherwise.clone().unwrap_or_default();
            if words.iter().chain(&otherwise).any(|word| word.contains('\0')) {
                return Err("a word has no zero bytes".into());
            }
            (Parameter::boolean(name, label), Rule::Boolean { words, otherwise })
        }
        Kind::Choice => {
            let choices =
                described.choices.as_ref().filter(|choices| !choices.is_empty()).ok_or("there is no choice")?;
            (Parameter::choice(name, label, choices.iter().map(|choice| Choice::from(&**choice))), Rule::AsItIs)
        }
    };
    let shown = shown.summary(&*described.summary);
    Ok((if described.optional { shown.optional() } else { shown }, rule))
}

fn variables(environment: &BTreeMap<String, String>) -> Result<(), String> {
    let is_wrong =
        |(name, value): &(&String, &String)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0');
    match environment.iter().find(is_wrong) {
        Some((name, _)) => Err(format!("environment: {name:?} cannot be set like that")),
        None => Ok(()),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_')
}
