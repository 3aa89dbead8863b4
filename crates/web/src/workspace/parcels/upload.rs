//! What a page has sent, for the command that is about to speak of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use tokio::time::Instant;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::view::Key;

/// Uploads of one session; clones are the same. Room is taken before the first byte comes, and an upload that nobody
/// takes makes room again after a while.
#[derive(Clone)]
pub(crate) struct Uploads {
    shelf: Arc<Mutex<Shelf>>,
    most: usize,
    most_bytes: usize,
    keep_time: Duration,
}

#[derive(Default)]
struct Shelf {
    kept: BTreeMap<Key, (Bytes, Instant)>,
    /// Of those that are on their way.
    coming: usize,
    coming_bytes: usize,
}

impl Shelf {
    fn bytes(&self) -> usize {
        self.coming_bytes + self.kept.values().map(|(bytes, _)| bytes.len()).sum::<usize>()
    }
}

impl Uploads {
    pub(crate) fn new(limits: &WorkspaceLimits) -> Self {
        let WorkspaceLimits { uploads, uploads_bytes, upload_keep_time, .. } = *limits;
        Self { shelf: Arc::default(), most: uploads, most_bytes: uploads_bytes, keep_time: upload_keep_time }
    }

    /// What a page sent under that key. It is there once.
    pub(crate) fn take(&self, key: Key) -> Option<Bytes> {
        let mut shelf = self.lock();
        self.forget_old(&mut shelf);
        shelf.kept.remove(&key).map(|(bytes, _)| bytes)
    }

    /// Room for one of so many bytes.
    pub(crate) fn room(&self, bytes: usize) -> Result<Room, Problem> {
        let mut shelf = self.lock();
        self.forget_old(&mut shelf);
        if shelf.kept.len() + shelf.coming >= self.most || shelf.bytes() + bytes > self.most_bytes {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "tooManyUploads",
                "Too many files of this session wait to be used.",
                "Send fewer at once, then try again.",
            ));
        }
        shelf.coming += 1;
        shelf.coming_bytes += bytes;
        Ok(Room { uploads: self.clone(), bytes })
    }

    fn forget_old(&self, shelf: &mut Shelf) {
        shelf.kept.retain(|_, (_, since)| since.elapsed() < self.keep_time);
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for an upload that is on its way.
pub(crate) struct Room {
    uploads: Uploads,
    bytes: usize,
}

impl Room {
    /// It has come.
    pub(crate) fn put(self, bytes: Bytes) -> Key {
        let key = Key::new();
        self.uploads.lock().kept.insert(key, (bytes, Instant::now()));
        key
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut shelf = self.uploads.lock();
        shelf.coming -= 1;
        shelf.coming_bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uploads() -> Uploads {
        let limits = WorkspaceLimits { uploads: 2, uploads_bytes: 10, ..WorkspaceLimits::default() };
        Uploads::new(&limits)
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_and_so_much_fits_and_not_one_more() {
        let uploads = uploads();
        let first = uploads.room(5).unwrap();
        assert!(uploads.room(6).is_err(), "bytes count from before they come");
        let second = uploads.room(5).unwrap();
        assert!(uploads.room(0).is_err(), "their number counts, too");
        let key = first.put(Bytes::from_static(b"12345"));
        assert!(uploads.room(5).is_err(), "what is there takes its room");
        drop(second);
        assert!(uploads.room(5).is_ok());
        assert_eq!(uploads.take(key), Some(Bytes::from_static(b"12345")));
        assert_eq!(uploads.take(key), None, "it is there once");
        assert!(uploads.room(10).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_takes_is_gone_after_a_while() {
        let uploads = uploads();
        let keep = WorkspaceLimits::default().upload_keep_time;
        let key = uploads.room(10).unwrap().put(Bytes::from_static(b"0123456789"));
        tokio::time::advance(keep - Duration::from_millis(1)).await;
        assert!(uploads.room(1).is_err());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(uploads.room(1).is_ok());
        assert_eq!(uploads.take(key), None);
    }
}
