//! Directories as clients hold them.

use std::rc::Rc;

use capnp::Error;
use capnp::struct_list;
use capos_schema::files_capnp::file_entry;
use capos_schema::files_capnp::{directory, readable_directory};

use super::change;
use super::desk::Desk;
use super::entry::{self, Entry};
use super::fault::{Fault, Result};
use super::file::{Changing, Reading, There};
use super::path::RelativePath;
use super::place::Place;
use super::remove;
use super::write::{parse_mode, parse_time};

type Outcome = std::result::Result<(), Error>;

/// A directory, and the session's bounds.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) desk: Rc<Desk>,
    pub(super) place: Place,
}

impl Here {
    fn path(&self, path: capnp::Result<capnp::text::Reader<'_>>) -> std::result::Result<RelativePath, Error> {
        Ok(RelativePath::parse(path?, self.desk.limits())?)
    }

    /// The file of that path, whatever it is.
    fn there(&self, path: capnp::Result<capnp::text::Reader<'_>>) -> std::result::Result<There, Error> {
        let path = self.path(path)?;
        if path.is_here() {
            return Err(Fault::bad("a file has a name").into());
        }
        Ok(There { here: self.clone(), path })
    }

    async fn beneath(&self, path: RelativePath) -> Result<Self> {
        let ticket = self.desk.hold()?;
        let place = self.place.clone();
        let place = self.desk.work(move |_| place.directory(&path, ticket)).await?;
        Ok(Self { desk: self.desk.clone(), place })
    }

    async fn page(&self, path: RelativePath, after: u64, most: u32) -> Result<entry::Page> {
        let _place = self.desk.begin()?;
        let place = self.place.clone();
        self.desk.work(move |limits| entry::page(&place, &path, after, most, limits)).await
    }

    pub(super) async fn stat(&self, path: RelativePath, follow: bool) -> Result<Entry> {
        self.does(move |place| Entry::at_or_nothing(place, &path, follow)).await
    }

    /// Something short.
    pub(super) async fn does<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Place) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self.desk.begin()?;
        let place = self.place.clone();
        self.desk.work(move |_| job(&place)).await
    }
}

fn write_page<'a>(page: &entry::Page, list: impl FnOnce(u32) -> struct_list::Builder<'a, file_entry::Owned>) {
    let mut list = list(u32::try_from(page.entries.len()).unwrap_or(u32::MAX));
    for (index, entry) in (0..).zip(&page.entries) {
        entry.write(list.reborrow().get(index));
    }
}

/// One that may be read.
pub(super) struct ReadableDirectory(pub(super) Here);

impl readable_directory::Server for ReadableDirectory {
    async fn list(
        self: Rc<Self>,
        params: readable_directory::ListParams,
        mut results: readable_directory::ListResults,
    ) -> Outcome {
        let asked = params.get()?;
        let page = self.0.page(self.0.path(asked.get_path())?, asked.get_after(), asked.get_most()).await?;
        let mut told = results.get();
        told.set_next(page.next);
        write_page(&page, |length| told.init_entries(length));
        Ok(())
    }

    async fn stat(
        self: Rc<Self>,
        params: readable_directory::StatParams,
        mut results: readable_directory::StatResults,
    ) -> Outcome {
        let asked = params.get()?;
        let entry = self.0.stat(self.0.path(asked.get_path())?, asked.get_follow()).await?;
        entry.write(results.get().init_entry());
        Ok(())
    }

    async fn directory(
        self: Rc<Self>,
        params: readable_directory::DirectoryParams,
        mut results: readable_directory::DirectoryResults,
    ) -> Outcome {
        let beneath = self.0.beneath(self.0.path(params.get()?.get_path())?).await?;
        results.get().set_directory(capnp_rpc::new_client(Self(beneath)));
        Ok(())
    }

    async fn file(
        self: Rc<Self>,
        params: readable_directory::FileParams,
        mut results: readable_directory::FileResults,
    ) -> Outcome {
        let there = self.0.there(params.get()?.get_path())?;
        results.get().set_file(capnp_rpc::new_client(Reading(there)));
        Ok(())
    }
}

/// One that may be read and changed.
pub(super) struct Directory(pub(super) Here);

