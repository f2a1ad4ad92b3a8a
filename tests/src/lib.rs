//! Stories across functions live in `it/`; this library is empty.
