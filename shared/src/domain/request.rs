//! Requests: what a guest asked for and somebody is to see to, such as towels, a taxi or a late check-out.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    ChannelId, ContactId, ConversationId, StaffId, TeamId, Timestamp,
    access::Actor,
    contact::change::{BadField, Change},
    ids::RequestId,
};

/// In characters.
const LONGEST_KIND: usize = 80;
const LONGEST_NOTE: usize = 2_000;

/// What is asked for, in a word or two. It stands in events: what is about the person belongs into the note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestKind(String);

super::schema::text_schema!(RequestKind, { "type": "string", "minLength": 1, "maxLength": 80 });

impl FromStr for RequestKind {
    type Err = BadField;
    fn from_str(text: &str) -> Result<Self, BadField> {
        let text = text.trim();
        let fine = (1..=LONGEST_KIND).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        let words = format!("must be one line of 1 to {LONGEST_KIND} characters");
        if fine { Ok(Self(text.to_owned())) } else { Err(BadField::new("kind", words)) }
    }
}

impl TryFrom<String> for RequestKind {
    type Error = BadField;
    fn try_from(text: String) -> Result<Self, BadField> {
        text.parse()
    }
}

impl From<RequestKind> for String {
    fn from(kind: RequestKind) -> Self {
        kind.0
    }
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where it stands. It may go from any of these to any other: people make mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    Open,
    InProgress,
    Done,
    Cancelled,
}

impl RequestStatus {
    /// Whether somebody has still to see to it.
    pub fn is_open(self) -> bool {
        match self {
            Self::Open | Self::InProgress => true,
            Self::Done | Self::Cancelled => false,
        }
    }
}

/// A request, but for its note, which is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
    pub kind: RequestKind,
    pub status: RequestStatus,
    /// By when the guest was promised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<StaffId>,
    pub opened_by: Actor,
    pub opened_at: Timestamp,
    pub changed_by: Actor,
    pub changed_at: Timestamp,
    /// Counts the writes; the first is 1.
    pub rev: u64,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    pub kind: RequestKind,
    pub note: Option<String>,
    pub due_at: Option<Timestamp>,
    pub team: Option<TeamId>,
    pub assignee: Option<StaffId>,
}

/// What is to be changed of it. What is left out stays.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestChange {
    pub status: Option<RequestStatus>,
    #[serde(default)]
    pub note: Change<String>,
    #[serde(default)]
    pub due_at: Change<Timestamp>,
    #[serde(default)]
    pub team: Change<TeamId>,
    #[serde(default)]
    pub assignee: Change<StaffId>,
}

impl RequestChange {
    /// The request afterwards, to be written on condition of this one's `rev`. With the same `rev` nothing changes.
    pub fn applied_to(&self, request: &Request, by: &Actor, now: Timestamp) -> Request {
        let mut new = request.clone();
        if let Some(status) = self.status {
            new.status = status;
        }
        set(&mut new.due_at, &self.due_at);
        set(&mut new.team, &self.team);
        set(&mut new.assignee, &self.assignee);
        if new != *request || self.note != Change::Keep {
            new.rev += 1;
            (new.changed_by, new.changed_at) = (by.clone(), now);
        }
        new
    }
}

fn set<T: Clone>(value: &mut Option<T>, change: &Change<T>) {
    match change {
        Change::Keep => {}
        Change::Forget => *value = None,
        Change::To(to) => *value = Some(to.clone()),
    }
}

/// Whether a note may be kept.
///
/// # Errors
/// Why not, by the field `note`.
pub fn check_note(note: &str) -> Result<(), BadField> {
    let fine = (1..=LONGEST_NOTE).contains(&note.trim().chars().count());
    let words = format!("must have 1 to {LONGEST_NOTE} characters");
    if fine { Ok(()) } else { Err(BadField::new("note", words)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn towels() -> Request {
        Request {
            id: RequestId::from_bits(1),
            conversation: ConversationId::from_bits(2),
            channel: "demo-wa".parse().unwrap(),
            contact: ContactId::from_bits(3),
            kind: "towels".parse().unwrap(),
            status: RequestStatus::Open,
            due_at: Some(at(30)),
            team: Some("housekeeping".parse().unwrap()),
            assignee: None,
            opened_by: Actor::Customer,
            opened_at: at(0),
            changed_by: Actor::Customer,
            changed_at: at(0),
            rev: 1,
        }
    }

    fn change(json: &str) -> RequestChange {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_left_out_stays_and_null_is_forgotten() {
        let tom = Actor::Staff(StaffId::from_bits(9));
        let known = towels();
        assert_eq!(change("{}").applied_to(&known, &tom, at(5)), known);
        assert_eq!(change(r#"{"status": "open"}"#).applied_to(&known, &tom, at(5)), known);
        let done = change(r#"{"status": "done", "due_at": null}"#).applied_to(&known, &tom, at(5));
        let expected = Request {
            status: RequestStatus::Done,
            due_at: None,
            changed_by: tom.clone(),
            changed_at: at(5),
            rev: 2,
            ..known.clone()
        };
        assert_eq!(done, expected);
        assert!(known.status.is_open() && !done.status.is_open());
        assert_eq!(change(r#"{"note": "two large ones"}"#).applied_to(&known, &tom, at(6)).rev, 2);
        assert!(serde_json::from_str::<RequestChange>(r#"{"state": "done"}"#).is_err());
    }

    #[test]
    fn a_kind_is_a_word_or_two() {
        assert_eq!(" late check-out ".parse::<RequestKind>().unwrap().to_string(), "late check-out");
        for bad in ["", "  ", "two\nlines", &"x".repeat(81)] {
            assert_eq!(bad.parse::<RequestKind>().unwrap_err().field, "kind", "{bad:?}");
        }
        assert!(check_note("for two").is_ok());
        assert_eq!(check_note(" ").unwrap_err().field, "note");
        assert!(check_note(&"x".repeat(2_001)).is_err());
    }

    #[test]
    fn a_request_survives_being_written() {
        let text = serde_json::to_string(&towels()).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), towels());
    }
}
