//! Who is told of events, of which, and how.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, ChannelId, SubscriptionId, Timestamp,
    content::Content,
    event::{Event, EventKind},
    time::SignedDuration,
};
use crate::seal::Sealed;

/// For how long the secret that was replaced is still signed with.
pub const BOTH_SECRETS: SignedDuration = SignedDuration::from_hours(24);

/// Somebody outside who is told of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub account: AccountId,
    /// Where events are posted to.
    pub url: String,
    /// Empty: of all kinds.
    pub kinds: Vec<EventKind>,
    pub filter: Filter,
    pub payload: Payload,
    /// Several events in one call. `None`: each by itself, at once.
    pub batch: Option<Batch>,
    /// As whoever owns it wants it.
    pub enabled: bool,
    /// Why Transom gave it up, for people; until it is stored again.
    pub disabled_why: Option<String>,
    /// Sealed under the account's key.
    pub secrets: Sealed<SigningSecrets>,
    pub created_at: Timestamp,
}

/// How much a subscriber is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Ids, states and reasons: nothing personal.
    #[default]
    Thin,
    /// What was said, too.
    Full,
}

/// Events that happen within `seconds` come together, at most so many in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "SubscriptionBatch")]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub events: u32,
    pub seconds: u32,
}

impl Batch {
    /// The most events of a call, and the longest wait for it.
    pub const MOST_EVENTS: u32 = 100;
    pub const MOST_SECONDS: u32 = 300;

    /// For how long something that happens now waits for others: until the end of a stretch of `seconds`, the same for all
    /// that happens in it.
    pub fn waits(self, now: Timestamp) -> u32 {
        let length = i64::from(self.seconds.max(1));
        u32::try_from(length - now.as_second().rem_euclid(length)).unwrap_or(1)
    }
}

/// Which events; an empty list lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
    /// Kinds of content, such as `text` or `media`; only messages have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<String>,
    /// An expression over what is told (CEL); it passes if that is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
}

/// What signs deliveries: the secret, and the one before it for as long as both are good.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecrets {
    /// As Standard Webhooks writes it: `whsec_` and base64.
    pub current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<(String, Timestamp)>,
}

impl std::fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("signing secrets …")
    }
}

impl SigningSecrets {
    pub fn new(secret: String) -> Self {
        Self { current: secret, former: None }
    }

    /// From now on `secret`, with the one until now for a while.
    pub fn replaced_by(self, secret: String, now: Timestamp) -> Self {
        Self { current: secret, former: Some((self.current, now + BOTH_SECRETS)) }
    }

    /// Those to sign with, the newest first (fault matrix G5).
    pub fn at(&self, now: Timestamp) -> Vec<&str> {
        let former = self.former.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret.as_str());
        std::iter::once(self.current.as_str()).chain(former).collect()
    }
}

impl Subscription {
    /// Whether it is told of events of this kind at all.
    pub fn wants(&self, kind: EventKind) -> bool {
        self.is_on() && self.asks_for(kind)
    }

    /// The same, whether or not it is disabled now.
    pub fn asks_for(&self, kind: EventKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Whether it is told of anything.
    pub fn is_on(&self) -> bool {
        self.enabled && self.disabled_why.is_none()
    }

    /// Whether the event passes its lists. `content` is what the message said, as far as it can be opened.
    pub fn lets_pass(&self, event: &Event, content: Option<&Content>) -> bool {
        let Filter { channels, contents, expression: _ } = &self.filter;
        let of_channel = channels.is_empty() || event.about.channel().is_some_and(|channel| channels.contains(channel));
        let of_content = contents.is_empty()
            || content.is_some_and(|content| contents.iter().any(|kind| kind == content.kind_word()));
        of_channel && of_content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_in_one_stretch_is_told_at_its_end() {
        let batch = Batch { events: 10, seconds: 60 };
        let at = |text: &str| batch.waits(text.parse().unwrap());
        assert_eq!(at("2026-03-01T09:00:00Z"), 60);
        assert_eq!(at("2026-03-01T09:00:01.5Z"), 59);
        assert_eq!(at("2026-03-01T09:00:59.9Z"), 1);
    }

    /// (Fault matrix G5.)
    #[test]
    fn g5_for_a_day_after_a_secret_was_replaced_both_sign() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let secrets = SigningSecrets::new("one".into()).replaced_by("two".into(), now);
        assert_eq!(secrets.at(now), ["two", "one"]);
        assert_eq!(secrets.at(now + BOTH_SECRETS - SignedDuration::from_secs(1)), ["two", "one"]);
        assert_eq!(secrets.at(now + BOTH_SECRETS), ["two"]);
    }
}
