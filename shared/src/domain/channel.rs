//! Sender addresses and the webhook addresses that lead to them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

use super::{AccountId, ChannelId, EndpointId, Phone, Timestamp, ids::BadId, limit::Limit, template::Place};

/// What travels over a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    #[serde(rename = "whatsapp")]
    WhatsApp,
    Sms,
}

/// The company whose API a channel or an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    Meta,
    Twilio,
}

impl ProviderKind {
    /// The word that settings know it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Twilio => "twilio",
        }
    }
}

/// Names a secret of an account; the value lies in the secret store under `/transom/{account}/{name}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for SecretName {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let fine = (1..=60).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fine {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId { expected: "the name of a secret: 1 to 60 of a-z, 0-9 and '-'" })
        }
    }
}
crate::domain::schema::text_schema!(SecretName, { "type": "string", "pattern": "^[a-z0-9-]{1,60}$" });
impl fmt::Debug for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for SecretName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// One webhook address: a provider's app, its secrets, and the map from its numbers to channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    pub account: AccountId,
    pub provider: ProviderKind,
    /// The address as it is configured at the provider (`https://…/webhooks/{id}`), part of Twilio's signature.
    pub public_url: String,
    /// What bodies are signed with: Meta's app secret, Twilio's auth token. Several values may be accepted at once.
    pub signing_secret: SecretName,
    /// Meta's verify token, for its handshake.
    pub verify_token: Option<SecretName>,
    /// The provider's name of a number (phone number id; `whatsapp:+…` or `+…`) to our channel.
    pub numbers: BTreeMap<String, ChannelId>,
    /// Until then, messages may be repeated whose time lay ahead of our clock when they first came. Kept beside the
    /// endpoint, and not part of its settings.
    #[serde(skip)]
    pub early_until: Option<Timestamp>,
}

/// One sender address of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Channel {
    pub id: ChannelId,
    pub medium: Medium,
    pub provider: ProviderKind,
    /// The endpoint that this number's webhooks come to.
    pub endpoint: EndpointId,
    /// The provider's name of the number: a phone number id at Meta; at Twilio the same as `phone`.
    pub number: String,
    /// The number that customers see, for wa.me links.
    pub phone: Phone,
    /// The token to call with.
    pub credentials: SecretName,
    /// Twilio's account SID; unused at Meta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_account: Option<String>,
    /// The channel that carries this one's SMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<ChannelId>,
    /// What the business is called in an SMS.
    pub display_name: String,
    /// The most that the provider takes from this number.
    #[serde(default = "usual_messages_per_second")]
    pub messages_per_second: u32,
}

/// What Meta takes from a number (Cloud API, "Throughput").
pub const USUAL_MESSAGES_PER_SECOND: u32 = 80;
/// What Meta takes from a number that was raised (same page).
pub const MOST_MESSAGES_PER_SECOND: u32 = 1000;

fn usual_messages_per_second() -> u32 {
    USUAL_MESSAGES_PER_SECOND
}

impl Channel {
    /// Where templates are approved for it.
    pub fn place(&self) -> Place {
        Place { provider: self.provider, account: self.provider_account.clone() }
    }

    pub fn limit(&self) -> Limit {
        Limit { per_second: self.messages_per_second, over_seconds: 1 }
    }
}
