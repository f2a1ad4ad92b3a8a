//! Meta's WhatsApp Cloud API.

mod administration;
mod content;
mod errors;
mod read;
mod review;
mod send;
mod signature;
mod template_form;
mod template_news;

use async_trait::async_trait;
use secrecy::SecretString;

use super::wire::Http;
use crate::{
    domain::{inbound::ProviderEvent, outcome::Outcome},
    ports::{Habits, Provider, ProviderClock, Redelivery, SendOrder, WebhookCall},
};

/// Meta's WhatsApp Cloud API, called directly.
#[derive(Debug)]
pub(super) struct Meta {
    http: Http,
    /// With the version, without a slash at the end.
    base_url: String,
}

impl Meta {
    pub fn new(http: Http, base_url: String) -> Self {
        Self { http, base_url }
    }
}

#[async_trait]
impl Provider for Meta {
    fn habits(&self) -> Habits {
        Habits { clock: ProviderClock::Provider, redelivery: Redelivery::Days }
    }

    fn signed(&self, call: &WebhookCall<'_>, _public_url: &str, secrets: &[SecretString]) -> bool {
        signature::verify(call.headers, call.body, secrets)
    }

    fn handshake(&self, query: &str, tokens: &[SecretString]) -> Option<String> {
        signature::handshake(query, tokens)
    }

    fn read(&self, call: &WebhookCall<'_>) -> Vec<ProviderEvent> {
        read::read(call.body)
    }

    async fn send(&self, order: &SendOrder<'_>) -> Outcome {
        send::send(&self.http, &self.base_url, order).await
    }
}
