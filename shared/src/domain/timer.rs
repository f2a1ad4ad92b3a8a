//! What is to happen later. A timer is a row in its hour's bucket; firing one twice does nothing twice.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, ConversationId, MessageId, SubscriptionId, Timestamp,
    automation::{Reason, Since},
    event::Event,
    ids::EffectId,
    job::Day,
    time::SignedDuration,
};
use crate::{
    defects::{Defect, planted},
    seal::sha256,
};

/// Hours are spread over this many buckets, so that an hour in which many windows end stays fast.
pub const SHARDS: u8 = 8;

/// A timer lies at least this far ahead when it is armed, so that it never falls behind the sweep's cursor.
pub const AHEAD: SignedDuration = SignedDuration::from_mins(2);

/// One thing to do at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    pub due: Timestamp,
    pub account: AccountId,
    #[serde(flatten)]
    pub kind: TimerKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "timer", rename_all = "snake_case")]
pub enum TimerKind {
    /// A service window may have ended. Looks at the head, and arms itself again if the window was extended.
    WindowEnd { conversation: ConversationId },
    /// Something waits and should be looked at again.
    Wake { conversation: ConversationId },
    /// An unknown outcome has had its time.
    UnknownSettles { message: MessageId },
    /// The window's template has had its time to reach the customer.
    AfterTemplate { message: MessageId, step: String },
    /// A subscriber is told once more.
    Deliver {
        event: Box<Event>,
        subscription: SubscriptionId,
        attempt: u32,
        /// It is told of something that it may have been told of before, because somebody asked for that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        replay: bool,
    },
    /// What is due once a day for the account.
    Upkeep {},
    /// Templates are looked at, at their providers.
    Templates {},
    /// A snooze or a lease ends.
    Work { conversation: ConversationId },
    /// What comes round where work is given out.
    WorkSweep {},
    /// A customer may wait for longer than is right: a step of the escalation is due.
    Escalation { conversation: ConversationId, reason: Reason, since: Timestamp, step: String },
    /// The time in which a customer was to be answered who began to wait then is over.
    Sla { conversation: ConversationId, since: Timestamp },
    /// A rule wants to look so long after this.
    Rule { conversation: ConversationId, since: Since, from: Timestamp, minutes: u32 },
    /// A sequence may have something to send.
    Sequence { conversation: ConversationId, enrolment: EffectId },
}

impl Timer {
    /// A timer at `due`, or as soon as the sweep can be sure to meet it.
    pub fn at(due: Timestamp, now: Timestamp, account: AccountId, kind: TimerKind) -> Self {
        let ahead = if planted(Defect::TimerBehindCursor) { -AHEAD * 30 } else { AHEAD };
        Self { due: due.max(now + ahead), account, kind }
    }

    pub fn shard(&self) -> u8 {
        let bits = match &self.kind {
            TimerKind::WindowEnd { conversation }
            | TimerKind::Wake { conversation }
            | TimerKind::Work { conversation }
            | TimerKind::Escalation { conversation, .. }
            | TimerKind::Sla { conversation, .. }
            | TimerKind::Rule { conversation, .. }
            | TimerKind::Sequence { conversation, .. } => conversation.bits(),
            TimerKind::UnknownSettles { message } | TimerKind::AfterTemplate { message, .. } => {
                message.conversation.bits()
            }
            TimerKind::Deliver { event, .. } => event.id.bits(),
            TimerKind::Upkeep {} | TimerKind::Templates {} | TimerKind::WorkSweep {} => {
                u128::from(minute_of_upkeep(&self.account))
            }
        };
        u8::try_from(bits % u128::from(SHARDS)).expect("the remainder is below the number of shards")
    }

    /// Names the timer within its bucket: the same thing at the same time is one timer.
    pub fn name(&self) -> String {
        match &self.kind {
            TimerKind::WindowEnd { conversation } => format!("window_end#{conversation}"),
            TimerKind::Wake { conversation } => format!("wake#{conversation}"),
            TimerKind::UnknownSettles { message } => format!("unknown_settles#{message}"),
            TimerKind::AfterTemplate { message, step } => format!("after_template#{message}#{step}"),
            TimerKind::Deliver { event, subscription, attempt, replay } => {
                let again = if *replay { "#replay" } else { "" };
                format!("deliver#{}#{subscription}#{attempt}{again}", event.id)
            }
            TimerKind::Upkeep {} => format!("upkeep#{}", self.account),
            TimerKind::Templates {} => format!("templates#{}", self.account),
            TimerKind::Work { conversation } => format!("work#{conversation}"),
            TimerKind::WorkSweep {} => format!("work_sweep#{}", self.account),
            TimerKind::Escalation { conversation, reason, since, step } => {
                format!("escalation#{conversation}#{}#{}#{step}", reason.word(), since.as_millisecond())
            }
            TimerKind::Sla { conversation, since } => format!("sla#{conversation}#{}", since.as_millisecond()),
            TimerKind::Rule { conversation, since, from, minutes } => {
                format!("rule#{conversation}#{}#{}#{minutes}", since.word(), from.as_millisecond())
            }
            TimerKind::Sequence { conversation, enrolment } => format!("sequence#{conversation}#{enrolment}"),
        }
    }
}

/// The minutes of a UTC day over which the upkeep of accounts is spread: from one to seven in the morning.
const UPKEEP_FROM: u32 = 60;
const UPKEEP_OVER: u32 = 360;

fn minute_of_upkeep(account: &AccountId) -> u32 {
    let digest = sha256(format!("upkeep#{account}").as_bytes());
    UPKEEP_FROM + u32::from_be_bytes(*digest.first_chunk().expect("it has 32 bytes")) % UPKEEP_OVER
}

/// When an account's upkeep is due next, after `now`. The same whoever asks, so that arming it twice arms one.
pub fn upkeep_at(account: &AccountId, now: Timestamp) -> Timestamp {
    let into_day = SignedDuration::from_mins(i64::from(minute_of_upkeep(account)));
    let today = Day::of(now);
    let due = today.begins_at() + into_day;
    if due > now + AHEAD { due } else { today.ends_at() + into_day }
}

/// The minute, counted from 1970.
pub fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// The hour, counted from 1970, in whose bucket a timer that is due then lies.
pub fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3600)
}

/// The first window timer of a conversation is armed when its window opens; later messages extend the window without
/// arming another, as long as the armed one is certain to fire and look again.
pub fn must_arm(old_closes_at: Option<Timestamp>, now: Timestamp) -> bool {
    old_closes_at.is_none_or(|armed_for| armed_for <= now + SignedDuration::from_mins(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_never_armed_behind_the_sweep() {
        let now: Timestamp = "2026-03-01T12:00:30Z".parse().unwrap();
        let kind = TimerKind::Wake { conversation: ConversationId::from_bits(1) };
        let late = Timer::at(now - SignedDuration::from_hours(1), now, "demo".parse().unwrap(), kind.clone());
        assert_eq!(late.due, now + AHEAD);
        let ahead = Timer::at(now + SignedDuration::from_hours(1), now, "demo".parse().unwrap(), kind);
        assert_eq!(ahead.due, now + SignedDuration::from_hours(1));
    }

    #[test]
    fn one_armed_timer_serves_a_window_that_is_extended() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert!(must_arm(None, now));
        assert!(must_arm(Some(now - SignedDuration::from_hours(1)), now));
        assert!(must_arm(Some(now + SignedDuration::from_mins(10)), now));
        assert!(!must_arm(Some(now + SignedDuration::from_mins(11)), now));
    }
}
