//! The use cases. (being written)
