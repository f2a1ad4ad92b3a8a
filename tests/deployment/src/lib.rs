//! Reads infra/template.yaml as what it is, so that tests can say what must be in it.
#![forbid(unsafe_code)]

pub mod roles;
pub mod template;

pub use template::Template;

/// The functions, by the names of their packages.
pub const FUNCTIONS: [&str; 9] = ["api", "expire", "fold", "jobs", "operate", "publish", "react", "send", "webhook"];