impl directory::Server for Directory {
    async fn list(self: Rc<Self>, params: directory::ListParams, mut results: directory::ListResults) -> Outcome {
        let asked = params.get()?;
        let page = self.0.page(self.0.path(asked.get_path())?, asked.get_after(), asked.get_most()).await?;
        let mut told = results.get();
        told.set_next(page.next);
        write_page(&page, |length| told.init_entries(length));
        Ok(())
    }

    async fn stat(self: Rc<Self>, params: directory::StatParams, mut results: directory::StatResults) -> Outcome {
        let asked = params.get()?;
        let entry = self.0.stat(self.0.path(asked.get_path())?, asked.get_follow()).await?;
        entry.write(results.get().init_entry());
        Ok(())
    }

    async fn directory(
        self: Rc<Self>,
        params: directory::DirectoryParams,
        mut results: directory::DirectoryResults,
    ) -> Outcome {
        let beneath = self.0.beneath(self.0.path(params.get()?.get_path())?).await?;
        results.get().set_directory(capnp_rpc::new_client(Self(beneath)));
        Ok(())
    }

    async fn file(self: Rc<Self>, params: directory::FileParams, mut results: directory::FileResults) -> Outcome {
        let there = self.0.there(params.get()?.get_path())?;
        results.get().set_file(capnp_rpc::new_client(Changing(there)));
        Ok(())
    }

    async fn read_only(
        self: Rc<Self>,
        _: directory::ReadOnlyParams,
        mut results: directory::ReadOnlyResults,
    ) -> Outcome {
        results.get().set_directory(capnp_rpc::new_client(ReadableDirectory(self.0.clone())));
        Ok(())
    }

    async fn make(self: Rc<Self>, params: directory::MakeParams, mut results: directory::MakeResults) -> Outcome {
        let asked = params.get()?;
        let (path, parents) = (self.0.path(asked.get_path())?, asked.get_parents());
        results.get().set_made(self.0.does(move |place| change::make(place, &path, parents)).await?);
        Ok(())
    }

    async fn remove(self: Rc<Self>, params: directory::RemoveParams, mut results: directory::RemoveResults) -> Outcome {
        let asked = params.get()?;
        let (path, recursive) = (self.0.path(asked.get_path())?, asked.get_recursive());
        let removed = remove::remove(&self.0.desk, self.0.place.clone(), path, recursive).await?;
        results.get().set_removed(removed);
        Ok(())
    }

    async fn rename(self: Rc<Self>, params: directory::RenameParams, _: directory::RenameResults) -> Outcome {
        let asked = params.get()?;
        let (from, to) = (self.0.path(asked.get_from())?, self.0.path(asked.get_to())?);
        let mode = asked.get_mode().map_err(|_| Fault::bad("there is no such way of renaming"))?;
        Ok(self.0.does(move |place| change::rename(place, &from, &to, mode)).await?)
    }

    async fn link(self: Rc<Self>, params: directory::LinkParams, _: directory::LinkResults) -> Outcome {
        let asked = params.get()?;
        let (path, target) = (self.0.path(asked.get_path())?, asked.get_target()?);
        if target.len() > self.0.desk.limits().path_bytes {
            return Err(Fault::bad("the target is too long").into());
        }
        let target = target.to_str().map_err(|_| Fault::bad("the target is no UTF-8"))?.to_owned();
        Ok(self.0.does(move |place| change::link(place, &path, &target)).await?)
    }

    async fn set_mode(self: Rc<Self>, params: directory::SetModeParams, _: directory::SetModeResults) -> Outcome {
        let asked = params.get()?;
        let (path, mode) = (self.0.path(asked.get_path())?, parse_mode(asked.get_mode())?);
        Ok(self.0.does(move |place| change::set_mode(place, &path, mode)).await?)
    }

    async fn set_modified(
        self: Rc<Self>,
        params: directory::SetModifiedParams,
        _: directory::SetModifiedResults,
    ) -> Outcome {
        let asked = params.get()?;
        let path = self.0.path(asked.get_path())?;
        let modified = parse_time((asked.get_seconds(), asked.get_nanoseconds()))?;
        Ok(self.0.does(move |place| change::set_modified(place, &path, modified)).await?)
    }
}
