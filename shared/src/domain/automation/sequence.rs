//! Sequences: messages that follow something over days, such as a stay, until the customer answers.

use std::collections::BTreeMap;

use jiff::{ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    ids::{EffectId, SequenceId},
    rule::is_default,
};
use crate::domain::{
    AccountId, Timestamp,
    hours::{BusinessHours, QuietHours},
    time::SignedDuration,
};

/// Messages in the order in which they follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    pub id: SequenceId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default = "yes")]
    pub on: bool,
    pub steps: Vec<SequenceStep>,
    /// What ends it. An opt-out always does.
    #[serde(default = "StopOn::all")]
    pub stop_on: Vec<StopOn>,
    /// Steps wait until staff are there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub within_business_hours: bool,
    /// How many messages of sequences one customer gets at most.
    #[serde(default)]
    pub cap: Cap,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceStep {
    /// Names the step within the sequence, and stays the same: its message's id is made of it.
    pub name: String,
    /// So many days after the day on which it began; 0: on that day.
    pub after_days: u16,
    /// 0 to 23, by the account's clock.
    pub at_hour: u8,
    /// What is sent: outside of the service window nothing else may go.
    pub template: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SequenceStopOn")]
pub enum StopOn {
    /// The customer wrote.
    Answer,
    OptOut,
    /// Somebody of the business wrote.
    StaffMessage,
}

impl StopOn {
    fn all() -> Vec<Self> {
        vec![Self::Answer, Self::OptOut, Self::StaffMessage]
    }
}

/// So many messages in so many days, whatever sequences they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SequenceCap")]
pub struct Cap {
    pub messages: u16,
    pub days: u16,
}

impl Default for Cap {
    fn default() -> Self {
        Self { messages: 2, days: 7 }
    }
}

/// One customer on the way through a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Enrolment {
    /// That of the effect that began it, so that beginning twice is beginning once.
    pub id: EffectId,
    pub sequence: SequenceId,
    /// What days are counted from, such as the check-out.
    pub began_at: Timestamp,
    /// Names of steps that were sent or left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<String>,
    /// When its messages were put.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Timestamp>,
    /// Why it goes on no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Stopped>,
}

/// What is known of the customer, as far as a step asks.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    pub zone: &'a TimeZone,
    pub hours: Option<&'a BusinessHours>,
    pub quiet: Option<&'a QuietHours>,
    pub opted_out: bool,
    pub erased: bool,
    /// The customer's newest message.
    pub last_in: Option<Timestamp>,
    /// The newest message that a person of the business wrote.
    pub last_staff: Option<Timestamp>,
    /// Messages of sequences that the customer was sent, in any order.
    pub sent: &'a [Timestamp],
}

/// What is next for an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'a> {
    /// This step, now. Its id is the message's, whenever it is asked for.
    Send {
        step: &'a SequenceStep,
        id: EffectId,
        due_at: Timestamp,
    },
    /// This step is so late that it is left out: to be noted as taken.
    LeaveOut {
        step: &'a SequenceStep,
    },
    /// To be looked at again then.
    Wait {
        until: Timestamp,
    },
    Stop {
        why: Stopped,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SequenceStopped")]
pub enum Stopped {
    /// Every step was taken.
    Done,
    Answered,
    OptedOut,
    StaffWrote,
    Erased,
    /// The sequence is off or gone.
    Off,
    /// A rule stopped it.
    ByRule,
    /// No time is left at which it may be sent.
    NoTime,
}

/// What is later than this says nothing any more: "how was your first night?" on the fourth day.
const LATEST: SignedDuration = SignedDuration::from_hours(48);
/// Quiet hours, business hours and the cap are asked in turn, until none puts it off.
const MOST_ROUNDS: usize = 30;

impl Enrolment {
    /// With one more step taken; noted twice, it is noted once.
    #[must_use]
    pub fn taking(&self, step: &str) -> Self {
        let mut next = self.clone();
        if !next.taken.iter().any(|taken| taken == step) {
            next.taken.push(step.to_owned());
        }
        next
    }

    /// With one more message put. Noted twice, it is noted once.
    #[must_use]
    pub fn sending(&self, step: &str, at: Timestamp) -> Self {
        let mut next = self.taking(step);
        if next != *self {
            next.sent.push(at);
        }
        next
    }
}

/// What is to happen to an enrolment now. `sequence`: as the account has it now, if it still has it.
pub fn next<'a>(
    account: &AccountId,
    sequence: Option<&'a Sequence>,
    it: &Enrolment,
    facts: &Circumstances<'_>,
    now: Timestamp,
) -> Next<'a> {
    let Some(sequence) = sequence.filter(|sequence| sequence.on && sequence.id == it.sequence) else {
        return Next::Stop { why: Stopped::Off };
    };
    if let Some(why) = stopped(sequence, it, facts) {
        return Next::Stop { why };
    }
    let Some(step) = sequence.steps.iter().find(|step| !it.taken.contains(&step.name)) else {
        return Next::Stop { why: Stopped::Done };
    };
    let Some(due_at) = due_at(step, it.began_at, facts.zone) else { return Next::Stop { why: Stopped::NoTime } };
    if now.duration_since(due_at) > LATEST {
        return Next::LeaveOut { step };
    }
    match allowed_from(sequence, facts, due_at.max(now)) {
        None => Next::Stop { why: Stopped::NoTime },
        Some(allowed) if allowed > now => Next::Wait { until: allowed },
        Some(_) => Next::Send { step, id: message_id(account, it, step), due_at },
    }
}

