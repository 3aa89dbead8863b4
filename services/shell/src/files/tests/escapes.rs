//! Nothing outside of the home is reached.

use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use capos_schema::files_capnp::{EntryKind, RenameMode};

use super::ground::{Home, refused, with_home};

/// Everything that a path can be given to.
async fn reaches_nothing(home: &Home, path: &str) {
    let root = &home.root;
    refused(root.read(path).await, "badRequest");
    refused(root.checksum(path, 0, 0).await, "badRequest");
    refused(root.write(path, 0).await, "badRequest");
    refused(root.stat(path, true).await, "badRequest");
    refused(root.set_mode(path, 0o777).await, "badRequest");
    refused(root.page(path, 0, 0).await, "badRequest");
    refused(root.directory(path).await.map(drop), "badRequest");
    assert_eq!(std::fs::read(home.outside("secret")).unwrap(), b"secret");
}

#[test]
fn no_path_goes_up_or_begins_elsewhere() {
    with_home(|home| async move {
        std::fs::create_dir(home.host("d")).unwrap();
        for path in ["../outside/secret", "d/../../outside/secret", "..", "d/..", "/etc/passwd", "/"] {
            reaches_nothing(&home, path).await;
            refused(home.root.save(path, b"x").await, "badRequest");
            refused(home.root.make(path, true).await, "badRequest");
            refused(home.root.remove(path, true).await, "badRequest");
            refused(home.root.rename("d", path, RenameMode::Replace).await, "badRequest");
            refused(home.root.rename(path, "e", RenameMode::Replace).await, "badRequest");
            refused(home.root.link(path, "d").await, "badRequest");
        }
    });
}

#[test]
fn no_link_leads_out() {
    with_home(|home| async move {
        symlink("../outside/secret", home.host("relative")).unwrap();
        symlink(home.outside("secret"), home.host("absolute")).unwrap();
        symlink("../outside", home.host("above")).unwrap();
        symlink("/proc/self/root", home.host("magic")).unwrap();
        symlink("relative", home.host("twice")).unwrap();
        for path in ["relative", "absolute", "above", "above/secret", "magic", "magic/etc", "twice"] {
            reaches_nothing(&home, path).await;
        }
        let root = &home.root;
        refused(root.save("above/new", b"x").await, "badRequest");
        refused(root.make("above/new", false).await, "badRequest");
        refused(root.remove("above/secret", false).await, "badRequest");
        refused(root.rename("relative", "above/new", RenameMode::Replace).await, "badRequest");
        refused(root.rename("above/secret", "mine", RenameMode::Replace).await, "badRequest");
        refused(root.set_modified("above/secret", 1, 0).await, "badRequest");
        assert_eq!(std::fs::read_dir(home.outside("")).unwrap().count(), 1);
    });
}

#[test]
fn a_link_out_is_seen_renamed_replaced_and_removed_as_the_link_that_it_is() {
    with_home(|home| async move {
        let root = &home.root;
        symlink("../outside/secret", home.host("link")).unwrap();
        let seen = root.stat("link", false).await.unwrap();
        assert_eq!((seen.kind, &*seen.target), (EntryKind::Link, "../outside/secret"));
        root.set_modified("link", 5, 6).await.unwrap();
        assert_eq!(root.stat("link", false).await.unwrap().modified, (5, 6));
        root.rename("link", "moved", RenameMode::NoReplace).await.unwrap();
        root.save("moved", b"mine").await.unwrap();
        assert_eq!(
            (home.got("moved"), std::fs::read(home.outside("secret")).unwrap()),
            (b"mine".into(), b"secret".into())
        );
        symlink("../outside", home.host("directory")).unwrap();
        assert_eq!(root.remove("directory", true).await.unwrap(), 1);
        std::fs::create_dir(home.host("tree")).unwrap();
        symlink("../../outside", home.host("tree/out")).unwrap();
        assert_eq!(root.remove("tree", true).await.unwrap(), 2);
        assert_eq!(std::fs::read(home.outside("secret")).unwrap(), b"secret");
    });
}

