//! The profiles of services that a configuration leads to: the bundled ones, and the files of a directory.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use capos_runner::{Profiles, Source};

use super::fault::Place;
use super::{Config, Fault, Faults};

/// Writable for everybody: whoever can write a profile says what the node runs.
const WORLD_WRITABLE: u32 = 0o002;

/// Reads and checks all of them. A file's profile replaces a bundled one of the same id.
pub(crate) fn read(config: &Config) -> Result<Profiles, Faults> {
    let bundled = config
        .services
        .bundled
        .iter()
        .map(|one| Source::Text { name: format!("bundled {}.toml", one.id()), text: one.profile().to_owned() });
    let files = files(&config.services.directory)?.into_iter().map(Source::File);
    let sources: Vec<Source> = bundled.chain(files).collect();
    let found = Profiles::read(&sources, &config.limits.runner);
    found.map_err(|faults| match Faults::collect(faults.into_iter().map(fault).collect()) {
        Err(faults) => faults,
        Ok(()) => Fault::of("the profiles of services cannot be read").into(),
    })
}

/// Profiles in a directory, in the order of their names; none where there is no such directory.
pub(crate) fn files(directory: &Path) -> Result<Vec<PathBuf>, Faults> {
    let wrong = |path: &Path, what: &str| Faults::from(Fault::of(format!("{}: {what}", path.display())));
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(directory, &error.to_string())),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(directory, &error.to_string()))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let nobody_elses = (!files.is_empty()).then_some(directory).into_iter().chain(files.iter().map(PathBuf::as_path));
    for path in nobody_elses {
        let found = fs::metadata(path).map_err(|error| wrong(path, &error.to_string()))?;
        if found.mode() & WORLD_WRITABLE != 0 {
            return Err(wrong(path, "everybody can write to it, and so decide what the node runs"));
        }
    }
    Ok(files)
}

fn fault(from: capos_runner::Fault) -> Fault {
    let capos_runner::Fault { file, line, column, what } = from;
    match line {
        0 => Fault::of(format!("{}: {what}", file.display())),
        line => Fault::at(Place { file, line, column }, what),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn profiles_are_the_toml_files_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.toml", "a.toml", "a.schema", "notes.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |files: Vec<PathBuf>| -> Vec<String> {
            files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(files(folder.path()).unwrap()), ["a.toml", "b.toml"]);
        assert_eq!(files(&folder.path().join("nowhere")).unwrap(), Vec::<PathBuf>::new());
        let fault = files(&folder.path().join("a.toml")).unwrap_err();
        assert!(fault.to_string().contains("a.toml: "), "a file is no directory: {fault}");
    }

    #[test]
    fn what_everybody_can_write_is_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        fs::write(&file, "").unwrap();
        set_mode(&file, 0o666);
        assert!(files(folder.path()).unwrap_err().to_string().contains("everybody can write"));
        set_mode(&file, 0o664);
        assert_eq!(files(folder.path()).unwrap().len(), 1);
        set_mode(folder.path(), 0o777);
        assert!(files(folder.path()).is_err());
    }
}
