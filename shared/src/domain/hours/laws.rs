//! Laws of business hours, for any hours at any time; and a slow reading, minute by minute, that must agree.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use proptest::{prelude::*, sample::Index};

use super::*;

/// Zones of many habits: changes at night, at midnight and over it, by half an hour, by two hours, by a whole day, in
/// Ramadan, and none.
const ZONES: &[&str] = &[
    "Europe/Madrid",
    "America/New_York",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "America/Asuncion",
    "Africa/Cairo",
    "America/St_Johns",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Tokyo",
];

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn changes(zone: &str, from: &str, until: &str) -> Vec<Timestamp> {
    let zone = check::time_zone(zone).unwrap();
    let changes = zone.following(instant(from)).map(|change| change.timestamp());
    changes.take_while(|at| *at < instant(until)).collect()
}

type Times = Vec<(u16, u16)>;

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// What an account could have written, as plain minutes.
#[derive(Debug, Clone, Default)]
struct Plan {
    zone: &'static str,
    weekly: [Times; 7],
    dates: BTreeMap<Date, Times>,
}

impl Plan {
    fn parse(&self) -> Result<BusinessHours, BadHours> {
        let spans = |times: &Times| times.iter().map(|(start, end)| [clock(*start), clock(*end)]).collect();
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = self.weekly.each_ref().map(spans);
        BusinessHours::parse(WrittenHours {
            time_zone: self.zone.to_owned(),
            weekly: WrittenWeek { monday, tuesday, wednesday, thursday, friday, saturday, sunday },
            holidays: self
                .dates
                .iter()
                .map(|(date, times)| WrittenHoliday::On { date: date.to_string(), open: spans(times) })
                .collect(),
        })
    }

    /// Takes those of the times that can be had together.
    fn of(zone: &'static str, weekly: [Times; 7], dates: BTreeMap<Date, Times>) -> Self {
        let mut plan = Plan { zone, ..Plan::default() };
        for (day, times) in weekly.into_iter().enumerate() {
            for time in times {
                plan.weekly[day].push(time);
                if plan.parse().is_err() {
                    plan.weekly[day].pop();
                }
            }
        }
        for (date, times) in dates {
            plan.dates.insert(date, Vec::new());
            for time in times {
                plan.dates.entry(date).or_default().push(time);
                if plan.parse().is_err() {
                    plan.dates.entry(date).or_default().pop();
                }
            }
        }
        plan
    }

    fn times_on(&self, date: Date) -> &Times {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap();
        self.dates.get(&date).unwrap_or(&self.weekly[weekday])
    }
}

/// What the wall clock of a zone reads, minute by minute, for some days on either side of an instant.
struct WallClock {
    start: Timestamp,
    first: Date,
    /// As minutes since the midnight with which `first` begins.
    reads: Vec<i64>,
}

/// The days on either side for which the clock is read, and for which the answer is known from it.
const READ: i32 = 6;
const KNOWN: i32 = 3;

impl WallClock {
    fn around(middle: Timestamp, zone: &str) -> Self {
        let zone = check::time_zone(zone).unwrap();
        let start = middle - SignedDuration::from_hours(24) * READ;
        let first = zone.to_datetime(start).date();
        let reads = (0..READ * 2 * 1440)
            .map(|minute| zone.to_datetime(start + MINUTE * minute))
            .map(|reads| minute_of(reads.date(), first) + i64::from(reads.hour()) * 60 + i64::from(reads.minute()));
        Self { start, first, reads: reads.collect() }
    }
}

fn minute_of(date: Date, first: Date) -> i64 {
    i64::from((date - first).get_days()) * 1440
}

/// Whether each minute is open, by the definition of a span and nothing else. Known for the three days in the middle and
/// some on either side.
struct Minutes {
    start: Timestamp,
    open: Vec<bool>,
}

