//! The circuit of a channel: opened when its provider refuses the whole channel or is down, so that messages wait
//! unclaimed instead of being tried one after another. While it is open, one probe at a time finds out whether it works
//! again. (Fault matrix D13, D14, D16.)

use serde::{Deserialize, Serialize};

use super::{ConversationId, Timestamp, reason::Reason, sending::CLAIM_LASTS, time::SignedDuration};

/// So many messages in a row, of different conversations, must meet trouble before the provider counts as down: one
/// message that always meets it says nothing about the others.
const TROUBLES: u32 = 5;

/// The pause before the first probe, and the longest one; each is twice as long as the one before.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(2);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// A probe that has not come back by then is given up: another may go.
const PROBE_LASTS: SignedDuration = CLAIM_LASTS;

/// What is known about a channel's way to its provider. The default: it works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circuit {
    /// Messages in a row that met trouble, none taken between.
    pub troubles: u32,
    /// The conversation of the last of them.
    pub last: Option<ConversationId>,
    pub open: Option<Open>,
    /// The provider asked to slow down until then.
    pub busy_until: Option<Timestamp>,
    /// Counts changes: each is written on condition that it is the next one.
    pub rev: u64,
}

/// The channel cannot send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub why: Why,
    pub since: Timestamp,
    /// Probes that failed.
    pub failed_probes: u32,
    /// When the next probe may go.
    pub probe_at: Timestamp,
    /// A probe is on its way; until then no other goes.
    pub probing_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Token, permission, payment or registration: people must act.
    Account,
    /// Calls fail or are not answered.
    Outage,
}

impl Why {
    pub fn reason(self) -> Reason {
        match self {
            Self::Account => Reason::ChannelRefused,
            Self::Outage => Reason::ProviderDown,
        }
    }
}

/// Whether a message may be tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    Free,
    /// As the one probe, once the lease on it is written.
    Probe,
    /// The channel cannot send. `look_at`: when to look again, spread over conversations.
    Shut {
        why: Why,
        look_at: Timestamp,
    },
    /// The provider asked to slow down until then.
    Busy(Timestamp),
}

/// What an attempt says about the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The provider took the message.
    Taken,
    /// The whole channel is refused.
    Refused,
    /// Certainly or perhaps not taken, and not for a fault of the message.
    Trouble,
    /// Too fast for this number.
    SlowDown(Timestamp),
    /// It concerned this message only, or there was no call at all.
    Nothing,
}

impl Open {
    /// When the next probe may go, as far as this circuit knows.
    pub fn next_probe_at(&self) -> Timestamp {
        self.probing_until.map_or(self.probe_at, |until| until.max(self.probe_at))
    }
}

impl Circuit {
    /// Whether a message of this conversation may be tried.
    pub fn ask(&self, conversation: ConversationId, now: Timestamp) -> Passage {
        let busy = self.busy_until.filter(|until| *until > now);
        match (&self.open, busy) {
            (None, None) => Passage::Free,
            (None, Some(until)) => Passage::Busy(until),
            (Some(open), _) => {
                let probe_at = open.next_probe_at();
                let closed_until = busy.map_or(probe_at, |until| until.max(probe_at));
                if closed_until <= now {
                    return Passage::Probe;
                }
                Passage::Shut { why: open.why, look_at: closed_until + spread(open, conversation) }
            }
        }
    }

    /// With the lease of a probe.
    pub fn probing(&self, now: Timestamp) -> Self {
        let open = self.open.map(|open| Open { probing_until: Some(now + PROBE_LASTS), ..open });
        self.changed(open)
    }

    /// After an attempt; `None`: nothing changes. `probe`: the attempt was the probe. While the circuit is open only the
    /// probe says anything new: other calls began before it opened.
    pub fn after(&self, sign: Sign, probe: bool, conversation: ConversationId, now: Timestamp) -> Option<Self> {
        match (&self.open, sign) {
            (Some(open), sign) if probe => Some(self.after_probe(open, sign, now)),
            (Some(_), _) | (None, Sign::Nothing) => None,
            (None, Sign::Taken) => (self.troubles > 0).then(|| Self { troubles: 0, last: None, ..self.changed(None) }),
            (None, Sign::Refused) => Some(self.opened(Why::Account, now)),
            (None, Sign::Trouble) => {
                if self.last == Some(conversation) {
                    return None;
                }
                if self.troubles + 1 >= TROUBLES {
                    return Some(self.opened(Why::Outage, now));
                }
                Some(Self { troubles: self.troubles + 1, last: Some(conversation), ..self.changed(None) })
            }
            (None, Sign::SlowDown(until)) => {
                (self.busy_until < Some(until)).then(|| Self { busy_until: Some(until), ..self.changed(None) })
            }
        }
    }

    fn after_probe(&self, open: &Open, sign: Sign, now: Timestamp) -> Self {
        let again = |why: Why| {
            let failed_probes = open.failed_probes.saturating_add(1);
            let probe_at = now + pause(failed_probes);
            self.changed(Some(Open { why, failed_probes, probe_at, probing_until: None, ..*open }))
        };
        match sign {
            Sign::Taken => Self { rev: self.rev + 1, ..Self::default() },
            Sign::Refused => again(Why::Account),
            Sign::Trouble => again(Why::Outage),
            // It said nothing about the channel: the next one may probe.
            Sign::Nothing => self.changed(Some(Open { probe_at: now, probing_until: None, ..*open })),
            Sign::SlowDown(until) => Self {
                busy_until: Some(until),
                ..self.changed(Some(Open { probe_at: until, probing_until: None, ..*open }))
            },
        }
    }

    fn opened(&self, why: Why, now: Timestamp) -> Self {
        let open = Open { why, since: now, failed_probes: 0, probe_at: now + pause(0), probing_until: None };
        Self { troubles: 0, last: None, ..self.changed(Some(open)) }
    }

    fn changed(&self, open: Option<Open>) -> Self {
        Self { open, rev: self.rev + 1, ..self.clone() }
    }
}

/// The pause after so many failed probes.
fn pause(failed_probes: u32) -> SignedDuration {
    (FIRST_PAUSE * 2_i32.pow(failed_probes.min(10))).min(LONGEST_PAUSE)
}

/// How much later than the probe's time a conversation looks: up to a third of the pause, another at every probe. So the
/// first one probes, never always the same, and after it the others come one by one.
fn spread(open: &Open, conversation: ConversationId) -> SignedDuration {
    let most = pause(open.failed_probes).as_millis() / 3;
    let bits = conversation.bits() ^ (conversation.bits() >> 64);
    let low = u64::try_from(bits & u128::from(u64::MAX)).expect("64 bits");
    let mixed = low.wrapping_add(open.probe_at.as_millisecond().unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    SignedDuration::from_millis(i64::try_from(i128::from(mixed >> 33) % most.max(1)).expect("minutes"))
}

#[cfg(test)]
#[path = "circuit_tests.rs"]
mod tests;
