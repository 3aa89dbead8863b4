//! Files to and from a session's home, through a real node.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use capos_testkit::{Node, NodePlan};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::connecting::{connected, error, json};
use crate::ground::*;

/// A session with a home, and a directory of this machine.
fn ground() -> (Node, TempDir) {
    let node = connected();
    let launched = capos(node.plan(), &["launch", "shell"], "");
    assert_eq!(launched.code, Some(0), "{}", launched.err);
    (node, tempfile::tempdir().unwrap())
}

/// A path of this machine in the words of a command.
fn here(place: &TempDir, name: &str) -> String {
    place.path().join(name).to_str().unwrap().to_owned()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

fn listed(plan: &NodePlan, path: &str) -> Vec<Value> {
    json(plan, &["ls", path]).as_array().unwrap().clone()
}

fn names(plan: &NodePlan, path: &str) -> Vec<String> {
    listed(plan, path).iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

/// Runs bash in the session.
fn bash(plan: &NodePlan, script: &str) {
    let done = capos(plan, &["shell", "--", "bash", "-ec", script], "");
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
}

#[test]
fn files_of_any_size_go_there_and_come_back_the_same() {
    let (node, place) = ground();
    let plan = node.plan();
    for (name, length) in [("empty", 0), ("small", 5), ("at", 1 << 20), ("past", (1 << 20) + 1), ("large", 5_000_003)] {
        let bytes = pattern(length);
        fs::write(place.path().join(name), &bytes).unwrap();
        let told = json(plan, &["cp", &here(&place, name), ":"]);
        assert_eq!((&told["files"], &told["bytes"]), (&1.into(), &length.into()), "{told}");
        assert_eq!((&told["verified"], &told["notCopied"]), (&true.into(), &Value::Array(vec![])));
        json(plan, &["cp", &format!(":{name}"), &here(&place, "back")]);
        assert!(fs::read(place.path().join("back")).unwrap() == bytes, "{name}");
    }
    assert_eq!(names(plan, ":"), ["at", "empty", "large", "past", "small"], "nothing is left beside them");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 6);

    // Pipes at both ends.
    assert_eq!(capos(plan, &["cp", "-", ":piped"], "through a pipe\n").code, Some(0));
    let out = capos(plan, &["cp", ":piped", "-"], "");
    assert_eq!((out.code, &*out.out, &*out.err), (Some(0), "through a pipe\n", ""), "and no progress in a pipe");
}

#[test]
fn permissions_and_times_are_kept_where_that_is_asked_for() {
    let (node, place) = ground();
    let plan = node.plan();
    let file = place.path().join("program");
    fs::write(&file, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o750)).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 500);
    File::open(&file).unwrap().set_modified(time).unwrap();
    json(plan, &["cp", "-p", &here(&place, "program"), ":"]);
    let entry = &listed(plan, "program")[0];
    assert_eq!((&entry["mode"], &entry["modifiedSeconds"]), (&0o750.into(), &1_000_000_000.into()), "{entry}");
    json(plan, &["cp", "-p", ":program", &here(&place, "kept")]);
    let kept = fs::metadata(place.path().join("kept")).unwrap();
    assert_eq!((kept.mode() & 0o7777, kept.mtime(), kept.mtime_nsec()), (0o750, 1_000_000_000, 500));
    json(plan, &["cp", ":program", &here(&place, "plain")]);
    let plain = fs::metadata(place.path().join("plain")).unwrap();
    assert!(plain.mode() & 0o100 != 0 && plain.mtime() > 1_000_000_000, "it can be run all the same");
}

#[test]
fn a_tree_goes_there_and_back_with_links_that_stay_within_it() {
    let (node, place) = ground();
    let plan = node.plan();
    let tree = place.path().join("tree");
    fs::create_dir_all(tree.join("a/empty")).unwrap();
    fs::write(tree.join("one"), "1").unwrap();
    fs::write(tree.join("a/two"), "22").unwrap();
    symlink("../one", tree.join("a/link")).unwrap();
    symlink("../../outside", tree.join("a/out")).unwrap();
    let (code, told) = error(plan, &["cp", &here(&place, "tree"), ":"]);
    assert_eq!(code, Some(1));
    assert_eq!(told["advice"].as_str(), Some("Copy it with -r."), "{told}");
    let done = capos(plan, &["cp", "-r", "--json", &here(&place, "tree"), ":"], "");
    let told: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.code, &told["files"], &told["links"]), (Some(1), &2.into(), &1.into()), "{told}");
    assert!(told["notCopied"][0]["path"].as_str().unwrap().ends_with("a/out"), "{told}");
    assert_eq!(names(plan, ":tree/a"), ["empty", "link", "two"]);

    let told = json(plan, &["cp", "-r", ":tree", &here(&place, "back")]);
    assert_eq!((&told["files"], &told["links"], &told["directories"]), (&2.into(), &1.into(), &3.into()), "{told}");
    assert_eq!(fs::read(place.path().join("back/a/link")).unwrap(), b"1");
    let again = json(plan, &["cp", "-r", "--resume", ":tree/", &here(&place, "back/")]);
    assert_eq!(again["directories"], 3, "it goes into a directory that is there: {again}");
}

