//! What can be done right now: menus, commands and their parameters.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

use capos_schema::text::acts;

use super::limits::MenuLimits;

/// What can be done right now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Menu {
    /// Of what.
    pub title: String,
    /// Where things stand, in a line or a few.
    pub status: String,
    /// The commands, in the order to show them.
    pub commands: Vec<Command>,
}

impl Menu {
    /// A menu without commands.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The same, with words on where things stand.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// The same with one more command, after those it has.
    #[must_use]
    pub fn with(mut self, command: Command) -> Self {
        self.commands.push(command);
        self
    }

    /// The command of that name.
    #[must_use]
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.commands.iter().find(|command| command.name == name)
    }

    /// A number that is another whenever the menu is, whichever process says it.
    #[must_use]
    pub fn revision(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// The menu as clients see it: within bounds, names once each, and no text with characters that act.
    #[must_use]
    pub fn bounded(self, limits: &MenuLimits) -> Self {
        let mut seen = HashSet::new();
        let mut choices = limits.choices;
        let commands = self.commands.into_iter();
        let named = commands.filter(|command| is_name(&command.name, limits) && seen.insert(command.name.clone()));
        Self {
            title: line(&self.title, limits.label_bytes),
            status: plain(&self.status, limits.status_bytes),
            commands: named.take(limits.commands).map(|command| command.bounded(limits, &mut choices)).collect(),
        }
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    /// Its stable name.
    pub name: String,
    /// Its title.
    pub label: String,
    /// What it does.
    pub summary: String,
    /// What it is shown together with.
    pub group: String,
    /// What it takes, in order.
    pub parameters: Vec<Parameter>,
    /// Why it is not possible right now; nothing where it is.
    pub refusal: Option<String>,
}

impl Command {
    /// A command that is possible and takes nothing.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        let (summary, group) = (String::new(), String::new());
        Self { name: name.into(), label: label.into(), summary, group, parameters: Vec::new(), refusal: None }
    }

    /// The same, with what it does.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// The same, shown together with others of that group.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// The same with one more parameter, after those it has.
    #[must_use]
    pub fn takes(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The same, not possible right now where there is a reason.
    #[must_use]
    pub fn unless<S: Into<String>>(mut self, reason: Option<S>) -> Self {
        self.refusal = reason.map(Into::into);
        self
    }

    /// The parameter of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// A parameter that nothing can be given for takes with it a command that cannot do without, and is itself left out
    /// of one that can.
    fn bounded(self, limits: &MenuLimits, choices: &mut usize) -> Self {
        let mut seen = HashSet::new();
        let mut parameters = Vec::new();
        let mut missing = None;
        for parameter in self.parameters {
            let parameter = parameter.bounded(limits, choices);
            let fits = parameters.len() < limits.parameters && is_name(&parameter.name, limits);
            let has_values = parameter.kind.has_values();
            let can_be_given = parameter.optional || (fits && has_values);
            if !can_be_given && missing.is_none() {
                missing = Some(format!("there is no {} to choose", parameter.title().to_lowercase()));
            }
            if fits && (has_values || !parameter.optional) && seen.insert(parameter.name.clone()) {
                parameters.push(parameter);
            }
        }
        let refusal = self.refusal.map(|reason| line(&reason, limits.summary_bytes));
        Self {
            name: self.name,
            label: line(&self.label, limits.label_bytes),
            summary: line(&self.summary, limits.summary_bytes),
            group: line(&self.group, limits.label_bytes),
            parameters,
            refusal: refusal.or(missing.map(|reason| line(&reason, limits.summary_bytes))),
        }
    }
}

/// What a command takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its stable name.
    pub name: String,
    /// Its title.
    pub label: String,
    /// What it means.
    pub summary: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// What values it can have.
    pub kind: Kind,
}

/// What values a parameter can have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Words, without characters that act.
    Text {
        /// How many bytes at most.
        max_bytes: u32,
    },
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Yes or no.
    Boolean,
    /// One of these and nothing else.
    Choice(Vec<Choice>),
    /// Words; these are what makes sense.
    Suggestion(Vec<Choice>),
}

