//! The store. (being written)
/// The store.
pub trait Store: Send + Sync {}
