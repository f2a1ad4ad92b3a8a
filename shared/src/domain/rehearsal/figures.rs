//! The figures of a rehearsal: sums that can be added up, conversation by conversation and part by part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Happened, HeldEnd, Stretch, TurnEnd, report::Held, report::Turns};
use crate::domain::{
    Timestamp,
    cost::Totals,
    hours::BusinessHours,
    ladder::{Action, Ladder},
    message::Way,
    time::SignedDuration,
};

/// What would have happened in a stretch, over any number of conversations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub rows: Vec<Row>,
    pub cost: Totals,
    pub turns: Turns,
    pub held: Held,
    pub conversations: u64,
    /// How many were answered after so long, by [`place_of`].
    answered_after: BTreeMap<u32, u64>,
}

/// What one step, or people, did by one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    #[serde(flatten)]
    pub what: What,
    pub count: u64,
    pub cost: Totals,
    pub first: Timestamp,
    pub last: Timestamp,
    /// How many in each hour of the day.
    pub by_hour: [u64; 24],
}

/// What tells rows apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalWhat")]
pub struct What {
    /// The ladder's step; `None`: somebody's answer.
    pub step: Option<String>,
    /// `answer`, or what the step does: `send_template`, `remind`.
    pub action: String,
    /// `None`: nobody outside was written to.
    pub way: Option<Way>,
    /// The rules or its template did not let it go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_sent: bool,
}

/// The hours by which a day is read: of the ladder's business hours, or UTC.
#[derive(Debug, Clone)]
pub struct Clock(jiff::tz::TimeZone);

impl Clock {
    pub fn of(ladder: &Ladder) -> Self {
        let zone = ladder.business_hours.as_ref().map(BusinessHours::time_zone);
        Self(zone.cloned().unwrap_or(jiff::tz::TimeZone::UTC))
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    fn hour(&self, at: Timestamp) -> usize {
        usize::from(self.0.to_datetime(at).hour().unsigned_abs()) % 24
    }
}

impl Figures {
    /// Takes in something that would have happened, if it is of the stretch.
    pub fn add(&mut self, happened: &Happened<'_>, stretch: Stretch, clock: &Clock) {
        match happened {
            Happened::Out { at, step, way, cost, .. } if stretch.holds(*at) => {
                self.cost.add(*cost);
                let what = What::of(step.map(|step| (step.name.as_str(), &step.action)), Some(*way), false);
                self.row(what, *at, clock).cost.add(*cost);
            }
            Happened::Told { at, step } if stretch.holds(*at) => {
                self.row(What::of(Some((&step.name, &step.action)), None, false), *at, clock);
            }
            Happened::NotSent { at, step } if stretch.holds(*at) => {
                self.row(What::of(Some((&step.name, &step.action)), None, true), *at, clock);
            }
            Happened::Held { written_at, end, .. } if stretch.holds(*written_at) => *self.held.of(*end) += 1,
            Happened::Turn { since, at, end } if stretch.holds(*since) => {
                *self.turns.of(*end) += 1;
                if matches!(end, TurnEnd::InWindow | TurnEnd::AfterWindow | TurnEnd::ByAnotherWay) {
                    *self.answered_after.entry(place_of(at.duration_since(*since))).or_default() += 1;
                }
            }
            Happened::Out { .. }
            | Happened::Told { .. }
            | Happened::NotSent { .. }
            | Happened::Held { .. }
            | Happened::Turn { .. } => {}
        }
    }

    fn row(&mut self, what: What, at: Timestamp, clock: &Clock) -> &mut Row {
        let place = if let Some(place) = self.rows.iter().position(|row| row.what == what) {
            place
        } else {
            let cost = Totals::default();
            self.rows.push(Row { what, count: 0, cost, first: at, last: at, by_hour: [0; 24] });
            self.rows.len() - 1
        };
        let row = &mut self.rows[place];
        row.count += 1;
        (row.first, row.last) = (row.first.min(at), row.last.max(at));
        row.by_hour[clock.hour(at)] += 1;
        row
    }

    /// Adds the figures of other conversations.
    pub fn merge(&mut self, other: &Self) {
        for it in &other.rows {
            match self.rows.iter_mut().find(|row| row.what == it.what) {
                Some(row) => {
                    row.count += it.count;
                    row.cost.merge(&it.cost);
                    (row.first, row.last) = (row.first.min(it.first), row.last.max(it.last));
                    row.by_hour.iter_mut().zip(it.by_hour).for_each(|(sum, count)| *sum += count);
                }
                None => self.rows.push(it.clone()),
            }
        }
        self.cost.merge(&other.cost);
        self.turns.merge(other.turns);
        self.held.merge(other.held);
        self.conversations += other.conversations;
        for (place, count) in &other.answered_after {
            *self.answered_after.entry(*place).or_default() += count;
        }
    }

