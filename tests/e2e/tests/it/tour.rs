//! The README's tour, run: every command in order, in an empty home, and what it shows compared with what stands there.

mod compare;
mod script;
mod terminal;

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use compare::matches;
use script::{Aside, Step, parse_tour};
use terminal::Terminal;

/// What the README calls the reader, and where it says that the node is; the port is the usual one, said or not.
const READER: &str = "ada";
const HOST: &str = "127.0.0.1";
const PORT: &str = "2327";

/// A reader's machine: a home with nothing in it, and the project's folder as it is after a build.
struct Machine {
    directory: TempDir,
}

/// How far a reader has come.
struct Tour {
    machine: Machine,
    node: Option<Terminal>,
    /// Where the node of this run is.
    address: Option<SocketAddr>,
    kept: HashMap<String, String>,
}

#[test]
fn the_tour_of_the_readme_shows_what_it_says() {
    let readme = readme();
    let mut tour = Tour { machine: Machine::new(), node: None, address: None, kept: HashMap::new() };
    let steps = parse_tour(&readme).expect("the tour can be read");
    assert!(!steps.is_empty(), "there is a tour");
    for step in &steps {
        tour.take(step);
    }
    tour.stop_the_node();
}

#[test]
fn the_example_in_the_readme_is_the_file() {
    let file = fs::read_to_string(root().join("examples/guest.py")).expect("the example is there");
    let first = file.lines().next().expect("the example has lines");
    assert_eq!(script::block(&readme(), "python", first), Some(&file[..]));
}

impl Tour {
    fn take(&mut self, step: &Step) {
        let stays = step.asides.contains(&Aside::Stays);
        // A shell that ^C ends, too, would hide how the program itself ends.
        let exec = if stays { "exec " } else { "" };
        let line = format!("{exec}{}", here(&step.command, self.address));
        let mut terminal = Terminal::start(&line, |command| self.machine.prepare(command));
        if stays {
            terminal.wait_until(|shown| matches(&lines(step, address_in(shown)), shown));
            self.address = address_in(terminal.shown());
            self.keep(step, terminal.shown());
            self.node = Some(terminal);
            return;
        }
        self.answer(step, &mut terminal);
        let status = terminal.finish();
        let expected = lines(step, self.address);
        let shown = terminal.shown();
        assert!(
            matches(&expected, shown),
            "`{}` should show\n{}\nand shows\n{shown}",
            step.command,
            expected.join("\n")
        );
        let wanted =
            step.asides.iter().find_map(|aside| if let Aside::Exit(status) = aside { Some(*status) } else { None });
        assert_eq!(status, wanted.unwrap_or(0), "`{}` shows\n{shown}", step.command);
        self.keep(step, shown);
    }

    fn answer(&self, step: &Step, terminal: &mut Terminal) {
        let mut read = 0;
        for aside in &step.asides {
            let Aside::Type { answer, prompt } = aside else { continue };
            terminal.wait_until(|shown| shown[read..].contains(prompt.as_str()));
            read = terminal.shown().len();
            let word = answer.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            terminal.type_line(word.map_or(answer, |name| &self.kept[name]));
        }
    }

    fn keep(&mut self, step: &Step, shown: &str) {
        for aside in &step.asides {
            let Aside::Keep { name, after } = aside else { continue };
            let rest = shown.split_once(after.as_str()).map(|(_, rest)| rest);
            let word = rest.and_then(|rest| rest.split_whitespace().next());
            self.kept.insert(name.clone(), word.unwrap_or_else(|| panic!("nothing is after {after:?}")).to_owned());
        }
    }

    fn stop_the_node(mut self) {
        let mut node = self.node.take().expect("the tour starts a node");
        node.interrupt();
        assert_eq!(node.finish(), 0, "it shows\n{}", node.shown());
    }
}

/// What the README says, for this machine and a node at this address.
fn here(text: &str, address: Option<SocketAddr>) -> String {
    let text = replace_word(text, READER, &user());
    let Some(address) = address else { return text };
    let text = replace_word(&text, &format!("{HOST}:{PORT}"), HOST);
    let text = replace_word(&text, HOST, &address.to_string());
    replace_word(&text, PORT, &address.port().to_string())
}

fn lines(step: &Step, address: Option<SocketAddr>) -> Vec<String> {
    step.shown.iter().map(|line| here(line, address)).collect()
}

/// Replaces a word where it is not a part of a longer one.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        replaced += before;
        let is_whole = !is_part(replaced.chars().next_back()) && !is_part(after.chars().next());
        replaced += if is_whole { by } else { word };
        rest = after;
    }
    replaced + rest
}

#[test]
fn a_word_is_replaced_where_it_stands_alone() {
    assert_eq!(replace_word("ada, metadata, ada@x", "ada", "bo"), "bo, metadata, bo@x");
}

/// The first loopback address that is shown.
fn address_in(shown: &str) -> Option<SocketAddr> {
    let is_part = |sign: char| sign.is_ascii_digit() || sign == '.' || sign == ':';
    shown.split(|sign| !is_part(sign)).find_map(|word| word.trim_end_matches(['.', ':']).parse().ok())
}

impl Machine {
    fn new() -> Self {
        let machine = Self { directory: tempfile::tempdir().expect("a directory") };
        for name in ["home", "run", "bin", "project", "project/target", "project/target/release"] {
            fs::DirBuilder::new().mode(0o700).create(machine.path(name)).expect("the directory is ours");
        }
        let program = PathBuf::from(from_xtask("CAPOS_BIN"));
        link(&program, &machine.path("project/target/release/capos"));
        link(&program, &machine.path("bin/capos"));
        // What has been built is run, on a free port in place of the usual one, and the Python that has the library.
        machine.stand_in("cargo", "shift 3; exec capos \"$@\" --rpc 127.0.0.1:0");
        machine.stand_in("python3", &format!("exec '{}' \"$@\"", from_xtask("CAPOS_E2E_PYTHON")));
        for part in ["crates", "examples", "docs", "README.md"] {
            link(&root().join(part), &machine.path("project").join(part));
        }
        machine
    }

    /// A program of this name that runs this line.
    fn stand_in(&self, name: &str, line: &str) {
        let program = self.path("bin").join(name);
        fs::write(&program, format!("#!/bin/sh\n{line}\n")).expect("the directory is ours");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("the file is ours");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn prepare(&self, command: &mut Command) {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().current_dir(self.path("project"));
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("HOME", self.path("home")).env("XDG_RUNTIME_DIR", self.path("run"));
        command.env("TERM", "xterm").env("NO_COLOR", "1").env("LANG", "C.UTF-8").env("PYTHONDONTWRITEBYTECODE", "1");
    }
}

fn link(original: &Path, link: &Path) {
    symlink(original, link).expect("the directory is ours");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README is there")
}

/// Whoever runs this: what the node calls its operator.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id is everywhere");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn from_xtask(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `cargo xtask test`, which sets it"))
}
