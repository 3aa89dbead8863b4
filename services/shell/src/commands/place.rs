//! Where commands run, and with which variables: the part of a shell that stays from one command to the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, access};

use crate::ground::Ground;
use crate::{Error, Limits};

const NO_DIRECTORY: Error = Error::BadRequest("there is no such directory");
const TOO_MUCH: Error = Error::Quota("the environment is as large as may be");

/// Variables by their names.
pub(crate) type Variables = BTreeMap<String, String>;

/// One session's directory and environment.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    home: PathBuf,
    directory: PathBuf,
    variables: Variables,
}

impl Place {
    pub(crate) fn new(ground: &Ground) -> Self {
        Self { home: ground.home.clone(), directory: ground.home.clone(), variables: ground.environment.clone() }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Goes elsewhere, as the command of that name does: home where nothing is said.
    pub(crate) fn cd(&mut self, path: &str) -> Result<(), Error> {
        self.directory = if path.is_empty() { self.home.clone() } else { self.find(path)? };
        Ok(())
    }

    /// A directory, from here where it is relative. As in a shell, `..` goes back the way that was come, also through
    /// links.
    pub(crate) fn find(&self, path: &str) -> Result<PathBuf, Error> {
        if path.contains('\0') {
            return Err(NO_DIRECTORY);
        }
        let mut found = PathBuf::new();
        for part in self.directory.join(path).components() {
            match part {
                Component::ParentDir if !fs::metadata(&found).is_ok_and(|there| there.is_dir()) => {
                    return Err(NO_DIRECTORY);
                }
                Component::ParentDir => drop(found.pop()),
                Component::CurDir => {}
                part => found.push(part),
            }
        }
        let there = fs::metadata(&found).is_ok_and(|there| there.is_dir());
        if !there {
            return Err(NO_DIRECTORY);
        }
        access(&found, Access::EXEC_OK).map_err(|_| Error::BadRequest("that directory may not be entered"))?;
        Ok(found)
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: &str, limits: &Limits) -> Result<(), Error> {
        set(&mut self.variables, name, value, limits)
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }
}

/// Sets one of some variables, if it can be one and there is room for it.
pub(crate) fn set(variables: &mut Variables, name: &str, value: &str, limits: &Limits) -> Result<(), Error> {
    if name.is_empty() || name.contains(['=', '\0']) || name.chars().any(char::is_control) {
        return Err(Error::BadRequest("a variable's name has no '=' and no control characters, and is not empty"));
    }
    if value.contains('\0') {
        return Err(Error::BadRequest("a variable's value has no zero bytes"));
    }
    let replaced = variables.get(name).map_or(0, |before| cost(name, before));
    let count = variables.len() + usize::from(replaced == 0);
    let bytes = size(variables) - replaced + cost(name, value);
    if count > limits.variables || bytes > limits.environment_bytes {
        return Err(TOO_MUCH);
    }
    variables.insert(name.to_owned(), value.to_owned());
    Ok(())
}

/// What variables take in the memory of a command.
fn size(variables: &Variables) -> usize {
    variables.iter().map(|(name, value)| cost(name, value)).sum()
}

fn cost(name: &str, value: &str) -> usize {
    name.len() + value.len() + "=\0".len()
}

#[cfg(test)]
mod tests;
