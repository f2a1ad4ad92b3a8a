//! The way out to subscribers' addresses.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;

pub use super::guarded_http::{BadNetwork, Guard, Network};

#[cfg(test)]
use super::guarded_http::Lookup;
use super::guarded_http::{Limits, SystemLookup, client, why};
use crate::{
    domain::time::SignedDuration,
    ports::events::{BadAddress, NotPosted, Post, Posted, Subscribers},
};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    // (Fault matrix G7.)
    call: Duration::from_secs(15),
    idle: Duration::from_secs(20),
};

/// So much of an answer is read, for people; the rest is not waited for.
const EXCERPT_BYTES: usize = 512;

/// Subscribers over the network. The client is made when it is first needed.
pub struct HttpSubscribers {
    guard: Arc<Guard>,
    client: OnceLock<reqwest::Client>,
}

impl fmt::Debug for HttpSubscribers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSubscribers").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl HttpSubscribers {
    pub fn new(guard: Guard) -> Self {
        Self { guard: Arc::new(guard), client: OnceLock::new() }
    }

    #[cfg(test)]
    fn with_lookup(guard: Guard, lookup: impl Lookup) -> Self {
        let guard = Arc::new(guard);
        let client = client(&guard, lookup, &LIMITS).expect("its limits are fixed");
        Self { guard, client: client.into() }
    }

    fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            client(&self.guard, SystemLookup, &LIMITS)
                .expect("its limits and authorities are fixed, and a test makes it")
        })
    }
}

#[async_trait]
impl Subscribers for HttpSubscribers {
    fn check(&self, url: &str) -> Result<(), BadAddress> {
        self.guard.read(url).map(drop)
    }

    async fn post(&self, post: Post<'_>) -> Result<Posted, NotPosted> {
        let url = self.guard.read(post.url).map_err(NotPosted::Forbidden)?;
        let mut request = self.client().post(url).header(http::header::CONTENT_TYPE, "application/json");
        for (name, value) in post.headers {
            request = request.header(*name, value);
        }
        let mut response = request.body(post.body.to_owned()).send().await.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        let retry_after = asked_pause(response.headers());
        let mut body = Vec::new();
        while body.len() < EXCERPT_BYTES {
            // The status is the answer: a body that breaks off changes nothing.
            let Ok(Some(part)) = response.chunk().await else { break };
            body.extend_from_slice(&part[..part.len().min(EXCERPT_BYTES - body.len())]);
        }
        let excerpt = String::from_utf8_lossy(&body).chars().filter(|c| !c.is_control()).collect();
        Ok(Posted { status, retry_after, excerpt })
    }
}

/// How long it asks to be left alone: in seconds, or until a time by its own clock (RFC 9110, section 10.2.3).
fn asked_pause(headers: &http::HeaderMap) -> Option<SignedDuration> {
    let asked = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(SignedDuration::from_secs(seconds));
    }
    let time = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let now = headers.get(http::header::DATE)?.to_str().ok()?;
    Some(time(asked)?.duration_since(time(now)?))
}
