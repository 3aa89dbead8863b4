//! Files as clients hold them: a path beneath a directory, and whatever is there at each call.

use std::rc::Rc;

use capnp::Error;
use capos_schema::files_capnp::{file, file_reader, readable_file};

use super::change;
use super::directory::Here;
use super::entry::Entry;
use super::fault::Result;
use super::path::RelativePath;
use super::read::{self, Delivered};
use super::write::{Draft, Wish, Writer};

type Outcome = std::result::Result<(), Error>;

/// A path beneath a directory that is held.
#[derive(Clone)]
pub(super) struct There {
    pub(super) here: Here,
    pub(super) path: RelativePath,
}

impl There {
    async fn stat(&self) -> Result<Entry> {
        self.here.stat(self.path.clone(), true).await
    }

    async fn read(&self, part: (u64, u64), reader: file_reader::Client) -> std::result::Result<Delivered, Error> {
        read::deliver(&self.here.desk, self.here.place.clone(), self.path.clone(), part, reader).await
    }

    async fn checksum(&self, part: (u64, u64)) -> Result<(Vec<u8>, u64)> {
        read::checksum(&self.here.desk, self.here.place.clone(), self.path.clone(), part).await
    }
}

/// One that may be read.
pub(super) struct Reading(pub(super) There);

impl readable_file::Server for Reading {
    async fn stat(self: Rc<Self>, _: readable_file::StatParams, mut results: readable_file::StatResults) -> Outcome {
        self.0.stat().await?.write(results.get().init_entry());
        Ok(())
    }

    async fn read(
        self: Rc<Self>,
        params: readable_file::ReadParams,
        mut results: readable_file::ReadResults,
    ) -> Outcome {
        let asked = params.get()?;
        let read = self.0.read((asked.get_offset(), asked.get_length()), asked.get_reader()?).await?;
        let mut told = results.get();
        told.set_length(read.length);
        told.set_size(read.size);
        told.set_changed(read.changed);
        Ok(())
    }

    async fn checksum(
        self: Rc<Self>,
        params: readable_file::ChecksumParams,
        mut results: readable_file::ChecksumResults,
    ) -> Outcome {
        let asked = params.get()?;
        let (sum, length) = self.0.checksum((asked.get_offset(), asked.get_length())).await?;
        results.get().set_sha256(&sum);
        results.get().set_length(length);
        Ok(())
    }
}

/// One that may be read and written.
pub(super) struct Changing(pub(super) There);

impl Changing {
    async fn draft(
        &self,
        make: impl FnOnce(&super::place::Place, RelativePath) -> Result<Draft> + Send + 'static,
    ) -> Result<Writer> {
        let desk = &self.0.here.desk;
        let ticket = desk.begin_writing()?;
        let (place, path) = (self.0.here.place.clone(), self.0.path.clone());
        let draft = desk.work(move |_| make(&place, path)).await?;
        Ok(Writer::new(desk.clone(), draft, ticket))
    }
}

impl file::Server for Changing {
    async fn stat(self: Rc<Self>, _: file::StatParams, mut results: file::StatResults) -> Outcome {
        self.0.stat().await?.write(results.get().init_entry());
        Ok(())
    }

    async fn read(self: Rc<Self>, params: file::ReadParams, mut results: file::ReadResults) -> Outcome {
        let asked = params.get()?;
        let read = self.0.read((asked.get_offset(), asked.get_length()), asked.get_reader()?).await?;
        let mut told = results.get();
        told.set_length(read.length);
        told.set_size(read.size);
        told.set_changed(read.changed);
        Ok(())
    }

    async fn checksum(self: Rc<Self>, params: file::ChecksumParams, mut results: file::ChecksumResults) -> Outcome {
        let asked = params.get()?;
        let (sum, length) = self.0.checksum((asked.get_offset(), asked.get_length())).await?;
        results.get().set_sha256(&sum);
        results.get().set_length(length);
        Ok(())
    }

    async fn replace(self: Rc<Self>, params: file::ReplaceParams, mut results: file::ReplaceResults) -> Outcome {
        let wish = Wish::parse(params.get()?.get_options()?)?;
        let writer = self.draft(move |place, path| Draft::beside(place, path, wish)).await?;
        results.get().set_writer(capnp_rpc::new_client(writer));
        Ok(())
    }

    async fn write(self: Rc<Self>, params: file::WriteParams, mut results: file::WriteResults) -> Outcome {
        let asked = params.get()?;
        let (offset, wish) = (asked.get_offset(), Wish::parse(asked.get_options()?)?);
        let writer = self.draft(move |place, path| Draft::within(place, path, offset, wish)).await?;
        results.get().set_writer(capnp_rpc::new_client(writer));
        Ok(())
    }

    async fn resize(self: Rc<Self>, params: file::ResizeParams, _: file::ResizeResults) -> Outcome {
        let (size, path) = (params.get()?.get_size(), self.0.path.clone());
        Ok(self.0.here.does(move |place| change::resize(place, &path, size)).await?)
    }

    async fn read_only(self: Rc<Self>, _: file::ReadOnlyParams, mut results: file::ReadOnlyResults) -> Outcome {
        results.get().set_file(capnp_rpc::new_client(Reading(self.0.clone())));
        Ok(())
    }
}
