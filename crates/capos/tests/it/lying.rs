//! A service that lies to the commands that use it. It is this test program itself, started by a real node.

mod service;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::Path;

use capos_schema::files_capnp::EntryKind;
use capos_testkit::{Node, NodePlan};
use serde_json::Value;
use tempfile::TempDir;

use crate::connecting::{connect, error};
use crate::ground::*;

/// Bytes that every file is said to have.
const ANNOUNCED: u64 = 10;
/// What a directory is said to have in it.
const TRAPS: [(&str, EntryKind); 12] = [
    ("../out", EntryKind::File),
    ("a/b", EntryKind::File),
    ("/etc/x", EntryKind::File),
    ("..", EntryKind::Directory),
    ("", EntryKind::Directory),
    ("nul\0", EntryKind::File),
    ("\x1b[2J", EntryKind::File),
    ("\u{202e}txt", EntryKind::File),
    ("out", EntryKind::Link),
    ("fine", EntryKind::Link),
    ("fine", EntryKind::Directory),
    ("sub", EntryKind::Directory),
];

/// Not a test: what the node starts, and what the profile names.
#[test]
#[ignore = "the service that the tests beside it use"]
fn serves() {
    assert_eq!(format!("{:?}", service::serve()), format!("{:?}", std::process::ExitCode::SUCCESS));
}

fn profile() -> String {
    let program = std::env::current_exe().unwrap();
    let place = program.parent().unwrap();
    format!(
        "id = 'liar'\nlabel = 'Liar'\nsummary = 'Lies.'\nprogram = {program:?}\n\
         arguments = ['lying::serves', '--exact', '--ignored', '--nocapture']\nroot = 'system'\nread = [{place:?}]\n\
         sandbox = 'best-effort'\noffered = ['operator']\n\
         [[exports]]\nname = 'lied_files'\ninterface = 'Directory'\n[[exports]]\nname = 'lied_shell'\ninterface = 'Shell'\n"
    )
}

/// A session with it, and a directory of this machine.
fn ground() -> (Node, TempDir) {
    let plan = plan().configuration("[services]\nbundled = []\n").service_file("liar.toml", profile());
    let node = plan.start();
    assert_eq!(connect(&node, &["--name", "lab"]).code, Some(0));
    let launched = capos(&plan, &["launch", "liar"], "");
    assert_eq!(launched.code, Some(0), "{}", launched.err);
    (node, tempfile::tempdir().unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Nothing that a terminal obeys.
fn assert_plain(done: &Done) {
    for said in [&done.out, &done.err] {
        assert!(!said.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{said:?}");
    }
}

fn copy(plan: &NodePlan, words: &[&str]) -> Done {
    let done = capos(plan, &[&["cp", "--cap", "lied_files"], words].concat(), "");
    assert_plain(&done);
    done
}

#[test]
fn nothing_is_written_or_changed_outside_of_where_the_copy_goes() {
    let (node, place) = ground();
    let outside = tempfile::tempdir().unwrap();
    let (to, mode) = (place.path().join("t"), PermissionsExt::from_mode(0o700));
    fs::set_permissions(outside.path(), mode).unwrap();
    let before = fs::metadata(outside.path()).unwrap();
    fs::create_dir(&to).unwrap();
    symlink(outside.path(), to.join("sub")).unwrap();
    let done = copy(node.plan(), &["-r", "-p", "--json", ":trap/.", text(&to)]);
    let told: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.code, told["notCopied"].as_array().unwrap().len()), (Some(1), TRAPS.len() - 1), "{told}");
    let mut there: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    there.sort();
    assert_eq!(there, ["fine", "sub"]);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    let after = fs::metadata(outside.path()).unwrap();
    assert_eq!((after.mode(), after.mtime_nsec()), (before.mode(), before.mtime_nsec()), "not its permissions either");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_not_as_it_was_said_to_be_leaves_the_earlier_one_as_it_was() {
    let (node, place) = ground();
    let to = place.path().join("f");
    fs::write(&to, "old").unwrap();
    for (name, code, said) in [
        ("more", 1, "more came of the file"),
        ("ignores", 1, "more came of the file"),
        ("less", 1, "was changed while it was copied"),
        ("wrong", 1, "not the same as its source"),
        ("silent", 1, "no answer came within 2s"),
        ("hang", 1, "no answer came within 2s"),
    ] {
        let from = format!(":{name}");
        for more in [&[][..], &["--no-checksum"], &["--resume"]] {
            if name == "wrong" && more == ["--no-checksum"] {
                continue;
            }
            let part = place.path().join(".f.capos-part");
            fs::write(&part, [b'y'; 4 * ANNOUNCED as usize]).unwrap();
            let done = copy(node.plan(), &[&["--timeout", "2s", &from, text(&to)], more].concat());
            assert_eq!(done.code, Some(code), "{name} {more:?}: {}", done.err);
            assert!(done.err.contains(said), "{name} {more:?}: {}", done.err);
            assert_eq!(fs::read(&to).unwrap(), b"old");
            let left = fs::metadata(&part).map_or(0, |part| part.len());
            assert!(left <= ANNOUNCED || name == "hang", "{name} {more:?}: {left}");
        }
        let done = copy(node.plan(), &["--timeout", "2s", &from, "-"]);
        assert_eq!((done.code, done.out.len() as u64 <= ANNOUNCED), (Some(code), true), "{name}: {}", done.err);
    }
}

#[test]
fn a_list_without_an_end_is_given_up() {
    let (node, place) = ground();
    let plan = node.plan();
    for (name, said) in [("empty", "does not come to an end"), ("round", "does not come to an end"), ("names", "too m")]
    {
        let from = format!(":{name}");
        let done = copy(plan, &["-r", "-q", &from, text(place.path())]);
        assert_eq!(done.code, Some(1), "{name}");
        assert!(done.err.contains(said), "{name}: {}", done.err.lines().last().unwrap_or_default());
        if name == "names" {
            // As many as `ls` shows take too long to be sent for a test.
            continue;
        }
        let (code, told) = error(plan, &["ls", "--cap", "lied_files", &from]);
        assert!(code == Some(1) && told["message"].as_str().unwrap().contains(said), "{told}");
    }
}

#[test]
fn a_command_that_ends_as_none_can_is_no_success_and_never_waited_for_for_ever() {
    let (node, _place) = ground();
    for (command, code) in [("code", 255), ("least", 255), ("signal", 255), ("untold", 1)] {
        let done = capos(node.plan(), &["shell", "--cap", "lied_shell", "--no-stdin", "--", command], "");
        assert_plain(&done);
        assert_eq!((done.code, &*done.out), (Some(code), "after the end\n"), "{command}: {}", done.err);
        assert_eq!(done.err.contains("nobody says"), command == "untold", "{}", done.err);
    }
}
