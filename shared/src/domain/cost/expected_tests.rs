//! What a message would cost, by period, category and window.

use proptest::prelude::*;

use super::*;
use crate::domain::cost::{
    Money,
    fixture::{at, country, small},
};

/// The last second of the old rules and the first of the new ones.
const BEFORE: &str = "2026-09-30T23:59:59Z";
const AFTER: &str = "2026-10-01T00:00:00Z";

const SERVICE: Kind = Kind::Service;
const UTILITY: Kind = Kind::Template(Category::Utility);
const MARKETING: Kind = Kind::Template(Category::Marketing);
const AUTHENTICATION: Kind = Kind::Template(Category::Authentication);

/// A message to Germany, outside of every window, by a provider without a fee.
fn wish(kind: Kind, time: &str) -> Wish<'static> {
    Wish {
        kind,
        country: country("DE"),
        provider: "meta",
        at: at(time),
        window_open: false,
        free_entry: false,
        service_messages_this_month: Some(1000),
    }
}

fn in_window(wish: Wish<'static>) -> Wish<'static> {
    Wish { window_open: true, ..wish }
}

/// The amount in decimals (or `-`) and the reason in words.
#[track_caller]
fn check(wish: Wish<'_>, amount: &str, why: &str) {
    let cost = small().expected(&wish);
    let told = match &cost.why {
        CostReason::FreeEntryPoint => "free entry point".to_owned(),
        CostReason::WindowFree => "window free".to_owned(),
        CostReason::FreeTier => "free tier".to_owned(),
        CostReason::NotBilled => "not billed".to_owned(),
        CostReason::Charged { market, since } => format!("{market} since {since}"),
        CostReason::ChargedUnlessFree { market, since } => format!("{market} since {since} unless free"),
        CostReason::ChargedSms { country: Some(country), since } => format!("sms {country} since {since}"),
        CostReason::ChargedSms { country: None, since } => format!("sms since {since}"),
        CostReason::Unpriced => "unpriced".to_owned(),
    };
    let decimal = cost.amount.map_or("-".to_owned(), Money::decimal);
    assert_eq!((decimal.as_str(), told.as_str()), (amount, why), "{wish:?}");
}

#[test]
fn until_october_2026_utility_is_free_inside_the_window_and_charged_outside() {
    check(in_window(wish(UTILITY, BEFORE)), "0.00", "window free");
    check(wish(UTILITY, BEFORE), "0.06", "germany since 2026-07-01");
}

#[test]
fn from_october_2026_utility_is_charged_inside_the_window_too() {
    check(in_window(wish(UTILITY, AFTER)), "0.06", "germany since 2026-07-01");
    check(wish(UTILITY, AFTER), "0.06", "germany since 2026-07-01");
}

#[test]
fn service_messages_are_free_until_october_2026_and_then_cost_the_utility_price() {
    check(in_window(wish(SERVICE, BEFORE)), "0.00", "window free");
    check(in_window(wish(SERVICE, AFTER)), "0.06", "germany since 2026-07-01");
}

#[test]
fn a_price_of_its_own_for_service_messages_is_used_from_its_day_on() {
    check(wish(SERVICE, "2026-11-30T23:59:59Z"), "0.06", "germany since 2026-07-01");
    check(wish(SERVICE, "2026-12-01T00:00:00Z"), "0.07", "germany since 2026-12-01");
}

#[test]
fn the_first_thousand_service_messages_of_a_month_are_free_and_the_next_is_not() {
    let counted = |before| Wish { service_messages_this_month: Some(before), ..wish(SERVICE, AFTER) };
    check(counted(0), "0.00", "free tier");
    check(counted(999), "0.00", "free tier");
    check(counted(1000), "0.06", "germany since 2026-07-01");
}

#[test]
fn an_unknown_count_is_priced_as_above_the_free_tier_and_says_so() {
    let unknown = |kind, time| Wish { service_messages_this_month: None, ..wish(kind, time) };
    check(unknown(SERVICE, AFTER), "0.06", "germany since 2026-07-01 unless free");
    check(unknown(SERVICE, BEFORE), "0.00", "window free");
    check(unknown(UTILITY, AFTER), "0.06", "germany since 2026-07-01");
}

#[test]
fn the_free_tier_is_for_service_messages_alone() {
    let first = |kind| Wish { service_messages_this_month: Some(0), ..in_window(wish(kind, AFTER)) };
    check(first(UTILITY), "0.06", "germany since 2026-07-01");
    check(first(MARKETING), "0.13", "germany since 2025-07-01");
    check(first(AUTHENTICATION), "0.04", "germany since 2025-07-01");
}

#[test]
fn marketing_and_authentication_are_charged_inside_and_outside_the_window() {
    for time in [BEFORE, AFTER] {
        check(in_window(wish(MARKETING, time)), "0.13", "germany since 2025-07-01");
        check(wish(MARKETING, time), "0.13", "germany since 2025-07-01");
        check(in_window(wish(AUTHENTICATION, time)), "0.04", "germany since 2025-07-01");
        check(wish(AUTHENTICATION, time), "0.04", "germany since 2025-07-01");
    }
}

#[test]
fn after_a_free_entry_point_everything_is_free() {
    for time in [BEFORE, AFTER] {
        for kind in [SERVICE, UTILITY, MARKETING, AUTHENTICATION] {
            check(Wish { free_entry: true, ..wish(kind, time) }, "0.00", "free entry point");
        }
    }
    let sms = Wish { free_entry: true, ..wish(Kind::Sms { segments: 1 }, AFTER) };
    check(sms, "0.112", "sms DE since 2026-01-01");
}

#[test]
fn a_price_holds_from_midnight_utc_of_its_day() {
    check(wish(UTILITY, "2025-07-01T00:00:00Z"), "0.05", "germany since 2025-07-01");
    check(wish(UTILITY, "2026-06-30T23:59:59.999Z"), "0.05", "germany since 2025-07-01");
    check(wish(UTILITY, "2026-07-01T00:00:00Z"), "0.06", "germany since 2026-07-01");
    check(wish(UTILITY, "2026-07-01T01:59:59+02:00"), "0.05", "germany since 2025-07-01");
}

#[test]
fn a_country_moves_to_its_own_market_on_its_day() {
    let to = |code, time| Wish { country: country(code), ..wish(UTILITY, time) };
    check(to("PL", "2026-06-30T23:59:59Z"), "0.02", "east since 2025-07-01");
    check(to("PL", "2026-07-01T00:00:00Z"), "0.01", "poland since 2026-07-01");
    check(to("CZ", "2026-07-01T00:00:00Z"), "0.02", "east since 2025-07-01");
    check(to("FR", "2026-07-01T00:00:00Z"), "0.03", "other since 2025-07-01");
}

#[test]
fn what_has_no_price_has_no_amount() {
    check(Wish { country: country("CZ"), ..wish(MARKETING, AFTER) }, "-", "unpriced");
    check(Wish { provider: "twilio", country: country("CZ"), ..wish(MARKETING, AFTER) }, "-", "unpriced");
    check(wish(Kind::Sms { segments: 1 }, "2025-12-31T23:59:59Z"), "-", "unpriced");
}

#[test]
fn before_meta_charged_for_messages_even_what_is_free_now_has_no_price() {
    let time = "2025-06-30T23:59:59Z";
    for kind in [SERVICE, UTILITY, MARKETING] {
        check(in_window(wish(kind, time)), "-", "unpriced");
        check(Wish { free_entry: true, ..wish(kind, time) }, "-", "unpriced");
    }
}

#[test]
fn an_sms_costs_its_segments_and_never_less_than_one() {
    let sms = |segments| wish(Kind::Sms { segments }, AFTER);
    check(sms(0), "0.112", "sms DE since 2026-01-01");
    check(sms(1), "0.112", "sms DE since 2026-01-01");
    check(sms(3), "0.336", "sms DE since 2026-01-01");
}

#[test]
fn an_sms_to_a_country_without_a_price_costs_the_default_one_and_says_so() {
    let sms = |time| Wish { country: country("FR"), ..wish(Kind::Sms { segments: 2 }, time) };
    check(sms(AFTER), "0.80", "sms since 2026-06-01");
    check(sms("2026-05-31T23:59:59Z"), "-", "unpriced");
}

#[test]
fn the_providers_fee_comes_on_top_even_of_what_is_free() {
    let twilio = |wish: Wish<'static>| Wish { provider: "twilio", ..wish };
    check(twilio(wish(UTILITY, AFTER)), "0.065", "germany since 2026-07-01");
    check(twilio(in_window(wish(SERVICE, BEFORE))), "0.005", "window free");
    check(twilio(Wish { free_entry: true, ..wish(MARKETING, AFTER) }), "0.005", "free entry point");
    check(twilio(wish(Kind::Sms { segments: 1 }, AFTER)), "0.112", "sms DE since 2026-01-01");

    let cost = small().expected(&twilio(wish(UTILITY, AFTER)));
    assert_eq!(cost.provider_fee.map(|fee| fee.micros), Some(5_000));
    assert_eq!(small().expected(&wish(UTILITY, AFTER)).provider_fee, None);
}

fn any_wish() -> impl Strategy<Value = Wish<'static>> {
    let kind = prop_oneof![
        Just(SERVICE),
        Just(UTILITY),
        Just(MARKETING),
        Just(AUTHENTICATION),
        any::<u32>().prop_map(|segments| Kind::Sms { segments }),
    ];
    let country = prop::sample::select(vec!["DE", "PL", "CZ", "FR", "US"]).prop_map(country);
    let provider = prop::sample::select(vec!["meta", "twilio", ""]);
    let seconds = 1_700_000_000_i64..1_900_000_000;
    (kind, country, provider, seconds, any::<(bool, bool, Option<u32>)>()).prop_map(
        |(kind, country, provider, seconds, (window_open, free_entry, service_messages_this_month))| Wish {
            kind,
            country,
            provider,
            at: Timestamp::from_second(seconds).unwrap(),
            window_open,
            free_entry,
            service_messages_this_month,
        },
    )
}

