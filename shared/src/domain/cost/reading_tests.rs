//! Price lists that are wrong are refused with their field.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::cost::fixture::SMALL;

/// Reads the small list after a change to it.
#[track_caller]
fn check(change: impl FnOnce(&mut Value), field: &str, message: &str) {
    let mut list: Value = serde_json::from_str(SMALL).unwrap();
    change(&mut list);
    let error = read(&list.to_string()).unwrap_err();
    assert_eq!(error.field, field, "{error}");
    assert!(error.message.contains(message), "{error}");
}

/// Sets what a JSON pointer points to.
fn set(pointer: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |list| *list.pointer_mut(pointer).unwrap() = value
}

fn push(pointer: &'static str, row: Value) -> impl FnOnce(&mut Value) {
    move |list| list.pointer_mut(pointer).unwrap().as_array_mut().unwrap().push(row)
}

#[test]
fn the_small_list_is_fine() {
    let list = read(SMALL).unwrap();
    assert_eq!(list.as_of().to_string(), "2026-11-01");
    assert_eq!(list.currency().as_str(), "USD");
    assert_eq!(list.free_service_messages(), 1000);
}

#[test]
fn a_file_that_is_not_a_price_list_says_where() {
    let error = read("{\n\"as_of\": 1}").unwrap_err();
    assert_eq!(error.field, "file");
    assert!(error.message.contains("line 2"), "{error}");
    assert_eq!(read("").unwrap_err().field, "file");
    check(|list| list["colour"] = json!("red"), "file", "colour");
    check(|list| drop(list.as_object_mut().unwrap().remove("elsewhere")), "file", "elsewhere");
}

#[test]
fn a_bad_day_is_refused() {
    check(set("/as_of", json!("1.11.2026")), "as_of", "write a day as 2026-10-01");
    check(set("/per_message_since", json!("2026-02-30")), "per_message_since", "2026-02-30");
    check(set("/utility_free_in_window_until", json!("20261001")), "utility_free_in_window_until", "20261001");
    let time = json!("2026-10-01T00:00");
    check(set("/service_messages/charged_since", time), "service_messages.charged_since", "write a day");
    check(set("/markets/2/since", json!("")), "markets[2].since", "write a day");
    check(set("/whatsapp/1/since", json!("2026-13-01")), "whatsapp[1].since", "write a day");
    check(set("/sms/0/since", json!("now")), "sms[0].since", "write a day");
    check(set("/provider_fees/0/since", json!("x")), "provider_fees[0].since", "write a day");
}

#[test]
fn a_bad_currency_is_refused() {
    check(set("/currency", json!("usd")), "currency", "three capital letters");
}

#[test]
fn a_market_that_no_row_names_is_refused() {
    check(set("/whatsapp/0/market", json!("germny")), "whatsapp[0].market", "there is no market \"germny\"");
    check(set("/markets/0/market", json!("West Germany")), "markets[0].market", "small letters");
    check(set("/elsewhere", json!("")), "elsewhere", "small letters");
}

#[test]
fn a_country_is_in_one_market_at_a_time() {
    let row = json!({"market": "germany", "since": "2025-07-01", "countries": ["FR", "CZ"]});
    check(push("/markets", row), "markets[3].countries[1]", "CZ is in two markets since 2025-07-01");
    check(set("/markets/0/countries", json!(["DE", "DE"])), "markets[0].countries[1]", "DE is in two markets");
}

#[test]
fn a_country_that_does_not_exist_is_refused() {
    check(set("/markets/0/countries", json!(["UK"])), "markets[0].countries[0]", "no country \"UK\"");
    check(set("/sms/0/country", json!("de")), "sms[0].country", "no country \"de\"");
}

#[test]
fn two_prices_of_one_day_are_refused() {
    let row = json!({"market": "germany", "since": "2026-07-01", "marketing": "0.1", "utility": "0.1"});
    check(push("/whatsapp", row), "whatsapp[6].utility", "germany has two prices since 2026-07-01");
    let row = json!({"country": "DE", "since": "2026-01-01", "price_per_segment": "1"});
    check(push("/sms", row), "sms[2].country", "DE has two prices since 2026-01-01");
    let row = json!({"country": "default", "since": "2026-06-01", "price_per_segment": "1"});
    check(push("/sms", row), "sms[2].country", "default has two prices");
    let row = json!({"provider": "twilio", "since": "2025-07-01", "per_message": "1"});
    check(push("/provider_fees", row), "provider_fees[1].provider", "twilio has two fees since 2025-07-01");
}

#[test]
fn a_price_is_a_decimal_string_of_a_sensible_size() {
    check(set("/whatsapp/0/marketing", json!("-0.1")), "whatsapp[0].marketing", "below zero");
    check(
        set("/whatsapp/0/utility", json!("0,05")),
        "whatsapp[0].utility",
        "digits with a point: 0.0125, not \"0,05\"",
    );
    check(set("/whatsapp/0/utility", json!("0.00000001")), "whatsapp[0].utility", "smaller than");
    check(set("/whatsapp/0/authentication", json!("1000000.000001")), "whatsapp[0].authentication", "one message");
    check(set("/whatsapp/5/authentication_international", json!("x")), "whatsapp[5].authentication_international", "x");
    check(set("/whatsapp/2/service", json!("")), "whatsapp[2].service", "digits");
    check(set("/sms/0/price_per_segment", json!("-1")), "sms[0].price_per_segment", "below zero");
    check(set("/provider_fees/0/per_message", json!("-0.000001")), "provider_fees[0].per_message", "below zero");
}

#[test]
fn a_price_written_as_a_number_is_refused() {
    check(set("/whatsapp/0/marketing", json!(0.1)), "whatsapp[0]", "floating point");
}

#[test]
fn a_row_says_something_and_nothing_unknown() {
    check(set("/whatsapp/3", json!({"market": "east", "since": "2026-01-01"})), "whatsapp[3]", "at least one price");
    check(|list| list["whatsapp"][3]["utilty"] = json!("1"), "whatsapp[3]", "utilty");
    check(set("/sms/0", json!("DE")), "sms[0]", "invalid type");
    check(set("/provider_fees/0/provider", json!("")), "provider_fees[0].provider", "name the provider");
    check(set("/service_messages/free_per_number_and_month", json!(-1)), "service_messages", "invalid value");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
        prop_assert!(read(&text).is_err());
    }

    #[test]
    fn any_value_in_any_place_is_read_without_a_panic(place in 0..60_usize, text in "[0-9a-zA-Z.,_-]{0,12}") {
        let mut list: Value = serde_json::from_str(SMALL).unwrap();
        let mut strings = Vec::new();
        collect(&mut list, &mut strings);
        let count = strings.len();
        *strings[place % count] = text;
        drop(strings);
        let _ = read(&list.to_string());
    }
}

fn collect<'a>(value: &'a mut Value, strings: &mut Vec<&'a mut String>) {
    match value {
        Value::String(text) => strings.push(text),
        Value::Array(rows) => rows.iter_mut().for_each(|row| collect(row, strings)),
        Value::Object(fields) => fields.values_mut().for_each(|field| collect(field, strings)),
        _ => {}
    }
}
