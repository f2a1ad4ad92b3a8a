//! Names of things. One type per kind; a generated id carries a prefix, a chosen one is a short slug.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use ulid::Ulid;

use super::{
    schema::text_schema,
    time::{self, Timestamp},
};

/// Text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct BadId {
    /// What a right value looks like, for people.
    pub expected: &'static str,
}

macro_rules! text_serde {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let fine = (1..=40).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && !text.starts_with('-');
                if fine {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadId { expected: "1 to 40 of a-z, 0-9 and '-', not starting with '-'" })
                }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        text_serde!($name);
        text_schema!($name, { "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$" });
    };
}

slug!(
    /// A tenant: one hotel, or one company. Nothing crosses accounts.
    AccountId
);
slug!(
    /// One webhook address.
    EndpointId
);
slug!(
    /// One sender address of an account.
    ChannelId
);
slug!(
    /// Somebody outside who is told of events.
    SubscriptionId
);
slug!(
    /// Staff who do the same work, such as `front-desk`.
    TeamId
);
slug!(
    /// A word that people put on conversations.
    LabelId
);
slug!(
    /// Something that some of the staff can do, such as `billing`.
    SkillId
);
slug!(
    /// One rule of an account's automations.
    RuleId
);
slug!(
    /// A sequence of messages that follow one another over days.
    SequenceId
);
slug!(
    /// A reply that was written beforehand.
    CannedReplyId
);
slug!(
    /// A link by which people agree to be written to.
    OptInLinkId
);
slug!(
    /// A program that answers customers by itself.
    AutomationId
);

/// A person on the other side: `con_` and a ULID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactId(Ulid);

/// One peer on one channel: `cnv_` and 128 bits derived from both, so that it needs no lookup.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(Ulid);

/// Something that subscribers are told: `evt_` and 128 bits derived from what happened, so that it is the same however often
/// it is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Ulid);

/// Long work: `job_` and 128 bits, derived where the same must not be begun twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(Ulid);

/// One person of the staff: `stf_` and a ULID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StaffId(Ulid);

/// What a guest asked for: `req_` and a ULID, whose time puts requests in order. Whoever must not open one twice derives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(Ulid);

impl RequestId {
    /// The id of what is opened because of something that happened at `at`; the low 80 bits of `once` tell it apart.
    pub fn new(at: Timestamp, once: u128) -> Self {
        Self(MessageKey::new(at, once).0)
    }
}

/// One thing that a rule does because of one cause: `eff_` and 128 bits derived from both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId(Ulid);

macro_rules! prefixed {
    ($name:ident, $prefix:literal, $expected:literal) => {
        impl $name {
            pub const fn from_bits(bits: u128) -> Self {
                Self(Ulid(bits))
            }
            pub const fn bits(self) -> u128 {
                self.0.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = BadId { expected: $expected };
                let ulid = text.strip_prefix($prefix).ok_or(bad.clone())?;
                canonical_ulid(ulid).map(Self).ok_or(bad)
            }
        }
        text_serde!($name);
        text_schema!($name, {
            "type": "string",
            "pattern": concat!("^", $prefix, "[0-7][0-9A-HJKMNP-TV-Z]{25}$"),
        });
    };
}

prefixed!(ContactId, "con_", "a contact id (con_ and 26 characters)");
prefixed!(ConversationId, "cnv_", "a conversation id (cnv_ and 26 characters)");
prefixed!(StaffId, "stf_", "a staff id (stf_ and 26 characters)");
prefixed!(RequestId, "req_", "a request's id (req_ and 26 characters)");
prefixed!(EffectId, "eff_", "an effect id (eff_ and 26 characters)");
prefixed!(JobId, "job_", "a job id (job_ and 26 characters)");
prefixed!(EventId, "evt_", "an event id (evt_ and 26 characters)");

/// An API token, by the beginning of its hash: `tok_` and 16 digits. It tells a token apart and does not lead to it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(String);

impl TokenId {
    const DIGITS: usize = 16;

    /// The id of the token with this hash, in hexadecimal digits.
    pub fn of_hash(hash: &str) -> Self {
        Self(hash.chars().take(Self::DIGITS).collect())
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tok_{}", self.0)
    }
}
impl FromStr for TokenId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let digits = text.strip_prefix("tok_").filter(|digits| {
            digits.len() == Self::DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        digits.map(|digits| Self(digits.to_owned())).ok_or(BadId { expected: "a token's id (tok_ and 16 digits)" })
    }
}
text_serde!(TokenId);
text_schema!(TokenId, { "type": "string", "pattern": "^tok_[0-9a-f]{16}$" });

