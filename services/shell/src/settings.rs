//! What the operator says of a shell: the table `[settings]` of its profile.

pub(crate) mod values;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::tasks::{self, Described, Tasks};
use crate::{Error, Limits, commands};

/// The whole table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
    /// Whether terminals are recorded.
    pub recording: Recording,
    /// The shell that a terminal opens where nothing else is asked for.
    pub login_shell: String,
    /// Variables beside the usual ones, or instead of them.
    pub environment: BTreeMap<String, String>,
    /// The bounds.
    pub limits: Limits,
    /// Commands that can be given away one by one, by the name of their export.
    pub tasks: BTreeMap<String, Described>,
}

/// Whether terminals are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recording {
    /// They are not.
    #[default]
    Off,
    /// They are, as far as that is possible.
    On,
    /// They are, and where that is not possible there is no terminal.
    Required,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            recording: Recording::Off,
            login_shell: "/bin/bash".to_owned(),
            environment: BTreeMap::new(),
            limits: Limits::default(),
            tasks: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Whether all of it makes sense; what does not is said.
    pub(crate) fn check(&self) -> Result<Tasks, Error> {
        self.limits.check()?;
        let mut variables = BTreeMap::new();
        for (name, value) in &self.environment {
            commands::set_variable(&mut variables, name, value, &self.limits)
                .map_err(|why| Error::Settings(format!("the setting environment: {name:?}: {why}")))?;
        }
        tasks::parse_tasks(&self.tasks)
    }
}
