//! Calls by reflection, handles, documentation, and administration through a session.

use serde_json::json as value;

use crate::connecting::{connected, error, json};
use crate::ground::*;

#[test]
fn a_method_is_called_with_words_names_or_json() {
    let node = connected();
    let plan = node.plan();
    let by_words = json(plan, &["call", "manual", "page", "profile", "5"]);
    assert_eq!(by_words["page"]["name"], "profile");
    assert_eq!(json(plan, &["call", "manual", "page", "section=5", "name=profile"]), by_words);
    let done = capos(plan, &["call", "manual", "page", "--json", r#"{"name":"profile","section":5}"#], "");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&done.out).unwrap(), by_words);
    let alone = capos(plan, &["call", "system_info", "hostname"], "");
    assert_eq!(alone.out.lines().count(), 1, "one value stands alone: {}", alone.out);
}

#[test]
fn what_is_wrong_with_a_call_is_told_before_anything_is_sent() {
    let node = connected();
    let plan = node.plan();
    for (arguments, code, message) in [
        (&["call", "system_info", "modt"][..], 2, "no method `modt`"),
        (&["call", "nothing", "motd"], 3, "nothing named `nothing` is granted"),
        (&["call", "manual", "page", "x", "many"], 2, "`section` is UInt8"),
        (&["call", "manual", "page", "x", "300"], 2, "section"),
        (&["call", "audit", "follow", "1", "%7"], 3, "no handle %7"),
        (&["call", "%7", "x"], 3, "no handle %7"),
    ] {
        let (exit, error) = error(plan, arguments);
        assert_eq!(exit, Some(code), "{arguments:?}: {error}");
        assert!(error["message"].as_str().unwrap().contains(message), "{arguments:?}: {error}");
    }
    let advice = error(plan, &["call", "system_info", "modt"]).1["advice"].clone();
    assert!(advice.as_str().unwrap().contains("Did you mean `motd`?"), "{advice}");
}

/// The manual is no sink, but the following is given before the first row finds that out.
#[test]
fn a_capability_is_passed_by_name_and_what_comes_back_has_a_handle() {
    let node = connected();
    let plan = node.plan();
    let answer = json(plan, &["call", "audit", "follow", "0", "manual"]);
    assert_eq!(answer, value!({ "following": { "$cap": "%1", "interface": "AuditFollow" } }));
    assert_eq!(capos(plan, &["call", "audit", "follow", "0", "manual"], "").out, "%2 (AuditFollow)\n");
    let listed = json(plan, &["handles"]);
    assert_eq!((&listed[0]["handle"], &listed[0]["origin"]), (&"%1".into(), &"audit.follow".into()));
    assert_eq!(json(plan, &["describe", "%1"])["interface"], "AuditFollow");
    assert_eq!(json(plan, &["handles", "drop", "%1"]), value!({ "dropped": 1 }));
    let (code, gone) = error(plan, &["call", "%1", "anything"]);
    assert_eq!((code, &gone["code"]), (Some(3), &"unknownCap".into()));
    assert_eq!(json(plan, &["handles", "drop", "--all"]), value!({ "dropped": 1 }));
}

#[test]
fn documentation_is_found_by_capability_interface_and_word() {
    let node = connected();
    let plan = node.plan();
    let described = capos(plan, &["describe", "manual.page"], "").out;
    assert!(described.starts_with("page (name :Text, section :UInt8) -> (page :ManPage)"), "{described}");
    let types = capos(plan, &["describe", "manual", "--typescript"], "").out;
    assert!(types.contains("\nexport interface Manual extends RpcTarget {\n"), "{types}");
    assert_eq!(json(plan, &["describe", "Manual", "--typescript"])["typescript"], types.as_str());
    assert_eq!(json(plan, &["describe", "manual"])["methods"], json(plan, &["describe", "Manual"])["methods"]);
    assert!(capos(plan, &["man", "5", "profile"], "").out.starts_with("profile(5) - "));
    assert!(json(plan, &["man", "-k", "audit"]).as_array().is_some_and(|pages| !pages.is_empty()));
    let (code, missing) = error(plan, &["man", "no-such-page"]);
    assert_eq!(code, Some(1));
    assert_eq!(missing["advice"], "Search with `capos man -k no-such-page`.");
}

#[test]
fn accounts_are_administered_through_a_session() {
    let node = connected();
    let plan = node.plan();
    let add = ["admin", "account", "add", "alice", "--password-stdin", "--json"];
    let added = capos(plan, &add, "wonderland is nice\n");
    assert_eq!(added.code, Some(0), "{}", added.err);
    let added: serde_json::Value = serde_json::from_str(&added.out).unwrap();
    assert_eq!(
        (&added["kind"], &added["roles"], &added["hasPassword"]),
        (&"human".into(), &value!(["user"]), &true.into())
    );
    let (code, again) = {
        let done = capos(plan, &add, "another password\n");
        (done.code, done.err)
    };
    assert_eq!(code, Some(1), "{again}");
    let locked = json(plan, &["admin", "account", "set", "alice", "--state", "locked"]);
    assert_eq!((&locked["state"], &locked["roles"]), (&"locked".into(), &value!(["user"])));
    let (code, asked) = error(plan, &["admin", "account", "remove", "alice"]);
    assert_eq!(code, Some(2), "nobody can say yes: {asked}");
    assert_eq!(capos(plan, &["admin", "account", "remove", "alice", "--yes"], "").code, Some(0));
    let names = json(plan, &["admin", "account", "list"]);
    assert_eq!(names.as_array().unwrap().len(), 1);
}

#[test]
fn a_session_without_administration_is_told_so() {
    let node = connected();
    let plan = node.plan();
    let add = ["admin", "account", "add", "alice", "--password-stdin"];
    assert_eq!(capos(plan, &add, "wonderland is nice\n").code, Some(0));
    let target = format!("alice@{}", node.address());
    for what in [["admin", "account", "list"], ["audit", "tail", "-n1"]] {
        let once = ["--once", &target, "--method", "password", "--fingerprint", node.fingerprint()];
        let nobody = capos(plan, &[&what[..], &once[..]].concat(), "");
        assert_eq!(nobody.code, Some(1), "there is no terminal to ask at: {}", nobody.err);
        assert_eq!(capos(plan, &[&what[..], &["--node", "lab"]].concat(), "").code, Some(0));
    }
    let connect = ["connect", "--name", "alice", "--password-stdin", "--fingerprint", node.fingerprint(), &target];
    assert_eq!(capos(plan, &connect, "wonderland is nice\n").code, Some(0));
    let (code, refused) = error(plan, &["admin", "account", "list"]);
    assert_eq!((code, &refused["code"]), (Some(3), &"unknownCap".into()));
    assert_eq!(refused["message"], "your session was not granted administration");
}

#[test]
fn a_profile_is_shown_changed_and_set_again() {
    let node = connected();
    let plan = node.plan();
    let file = plan.directory().join("reader.toml");
    let shown = capos(plan, &["admin", "profile", "show", "user"], "").out;
    for comment in
        ["#   session: ", "#   chat: Chat, of the service chat\n", "# Inside the service chat:\n#   One instance of "]
    {
        assert!(shown.contains(comment), "{comment}: {shown}");
    }
    let services = json(plan, &["admin", "profile", "show", "user"])["services"].clone();
    let inside = services["chat"].as_array().unwrap();
    assert!(inside.contains(&"It reaches no network.".into()), "{services}");
    std::fs::write(&file, shown.replace("Uses the node", "Reads")).unwrap();
    let set = ["admin", "profile", "set", "reader", "--file", file.to_str().unwrap()];
    assert_eq!(capos(plan, &set, "").code, Some(0));
    assert_eq!(json(plan, &["admin", "profile", "show", "reader"])["definition"]["label"], "Reads");
    assert_eq!(json(plan, &["admin", "role", "set", "reader", "--profile", "reader"])["profiles"], value!(["reader"]));
    assert_eq!(capos(plan, &["admin", "profile", "remove", "reader", "--yes"], "").code, Some(1), "a role names it");
    assert_eq!(capos(plan, &["admin", "role", "remove", "reader", "--yes"], "").code, Some(0));
    assert_eq!(capos(plan, &["admin", "profile", "remove", "reader", "--yes"], "").code, Some(0));
}

#[test]
fn what_a_session_holds_is_seen_and_taken_away() {
    let node = connected();
    let plan = node.plan();
    let sessions = json(plan, &["admin", "session", "list"]);
    let handle = sessions[0]["session"].as_str().unwrap().to_owned();
    assert_eq!((sessions.as_array().unwrap().len(), &sessions[0]["own"]), (1, &true.into()));
    let shown = json(plan, &["admin", "session", "show", &handle[..6]]);
    assert!(shown["grants"].as_array().unwrap().iter().any(|grant| grant["name"] == "manual"));
    assert_eq!(capos(plan, &["admin", "session", "revoke", &handle[..6], "manual"], "").code, Some(0));
    let (code, revoked) = error(plan, &["man", "profile"]);
    assert_eq!((code, &revoked["code"]), (Some(3), &"revoked".into()), "{revoked}");
    assert_eq!(capos(plan, &["call", "system_info", "motd"], "").code, Some(0), "the others live on");
}

#[test]
fn the_journal_is_read_checked_and_exported() {
    let node = connected();
    let plan = node.plan();
    let tail = capos(plan, &["audit", "tail", "-n", "3"], "").out;
    assert_eq!(tail.lines().count(), 3, "{tail}");
    let exported = capos(plan, &["audit", "export"], "").out;
    let first: serde_json::Value = serde_json::from_str(exported.lines().next().unwrap()).unwrap();
    assert_eq!(first["sequence"], 1);
    assert_eq!(json(plan, &["audit", "verify"])["sound"], true);
    let checkpoint = json(plan, &["audit", "checkpoint"]);
    assert_eq!(checkpoint["hash"].as_str().unwrap().len(), 64);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let node = connected();
    let mut shell = node.plan().command_of("sh");
    shell.args(["-c", "\"$0\" audit export | head -n 1 > /dev/null; exec \"$0\" man > /dev/full"]);
    let done = run(shell.arg(env!("CARGO_BIN_EXE_capos")), "");
    assert_eq!(done.code, Some(1), "a full disk is one: {}", done.err);
    assert!(!done.err.contains("panicked") && done.err.lines().count() == 1, "{}", done.err);
}
