//! First starts, and starts that cannot be.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Stdio;

use capos_store::{Entry, Limits, Store};

use crate::ground::*;

#[test]
fn a_started_node_lets_its_operator_in_and_says_where_it_is() {
    let node = plan().start();
    let ready = node.ready();
    assert_eq!(ready["pid"].as_u64(), Some(u64::from(node.pid())));
    assert!(node.fingerprint().starts_with("SHA256:"));
    assert_eq!(ready["nodeId"].as_str().map(str::len), Some(64));
    on_vat(async {
        let (_client, session) = Client::operator(&node).await;
        assert!(is_live(&session).await);
    });
    assert!(!node.log().contains(node.password()));
    let ready_file = node.plan().directory().join("ready");
    assert_eq!(mode(&ready_file), 0o600);
    let (status, _) = node.stop();
    assert!(status.success());
    assert!(!ready_file.exists(), "it goes with the node");
}

#[test]
fn without_a_terminal_the_first_password_is_in_a_file_and_nowhere_else() {
    let plan = plan();
    let mut up = plan.command();
    up.arg("up").arg("--data").arg(plan.data()).args(["--rpc", "127.0.0.1:0", "--ready-file"]);
    let mut child = up.arg(plan.directory().join("ready")).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = String::new();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    while !log.contains("one can sign in") {
        assert_ne!(std::io::BufRead::read_line(&mut lines, &mut log).unwrap(), 0, "{log}");
    }
    let file = plan.data().join("operator-password");
    assert_eq!(mode(&file), 0o600);
    let password = fs::read_to_string(&file).unwrap();
    assert_eq!(password.trim().len(), 23);
    assert!(log.contains(file.to_str().unwrap()) && !log.contains(password.trim()), "{log}");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap(),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!journal(&plan).iter().any(|row| row.1.contains(password.trim())), "nor in the journal");
}

#[test]
fn a_one_time_password_is_replaced_at_the_first_sign_in_and_its_file_goes() {
    let plan = plan();
    let mut up = plan.up();
    // As where there is no terminal and nobody has a password to give.
    let arguments: Vec<_> = up.get_args().map(ToOwned::to_owned).collect();
    let mut written = plan.command();
    written.args(arguments.iter().filter(|argument| *argument != "--operator-password-stdin"));
    let node = plan.start_with(&mut written);
    let file = plan.data().join("operator-password");
    let password = fs::read_to_string(&file).unwrap();
    on_vat(async {
        let client = Client::connect(node.address()).await;
        let flow = client.begin(node.operator()).await.unwrap();
        for (answer, done) in [("", false), (password.trim(), false), (node.password(), true)] {
            let mut next = flow.next_request();
            next.get().set_response(answer.as_bytes());
            let step = next.send().promise.await.unwrap();
            assert_eq!(step.get().unwrap().get_done(), done, "{answer:?}");
        }
    });
    drop(node);
    let node = plan.start_with(&mut up);
    let _ = node.wait_for_log("the file with the one-time password is gone");
    assert!(!file.exists());
    on_vat(async { drop(Client::operator(&node).await) });
}

#[test]
fn a_password_that_will_not_do_is_refused_and_the_next_start_asks_again() {
    let plan = plan();
    let done = run(&mut plan.up(), "short\n");
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(!done.err.contains("short\n"), "{}", done.err);
    let done = run(&mut plan.up(), "");
    assert_eq!(done.code, Some(2));
    assert!(one_line(&done).contains("there is no password on standard input"), "{}", done.err);
    let node = plan.start();
    on_vat(async { drop(Client::operator(&node).await) });
}

#[test]
fn a_data_directory_that_others_can_read_is_refused() {
    let plan = plan();
    fs::set_permissions(plan.data(), PermissionsExt::from_mode(0o755)).unwrap();
    let done = run(&mut plan.up(), "");
    assert_eq!(done.code, Some(1));
    assert!(one_line(&done).contains("is open to others (mode 0755); run: chmod 700"), "{}", done.err);
}

#[test]
fn a_data_directory_of_another_user_is_refused() {
    let plan = plan();
    if !rustix::process::geteuid().is_root() {
        return;
    }
    chown(plan.data(), Some(65_534), None).unwrap();
    let done = run(&mut plan.up(), "");
    assert_eq!(done.code, Some(1));
    assert!(one_line(&done).contains("belongs to user 65534"), "{}", done.err);
}

#[test]
fn a_second_node_on_the_same_data_is_refused() {
    let node = plan().start();
    let done = run(&mut node.plan().up(), "");
    assert_eq!(done.code, Some(1));
    assert!(one_line(&done).contains(&format!("process {}; stop it first", node.pid())), "{}", done.err);
    on_vat(async { drop(Client::operator(&node).await) });
}

#[test]
fn a_port_that_was_named_and_is_taken_is_refused_before_anything_is_promised() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let plan = plan().arguments(&["--rpc", &address]);
    let done = run(&mut plan.up(), "long enough to be a password\n");
    assert_eq!(done.code, Some(1));
    let mut lines = done.err.lines();
    assert!(
        lines.next().unwrap().contains(&format!("{address} is taken by another program, of user ")),
        "{}",
        done.err
    );
    assert_eq!(lines.next(), Some("Give another address with --rpc, or in the configuration as rpc.listen."));
    assert_eq!(journal(&plan), [], "no node has started, and no password was set that nobody was told");
}

#[test]
fn several_addresses_are_listened_on() {
    let node = plan().arguments(&["--rpc", "127.0.0.1:0", "--rpc", "127.0.0.2:0"]).start();
    for place in 0..2 {
        let address = node.ready()["rpc"][place].as_str().unwrap().parse().unwrap();
        on_vat(async {
            let client = Client::connect(address).await;
            assert!(is_live(&client.sign_in(node.operator(), node.password()).await.unwrap()).await);
        });
    }
}

#[test]
fn a_clock_that_is_behind_the_journal_is_told_and_loses_nothing() {
    let plan = plan();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&plan.data(), Limits::default()).unwrap();
        let entry = Entry { at_ms: 4_102_444_800_000, kind: "test".into(), payload: b"{}".to_vec() };
        store.append(entry).await.unwrap();
        store.close().await.unwrap();
    });
    let node = plan.start();
    let log = node.wait_for_log("one can sign in");
    assert!(log.contains("the journal's last row is of 2100-01-01T00:00:00Z"), "{log}");
    drop(node);
    assert!(has_row(&journal(&plan), "test"));
}

#[test]
fn a_failure_is_a_line_for_programs_where_the_log_is() {
    let plan = plan().arguments(&["--log-format", "json", "--rpc", "192.0.2.1:1"]);
    let done = run(&mut plan.up(), "long enough to be a password\n");
    assert_eq!(done.code, Some(1));
    let line: serde_json::Value = serde_json::from_str(done.err.lines().last().unwrap()).unwrap();
    assert_eq!(line["message"], "192.0.2.1:1 is no address of this machine");
    assert_eq!(line["level"], "ERROR");
}
