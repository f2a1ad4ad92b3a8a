//! The way out to subscribers' addresses.

mod guard;
mod networks;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

pub use guard::Guard;
pub use networks::{BadNetwork, Network};

use super::roots;
use crate::{
    domain::time::SignedDuration,
    ports::{
        BoxError,
        events::{BadAddress, NotPosted, Post, Posted, Subscribers},
    },
};

/// How long a connection may take to come about, its name and its TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a whole attempt may take, with whatever of its answer is read (fault matrix G7).
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// For how long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// So much of an answer is read, for people; the rest is not waited for.
const EXCERPT_BYTES: usize = 512;

/// Finds what a name leads to.
trait Lookup: Send + Sync + 'static {
    fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>>;
}

/// By the machine's own means.
struct SystemLookup;

impl Lookup for SystemLookup {
    fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        Ok((name, 0).to_socket_addrs()?.collect())
    }
}

/// Lets a connection go only where the guard allows. The client dials exactly what comes out of here, so there is no second
/// look-up that could answer otherwise.
struct Guarded<L> {
    guard: Arc<Guard>,
    lookup: Arc<L>,
}

impl<L: Lookup> Resolve for Guarded<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, lookup) = (Arc::clone(&self.guard), Arc::clone(&self.lookup));
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || lookup.look_up(name.as_str())).await;
            let found = found.map_err(BoxError::from)?.map_err(|_| Refused(BadAddress::UnknownName))?;
            let checked = guard.checked(found).map_err(Refused)?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}

/// How the resolver tells, through the client's errors, why there is no connection.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(BadAddress);

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
        let client = client(&guard, lookup).expect("its limits are fixed");
        Self { guard, client: client.into() }
    }

    fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            client(&self.guard, SystemLookup).expect("its limits and authorities are fixed, and a test makes it")
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one client for subscribers, with its limits and its guard")]
fn client(guard: &Arc<Guard>, lookup: impl Lookup) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_certs_only(roots::certificates()?)
        .dns_resolver(Guarded { guard: Arc::clone(guard), lookup: Arc::new(lookup) })
        // A proxy would connect in our place, unchecked.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .user_agent(concat!("Transom/", env!("CARGO_PKG_VERSION")))
        .build()
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

fn why(error: &reqwest::Error) -> NotPosted {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(this) = cause {
        if let Some(Refused(why)) = this.downcast_ref::<Refused>() {
            return NotPosted::Forbidden(*why);
        }
        cause = this.source();
    }
    if error.is_timeout() {
        NotPosted::TimedOut
    } else if error.is_connect() || error.is_builder() {
        NotPosted::NotConnected
    } else {
        NotPosted::Broken
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
