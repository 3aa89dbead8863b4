//! `exec` and `run`: what is run, and what comes of it.

use capos_service::testing::run as in_runtime;

use crate::ground::{Ground, code, exec, run, until_gone};

#[test]
fn a_command_s_result_has_its_status_and_both_outputs_apart() {
    in_runtime(async {
        let ground = Ground::new().await;
        let told = ground.sh("echo one; echo two >&2; exit 3").await;
        assert_eq!((&*told.out, &*told.err, told.ended(), told.success), ("one\n", "two\n", (3, ""), false));
        let told = ground.exec(&["true"]).await;
        assert_eq!((told.ended(), told.success, told.truncated, told.timed_out), ((0, ""), true, false, false));
    });
}

#[test]
fn arguments_reach_a_program_as_they_are() {
    in_runtime(async {
        let ground = Ground::new().await;
        let words = ["printf", "<%s>", "a b", "", "$HOME", "; rm -rf x", "'\"\\", "日本\n"];
        assert_eq!(ground.exec(&words).await.out, "<a b><><$HOME><; rm -rf x><'\"\\><日本\n>");
    });
}

#[test]
fn a_shell_reads_the_command_and_takes_each_argument_for_one_word() {
    in_runtime(async {
        let ground = Ground::new().await;
        let words = ["A=1; printf '<%s>' $A", "a b", "$A", "it's; exit 9"];
        let told = exec(&ground.shell, &words, |mut options| options.set_shell("/bin/bash")).await.unwrap();
        assert_eq!((&*told.out, told.code), ("<1><a b><$A><it's; exit 9>", 0));
    });
}

#[test]
fn what_is_not_there_ends_with_127_and_what_cannot_be_run_with_126() {
    in_runtime(async {
        let ground = Ground::new().await;
        std::fs::write(ground.home().join("text"), "no program").unwrap();
        for (program, status) in [("no-such-program", 127), ("/no/such", 127), ("./text", 126), ("/", 126)] {
            let told = ground.exec(&[program]).await;
            assert_eq!((told.code, told.success), (status, false), "{program}");
            assert!(told.err.starts_with(program), "{told:?}");
        }
    });
}

#[test]
fn a_script_may_be_large_and_leaves_the_input_to_what_it_runs() {
    in_runtime(async {
        let ground = Ground::new().await;
        let script = format!("read line; echo \"got $line\"\n# {}\necho end", "x".repeat(1 << 20));
        let told = run(&ground.shell, &script, |mut options| options.set_stdin("words\n")).await.unwrap();
        assert_eq!((&*told.out, &*told.err, told.code), ("got words\nend\n", "", 0));
        let told = run(&ground.shell, "[[ a < b ]] && echo ${BASH_VERSION:+bash}", |_| {}).await.unwrap();
        assert_eq!(told.out, "bash\n");
        let told =
            run(&ground.shell, "echo \"${BASH_VERSION-none}\"", |mut options| options.set_shell("/bin/sh")).await;
        assert_eq!(told.unwrap().out, "none\n");
    });
}

#[test]
fn scripts_are_gone_with_their_runs() {
    in_runtime(async {
        let ground = Ground::new().await;
        let told = run(&ground.shell, "echo $0", |_| {}).await.unwrap();
        assert!(!std::path::Path::new(told.out.trim_end()).exists(), "{}", told.out);
    });
}

#[test]
fn a_command_reads_texts_then_bytes_then_the_end() {
    in_runtime(async {
        let ground = Ground::new().await;
        let told = exec(&ground.shell, &["cat"], |mut options| {
            options.set_stdin("text ");
            options.set_stdin_data(b"\xff\0bytes");
            options.set_bytes(true);
        });
        let told = told.await.unwrap();
        assert_eq!((&*told.out_bytes, &*told.out), (&b"text \xff\0bytes"[..], ""));
        assert_eq!(ground.exec(&["cat"]).await.out, "", "nothing to read is the end at once");
        let large = vec![b'x'; 5 << 20];
        let told = exec(&ground.shell, &["wc", "-c"], |mut options| options.set_stdin_data(&large)).await.unwrap();
        assert_eq!(told.out.trim(), large.len().to_string());
        let told = exec(&ground.shell, &["true"], |mut options| options.set_stdin_data(&large)).await.unwrap();
        assert_eq!(told.code, 0, "nobody has to read what is given");
    });
}

#[test]
fn a_time_that_is_over_ends_the_whole_tree() {
    in_runtime(async {
        let ground = Ground::with(r#"{"limits": {"grace": "200ms"}}"#).await;
        let line = "(trap '' TERM; echo $$; sleep 1000; sleep 1000) & echo $!; sleep 1000";
        let told = exec(&ground.shell, &["/bin/sh", "-c", line], |mut options| options.set_timeout(300)).await.unwrap();
        assert_eq!((told.timed_out, told.success, told.ended()), (true, false, (1, "SIGTERM")));
        assert!((250..5000).contains(&told.duration), "{}", told.duration);
        for pid in told.out.lines() {
            assert!(!std::path::Path::new("/proc").join(pid).exists(), "{pid} lives");
        }
    });
}

#[test]
fn what_a_command_leaves_running_is_ended_before_the_answer() {
    in_runtime(async {
        let ground = Ground::new().await;
        let told = ground.sh("setsid sleep 1000 & echo $!; setsid sh -c 'trap \"\" HUP; sleep 1000' & echo $!").await;
        let pids: Vec<&str> = told.out.lines().collect();
        assert_eq!((pids.len(), told.code), (2, 0));
        for pid in pids {
            assert!(!std::path::Path::new("/proc").join(pid).exists(), "{pid} lives");
        }
    });
}

#[test]
fn a_call_that_is_dropped_ends_its_command() {
    in_runtime(async {
        let ground = Ground::new().await;
        let file = ground.home().join("pid");
        let mut call =
            Box::pin(exec(&ground.shell, &["/bin/sh", "-c", "echo $$ > pid.new; mv pid.new pid; sleep 1000"], |_| {}));
        let pid = tokio::select! {
            told = &mut call => panic!("it ended: {told:?}"),
            () = crate::ground::until(|| file.exists()) => std::fs::read_to_string(&file).unwrap(),
        };
        drop(call);
        until_gone(pid.trim().parse().unwrap()).await;
    });
}

#[test]
fn words_that_no_program_can_be_given_are_refused() {
    in_runtime(async {
        let ground = Ground::new().await;
        assert_eq!(code(exec(&ground.shell, &[""], |_| {}).await), "badRequest");
        assert_eq!(code(exec(&ground.shell, &["echo", "a\0b"], |_| {}).await), "badRequest");
        assert_eq!(code(exec(&ground.shell, &["ec\0ho"], |_| {}).await), "badRequest");
        let longest = "x".repeat((128 << 10) - 1);
        assert_eq!(ground.exec(&["printf", "%s", &longest]).await.out.len(), longest.len());
        assert_eq!(code(exec(&ground.shell, &["echo", &(longest.clone() + "x")], |_| {}).await), "badRequest");
        let words: Vec<&str> = std::iter::once("true").chain(std::iter::repeat_n(&*longest, 9)).collect();
        assert_eq!(code(exec(&ground.shell, &words, |_| {}).await), "badRequest", "together they are too long");
    });
}