proptest! {
    #[test]
    fn no_cost_is_below_zero_and_only_what_is_unpriced_has_none(wish in any_wish()) {
        let cost = small().expected(&wish);
        prop_assert_eq!(cost.amount.is_none(), cost.why == CostReason::Unpriced);
        prop_assert!(cost.amount.is_none_or(|money| money.micros >= 0));
        prop_assert!(cost.provider_fee.is_none_or(|fee| cost.amount.unwrap().micros >= fee.micros));
    }

    #[test]
    fn more_segments_never_cost_less(wish in any_wish(), a: u32, b: u32) {
        let cost = |segments| small().expected(&Wish { kind: Kind::Sms { segments }, ..wish }).amount;
        let (fewer, more) = (cost(a.min(b)), cost(a.max(b)));
        prop_assert_eq!(fewer.is_none(), more.is_none());
        prop_assert!(fewer.map(|money| money.micros) <= more.map(|money| money.micros));
    }

    #[test]
    fn an_unknown_count_never_makes_it_cheaper(wish in any_wish(), count: u32) {
        let known = small().expected(&Wish { service_messages_this_month: Some(count), ..wish });
        let unknown = small().expected(&Wish { service_messages_this_month: None, ..wish });
        prop_assert!(unknown.amount.map(|money| money.micros) >= known.amount.map(|money| money.micros));
    }
}
