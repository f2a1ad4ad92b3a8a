//! When an account's staff are there, by the clock on the wall of its own time zone.
//!
//! How the hours are read:
//!
//! - **A span is one unbroken stretch**: the shortest that holds every moment at which the wall clock reads a time from
//!   its start up to, and without, its end. That one sentence settles the nights on which the clocks change:
//!   - They go forward, and 02:00 to 03:00 does not exist: a start or an end within it is the moment of the change, and
//!     a span that lies within it does not take place.
//!   - They go back, and 02:00 to 03:00 comes twice: a start within it is the first pass, an end within it the second,
//!     and a span across it holds both passes. An end at 02:00 sharp comes once: the second 02:00 begins the repeat.
//!
//!   A place of business does not shut for half an hour because its clock was set back, and whoever goes by the clock on
//!   the wall is never told "closed" (or, in [`QuietHours`], written to) at a time that the span names.
//! - **A span whose end is not after its start ends on the next day**, and belongs to the day on which it begins: Friday's
//!   22:00 to 02:00 is Friday's.
//! - **A holiday replaces the hours that begin on its date**, all of them. What began the evening before still ends as
//!   it would have: a bar that opened on the 24th does not send its guests home at midnight. An entry for one date is
//!   stronger than one for every year.
//! - Spans that touch are one: a place that is open until 24:00 and again from 00:00 does not close.

mod check;
mod quiet;
mod wall;
mod written;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

pub use check::BadHours;
pub use quiet::{QuietHours, WrittenQuietHours};
use wall::{Span, Stretch};
pub use written::{WrittenHoliday, WrittenHours, WrittenSpan, WrittenWeek};

/// How far ahead is looked for an opening or a closing: a year with some room, so that a yearly date is found.
pub const LOOKS_AHEAD: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The business hours of an account, checked, with the rules of its time zone at hand.
///
/// In JSON it is a [`WrittenHours`], both ways; reading one that is wrong fails with its [`BadHours`] as the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenHours", into = "WrittenHours")]
pub struct BusinessHours {
    written: WrittenHours,
    zone: TimeZone,
    /// From Monday on; each day's in the order of their starts.
    weekly: [Vec<Span>; 7],
    dates: BTreeMap<Date, Vec<Span>>,
    /// By month and day.
    every_year: BTreeMap<(i8, i8), Vec<Span>>,
}

crate::domain::schema::schema_as!(BusinessHours, WrittenHours);

impl BusinessHours {
    /// As they were written.
    pub fn written(&self) -> &WrittenHours {
        &self.written
    }

    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Cheap: it allocates nothing and looks at no more than the days around `now`.
    pub fn open_at(&self, now: Timestamp) -> bool {
        self.open_by_the_wall_clock(now) || self.stretches(now, now).next().is_some()
    }

    /// The first moment from `now` on (`now` included) at which it is open. None when there is none within
    /// [`LOOKS_AHEAD`].
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        self.stretches(now, wall::ahead(now)).next().map(|stretch| stretch.start.max(now))
    }

    /// The first moment after `now` at which it is closed. None when it is closed now, or does not close within
    /// [`LOOKS_AHEAD`].
    pub fn closes_at(&self, now: Timestamp) -> Option<Timestamp> {
        wall::first_outside(self.stretches(now, wall::ahead(now)), now).filter(|end| *end > now)
    }

    /// For how long it is open from `from` up to `until`: zero when `until` is not later. The cost grows with the number
    /// of days between.
    pub fn open_time_between(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        let (mut total, mut counted_to) = (SignedDuration::ZERO, from);
        for stretch in self.stretches(from, until) {
            let (start, end) = (stretch.start.max(counted_to), stretch.end.min(until));
            if start < end {
                total += end.duration_since(start);
                counted_to = end;
            }
        }
        total
    }

    /// The moment at which it has been open for so long since `from`. `None`: there is none, as far as is looked.
    pub fn after_open_time(&self, from: Timestamp, wanted: SignedDuration) -> Option<Timestamp> {
        /// More stretches than lie within the time that is looked ahead.
        const MOST_STRETCHES: usize = 5000;
        let (mut left, mut at) = (wanted, from);
        for _ in 0..MOST_STRETCHES {
            let opens = self.next_open(at)?;
            // Open without an end, as far as is looked.
            let Some(closes) = self.closes_at(opens) else { return opens.checked_add(left).ok() };
            let open = closes.duration_since(opens);
            if left < open || left.is_zero() {
                return opens.checked_add(left).ok();
            }
            left -= open;
            at = closes;
        }
        None
    }

    /// The spans that begin on a date.
    fn spans_on(&self, date: Date) -> &[Span] {
        // 0 to 6, which the seven days of the week answer.
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let of_the_year = || self.every_year.get(&(date.month(), date.day()));
        self.dates.get(&date).or_else(of_the_year).unwrap_or(&self.weekly[weekday])
    }

    /// Whether a span holds what the wall clock reads now. This is most of what it means to be open, without asking the
    /// zone when a span begins; what is missing are the moments between the two passes of a repeated hour.
    fn open_by_the_wall_clock(&self, now: Timestamp) -> bool {
        let reads = self.zone.to_datetime(now);
        let today = reads.date();
        self.spans_on(today).iter().any(|span| span.holds(reads.time()))
            || today.yesterday().is_ok_and(|day| self.spans_on(day).iter().any(|span| span.spills_over(reads.time())))
    }

    fn stretches(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Stretch> {
        wall::stretches(&self.zone, from, until, |date| self.spans_on(date))
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