/// Only the one way of writing a ULID is taken (upper case, no overflow), so that an id is also a key.
fn canonical_ulid(text: &str) -> Option<Ulid> {
    let ulid = Ulid::from_string(text).ok()?;
    (ulid.to_string() == text).then_some(ulid)
}

/// Where a message lies within its conversation: a time in milliseconds and 80 bits. Sorts by time, and its
/// text form (a ULID) is the row's sort key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(Ulid);

impl MessageKey {
    /// The key at `at` with the given 80 bits.
    pub fn new(at: Timestamp, tail: u128) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self(Ulid::from_parts(millis, tail))
    }
    pub const fn from_bits(bits: u128) -> Self {
        Self(Ulid(bits))
    }
    pub const fn bits(self) -> u128 {
        self.0.0
    }
    /// The first key that any message at or after `at` can have.
    pub fn first_at(at: Timestamp) -> Self {
        Self::new(at, 0)
    }
    pub fn at(self) -> Timestamp {
        time::from_millis(i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
impl FromStr for MessageKey {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        canonical_ulid(text).map(Self).ok_or(BadId { expected: "a message key (26 characters)" })
    }
}
text_serde!(MessageKey);
text_schema!(MessageKey, { "type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" });

/// One message. The id names the conversation and the place in it, so it locates the row without an index:
/// `msg_`, 26 characters of the conversation, 26 of the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    pub conversation: ConversationId,
    pub key: MessageKey,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "msg_{}{}", self.conversation.0, self.key.0)
    }
}
impl FromStr for MessageId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId { expected: "a message id (msg_ and 52 characters)" };
        let rest = text.strip_prefix("msg_").filter(|rest| rest.len() == 52 && rest.is_ascii()).ok_or(bad.clone())?;
        let (conversation, key) = rest.split_at(26);
        Ok(Self {
            conversation: ConversationId(canonical_ulid(conversation).ok_or(bad.clone())?),
            key: MessageKey(canonical_ulid(key).ok_or(bad)?),
        })
    }
}
text_serde!(MessageId);
text_schema!(MessageId, {
    "type": "string",
    "pattern": "^msg_[0-7][0-9A-HJKMNP-TV-Z]{25}[0-7][0-9A-HJKMNP-TV-Z]{25}$",
});

/// What travels to the provider with an attempt and comes back in its receipts:
/// `account.message.attempt`. The attempt keeps a late failure of attempt 1 away from attempt 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackData {
    pub account: AccountId,
    pub message: MessageId,
    pub attempt: u32,
}

impl fmt::Display for CallbackData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.account, self.message, self.attempt)
    }
}
impl FromStr for CallbackData {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { expected: "callback data (account.message.attempt)" };
        let mut parts = text.split('.');
        let (Some(account), Some(message), Some(attempt), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        Ok(Self {
            account: account.parse().map_err(|_| bad())?,
            message: message.parse().map_err(|_| bad())?,
            attempt: attempt.parse().map_err(|_| bad())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text_form(conversation: u128, key: u128, attempt: u32) {
            let message = MessageId { conversation: ConversationId::from_bits(conversation), key: MessageKey::from_bits(key) };
            prop_assert_eq!(message.to_string().parse(), Ok(message));
            let callback = CallbackData { account: "demo".parse().unwrap(), message, attempt };
            prop_assert_eq!(callback.to_string().parse(), Ok(callback));
        }

        #[test]
        fn no_text_makes_an_id_panic(text in ".{0,80}") {
            let _ = text.parse::<MessageId>();
            let _ = text.parse::<CallbackData>();
            let _ = text.parse::<AccountId>();
        }

        #[test]
        fn a_later_message_sorts_after_an_earlier_one_as_text_too(a in 0i64..4_000_000_000_000, b in 0i64..4_000_000_000_000, x: u64, y: u64) {
            let key = |at, tail| MessageKey::new(time::from_millis(at), u128::from(tail));
            prop_assume!(a != b);
            prop_assert_eq!(key(a, x).to_string() < key(b, y).to_string(), a < b);
            prop_assert_eq!(key(a, x).at().as_millisecond(), a);
        }
    }

    #[test]
    fn a_slug_keeps_separators_of_keys_and_callbacks_out() {
        for bad in ["", "a#b", "a.b", "A", "-a", "ä", &"a".repeat(41)] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
        assert!("demo-whatsapp".parse::<ChannelId>().is_ok());
    }

    #[test]
    fn only_one_way_of_writing_an_id_is_taken() {
        let id = ContactId::from_bits(u128::MAX / 7).to_string();
        assert!(id.parse::<ContactId>().is_ok());
        assert!(format!("con_{}", id[4..].to_lowercase()).parse::<ContactId>().is_err());
    }
}