/// The id of a step's message.
pub fn message_id(account: &AccountId, it: &Enrolment, step: &SequenceStep) -> EffectId {
    EffectId::derived(account, &["sequence", it.sequence.as_str(), &it.id.to_string(), &step.name])
}

fn stopped(sequence: &Sequence, it: &Enrolment, facts: &Circumstances<'_>) -> Option<Stopped> {
    let since = |at: Option<Timestamp>| at.is_some_and(|at| at > it.began_at);
    if it.ended.is_some() {
        it.ended
    } else if facts.erased {
        Some(Stopped::Erased)
    } else if facts.opted_out {
        Some(Stopped::OptedOut)
    } else if sequence.stop_on.contains(&StopOn::Answer) && since(facts.last_in) {
        Some(Stopped::Answered)
    } else if sequence.stop_on.contains(&StopOn::StaffMessage) && since(facts.last_staff) {
        Some(Stopped::StaffWrote)
    } else {
        None
    }
}

/// When a step is due: at its hour of its day, by the clock on the wall, and never before what it follows.
fn due_at(step: &SequenceStep, began_at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let day = began_at.to_zoned(zone.clone()).date();
    let day = day.checked_add(i32::from(step.after_days).days()).ok()?;
    let hour = i8::try_from(step.at_hour).ok().filter(|hour| *hour < 24)?;
    // An hour that the clock skips is the one after it.
    let at = zone.to_timestamp(day.at(hour, 0, 0, 0)).ok()?;
    Some(at.max(began_at))
}

/// The first moment from `from` on at which nothing forbids it.
fn allowed_from(sequence: &Sequence, facts: &Circumstances<'_>, from: Timestamp) -> Option<Timestamp> {
    let mut at = from;
    for _ in 0..MOST_ROUNDS {
        let before = at;
        at = under_cap(sequence.cap, facts.sent, at)?;
        if let Some(quiet) = facts.quiet {
            at = quiet.ends_at(at)?;
        }
        if let Some(hours) = facts.hours.filter(|_| sequence.within_business_hours) {
            at = hours.next_open(at)?;
        }
        if at == before {
            return Some(at);
        }
    }
    None
}

/// The first moment from `at` on with fewer messages before it than the cap allows.
fn under_cap(cap: Cap, sent: &[Timestamp], at: Timestamp) -> Option<Timestamp> {
    let span = SignedDuration::from_hours(24 * i64::from(cap.days));
    let most = usize::from(cap.messages);
    if most == 0 {
        return None;
    }
    let mut recent: Vec<Timestamp> = sent.iter().copied().filter(|sent| at.duration_since(*sent) < span).collect();
    if recent.len() < most {
        return Some(at);
    }
    recent.sort_unstable();
    // Once this one has left the span, there is room.
    recent[recent.len() - most].checked_add(span).ok()
}

#[cfg(test)]
#[path = "sequence_tests.rs"]
mod tests;
