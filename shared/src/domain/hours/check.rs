//! Reading business hours: everything that can be wrong with them is found here, and named by its field.

use std::collections::BTreeMap;

use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{BusinessHours, WrittenHoliday, WrittenHours, WrittenSpan, wall::Span};

const MOST_HOLIDAYS: usize = 400;
const MOST_SPANS: usize = 12;

/// Why hours cannot be saved, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadHours {
    /// Such as `weekly.monday[1]` or `holidays[3].date`.
    pub field: String,
    pub message: String,
}

impl BadHours {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl BusinessHours {
    /// Checks what was written. The first thing that is wrong is named.
    pub fn parse(written: WrittenHours) -> Result<Self, BadHours> {
        let zone = time_zone(&written.time_zone)?;
        let weekly = week(&written)?;
        let (mut dates, mut every_year) = (BTreeMap::new(), BTreeMap::new());
        if written.holidays.len() > MOST_HOLIDAYS {
            return Err(BadHours::new("holidays", format!("there may be at most {MOST_HOLIDAYS}: drop those gone by")));
        }
        for (index, holiday) in written.holidays.iter().enumerate() {
            let entry = format!("holidays[{index}]");
            let (named, is_new) = match holiday {
                WrittenHoliday::Closed(date) => {
                    let day = one_date(date).ok_or_else(|| bad_date(entry.clone()))?;
                    (entry, dates.insert(day, Vec::new()).is_none())
                }
                WrittenHoliday::On { date, open } => {
                    let named = format!("{entry}.date");
                    let day = one_date(date).ok_or_else(|| bad_date(named.clone()))?;
                    (named, dates.insert(day, in_order(spans(&format!("{entry}.open"), open)?)).is_none())
                }
                WrittenHoliday::Every { every, open } => {
                    let named = format!("{entry}.every");
                    let day = day_of_year(every).ok_or_else(|| {
                        BadHours::new(named.clone(), "write a day that exists, as MM-DD: month, then day")
                    })?;
                    (named, every_year.insert(day, in_order(spans(&format!("{entry}.open"), open)?)).is_none())
                }
            };
            if !is_new {
                return Err(BadHours::new(
                    named,
                    "an earlier holiday already has this day: write all of its hours there",
                ));
            }
        }
        Ok(Self { written, zone, weekly, dates, every_year })
    }
}

impl TryFrom<WrittenHours> for BusinessHours {
    type Error = BadHours;

    fn try_from(written: WrittenHours) -> Result<Self, BadHours> {
        Self::parse(written)
    }
}

impl From<BusinessHours> for WrittenHours {
    fn from(hours: BusinessHours) -> Self {
        hours.written
    }
}

/// The zone of the rules that come with the program, so that a test and a server read the same. Its name is spelled as
/// in the database: one place has one name.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, BadHours> {
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    zone.filter(|zone| zone.iana_name() == Some(name))
        .ok_or_else(|| BadHours::new("time_zone", "not a known time zone: write its name as in Europe/Madrid"))
}

fn week(written: &WrittenHours) -> Result<[Vec<Span>; 7], BadHours> {
    let mut weekly: [Vec<Span>; 7] = Default::default();
    let days = written.weekly.days();
    for (day, (name, written)) in weekly.iter_mut().zip(days) {
        *day = spans(&format!("weekly.{name}"), written)?;
    }
    for (today, (name, _)) in days.iter().enumerate() {
        let (next_name, next_written) = days[(today + 1) % 7];
        for (index, span) in weekly[today].iter().enumerate() {
            let into = weekly[(today + 1) % 7].iter().position(|next| span.runs_into(*next));
            if let Some([start, end]) = into.map(|into| &next_written[into]) {
                let message = format!("runs into {next_name}'s {start} to {end}: end it before, or join the two");
                return Err(BadHours::new(format!("weekly.{name}[{index}]"), message));
            }
        }
    }
    Ok(weekly.map(in_order))
}

/// The spans of one day, as they were written.
fn spans(field: &str, written: &[WrittenSpan]) -> Result<Vec<Span>, BadHours> {
    if written.len() > MOST_SPANS {
        return Err(BadHours::new(field, format!("a day may have at most {MOST_SPANS} spans")));
    }
    let mut spans: Vec<Span> = Vec::with_capacity(written.len());
    for (index, [start, end]) in written.iter().enumerate() {
        let bad = |message: String| BadHours::new(format!("{field}[{index}]"), message);
        let from = time_of_day(start).ok_or_else(|| bad("write the start as HH:MM, from 00:00 to 23:59".into()))?;
        let until = end_of_day(end).ok_or_else(|| bad("write the end as HH:MM, from 00:00 to 24:00".into()))?;
        let span = Span::new(from, until).ok_or_else(|| {
            bad("starts and ends at the same time: a whole day is 00:00 to 24:00, and a closed one has no span".into())
        })?;
        if let Some(other) = spans.iter().position(|other| other.overlaps(span)) {
            let [start, end] = &written[other];
            return Err(bad(format!("overlaps with {start} to {end}: join the two, or move one")));
        }
        spans.push(span);
    }
    Ok(spans)
}

fn in_order(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans
}

/// Minutes since midnight.
pub(super) fn time_of_day(text: &str) -> Option<u16> {
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let (hour, minute) = (number(&[h1, h2])?, number(&[m1, m2])?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// A time of day, or 24:00.
pub(super) fn end_of_day(text: &str) -> Option<u16> {
    if text == "24:00" { Some(24 * 60) } else { time_of_day(text) }
}

fn one_date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = month_and_day(rest.strip_prefix('-')?)?;
    Date::new(i16::try_from(number(year.as_bytes())?).ok()?, month, day).ok()
}

fn day_of_year(text: &str) -> Option<(i8, i8)> {
    let (month, day) = month_and_day(text)?;
    // A leap year has every day that any year has.
    Date::new(2000, month, day).ok().map(|_| (month, day))
}

fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let &[m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    Some((i8::try_from(number(&[m1, m2])?).ok()?, i8::try_from(number(&[d1, d2])?).ok()?))
}

/// At most four digits, so that it cannot overflow.
fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u16::from(digit - b'0')))
}

fn bad_date(field: String) -> BadHours {
    BadHours::new(field, "write a date that exists, as YYYY-MM-DD")
}
