//! The help of every command, as it was when somebody last looked at it.
//!
//! `CAPOS_UPDATE_HELP=1 cargo test -p capos --test it help` writes the files anew; look at the difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMMANDS: &[&str] = &[
    "",
    "admin account add",
    "admin account list",
    "admin account password",
    "admin account remove",
    "admin account set",
    "admin account show",
    "admin account",
    "admin key add",
    "admin key list",
    "admin key remove",
    "admin key",
    "admin profile list",
    "admin profile remove",
    "admin profile retire",
    "admin profile set",
    "admin profile show",
    "admin profile",
    "admin role list",
    "admin role remove",
    "admin role set",
    "admin role",
    "admin service list",
    "admin service log",
    "admin service restart",
    "admin service show",
    "admin service start",
    "admin service stop",
    "admin service",
    "admin session end",
    "admin session list",
    "admin session revoke",
    "admin session show",
    "admin session",
    "admin",
    "attach",
    "audit checkpoint",
    "audit export",
    "audit tail",
    "audit verify",
    "audit",
    "call",
    "caps",
    "chat",
    "commands",
    "completions",
    "config check",
    "config profile",
    "config show",
    "config",
    "connect",
    "cp",
    "describe",
    "do",
    "handles drop",
    "handles",
    "launch",
    "logout",
    "ls",
    "man",
    "nodes",
    "probe",
    "recordings",
    "recordings remove",
    "renew",
    "replay",
    "run",
    "services",
    "shell",
    "stdio",
    "stop",
    "term",
    "up",
    "version",
    "web",
    "whoami",
];

fn help(command: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_capos"));
    program
        .args(command.split(' ').filter(|word| !word.is_empty()))
        .arg("--help")
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1");
    let output = program.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{command}");
    String::from_utf8(output.stdout).unwrap()
}

fn file(command: &str) -> PathBuf {
    let name = if command.is_empty() { "capos".to_owned() } else { command.replace(' ', "_") };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help").join(name + ".txt")
}

#[test]
fn every_help_is_as_it_was_and_has_an_example() {
    let update = std::env::var_os("CAPOS_UPDATE_HELP").is_some();
    for command in COMMANDS {
        let shown = help(command);
        assert!(shown.contains("\nExample"), "`capos {command} --help` has no example");
        if update {
            fs::create_dir_all(file(command).parent().unwrap()).unwrap();
            fs::write(file(command), &shown).unwrap();
        }
        let kept = fs::read_to_string(file(command)).unwrap_or_default();
        assert_eq!(shown, kept, "`capos {command} --help` has changed; see tests/it/help.rs");
    }
}

#[test]
fn every_command_that_is_listed_is_looked_at() {
    for command in COMMANDS {
        let shown = help(command);
        let listed = shown.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for line in listed {
            let name = line.split_ascii_whitespace().next().unwrap();
            let whole = format!("{command} {name}");
            assert!(COMMANDS.contains(&whole.trim()), "`capos {whole}` is missing in COMMANDS");
        }
    }
}
