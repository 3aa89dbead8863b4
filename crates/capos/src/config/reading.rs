//! From a file to a configuration, with everything that is wrong in it.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::fault::Place;
use super::settings::{self, SETTINGS, Setting};
use super::{Config, Fault, Faults};

/// Largest file that is read: a device or a log named by mistake has no end.
const LARGEST: u64 = 1 << 20;
/// Further faults would not be read by anybody.
const MOST_FAULTS: usize = 100;

/// A setting that a file has, and the line.
pub(crate) type Said = (&'static Setting, usize);

/// Reads a file over what is configured already, and tells what the file says.
pub(crate) fn read_file(file: &Path, config: &mut Config) -> Result<Vec<Said>, Faults> {
    let text = contents(file).map_err(|wrong| Fault::of(format!("{}: {wrong}", file.display())))?;
    read_text(file, &text, config)
}

fn contents(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    opened.map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err("the file is too large for a configuration".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "the file is no UTF-8 text".to_owned())
}

/// Reads text over what is configured already; `file` is what faults are said to be in.
pub(crate) fn read_text(file: &Path, text: &str, config: &mut Config) -> Result<Vec<Said>, Faults> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { file, text, config, said: Vec::new(), faults: Vec::new() };
    for error in errors {
        reading.fault(&error.span().unwrap_or_default(), error.message());
    }
    // What a parser has made of a broken text is a guess; its faults would be, too.
    if reading.faults.is_empty() {
        reading.table("", document.get_ref());
    }
    Faults::collect(reading.faults)?;
    Ok(reading.said)
}

struct Reading<'a> {
    file: &'a Path,
    text: &'a str,
    config: &'a mut Config,
    said: Vec<Said>,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn table(&mut self, above: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
            if let Some(setting) = settings::find(&key) {
                self.setting(setting, &name.span(), &value.span(), value.get_ref());
            } else if !settings::is_table(&key) {
                self.fault(&name.span(), &unknown(&key));
            } else if let Some(table) = value.get_ref().as_table() {
                self.table(&key, table);
            } else {
                self.fault(&value.span(), &format!("{key} is a table of settings, not a setting"));
            }
        }
    }

    fn setting(&mut self, setting: &'static Setting, name: &Range<usize>, place: &Range<usize>, value: &DeValue<'_>) {
        match setting.field.take(self.config, value) {
            Ok(()) => self.said.push((setting, self.place(name).line)),
            Err(wrong) => self.fault(place, &format!("{} {wrong}", setting.key)),
        }
    }

    fn fault(&mut self, span: &Range<usize>, sentence: &str) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::at(self.place(span), sentence));
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        Place::of(self.file, self.text, span)
    }
}

fn unknown(key: &str) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let same_place = SETTINGS.iter().find(|setting| last(setting.key) == last(key));
    let near = SETTINGS.iter().min_by_key(|setting| distance(setting.key, key));
    let near = near.filter(|setting| distance(setting.key, key) <= 2).or(same_place);
    match near {
        Some(setting) => format!("there is no setting {key:?}; did you mean {:?}?", setting.key),
        None => format!("there is no setting {key:?}; `capos config show` lists all"),
    }
}

/// How many letters have to be changed, put in or taken out; long strangers are just far.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 {
        return usize::MAX;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, sign) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for (place, &opposite) in other.iter().enumerate() {
            let changed = row[place] + usize::from(sign != opposite);
            next.push(changed.min(row[place + 1] + 1).min(next[place] + 1));
        }
        row = next;
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let read = read_text(Path::new("capos.toml"), text, &mut Config::default());
        read.map_or_else(|faults| faults.iter().map(Fault::to_string).collect(), |_| Vec::new())
    }

    #[test]
    fn a_file_says_what_it_sets_and_on_which_line() {
        let mut config = Config::default();
        let text = "[node]\nname = 'den'\n\n[limits.connection]\nmessage_bytes = '1MiB'\n";
        let said = read_text(Path::new("f"), text, &mut config).unwrap();
        let said: Vec<_> = said.iter().map(|(setting, line)| (setting.key, *line)).collect();
        assert_eq!(said.len(), 2);
        assert!(said.contains(&("node.name", 2)) && said.contains(&("limits.connection.message_bytes", 5)));
        assert_eq!((config.node.name.as_str(), config.limits.connection.message_bytes), ("den", 1 << 20));
    }

    #[test]
    fn every_fault_is_told_with_its_line_and_column() {
        let text = "[node]\nname = 'two words'\nmodt = 'hello'\n[rpc]\nlisten = '127.0.0.1:1'\n[limits]\nentry = 7\n";
        let expected = [
            "capos.toml:2:8: node.name must have 1 to 64 bytes, without spaces",
            "capos.toml:3:1: there is no setting \"node.modt\"; did you mean \"node.motd\"?",
            "capos.toml:5:10: rpc.listen must be a list of addresses, such as [\"127.0.0.1:2327\"]",
            "capos.toml:7:9: limits.entry is a table of settings, not a setting",
        ];
        assert_eq!(faults(text), expected);
    }

    #[test]
    fn a_text_that_is_no_toml_is_told_by_its_places() {
        let faults = faults("a = ]\n[node]\nname = 'den'\nname = 'again'\n");
        assert!(faults.len() > 1, "{faults:?}");
        assert!(faults[0].starts_with("capos.toml:1:"), "{faults:?}");
    }

    #[test]
    fn a_setting_in_the_wrong_table_is_pointed_to_the_right_one() {
        assert_eq!(faults("motd = 'x'"), ["capos.toml:1:1: there is no setting \"motd\"; did you mean \"node.motd\"?"]);
        let unheard = "capos.toml:1:1: there is no setting \"webs\"; `capos config show` lists all";
        assert_eq!(faults("webs = true"), [unheard]);
    }

    proptest! {
        #[test]
        fn no_text_brings_the_reader_down_and_each_fault_is_one_line(text in "(?s).{0,200}") {
            for fault in faults(&text) {
                prop_assert!(!fault.contains('\n') && fault.starts_with("capos.toml:"), "{}", fault);
            }
        }

        #[test]
        fn any_value_in_any_place_is_taken_or_told(
            setting in 0..SETTINGS.len(),
            value in r#"[-+]?[0-9]{1,40}|0x[0-9a-f]{1,20}|[0-9]\.[0-9]e[0-9]{1,4}|"[^"\\\x00-\x1f\x7f]{0,80}"|\[("[0-9:.]{0,9}",)*\]|\{a=1\}|true|[0-9]{4}-01-01"#,
        ) {
            let told = faults(&format!("{} = {value}", SETTINGS[setting].key));
            prop_assert!(told.len() <= 1, "{:?}", told);
        }
    }

    #[test]
    fn what_is_wrong_without_end_is_told_to_an_end() {
        let text = (0..1000).map(|number| format!("a{number} = 1\n")).collect::<String>();
        assert_eq!(faults(&text).len(), MOST_FAULTS);
    }
}
