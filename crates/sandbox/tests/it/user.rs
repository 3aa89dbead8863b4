//! Whose processes they are, and that all of this holds for an ordinary user too.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use capos_sandbox::{Error, HostUser};

use crate::guest::{USER, directory, home, is_root, plan, start, zygote};

#[tokio::test]
async fn a_service_is_never_the_hosts_root() {
    let zygote = zygote();
    for user in [HostUser { uid: 0, gid: 5 }, HostUser { uid: 5, gid: 0 }] {
        let mut rooted = plan(&["exit=0"]);
        rooted.user = Some(user);
        assert!(matches!(start(&zygote, &rooted).await, Err(Error::Plan(_))));
    }
    if is_root() {
        let mut unsaid = plan(&["exit=0"]);
        unsaid.user = None;
        assert!(matches!(start(&zygote, &unsaid).await, Err(Error::Plan(_))));
        let (process, _out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
        let children = format!("/proc/{0}/task/{0}/children", process.host_pid());
        let service = std::fs::read_to_string(children).unwrap();
        let owner = std::fs::metadata(format!("/proc/{}", service.trim())).unwrap();
        assert_eq!((owner.uid(), owner.gid()), (USER.uid, USER.gid));
    }
}

#[tokio::test]
async fn files_of_a_service_belong_to_its_user() {
    let data = directory();
    let own = home(data.path(), "home");
    let mut writing = plan(&["write=/home/service/file"]);
    writing.home = Some(own.clone());
    crate::guest::run(&zygote(), &writing).await;
    let written = std::fs::metadata(own.join("file")).unwrap();
    let expected = if is_root() { USER.uid } else { nix::unistd::geteuid().as_raw() };
    assert_eq!((written.uid(), written.mode() & 0o777), (expected, 0o600));
}

const ALONE: &str = "user::all_of_this_holds_for_an_ordinary_user_too";

/// Runs this very program again as nobody.
#[test]
fn all_of_this_holds_for_an_ordinary_user_too() {
    if !is_root() {
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--skip", ALONE]).uid(65534).gid(65534).current_dir("/");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