#[test]
fn links_within_are_followed() {
    with_home(|home| async move {
        let root = &home.root;
        root.make("a/b", true).await.unwrap();
        home.put("a/file", "within");
        root.link("a/b/link", "../file").await.unwrap();
        root.link("up", "a/b").await.unwrap();
        assert_eq!(root.read("up/link").await.unwrap(), b"within");
        root.write("up/link", 0).await.unwrap().finish().await.unwrap();
        for (path, target) in [("x", "../outside"), ("a/x", "../../outside"), ("x", "/etc"), ("x", ""), ("a/b", "x")] {
            refused(root.link(path, target).await, "badRequest");
        }
        // From further down, the same link leads out.
        let below = root.directory("a/b").await.unwrap();
        refused(below.read("link").await, "badRequest");
        root.link("round", "round").await.unwrap();
        refused(root.read("round").await, "badRequest");
    });
}

#[test]
fn a_directory_that_is_held_stays_what_it_is_wherever_it_is_moved() {
    with_home(|home| async move {
        home.root.make("a/b", true).await.unwrap();
        home.put("a/b/file", "held");
        let held = home.root.directory("a/b").await.unwrap();
        std::fs::rename(home.host("a/b"), home.outside("b")).unwrap();
        symlink("../../outside", home.host("a/b")).unwrap();
        assert_eq!(held.read("file").await.unwrap(), b"held");
        refused(held.read("../secret").await, "badRequest");
        refused(home.root.read("a/b/secret").await, "badRequest");
    });
}

#[test]
fn a_link_that_is_swapped_in_all_the_time_leads_nowhere() {
    with_home(|home| async move {
        std::fs::create_dir(home.host("real")).unwrap();
        home.put("real/secret", "inside");
        symlink("../outside", home.host("link")).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let (real, link, done) = (home.host("real"), home.host("link"), over.clone());
        let swapping = std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(
                    rustix::fs::CWD,
                    &real,
                    rustix::fs::CWD,
                    &link,
                    rustix::fs::RenameFlags::EXCHANGE,
                )
                .unwrap();
            }
        });
        let mut read = 0;
        for _ in 0..500 {
            if let Ok(bytes) = home.root.read("real/secret").await {
                assert_eq!(bytes, b"inside");
                read += 1;
            }
            let _ = home.root.save("real/new", b"mine").await;
            let _ = home.root.make("real/made", false).await;
            let _ = home.root.remove("real/made", true).await;
            let _ = home.root.write("real/put", 0).await;
        }
        over.store(true, Ordering::Relaxed);
        swapping.join().unwrap();
        assert!(read > 0, "it is there half of the time");
        assert_eq!(std::fs::read_dir(home.outside("")).unwrap().count(), 1, "nothing was made outside");
        assert_eq!(std::fs::read(home.outside("secret")).unwrap(), b"secret");
    });
}

#[test]
fn a_tree_whose_directories_become_links_is_removed_without_what_they_lead_to() {
    with_home(|home| async move {
        let over = Arc::new(AtomicBool::new(false));
        let (tree, done) = (home.host("tree"), over.clone());
        symlink("../outside", home.host("link")).unwrap();
        let link = home.host("link");
        let swapping = std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                let _ = std::fs::create_dir_all(tree.join("a"));
                let _ = rustix::fs::renameat_with(
                    rustix::fs::CWD,
                    tree.join("a"),
                    rustix::fs::CWD,
                    &link,
                    rustix::fs::RenameFlags::EXCHANGE,
                );
            }
        });
        for _ in 0..300 {
            let _ = home.root.remove("tree", true).await;
        }
        over.store(true, Ordering::Relaxed);
        swapping.join().unwrap();
        assert_eq!(std::fs::read(home.outside("secret")).unwrap(), b"secret");
    });
}

#[test]
fn pipes_sockets_and_devices_are_never_opened_or_waited_for() {
    with_home(|home| async move {
        let root = &home.root;
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, home.host("pipe"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(home.host("socket")).unwrap();
        for path in ["pipe", "socket"] {
            assert_eq!(root.stat(path, false).await.unwrap().kind, EntryKind::Other);
            refused(root.read(path).await, "badRequest");
            refused(root.write(path, 0).await, "badRequest");
            refused(root.save(path, b"x").await, "badRequest");
            refused(root.checksum(path, 0, 0).await, "badRequest");
            root.rename(path, "other", RenameMode::NoReplace).await.unwrap();
            assert_eq!(root.remove("other", false).await.unwrap(), 1);
        }
    });
}

#[test]
fn a_hard_link_is_a_file_like_any_other() {
    with_home(|home| async move {
        home.put("one", "same");
        std::fs::hard_link(home.host("one"), home.host("two")).unwrap();
        home.root.save("two", b"other").await.unwrap();
        assert_eq!((home.got("one"), home.got("two")), (b"same".to_vec(), b"other".to_vec()));
    });
}
