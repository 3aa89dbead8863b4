//! The sandbox from outside.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use capos_sandbox::{Descriptors, Exit, Plan, ProcessLimits, Root, Strictness, Zygote};

const GUEST: &str = env!("CARGO_BIN_EXE_capos-sandbox-guest");

fn plan(program: &str, arguments: &[&str]) -> Plan {
    Plan {
        name: "guest".into(),
        program: PathBuf::from(program),
        arguments: arguments.iter().map(|a| a.to_string()).collect(),
        environment: vec![],
        home: None,
        root: Root::System,
        read_only: vec![],
        temporary_bytes: 16 << 20,
        limits: ProcessLimits {
            memory_bytes: 256 << 20,
            processes: 32,
            open_files: 64,
            cpu_weight: 100,
            file_bytes: 1 << 20,
        },
        strictness: Strictness::BestEffort,
        user: nix::unistd::geteuid().is_root().then_some(capos_sandbox::HostUser { uid: 61234, gid: 61234 }),
    }
}

#[tokio::test]
async fn a_program_runs_and_ends() {
    let zygote = Zygote::start(Path::new(GUEST)).unwrap();
    println!("{:#?}", zygote.survey());
    let (mut read, write) = std::io::pipe().unwrap();
    let out = OwnedFd::from(write);
    let err = out.try_clone().unwrap();
    let process = zygote
        .spawn(
            &plan("/bin/sh", &["-c", "echo hello; env; ls -l /proc/self/fd; exit 3"]),
            Descriptors { sockets: vec![out.try_clone().unwrap()], out, err },
        )
        .await
        .unwrap();
    assert_eq!(process.ended().await, Exit::Code(3));
    let mut text = String::new();
    read.read_to_string(&mut text).unwrap();
    println!("{text}");
    let (_, write) = std::io::pipe().unwrap();
    let out = OwnedFd::from(write);
    let err = out.try_clone().unwrap();
    let process = zygote.spawn(&plan("/bin/sleep", &["100"]), Descriptors { sockets: vec![], out, err }).await.unwrap();
    process.terminate();
    assert_eq!(process.ended().await, Exit::Signal(15));
    let (_, write) = std::io::pipe().unwrap();
    let out = OwnedFd::from(write);
    let err = out.try_clone().unwrap();
    let failed = zygote.spawn(&plan("/bin/slep", &["100"]), Descriptors { sockets: vec![], out, err }).await;
    assert!(matches!(failed, Err(capos_sandbox::Error::NoProgram(_))), "{failed:?}");
}
