//! What there is, a page at a time.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt, symlink};

use capos_schema::files_capnp::EntryKind;

use super::super::FileLimits;
use super::ground::{refused, with_home, with_limits};

#[test]
fn entries_say_what_they_are() {
    with_home(|home| async move {
        std::fs::create_dir(home.host("directory")).unwrap();
        home.put("program", "#!/bin/sh\n");
        std::fs::set_permissions(home.host("program"), PermissionsExt::from_mode(0o4750)).unwrap();
        symlink("program", home.host("link")).unwrap();
        home.root.set_modified("program", -7, 999_999_999).await.unwrap();
        let all = home.root.list("").await.unwrap();
        let told: Vec<_> = all.iter().map(|entry| (&*entry.name, entry.kind, &*entry.target)).collect();
        assert_eq!(
            told,
            [
                ("directory", EntryKind::Directory, ""),
                ("link", EntryKind::Link, "program"),
                ("program", EntryKind::File, "")
            ]
        );
        let program = home.root.stat("program", false).await.unwrap();
        assert_eq!((program.size, program.mode, program.modified), (10, 0o750, (-7, 999_999_999)));
        assert_eq!(all.last(), Some(&program));
        assert_eq!(home.root.stat("link", true).await.unwrap().size, 10);
        assert_eq!(home.root.stat("", false).await.unwrap().kind, EntryKind::Directory);
        symlink("nowhere", home.host("loose")).unwrap();
        for (path, follow, kind) in [
            ("none", false, EntryKind::Nothing),
            ("none/below", true, EntryKind::Nothing),
            ("loose", true, EntryKind::Nothing),
            ("loose", false, EntryKind::Link),
        ] {
            assert_eq!(home.root.stat(path, follow).await.unwrap().kind, kind, "{path}");
        }
    });
}

#[test]
fn a_name_that_is_no_utf_8_is_listed_reached_by_no_path_and_removed_with_its_directory() {
    with_home(|home| async move {
        home.root.make("d", false).await.unwrap();
        std::fs::write(home.host("d").join(OsStr::from_bytes(b"a\xffb")), "").unwrap();
        let all = home.root.list("d").await.unwrap();
        assert_eq!((&*all[0].name, all[0].unreachable), ("a\u{fffd}b", true));
        refused(home.root.read("d/a\u{fffd}b").await, "badRequest");
        assert_eq!(home.root.remove("d", true).await.unwrap(), 2);
    });
}

#[test]
fn a_large_directory_comes_in_pages_with_each_entry_once() {
    let limits = FileLimits { page_entries: 70, ..FileLimits::default() };
    with_limits(limits, |home| async move {
        let names: BTreeSet<_> = (0..500).map(|number| format!("file-{number}")).collect();
        names.iter().for_each(|name| home.put(name, ""));
        for most in [0, 7, 70, 1000] {
            let (mut seen, mut after, mut pages) = (Vec::new(), 0, 0);
            loop {
                let (page, next) = home.root.page("", after, most).await.unwrap();
                assert!(page.len() <= if most == 7 { 7 } else { 70 });
                seen.extend(page.into_iter().map(|entry| entry.name));
                pages += 1;
                match next {
                    0 => break,
                    next => after = next,
                }
            }
            assert_eq!(seen.len(), names.len());
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), names);
            assert!(pages >= if most == 7 { 71 } else { 8 });
        }
    });
}

#[test]
fn a_page_is_bounded_in_bytes_and_has_one_entry_at_least() {
    let limits = FileLimits { page_bytes: 64 + 200, ..FileLimits::default() };
    with_limits(limits, |home| async move {
        let long = "n".repeat(200);
        home.put(&long, "");
        assert_eq!(home.root.page("", 0, 0).await.unwrap().0.len(), 1, "at the bound");
        home.put("m", "");
        let (page, next) = home.root.page("", 0, 0).await.unwrap();
        assert_eq!((page.len(), next != 0), (1, true), "one past it");
        assert_eq!(home.root.list("").await.unwrap().len(), 2);
        let longer = "o".repeat(201);
        std::fs::rename(home.host(&long), home.host(&longer)).unwrap();
        assert_eq!(home.root.list("").await.unwrap().len(), 2);
    });
}

#[test]
fn a_place_that_no_page_ended_at_gives_a_page_or_a_refusal() {
    with_home(|home| async move {
        (0..50).for_each(|number| home.put(&number.to_string(), ""));
        for after in [1, 12_345, u64::MAX / 2, u64::MAX / 2 + 1, u64::MAX] {
            if let Ok((page, _)) = home.root.page("", after, 0).await {
                assert!(page.len() <= 50);
            }
        }
        refused(home.root.page("0", 0, 0).await, "badRequest");
        refused(home.root.page("nothing", 0, 0).await, "badRequest");
    });
}
