//! Profiles and schemas from the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use super::Source;
use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::Draft;

type Brought = (Draft, Option<Arc<[u8]>>);

/// Reads them all; what is wrong with one keeps nobody from hearing what is wrong with the others.
pub(super) fn drafts(sources: &[Source], limits: &Limits) -> Result<Vec<Brought>, Vec<Fault>> {
    let (mut files, mut bundled, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let read = match source {
            Source::File(path) => file(path, limits).map(|brought| files.push(brought)),
            Source::Text { name, text } => {
                Draft::parse(text, Path::new(name), limits).map(|draft| bundled.push((draft, None)))
            }
        };
        faults.extend(read.err().unwrap_or_default());
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let replaced = |draft: &Draft| files.iter().any(|(file, _): &Brought| file.id() == draft.id());
    bundled.retain(|(draft, _)| !replaced(draft));
    bundled.extend(files);
    Ok(bundled)
}

fn file(path: &Path, limits: &Limits) -> Result<Brought, Vec<Fault>> {
    // Paths in it start from where it is, whatever the current directory becomes.
    let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let whole = |what: String| vec![Fault { file: path.clone(), line: 0, column: 0, what }];
    let bytes = contents(path, limits.profile_bytes).map_err(whole)?;
    let text = String::from_utf8(bytes).map_err(|_| whole("the file is no UTF-8 text".to_owned()))?;
    let draft = Draft::parse(&text, path, limits)?;
    let most = capos_schema::Limits::default().schema_bytes;
    let schema = draft.schema().map(|schema| contents(schema, most));
    let schema = schema.transpose().map_err(|wrong| vec![draft.fault("schema", format!("the schema: {wrong}"))])?;
    Ok((draft, schema.map(Into::into)))
}

fn contents(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > most {
        return Err("is too large a file".to_owned());
    }
    Ok(bytes)
}

/// A file and nothing else: the node would wait for ever for whoever writes to a pipe.
fn open(path: &Path) -> io::Result<File> {
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(at_once).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")),
    }
}
