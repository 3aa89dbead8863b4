//! What a service keeps is whole, or what it was before.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use capos_service::testing::run;
use capos_service::{FileName, Home, Pseudonym, Saved};

fn text(bytes: &[u8]) -> Result<String, std::str::Utf8Error> {
    std::str::from_utf8(bytes).map(str::to_owned)
}

fn load(home: &Home, name: &FileName) -> Saved<String> {
    home.load(name, 8, text).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_saved_is_there_for_the_next_process() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let (home, name) = (Home::at(directory.path()), FileName::fixed("world"));
        assert_eq!(load(&home, &name), Saved::Nothing);
        home.save(&name, b"one".to_vec()).await.unwrap();
        home.save(&name, b"two".to_vec()).await.unwrap();
        assert_eq!(load(&Home::at(directory.path()), &name), Saved::Whole("two".to_owned()));
        assert_eq!(names(directory.path()), ["world"], "nothing is left beside it");
        let mode = fs::metadata(directory.path().join("world")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        home.remove(&name).unwrap();
        home.remove(&name).unwrap();
        assert_eq!(load(&home, &name), Saved::Nothing);
    });
}

#[test]
fn a_load_gives_what_was_saved_last_whether_or_not_it_is_written() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let (home, name) = (Home::at(directory.path()), FileName::fixed("world"));
        let writes: Vec<_> = (0..20).map(|n| home.save(&name, vec![b'a' + n])).collect();
        assert_eq!(load(&home, &name), Saved::Whole("t".to_owned()));
        for write in writes {
            write.await.unwrap();
        }
        assert_eq!(fs::read(directory.path().join("world")).unwrap(), b"t");
    });
}

#[test]
fn a_save_outside_a_runtime_is_written_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (home, name) = (Home::at(directory.path()), FileName::fixed("world"));
    drop(home.save(&name, b"late".to_vec()));
    assert_eq!(fs::read(directory.path().join("world")).unwrap(), b"late");
}

#[test]
fn a_failed_save_is_told_and_tried_again() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("home");
        let (home, name) = (Home::at(&path), FileName::fixed("world"));
        home.save(&name, b"one".to_vec()).await.unwrap_err();
        assert_eq!(load(&home, &name), Saved::Whole("one".to_owned()), "the service still has it");
        fs::create_dir(&path).unwrap();
        drop(home);
        assert_eq!(fs::read(path.join("world")).unwrap(), b"one", "the end of the service is the last attempt");
    });
}

#[test]
fn what_makes_no_sense_is_kept_aside() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let (home, name) = (Home::at(directory.path()), FileName::fixed("world"));
        for number in 0..12 {
            fs::write(directory.path().join("world"), [0xff, number]).unwrap();
            assert_eq!(load(&home, &name), Saved::SetAside);
            assert_eq!(load(&home, &name), Saved::Nothing);
        }
        assert_eq!(names(directory.path()).len(), 9, "a bounded number");
        assert_eq!(fs::read(directory.path().join("world.damaged-1")).unwrap(), [0xff, 0], "the first stays");
    });
}

#[test]
fn a_file_is_read_up_to_the_bound() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let (home, name) = (Home::at(directory.path()), FileName::fixed("world"));
        fs::write(directory.path().join("world"), "12345678").unwrap();
        assert_eq!(load(&home, &name), Saved::Whole("12345678".to_owned()));
        fs::write(directory.path().join("world"), "123456789").unwrap();
        assert_eq!(load(&home, &name), Saved::SetAside);
    });
}

#[test]
fn a_name_leads_nowhere_else() {
    for good in ["a", "world-1", "under_score", &"x".repeat(128)] {
        assert!(FileName::parse(good).is_some(), "{good}");
    }
    for bad in ["", ".", "..", "a/b", "/etc", "a.b", "A", "ä", "a b", &"x".repeat(129)] {
        assert!(FileName::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn the_name_of_somebodys_file_does_not_reach_a_log() {
    let who = Pseudonym::new([0xab; 32]);
    let name = FileName::of("game", &who);
    assert_eq!(FileName::parse(&format!("game-{}", who.hex())), Some(name.clone()));
    assert_eq!(format!("{name} {name:?}"), "game-… FileName(game-…)");
    assert_eq!(FileName::fixed("world").to_string(), "world");
}
