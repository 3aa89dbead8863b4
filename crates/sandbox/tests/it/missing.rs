//! A host that lacks something: refused where it is required, said where it is not.

use std::path::Path;

use capos_sandbox::{CgroupKind, Error, Mechanism, Strictness, Zygote};

use crate::guest::{PROGRAM, is_root, plan, read_all, run, start, zygote};

fn without(lacking: &[Mechanism]) -> Zygote {
    Zygote::start_lacking(Path::new(PROGRAM), lacking).unwrap()
}

#[tokio::test]
async fn this_host_has_what_is_required() {
    let zygote = zygote();
    assert_eq!(zygote.survey().lacking(), vec![]);
    if is_root() {
        assert_ne!(zygote.survey().cgroup, CgroupKind::None, "{:?}", zygote.survey());
    }
    let (process, _out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    assert_eq!(process.confinement(), zygote.survey().present);
    assert!(process.has_mount_namespace());
}

#[tokio::test]
async fn each_mechanism_that_is_required_is_reason_to_refuse() {
    for mechanism in Mechanism::ALL.iter().copied().filter(|mechanism| mechanism.is_required()) {
        let refused = start(&without(&[mechanism]), &plan(&["exit=0"])).await;
        let Err(Error::Lacking(missing)) = refused else { panic!("started without {mechanism}: {refused:?}") };
        assert!(missing.iter().any(|missing| missing.mechanism == mechanism && !missing.why.is_empty()), "{missing:?}");
    }
}

#[tokio::test]
async fn without_one_mechanism_a_best_effort_runs_and_says_so() {
    for mechanism in Mechanism::ALL.iter().copied() {
        let mut best = plan(&["status=Uid", "exit=0"]);
        best.strictness = Strictness::BestEffort;
        let (process, out) =
            start(&without(&[mechanism]), &best).await.unwrap_or_else(|error| panic!("{mechanism}: {error}"));
        assert!(process.lacking().iter().any(|missing| missing.mechanism == mechanism));
        assert!(!process.confinement().contains(&mechanism));
        process.ended().await;
        let said = read_all(out);
        // Without processes of its own to look into there is no /proc.
        assert!(!said.contains("Uid REACHED 0"), "{mechanism}: a service is never root: {said}");
    }
}

#[tokio::test]
async fn without_anything_a_best_effort_still_runs_and_its_orphans_end() {
    let zygote = without(Mechanism::ALL);
    assert_eq!(zygote.survey().present, vec![]);
    let mut best = plan(&["status=Uid", "orphan"]);
    best.strictness = Strictness::BestEffort;
    let (said, _) = run(&zygote, &best).await;
    assert!(said.contains("orphan REACHED"), "{said}");
    assert!(!said.contains("Uid REACHED 0\t"), "{said}");
}

#[tokio::test]
async fn without_a_file_tree_of_its_own_landlock_still_closes_the_hosts() {
    let data = crate::guest::directory();
    let secret = data.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let reading = format!("read={}", secret.display());
    let mut best = plan(&[&reading]);
    best.strictness = Strictness::BestEffort;
    let (said, _) = run(&without(&[Mechanism::MountNamespace]), &best).await;
    assert!(said.contains("refused"), "{said}");
    let (said, _) = run(&without(&[Mechanism::MountNamespace, Mechanism::Landlock]), &best).await;
    assert!(said.contains("REACHED"), "{said}");
}

#[tokio::test]
async fn without_control_groups_limits_of_each_process_stand_in() {
    let zygote = without(&[Mechanism::CgroupMemory, Mechanism::CgroupPids, Mechanism::CgroupCpu]);
    assert_eq!(zygote.survey().cgroup, CgroupKind::None);
    let (said, exit) = run(&zygote, &plan(&["forks=31", "forks=32", "memory=134217728", "memory=1073741824"])).await;
    assert!(said.contains("forks=31 REACHED") && said.contains("forks=32 refused"), "{said}");
    assert!(said.contains("memory=134217728 REACHED") && !said.contains("memory=1073741824"), "{said} {exit:?}");
}

/// Every attempt is refused although one of the layers that refuse it is not there.
async fn assert_refused_without(lacking: &[Mechanism], attempts: &[String]) {
    let words: Vec<_> = attempts.iter().map(String::as_str).collect();
    let mut best = plan(&words);
    best.strictness = Strictness::BestEffort;
    best.limits.file_bytes = 1 << 30;
    best.temporary_bytes = 1 << 30;
    let (said, _) = run(&without(lacking), &best).await;
    for attempt in attempts {
        assert!(said.contains(&format!("{attempt} refused")), "{attempt} without {lacking:?}:\n{said}");
    }
}

#[tokio::test]
async fn without_its_list_of_system_calls_namespaces_still_hold() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("capos-layer-{}", std::process::id());
    crate::guest::outside(&[&format!("plant-key={name}")]);
    let socket = format!("capos-layer-socket-{}", std::process::id());
    let address = <std::os::unix::net::SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(&socket);
    let _socket = std::os::unix::net::UnixListener::bind_addr(&address.unwrap()).unwrap();
    let attempts = [
        format!("tcp={}", listener.local_addr().unwrap()),
        format!("abstract={socket}"),
        format!("key={name}"),
        format!("signal={}", std::process::id()),
        format!("trace={}", std::process::id()),
        "read=/proc/1/environ".to_owned(),
        "list=/proc/1/fd".to_owned(),
        "write=/evil".to_owned(),
        "write=/usr/lib/evil".to_owned(),
        "exec-from=/tmp".to_owned(),
        "exec-from=/home/service".to_owned(),
        "trace=1".to_owned(),
    ];
    assert_refused_without(&[Mechanism::Seccomp], &attempts).await;
    assert_refused_without(&[Mechanism::Seccomp, Mechanism::Landlock], &attempts).await;
}

#[tokio::test]
async fn without_a_network_namespace_its_list_of_system_calls_still_holds() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let attempts = [format!("tcp={}", listener.local_addr().unwrap()), format!("family={}", libc::AF_NETLINK)];
    assert_refused_without(&[Mechanism::NetworkNamespace], &attempts).await;
}
