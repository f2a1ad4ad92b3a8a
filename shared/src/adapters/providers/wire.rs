//! The way out to providers' servers: one request, one answer, or what is known without one. Real life is a
//! [`reqwest::Client`]; a simulation brings its own.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use super::transport::LONGEST_ANSWER_BYTES;

/// Carries one request to a provider's server. Never tries twice.
#[async_trait]
pub trait Wire: Send + Sync + fmt::Debug {
    async fn carry(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer>;
}

/// Why there is no answer, as far as it matters for what may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// No connection came about (name, TCP, TLS): nothing left.
    NotConnected,
    /// It may have arrived.
    TimedOut,
    /// It may have arrived.
    Broken,
    /// An answer came that no provider gives.
    TooLong,
}

#[async_trait]
impl Wire for reqwest::Client {
    async fn carry(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        let mut response = self.execute(request).await.map_err(|error| NoAnswer::from(&error))?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| NoAnswer::from(&error))? {
            if body.len() + part.len() > LONGEST_ANSWER_BYTES {
                return Err(NoAnswer::TooLong);
            }
            body.extend_from_slice(&part);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// The error's own text holds the address and is not kept.
impl From<&reqwest::Error> for NoAnswer {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_builder() || error.is_connect() {
            Self::NotConnected
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broken
        }
    }
}

/// What the adapters make their calls with: `client` builds requests, `wire` carries them.
#[derive(Debug, Clone)]
pub(super) struct Http {
    pub client: reqwest::Client,
    pub wire: Arc<dyn Wire>,
}

impl From<reqwest::Client> for Http {
    fn from(client: reqwest::Client) -> Self {
        Self { wire: Arc::new(client.clone()), client }
    }
}
