//! Room on the disk, whoever fills it: on a small disk of the test's own, where it may have one.

use std::path::{Path, PathBuf};
use std::process::Command;

use capos_runner::{Event, Limits};
use tempfile::TempDir;

use crate::bench::{Bench, key, profile};

const ABOVE: &str = "its home holds more than it may, and the disk is nearly full";
const GREW: &str = "it wrote most of what was filling the disk";

/// A disk of 64 MiB.
struct Disk(PathBuf);

impl Disk {
    /// One in memory; nothing where only root could make one, and this is not root.
    fn in_memory(place: &Path) -> Option<Self> {
        Self::mount(place, &["-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs"])
    }

    /// One in a file: what is written to it is counted as written to a disk.
    fn in_file(place: &Path) -> Option<Self> {
        let image = place.with_extension("image");
        std::fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
        let made = Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image).status();
        made.is_ok_and(|status| status.success()).then_some(())?;
        Self::mount(place, &["-o", "loop", image.to_str().unwrap()])
    }

    fn mount(place: &Path, arguments: &[&str]) -> Option<Self> {
        std::fs::create_dir(place).unwrap();
        let mounted = Command::new("mount").args(arguments).arg(place).stderr(std::process::Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(place.to_owned()))
    }

    fn free(&self) -> u64 {
        let found = rustix::fs::statvfs(&self.0).unwrap();
        found.f_bavail * found.f_frsize
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Homes on a disk of which a quarter, 16 MiB, is to stay free.
fn disk(make: fn(&Path) -> Option<Disk>) -> (TempDir, Option<Disk>, Limits) {
    let directory = tempfile::tempdir().unwrap();
    let disk = make(&directory.path().join("services"));
    (directory, disk, Limits { disk_reserve_percent: 25, ..Limits::default() })
}

fn reasons(bench: &Bench) -> Vec<String> {
    let ended = |event| if let Event::Ended(why) = event { Some(why) } else { None };
    bench.events("lab").into_iter().filter_map(ended).collect()
}

#[tokio::test]
async fn a_home_above_its_bound_ends_its_process_and_keeps_it_from_starting_while_the_disk_is_short() {
    let bench;
    let (directory, Some(disk), limits) = disk(Disk::in_memory) else { return };
    let more = "isolation = \"session\"\nhome = \"principal\"\n[limits]\nhome = \"8MiB\"\n";
    bench = Bench::within(directory, &[profile("lab", "good", more)], limits, &[]);
    let (ada, bob) = (Some(7), Some(8));
    bench.say_as(2, bob, "lab", "write mine").await;
    bench.say_as(3, ada, "lab", "hello").await;
    bench.say_as(1, ada, "lab", "fill filler").await;
    // Both processes of the home that is full, and each once more that is not started.
    bench.until("lab", 4, |event| *event == Event::Ended(ABOVE.to_owned())).await;
    assert!(disk.free() > 1 << 20, "{}", disk.free());
    assert_eq!(bench.say_as(2, bob, "lab", "read mine").await, "something", "nobody else notices");
    let status = bench.runner.status("lab").unwrap();
    assert_eq!(status.instances.len(), 1, "{status:?}");
    let denial = bench.runner.launch("lab", &key(4), Some([7; 32])).await.unwrap_err();
    assert_eq!(
        denial.to_string(),
        format!(
            "quotaExceeded: {}",
            "the home holds more than it may while the node's disk is nearly full; its operator can make room"
        )
    );
    let log: Vec<String> = bench.runner.log("lab").unwrap().tail(100).into_iter().map(|line| line.text).collect();
    assert!(log.contains(&format!("ended: {ABOVE}")), "{log:?}");
    let home = std::fs::read_dir(bench.directory.path().join("services/lab/homes")).unwrap();
    let filler = home.map(|home| home.unwrap().path().join("filler")).find(|filler| filler.exists()).unwrap();
    std::fs::remove_file(filler).unwrap();
    bench.runner.launch("lab", &key(4), Some([7; 32])).await.expect("there is room again");
}

#[tokio::test]
async fn without_bounds_whoever_fills_the_disk_is_ended() {
    let bench;
    let (directory, Some(disk), limits) = disk(Disk::in_memory) else { return };
    bench = Bench::within(directory, &[profile("lab", "good", "isolation = \"session\"\n")], limits, &[]);
    bench.say(2, "lab", "write mine").await.unwrap();
    bench.say(1, "lab", "fill filler").await.unwrap();
    bench.until("lab", 1, |event| matches!(event, Event::Ended(_))).await;
    assert_eq!(reasons(&bench), [GREW]);
    assert_eq!(bench.say(2, "lab", "read mine").await.unwrap(), "something", "nobody else notices");
    assert!(disk.free() > 1 << 20, "{}", disk.free());
}

#[tokio::test]
async fn what_has_no_name_any_more_fills_the_disk_too() {
    let bench;
    let (directory, Some(_disk), limits) = disk(Disk::in_file) else { return };
    bench = Bench::within(directory, &[profile("lab", "good", "isolation = \"session\"\n")], limits, &[]);
    bench.say(2, "lab", "write mine").await.unwrap();
    bench.say(1, "lab", "fill-unseen filler").await.unwrap();
    bench.until("lab", 1, |event| matches!(event, Event::Ended(_))).await;
    assert_eq!(reasons(&bench), [GREW]);
}
