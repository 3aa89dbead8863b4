use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};

use capos_store::{Error, Limits, Store};

use crate::ground::*;

fn refusal(ground: &Ground) -> Error {
    Store::open(&ground.path(), Limits::default()).unwrap_err()
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_directory_and_what_is_in_it_are_for_their_owner_alone() {
    let ground = Ground::new();
    let store = ground.open();
    block_on(store.append(entry("x"))).unwrap();
    assert_eq!(mode(&ground.path()), 0o700);
    for file in fs::read_dir(ground.path()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_directory_that_is_open_to_others_is_refused_with_what_to_do() {
    for open in [0o750, 0o701, 0o777] {
        let ground = Ground::new();
        drop(ground.open());
        fs::set_permissions(ground.path(), Permissions::from_mode(open)).unwrap();
        let error = refusal(&ground);
        assert!(matches!(error, Error::Exposed { mode, .. } if mode == open));
        assert!(error.to_string().contains("chmod 700"), "{error}");
    }
}

#[test]
fn nobody_is_told_to_close_a_directory_of_other_things() {
    let ground = Ground::new();
    DirBuilder::new().mode(0o755).create(ground.path()).unwrap();
    assert!(refusal(&ground).to_string().contains("chmod 700"), "an empty one is meant for it");
    fs::write(ground.path().join("letter"), "x").unwrap();
    let error = refusal(&ground);
    assert!(matches!(error, Error::Exposed { strange: true, .. }) && !error.to_string().contains("chmod"), "{error}");
}

#[test]
fn a_directory_of_another_user_is_refused() {
    let ground = Ground::new();
    drop(ground.open());
    // Only root can give a directory away; for others, one of root's does.
    let foreign = if std::os::unix::fs::chown(ground.path(), Some(65534), None).is_ok() {
        ground.path()
    } else {
        std::path::PathBuf::from("/")
    };
    let error = Store::open(&foreign, Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    let ground = Ground::new();
    fs::write(ground.path(), "").unwrap();
    assert!(matches!(refusal(&ground), Error::NotADirectory(_)));
}

#[test]
fn a_link_in_place_of_the_database_is_refused() {
    let ground = Ground::new();
    DirBuilder::new().mode(0o700).create(ground.path()).unwrap();
    std::os::unix::fs::symlink("/dev/null", ground.file()).unwrap();
    assert!(matches!(refusal(&ground), Error::Io(..)));
}

#[test]
fn a_second_process_is_told_who_has_the_directory() {
    let ground = Ground::new();
    let store = ground.open();
    let error = refusal(&ground);
    assert!(matches!(error, Error::Held { .. }));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(store);
    ground.open();
}

#[test]
fn a_closed_store_gives_the_directory_up() {
    let ground = Ground::new();
    let store = ground.open();
    block_on(store.close()).unwrap();
    ground.open();
    assert!(matches!(block_on(store.close()), Err(Error::Closed)));
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let ground = Ground::new();
    drop(ground.open());
    ground.tamper("PRAGMA user_version = 99");
    let error = refusal(&ground);
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let ground = Ground::new();
    DirBuilder::new().mode(0o700).create(ground.path()).unwrap();
    ground.tamper("CREATE TABLE theirs (x)");
    assert!(matches!(refusal(&ground), Error::NotOurs(_)));
    fs::write(ground.file(), "this is no database, however long it may be".repeat(100)).unwrap();
    assert!(matches!(refusal(&ground), Error::NotOurs(_)));
}

#[test]
fn a_damaged_database_is_refused() {
    let ground = Ground::new();
    let store = ground.open();
    block_on(store.commit(vec![], (0..200).map(|_| entry([7; 1000])).collect())).unwrap();
    drop(store);
    let mut bytes = fs::read(ground.file()).unwrap();
    for byte in &mut bytes[8 * 4096..12 * 4096] {
        *byte = 0xa5;
    }
    fs::write(ground.file(), bytes).unwrap();
    let error = refusal(&ground);
    assert!(matches!(error, Error::Damaged(_)), "{error}");
}

#[test]
fn a_database_half_made_is_finished() {
    let ground = Ground::new();
    DirBuilder::new().mode(0o700).create(ground.path()).unwrap();
    fs::write(ground.file(), "").unwrap();
    block_on(ground.open().append(entry("x"))).unwrap();
}