impl Minutes {
    fn of<'a>(clock: &WallClock, times_on: impl Fn(Date) -> &'a [(u16, u16)]) -> Self {
        let mut open = vec![false; clock.reads.len()];
        for day in 0..2 * READ {
            let date = clock.first + day.days();
            for (start, end) in times_on(date) {
                let midnight = minute_of(date, clock.first);
                let end = i64::from(*end) + if end <= start { 1440 } else { 0 };
                let within = |reads: &i64| (midnight + i64::from(*start)..midnight + end).contains(reads);
                if let (Some(from), Some(last)) =
                    (clock.reads.iter().position(within), clock.reads.iter().rposition(within))
                {
                    open[from..=last].fill(true);
                }
            }
        }
        let edge = usize::try_from((READ - KNOWN) * 1440).unwrap();
        let start = clock.start + MINUTE * ((READ - KNOWN) * 1440);
        Self { start, open: open[edge..open.len() - edge].to_vec() }
    }

    fn at(&self, minute: usize) -> Timestamp {
        self.start + MINUTE * i32::try_from(minute).unwrap()
    }

    /// The first minute from one on that is open, or closed; None when it is beyond what is known.
    fn next(&self, from: usize, open: bool) -> Option<Timestamp> {
        self.open[from..].iter().position(|is| *is == open).map(|after| self.at(from + after))
    }

    /// The three days in the middle.
    fn middle(&self) -> std::ops::Range<usize> {
        let edge = self.open.len() / 4;
        edge..self.open.len() - edge
    }

    /// What the fast reading found, if the slow one knows it too.
    fn known(&self, found: Option<Timestamp>) -> Option<Timestamp> {
        found.filter(|at| *at < self.at(self.open.len()))
    }
}

#[track_caller]
fn agree(plan: &Plan, clock: &WallClock, step: usize) {
    let hours = plan.parse().unwrap();
    let slow = Minutes::of(clock, |date| plan.times_on(date));
    let last = slow.middle().end;
    for minute in slow.middle() {
        let (now, open) = (slow.at(minute), slow.open[minute]);
        assert_eq!(hours.open_at(now), open, "{now} {plan:?}");
        assert_eq!(
            hours.open_at(now + SignedDuration::from_nanos(59_999_999_999)),
            open,
            "the minute of {now} {plan:?}"
        );
        if minute % step == 0 {
            assert_eq!(slow.known(hours.next_open(now)), slow.next(minute, true), "{now} {plan:?}");
            let closes = slow.next(minute, false).filter(|_| open);
            assert_eq!(slow.known(hours.closes_at(now)), closes, "{now} {plan:?}");
            let minutes = slow.open[minute..last].iter().filter(|open| **open).count();
            let expected = MINUTE * i32::try_from(minutes).unwrap();
            assert_eq!(hours.open_time_between(now, slow.at(last)), expected, "{now} {plan:?}");
        }
    }
}

/// Times of day, most of them near those at which clocks change.
fn time() -> impl Strategy<Value = u16> {
    prop_oneof![4 => (0_u16..20).prop_map(|n| n * 15), 1 => (92_u16..96).prop_map(|n| n * 15), 1 => 0_u16..1440]
}

fn times(most: usize) -> impl Strategy<Value = Times> {
    let end = prop_oneof![9 => time(), 1 => Just(1440)];
    prop::collection::vec((time(), end), 0..=most)
}

fn any_plan(around: Date, zone: &'static str) -> impl Strategy<Value = Plan> {
    let week = prop::array::uniform7(times(3));
    (week, prop::collection::btree_map(-2_i32..=2, times(2), 0..3)).prop_map(move |(weekly, days)| {
        Plan::of(zone, weekly, days.into_iter().map(|(day, times)| (around + day.days(), times)).collect())
    })
}

