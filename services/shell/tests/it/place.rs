//! Where commands run and with which variables.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use capos_schema::shell_capnp::shell;
use capos_service::testing::{Visitor, run};

use crate::ground::{Ground, code, exec};

async fn cd(shell: &shell::Client, path: &str) -> Result<(), capnp::Error> {
    let mut request = shell.cd_request();
    request.get().set_path(path);
    request.send().promise.await.map(drop)
}

async fn cwd(shell: &shell::Client) -> String {
    shell.cwd_request().send().promise.await.unwrap().get().unwrap().get_path().unwrap().to_string().unwrap()
}

async fn set(shell: &shell::Client, name: &str, value: &str) -> Result<(), capnp::Error> {
    let mut request = shell.set_env_request();
    request.get().set_key(name);
    request.get().set_value(value);
    request.send().promise.await.map(drop)
}

async fn env(shell: &shell::Client) -> Vec<(String, String)> {
    let answer = shell.env_request().send().promise.await.unwrap();
    let list = answer.get().unwrap().get_env().unwrap();
    let text = |text: capnp::text::Reader<'_>| text.to_string().unwrap();
    list.iter().map(|one| (text(one.get_name().unwrap()), text(one.get_value().unwrap()))).collect()
}

#[test]
fn a_shell_goes_from_directory_to_directory_as_shells_do() {
    run(async {
        let ground = Ground::new().await;
        let home = ground.home().to_string_lossy().into_owned();
        std::fs::create_dir_all(ground.home().join("a/b")).unwrap();
        std::fs::write(ground.home().join("file"), "").unwrap();
        symlink("a/b", ground.home().join("link")).unwrap();
        assert_eq!(cwd(&ground.shell).await, home);
        let steps = [
            ("a", "/a"),
            ("b/./../b//", "/a/b"),
            ("..", "/a"),
            ("../link", "/link"),
            ("..", ""),
            ("link/..", ""),
            ("a/b", "/a/b"),
            ("", ""),
        ];
        for (step, there) in steps {
            cd(&ground.shell, step).await.unwrap();
            assert_eq!(cwd(&ground.shell).await, format!("{home}{there}"), "{step}");
            assert_eq!(ground.exec(&["sh", "-c", "echo $PWD"]).await.out, format!("{home}{there}\n"));
        }
        for wrong in ["none", "file", "file/..", "none/..", "a\0", "link/none"] {
            assert_eq!(code(cd(&ground.shell, wrong).await), "badRequest", "{wrong}");
        }
        assert_eq!(cwd(&ground.shell).await, home);
        cd(&ground.shell, "/../..").await.unwrap();
        assert_eq!(cwd(&ground.shell).await, "/");
    });
}

#[test]
fn what_a_command_is_told_counts_for_that_command_alone() {
    run(async {
        let ground = Ground::new().await;
        let home = ground.home().to_string_lossy().into_owned();
        std::fs::create_dir(ground.home().join("a")).unwrap();
        let told = exec(&ground.shell, &["sh", "-c", "pwd; echo $A"], |mut options| {
            options.set_cwd("a");
            let mut env = options.init_env(1);
            env.reborrow().get(0).set_name("A");
            env.get(0).set_value("x=y");
        });
        assert_eq!(told.await.unwrap().out, format!("{home}/a\nx=y\n"));
        assert_eq!(ground.sh("pwd; echo $A").await.out, format!("{home}\n\n"));
        assert_eq!(code(exec(&ground.shell, &["true"], |mut options| options.set_cwd("none")).await), "badRequest");
    });
}

#[test]
fn variables_stay_until_they_are_removed() {
    run(async {
        let ground = Ground::with(r#"{"environment": {"EDITOR": "ed", "LANG": "de_DE.UTF-8"}}"#).await;
        assert_eq!(
            ground.sh("echo $EDITOR $LANG $HOME").await.out,
            format!("ed de_DE.UTF-8 {}\n", ground.home().display())
        );
        set(&ground.shell, "A", "1 2").await.unwrap();
        set(&ground.shell, "EDITOR", "vi").await.unwrap();
        assert_eq!(ground.sh("echo \"$A\" $EDITOR").await.out, "1 2 vi\n");
        let told = env(&ground.shell).await;
        assert!(told.contains(&("A".to_owned(), "1 2".to_owned())) && told.iter().any(|(name, _)| name == "PATH"));
        let mut request = ground.shell.unset_env_request();
        request.get().set_key("A");
        request.send().promise.await.unwrap();
        assert_eq!(ground.sh("echo ${A-none}").await.out, "none\n");
    });
}

#[test]
fn what_cannot_be_a_variable_is_refused_and_there_is_no_more_than_may_be() {
    run(async {
        let ground = Ground::with(r#"{"limits": {"variables": 16, "environmentBytes": "4KiB"}}"#).await;
        for (name, value) in [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "\0"), ("A\n", "x")] {
            assert_eq!(code(set(&ground.shell, name, value).await), "badRequest", "{name:?} {value:?}");
        }
        let mut set_so_far = env(&ground.shell).await.len();
        while set_so_far < 16 {
            set(&ground.shell, &format!("V{set_so_far}"), "").await.unwrap();
            set_so_far += 1;
        }
        assert_eq!(code(set(&ground.shell, "ONE_MORE", "").await), "quotaExceeded");
        set(&ground.shell, "V15", "again").await.unwrap();
        let used: usize = env(&ground.shell).await.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let fits = "x".repeat(4096 - used + "again".len());
        set(&ground.shell, "V15", &fits).await.unwrap();
        assert_eq!(code(set(&ground.shell, "V15", &(fits + "x")).await), "quotaExceeded");
    });
}

#[test]
fn sessions_do_not_share_a_place() {
    run(async {
        let ground = Ground::new().await;
        let other: shell::Client = ground.bench.open(&Visitor::named("Ben"), "shell").await.unwrap();
        cd(&ground.shell, "/").await.unwrap();
        set(&ground.shell, "A", "1").await.unwrap();
        assert_eq!(cwd(&other).await, ground.home().to_string_lossy());
        assert!(!env(&other).await.iter().any(|(name, _)| name == "A"));
    });
}

#[test]
fn a_directory_that_went_away_is_told() {
    run(async {
        let ground = Ground::new().await;
        let there = ground.home().join("there");
        std::fs::create_dir(&there).unwrap();
        cd(&ground.shell, "there").await.unwrap();
        std::fs::remove_dir(&there).unwrap();
        assert_eq!(code(exec(&ground.shell, &["true"], |_| {}).await), "badRequest");
        cd(&ground.shell, "").await.unwrap();
        assert_eq!(ground.exec(&["true"]).await.code, 0);
    });
}

#[test]
fn a_directory_that_may_not_be_entered_is_refused() {
    run(async {
        let ground = Ground::new().await;
        let there = ground.home().join("closed");
        std::fs::create_dir(&there).unwrap();
        std::fs::set_permissions(&there, std::fs::Permissions::from_mode(0o600)).unwrap();
        if rustix::process::geteuid().is_root() {
            return;
        }
        assert_eq!(code(cd(&ground.shell, "closed").await), "badRequest");
    });
}
