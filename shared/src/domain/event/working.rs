//! Events of people at work and of what rules do: told by whoever notices them, each with an id made of what happened.

use super::{About, ConversationFacts, EscalationFacts, Event, EventKind, conversation_facts, event_id};
use crate::domain::{
    EventId, MessageId, Timestamp,
    automation::{BookingEvent, Escalation, Level, Score, Upward},
    conversation::Head,
    ids::RuleId,
    work::Work,
};

impl Event {
    fn of_conversation(
        head: &Head,
        (id, kind, at): (EventId, EventKind, Timestamp),
        tell: impl FnOnce(&mut ConversationFacts),
    ) -> Self {
        let mut facts = conversation_facts(head);
        tell(&mut facts);
        Self {
            id,
            kind,
            account: head.account.clone(),
            at,
            sequence: String::new(),
            trace: head.trace,
            about: About::Conversation(facts),
        }
    }

    /// Whoever has a conversation, or its team, is another since this write of its work.
    pub fn assigned(head: &Head, work: &Work, now: Timestamp) -> Self {
        let kind = EventKind::ConversationAssigned;
        let id = event_id(&head.account, kind, &work.conversation.to_string(), &work.rev.to_string());
        Self::of_conversation(head, (id, kind, now), |facts| {
            facts.assignee = work.owner().map(|owner| owner.staff);
            facts.team.clone_from(&work.team);
        })
    }

    /// A step of an escalation is taken.
    pub fn escalated(head: &Head, work: &Work, it: &Escalation, step: &Upward<'_>) -> Self {
        Self::of_conversation(head, (step.id.event(), EventKind::ConversationEscalated, step.at), |facts| {
            facts.step = Some(step.step.name.clone());
            facts.assignee = work.owner().map(|owner| owner.staff);
            facts.team.clone_from(&work.team);
            facts.escalation =
                Some(EscalationFacts { reason: Some(it.reason), to: step.step.to.clone(), since: Some(it.since) });
        })
    }

    /// A rule tells somebody higher up.
    pub fn escalated_by(head: &Head, work: &Work, to: &Level, (id, rule, at): (EventId, &RuleId, Timestamp)) -> Self {
        Self::of_conversation(head, (id, EventKind::ConversationEscalated, at), |facts| {
            facts.assignee = work.owner().map(|owner| owner.staff);
            facts.team.clone_from(&work.team);
            facts.escalation = Some(EscalationFacts { reason: None, to: to.clone(), since: None });
            facts.rule = Some(rule.clone());
        })
    }

    /// A rule tells other systems something; or one of them, by `kind`.
    pub fn of_rule(head: &Head, kind: EventKind, note: &str, (id, rule, at): (EventId, &RuleId, Timestamp)) -> Self {
        Self::of_conversation(head, (id, kind, at), |facts| {
            facts.note = (!note.is_empty()).then(|| note.to_owned());
            facts.rule = Some(rule.clone());
        })
    }

    /// A message says how satisfied the customer is.
    pub fn scored(head: &Head, message: MessageId, score: Score, at: Timestamp) -> Self {
        let kind = EventKind::ConversationScored;
        let id = event_id(&head.account, kind, &message.to_string(), "");
        Self::of_conversation(head, (id, kind, at), |facts| {
            facts.message = Some(message);
            facts.score = Some(score);
        })
    }

    /// The customer who began to wait at `since` was not answered in the time that was promised, which ended at `at`.
    pub fn sla_breached(head: &Head, work: &Work, since: Timestamp, at: Timestamp) -> Self {
        let kind = EventKind::SlaBreached;
        let id = event_id(&head.account, kind, &work.conversation.to_string(), &since.as_millisecond().to_string());
        Self::of_conversation(head, (id, kind, at), |facts| {
            facts.assignee = work.owner().map(|owner| owner.staff);
            facts.team.clone_from(&work.team);
        })
    }

    /// Another system reports what happened to the customer's booking. `once` names it: what is reported again is the same.
    pub fn booking(head: &Head, event: BookingEvent, once: &str, at: Timestamp) -> Self {
        let kind = EventKind::BookingReported;
        let id = event_id(&head.account, kind, &head.contact.to_string(), &format!("{}#{once}", event.word()));
        Self::of_conversation(head, (id, kind, at), |facts| facts.booking = Some(event))
    }
}
