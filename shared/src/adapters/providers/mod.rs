//! The providers: each translates its webhooks and its sending API to and from our own words.

mod asking;
mod json;
mod meta;
#[cfg(test)]
mod sample_order;
mod signing;
mod transport;
mod twilio;
mod verdict;
mod wire;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::roots;
use crate::{
    domain::{Timestamp, channel::ProviderKind, skew::Skew, time::SignedDuration},
    ports::{Clock, Provider, administration::Administration, template_review::TemplateReview},
};
use wire::{Http, Timed};
pub use wire::{NoAnswer, Wire};

/// Every provider there is, by its kind.
#[derive(Debug, Clone)]
pub struct Providers {
    meta: Arc<meta::Meta>,
    twilio: Arc<twilio::Twilio>,
    skew: Arc<Mutex<Skew>>,
    /// Our clock is one that others can be compared with: nobody turns it.
    timed: bool,
}

/// Where the providers' APIs are, without a slash at the end. Others than the defaults are for stand-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUrls {
    /// With the version of the Graph API.
    pub meta: String,
    pub twilio: String,
}

impl Default for ProviderUrls {
    fn default() -> Self {
        Self { meta: "https://graph.facebook.com/v26.0".to_owned(), twilio: "https://api.twilio.com".to_owned() }
    }
}

impl Providers {
    /// `http` should be [`http_client`]'s: a client that retries by itself could send a message twice.
    pub fn new(http: reqwest::Client, urls: ProviderUrls) -> Self {
        Self::with(Http::from(http), urls)
    }

    /// The same over another wire than the network's.
    pub fn over(wire: Arc<dyn Wire>, client: reqwest::Client, urls: ProviderUrls) -> Self {
        Self::with(Http { client: Arc::new(client.into()), wire }, urls)
    }

    /// The same over any wire, telling by the providers' answers how far their clocks are from `clock`. Not where that one
    /// is turned by hand.
    pub fn timed(wire: Arc<dyn Wire>, client: reqwest::Client, urls: ProviderUrls, clock: Arc<dyn Clock>) -> Self {
        let skew = Arc::new(Mutex::new(Skew::default()));
        let timed = Timed { wire, clock, skew: Arc::clone(&skew) };
        Self { skew, timed: true, ..Self::over(Arc::new(timed), client, urls) }
    }

    /// The same over the network, with a client that is made when it is first needed: most functions never call a
    /// provider.
    pub fn lazy(urls: ProviderUrls) -> Self {
        Self::with(Http::lazy(), urls)
    }

    /// The same, telling by the providers' answers how far their clocks are from `clock`.
    pub fn lazy_and_timed(urls: ProviderUrls, clock: Arc<dyn Clock>) -> Self {
        let Http { client, wire } = Http::lazy();
        let skew = Arc::new(Mutex::new(Skew::default()));
        let timed = Timed { wire, clock, skew: Arc::clone(&skew) };
        Self { skew, timed: true, ..Self::with(Http { client, wire: Arc::new(timed) }, urls) }
    }

    /// Whether the providers' clocks can be compared with ours: nobody turns it.
    pub fn are_timed(&self) -> bool {
        self.timed
    }

    /// By how much a provider's clock may differ from ours, beyond the allowance.
    pub fn doubt(&self, now: Timestamp) -> SignedDuration {
        self.skew.lock().unwrap_or_else(PoisonError::into_inner).doubt(now)
    }

    fn with(http: Http, urls: ProviderUrls) -> Self {
        Self {
            skew: Arc::default(),
            timed: false,
            meta: Arc::new(meta::Meta::new(http.clone(), urls.meta)),
            twilio: Arc::new(twilio::Twilio::new(http, urls.twilio)),
        }
    }

    /// What an operator asks of a provider.
    pub fn administration(&self, kind: ProviderKind) -> &dyn Administration {
        match kind {
            ProviderKind::Meta => self.meta.as_ref(),
            ProviderKind::Twilio => self.twilio.as_ref(),
        }
    }

    /// The provider's side of templates.
    pub fn template_review(&self, kind: ProviderKind) -> &dyn TemplateReview {
        match kind {
            ProviderKind::Meta => self.meta.as_ref(),
            ProviderKind::Twilio => self.twilio.as_ref(),
        }
    }

    pub fn get(&self, kind: ProviderKind) -> &dyn Provider {
        match kind {
            ProviderKind::Meta => self.meta.as_ref(),
            ProviderKind::Twilio => self.twilio.as_ref(),
        }
    }
}

/// How long a connection may take to come about, its name and its TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a whole call may take. Well within [`CLAIM_LASTS`](crate::domain::sending::CLAIM_LASTS), so that the
/// outcome can still be written under the claim.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// For how long an unused connection is kept. Short, since a connection that a provider closed while the process was
/// frozen turns a message that goes out over it into one of unknown outcome.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP client for calls to providers: with time limits, without redirects, without retries.
///
/// What remains below is a request that a pooled connection gave back untouched because it was closed already; that
/// one goes over a new connection, and nothing of it was written before.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    client_with(CALL_TIMEOUT)
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes an HTTP client, with its limits")]
fn client_with(call_timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_certs_only(roots::certificates()?)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(call_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(4)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{inbound::ProviderEvent, sending::CLAIM_LASTS},
        ports::{Habits, ProviderClock, Redelivery, WebhookCall},
    };

    #[test]
    fn each_kind_of_provider_has_its_own_habits() {
        let providers = Providers::new(http_client().unwrap(), ProviderUrls::default());
        let habits = |kind| providers.get(kind).habits();
        let meta = Habits { clock: ProviderClock::Provider, redelivery: Redelivery::Days };
        let twilio = Habits { clock: ProviderClock::FirstSeen, redelivery: Redelivery::Seconds };
        assert_eq!(habits(ProviderKind::Meta), meta);
        assert_eq!(habits(ProviderKind::Twilio), twilio);
    }

    #[test]
    fn each_kind_of_provider_reads_its_own_webhooks() {
        let providers = Providers::new(http_client().unwrap(), ProviderUrls::default());
        let headers = http::HeaderMap::new();
        let read = |kind, body: &str| {
            let call = WebhookCall { headers: &headers, query: "", body: body.as_bytes() };
            assert!(!providers.get(kind).signed(&call, "https://hotel.example/", &["secret".into()]));
            providers.get(kind).read(&call)
        };
        let meta = read(ProviderKind::Meta, include_str!("meta/fixtures/text.json"));
        let twilio = read(ProviderKind::Twilio, include_str!("twilio/fixtures/sms_text.form"));
        assert!(matches!(meta[..], [ProviderEvent::Message(_)]), "{meta:?}");
        assert!(matches!(twilio[..], [ProviderEvent::Message(_)]), "{twilio:?}");

        let query = "hub.mode=subscribe&hub.challenge=5&hub.verify_token=token";
        let handshake = |kind| providers.get(kind).handshake(query, &["token".into()]);
        assert_eq!(handshake(ProviderKind::Meta).as_deref(), Some("5"));
        assert_eq!(handshake(ProviderKind::Twilio), None);
    }

    #[test]
    fn c3_a_call_ends_long_before_its_claim_does() {
        assert!(CALL_TIMEOUT.as_secs() * 2 < CLAIM_LASTS.as_secs().unsigned_abs());
        assert!(CONNECT_TIMEOUT < CALL_TIMEOUT);
    }
}
