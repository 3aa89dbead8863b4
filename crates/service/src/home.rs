//! What a service keeps beyond its process: files of its home, each replaced as a whole.
//!
//! ```no_run
//! # use capos_service::{Home, Pseudonym, home::{FileName, Saved}};
//! # async fn keep(place: capos_service::Place, who: Pseudonym) -> std::io::Result<()> {
//! let home = Home::at(place.home);
//! let name = FileName::of("visits", &who);
//! let visits = match home.load(&name, 64, |bytes| std::str::from_utf8(bytes).map(|text| text.len()))? {
//!     Saved::Whole(visits) => visits,
//!     Saved::Nothing | Saved::SetAside => 0,
//! };
//! home.save(&name, vec![b'x'; visits + 1]).await
//! # }
//! ```

mod disk;
mod name;

use std::collections::HashMap;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use disk::{Read, read, remove, replace, set_aside};
pub use name::FileName;

/// A service's directory. Its clones are the same one.
///
/// Invariants: a file has all of one [`save`](Self::save) or all of the one before it, whatever happens; a
/// [`load`](Self::load) gives what was saved last, also before it reached the disk; what was saved reaches the disk
/// before [`run`](crate::run()) returns.
#[derive(Clone, Debug)]
pub struct Home(Arc<Directory>);

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    /// What is not on the disk yet, the newest of each file.
    waiting: Mutex<HashMap<FileName, Arc<Vec<u8>>>>,
    /// One writes at a time, so that an older state never replaces a newer one.
    writing: Mutex<()>,
}

/// What there was to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved<T> {
    /// Nothing was saved under that name.
    Nothing,
    /// What was saved.
    Whole(T),
    /// A file that made no sense, or was too large. It is kept beside, for a person to look at, and the log says so.
    SetAside,
}

impl<T> Saved<T> {
    /// What was saved, if it can be used.
    pub fn whole(self) -> Option<T> {
        match self {
            Saved::Whole(value) => Some(value),
            Saved::Nothing | Saved::SetAside => None,
        }
    }
}

impl Home {
    /// The home at that path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Directory { path: path.into(), waiting: Mutex::default(), writing: Mutex::default() }))
    }

    /// Saves a file. It begins at once, whether or not the outcome is waited for; a failure is logged too.
    pub fn save(&self, name: &FileName, bytes: Vec<u8>) -> impl Future<Output = io::Result<()>> + use<> {
        self.0.waiting().insert(name.clone(), Arc::new(bytes));
        let (directory, name) = (self.0.clone(), name.clone());
        let under_way = match tokio::runtime::Handle::try_current() {
            Ok(runtime) => Ok(runtime.spawn_blocking(move || directory.write(&name))),
            // A seat that is dropped after everything else, at the end of the process.
            Err(_) => Err(directory.write(&name)),
        };
        async move {
            match under_way {
                Ok(task) => task.await.unwrap_or_else(|_| Err(io::Error::other("the process is ending"))),
                Err(outcome) => outcome,
            }
        }
    }

    /// Loads a file of at most so many bytes, and reads it with `parse`.
    pub fn load<T, E: Display>(
        &self,
        name: &FileName,
        most: usize,
        parse: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> io::Result<Saved<T>> {
        let unwritten = self.0.waiting().get(name).cloned();
        let fault = match unwritten.map_or_else(|| read(&self.0.path, name, most), |bytes| Ok(Read::Whole(bytes)))? {
            Read::Nothing => return Ok(Saved::Nothing),
            Read::TooLarge => "it is too large".to_owned(),
            Read::Whole(bytes) => match parse(&bytes) {
                Ok(value) => return Ok(Saved::Whole(value)),
                Err(fault) => fault.to_string(),
            },
        };
        self.0.waiting().remove(name);
        let ending = set_aside(&self.0.path, name)?;
        tracing::error!("{name} makes no sense and was kept aside with {ending} added to its name: {fault}");
        Ok(Saved::SetAside)
    }

    /// Removes a file, if there is one.
    pub fn remove(&self, name: &FileName) -> io::Result<()> {
        let _writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.waiting().remove(name);
        remove(&self.0.path, name)
    }
}

impl Directory {
    fn waiting(&self) -> MutexGuard<'_, HashMap<FileName, Arc<Vec<u8>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the newest state of a file, unless another call has written it already.
    fn write(&self, name: &FileName) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = self.waiting().get(name).cloned() else {
            return Ok(());
        };
        let outcome = replace(&self.path, name, &bytes);
        match &outcome {
            Ok(()) => self.written(name, &bytes),
            // It stays, for the next attempt and for those who load.
            Err(error) => tracing::error!("{name} could not be saved: {error}"),
        }
        outcome
    }

    fn written(&self, name: &FileName, bytes: &Arc<Vec<u8>>) {
        let mut waiting = self.waiting();
        if waiting.get(name).is_some_and(|newest| Arc::ptr_eq(newest, bytes)) {
            waiting.remove(name);
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let unwritten: Vec<FileName> = self.waiting().keys().cloned().collect();
        for name in unwritten {
            // Its failure is in the log, and nobody is left to be told.
            let _ = self.write(&name);
        }
    }
}
