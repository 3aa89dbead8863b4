//! Terminals of a session, in one of this side.
use crate::connecting::{connected, json};
use crate::ground::*;
use crate::pty::Pty;
use capos_testkit::NodePlan;
use rustix::process::{Pid, Signal, kill_process};
fn term(plan: &NodePlan, arguments: &[&str]) -> Pty {
    let all: Vec<&str> = ["term"].iter().chain(arguments).copied().collect();
    Pty::capos(plan, &all)
}
/// A shell that says of itself no more than a prompt.
const PLAIN: [&str; 8] = ["--env", "PS1=THERE> ", "--env", "HISTFILE=", "--", "bash", "--norc", "-i"];
fn listed(plan: &NodePlan) -> Vec<serde_json::Value> {
    json(plan, &["term", "--list"]).as_array().unwrap().clone()
}
#[test]
fn a_terminal_has_the_size_of_the_one_here_and_passes_its_status_on() {
    let node = connected();
    let plan = node.plan();
    let mut terminal = term(plan, &PLAIN);
    terminal.wait_for("THERE>");
    assert!(!terminal.echoes(), "keys are the program's");
    terminal.types("stty size; echo $TERM\r");
    terminal.wait_for("24 80\r\nxterm-256color");
    terminal.types("trap 'echo resized; trap - WINCH' WINCH; echo trap\"\"ped\r");
    terminal.wait_for("trapped");
    terminal.resize(132, 50);
    terminal.wait_for("resized");
    terminal.types("stty size\r");
    terminal.wait_for("50 132");
    terminal.types("exit 42\r");
    assert_eq!(terminal.end(), Some(42), "{}", terminal.seen);
    assert!(terminal.echoes());
    assert!(listed(plan).is_empty(), "nobody needs it any more");
}
#[test]
fn keys_are_the_programs_and_signals_are_its_own() {
    let node = connected();
    let mut terminal = term(node.plan(), &["sh", "-c", "echo ready; sleep 1000"]);
    terminal.wait_for("ready");
    terminal.types("\x03");
    assert_eq!(terminal.end(), Some(130), "{}", terminal.seen);
}
#[test]
fn a_terminal_outlives_its_window() {
    let node = connected();
    let plan = node.plan();
    let mut terminal = term(plan, &[&["--title", "work"][..], &PLAIN].concat());
    terminal.wait_for("THERE>");
    terminal.types("echo re\"\"membered\r");
    terminal.wait_for("remembered");
    terminal.types("~.");
    terminal.wait_for("To come back: capos term --attach 1");
    assert_eq!(terminal.end(), Some(0));
    assert!(terminal.echoes());
    let all = listed(plan);
    assert_eq!((all.len(), &all[0]["title"], &all[0]["running"]), (1, &"work".into(), &true.into()));
    let mut watcher = term(plan, &["--observe", "1"]);
    watcher.wait_for("remembered");
    let mut again = term(plan, &["--attach", "1"]);
    again.wait_for("remembered");
    again.types("echo for\"\" both\r");
    again.wait_for("for both");
    watcher.wait_for("for both");
    watcher.types("exit 9\r~.");
    watcher.wait_for("--observe 1");
    again.types("echo still\"\" here\r");
    again.wait_for("still here");
    again.types("\r~.");
    assert_eq!(again.end(), Some(0));
    assert_eq!(capos(plan, &["term", "--close", "1"], "").out, "terminal 1 is closed\n");
    assert!(listed(plan).is_empty());
    let gone = capos(plan, &["term", "--close", "1"], "");
    assert!(gone.code == Some(1) && gone.err.contains("capos term --list"), "{}", gone.err);
}
#[test]
fn what_is_typed_after_a_tilde_is_this_sides_only_where_it_is_wanted() {
    let node = connected();
    let plan = node.plan();
    let mut terminal = term(plan, &PLAIN);
    terminal.wait_for("THERE>");
    terminal.types("~?");
    terminal.wait_for("leave; the terminal goes on");
    terminal.types("~~.\x15echo one\"\" two ~.\r");
    terminal.wait_for("one two ~.");
    terminal.types("~.");
    assert_eq!(terminal.end(), Some(0));
    let mut plain = term(plan, &[&["-e", "none"][..], &PLAIN].concat());
    plain.wait_for("THERE>");
    plain.types("~.\x15exit 3\r");
    assert_eq!(plain.end(), Some(3));
}
#[test]
fn this_side_can_be_suspended_and_the_program_goes_on() {
    let node = connected();
    let plan = node.plan();
    let mut local = Pty::run(plan, &["bash", "--norc", "-i"]);
    local.wait_for("LOCAL$ ");
    let command =
        format!("{} term -- bash -c 'while :; do echo $((++n)) > n; sleep 0.05; done'\r", env!("CARGO_BIN_EXE_capos"));
    local.types(&command);
    let count = || capos(plan, &["shell", "-n", "cat", "n"], "").out.trim().parse().unwrap_or(0);
    while count() == 0 {}
    local.types("~\x1a");
    local.wait_for("Stopped");
    local.wait_for("LOCAL$ ");
    let before: u32 = count();
    while count() <= before {}
    local.types("fg\r");
    local.wait_for("\x1b[H\x1b[2J");
    local.types("~.");
    local.wait_for("goes on");
    local.wait_for("LOCAL$ ");
}
#[test]
fn the_terminal_is_given_back_when_the_node_goes() {
    let node = connected();
    let plan = node.plan().clone();
    // A program that has the whole screen, the mouse and no cursor.
    let draws = "printf '\\033[?1049h\\033[?1002h\\033[?25lready'; exec sleep 1000";
    let mut terminal = term(&plan, &["sh", "-c", draws]);
    terminal.wait_for("ready");
    node.kill();
    terminal.wait_for("\x1b[?25h");
    terminal.wait_for("\x1b[?1002l\x1b[?1049l");
    terminal.wait_for("capos connect");
    assert_eq!(terminal.end(), Some(4), "{}", terminal.seen);
    assert!(terminal.echoes());
}
#[test]
fn the_terminal_is_given_back_when_this_side_is_ended() {
    let node = connected();
    let plan = node.plan();
    let mut terminal = term(plan, &["sh", "-c", "printf '\\033[?1049hready'; exec sleep 1000"]);
    terminal.wait_for("ready");
    kill_process(Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap(), Signal::TERM).unwrap();
    terminal.wait_for("\x1b[?1049l");
    assert_eq!(terminal.end(), Some(143), "{}", terminal.seen);
    assert!(terminal.echoes());
    assert_eq!(listed(plan).len(), 1, "it goes on");
}
#[test]
fn programs_cannot_reach_what_is_not_theirs_to_change() {
    let node = connected();
    let mut terminal = term(node.plan(), &["printf", "\\033]52;c;aGk=\\a\\033[31mred\\033[21t"]);
    terminal.wait_for("red");
    assert_eq!(terminal.end(), Some(0));
    assert!(!terminal.seen.contains("52;c") && !terminal.seen.contains("21t"), "{:?}", terminal.seen);
}
#[test]
fn where_there_is_no_terminal_none_is_opened() {
    let node = connected();
    let plan = node.plan();
    let done = capos(plan, &["term"], "");
    assert!(done.code == Some(2) && done.err.contains("capos shell"), "{}", done.err);
    assert!(listed(plan).is_empty());
}
#[test]
fn a_service_that_talks_in_lines_does_so_in_a_terminal_and_in_a_pipe() {
    let node = connected();
    let plan = node.plan();
    let denied = capos(plan, &["term", "--console", "paperclips_console"], "");
    assert_eq!(denied.code, Some(3), "{}", denied.err);
    assert_eq!(capos(plan, &["launch", "paperclips"], "").code, Some(0));
    let piped = capos(plan, &["term", "--console", "paperclips_console"], "help\nleave\nstatus\n");
    assert_eq!(piped.code, Some(0), "{}", piped.err);
    assert!(piped.out.ends_with("The wire waits.\n") && !piped.out.contains("> "), "{}", piped.out);
    assert_eq!(capos(plan, &["term", "--console", "paperclips_console"], "").code, Some(0), "nobody is there");
    let mut terminal = Pty::capos(plan, &["term", "--console", "paperclips_console"]);
    terminal.wait_for("> ");
    terminal.types("leavx\x7fe\r");
    terminal.wait_for("> leave\r\n");
    terminal.wait_for("The wire waits.");
    assert_eq!(terminal.end(), Some(0));
    let mut given_up = Pty::capos(plan, &["term", "--console", "paperclips_console"]);
    given_up.wait_for("> ");
    given_up.types("x\x03\x04");
    assert_eq!(given_up.end(), Some(0));
    assert!(given_up.echoes());
}
