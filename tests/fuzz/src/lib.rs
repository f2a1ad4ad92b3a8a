//! Empty: the targets are tests.
