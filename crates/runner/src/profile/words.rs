//! What is inside a service, as a person reads it.

mod settings;

use std::fmt::Display;
use std::path::PathBuf;

use capos_sandbox::{Network, Root, Strictness};
use capos_schema::service_capnp::Disclosure;

use super::{Dwelling, Holder, Isolation, Profile, Program, Requirement};

/// Characters of one sentence: a profile may have long lists.
const LONGEST: usize = 1024;

impl Profile {
    /// What is inside, in sentences: what its processes see of the host, may do there, and may use. Values of the
    /// environment are left out, and what a terminal would obey.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut all = vec![self.runs(), self.root(), self.reads(), self.writes()];
        all.extend(self.home());
        all.extend([self.account(), self.network(), self.commands(), self.usage()]);
        all.extend(self.environment_names());
        all.extend(self.learns());
        all.extend(self.requires.iter().map(holds));
        all.extend(self.beside());
        all.extend(settings::words(&self.settings, self.requires.iter().any(|needed| needed.holder == Holder::Node)));
        all.extend(self.loosely());
        all.iter().map(|sentence| plain(sentence)).collect()
    }

    fn runs(&self) -> String {
        let what = match &self.program {
            Program::File(path) => path.display().to_string(),
            Program::Bundled(name) => format!("the node's own program {name}"),
        };
        match self.isolation {
            Isolation::Shared => format!("One instance of {what} runs for all sessions."),
            Isolation::Session => format!("Each session has an instance of {what}, which ends with the session."),
        }
    }

    fn root(&self) -> String {
        match &self.inside.root {
            Root::Libraries => "Of the host's software it sees the shared libraries, and no programs.".to_owned(),
            Root::System => "It sees the host's programs and libraries, all of /usr.".to_owned(),
            Root::Directory(root) => format!("It sees what is in {} in place of the host's software.", root.display()),
        }
    }

    fn reads(&self) -> String {
        match self.inside.read.as_slice() {
            [] => "It reads no other files of the host.".to_owned(),
            paths => format!("It may also read {}.", listed(paths)),
        }
    }

    fn writes(&self) -> String {
        match self.inside.write.as_slice() {
            [] => "It writes nothing of the host but its home.".to_owned(),
            paths => format!("It may write {}, and its home.", listed(paths)),
        }
    }

    fn home(&self) -> Vec<String> {
        let stays = match self.inside.home {
            Dwelling::Kept => "Its home stays when it ends.",
            Dwelling::Principal => {
                "Each person has a home that stays and that only their own sessions see; a guest's goes with the session."
            }
            Dwelling::Scratch => "Its home is empty at first and goes with it.",
        };
        let may = self
            .inside
            .home_bytes
            .map(|bytes| format!("A home that holds more than {} ends it where the disk runs short.", size(bytes)));
        [stays.to_owned()].into_iter().chain(may).collect()
    }

    fn account(&self) -> String {
        let account = &self.inside.account;
        match &self.inside.user {
            Some(user) => format!("It is called {account} inside, and runs as the host's user {user}."),
            None => format!("It is called {account} inside."),
        }
    }

    fn network(&self) -> String {
        match self.inside.network {
            Network::None => "It reaches no network.",
            Network::Host => "It reaches every network that the host does, and what listens on the host itself.",
        }
        .to_owned()
    }

    fn commands(&self) -> String {
        match self.inside.commands {
            true => "It starts programs of whoever uses it.",
            false => "It starts no programs of those who use it.",
        }
        .to_owned()
    }

    fn usage(&self) -> String {
        let limits = &self.limits;
        format!(
            "Its processes together may use {} of memory; there may be {} of them, threads counted, each with {} open \
             files; no file may be larger than {}, and /tmp may hold {}.",
            size(limits.memory_bytes),
            limits.processes,
            limits.open_files,
            size(limits.file_bytes),
            size(self.temporary_bytes),
        )
    }

    fn environment_names(&self) -> Option<String> {
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| format!("Its environment sets {}.", listed_words(&names)))
    }

    fn learns(&self) -> Option<String> {
        let what = |disclosure: &Disclosure| match disclosure {
            Disclosure::PrincipalClass => "what kind of principal they are",
            Disclosure::AuthStrength => "how strongly they proved it",
            Disclosure::ProfileClass => "their profile",
            Disclosure::DisplayName => "their name",
            Disclosure::Pseudonym => "a pseudonym that stays the same",
        };
        let told: Vec<&str> = self.disclose.iter().map(what).collect();
        (!told.is_empty()).then(|| format!("Of those who use it, it may learn {}.", listed_words(&told)))
    }

    fn beside(&self) -> Option<String> {
        let names: Vec<&str> = self.companions.iter().map(|companion| companion.name.as_str()).collect();
        (!names.is_empty()).then(|| {
            format!(
                "Beside it run {}, confined alike, without home, network and what it may write.",
                listed_words(&names)
            )
        })
    }

    fn loosely(&self) -> Option<String> {
        let loose = self.sandbox == Strictness::BestEffort;
        loose.then(|| "It runs also where this host cannot confine it as it should be.".to_owned())
    }
}

fn holds(needed: &Requirement) -> String {
    let Requirement { name, interface, holder, optional, .. } = needed;
    let what = match holder {
        Holder::Backend => format!("The session lends it {name} ({})", interface.name),
        Holder::Service(provider) => format!("It holds {} of the service {}", provider.export, provider.service),
        Holder::Client => format!("Its clients hand it {name} ({})", interface.name),
        Holder::Node => format!("The node makes it {name} ({}) for each session", interface.name),
    };
    if *optional { format!("{what}; it does without where there is none.") } else { format!("{what}.") }
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    listed_words(&paths)
}

fn listed_words<T: Display>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.concat(),
    }
}

/// In the largest unit in which it is whole.
fn size(bytes: u64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let whole = units.into_iter().find(|(shift, _)| bytes >= 1 << shift && bytes.is_multiple_of(1 << shift));
    whole.map_or_else(|| format!("{bytes} bytes"), |(shift, unit)| format!("{} {unit}", bytes >> shift))
}

fn plain(sentence: &str) -> String {
    let tame = |letter: char| if capos_schema::text::acts(letter) { '\u{fffd}' } else { letter };
    match sentence.char_indices().nth(LONGEST) {
        Some((end, _)) => sentence.get(..end).unwrap_or_default().chars().map(tame).chain(['…']).collect(),
        None => sentence.chars().map(tame).collect(),
    }
}

#[cfg(test)]
mod tests;
