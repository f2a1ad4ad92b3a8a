//! Providers. (being written)
