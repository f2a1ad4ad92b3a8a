//! Scopes of programs: what a token may be used for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

use crate::domain::ids::BadId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read conversations, messages, contacts, settings and reports.
    Read,
    /// Send messages, and change those that are held.
    Messages,
    /// Write contacts and their consent.
    Contacts,
    /// Work on conversations: assign, note, label, close.
    Work,
    /// Change what goes out and to whom: templates, the ladder, automations, channels, subscriptions.
    Settings,
    /// Manage staff, tokens and sign-in.
    Staff,
    /// Export, erase, hold and audit.
    Privacy,
}

impl Scope {
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Messages, Self::Contacts, Self::Work, Self::Settings, Self::Staff, Self::Privacy];

    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Messages => "messages",
            Self::Contacts => "contacts",
            Self::Work => "work",
            Self::Settings => "settings",
            Self::Staff => "staff",
            Self::Privacy => "privacy",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Scope {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let scope = Self::ALL.into_iter().find(|scope| scope.word() == text);
        scope.ok_or(BadId { expected: "one of read, messages, contacts, work, settings, staff and privacy" })
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

crate::domain::schema::text_schema!(Scope, {
    "type": "string",
    "enum": Scope::ALL.map(Scope::word),
});

/// A set of scopes. As JSON, a list of their words.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Everything: what tokens of operators have.
    pub const ALL: Self = Self(u8::MAX);

    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
    /// The first scope of `asked` that is not among these.
    pub fn first_beyond(self, asked: Self) -> Option<Scope> {
        asked.iter().find(|scope| !self.contains(*scope))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Scope::word)).finish()
    }
}

crate::domain::schema::schema_as!(Scopes, std::collections::BTreeSet<Scope>);

impl Serialize for Scopes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Scope>::deserialize(deserializer).map(Self::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set_and_written_as_words() {
        let two = Scopes::of([Scope::Messages, Scope::Read, Scope::Messages]);
        assert_eq!(serde_json::to_string(&two).unwrap(), r#"["read","messages"]"#);
        assert_eq!(serde_json::from_str::<Scopes>(r#"["messages","read"]"#).unwrap(), two);
        assert!(serde_json::from_str::<Scopes>(r#"["everything"]"#).is_err());
        assert_eq!(two.first_beyond(Scopes::of([Scope::Read, Scope::Staff])), Some(Scope::Staff));
        assert_eq!(Scopes::ALL.first_beyond(Scopes::of(Scope::ALL)), None);
        assert!(Scopes::default().is_empty() && !two.is_empty());
        assert_eq!(Scopes::ALL.iter().count(), Scope::ALL.len());
    }
}
