//! Counts the messages of a day, one after another. In memory is what they are counted by, and of each conversation the
//! latest template; never a message.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::rollups::{AnswerCount, Answers, Asking, Group, Rollup, RollupLine, VERSION, way_word};
use crate::domain::{
    ChannelId, ConversationId, Timestamp,
    cost::Totals,
    job::Day,
    message::{Gesture, Inbound, Message, Outbound, Purpose, Way},
    sending::{Attempt, Delivery},
    time::SignedDuration,
};

/// For so long after a template is what its customer writes an answer to it.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug)]
pub struct Tally {
    day: Day,
    lines: BTreeMap<Group, Sums>,
    latest: HashMap<ConversationId, Latest>,
    answers: BTreeMap<Asking, AnswerCount>,
    came_back: BTreeSet<(ChannelId, ConversationId)>,
}

#[derive(Debug, Default)]
struct Sums {
    messages: u64,
    expected: Totals,
    taken: Totals,
}

/// The latest template of a conversation, and what of an answer to it was counted.
#[derive(Debug)]
struct Latest {
    asking: Asking,
    /// When the attempt to send it was made.
    at: Timestamp,
    seen: Seen,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    reply: bool,
    tap: bool,
    opt_out: bool,
}

impl Tally {
    pub fn new(day: Day) -> Self {
        Self {
            day,
            lines: BTreeMap::new(),
            latest: HashMap::new(),
            answers: BTreeMap::new(),
            came_back: BTreeSet::new(),
        }
    }

    /// A message of the day before, in the order of its messages: what it answers was counted on that day.
    pub fn look_back(&mut self, message: &Message) {
        match message {
            Message::Outbound(it) => self.note_template(it),
            Message::Inbound(it) => drop(self.answered(it)),
        }
    }

    /// A message of the day, in the order of its messages.
    pub fn count(&mut self, message: &Message) {
        let sums = self.lines.entry(group(message)).or_default();
        sums.messages += 1;
        match message {
            Message::Outbound(it) => {
                let amount = it.quote.and_then(|quote| quote.amount);
                if may_have_cost(it) {
                    sums.expected.add(amount);
                    if it.attempts.iter().any(Attempt::taken) {
                        sums.taken.add(amount);
                    }
                }
                self.note_template(it);
            }
            Message::Inbound(it) => {
                if it.gesture == Some(Gesture::CameBack) {
                    self.came_back.insert((it.channel.clone(), it.id.conversation));
                }
                if let Some((asking, count)) = self.answered(it) {
                    self.answers.entry(asking).or_default().add(count);
                }
            }
        }
    }

    pub fn sums(self, made_at: Timestamp) -> Rollup {
        let line = |(group, Sums { messages, expected, taken })| RollupLine { group, messages, expected, taken };
        let mut came_back = BTreeMap::new();
        for (channel, _) in self.came_back {
            *came_back.entry(channel).or_insert(0) += 1;
        }
        Rollup {
            v: VERSION,
            day: self.day,
            made_at,
            lines: self.lines.into_iter().map(line).collect(),
            answers: self.answers.into_iter().map(|(to, count)| Answers { to, count }).collect(),
            came_back,
        }
    }

    fn note_template(&mut self, it: &Outbound) {
        let Some(template) = it.template.as_ref().filter(|_| it.way == Some(Way::Template)) else { return };
        let went_out =
            matches!(it.delivery(), Delivery::Accepted | Delivery::Sent | Delivery::Delivered | Delivery::Read);
        if !went_out {
            return;
        }
        let at = it.current().and_then(|attempt| attempt.claimed_at).unwrap_or(it.accepted_at);
        let conversation = it.id.conversation;
        if self.latest.get(&conversation).is_some_and(|known| known.at > at) {
            return;
        }
        let asking = Asking {
            channel: it.channel.clone(),
            template: template.clone(),
            language: it.language.clone(),
            sent_on: Day::of(it.id.key.at()),
        };
        self.latest.insert(conversation, Latest { asking, at, seen: Seen::default() });
    }

    /// What of a message is an answer, as far as none like it was seen before.
    fn answered(&mut self, it: &Inbound) -> Option<(Asking, AnswerCount)> {
        if it.echo || !(it.opens_window || it.gesture.is_some()) {
            return None;
        }
        let latest = self.latest.get_mut(&it.id.conversation)?;
        if it.at < latest.at || it.at >= latest.at + ANSWERED_WITHIN {
            return None;
        }
        let first = |seen: &mut bool, now: bool| {
            let first = now && !*seen;
            *seen |= now;
            u64::from(first)
        };
        let seen = &mut latest.seen;
        let count = AnswerCount {
            replied: first(&mut seen.reply, true),
            taps: first(&mut seen.tap, it.gesture == Some(Gesture::Tap)),
            opt_outs: first(&mut seen.opt_out, it.gesture == Some(Gesture::OptOut)),
        };
        (count != AnswerCount::default()).then(|| (latest.asking.clone(), count))
    }
}

/// By what a message is counted.
fn group(message: &Message) -> Group {
    match message {
        Message::Inbound(it) => {
            let (direction, way, state) =
                if it.echo { ("outbound", Some("phone_app"), "sent") } else { ("inbound", None, "received") };
            Group {
                channel: it.channel.clone(),
                direction: direction.to_owned(),
                way: way.map(str::to_owned),
                state: state.to_owned(),
                template: None,
                team: None,
                purpose: None,
                language: None,
                country: None,
                pricing: None,
                failure: None,
            }
        }
        Message::Outbound(it) => {
            let delivery = it.delivery();
            Group {
                channel: it.channel.clone(),
                direction: "outbound".to_owned(),
                way: it.way.map(|way| way_word(way).to_owned()),
                state: delivery.word().to_owned(),
                template: it.template.clone(),
                team: None,
                purpose: purpose(&it.purpose).map(str::to_owned),
                language: it.language.clone(),
                country: it.quote.and_then(|quote| quote.country),
                pricing: it.pricing.clone(),
                failure: if let Delivery::Failed { failure } = &delivery { Some(failure.kind) } else { None },
            }
        }
    }
}

fn purpose(purpose: &Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Reply => None,
        Purpose::WindowTemplate { .. } => Some("window_template"),
        Purpose::SmsInvite { .. } => Some("sms_invite"),
        Purpose::HoldingMessage { .. } => Some("holding_message"),
        Purpose::ConsentConfirmation { .. } => Some("consent_confirmation"),
        Purpose::OptInAsk { .. } => Some("opt_in_ask"),
        Purpose::AutoReply { .. } => Some("auto_reply"),
        Purpose::AutoTemplate { .. } => Some("auto_template"),
    }
}

/// As [`Group::was_attempted`].
fn may_have_cost(it: &Outbound) -> bool {
    match it.delivery() {
        Delivery::Queued | Delivery::Held | Delivery::Refused | Delivery::Expired | Delivery::Cancelled => false,
        Delivery::Sending
        | Delivery::Unknown
        | Delivery::Accepted
        | Delivery::Sent
        | Delivery::Delivered
        | Delivery::Read
        | Delivery::Failed { .. }
        | Delivery::Undetermined => it.way.is_some(),
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
