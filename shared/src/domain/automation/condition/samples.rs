//! A condition tried out on made-up facts before it is stored: what the measuring did not see is seen here.

use std::collections::BTreeMap;

use cel::ExecutionError;

use super::{
    super::{
        cause::{Cause, Happened, Origin},
        facts::{Clock, Customer, Facts, Said, Thread},
        ids::{LabelId, TeamId},
        rule::{BookingEvent, Since, State, Trigger},
        score::Score,
        variables::Looked,
    },
    Condition, Looking,
};
use crate::domain::{ChannelId, ConversationId, EventId, Timestamp, contact::Profile, window::WindowState};

impl Condition {
    /// What a condition fails on that is its own fault, if it does: not a field that a customer lacks, or a number that is too
    /// large.
    pub(in super::super) fn fails_on_samples(&self, trigger: &Trigger) -> Option<String> {
        [false, true].into_iter().find_map(|full| self.fails_on(trigger, full))
    }

    fn fails_on(&self, trigger: &Trigger, full: bool) -> Option<String> {
        let word = |text: &str| if full { text.to_owned() } else { String::new() };
        let some = |text: &str| full.then(|| text.to_owned());
        let texts: Vec<String> = full.then(|| "one".to_owned()).into_iter().collect();
        let fields: BTreeMap<String, String> = texts.iter().map(|text| (text.clone(), text.clone())).collect();
        let at = Timestamp::UNIX_EPOCH;
        let said = Said {
            kind: "text",
            text: word("a fire in room 12"),
            language: some("en"),
            button: some("yes"),
            flow: some("table"),
            answers: fields.clone(),
            template: some("welcome"),
            opens_window: full,
            automatic: full,
        };
        let profile = Profile { language: some("en"), vip: full, fields, ..Profile::default() };
        let labels: Vec<LabelId> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        let team: Option<TeamId> = texts.iter().find_map(|text| text.parse().ok());
        let channel: ChannelId = "front-desk".parse().ok()?;
        let clock =
            Clock { at, hour: 9, minute: 30, weekday: 0, date: "1970-01-01".to_owned(), open: full.then_some(true) };
        let thread = Thread {
            state: if full { State::Waiting } else { State::Initiated },
            team: team.as_ref(),
            assigned: full,
            lent: full,
            labels: &labels,
            waiting_since: full.then_some(at),
            window: if full { WindowState::Open } else { WindowState::NeverOpened },
            window_closes_at: full.then_some(at),
            window_opened_at: full.then_some(at),
            last_in: full.then_some(at),
            last_business: full.then_some(at),
            ended_at: full.then_some(at),
        };
        let happened = happened(trigger);
        let message = (happened == Happened::Message {}).then_some(&said);
        let customer = Customer { profile: &profile, tags: &texts, opted_out: full };
        let facts = Facts { clock, channel: &channel, message, customer, thread };
        let (id, conversation) = (EventId::from_bits(0), ConversationId::from_bits(0));
        let cause = Cause { id, conversation, at, happened, by: Origin::Nobody {} };
        let looked = Looked::new(&facts, &cause);
        match self.program.execute(&Looking::at(&looked).0) {
            // Of these facts alone.
            Ok(cel::Value::Bool(_))
            | Err(
                ExecutionError::NoSuchKey(_)
                | ExecutionError::DivisionByZero(_)
                | ExecutionError::RemainderByZero(_)
                | ExecutionError::Overflow(..)
                | ExecutionError::IndexOutOfBounds(_)
                | ExecutionError::FunctionError { .. },
            ) => None,
            Ok(_) => Some("must be true or false".to_owned()),
            Err(error) => {
                let words = error.to_string();
                Some(format!("cannot be computed: {}", words.lines().next().unwrap_or_default()))
            }
        }
    }
}

/// Something that such a trigger waits for.
fn happened(trigger: &Trigger) -> Happened {
    match trigger {
        Trigger::Inbound { .. }
        | Trigger::Keyword { .. }
        | Trigger::Button { .. }
        | Trigger::FlowAnswer { .. }
        | Trigger::TemplateAnswered { .. } => Happened::Message {},
        Trigger::Scored { .. } => Happened::Scored { score: Score::ALL[0] },
        Trigger::State { .. } => Happened::State { from: State::Waiting, to: State::Open },
        Trigger::Label { .. } => Happened::Timer { since: Since::Waiting, minutes: 1 },
        Trigger::Timer { since, minutes } => Happened::Timer { since: *since, minutes: *minutes },
        Trigger::Booking { .. } => Happened::Booking { event: BookingEvent::Booked },
        Trigger::SlaBreached {} => Happened::SlaBreached {},
    }
}
