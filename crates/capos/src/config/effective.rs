//! The outcome of defaults, file and flags, and which of them each value is from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::settings::{Effect, SETTINGS, Setting};
use super::{Config, Faults, places, reading};

/// What a node is told to be, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Effective {
    pub(crate) config: Config,
    /// The file that was read, if one was.
    pub(crate) file: Option<PathBuf>,
    origins: HashMap<&'static str, Origin>,
}

/// Where a value is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// This line of the file.
    File(usize),
    /// This flag.
    Flag(&'static str),
}

/// A flag that says something the file could have said.
pub(crate) struct Flag {
    /// What it sets.
    key: &'static str,
    /// Its name on the command line.
    name: &'static str,
    /// Puts it there.
    apply: Box<dyn Fn(&mut Config) + Send + Sync>,
}

impl Flag {
    /// A flag of that name, which sets that setting.
    pub(crate) fn new(
        key: &'static str,
        name: &'static str,
        apply: impl Fn(&mut Config) + Send + Sync + 'static,
    ) -> Self {
        Self { key, name, apply: Box::new(apply) }
    }
}

/// A setting that is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) key: &'static str,
    pub(crate) effect: Effect,
}

impl Effective {
    /// Reads the named file, or the usual one where it is there, and lays the flags over it.
    pub(crate) fn load(named: Option<&Path>, flags: &[Flag]) -> Result<Self, Faults> {
        let usual = places::configuration_file();
        let file = named.map(Path::to_owned).or_else(|| usual.exists().then_some(usual));
        let mut effective = Self { config: Config::default(), file, origins: HashMap::new() };
        if let Some(file) = &effective.file {
            effective.config.services.directory = places::profiles(file);
            let said = reading::read_file(file, &mut effective.config)?;
            effective.origins.extend(said.into_iter().map(|(setting, line)| (setting.key, Origin::File(line))));
        }
        for flag in flags {
            (flag.apply)(&mut effective.config);
            effective.origins.insert(flag.key, Origin::Flag(flag.name));
        }
        Ok(effective)
    }

    /// Where the value of a setting is from.
    pub(crate) fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).copied().unwrap_or(Origin::Default)
    }

    /// The settings whose values are different over there.
    pub(crate) fn changed(&self, to: &Effective) -> Vec<Changed> {
        let (mut from, mut to) = (self.config.clone(), to.config.clone());
        let mut differs = |setting: &&Setting| setting.field.show(&mut from) != setting.field.show(&mut to);
        let changed = SETTINGS.iter().filter(|setting| differs(setting));
        changed.map(|setting| Changed { key: setting.key, effect: setting.effect }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(name: &'static str) -> Flag {
        Flag::new("node.name", "--name", move |config| config.node.name = name.to_owned())
    }

    #[test]
    fn a_flag_goes_over_the_file_and_the_file_over_the_default() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("capos.toml");
        std::fs::write(&file, "[node]\nname = 'filed'\nmotd = 'hello'\n").unwrap();
        let effective = Effective::load(Some(&file), &[flag("flagged")]).unwrap();
        assert_eq!((effective.config.node.name.as_str(), effective.config.node.motd.as_str()), ("flagged", "hello"));
        assert_eq!(effective.origin("node.name"), Origin::Flag("--name"));
        assert_eq!(effective.origin("node.motd"), Origin::File(3));
        assert_eq!(effective.origin("rpc.listen"), Origin::Default);
    }

    #[test]
    fn changes_are_told_with_when_they_count() {
        let before = Effective::load(Some(Path::new("/dev/null")), &[]).unwrap();
        let mut after = before.clone();
        after.config.node.motd = "news".to_owned();
        after.config.rpc.listen.clear();
        let expected = [
            Changed { key: "node.motd", effect: Effect::Reload },
            Changed { key: "rpc.listen", effect: Effect::Restart },
        ];
        assert_eq!(before.changed(&after), expected);
        assert_eq!(before.changed(&before), []);
    }

    #[test]
    fn a_named_file_has_to_be_there() {
        let faults = Effective::load(Some(Path::new("/nowhere/capos.toml")), &[]).unwrap_err();
        assert_eq!(faults.to_string(), "/nowhere/capos.toml: No such file or directory (os error 2)");
    }
}
