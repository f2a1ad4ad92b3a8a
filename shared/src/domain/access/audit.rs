//! The audit log: who did what, when and to what. Lines are added, and never changed but once: when what was asked for is
//! over, with how it ended.

use serde::{Deserialize, Serialize};

use super::Actor;
use crate::domain::Timestamp;

/// One line. Holds ids and names of fields, nothing that anybody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When it was asked for.
    pub at: Timestamp,
    pub by: Actor,
    /// What was asked for: the operation's name in the API's description, such as `contacts.change`.
    pub action: String,
    /// What it was done to: the id in the address, or the one of what was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Which fields the request named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The HTTP status that it was answered with. `None`: whether it was done is not known; the process may have died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// What a look at the log is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    pub by: Option<Actor>,
    pub subject: Option<String>,
    /// A whole action, or its beginning up to a dot: `contacts` is all of them.
    pub action: Option<String>,
}

impl Narrowed {
    pub fn takes(&self, line: &AuditLine) -> bool {
        let by = self.by.as_ref().is_none_or(|by| *by == line.by);
        let subject = self.subject.as_ref().is_none_or(|subject| line.subject.as_ref() == Some(subject));
        let action = self.action.as_ref().is_none_or(|action| {
            let rest = line.action.strip_prefix(action.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        by && subject && action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_narrowed_by_each_that_is_named() {
        let line = AuditLine {
            at: Timestamp::UNIX_EPOCH,
            by: Actor::Operator,
            action: "contacts.change".into(),
            subject: Some("con_1".into()),
            fields: vec!["name".into()],
            status: Some(200),
        };
        let narrowed = |by: Option<Actor>, subject: Option<&str>, action: Option<&str>| {
            let (subject, action) = (subject.map(str::to_owned), action.map(str::to_owned));
            Narrowed { by, subject, action }.takes(&line)
        };
        assert!(narrowed(None, None, None));
        assert!(narrowed(Some(Actor::Operator), Some("con_1"), Some("contacts")));
        assert!(narrowed(None, None, Some("contacts.change")));
        assert!(!narrowed(Some(Actor::System), None, None));
        assert!(!narrowed(None, Some("con_2"), None));
        assert!(!narrowed(None, None, Some("contact")));
        assert!(!narrowed(None, None, Some("contacts.merge")));
    }
}
