//! The row of a conversation's work. It shares its key with the conversation's place in the inbox index.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    adapters::dynamodb::keys::Key,
    domain::{
        ConversationId, StaffId, TeamId, Timestamp,
        ids::{AutomationId, LabelId},
        work::{Asked, AskedBy, Holder, How, Lease, Owner, Snooze, Ticket, Work},
    },
    ports::StoreError,
};

/// What of the row is work; nothing, as long as nobody worked on it.
#[derive(Debug, Default, Deserialize)]
pub struct WorkRow {
    /// The work as JSON.
    #[serde(default)]
    wj: Option<String>,
    /// Counts the writes.
    #[serde(default)]
    wv: u64,
}

/// The form that it is kept in.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WorkJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<OwnerJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<StaffId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passed_over: Option<StaffId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<TeamId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    labels: BTreeSet<LabelId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snooze: Option<SnoozeJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<AskedJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OwnerJson {
    staff: StaffId,
    since: Timestamp,
    ticket: Ticket,
    how: How,
}

#[derive(Debug, Serialize, Deserialize)]
struct LeaseJson {
    to: AutomationId,
    ticket: Ticket,
    until: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct SnoozeJson {
    until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AskedJson {
    since: Timestamp,
    by: AskedBy,
}

impl WorkRow {
    pub fn into_work(self, key: &Key, conversation: ConversationId) -> Result<Work, StoreError> {
        let Some(json) = self.wj else { return Ok(Work::new(conversation)) };
        let json: WorkJson = serde_json::from_str(&json).map_err(|error| key.unreadable(error.to_string()))?;
        let holder = match (json.owner, json.lease) {
            (Some(it), _) => Holder::Staff(Owner { staff: it.staff, since: it.since, ticket: it.ticket, how: it.how }),
            (None, Some(it)) => Holder::Automation(Lease { to: it.to, ticket: it.ticket, until: it.until }),
            (None, None) => Holder::Nobody,
        };
        Ok(Work {
            conversation,
            holder,
            previous: json.previous,
            passed_over: json.passed_over,
            team: json.team,
            labels: json.labels,
            snooze: json.snooze.map(|it| Snooze { until: it.until, seen: it.seen }),
            asked: json.asked.map(|it| Asked { since: it.since, by: it.by }),
            rev: self.wv,
            changed_at: json.changed_at,
        })
    }
}

impl From<&Work> for WorkJson {
    fn from(work: &Work) -> Self {
        let (owner, lease) = match &work.holder {
            Holder::Nobody => (None, None),
            Holder::Automation(it) => (None, Some(LeaseJson { to: it.to.clone(), ticket: it.ticket, until: it.until })),
            Holder::Staff(it) => {
                (Some(OwnerJson { staff: it.staff, since: it.since, ticket: it.ticket, how: it.how }), None)
            }
        };
        Self {
            owner,
            lease,
            previous: work.previous,
            passed_over: work.passed_over,
            team: work.team.clone(),
            labels: work.labels.clone(),
            snooze: work.snooze.map(|it| SnoozeJson { until: it.until, seen: it.seen }),
            asked: work.asked.map(|it| AskedJson { since: it.since, by: it.by }),
            changed_at: work.changed_at,
        }
    }
}
