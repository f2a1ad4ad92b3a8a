//! Business hours as people write them, in JSON.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// When it opens and when it closes, as `HH:MM`; closing may be `24:00`. Closing before opening is closing on the next
/// day.
pub type WrittenSpan = [String; 2];

/// Business hours as they are written; [`super::BusinessHours::parse`] checks them.
///
/// ```json
/// {
///   "time_zone": "Europe/Madrid",
///   "weekly": {"monday": [["09:00", "13:00"], ["15:00", "19:30"]], "friday": [["22:00", "02:00"]]},
///   "holidays": ["2026-12-25", {"date": "2026-12-24", "open": [["09:00", "12:00"]]}, {"every": "01-01"}]
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenHours {
    /// A name of the IANA time zone database, spelled as there.
    pub time_zone: String,
    pub weekly: WrittenWeek,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<WrittenHoliday>,
}

/// The spans that begin on each day of the week. A day that is left out is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenWeek {
    pub monday: Vec<WrittenSpan>,
    pub tuesday: Vec<WrittenSpan>,
    pub wednesday: Vec<WrittenSpan>,
    pub thursday: Vec<WrittenSpan>,
    pub friday: Vec<WrittenSpan>,
    pub saturday: Vec<WrittenSpan>,
    pub sunday: Vec<WrittenSpan>,
}

impl WrittenWeek {
    /// From Monday on, with their names.
    pub(super) fn days(&self) -> [(&'static str, &[WrittenSpan]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }
}

/// A day with hours of its own. Its spans replace those of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum WrittenHoliday {
    /// `"2026-12-25"`: closed on that date.
    Closed(String),
    /// `{"date": "2026-12-24", "open": [["09:00", "12:00"]]}`; without `open` it is closed.
    On {
        date: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[schemars(default)]
        open: Vec<WrittenSpan>,
    },
    /// `{"every": "01-01"}`: month and day, in every year; with `open` as above. `02-29` is in leap years alone.
    Every {
        every: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[schemars(default)]
        open: Vec<WrittenSpan>,
    },
}

/// The fields of both objects; read as one, so that an error can say what is wrong with it.
#[derive(Deserialize)]
#[serde(rename = "holiday", deny_unknown_fields)]
struct Fields {
    date: Option<String>,
    every: Option<String>,
    #[serde(default)]
    open: Vec<WrittenSpan>,
}

impl<'de> Deserialize<'de> for WrittenHoliday {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HolidayVisitor)
    }
}

struct HolidayVisitor;

impl<'de> Visitor<'de> for HolidayVisitor {
    type Value = WrittenHoliday;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("a date as YYYY-MM-DD, or an object with date or every")
    }

    fn visit_str<E: Error>(self, date: &str) -> Result<WrittenHoliday, E> {
        Ok(WrittenHoliday::Closed(date.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<WrittenHoliday, A::Error> {
        let Fields { date, every, open } = Fields::deserialize(MapAccessDeserializer::new(fields))?;
        match (date, every) {
            (Some(date), None) => Ok(WrittenHoliday::On { date, open }),
            (None, Some(every)) => Ok(WrittenHoliday::Every { every, open }),
            (Some(_), Some(_)) => Err(A::Error::custom("a holiday has either date or every, not both")),
            (None, None) => Err(A::Error::custom("a holiday needs date or every")),
        }
    }
}
