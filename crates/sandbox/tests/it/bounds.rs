//! What a guest may use: at the bound and past it.

use capos_sandbox::Exit;

use crate::guest::{outside, plan, run, start, zygote};

#[tokio::test]
async fn a_fork_bomb_is_held_to_the_number_of_processes() {
    assert!(outside(&["forks=100"]).contains("REACHED"));
    // 32 with the guest itself.
    let (said, _) = run(&zygote(), &plan(&["forks=31", "forks=32"])).await;
    assert!(said.contains("forks=31 REACHED") && said.contains("forks=32 refused"), "{said}");
}

#[tokio::test]
async fn a_memory_bomb_ends_the_guest_and_nobody_else() {
    let zygote = zygote();
    let (neighbour, _out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    let (said, exit) = run(&zygote, &plan(&["memory=134217728", "memory=1073741824"])).await;
    assert!(said.contains("memory=134217728 REACHED") && !said.contains("memory=1073741824"), "{said}");
    assert!(matches!(exit, Exit::OutOfMemory | Exit::Signal(_)), "{exit:?}");
    if zygote.survey().has(capos_sandbox::Mechanism::CgroupMemory) {
        assert_eq!(exit, Exit::OutOfMemory);
    }
    assert_eq!(neighbour.has_ended(), None);
}

#[tokio::test]
async fn temporary_files_are_held_to_their_size() {
    for place in ["/tmp", "/dev/shm", "/home/service"] {
        let (within, past) = (format!("fill={place}:{}", 15 << 20), format!("fill={place}:{}", 17 << 20));
        let (said, _) = run(&zygote(), &plan(&[&within, &past])).await;
        assert!(said.contains(&format!("{within} REACHED")) && said.contains(&format!("{past} refused")), "{said}");
    }
}

#[tokio::test]
async fn one_file_is_held_to_its_size() {
    let (said, _) = run(&zygote(), &plan(&["large-file=/tmp/a:1048576", "large-file=/tmp/b:1048577"])).await;
    assert!(said.contains(":1048576 REACHED") && said.contains(":1048577 refused"), "{said}");
}

#[tokio::test]
async fn open_files_are_held_to_their_number() {
    let (said, _) = run(&zygote(), &plan(&["open-files=61", "open-files=62"])).await;
    assert!(said.contains("open-files=61 REACHED") && said.contains("open-files=62 refused"), "{said}");
}

#[tokio::test]
async fn a_crash_leaves_no_dump() {
    let data = crate::guest::directory();
    let home = crate::guest::home(data.path(), "home");
    let mut plan = plan(&["abort"]);
    plan.home = Some(home.clone());
    let (_, exit) = run(&zygote(), &plan).await;
    assert_eq!(exit, Exit::Signal(libc::SIGABRT));
    assert_eq!(std::fs::read_dir(home).unwrap().count(), 0);
}

#[tokio::test]
async fn use_is_told_while_it_lives_and_nothing_after() {
    let zygote = zygote();
    let (process, out) = start(&zygote, &plan(&["memory=33554432", "sleep"])).await.unwrap();
    crate::life::until(out, "asleep");
    let usage = process.usage();
    assert!(usage.memory_bytes > 0 && usage.processes >= 2, "{usage:?}");
    process.kill();
    process.ended().await;
    assert_eq!(process.usage(), capos_sandbox::Usage::default());
}
