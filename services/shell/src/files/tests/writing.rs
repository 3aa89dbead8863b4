//! Files are replaced whole, or written in place; whatever happens, nothing else is lost.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};

use super::ground::{refusal, refused, with_home};

#[test]
fn a_file_is_replaced_when_it_is_finished_and_not_before() {
    with_home(|home| async move {
        home.put("file", "old");
        std::fs::set_permissions(home.host("file"), PermissionsExt::from_mode(0o640)).unwrap();
        let writing = home.root.replace("file", 0, false).await.unwrap();
        writing.add(b"ne").await.unwrap();
        writing.add(b"w").await.unwrap();
        assert_eq!(home.root.read("file").await.unwrap(), b"old");
        assert_eq!(writing.finish().await.unwrap(), 3);
        assert_eq!((home.got("file"), home.names()), (b"new".to_vec(), vec!["file".to_owned()]));
        assert_eq!(home.root.stat("file", false).await.unwrap().mode, 0o640, "as it was");
        refused(writing.add(b"more").await.and(writing.finish().await), "badRequest");
        home.root.replace("program", 0o755, false).await.unwrap().finish().await.unwrap();
        assert_eq!(home.root.stat("program", false).await.unwrap().mode, 0o755);
        home.root.save("plain", b"").await.unwrap();
        assert_eq!(home.root.stat("plain", false).await.unwrap().mode, 0o644);
    });
}

#[test]
fn what_is_finished_has_the_mode_and_the_time_that_were_asked_for() {
    with_home(|home| async move {
        let mut request = home.root.file("file").replace_request();
        let mut options = request.get().init_options();
        options.set_mode(0o600);
        options.set_modified_seconds(1_000_000_000);
        options.set_modified_nanoseconds(5);
        let answer = request.send().promise.await.unwrap();
        let writer = answer.get().unwrap().get_writer().unwrap();
        let mut finish = writer.finish_request();
        finish.get().set_sync(true);
        finish.send().promise.await.unwrap();
        let seen = home.root.stat("file", false).await.unwrap();
        assert_eq!((seen.mode, seen.modified), (0o600, (1_000_000_000, 5)));
        for (mode, nanoseconds) in [(0o1000, 0), (0o4755, 0), (0, 1_000_000_000)] {
            let mut request = home.root.file("file").replace_request();
            request.get().init_options().set_mode(mode);
            request.get().get_options().unwrap().set_modified_nanoseconds(nanoseconds);
            refused(request.send().promise.await, "badRequest");
        }
    });
}

#[test]
fn what_is_not_finished_leaves_the_old_file_and_nothing_beside_it() {
    with_home(|mut home| async move {
        home.put("file", "old");
        let abandoned = home.root.replace("file", 0, false).await.unwrap();
        abandoned.add(b"new").await.unwrap();
        abandoned.abandon().await.unwrap();
        refused(abandoned.finish().await, "badRequest");
        let dropped = home.root.replace("file", 0, false).await.unwrap();
        dropped.add(b"new").await.unwrap();
        drop(dropped);
        // What comes after it on the same connection is answered after it was let go of.
        home.root.stat("file", false).await.unwrap();
        assert_eq!((home.got("file"), home.names()), (b"old".to_vec(), vec!["file".to_owned()]));
        let cut = home.root.replace("file", 0, false).await.unwrap();
        cut.add(&[7; 100_000]).await.unwrap();
        home.cut();
        while home.names().len() > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(home.got("file"), b"old");
    });
}

#[test]
fn a_file_that_is_there_is_not_replaced_where_that_was_asked_for() {
    with_home(|home| async move {
        let early = home.root.replace("file", 0, true).await.unwrap();
        early.add(b"early").await.unwrap();
        home.root.save("file", b"first").await.unwrap();
        assert_eq!(refusal(early.finish().await), "badRequest: there is file already");
        refused(home.root.replace("file", 0, true).await.map(drop), "badRequest");
        symlink("nowhere", home.host("link")).unwrap();
        refused(home.root.replace("link", 0, true).await.map(drop), "badRequest");
        assert_eq!((home.got("file"), home.names().len()), (b"first".to_vec(), 2));
    });
}

#[test]
fn a_file_is_gone_on_with_where_it_ended() {
    with_home(|home| async move {
        let first = home.root.write("part", 0).await.unwrap();
        first.add(b"hello ").await.unwrap();
        first.abandon().await.unwrap();
        assert_eq!(home.got("part"), b"hello ");
        let second = home.root.write("part", 6).await.unwrap();
        second.add(b"world").await.unwrap();
        assert_eq!(second.finish().await.unwrap(), 11);
        let middle = home.root.write("part", 2).await.unwrap();
        middle.add(b"LL").await.unwrap();
        assert_eq!(middle.finish().await.unwrap(), 11);
        assert_eq!(home.got("part"), b"heLLo world");
        let mut cut = home.root.file("part").resize_request();
        cut.get().set_size(3);
        cut.send().promise.await.unwrap();
        let beyond = home.root.write("part", 5).await.unwrap();
        beyond.add(b"!").await.unwrap();
        beyond.finish().await.unwrap();
        assert_eq!(home.got("part"), b"heL\0\0!");
    });
}

#[test]
fn a_directory_is_no_file_and_a_file_is_no_directory() {
    with_home(|home| async move {
        home.root.make("d", false).await.unwrap();
        home.put("f", "");
        for told in [
            refusal(home.root.save("d", b"").await),
            refusal(home.root.write("d", 0).await.map(drop)),
            refusal(home.root.read("d").await),
        ] {
            assert_eq!(told, "badRequest: d is a directory");
        }
        assert_eq!(
            refusal(home.root.save("f/x", b"").await),
            "badRequest: f is no directory, or something above it is none"
        );
        assert_eq!(refusal(home.root.save("g/x", b"").await), "badRequest: there is no g");
    });
}

#[test]
fn where_there_is_no_room_the_old_file_stays_and_it_is_said() {
    with_home(|home| async move {
        home.put("file", "old");
        let (beside, within) = (home.root.replace("file", 0, false).await.unwrap(), i64::MAX as u64);
        // Past what any file may have, which the system says as it says that a home is full.
        let within = home.root.write("other", within - 2).await.unwrap();
        let outcome = within.add(b"xyz").await.and(within.finish().await);
        assert_eq!(refusal(outcome), "quotaExceeded: other would be too large");
        assert_eq!(refusal(within.finish().await), "quotaExceeded: other would be too large", "the same words again");
        drop(beside);
        assert_eq!(home.got("file"), b"old");
        let mut request = home.root.file("file").resize_request();
        request.get().set_size(u64::MAX);
        refused(request.send().promise.await, "quotaExceeded");
        assert_eq!(std::fs::metadata(home.host("file")).unwrap().size(), 3);
    });
}

#[test]
fn two_who_write_one_file_leave_all_of_one() {
    with_home(|home| async move {
        let (one, two) =
            (home.root.replace("file", 0, false).await.unwrap(), home.root.replace("file", 0, false).await.unwrap());
        for _ in 0..20 {
            one.add(&[1; 5000]).await.unwrap();
            two.add(&[2; 5000]).await.unwrap();
        }
        let (first, second) = futures::join!(one.finish(), two.finish());
        assert_eq!((first.unwrap(), second.unwrap()), (100_000, 100_000));
        let got = home.got("file");
        assert!(got.len() == 100_000 && got.iter().all(|byte| *byte == got[0]));
        assert_eq!(home.names(), ["file"]);
    });
}
