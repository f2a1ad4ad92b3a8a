//! A conversation in a list: itself, and who looks after it.

use serde::Serialize;
use transom::domain::{StaffId, TeamId, Timestamp, ids::LabelId, work::Work};

use super::ConversationView;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ListedView {
    #[serde(flatten)]
    pub conversation: ConversationView,
    work: WorkLine,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct WorkLine {
    owner: Option<StaffId>,
    team: Option<TeamId>,
    labels: Vec<LabelId>,
    snoozed_until: Option<Timestamp>,
}

impl ListedView {
    pub fn new(conversation: ConversationView, work: &Work, now: Timestamp) -> Self {
        let work = WorkLine {
            owner: work.owner().map(|owner| owner.staff),
            team: work.team.clone(),
            labels: work.labels.iter().cloned().collect(),
            snoozed_until: work.snooze.map(|snooze| snooze.until).filter(|until| *until > now),
        };
        Self { conversation, work }
    }
}
