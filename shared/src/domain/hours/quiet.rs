//! When a contact does not want to be disturbed.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    BadHours,
    check::{end_of_day, time_of_day, time_zone},
    wall::{self, Span, Stretch},
};

/// Quiet hours as they are written: `{"from": "21:00", "until": "08:00", "time_zone": "Europe/Stockholm"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenQuietHours {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, up to `24:00`; on the next day when it is before `from`.
    pub until: String,
    /// A name of the IANA time zone database, spelled as there.
    pub time_zone: String,
}

/// The hours of every day at which a contact is left alone, checked. When the clocks change they are read as business
/// hours are, which errs on the quiet side: a repeated hour that they name is quiet both times.
///
/// In JSON it is a [`WrittenQuietHours`], both ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenQuietHours", into = "WrittenQuietHours")]
pub struct QuietHours {
    written: WrittenQuietHours,
    zone: TimeZone,
    /// The one span of every day.
    span: [Span; 1],
}

crate::domain::schema::schema_as!(QuietHours, WrittenQuietHours);

impl QuietHours {
    /// Checks what was written.
    pub fn parse(written: WrittenQuietHours) -> Result<Self, BadHours> {
        let zone = time_zone(&written.time_zone)?;
        let from = time_of_day(&written.from)
            .ok_or_else(|| BadHours::new("from", "write the time as HH:MM, from 00:00 to 23:59"))?;
        let until = end_of_day(&written.until)
            .ok_or_else(|| BadHours::new("until", "write the time as HH:MM, from 00:00 to 24:00"))?;
        let span = Span::new(from, until).filter(|_| from != until % (24 * 60));
        let span = span.ok_or_else(|| {
            BadHours::new("until", "must be another time than from: quiet hours leave a part of the day")
        })?;
        Ok(Self { written, zone, span: [span] })
    }

    /// As they were written.
    pub fn written(&self) -> &WrittenQuietHours {
        &self.written
    }

    pub fn is_quiet(&self, now: Timestamp) -> bool {
        self.stretches(now, now).next().is_some()
    }

    /// The first moment from `now` on that is not quiet: `now` itself when it is not. None only at the end of the
    /// calendar.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        wall::first_outside(self.stretches(now, wall::ahead(now)), now)
    }

    fn stretches(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Stretch> {
        wall::stretches(&self.zone, from, until, |_| &self.span)
    }
}

impl TryFrom<WrittenQuietHours> for QuietHours {
    type Error = BadHours;

    fn try_from(written: WrittenQuietHours) -> Result<Self, BadHours> {
        Self::parse(written)
    }
}

impl From<QuietHours> for WrittenQuietHours {
    fn from(hours: QuietHours) -> Self {
        hours.written
    }
}

#[cfg(test)]
#[path = "quiet_tests.rs"]
mod tests;
