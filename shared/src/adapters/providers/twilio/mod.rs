//! Twilio's Programmable Messaging: WhatsApp and SMS by one API.

mod administration;
mod content;
mod errors;
mod form;
mod read;
mod review;
mod send;
mod signature;
mod template_form;

use async_trait::async_trait;
use secrecy::SecretString;

use super::wire::Http;
use crate::{
    domain::{inbound::ProviderEvent, outcome::Outcome},
    ports::{Habits, Provider, ProviderClock, Redelivery, SendOrder, WebhookCall},
};

/// Twilio's Programmable Messaging.
#[derive(Debug)]
pub(super) struct Twilio {
    http: Http,
    /// Without a slash at the end.
    base_url: String,
}

impl Twilio {
    pub fn new(http: Http, base_url: String) -> Self {
        Self { http, base_url }
    }
}

#[async_trait]
impl Provider for Twilio {
    fn habits(&self) -> Habits {
        Habits { clock: ProviderClock::FirstSeen, redelivery: Redelivery::Seconds }
    }

    fn signed(&self, call: &WebhookCall<'_>, public_url: &str, secrets: &[SecretString]) -> bool {
        signature::verify(call, public_url, secrets)
    }

    /// Twilio verifies nothing before it posts.
    fn handshake(&self, _query: &str, _tokens: &[SecretString]) -> Option<String> {
        None
    }

    fn read(&self, call: &WebhookCall<'_>) -> Vec<ProviderEvent> {
        read::read(call)
    }

    async fn send(&self, order: &SendOrder<'_>) -> Outcome {
        send::send(&self.http, &self.base_url, order).await
    }
}
