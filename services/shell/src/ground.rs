//! What all of a session's commands, terminals and files have in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use capos_sandbox::tree::{TreeLimits, Trees};

use crate::settings::Settings;
use crate::tasks::Tasks;

/// Where things run, what starts them, and what the operator said.
pub(crate) struct Ground {
    /// What starts commands and terminals.
    pub(crate) trees: Trees,
    /// What the operator said.
    pub(crate) settings: Settings,
    /// The tasks among that, proven.
    pub(crate) tasks: Tasks,
    /// The session's home.
    pub(crate) home: PathBuf,
    /// The variables that whatever is started is given, before anybody set others.
    pub(crate) environment: BTreeMap<String, String>,
}

/// What the service's process was started with that its commands are to see as well.
const INHERITED: [&str; 9] = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"];

/// Where the host says nothing better: bytes are characters of UTF-8.
const LANGUAGE: &str = "C.UTF-8";

/// Where programs are looked for if nobody says otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Ground {
    pub(crate) async fn lay(program: &Path, home: &Path, settings: Settings, tasks: Tasks) -> std::io::Result<Self> {
        let limits = TreeLimits {
            grace: settings.limits.grace,
            command_bytes: settings.limits.argument_bytes + settings.limits.environment_bytes,
            ..TreeLimits::default()
        };
        let trees = Trees::start(program, limits).await?;
        let environment = environment(home, &settings);
        Ok(Self { trees, settings, tasks, home: home.to_owned(), environment })
    }
}

fn environment(home: &Path, settings: &Settings) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> = INHERITED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok().filter(|value| !value.is_empty())?)))
        .collect();
    let mut otherwise = |name: &str, value: String| {
        environment.entry(name.to_owned()).or_insert(value);
    };
    otherwise("LANG", LANGUAGE.to_owned());
    otherwise("PATH", PATH.to_owned());
    otherwise("SHELL", settings.login_shell.clone());
    environment.insert("HOME".to_owned(), home.to_string_lossy().into_owned());
    if let Some(user) = environment.get("USER").cloned() {
        environment.entry("LOGNAME".to_owned()).or_insert(user);
    }
    environment.extend(settings.environment.clone());
    environment
}
