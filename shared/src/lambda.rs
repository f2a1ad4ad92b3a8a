//! What all queue-driven functions share. (being written)
