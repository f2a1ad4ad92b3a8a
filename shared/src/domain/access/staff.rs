//! Staff: who answers guests, and what they are able to.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Role;
use crate::domain::{StaffId, TeamId, Timestamp, ids::SkillId};

/// One person of the staff.
#[derive(Clone, PartialEq, Eq)]
pub struct Staff {
    pub id: StaffId,
    pub person: StaffPerson,
    pub duties: Duties,
    pub created_at: Timestamp,
    /// Counts the writes.
    pub rev: u64,
}

/// What they may do and are able to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duties {
    pub role: Role,
    /// `false`: may not sign in, and is given nothing.
    pub active: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamId>,
    /// Such as `plumbing`: what a conversation may ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<SkillId>,
    /// Language codes such as `es`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// How many conversations they are given at most; `None`: as many as the account says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

/// What of it is about a person, and is sealed where it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffPerson {
    pub name: String,
    /// In lower case. Who signs in with this address, verified, is this person.
    pub email: String,
}

impl fmt::Debug for StaffPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffPerson(…)")
    }
}

impl fmt::Debug for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, rev {})", self.id, self.duties.role, self.rev)
    }
}

/// A mail address as it is compared: without space around it, in lower case. `None`: it is none.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, host) = text.rsplit_once('@')?;
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let fine = plain && !name.is_empty() && text.len() <= 254 && host.contains('.') && !host.starts_with('.');
    (fine && !host.ends_with('.')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_is_compared_in_lower_case() {
        assert_eq!(email(" Ana@Hotel.Example ").as_deref(), Some("ana@hotel.example"));
        for bad in ["", "ana", "@hotel.example", "ana@hotel", "a na@hotel.example", "ana@.example", "ana@hotel."] {
            assert_eq!(email(bad), None, "{bad}");
        }
        assert_eq!(email(&format!("{}@hotel.example", "a".repeat(250))), None);
    }
}
