//! The state folder: one process at a time, and only files that are ours.

use std::os::unix::fs::DirBuilderExt;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::clock::write_whole;

/// A folder that this process holds until it ends, however it ends.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("the state folder {0} is in use by another process; stop that one, or choose another folder with --state")]
    InUse(PathBuf),
    #[error("the state folder {path} cannot be used")]
    Unusable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

const DATABASE: &str = "transom.db";
const OUTSIDE: &str = "outside.db";
const SECRETS: &str = "secrets.json";
const ARCHIVE: &str = "archive";
const CLOCK: &str = "clock.json";
const ADDRESS: &str = "address.json";

impl StateFolder {
    /// Takes the folder, making it if it is missing. With `empty`, what earlier processes left in it is deleted.
    pub fn open(path: &Path, empty: bool) -> Result<Self, StateError> {
        let unusable = |source| StateError::Unusable { path: path.to_owned(), source };
        // Customers' messages and secrets lie here: nobody else on this machine needs to read them.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        // A script that waits for the address must not find that of an earlier process.
        remove(&folder.path.join(ADDRESS)).map_err(unusable)?;
        if empty {
            for name in [SECRETS, CLOCK] {
                remove(&path.join(name)).map_err(unusable)?;
            }
            remove_folder(&path.join(ARCHIVE)).map_err(unusable)?;
            for database in [DATABASE, OUTSIDE] {
                // SQLite's files beside a database belong to it and make no sense to another.
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    remove(&path.join(format!("{database}{suffix}"))).map_err(unusable)?;
                }
            }
        }
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
    pub fn outside(&self) -> PathBuf {
        self.path.join(OUTSIDE)
    }
    pub fn secrets(&self) -> PathBuf {
        self.path.join(SECRETS)
    }
    pub fn archive(&self) -> PathBuf {
        self.path.join(ARCHIVE)
    }
    pub fn clock(&self) -> PathBuf {
        self.path.join(CLOCK)
    }

    /// Tells scripts where the system listens.
    pub fn write_address(&self, url: &str) -> Result<(), StateError> {
        let address = json!({"url": url, "pid": std::process::id()});
        write_whole(&self.path.join(ADDRESS), address.to_string().as_bytes())
            .map_err(|source| StateError::Unusable { path: self.path.clone(), source })
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_process_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        let held = StateFolder::open(&path, false).unwrap();
        assert!(matches!(StateFolder::open(&path, false), Err(StateError::InUse(_))));
        drop(held);
        assert!(StateFolder::open(&path, false).is_ok());
    }

    #[test]
    fn an_empty_start_deletes_our_files_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["transom.db", "transom.db-wal", "secrets.json", "clock.json", "mine.txt"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        drop(StateFolder::open(folder.path(), false).unwrap());
        assert!(folder.path().join("transom.db").exists());
        drop(StateFolder::open(folder.path(), true).unwrap());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(folder.path().join("mine.txt").exists());
    }
}
