//! Directories are made, renamed and removed.

use std::os::unix::fs::PermissionsExt as _;

use capos_schema::files_capnp::RenameMode;

use super::super::FileLimits;
use super::ground::{readable, refusal, refused, with_home, with_limits};

#[test]
fn directories_are_made_with_those_above_them() {
    with_home(|home| async move {
        let root = &home.root;
        assert!(root.make("a", false).await.unwrap());
        assert_eq!(refusal(root.make("a", false).await), "badRequest: there is a already");
        assert_eq!(refusal(root.make("x/y", false).await), "badRequest: there is no x");
        assert!(root.make("a/b/c", true).await.unwrap());
        assert!(!root.make("a/b/c", true).await.unwrap());
        assert!(!root.make("", true).await.unwrap());
        home.put("file", "");
        refused(root.make("file/a", true).await, "badRequest");
        refused(root.make("file", true).await, "badRequest");
    });
}

#[test]
fn names_change_as_they_were_asked_to() {
    with_home(|home| async move {
        let root = &home.root;
        home.put("a", "a");
        home.put("b", "b");
        assert_eq!(refusal(root.rename("a", "b", RenameMode::NoReplace).await), "badRequest: there is b already");
        root.rename("a", "b", RenameMode::Exchange).await.unwrap();
        assert_eq!((home.got("a"), home.got("b")), (b"b".to_vec(), b"a".to_vec()));
        root.rename("a", "b", RenameMode::Replace).await.unwrap();
        assert_eq!((home.got("b"), home.names()), (b"b".to_vec(), vec!["b".to_owned()]));
        assert_eq!(refusal(root.rename("a", "b", RenameMode::Replace).await), "badRequest: there is no a");
        assert_eq!(refusal(root.rename("b", "a", RenameMode::Exchange).await), "badRequest: there is no a");
        root.make("d", false).await.unwrap();
        refused(root.rename("d", "d/e", RenameMode::Replace).await, "badRequest");
        refused(root.rename("b", "d", RenameMode::Replace).await, "badRequest");
        refused(root.rename("", "d", RenameMode::Replace).await, "badRequest");
        root.rename("b", "d/b", RenameMode::NoReplace).await.unwrap();
        refused(root.remove("d", false).await, "badRequest");
    });
}

#[test]
fn a_tree_is_removed_slice_by_slice_and_told_how_much_it_was() {
    let limits = FileLimits { slice_entries: 7, ..FileLimits::default() };
    with_limits(limits, |home| async move {
        for directory in 0..10 {
            std::fs::create_dir_all(home.host(&format!("tree/{directory}/deep/er"))).unwrap();
            (0..20).for_each(|number| home.put(&format!("tree/{directory}/deep/{number}"), ""));
        }
        home.put("kept", "");
        assert_eq!(home.root.remove("tree", true).await.unwrap(), 1 + 10 * (3 + 20));
        assert_eq!(home.names(), ["kept"]);
        assert_eq!(home.root.remove("kept", true).await.unwrap(), 1);
        assert_eq!(refusal(home.root.remove("kept", true).await), "badRequest: there is no kept");
        refused(home.root.remove("", true).await, "badRequest");
        refused(home.root.remove(".", true).await, "badRequest");
    });
}

#[test]
fn directories_are_removed_as_deep_as_a_path_can_be_and_no_deeper() {
    let limits = FileLimits { path_names: 4, ..FileLimits::default() };
    with_limits(limits, |home| async move {
        std::fs::create_dir_all(home.host("a/b/c/d")).unwrap();
        assert_eq!(home.root.remove("a", true).await.unwrap(), 4);
        std::fs::create_dir_all(home.host("a/b/c/d/e")).unwrap();
        refused(home.root.remove("a", true).await, "badRequest");
        assert!(home.host("a/b/c/d/e").exists());
    });
}

#[test]
fn permissions_are_those_that_give_nobody_elses_rights() {
    with_home(|home| async move {
        home.put("file", "");
        home.root.set_mode("file", 0o751).await.unwrap();
        let mode = || std::fs::metadata(home.host("file")).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(), 0o751);
        for wrong in [0o1000, 0o2755, 0o4755, u16::MAX] {
            refused(home.root.set_mode("file", wrong).await, "badRequest");
        }
        assert_eq!(mode(), 0o751);
        refused(home.root.set_modified("file", 0, 1_000_000_000).await, "badRequest");
    });
}

#[test]
fn what_is_held_to_read_with_changes_nothing() {
    with_home(|home| async move {
        home.root.make("d", false).await.unwrap();
        home.put("d/file", "text");
        let narrow = home.root.read_only().await;
        let mut request = narrow.directory_request();
        request.get().set_path("d");
        let below = request.send().pipeline.get_directory();
        let mut request = below.file_request();
        request.get().set_path("file");
        let file = request.send().pipeline.get_file();
        let stat = file.stat_request().send().promise.await.unwrap();
        assert_eq!(stat.get().unwrap().get_entry().unwrap().get_size(), 4);
        // Taken for more than it is, it does nothing.
        let cast = readable(&narrow);
        for outcome in [
            cast.make("x", false).await.map(drop),
            cast.remove("d", true).await.map(drop),
            cast.save("d/file", b"").await.map(drop),
            cast.rename("d", "e", RenameMode::Replace).await,
            cast.set_mode("d", 0).await,
        ] {
            assert_eq!(outcome.unwrap_err().kind, capnp::ErrorKind::Unimplemented);
        }
        assert_eq!(home.got("d/file"), b"text");
    });
}
