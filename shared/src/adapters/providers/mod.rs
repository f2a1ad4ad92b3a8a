//! Providers. (being written)
/// All providers.
#[derive(Debug)]
pub struct Providers;
