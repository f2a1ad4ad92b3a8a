//! Names of rules and of what they act on, and ids of their effects.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

use crate::{
    domain::{
        AccountId, EventId,
        ids::{BadId, MessageKey},
    },
    seal::sha256,
};

macro_rules! as_text {
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

macro_rules! slugs {
    ($($(#[doc = $about:literal])* $name:ident,)*) => {$(
        $(#[doc = $about])*
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
                let expected = "1 to 40 of a-z, 0-9 and '-', not starting with '-'";
                if fine { Ok(Self(text.to_owned())) } else { Err(BadId { expected }) }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        as_text!($name);
    )*};
}

slugs! {
    /// One rule of an account.
    RuleId,
    /// A sequence of messages that follow one another over days.
    SequenceId,
    /// Staff who do the same work, such as `front-desk`.
    TeamId,
    /// A word that is put on conversations.
    LabelId,
    /// Something that some of the staff can do, such as `billing`.
    SkillId,
}

/// 128 bits with a prefix, written as the other ids are.
macro_rules! prefixed {
    ($($(#[doc = $about:literal])* $name:ident = $prefix:literal, $expected:literal;)*) => {$(
        $(#[doc = $about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }
            pub const fn bits(self) -> u128 {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // A message's key has the same 26 letters.
                write!(f, concat!($prefix, "{}"), MessageKey::from_bits(self.0))
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let key = text.strip_prefix($prefix).and_then(|rest| rest.parse::<MessageKey>().ok());
                key.map(|key| Self(key.bits())).ok_or(BadId { expected: $expected })
            }
        }
        as_text!($name);
    )*};
}

prefixed! {
    /// Somebody of the staff.
    StaffId = "stf_", "a staff id (stf_ and 26 characters)";
    /// One thing that a rule does because of one cause. Derived from both: however often the cause is told, the effect is one.
    EffectId = "eff_", "an effect id (eff_ and 26 characters)";
}

impl EffectId {
    /// The id of what these words name, within an account.
    pub(super) fn derived(account: &AccountId, words: &[&str]) -> Self {
        let name = format!("automation#{account}#{}", words.join("#"));
        Self(u128::from_be_bytes(*sha256(name.as_bytes()).first_chunk().expect("it has 32 bytes")))
    }

    /// As the id of the event that tells of it.
    pub const fn event(self) -> EventId {
        EventId::from_bits(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_text_form_and_nothing_else_is_one() {
        let effect = EffectId::derived(&"demo".parse().unwrap(), &["a", "b"]);
        assert_eq!(effect.to_string().parse(), Ok(effect));
        assert!(effect.to_string().starts_with("eff_"));
        let staff = StaffId::from_bits(7);
        assert_eq!(serde_json::from_str::<StaffId>(&serde_json::to_string(&staff).unwrap()).unwrap(), staff);
        for bad in ["", "stf_", "stf_x", "eff_00000000000000000000000000", "STF_00000000000000000000000000"] {
            assert!(bad.parse::<StaffId>().is_err(), "{bad}");
        }
        for bad in ["", "A", "-a", "a b", "a#b", &"a".repeat(41)] {
            assert!(bad.parse::<RuleId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_effect_of_another_account_or_name_is_another() {
        let of = |account: &str, words: &[&str]| EffectId::derived(&account.parse().unwrap(), words);
        assert_eq!(of("a", &["x", "y"]), of("a", &["x", "y"]));
        assert_ne!(of("a", &["x", "y"]), of("b", &["x", "y"]));
        assert_ne!(of("a", &["x", "y"]), of("a", &["x", "z"]));
    }
}
