//! From wall clock time to instants: the one place that knows what happens when the clocks change.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};

use super::LOOKS_AHEAD;

const DAY: u16 = 24 * 60;

/// A part of a day in wall clock time, as minutes since its midnight: `start` up to and without `end`. An `end` past
/// 24:00 lies on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    start: u16,
    end: u16,
}

/// From `start` up to and without `end`; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Span {
    /// `start` is before 24:00 and `end` not after it; an end before the start is on the next day. None when they are
    /// the same time of day.
    pub(super) fn new(start: u16, end: u16) -> Option<Self> {
        if start == end % DAY && !(start == 0 && end == DAY) {
            return None;
        }
        Some(Self { start, end: if end < start { end + DAY } else { end } })
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether its part on the next day overlaps a span of that day.
    pub(super) fn runs_into(self, next_day: Self) -> bool {
        next_day.start + DAY < self.end
    }

    /// Whether a time of the day on which it begins lies in it.
    pub(super) fn holds(self, time: Time) -> bool {
        (self.start..self.end).contains(&minutes(time))
    }

    /// Whether a time of the day after lies in it.
    pub(super) fn spills_over(self, time: Time) -> bool {
        minutes(time) + DAY < self.end
    }

    /// When it takes place on a date: the shortest stretch that holds every moment at which the wall clock reads a time
    /// in it. None when the clock skips all of it, or at the end of the calendar.
    fn on(self, date: Date, zone: &TimeZone) -> Option<Stretch> {
        let start = begin(zone, at(date, self.start)?)?;
        let end = end(zone, at(date, self.end)?)?;
        (start < end).then_some(Stretch { start, end })
    }
}

fn minutes(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn at(date: Date, minutes: u16) -> Option<DateTime> {
    let date = if minutes < DAY { date } else { date.tomorrow().ok()? };
    let (hour, minute) = ((minutes % DAY) / 60, minutes % 60);
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
    Some(date.to_datetime(time))
}

/// The first moment at which the wall clock reads `time` or, where that is skipped, later.
fn begin(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(time).ok()
        }
        AmbiguousOffset::Gap { before, after } => skip(zone, time, before, after),
    }
}

/// The moment after the last at which the wall clock reads a time before `time`.
fn end(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(time).ok(),
        AmbiguousOffset::Gap { before, after } => skip(zone, time, before, after),
        AmbiguousOffset::Fold { before, after } => {
            let second = after.to_timestamp(time).ok()?;
            // The second pass begins with this very time, so nothing before it is read again.
            let begins_repeat = zone.to_offset(second.checked_sub(SignedDuration::from_nanos(1)).ok()?) == before;
            if begins_repeat { before.to_timestamp(time).ok() } else { Some(second) }
        }
    }
}

/// The moment at which the clock is set forward over `time`.
fn skip(zone: &TimeZone, time: DateTime, before: Offset, after: Offset) -> Option<Timestamp> {
    // With the offset that holds afterwards, a skipped time is before the change; with the earlier one it is not.
    let (earliest, latest) = (after.to_timestamp(time).ok()?, before.to_timestamp(time).ok()?);
    let changes = zone.following(earliest).map(|change| change.timestamp());
    Some(changes.take_while(|at| *at <= latest).last().unwrap_or(latest))
}

/// The stretches that end after `from` and start by `until`, in the order of their starts. They may touch, and in a
/// repeated hour or beside a holiday overlap.
pub(super) fn stretches<'a>(
    zone: &'a TimeZone,
    from: Timestamp,
    until: Timestamp,
    spans_on: impl Fn(Date) -> &'a [Span],
) -> impl Iterator<Item = Stretch> {
    // A span reaches into the day after, and a clock that is set back over midnight shows a day once more.
    let mut first = zone.to_datetime(from).date();
    for _ in 0..2 {
        first = first.yesterday().unwrap_or(first);
    }
    let last = zone.to_datetime(until).date();
    let last = last.tomorrow().unwrap_or(last);
    std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .take_while(move |date| *date <= last)
        .flat_map(move |date| spans_on(date).iter().filter_map(move |span| span.on(date, zone)))
        .filter(move |stretch| stretch.end > from && stretch.start <= until)
}

/// The first moment from `now` on that lies in none of the stretches (which are those up to [`ahead`] of it). None when
/// they hold all of that time.
pub(super) fn first_outside(stretches: impl Iterator<Item = Stretch>, now: Timestamp) -> Option<Timestamp> {
    let mut end = now;
    for stretch in stretches {
        if stretch.start > end {
            break;
        }
        end = end.max(stretch.end);
    }
    (end < ahead(now)).then_some(end)
}

/// How far is looked from `now`.
pub(super) fn ahead(now: Timestamp) -> Timestamp {
    now.checked_add(LOOKS_AHEAD).unwrap_or(Timestamp::MAX)
}
