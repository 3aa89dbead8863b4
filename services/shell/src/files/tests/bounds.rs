//! Each bound, at it and one past it.

use super::super::FileLimits;
use super::ground::{refusal, refused, with_limits};

#[test]
fn so_many_directories_are_held_and_no_more() {
    with_limits(FileLimits { directories: 2, ..FileLimits::default() }, |home| async move {
        home.root.make("a", false).await.unwrap();
        let (one, two) = (home.root.directory("a").await.unwrap(), home.root.directory("").await.unwrap());
        refused(home.root.directory("a").await.map(drop), "quotaExceeded");
        drop(one);
        // A file keeps the directory that it is in.
        let file = two.file("x");
        drop(two);
        let _third = home.root.directory("a").await.unwrap();
        refused(home.root.directory("a").await.map(drop), "quotaExceeded");
        drop(file);
        home.root.directory("a").await.unwrap();
    });
}

#[test]
fn so_many_files_are_written_and_no_more() {
    with_limits(FileLimits { writers: 2, ..FileLimits::default() }, |home| async move {
        let one = home.root.replace("a", 0, false).await.unwrap();
        let two = home.root.write("b", 0).await.unwrap();
        refused(home.root.replace("c", 0, false).await.map(drop), "quotaExceeded");
        one.finish().await.unwrap();
        let _three = home.root.replace("c", 0, false).await.unwrap();
        refused(home.root.write("d", 0).await.map(drop), "quotaExceeded");
        two.abandon().await.unwrap();
        home.root.write("d", 0).await.unwrap();
    });
}

#[test]
fn so_many_bytes_are_written_at_once_and_no_more() {
    with_limits(FileLimits { write_bytes: 10, ..FileLimits::default() }, |home| async move {
        let writing = home.root.replace("a", 0, false).await.unwrap();
        writing.add(&[0; 10]).await.unwrap();
        assert_eq!(writing.finish().await.unwrap(), 10);
        let writing = home.root.replace("a", 0, false).await.unwrap();
        let told = refusal(writing.add(&[0; 11]).await.and(writing.finish().await));
        assert_eq!(told, "badRequest: too many bytes are written at once");
    });
}

#[test]
fn so_much_is_under_way_and_no_more() {
    with_limits(FileLimits { under_way: 2, threads: 1, ..FileLimits::default() }, |home| async move {
        std::fs::File::create(home.host("endless")).unwrap().set_len(8 << 40).unwrap();
        let sum = || home.root.file("endless").checksum_request().send();
        let (one, two) = (sum(), sum());
        refused(sum().promise.await, "quotaExceeded");
        drop(one);
        // What is left has the only thread for a slice at a time.
        while home.root.stat("endless", false).await.is_err() {
            tokio::task::yield_now().await;
        }
        refused(futures::future::try_join(home.root.stat("", false), home.root.stat("", false)).await, "quotaExceeded");
        drop(two);
    });
}

#[test]
fn paths_and_targets_are_as_long_as_they_may_be() {
    with_limits(FileLimits { path_bytes: 8, path_names: 2, ..FileLimits::default() }, |home| async move {
        home.root.save("12345678", b"").await.unwrap();
        refused(home.root.save("123456789", b"").await, "badRequest");
        home.root.make("a/b", true).await.unwrap();
        refused(home.root.make("a/b/c", true).await, "badRequest");
        home.root.link("l", "12345678").await.unwrap();
        refused(home.root.link("m", "123456789").await, "badRequest");
    });
}
