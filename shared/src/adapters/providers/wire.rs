//! The way out to providers' servers: one request, one answer, or what is known without one. Real life is a
//! [`reqwest::Client`]; a simulation brings its own.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_trait::async_trait;

use super::transport::LONGEST_ANSWER_BYTES;
use crate::{
    domain::{Timestamp, skew::Skew},
    ports::Clock,
    telemetry,
};

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

/// Tells from the `Date` of every answer how far the provider's clock is from ours.
#[derive(Debug)]
pub(super) struct Timed {
    pub wire: Arc<dyn Wire>,
    pub clock: Arc<dyn Clock>,
    pub skew: Arc<Mutex<Skew>>,
}

#[async_trait]
impl Wire for Timed {
    async fn carry(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        let asked = self.clock.now();
        let answer = self.wire.carry(request).await?;
        let answered = self.clock.now();
        if let Some(date) = date_of(answer.headers()) {
            let told = self.skew.lock().unwrap_or_else(PoisonError::into_inner).observe(asked, answered, date);
            if let Some(skew) = told {
                telemetry::clock_differs();
                // Positive: the provider's is ahead.
                tracing::warn!(
                    skew_ms = skew.as_millis(),
                    "a provider's clock and ours differ; past two minutes, windows are planned with it"
                );
            }
        }
        Ok(answer)
    }
}

/// RFC 9110, section 5.6.7; the form that servers send.
pub(super) fn date_of(headers: &http::HeaderMap) -> Option<Timestamp> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// A client that is made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct LazyClient(OnceLock<reqwest::Client>);

impl LazyClient {
    fn get(&self) -> &reqwest::Client {
        self.0.get_or_init(|| super::http_client().expect("its limits and authorities are fixed, and a test makes it"))
    }
}

impl From<reqwest::Client> for LazyClient {
    fn from(client: reqwest::Client) -> Self {
        Self(client.into())
    }
}

#[async_trait]
impl Wire for LazyClient {
    async fn carry(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        self.get().carry(request).await
    }
}

/// What the adapters make their calls with: `client` builds requests, `wire` carries them.
#[derive(Debug, Clone)]
pub(super) struct Http {
    pub client: Arc<LazyClient>,
    pub wire: Arc<dyn Wire>,
}

impl Http {
    pub fn lazy() -> Self {
        let client: Arc<LazyClient> = Arc::default();
        Self { wire: Arc::clone(&client) as Arc<dyn Wire>, client }
    }

    /// A request to `GET` this address.
    pub fn get(&self, url: impl reqwest::IntoUrl) -> reqwest::RequestBuilder {
        self.client.get().get(url)
    }

    /// A request to `POST` to this address.
    pub fn post(&self, url: impl reqwest::IntoUrl) -> reqwest::RequestBuilder {
        self.client.get().post(url)
    }
}

impl Http {
    /// A request to `DELETE` what is at this address.
    pub fn delete(&self, url: impl reqwest::IntoUrl) -> reqwest::RequestBuilder {
        self.client.get().delete(url)
    }
}

impl From<reqwest::Client> for Http {
    fn from(client: reqwest::Client) -> Self {
        Self { wire: Arc::new(client.clone()), client: Arc::new(client.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    #[derive(Debug)]
    struct Dated(&'static str);

    #[async_trait]
    impl Wire for Dated {
        async fn carry(&self, _: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer> {
            Ok(http::Response::builder().header("date", self.0).body(Vec::new()).unwrap())
        }
    }

    #[tokio::test]
    async fn h1_the_date_of_an_answer_tells_the_skew_and_nonsense_tells_nothing() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        for (date, doubt_seconds) in [("Sun, 01 Mar 2026 09:04:00 GMT", 240), ("soon", 0)] {
            let skew = Arc::new(Mutex::new(Skew::default()));
            let timed = Timed { wire: Arc::new(Dated(date)), clock: Arc::new(At(now)), skew: Arc::clone(&skew) };
            let request = reqwest::Request::new(http::Method::POST, "https://example.com/".parse().unwrap());
            timed.carry(request).await.unwrap();
            assert_eq!(skew.lock().unwrap().doubt(now).as_secs(), doubt_seconds, "{date}");
        }
    }
}
