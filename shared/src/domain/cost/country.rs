//! The country that a message goes to, as far as its price depends on it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::calling_codes;
use crate::domain::contact::Address;

/// A country by its ISO 3166-1 alpha-2 code, one that has telephone numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Takes a code as ISO 3166 has it: `GB`, not `UK` or `gb`.
    pub fn parse(code: &str) -> Option<Self> {
        let code = <[u8; 2]>::try_from(code.as_bytes()).ok()?;
        calling_codes::knows(code).then_some(Self(code))
    }

    /// The country of a number in E.164 form, with or without its plus sign. A number that belongs to no country
    /// (satellite networks, international free numbers) has none.
    pub fn of_phone(e164: &str) -> Option<Self> {
        let digits = e164.strip_prefix('+').unwrap_or(e164).as_bytes();
        if !(calling_codes::LONGEST..=15).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        (1..=calling_codes::LONGEST).rev().find_map(|length| calling_codes::country(&digits[..length])).map(Self)
    }

    /// The country of a customer's address: of the number, or the one that a user id begins with (Meta, "business-scoped user
    /// IDs": `US.` and so on).
    pub fn of_address(address: &Address) -> Option<Self> {
        match address {
            Address::Phone(phone) => Self::of_phone(phone.digits()),
            Address::UserId(id) => Self::parse(id.split_once('.')?.0),
        }
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("the table has ASCII letters only")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
crate::domain::schema::text_schema!(Country, { "type": "string", "pattern": "^[A-Z]{2}$" });

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| de::Error::custom("not the ISO 3166 code of a country"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(phone: &str, expected: Option<&str>) {
        assert_eq!(Country::of_phone(phone).as_ref().map(Country::as_str), expected, "{phone}");
    }

    #[test]
    fn a_user_id_begins_with_its_country() {
        let of = |id: &str| Country::of_address(&Address::UserId(id.to_owned())).map(|country| country.to_string());
        assert_eq!(of("US.13491208655302741918").as_deref(), Some("US"));
        assert_eq!((of("XX.1"), of("US"), of("us.1")), (None, None, None));
    }

    #[test]
    fn a_number_has_the_country_of_its_calling_code() {
        check("+4915123456789", Some("DE"));
        check("4915123456789", Some("DE"));
        check("+5511999990000", Some("BR"));
        check("+971501234567", Some("AE"));
        check("+998901234567", Some("UZ"));
        check("+2348031234567", Some("NG"));
        check("+85251234567", Some("HK"));
    }

    #[test]
    fn plus_one_is_split_by_area_code() {
        check("+14155550100", Some("US"));
        check("+14165550100", Some("CA"));
        check("+18095550100", Some("DO"));
        check("+18765550100", Some("JM"));
        check("+16585550100", Some("JM"));
        check("+17875550100", Some("PR"));
        check("+12425550100", Some("BS"));
        check("+18005550100", Some("US"));
    }

    #[test]
    fn shared_codes_are_split_as_far_as_prices_differ() {
        check("+79161234567", Some("RU"));
        check("+77011234567", Some("KZ"));
        check("+76001234567", Some("KZ"));
        check("+447400123456", Some("GB"));
        check("+447781123456", Some("GG"));
        check("+447797712345", Some("JE"));
        check("+447624123456", Some("IM"));
        check("+393123456789", Some("IT"));
        check("+390669812345", Some("VA"));
        check("+3790669812345", Some("VA"));
        check("+262692123456", Some("RE"));
        check("+262639012345", Some("YT"));
        check("+59995181234", Some("CW"));
        check("+5993181234", Some("BQ"));
    }

    #[test]
    fn what_is_no_number_of_a_country_has_none() {
        check("", None);
        check("+", None);
        check("+49", None);
        check("+49 151 23456789", None);
        check("+4915123456789012", None);
        check("++4915123456789", None);
        check("+0915123456789", None);
        check("+870773111632", None);
        check("+80012345678", None);
        check("+٤٩١٥١٢٣٤٥", None);
    }

    #[test]
    fn only_codes_of_iso_3166_are_countries() {
        assert!(Country::parse("GB").is_some());
        for not in ["UK", "gb", "GBR", "", "G", "ZZ", "é"] {
            assert_eq!(Country::parse(not), None, "{not}");
        }
        assert_eq!(serde_json::from_str::<Country>("\"DE\"").unwrap().as_str(), "DE");
        assert!(serde_json::from_str::<Country>("\"XX\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,20}") {
            if let Some(country) = Country::of_phone(&text) {
                prop_assert_eq!(Country::parse(country.as_str()), Some(country));
            }
        }

        #[test]
        fn the_plus_sign_makes_no_difference(digits in "[0-9]{5,17}") {
            prop_assert_eq!(Country::of_phone(&digits), Country::of_phone(&format!("+{digits}")));
        }
    }
}
