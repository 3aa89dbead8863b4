//! How a script gets to where it runs, with standard input left to it.
//!
//! A shell takes a script as an argument. Any other interpreter wants a file, and so does a script that is too long for
//! an argument: then bash there takes the script from what it reads first, puts it where a file is that nobody else
//! sees, and becomes the interpreter.

use crate::commands::shell::SHELL;
use crate::failure::Failure;

/// What a script is called that came from standard input.
pub(super) const UNNAMED: &str = "script";
/// The longest argument that Linux takes is 128 KiB.
const LONGEST_ARGUMENT: usize = 96 << 10;
/// The longest first line that Linux reads.
const LONGEST_LINE: usize = 256;
/// What is a shell, and takes a script with `-c`.
const SHELLS: [&str; 5] = ["bash", "sh", "dash", "ksh", "zsh"];
/// Takes as many bytes as its name says from standard input, and runs them by what follows. The file has no name any
/// more by then.
const CARRIER: &str = "\
script=$(mktemp) && head -c \"$0\" > \"$script\" && exec 3< \"$script\" && rm -f \"$script\" || exit 126
command -v -- \"$1\" > /dev/null || { echo \"$1: the script's first line asks for it, and it is not there\" >&2; exit 127; }
exec \"$@\"";
/// Where the interpreter finds the script.
const CARRIED: &str = "/dev/fd/3";

/// A script on its way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) command: String,
    pub(super) arguments: Vec<String>,
    /// What is to be read before anything else.
    pub(super) first: Vec<u8>,
}

impl Script {
    pub(super) fn carry(name: &str, script: Vec<u8>, arguments: Vec<String>) -> Result<Self, Failure> {
        let mut interpreter = interpreter(&script)?;
        let as_text = String::from_utf8(script);
        let as_text = match as_text {
            Ok(text) if is_shell(&interpreter) && text.len() <= LONGEST_ARGUMENT && !text.contains('\0') => text,
            other => {
                let script = other.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
                return Ok(Self::as_file(interpreter, script, arguments));
            }
        };
        let command = interpreter.remove(0);
        interpreter.extend(["-c".to_owned(), as_text, name.to_owned()]);
        interpreter.extend(arguments);
        Ok(Self { command, arguments: interpreter, first: Vec::new() })
    }

    fn as_file(interpreter: Vec<String>, script: Vec<u8>, arguments: Vec<String>) -> Self {
        let carrier = ["-c".to_owned(), CARRIER.to_owned(), script.len().to_string()];
        let all = carrier.into_iter().chain(interpreter).chain([CARRIED.to_owned()]).chain(arguments);
        Self { command: SHELL.to_owned(), arguments: all.collect(), first: script }
    }
}

/// What the first line asks for: a program, and what follows it as one argument, as Linux has it.
fn interpreter(script: &[u8]) -> Result<Vec<String>, Failure> {
    let Some(rest) = script.strip_prefix(b"#!") else { return Ok(vec![SHELL.to_owned()]) };
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.get(..LONGEST_LINE).unwrap_or(line);
    let strange =
        || Failure::usage("the script's first line names no program").advise("It is, for instance: #!/bin/sh");
    let line = std::str::from_utf8(line).map_err(|_| strange())?.trim();
    let (program, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    if program.is_empty() {
        return Err(strange());
    }
    let argument = Some(argument.trim()).filter(|argument| !argument.is_empty());
    Ok([program].into_iter().chain(argument).map(str::to_owned).collect())
}

/// Whether what it is read by takes a script as an argument: a shell, perhaps looked up by `env`.
fn is_shell(interpreter: &[String]) -> bool {
    let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let named: Vec<String> = interpreter.iter().map(|word| base(word)).collect();
    let is_known = |name: &str| SHELLS.contains(&name);
    match named.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["env", name] | [name] => is_known(name),
        // With switches of its own, as `-e`.
        [name, _] => is_known(name) && interpreter.get(1).is_some_and(|switches| switches.starts_with('-')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn carried(script: &str) -> Script {
        Script::carry("name", script.as_bytes().to_vec(), vec!["one".to_owned()]).unwrap()
    }

    /// Runs it on this machine.
    fn run(script: &Script, input: &[u8]) -> String {
        use std::io::Write as _;
        let mut command = Command::new(&script.command);
        let mut child = command.args(&script.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = [&script.first, input].concat();
        let writer = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_shell_takes_its_script_as_an_argument() {
        for (first, command, switches) in [
            ("", "bash", &[][..]),
            ("#!/bin/bash\n", "/bin/bash", &[]),
            ("#!/bin/sh -e\n", "/bin/sh", &["-e"]),
            ("#!/usr/bin/env bash\n", "/usr/bin/env", &["bash"]),
        ] {
            let text = format!("{first}echo \"$0 $1\"; cat");
            let script = carried(&text);
            let expected = [switches, &["-c", &text, "name", "one"]].concat();
            assert_eq!(
                (script.command.as_str(), &script.arguments),
                (command, &expected.iter().map(|&word| word.to_owned()).collect())
            );
            assert_eq!(run(&script, b"read"), "name one\nread");
        }
    }

    #[test]
    fn any_other_interpreter_gets_a_file_and_the_rest_of_what_there_is_to_read() {
        for text in ["#!/usr/bin/awk -f\n{ print \"got \" $0 }", "#!/usr/bin/sed -f\ns/^/got /"] {
            let script = Script::carry("name", text.as_bytes().to_vec(), Vec::new()).unwrap();
            assert_eq!((script.command.as_str(), script.first.as_slice()), ("bash", text.as_bytes()));
            assert_eq!(run(&script, b"line\n"), "got line\n", "{text}");
        }
        let cat = carried("#!/bin/cat\nbody");
        assert_eq!(cat.arguments[2..], ["15", "/bin/cat", "/dev/fd/3", "one"]);
    }

    #[test]
    fn a_script_that_is_too_long_for_an_argument_is_a_file_too() {
        let text = format!("echo $1; cat; # {}", "x".repeat(LONGEST_ARGUMENT));
        let script = carried(&text);
        assert_eq!(script.first.len(), text.len());
        assert_eq!(run(&script, b"read"), "one\nread");
    }

    #[test]
    fn a_first_line_that_names_nothing_is_refused() {
        assert!(Script::carry("name", b"#!\necho".to_vec(), Vec::new()).is_err());
        assert!(Script::carry("name", b"#!\xff\n".to_vec(), Vec::new()).is_err());
    }
}
