//! Phone numbers. What people type goes through libphonenumber's rules; what providers send and what we stored
//! only through a check of the E.164 shape.

use std::fmt;

use serde::{Deserialize, Serialize, de};

/// A phone number in E.164 form, with its plus sign. `Debug` shows the last two digits only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    #[error("a phone number needs its country code, written with a plus sign: +16505551234")]
    NoCountryCode,
    #[error("not a valid phone number")]
    Invalid,
}

impl Phone {
    /// Reads a number as people write it (`+1 650-555-1234`), by the national numbering rules.
    pub fn parse(text: &str) -> Result<Self, BadPhone> {
        let text = text.trim();
        if !text.starts_with('+') {
            return Err(BadPhone::NoCountryCode);
        }
        // Letters would be left out or dialled as on a keypad, and the message would go to somebody else.
        if text.len() > 40 || text.chars().any(char::is_alphabetic) {
            return Err(BadPhone::Invalid);
        }
        let number = phonenumber::parse(None, text).map_err(|_| BadPhone::Invalid)?;
        // National ranges change faster than any table: a number that has the right shape but lies in a range the
        // table does not know is still taken.
        let e164 = number.format().mode(phonenumber::Mode::E164).to_string();
        Self::from_e164(&e164).ok_or(BadPhone::Invalid)
    }

    /// Takes what a provider or a row holds: digits with or without the plus sign, by shape alone.
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let fine =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        fine.then(|| Self(format!("+{digits}")))
    }

    /// With the plus sign: `+16505551234`.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// Without the plus sign, as in a wa.me link: `16505551234`.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+…{}", &self.0[self.0.len() - 2..])
    }
}
super::schema::text_schema!(Phone, { "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$" });
impl Serialize for Phone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_e164(&text).ok_or_else(|| de::Error::custom("not a phone number in E.164 form"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, BadPhone>) {
        assert_eq!(Phone::parse(text).as_ref().map(Phone::as_e164), expected.as_ref().map(|s| *s), "{text}");
    }

    #[test]
    fn people_may_write_a_number_in_their_own_way() {
        check("+1 650-253-0000", Ok("+16502530000"));
        check(" +44 (20) 7031 3000", Ok("+442070313000"));
        check("+1 650 555 1234", Ok("+16505551234"));
    }

    #[test]
    fn a_number_without_its_country_or_without_sense_is_refused_with_the_reason() {
        check("6502530000", Err(BadPhone::NoCountryCode));
        check("", Err(BadPhone::NoCountryCode));
        check("+", Err(BadPhone::Invalid));
        check("+abc", Err(BadPhone::Invalid));
        check("+1 2", Err(BadPhone::Invalid));
        check("+1 650 555 abc", Err(BadPhone::Invalid));
        check("+1 650 555 1234 ext. 5", Err(BadPhone::Invalid));
        check(&format!("+{}", "1".repeat(3000)), Err(BadPhone::Invalid));
    }

    #[test]
    fn the_debug_form_hides_the_number() {
        assert_eq!(format!("{:?}", Phone::from_e164("+16505551234").unwrap()), "+…34");
    }
}