#[test]
fn what_a_home_lists_is_made_nowhere_but_where_it_was_asked_for() {
    let (node, place) = ground();
    let plan = node.plan();
    bash(
        plan,
        "mkdir -p t/sub && cd t && echo good > good && echo bad > $'line\\nbreak' && echo bad > $'esc\\e[2J' && \
         echo bad > $'\\xff' && mkfifo pipe && ln -s /etc absolute && ln -s ../.. above && ln -s sub/../.. round && \
         ln -s sub fine && ln -s good sub/fine",
    );
    let done = capos(plan, &["cp", "-r", "--json", ":t", &here(&place, "t")], "");
    let told: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.code, told["notCopied"].as_array().unwrap().len()), (Some(1), 7), "{told}");
    assert!(!done.err.contains('\x1b'), "{}", done.err);
    let mut there: Vec<_> =
        fs::read_dir(place.path().join("t")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    there.sort();
    assert_eq!(there, ["fine", "good", "sub"]);

    // A link that is here already is not gone through where the home has a directory.
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("u")).unwrap();
    symlink(outside.path(), place.path().join("u/sub")).unwrap();
    bash(plan, "mkdir -p u/sub && echo x > u/sub/file");
    let done = capos(plan, &["cp", "-r", ":u/.", &here(&place, "u")], "");
    assert_eq!((done.code, fs::read_dir(place.path().join("u")).unwrap().count()), (Some(1), 1), "{}", done.err);
    json(plan, &["cp", ":u/sub/file", &here(&place, "u/file")]);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_copy_goes_on_where_it_was_interrupted_if_that_is_the_same() {
    let (node, place) = ground();
    let plan = node.plan();
    let bytes = pattern(3_000_000);
    fs::write(place.path().join("f"), &bytes).unwrap();
    fs::write(place.path().join("part"), &bytes[..2_000_000]).unwrap();
    fs::write(place.path().join("wrong"), &bytes[1..2_000_000]).unwrap();
    for (left, resumed) in [("part", 2_000_000), ("wrong", 0)] {
        json(plan, &["cp", &here(&place, left), ":.f.capos-part"]);
        let told = json(plan, &["cp", "--resume", &here(&place, "f"), ":f"]);
        assert_eq!((&told["files"], &told["resumedBytes"]), (&1.into(), &resumed.into()), "{told}");
        fs::copy(place.path().join(left), place.path().join(".g.capos-part")).unwrap();
        let told = json(plan, &["cp", "--resume", ":f", &here(&place, "g")]);
        assert_eq!((&told["files"], &told["resumedBytes"]), (&1.into(), &resumed.into()), "{told}");
        assert!(fs::read(place.path().join("g")).unwrap() == bytes);
        assert_eq!(json(plan, &["cp", "--resume", ":f", &here(&place, "g")])["unchanged"], 1);
        assert_eq!(json(plan, &["cp", "--resume", &here(&place, "f"), ":f"])["unchanged"], 1);
        fs::remove_file(place.path().join("g")).unwrap();
        bash(plan, "test \"$(ls -A)\" = f && rm f");
    }
}

#[test]
fn what_is_interrupted_says_how_to_go_on_and_leaves_the_old_file() {
    let (node, place) = ground();
    let plan = node.plan();
    assert_eq!(capos(plan, &["cp", "-", ":big"], "old").code, Some(0));
    // Holes: quick to read, and far more than is copied before it is interrupted.
    File::create(place.path().join("big")).unwrap().set_len(1 << 30).unwrap();
    let mut command = plan.command();
    command.args(["cp", &here(&place, "big"), ":big"]).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut copying = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let begun = |entry: &Value| entry["name"] == ".big.capos-part" && entry["size"] != 0;
    while !listed(plan, ":").iter().any(begun) {
        assert!(Instant::now() < deadline, "it never began");
        thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&copying), Signal::INT).unwrap();
    let status = copying.wait().unwrap();
    let mut told = String::new();
    copying.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains("interrupted") && told.contains("--resume"), "{told}");
    assert_eq!(capos(plan, &["cp", ":big", "-"], "").out, "old");
}

#[test]
fn what_cannot_be_copied_is_said_with_the_exit_code_that_fits() {
    let (node, place) = ground();
    let plan = node.plan();
    fs::write(place.path().join("f"), "new").unwrap();
    let f = here(&place, "f");
    assert_eq!(capos(plan, &["cp", "-", ":there"], "old").code, Some(0));
    assert_eq!(json(plan, &["cp", "-n", &f, ":there"])["unchanged"], 1);
    assert_eq!(json(plan, &["cp", "-n", ":there", &f])["unchanged"], 1);
    assert_eq!((capos(plan, &["cp", ":there", "-"], "").out, fs::read(&f).unwrap()), ("old".into(), b"new".into()));
    for (words, code) in [
        (&["cp", "here", "there"][..], 2),
        (&["cp", ":here", ":there"], 2),
        (&["cp", "-", ":"], 2),
        (&["cp", &f], 2),
        (&["cp", "--resume", "-n", &f, ":x"], 2),
        (&["cp", ":nothing", &f], 1),
        (&["cp", ":../x", &f], 1),
        (&["cp", "/no/such/file", ":x"], 1),
        (&["cp", &f, ":no/such/directory"], 1),
        (&["cp", &f, &f, ":there"], 1),
        (&["cp", &f, ":x/"], 1),
        (&["ls", ":nothing"], 1),
        (&["cp", "--cap", "system_info", &f, ":x"], 3),
        (&["cp", "--cap", "none", &f, ":x"], 3),
    ] {
        let done = capos(plan, words, "");
        assert_eq!(done.code, Some(code), "{words:?}: {}", done.err);
        assert!(done.err.contains("error: "), "{words:?}: {}", done.err);
    }
    assert_eq!(names(plan, ":"), ["there"]);
}
