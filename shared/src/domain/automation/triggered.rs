//! Whether what happened is what a rule waits for.

use super::{
    cause::{Cause, Happened},
    facts::{Facts, Said, Thread},
    rule::{Rule, Since, Trigger},
};
use crate::domain::time::SignedDuration;

/// Kinds of content that are about other messages, or about the customer, and no messages by themselves.
const NO_MESSAGES: [&str; 4] = ["reaction", "system", "edit", "revoke"];

/// Whether this is what a rule waits for. `keyword`: the message has one of the rule's phrases.
pub(super) fn is_triggered(rule: &Rule, cause: &Cause, facts: &Facts<'_>, keyword: bool) -> bool {
    fn lets<T: PartialEq>(list: &[T], it: &T) -> bool {
        list.is_empty() || list.contains(it)
    }
    let message: Option<&Said> = facts.message;
    match (&rule.trigger, &cause.happened) {
        (Trigger::Inbound { kinds, first }, Happened::Message {}) => message.is_some_and(|said| {
            let kind = if kinds.is_empty() {
                !NO_MESSAGES.contains(&said.kind)
            } else {
                kinds.iter().any(|it| it == said.kind)
            };
            kind && (!first || said.opens_window)
        }),
        (Trigger::Keyword { languages, .. }, Happened::Message {}) => {
            keyword
                && message.is_some_and(|said| {
                    let language = said.language.as_deref().filter(|_| !languages.is_empty());
                    language.is_none_or(|known| languages.iter().any(|it| base(it) == base(known)))
                })
        }
        (Trigger::Button { ids }, Happened::Message {}) => {
            message.and_then(|said| said.button.as_ref()).is_some_and(|id| lets(ids, id))
        }
        (Trigger::FlowAnswer { flows }, Happened::Message {}) => {
            message.and_then(|said| said.flow.as_ref()).is_some_and(|flow| lets(flows, flow))
        }
        (Trigger::TemplateAnswered { templates }, Happened::Message {}) => {
            message.and_then(|said| said.template.as_ref()).is_some_and(|template| lets(templates, template))
        }
        (Trigger::Scored { at_least, at_most }, Happened::Scored { score }) => {
            at_least.is_none_or(|least| *score >= least) && at_most.is_none_or(|most| *score <= most)
        }
        (Trigger::State { from, to }, Happened::State { from: was, to: is }) => lets(from, was) && lets(to, is),
        (Trigger::Label { added }, Happened::Labelled { label }) => lets(added, label),
        (Trigger::Timer { since, minutes }, Happened::Timer { since: was, minutes: passed }) => {
            since == was && minutes == passed && still_holds(*since, *minutes, facts)
        }
        (Trigger::Booking { events }, Happened::Booking { event }) => lets(events, event),
        (Trigger::SlaBreached {}, Happened::SlaBreached {}) => true,
        (
            Trigger::Inbound { .. }
            | Trigger::Keyword { .. }
            | Trigger::Button { .. }
            | Trigger::FlowAnswer { .. }
            | Trigger::TemplateAnswered { .. }
            | Trigger::Scored { .. }
            | Trigger::State { .. }
            | Trigger::Label { .. }
            | Trigger::Timer { .. }
            | Trigger::Booking { .. }
            | Trigger::SlaBreached {},
            _,
        ) => false,
    }
}

/// Whether what a timer counted from is still so, since as long.
fn still_holds(since: Since, minutes: u32, facts: &Facts<'_>) -> bool {
    let Thread { waiting_since, last_in, last_business, ended_at, .. } = facts.thread;
    let from = match since {
        Since::Waiting => waiting_since,
        Since::Answered => last_business.filter(|wrote| Some(*wrote) > last_in),
        Since::Closed => ended_at,
    };
    let passed = SignedDuration::from_mins(i64::from(minutes));
    from.is_some_and(|from| facts.clock.at.duration_since(from) >= passed)
}

fn base(language: &str) -> &str {
    language.split(['_', '-']).next().unwrap_or_default()
}
