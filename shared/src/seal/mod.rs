//! Keeping personal data unreadable at rest: sealed values, keyed hashes, and the keys behind both. Pure computation.

mod keyring;
mod sealed;

pub use keyring::{AccountKeys, SubjectKey, WrappedKey, sha256, sha256_hex};
pub use sealed::{Sealed, Unreadable};
