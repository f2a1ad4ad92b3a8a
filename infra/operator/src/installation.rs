//! One installation: something that takes orders and keeps secrets.

use async_trait::async_trait;
use serde_json::Value;

/// Why an installation did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It cannot be reached, or not with these rights.
    #[error("{0}")]
    Unreachable(String),
    /// The order was refused; the field is named.
    #[error("{field}: {problem}")]
    Refused { field: String, problem: String },
    /// Something that it needs did not do its part.
    #[error("{0}")]
    Trouble(String),
    #[error("{path} cannot be read")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is not JSON: {problem}")]
    NotJson { path: String, problem: String },
}

/// Whether a secret was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    New,
    /// One of this name was there and was not to be overwritten.
    Already,
}

#[async_trait]
pub trait Installation: Send + Sync {
    /// Gives an order to `operate`; answers what it answers.
    async fn order(&self, order: Value) -> Result<Value, Failed>;

    /// The values of a secret, the one in use first; none if there is no such secret.
    async fn secret(&self, account: &str, name: &str) -> Result<Vec<String>, Failed>;

    /// Stores a secret's values, the one to use first.
    async fn put_secret(&self, account: &str, name: &str, values: &[String], overwrite: bool)
    -> Result<Stored, Failed>;
}