    /// After how long so many of a hundred answered turns were answered; `None`: none was.
    pub fn answered_after(&self, percent: u64) -> Option<SignedDuration> {
        let all: u64 = self.answered_after.values().sum();
        let wanted = (all * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.answered_after.iter().find(|(_, count)| {
            seen += **count;
            seen >= wanted
        });
        found.map(|(place, _)| time_at(*place))
    }
}

impl What {
    fn of(step: Option<(&str, &Action)>, way: Option<Way>, not_sent: bool) -> Self {
        let action = step.map_or("answer", |(_, action)| match action {
            Action::Remind {} => "remind",
            Action::Notify { .. } => "notify",
            Action::HoldingMessage { .. } => "holding_message",
            Action::SendTemplate { .. } => "send_template",
            Action::SmsInvite { .. } => "sms_invite",
            Action::SmsContent {} => "sms_content",
            Action::Hold {} => "hold",
            Action::GiveUp { .. } => "give_up",
        });
        Self { step: step.map(|(name, _)| name.to_owned()), action: action.to_owned(), way, not_sent }
    }
}

/// Times are counted by the second up to ten minutes, by the minute up to two days, and by the hour from then on: sums of
/// a bounded size, and as exact as people read them.
const SECONDS: i64 = 600;
const MINUTES: i64 = 2 * 24 * 60;

fn place_of(took: SignedDuration) -> u32 {
    let seconds = took.as_secs().max(0);
    let place = if seconds < SECONDS {
        seconds
    } else if seconds < MINUTES * 60 {
        SECONDS + seconds / 60
    } else {
        SECONDS + MINUTES + seconds / 3600
    };
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn time_at(place: u32) -> SignedDuration {
    let place = i64::from(place);
    SignedDuration::from_secs(if place < SECONDS {
        place
    } else if place < SECONDS + MINUTES {
        (place - SECONDS) * 60
    } else {
        (place - SECONDS - MINUTES) * 3600
    })
}

impl Turns {
    fn of(&mut self, end: TurnEnd) -> &mut u64 {
        match end {
            TurnEnd::InWindow => &mut self.in_window,
            TurnEnd::AfterWindow => &mut self.after_window,
            TurnEnd::ByAnotherWay => &mut self.by_another_way,
            TurnEnd::Closed => &mut self.closed,
            TurnEnd::Never => &mut self.never,
            TurnEnd::Open => &mut self.open,
        }
    }

    fn merge(&mut self, other: Self) {
        self.in_window += other.in_window;
        self.after_window += other.after_window;
        self.by_another_way += other.by_another_way;
        self.closed += other.closed;
        self.never += other.never;
        self.open += other.open;
    }
}

impl Held {
    fn of(&mut self, end: HeldEnd) -> &mut u64 {
        match end {
            HeldEnd::Released => &mut self.released,
            HeldEnd::BySms => &mut self.by_sms,
            HeldEnd::Expired => &mut self.expired,
            HeldEnd::Refused => &mut self.refused,
            HeldEnd::TakenBack => &mut self.taken_back,
            HeldEnd::StillHeld => &mut self.still_held,
        }
    }

    fn merge(&mut self, other: Self) {
        self.released += other.released;
        self.by_sms += other.by_sms;
        self.expired += other.expired;
        self.refused += other.refused;
        self.taken_back += other.taken_back;
        self.still_held += other.still_held;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_as_exact_as_people_read_it() {
        for (seconds, told) in
            [(0, 0), (599, 599), (600, 600), (659, 600), (86_399, 86_340), (172_800, 172_800), (180_000, 180_000)]
        {
            let back = time_at(place_of(SignedDuration::from_secs(seconds)));
            assert_eq!(back.as_secs(), told, "{seconds}");
        }
    }

    #[test]
    fn half_and_nineteen_of_twenty_are_answered_by_their_times() {
        let mut figures = Figures::default();
        assert_eq!(figures.answered_after(50), None);
        for seconds in 1..=20 {
            figures.answered_after.insert(place_of(SignedDuration::from_secs(seconds)), 1);
        }
        assert_eq!(figures.answered_after(50), Some(SignedDuration::from_secs(10)));
        assert_eq!(figures.answered_after(95), Some(SignedDuration::from_secs(19)));
    }
}
