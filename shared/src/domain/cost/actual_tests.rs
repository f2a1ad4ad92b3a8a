//! What a message did cost, by its receipt.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::cost::{
    Money,
    fixture::{at, country, small},
};

const BEFORE: &str = "2026-09-30T23:59:59Z";
const AFTER: &str = "2026-10-01T00:00:00Z";

fn to_germany(provider: &'static str, time: &str) -> Delivered<'static> {
    Delivered { country: Some(country("DE")), provider, at: at(time) }
}

#[track_caller]
fn check(time: &str, pricing: &Value, amount: &str, why: &CostReason) {
    let cost = small().actual(&to_germany("meta", time), &Pricing::read(pricing).unwrap());
    let decimal = cost.amount.map_or("-".to_owned(), Money::decimal);
    assert_eq!((decimal.as_str(), &cost.why), (amount, why), "{pricing}");
}

fn charged(since: &str) -> CostReason {
    CostReason::Charged { market: "germany".to_owned().into(), since: since.parse().unwrap() }
}

#[test]
fn a_regular_message_costs_the_price_of_its_category() {
    let regular = |category| json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": category});
    check(BEFORE, &regular("utility"), "0.06", &charged("2026-07-01"));
    check(AFTER, &regular("service"), "0.06", &charged("2026-07-01"));
    check(AFTER, &regular("marketing"), "0.13", &charged("2025-07-01"));
    check(AFTER, &regular("marketing_lite"), "0.13", &charged("2025-07-01"));
    check(AFTER, &regular("authentication"), "0.04", &charged("2025-07-01"));
}

#[test]
fn a_free_message_costs_nothing_and_says_why() {
    let free = |kind, category| json!({"billable": false, "type": kind, "category": category});
    check(BEFORE, &free("free_customer_service", "service"), "0.00", &CostReason::WindowFree);
    check(AFTER, &free("free_customer_service", "service"), "0.00", &CostReason::FreeTier);
    check(BEFORE, &free("free_customer_service", "utility"), "0.00", &CostReason::WindowFree);
    check(AFTER, &free("free_customer_service", "utility"), "0.00", &CostReason::WindowFree);
    check(AFTER, &free("free_entry_point", "referral_conversion"), "0.00", &CostReason::FreeEntryPoint);
    check(AFTER, &free("free_group_customer_service", "group_service"), "0.00", &CostReason::NotBilled);
}

#[test]
fn the_type_rules_when_billable_is_missing_or_says_otherwise() {
    check(AFTER, &json!({"type": "regular", "category": "utility"}), "0.06", &charged("2026-07-01"));
    check(AFTER, &json!({"billable": false, "type": "regular", "category": "utility"}), "0.06", &charged("2026-07-01"));
    check(AFTER, &json!({"billable": true, "type": "free_entry_point"}), "0.00", &CostReason::FreeEntryPoint);
    check(AFTER, &json!({"type": "free_group_customer_service"}), "0.00", &CostReason::NotBilled);
}

#[test]
fn billable_rules_when_the_type_is_missing_or_new() {
    for kind in [Value::Null, json!("discounted"), json!(7)] {
        let with = |billable| json!({"billable": billable, "type": kind, "category": "utility"});
        check(AFTER, &with(true), "0.06", &charged("2026-07-01"));
        check(AFTER, &with(false), "0.00", &CostReason::NotBilled);
    }
    let entry = json!({"billable": false, "category": "referral_conversion"});
    check(AFTER, &entry, "0.00", &CostReason::FreeEntryPoint);
}

#[test]
fn what_a_receipt_does_not_say_is_not_made_up() {
    check(AFTER, &json!({}), "-", &CostReason::Unpriced);
    check(AFTER, &json!({"category": "utility"}), "-", &CostReason::Unpriced);
    check(AFTER, &json!({"type": "discounted", "category": "utility"}), "-", &CostReason::Unpriced);
    check(AFTER, &json!({"type": "regular"}), "-", &CostReason::Unpriced);
    check(AFTER, &json!({"type": "regular", "category": "general_purpose_ai"}), "-", &CostReason::Unpriced);
    check("2025-06-30T23:59:59Z", &json!({"billable": true, "category": "utility"}), "-", &CostReason::Unpriced);
}

#[test]
fn the_international_price_of_codes_is_its_own_and_is_spelled_in_two_ways() {
    for category in ["authentication-international", "authentication_international"] {
        let pricing = Pricing::read(&json!({"type": "regular", "category": category})).unwrap();
        let france = Delivered { country: Some(country("FR")), ..to_germany("meta", AFTER) };
        assert_eq!(small().actual(&france, &pricing).amount.unwrap().decimal(), "0.20");
        assert_eq!(small().actual(&to_germany("meta", AFTER), &pricing).amount, None);
    }
}

#[test]
fn the_providers_fee_is_part_of_what_it_did_cost() {
    let actual = |pricing| small().actual(&to_germany("twilio", AFTER), &Pricing::read(&pricing).unwrap());
    let cost = actual(json!({"type": "free_entry_point"}));
    assert_eq!(cost.amount.unwrap().decimal(), "0.005");
    assert_eq!(actual(json!({"type": "regular", "category": "utility"})).amount.unwrap().decimal(), "0.065");
    assert_eq!(actual(json!({})).amount, None);
}

#[test]
fn it_is_read_from_metas_object_and_written_in_short() {
    let pricing =
        Pricing::read(&json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"}));
    let json = serde_json::to_string(&pricing).unwrap();
    assert_eq!(json, r#"{"b":true,"t":"regular","c":"utility"}"#);
    assert_eq!(serde_json::from_str::<Pricing>(&json).ok(), pricing);
    assert_eq!(serde_json::to_string(&Pricing::default()).unwrap(), "{}");
}

#[test]
fn odd_values_are_absent_and_new_words_are_kept() {
    let odd = json!({"billable": "yes", "type": "", "category": "x".repeat(41), "cost": {"amount": 1}});
    assert_eq!(Pricing::read(&odd), Some(Pricing::default()));
    let new = Pricing::read(&json!({"type": "discounted", "category": "general_purpose_ai"})).unwrap();
    assert_eq!((new.kind.as_deref(), new.category.as_deref()), (Some("discounted"), Some("general_purpose_ai")));
    for not in [json!(null), json!("regular"), json!([]), json!(1)] {
        assert_eq!(Pricing::read(&not), None, "{not}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z_-]{0,45}".prop_map(Value::from),
        Just(json!("regular")),
        Just(json!("free_customer_service")),
        Just(json!("utility")),
    ]
}

proptest! {
    #[test]
    fn any_receipt_has_a_cost_that_is_not_below_zero(b in any_json(), t in any_json(), c in any_json()) {
        let pricing = Pricing::read(&json!({"billable": b, "type": t, "category": c})).unwrap();
        let cost = small().actual(&to_germany("twilio", AFTER), &pricing);
        prop_assert_eq!(cost.amount.is_none(), cost.why == CostReason::Unpriced);
        prop_assert!(cost.amount.is_none_or(|money| money.micros >= 5_000));

        let again = serde_json::from_str::<Pricing>(&serde_json::to_string(&pricing).unwrap()).unwrap();
        prop_assert_eq!(again, pricing);
    }
}
