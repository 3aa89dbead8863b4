//! What people run, run: each where this host has it.

use std::path::Path;

use capos_sandbox::Exit;

use crate::guest::{place, run, zygote};

/// A script in a terminal of its own, 100 columns wide.
async fn in_terminal(needs: &[&str], text: &str) -> Option<String> {
    let there = |name: &&str| ["/usr/bin", "/usr/local/bin"].iter().any(|place| Path::new(place).join(name).exists());
    if !needs.iter().chain(&["script", "bash"]).all(there) {
        return None;
    }
    // Nobody types, and it is not at an end either.
    let wrapped = "mkfifo /tmp/typed; script -q -e -c \"$SCRIPT\" /dev/null <>/tmp/typed";
    let mut plan = place(&["-c", wrapped]);
    plan.program = "/bin/bash".into();
    let script = format!("stty cols 100 rows 30; {text}");
    plan.environment = vec![("TERM".into(), "xterm-256color".into()), ("SCRIPT".into(), script)];
    plan.temporary_bytes = 64 << 20;
    (plan.limits.memory_bytes, plan.limits.processes, plan.limits.open_files) = (2 << 30, 128, 1024);
    let (said, exit) = run(&zygote(), &plan).await;
    assert_eq!(exit, Exit::Code(0), "{said}");
    Some(said)
}

async fn says(needs: &[&str], text: &str, expected: &[&str]) {
    let Some(said) = in_terminal(needs, text).await else { return };
    for expected in expected {
        assert!(said.contains(expected), "{text} should say {expected}:\n{said}");
    }
}

#[tokio::test]
async fn a_login_shell_has_a_terminal_and_job_control() {
    let text = "tty; stty size; bash -lic 'echo prompt $PS1; sleep 100 & kill -TSTP %1; jobs; fg %1 & cat <(echo handed over)'";
    says(&[], text, &["/dev/pts/0", "30 100", "prompt \\u@\\h", "sleep 100", "handed over"]).await;
}

#[tokio::test]
async fn processes_are_shown() {
    says(&["ps", "top", "free"], "ps -ef; top -b -n 1; free", &["alice", "pts/0", "load average", "Mem:"]).await;
    says(&["htop"], "htop -d 1 & sleep 1; kill %1; wait; stty sane; echo over", &["Load average", "Tasks:", "over"])
        .await;
}

#[tokio::test]
async fn editors_pagers_and_multiplexers_run() {
    says(&["vim"], "vim -c 'call setline(1, \"edited\")' -c 'wq file'; cat file", &["edited"]).await;
    says(&["less"], "seq 1 10 | less -FX; echo over", &["10", "over"]).await;
    let tmux =
        "tmux -f /dev/null new-session -d -s place 'echo within > out'; until [ -s out ]; do sleep 0.05; done; cat out";
    says(&["tmux"], tmux, &["within"]).await;
}

#[tokio::test]
async fn programs_are_compiled_and_run() {
    let text = "printf '#include <stdio.h>\\nint main(void) { puts(\"compiled here\"); return 0; }\\n' > a.c; \
                printf 'a: a.c\\n\\tgcc -o a a.c\\n' > Makefile; make && ./a";
    says(&["gcc", "make"], text, &["compiled here"]).await;
}

#[tokio::test]
async fn versions_are_kept() {
    let text = "git init -q kept && cd kept && echo a > a && git add a && git -c user.name=a -c user.email=a@b commit -qm first && git log --oneline | cat";
    says(&["git"], text, &["first"]).await;
}

#[tokio::test]
async fn interpreters_run_with_their_threads_and_processes() {
    let python = "/usr/bin/python3 -c 'import multiprocessing as m, os, pty; print(m.Pool(2).map(abs, [-41, 1]), os.getlogin, m.Lock()); pty.spawn([\"/bin/echo\", \"spawned\"])'";
    says(&["python3"], python, &["[41, 1]", "spawned"]).await;
    let node = "node -e 'const { Worker } = require(\"worker_threads\"); new Worker(\"console.log(6 * 7)\", { eval: true }); console.log(require(\"os\").userInfo().username)'";
    says(&["node"], node, &["42", "alice"]).await;
}

#[tokio::test]
async fn programs_that_want_to_be_somebody_else_fail_and_say_so() {
    says(
        &["su"],
        "su -c id || echo stayed; passwd </dev/null || echo unchanged; id -u",
        &["stayed", "unchanged", "1000"],
    )
    .await;
    says(
        &["mount", "unshare"],
        "mount -t tmpfs a /tmp || echo sealed; unshare -r id || echo alone",
        &["sealed", "alone"],
    )
    .await;
}
