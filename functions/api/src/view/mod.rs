//! The JSON forms of what Transom knows.

mod channel;
mod contact;
mod conversation;
mod history;
mod listed;
mod message;

use serde::Serialize;
pub use transom::view::{FailureView, ReasonView};
use transom::{
    app::accept::Planned,
    domain::{Timestamp, cost::Cost, message::Way, plan::Plan},
};

pub use channel::ChannelStateView;
pub use contact::{AddressView, ContactView};
pub use conversation::ConversationView;
pub use history::{HistoryLine, history};
pub use listed::ListedView;
pub use message::{MessageView, Opened};

/// What would happen to a message, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PlanView {
    #[schemars(extend("enum" = ["go", "wait", "refuse", "cancel", "expire"]))]
    pub plan: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    pub reason: ReasonView,
    /// When Transom looks again, if a time will free the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What it is expected to cost, if it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What the ladder sends the customer, if the message is held for their word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<FollowingView>,
}

/// The ladder's step that follows when a message is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FollowingView {
    pub step: String,
    pub way: Way,
    /// When it is due.
    pub at: Timestamp,
    pub cost: Cost,
}

impl From<&Planned> for PlanView {
    fn from(planned: &Planned) -> Self {
        let then = planned.then.as_ref().map(|it| FollowingView {
            step: it.step.clone(),
            way: it.way,
            at: it.at,
            cost: it.cost.clone(),
        });
        Self { cost: planned.cost.clone(), then, ..Self::from(&planned.plan) }
    }
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        let (word, until) = match plan {
            Plan::Go { .. } => ("go", None),
            Plan::Wait { until, .. } => ("wait", *until),
            Plan::Refuse { .. } => ("refuse", None),
            Plan::Cancel { .. } => ("cancel", None),
            Plan::Expire => ("expire", None),
        };
        Self { plan: word, way: plan.way(), reason: plan.reason().into(), until, cost: None, then: None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use transom::domain::{Phone, contact::Address, reason::Reason};

    use super::*;

    #[test]
    fn a_plan_says_the_way_and_why_and_never_the_address() {
        let to = Address::Phone(Phone::from_e164("+16505551234").unwrap());
        let plan = Plan::Go { way: Way::FreeForm, reason: Reason::WindowOpen, to };
        let expected = json!({
            "plan": "go",
            "way": "free_form",
            "reason": { "code": "window_open", "in_words": Reason::WindowOpen.in_words() },
        });
        assert_eq!(serde_json::to_value(PlanView::from(&plan)).unwrap(), expected);
    }

    #[test]
    fn a_wait_says_until_when_if_a_time_ends_it() {
        let until = Some("2026-03-01T12:00:00Z".parse().unwrap());
        let view = |until| {
            serde_json::to_value(PlanView::from(&Plan::Wait { reason: Reason::WindowNotOverYet, until })).unwrap()
        };
        assert_eq!(view(until)["until"], "2026-03-01T12:00:00Z");
        assert!(view(None).get("until").is_none());
        assert_eq!(serde_json::to_value(PlanView::from(&Plan::Expire)).unwrap()["reason"]["code"], "too_old");
    }
}
