//! Bytes of files: to a reader, and into checksums.

use std::fs::File;
use std::os::fd::AsFd;
use std::sync::Arc;

use capos_schema::files_capnp::file_reader;
use futures::future::try_join;
use ring::digest::{Context, SHA256};
use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, Stat, fstat};
use rustix::io::pread;

use super::desk::Desk;
use super::fault::{Fault, Result};
use super::path::RelativePath;
use super::place::Place;

/// Bytes that a checksum reads at once.
const BLOCK: usize = 128 << 10;

/// What came of reading.
pub(super) struct Delivered {
    pub(super) length: u64,
    pub(super) size: u64,
    pub(super) changed: bool,
}

/// A file that is open to be read, and the bytes of it that were asked for.
struct Source {
    file: Arc<File>,
    path: RelativePath,
    begun: Stat,
    next: u64,
    end: u64,
}

impl Source {
    fn open(place: &Place, path: RelativePath, offset: u64, length: u64) -> Result<Self> {
        let file = place.file(&path, OFlags::RDONLY, Mode::empty())?;
        let begun = fstat(&file).map_err(|errno| Fault::of(errno, &path))?;
        let end = if length == 0 { u64::MAX } else { offset.saturating_add(length) };
        // What is written to it meanwhile would keep it from ever coming to an end.
        let end = end.min(size(&begun));
        Ok(Self { file: Arc::new(file), path, begun, next: offset, end })
    }

    /// What comes next; nothing at the end.
    fn read(&mut self, most: usize) -> Result<Vec<u8>> {
        let left = usize::try_from(self.end.saturating_sub(self.next)).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(left.min(most));
        while bytes.len() < bytes.capacity() {
            let read = pread(&*self.file, spare_capacity(&mut bytes), self.next);
            match read.map_err(|errno| Fault::of(errno, &self.path))? {
                // It was cut off meanwhile.
                0 => break,
                read => self.next = self.next.saturating_add(u64::try_from(read).unwrap_or(u64::MAX)),
            }
        }
        Ok(bytes)
    }

    fn is_changed(&self) -> Result<(u64, bool)> {
        let now = fstat(self.file.as_fd()).map_err(|errno| Fault::of(errno, &self.path))?;
        let state = |stat: &Stat| (stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
        Ok((size(&now), state(&now) != state(&self.begun)))
    }
}

fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or_default()
}

/// Gives a reader the bytes; the next are read while it takes those before.
pub(super) async fn deliver(
    desk: &Desk,
    place: Place,
    path: RelativePath,
    (offset, length): (u64, u64),
    reader: file_reader::Client,
) -> std::result::Result<Delivered, capnp::Error> {
    let _place = desk.begin()?;
    let source = desk.work(move |_| Source::open(&place, path, offset, length)).await?;
    let mut delivered = 0_u64;
    let (mut source, mut bytes) = next(desk, source).await?;
    while !bytes.is_empty() {
        delivered = delivered.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let mut request = reader.chunk_request();
        request.get().set_data(&bytes);
        let taken = request.send();
        (_, (source, bytes)) = try_join(taken, async { Ok(next(desk, source).await?) }).await?;
    }
    reader.done_request().send().promise.await?;
    let (size, changed) = desk.work(move |_| source.is_changed()).await?;
    Ok(Delivered { length: delivered, size, changed })
}

async fn next(desk: &Desk, mut source: Source) -> Result<(Source, Vec<u8>)> {
    desk.work(move |limits| {
        let bytes = source.read(limits.chunk_bytes)?;
        Ok((source, bytes))
    })
    .await
}

/// The SHA-256 of the bytes, and how many they are.
pub(super) async fn checksum(
    desk: &Desk,
    place: Place,
    path: RelativePath,
    (offset, length): (u64, u64),
) -> Result<(Vec<u8>, u64)> {
    let _place = desk.begin()?;
    let mut source = desk.work(move |_| Source::open(&place, path, offset, length)).await?;
    let mut sum = Context::new(&SHA256);
    loop {
        let before = source.next;
        (source, sum) = desk.work(move |limits| add(source, sum, limits.slice_bytes)).await?;
        if source.next == before {
            return Ok((sum.finish().as_ref().to_vec(), source.next.saturating_sub(offset)));
        }
    }
}

fn add(mut source: Source, mut sum: Context, most: u64) -> Result<(Source, Context)> {
    let stop = source.next.saturating_add(most);
    while source.next < stop {
        let bytes = source.read(BLOCK)?;
        if bytes.is_empty() {
            break;
        }
        sum.update(&bytes);
    }
    Ok((source, sum))
}
