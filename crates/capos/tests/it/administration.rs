//! Administration and audit of a stopped node's data directory.

use capos_testkit::NodePlan;

use crate::ground::*;

/// A node's data directory, the node stopped.
fn stopped() -> NodePlan {
    let node = plan().start();
    let plan = node.plan().clone();
    assert!(node.stop().0.success());
    plan
}

fn admin(plan: &NodePlan, arguments: &[&str], input: &str) -> Done {
    let data = plan.data();
    let all = ["admin", "--data", data.to_str().unwrap()].iter().chain(arguments).copied().collect::<Vec<_>>();
    capos(plan, &all, input)
}

#[test]
fn an_account_that_was_made_offline_can_sign_in_and_is_in_the_journal() {
    let plan = stopped();
    let add = ["account", "add", "alice", "--profile", "operator", "--password-stdin"];
    let done = admin(&plan, &add, "wonderland is nice\n");
    assert_eq!(done.code, Some(0), "{}", done.err);
    let listed = admin(&plan, &["account", "list", "--json"], "");
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|account| account["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["alice", "operator"]);
    let rows = journal(&plan);
    assert!(rows.iter().any(|row| row.1.contains("alice")), "{rows:?}");
    assert!(!rows.iter().any(|row| row.1.contains("wonderland")));
    let exported = capos(&plan, &["audit", "--data", plan.data().to_str().unwrap(), "export"], "").out;
    assert_eq!(exported.lines().count(), rows.len());

    let node = plan.start();
    on_vat(async {
        let client = Client::connect(node.address()).await;
        let session = client.sign_in("alice", "wonderland is nice").await.unwrap();
        assert!(is_live(&session).await);
    });
}

#[test]
fn a_key_is_added_from_a_file_and_taken_away_by_fingerprint() {
    let plan = stopped();
    let file = plan.directory().join("operator.pub");
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB7jnhpFAQpAu7vYyfXjGpGyJ4jkSk5lSGf6L9xyFYzG me@here\n";
    std::fs::write(&file, line).unwrap();
    let done = admin(&plan, &["key", "add", "operator", "--file", file.to_str().unwrap()], "");
    assert_eq!(done.code, Some(0), "{}", done.err);
    let keys = || {
        let shown = admin(&plan, &["account", "show", "operator", "--json"], "");
        let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        shown["keys"].as_array().unwrap().clone()
    };
    let fingerprint = keys()[0]["fingerprint"].as_str().unwrap().to_owned();
    let done = admin(&plan, &["key", "remove", "operator", &fingerprint], "");
    assert_eq!((done.code, keys().len()), (Some(0), 0), "{}", done.err);
}

#[test]
fn a_running_node_keeps_its_directory_to_itself() {
    let node = plan().start();
    let done = admin(node.plan(), &["account", "list"], "");
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("is in use by capos, process") && done.err.contains("leave --data out"), "{}", done.err);
}

#[test]
fn a_directory_without_a_node_is_told_and_left_alone() {
    let plan = plan();
    let done = admin(&plan, &["account", "list"], "");
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("there is no node's data in"), "{}", done.err);
    assert_eq!(std::fs::read_dir(plan.data()).unwrap().count(), 0);
}

#[test]
fn the_last_administrator_stays() {
    let plan = stopped();
    let done = admin(&plan, &["account", "remove", "operator", "--yes"], "");
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("nobody could administer accounts any more"), "{}", done.err);
}

#[test]
fn a_checkpoint_shows_a_journal_that_was_cut() {
    let plan = stopped();
    let data = plan.data();
    let audit = |arguments: &[&str]| {
        let all = ["audit", "--data", data.to_str().unwrap()].iter().chain(arguments).copied().collect::<Vec<_>>();
        capos(&plan, &all, "")
    };
    let kept = plan.directory().join("kept.json");
    let checkpoint = audit(&["checkpoint", "--json"]);
    assert_eq!(checkpoint.code, Some(0), "{}", checkpoint.err);
    std::fs::write(&kept, &checkpoint.out).unwrap();
    let verify = ["verify", "--checkpoint", kept.to_str().unwrap()];
    let done = audit(&verify);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);

    // Another signature, another journal: neither passes.
    let forged = checkpoint.out.replacen("\"signature\":\"30", "\"signature\":\"31", 1);
    assert_ne!(forged, checkpoint.out);
    std::fs::write(&kept, forged).unwrap();
    let done = audit(&verify);
    assert_eq!(done.code, Some(1));
    assert!(format!("{}{}", done.out, done.err).contains("was not signed by this node"), "{}{}", done.out, done.err);

    std::fs::write(&kept, &checkpoint.out).unwrap();
    for file in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    let node = plan.start();
    drop(node);
    let done = audit(&verify);
    assert_eq!(done.code, Some(1), "{}{}", done.out, done.err);
}

#[test]
fn a_definition_that_is_no_toml_is_told_with_its_line() {
    let plan = stopped();
    let done = admin(&plan, &["profile", "set", "reader", "--file", "-"], "label = \"Reader\"\nadmits = nobody\n");
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("standard input is not TOML: line 2: "), "{}", done.err);
}
