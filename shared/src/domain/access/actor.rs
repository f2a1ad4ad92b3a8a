//! Who did something. Never a name: an id that leads to one.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

use crate::domain::{StaffId, TokenId, ids::BadId};

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    Staff(StaffId),
    /// A program, by its token.
    Program(TokenId),
    /// Whoever operates the installation.
    Operator,
    /// A rule of the account's.
    Automation(String),
    /// The person on the other side.
    Customer,
    /// Transom by itself: the ladder, a job, what is due.
    System,
}

/// What an automation's name begins with where an actor is written as text.
const AUTOMATION: &str = "automation:";

impl Actor {
    /// A person, or a program that speaks for one; neither a rule nor Transom by itself.
    pub fn is_human(&self) -> bool {
        match self {
            Self::Staff(_) | Self::Program(_) | Self::Operator => true,
            Self::Automation(_) | Self::Customer | Self::System => false,
        }
    }

    pub fn staff(&self) -> Option<StaffId> {
        match self {
            Self::Staff(id) => Some(*id),
            Self::Program(_) | Self::Operator | Self::Automation(_) | Self::Customer | Self::System => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staff(id) => write!(f, "{id}"),
            Self::Program(id) => write!(f, "{id}"),
            Self::Operator => f.write_str("operator"),
            Self::Automation(rule) => write!(f, "{AUTOMATION}{rule}"),
            Self::Customer => f.write_str("customer"),
            Self::System => f.write_str("system"),
        }
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Actor {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "operator" => return Ok(Self::Operator),
            "customer" => return Ok(Self::Customer),
            "system" => return Ok(Self::System),
            _ => {}
        }
        if let Some(rule) = text.strip_prefix(AUTOMATION).filter(|rule| !rule.is_empty()) {
            return Ok(Self::Automation(rule.to_owned()));
        }
        let staff = text.parse().map(Self::Staff);
        staff
            .or_else(|_| text.parse().map(Self::Program))
            .map_err(|_| BadId { expected: "stf_…, tok_…, operator, automation:…, customer or system" })
    }
}

crate::domain::schema::text_schema!(Actor, {
    "type": "string",
    "pattern": "^(stf_[0-9A-Z]{26}|tok_[0-9a-f]{16}|operator|automation:.+|customer|system)$",
});

impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_survives_its_text_form() {
        let staff = Actor::Staff(StaffId::from_bits(7));
        let program = Actor::Program(TokenId::of_hash(&"ab".repeat(32)));
        let rule = Actor::Automation("out-of-hours".into());
        for actor in [staff, program, rule, Actor::Operator, Actor::Customer, Actor::System] {
            assert_eq!(actor.to_string().parse(), Ok(actor.clone()));
        }
        for bad in ["", "automation:", "stf_1", "tok_", "somebody"] {
            assert!(bad.parse::<Actor>().is_err(), "{bad}");
        }
    }
}
