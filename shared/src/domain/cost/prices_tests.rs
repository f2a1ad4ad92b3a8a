//! The list that is compiled in.

use super::*;
use crate::domain::cost::{
    Category, Kind, Wish,
    fixture::{at, country},
};

fn embedded() -> PriceList {
    PriceList::parse(PriceList::EMBEDDED).unwrap()
}

/// The price without any provider's fee, outside the window, or `-`.
#[track_caller]
fn check(code: &str, rate: Rate, day: &str, expected: &str) {
    let found = embedded().whatsapp(country(code), rate, day.parse().unwrap());
    let decimal = found.map_or("-".to_owned(), |found| found.price.decimal());
    assert_eq!(decimal, expected, "{code} {rate:?} {day}");
}

#[test]
fn every_market_has_a_price_for_every_category_on_the_lists_day() {
    let list = embedded();
    for (number, market) in list.names.iter().enumerate() {
        for rate in [Rate::Marketing, Rate::Utility, Rate::Authentication] {
            assert!(list.whatsapp.at(&(number, rate), list.as_of).is_some(), "{market} {rate:?}");
        }
    }
    assert_eq!(list.names.len(), 47); // The rows of Meta's card of October 2026.
}

#[test]
fn every_country_costs_something_known_in_every_way_on_the_lists_day() {
    let list = embedded();
    let kinds = [
        Kind::Service,
        Kind::Template(Category::Utility),
        Kind::Template(Category::Marketing),
        Kind::Template(Category::Authentication),
        Kind::Sms { segments: 1 },
    ];
    for code in (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| [a, b])) {
        let Some(country) = Country::parse(str::from_utf8(&code).unwrap()) else { continue };
        for kind in kinds {
            let wish = Wish {
                kind,
                country,
                provider: "twilio",
                at: at("2026-11-01T12:00:00Z"),
                window_open: true,
                free_entry: false,
                service_messages_this_month: None,
            };
            assert!(list.expected(&wish).amount.is_some_and(|money| money.micros > 0), "{country} {kind:?}");
        }
    }
}

#[test]
fn the_prices_of_some_well_known_markets_are_those_of_the_rate_cards() {
    for (code, marketing, utility) in [
        ("DE", "0.1365", "0.055"),
        ("GB", "0.0635", "0.022"),
        ("ES", "0.0707", "0.02"),
        ("BR", "0.0625", "0.0068"),
        ("IN", "0.0118", "0.0014"),
        ("CO", "0.0125", "0.0008"),
        ("US", "0.025", "0.0034"),
        ("CA", "0.025", "0.0034"),
        ("PL", "0.0366", "0.0122"),
        ("KZ", "0.0604", "0.018"),
        ("AT", "0.0592", "0.0171"),
        ("CZ", "0.086", "0.0212"),
        ("KE", "0.0225", "0.004"),
        ("JP", "0.0842", "0.0113"),
        ("JO", "0.0392", "0.0091"),
        ("PR", "0.074", "0.0113"),
        ("BS", "0.0604", "0.0077"),
    ] {
        let decimals = |text: &str| Money::parse(text, embedded().currency()).unwrap().decimal();
        check(code, Rate::Marketing, "2026-11-01", &decimals(marketing));
        for rate in [Rate::Utility, Rate::Authentication, Rate::Service] {
            check(code, rate, "2026-11-01", &decimals(utility));
        }
    }
}

#[test]
fn older_days_have_the_prices_of_then() {
    check("IT", Rate::Marketing, "2026-06-30", "0.0691");
    check("IT", Rate::Marketing, "2026-07-01", "0.0795");
    check("PL", Rate::Marketing, "2026-06-30", "0.086");
    check("ZW", Rate::Utility, "2025-09-30", "0.0077");
    check("ZW", Rate::Utility, "2025-10-01", "0.004");
    check("TR", Rate::Utility, "2026-03-31", "0.0053");
    check("TR", Rate::Utility, "2026-04-01", "0.0009");
    check("FR", Rate::Marketing, "2025-12-31", "0.1432");
    check("SA", Rate::Utility, "2025-09-30", "-");
    check("DE", Rate::Utility, "2025-06-30", "-");
    check("IN", Rate::AuthenticationInternational, "2026-11-01", "0.0304");
    check("DE", Rate::AuthenticationInternational, "2026-11-01", "-");
}

#[test]
fn a_country_goes_by_its_calling_code() {
    let market = |code| embedded().market(country(code), at("2026-11-01T00:00:00Z"));
    assert_eq!(market("JE").as_str(), "united_kingdom");
    assert_eq!(market("VA").as_str(), "italy");
    assert_eq!(market("DO").as_str(), "rest_of_latin_america");
    assert_eq!(market("BS").as_str(), "other");
    assert_eq!(market("UA").as_str(), "ukraine");
    assert_eq!(
        embedded().market(country("UA"), at("2026-09-30T23:59:59Z")).as_str(),
        "rest_of_central_and_eastern_europe"
    );
}
