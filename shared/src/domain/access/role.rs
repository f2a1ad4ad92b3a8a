//! Roles of staff. Each may do what those before it may.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::domain::ids::BadId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, and changes nothing.
    Viewer,
    /// Answers guests.
    Employee,
    /// Sets up what goes out: templates, the ladder, automations, teams.
    Manager,
    /// Sets up who and what takes part: channels, staff, tokens, sign-in; erases.
    Admin,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Employee, Self::Manager, Self::Admin];

    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Employee => "employee",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let role = Self::ALL.into_iter().find(|role| role.word() == text);
        role.ok_or(BadId { expected: "one of viewer, employee, manager and admin" })
    }
}
