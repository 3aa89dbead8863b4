//! What the fuzz target `configuration` does with its bytes; the ordinary test run does the same with its corpus.

use std::path::Path;

use crate::config::Config;
use crate::config::reading::read_text;
use crate::config::settings::SETTINGS;

const FILE: &str = "fuzzed.toml";

/// The bytes are a file. Whatever is read is read again from what it is shown as; whatever is wrong is told in lines.
pub(crate) fn fuzz(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut config = Config::default();
    match read_text(Path::new(FILE), text, &mut config) {
        Ok(said) => {
            let lines = text.lines().count();
            assert!(said.iter().all(|(_, line)| (1..=lines).contains(line)), "a line that is not there");
            is_read_again(config);
        }
        Err(faults) => {
            assert!(faults.iter().next().is_some(), "refused without a fault");
            for fault in faults.iter() {
                let told = fault.to_string();
                assert!(!told.chars().any(char::is_control) && told.starts_with(FILE), "{told:?}");
            }
        }
    }
}

fn is_read_again(mut config: Config) {
    let shown = show(&mut config);
    let mut again = Config::default();
    let outcome = read_text(Path::new(FILE), &shown, &mut again);
    assert!(outcome.is_ok(), "{:?} in {shown}", outcome.err());
    assert_eq!(show(&mut again), shown);
}

fn show(config: &mut Config) -> String {
    SETTINGS.iter().map(|setting| format!("{} = {}\n", setting.key, setting.field.show(config))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_of_configurations_does_no_harm() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/configuration");
        let mut files = 0;
        for file in std::fs::read_dir(corpus).unwrap() {
            fuzz(&std::fs::read(file.unwrap().path()).unwrap());
            files += 1;
        }
        assert!(files > 0, "the corpus is empty");
    }

    #[test]
    fn the_defaults_are_read_as_they_are_shown() {
        fuzz(show(&mut Config::default()).as_bytes());
    }
}