/// A plan, and a change of its zone's clock.
fn plan_and_change() -> impl Strategy<Value = (Plan, Timestamp)> {
    let mut all: Vec<(&'static str, Timestamp)> = Vec::new();
    for zone in &ZONES[..12] {
        all.extend(changes(zone, "2023-01-01T00:00Z", "2027-01-01T00:00Z").into_iter().map(|at| (*zone, at)));
    }
    for zone in ["America/St_Johns", "Pacific/Apia"] {
        all.extend(changes(zone, "2009-01-01T00:00Z", "2012-06-01T00:00Z").into_iter().map(|at| (zone, at)));
    }
    any::<Index>().prop_flat_map(move |index| {
        let (zone, change) = *index.get(&all);
        let around = check::time_zone(zone).unwrap().to_datetime(change).date();
        (any_plan(around, zone), Just(change))
    })
}

fn any_plan_and_instant() -> impl Strategy<Value = (Plan, Timestamp)> {
    (any::<Index>(), 1_000_000_000_i64..2_200_000_000).prop_flat_map(|(zone, second)| {
        let (zone, now) = (*zone.get(ZONES), Timestamp::from_second(second).unwrap());
        let around = check::time_zone(zone).unwrap().to_datetime(now).date();
        (any_plan(around, zone), Just(now))
    })
}

/// Some moments from one up to, and without, another.
fn samples(from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
    let step = until.duration_since(from) / 97;
    (0..97).map(move |n| from + step * n).filter(move |at| *at < until)
}

#[test]
fn every_span_of_a_day_agrees_with_the_slow_reading_on_every_change_of_a_year() {
    let clocks = [0, 120, 150, 180, 1410];
    for zone in &ZONES[..5] {
        for change in changes(zone, "2026-01-01T00:00Z", "2027-01-01T00:00Z") {
            let clock = WallClock::around(change, zone);
            for (start, end) in clocks.iter().flat_map(|start| clocks.map(|end| (*start, end))) {
                let every_day = [const { Vec::new() }; 7].map(|_: Times| vec![(start, end)]);
                let plan = Plan { zone, weekly: every_day, ..Plan::default() };
                if plan.parse().is_ok() {
                    agree(&plan, &clock, 360);
                }
            }
        }
    }
}

#[test]
fn quiet_hours_agree_with_the_slow_reading_on_every_change_of_a_year() {
    for zone in &ZONES[..5] {
        for change in changes(zone, "2023-01-01T00:00Z", "2024-01-01T00:00Z") {
            let wall_clock = WallClock::around(change, zone);
            for (from, until) in [(1260, 480), (1410, 30), (105, 135), (150, 130), (130, 150), (60, 120), (120, 1440)] {
                let (time_zone, span) = ((*zone).to_owned(), [(from, until)]);
                let quiet = QuietHours::parse(WrittenQuietHours { from: clock(from), until: clock(until), time_zone });
                let quiet = quiet.unwrap();
                let slow = Minutes::of(&wall_clock, |_| &span);
                for minute in slow.middle() {
                    let now = slow.at(minute);
                    assert_eq!(quiet.is_quiet(now), slow.open[minute], "{now} {quiet:?}");
                    if minute % 5 == 0 {
                        assert_eq!(quiet.ends_at(now), slow.next(minute, false), "{now} {quiet:?}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_hours_agree_with_the_slow_reading_when_the_clocks_change((plan, change) in plan_and_change()) {
        agree(&plan, &WallClock::around(change, plan.zone), 61);
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is((plan, now) in any_plan_and_instant()) {
        let hours = plan.parse().unwrap();
        let opens = hours.next_open(now);
        prop_assert!(opens.is_none_or(|opens| opens >= now && hours.open_at(opens)));
        prop_assert_eq!(opens == Some(now), hours.open_at(now));
        let until = opens.unwrap_or(now + LOOKS_AHEAD);
        prop_assert!(samples(now, until).all(|between| !hours.open_at(between)));
        prop_assert!(samples(now, until).all(|between| hours.next_open(between) == opens));
        prop_assert_eq!(hours.open_time_between(now, until), SignedDuration::ZERO);
    }

    #[test]
    fn the_next_closing_is_closed_and_nothing_before_it_is((plan, now) in any_plan_and_instant()) {
        let hours = plan.parse().unwrap();
        if !hours.open_at(now) {
            prop_assert_eq!(hours.closes_at(now), None);
        }
        let Some(opens) = hours.next_open(now) else { return Ok(()) };
        let closes = hours.closes_at(opens);
        prop_assert!(closes.is_none_or(|closes| closes > opens && !hours.open_at(closes)));
        let until = closes.unwrap_or(opens + LOOKS_AHEAD);
        prop_assert!(samples(opens, until).all(|between| hours.open_at(between)));
        prop_assert_eq!(hours.open_time_between(opens, until), until.duration_since(opens));
    }

    #[test]
    fn after_so_much_open_time_it_has_been_open_for_so_long((plan, from) in any_plan_and_instant(), wanted in 0_i64..400_000) {
        let (hours, wanted): (BusinessHours, _) = (plan.parse().unwrap(), SignedDuration::from_secs(wanted));
        if let Some(at) = hours.after_open_time(from, wanted) {
            prop_assert!(at >= from && hours.open_at(at));
            prop_assert_eq!(hours.open_time_between(from, at), wanted);
        }
    }

    #[test]
    fn open_time_adds_up((plan, from) in any_plan_and_instant(), first in 0_i64..3_000_000, then in 0_i64..3_000_000) {
        let hours = plan.parse().unwrap();
        let between = from + SignedDuration::from_millis(first * 1_013);
        let until = between + SignedDuration::from_millis(then * 97);
        let whole = hours.open_time_between(from, until);
        prop_assert_eq!(whole, hours.open_time_between(from, between) + hours.open_time_between(between, until));
        prop_assert!(whole <= until.duration_since(from));
        prop_assert_eq!(hours.open_time_between(until, from), SignedDuration::ZERO);
    }
}
