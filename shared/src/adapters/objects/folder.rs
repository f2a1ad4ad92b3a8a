//! Objects as files under a folder. A file is written beside its place and moved there, so that nobody finds half of one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{checked, unavailable};
use crate::ports::objects::{Listed, ObjectStore, ObjectsUnavailable};

/// The ending of a file that is being written. No name of an object has it, since none begins with a dot.
const UNFINISHED: &str = ".unfinished-";

/// A folder, made when the first object is put.
#[derive(Debug, Clone)]
pub struct FolderObjects(PathBuf);

impl FolderObjects {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }
}

/// Names under `folder` that begin with `prefix` and sort after `after`, in the order of S3: by bytes, where a slash sorts
/// before any letter. A folder that cannot hold any of them is not looked into.
fn walk(
    folder: &Path,
    name: &str,
    (prefix, after, limit): (&str, Option<&str>, usize),
    found: &mut Vec<Listed>,
) -> io::Result<()> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut named = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        let is_folder = entry.file_type()?.is_dir();
        let own = entry.file_name().to_string_lossy().into_owned();
        if own.starts_with('.') {
            continue;
        }
        // A folder sorts as the names below it do.
        let whole = if is_folder { format!("{name}{own}/") } else { format!("{name}{own}") };
        named.push((whole, is_folder, entry));
    }
    named.sort_by(|a, b| a.0.cmp(&b.0));
    for (whole, is_folder, entry) in named {
        if found.len() >= limit {
            return Ok(());
        }
        let begins = whole.starts_with(prefix) || is_folder && prefix.starts_with(&whole);
        let comes = after.is_none_or(|after| whole.as_str() > after || is_folder && after.starts_with(&whole));
        if !begins || !comes {
            continue;
        }
        if is_folder {
            walk(&entry.path(), &whole, (prefix, after, limit), found)?;
        } else {
            match entry.metadata() {
                Ok(metadata) => found.push(Listed { name: whole, bytes: metadata.len() }),
                // Removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

#[async_trait]
impl ObjectStore for FolderObjects {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsUnavailable> {
        const DOING: &str = "put an object";
        checked(DOING, name)?;
        let path = self.0.join(name);
        let folder = path.parent().expect("a name has a folder above it");
        fs::create_dir_all(folder).map_err(unavailable(DOING))?;
        let own = path.file_name().expect("a name ends with a segment").to_string_lossy();
        let unfinished = folder.join(format!("{UNFINISHED}{own}"));
        fs::write(&unfinished, bytes).map_err(unavailable(DOING))?;
        fs::rename(&unfinished, &path).map_err(unavailable(DOING))
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsUnavailable> {
        const DOING: &str = "get an object";
        checked(DOING, name)?;
        match fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(DOING)(error)),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Listed>, ObjectsUnavailable> {
        let mut found = Vec::new();
        walk(&self.0, "", (prefix, after, limit), &mut found).map_err(unavailable("list objects"))?;
        Ok(found)
    }

    async fn remove(&self, names: &[String]) -> Result<(), ObjectsUnavailable> {
        const DOING: &str = "remove objects";
        for name in names {
            checked(DOING, name)?;
            match fs::remove_file(self.0.join(name)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unavailable(DOING)(error)),
            }
        }
        Ok(())
    }
}