/// One of the values that a parameter can have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// What is given.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// A value under a title.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A value that is its own title.
impl<S: Into<String>> From<S> for Choice {
    fn from(value: S) -> Self {
        let value = value.into();
        Self { label: value.clone(), value }
    }
}

impl Parameter {
    /// What to call it to a person.
    fn title(&self) -> &str {
        if self.label.is_empty() { &self.name } else { &self.label }
    }

    /// A parameter that must be given.
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), label: label.into(), summary: String::new(), optional: false, kind }
    }

    /// Words of at most so many bytes.
    pub fn text(name: impl Into<String>, label: impl Into<String>, max_bytes: u32) -> Self {
        Self::new(name, label, Kind::Text { max_bytes })
    }

    /// A whole number in a range.
    pub fn integer(name: impl Into<String>, label: impl Into<String>, range: RangeInclusive<i64>) -> Self {
        Self::new(name, label, Kind::Integer { min: *range.start(), max: *range.end() })
    }

    /// Yes or no.
    pub fn boolean(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Boolean)
    }

    /// One of these and nothing else.
    pub fn choice<C: Into<Choice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(name, label, Kind::Choice(choices.into_iter().map(Into::into).collect()))
    }

    /// Words; these are what makes sense.
    pub fn suggestion<C: Into<Choice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(name, label, Kind::Suggestion(choices.into_iter().map(Into::into).collect()))
    }

    /// The same, which may be left out.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, with what it means.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    fn bounded(self, limits: &MenuLimits, choices: &mut usize) -> Self {
        Self {
            name: self.name,
            label: line(&self.label, limits.label_bytes),
            summary: line(&self.summary, limits.summary_bytes),
            optional: self.optional,
            kind: self.kind.bounded(limits, choices),
        }
    }
}

impl Kind {
    fn has_values(&self) -> bool {
        match self {
            Self::Choice(choices) => !choices.is_empty(),
            Self::Integer { min, max } => min <= max,
            Self::Text { .. } | Self::Boolean | Self::Suggestion(_) => true,
        }
    }

    fn bounded(self, limits: &MenuLimits, choices: &mut usize) -> Self {
        let mut within = |offered: Vec<Choice>| -> Vec<Choice> {
            let named = offered.into_iter().filter(|choice| is_name(&choice.value, limits));
            let kept: Vec<Choice> = named.take(*choices).map(|choice| choice.bounded(limits)).collect();
            *choices = choices.saturating_sub(kept.len());
            kept
        };
        match self {
            Self::Text { max_bytes } => Self::Text { max_bytes: max_bytes.min(limits.text_bytes) },
            Self::Choice(offered) => Self::Choice(within(offered)),
            Self::Suggestion(offered) => Self::Suggestion(within(offered)),
            Self::Integer { .. } | Self::Boolean => self,
        }
    }
}

impl Choice {
    fn bounded(self, limits: &MenuLimits) -> Self {
        Self { label: line(&self.label, limits.label_bytes), value: self.value }
    }
}

/// Whether a text can stand for something: it is there, within bounds, and safe to print.
fn is_name(text: &str, limits: &MenuLimits) -> bool {
    !text.is_empty() && text.len() <= limits.name_bytes && !text.chars().any(acts)
}

/// A text of one line, cut to so many bytes.
fn line(text: &str, most: usize) -> String {
    cut(text, most).chars().map(|c| if acts(c) { ' ' } else { c }).collect()
}

/// A text of lines, cut to so many bytes. What would do something else than end a line becomes a space.
pub(super) fn plain(text: &str, most: usize) -> String {
    cut(text, most).chars().map(|c| if acts(c) && c != '\n' { ' ' } else { c }).collect()
}

fn cut(text: &str, most: usize) -> &str {
    text.split_at(text.floor_char_boundary(most)).0
}
