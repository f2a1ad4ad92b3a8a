//! A guest's booking, as far as the fields that are kept of them tell. A system that knows bookings writes it there.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is known of it, each in the words that it was written in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Booking {
    pub number: Option<String>,
    pub room: Option<String>,
    pub check_in: Option<String>,
    pub check_out: Option<String>,
}

/// The names of fields that tell it, the likeliest first.
const NUMBER: [&str; 3] = ["booking_number", "booking", "reservation"];
const ROOM: [&str; 2] = ["room_number", "room"];
const CHECK_IN: [&str; 3] = ["check_in_date", "check_in", "arrival_date"];
const CHECK_OUT: [&str; 3] = ["check_out_date", "check_out", "departure_date"];

impl Booking {
    /// `None`: nothing of a booking is known.
    pub fn of(fields: &BTreeMap<String, String>) -> Option<Self> {
        let first = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)).cloned();
        let booking = Self {
            number: first(&NUMBER),
            room: first(&ROOM),
            check_in: first(&CHECK_IN),
            check_out: first(&CHECK_OUT),
        };
        (booking != Self::default()).then_some(booking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Option<Booking> {
        Booking::of(&fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_booking_is_what_its_fields_say() {
        assert_eq!(of(&[("company", "Acme")]), None);
        let said = of(&[("booking", "old"), ("booking_number", "B-7"), ("room", "12"), ("check_in_date", "2 March")]);
        let expected = Booking {
            number: Some("B-7".into()),
            room: Some("12".into()),
            check_in: Some("2 March".into()),
            check_out: None,
        };
        assert_eq!(said, Some(expected));
    }
}
