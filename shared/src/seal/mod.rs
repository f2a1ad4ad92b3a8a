//! Keeping personal data unreadable at rest: sealed values, keyed hashes, and the keys behind both; and signatures of what
//! leaves. Pure computation.

mod keyring;
mod sealed;
mod standard_webhooks;

pub use keyring::{AccountKeys, SubjectKey, WrappedKey, sha256, sha256_hex};
pub use sealed::{Sealed, Unreadable};
pub use standard_webhooks::{SECRET_BYTES, is_webhook_secret, sign_webhook, webhook_secret};
