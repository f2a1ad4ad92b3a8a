//! Where the archive's objects lie.

mod folder;
mod memory;
mod s3;
#[cfg(test)]
mod tests;

pub use folder::FolderObjects;
pub use memory::MemoryObjects;
pub use s3::{S3, S3Objects};

use crate::ports::{BoxError, objects::ObjectsUnavailable};

fn unavailable<E: Into<BoxError>>(doing: &'static str) -> impl FnOnce(E) -> ObjectsUnavailable {
    move |error| ObjectsUnavailable { doing, source: error.into() }
}

/// Whether a name can be one. It becomes a path on one machine, so that nothing may lead out of the folder.
fn is_a_name(name: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "._=-".contains(c);
    name.len() <= 500
        && name
            .split('/')
            .all(|segment| !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(of_name))
}

/// A name that cannot be one: a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no name of an object")]
struct NotAName(String);

fn checked(doing: &'static str, name: &str) -> Result<(), ObjectsUnavailable> {
    if is_a_name(name) { Ok(()) } else { Err(unavailable(doing)(NotAName(name.to_owned()))) }
}
