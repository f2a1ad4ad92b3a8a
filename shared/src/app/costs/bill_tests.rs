//! What made-up days come to, by a list with few prices: a service message in Germany is 0.05, in Poland 0.02.

use serde_json::json;

use super::*;
use crate::domain::{
    channel::Channel,
    cost::{Country, Currency, PriceList},
};

const LIST: &str = r#"{
    "as_of": "2026-11-01",
    "currency": "USD",
    "per_message_since": "2025-07-01",
    "utility_free_in_window_until": "2026-10-01",
    "service_messages": { "charged_since": "2026-10-01", "free_per_number_and_month": 1000 },
    "elsewhere": "other",
    "markets": [
        { "market": "germany", "since": "2025-07-01", "countries": ["DE"] },
        { "market": "poland", "since": "2025-07-01", "countries": ["PL"] }
    ],
    "whatsapp": [
        { "market": "germany", "since": "2025-07-01", "utility": "0.05", "marketing": "0.13" },
        { "market": "poland", "since": "2025-07-01", "utility": "0.02" }
    ],
    "sms": [{ "country": "default", "since": "2026-01-01", "price_per_segment": "0.1" }],
    "provider_fees": [{ "provider": "twilio", "since": "2025-07-01", "per_message": "0.005" }]
}"#;

fn tariff() -> Tariff {
    let channel = |id: &str, provider: &str, phone: &str| -> Channel {
        serde_json::from_value(json!({ "id": id, "medium": "whatsapp", "provider": provider, "endpoint": "e",
            "number": "1", "phone": phone, "credentials": "token", "display_name": "Hotel" }))
        .unwrap()
    };
    let channels = vec![
        channel("desk", "meta", "+491700000001"),
        channel("bar", "meta", "+491700000002"),
        channel("desk-too", "meta", "+491700000001"),
        channel("spa", "twilio", "+491700000003"),
    ];
    Tariff::new(Arc::new(PriceList::parse(LIST).unwrap()), true, channels)
}

fn usd(micros: i64) -> Money {
    Money { micros, currency: Currency::parse("USD").unwrap() }
}

/// `messages` that were read, each expected to cost `quote`.
fn line(channel: &str, way: &str, country: &str, messages: u64, quote: Option<i64>) -> RollupLine {
    let mut expected = Totals::default();
    expected.add_each(quote.map(usd), messages);
    let group = Group {
        channel: channel.parse().unwrap(),
        direction: "outbound".to_owned(),
        way: Some(way.to_owned()),
        state: "read".to_owned(),
        template: None,
        team: None,
        purpose: None,
        language: None,
        country: Country::parse(country),
        pricing: None,
        failure: None,
    };
    RollupLine { group, messages, taken: expected.clone(), expected }
}

fn charged_as(kind: &str, category: &str, mut line: RollupLine) -> RollupLine {
    line.group.pricing = Pricing::read(&json!({ "type": kind, "category": category }));
    line
}

/// Regular service messages to Germany.
fn service(channel: &str, messages: u64) -> RollupLine {
    charged_as("regular", "service", line(channel, "free_form", "DE", messages, Some(50_000)))
}

fn day(text: &str, lines: Vec<RollupLine>) -> Rollup {
    let day = text.parse().unwrap();
    let made_at = "2027-01-01T00:00:00Z".parse().unwrap();
    Rollup { v: LEAST, day, made_at, lines, answers: vec![], came_back: BTreeMap::new() }
}

/// The actual costs by day, in millionths, and how many messages have none.
#[track_caller]
fn check(days: &[Rollup], expected: &[(&str, i64, u64)]) {
    let mut found: BTreeMap<Day, Totals> = BTreeMap::new();
    for line in bill(&tariff(), days) {
        found.entry(line.day).or_default().merge(&line.actual);
    }
    let micros = |totals: &Totals| totals.sums().map(|money| money.micros).sum::<i64>();
    let found: Vec<(String, i64, u64)> =
        found.iter().map(|(day, it)| (day.to_string(), micros(it), it.unpriced())).collect();
    let expected: Vec<_> = expected.iter().map(|(day, sum, none)| ((*day).to_owned(), *sum, *none)).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_free_messages_of_a_month_go_to_its_days_in_order_and_every_month_has_its_own() {
    check(
        &[
            day("2026-11-01", vec![service("desk", 600)]),
            day("2026-11-02", vec![service("desk", 500)]),
            day("2026-11-30", vec![service("desk", 10)]),
            day("2026-12-01", vec![service("desk", 1001)]),
        ],
        &[("2026-11-01", 0, 0), ("2026-11-02", 100 * 50_000, 0), ("2026-11-30", 500_000, 0), ("2026-12-01", 50_000, 0)],
    );
}

#[test]
fn each_number_has_its_own_and_two_channels_of_a_number_share_them() {
    let lines = vec![service("desk", 900), service("bar", 900), service("desk-too", 200)];
    check(&[day("2026-11-01", lines)], &[("2026-11-01", 100 * 50_000, 0)]);
}

#[test]
fn the_cheapest_of_a_day_are_free_first() {
    let poland = charged_as("regular", "service", line("desk", "free_form", "PL", 400, Some(20_000)));
    check(&[day("2026-11-01", vec![service("desk", 700), poland])], &[("2026-11-01", 100 * 50_000, 0)]);
}

#[test]
fn what_a_receipt_calls_free_is_free_and_is_one_of_the_free_ones() {
    let free =
        |count| charged_as("free_customer_service", "service", line("desk", "free_form", "DE", count, Some(50_000)));
    check(
        &[day("2026-11-01", vec![free(990)]), day("2026-11-02", vec![service("desk", 20), free(5)])],
        &[("2026-11-01", 0, 0), ("2026-11-02", 15 * 50_000, 0)],
    );
}

#[test]
fn service_messages_are_free_until_the_end_of_september_2026_and_use_up_nothing() {
    let free = charged_as("free_customer_service", "service", line("desk", "free_form", "DE", 5000, Some(0)));
    check(
        &[day("2026-09-30", vec![free]), day("2026-10-01", vec![service("desk", 1001)])],
        &[("2026-09-30", 0, 0), ("2026-10-01", 50_000, 0)],
    );
}

#[test]
fn utility_templates_in_an_open_window_are_charged_from_october_2026_on() {
    let before = charged_as("free_customer_service", "utility", line("desk", "template", "DE", 3, Some(0)));
    let after = charged_as("regular", "utility", line("desk", "template", "DE", 3, Some(50_000)));
    check(
        &[day("2026-09-30", vec![before]), day("2026-10-01", vec![after])],
        &[("2026-09-30", 0, 0), ("2026-10-01", 150_000, 0)],
    );
}

#[test]
fn where_no_receipt_tells_what_was_expected_counts_and_is_told_apart() {
    let quiet = line("spa", "free_form", "DE", 1002, Some(55_000));
    let template = line("spa", "template", "DE", 2, Some(135_000));
    let billed = bill(&tariff(), &[day("2026-11-01", vec![quiet, template])]);
    assert_eq!(billed.iter().map(|line| line.assumed).sum::<u64>(), 1004);
    // The provider's fee is never free.
    check(
        &[day("2026-11-01", vec![line("spa", "free_form", "DE", 1002, Some(55_000))])],
        &[("2026-11-01", 2 * 55_000 + 1000 * 5_000, 0)],
    );
}

#[test]
fn only_what_arrived_costs_on_whatsapp_and_an_sms_once_it_was_taken() {
    let mut sent = charged_as("regular", "marketing", line("desk", "template", "DE", 2, Some(130_000)));
    sent.group.state = "sent".to_owned();
    let mut failed_sms = line("desk", "sms", "DE", 1, Some(200_000));
    failed_sms.group.state = "failed".to_owned();
    let mut refused_sms = line("desk", "sms", "DE", 1, Some(100_000));
    refused_sms.group.state = "failed".to_owned();
    refused_sms.taken = Totals::default();
    let mut held = line("desk", "template", "DE", 9, None);
    held.group.state = "held".to_owned();
    check(&[day("2026-11-01", vec![sent, failed_sms, refused_sms, held])], &[("2026-11-01", 200_000, 0)]);
}

#[test]
fn what_has_no_price_is_counted_and_never_zero() {
    let unknown = charged_as("regular", "general_purpose_ai", line("desk", "free_form", "DE", 3, Some(50_000)));
    let nowhere = charged_as("regular", "utility", line("desk", "template", "??", 2, None));
    check(
        &[day("2026-11-01", vec![unknown, nowhere, line("spa", "template", "DE", 4, None)])],
        &[("2026-11-01", 0, 9)],
    );
}

#[test]
fn sums_of_an_older_version_have_messages_and_no_costs() {
    let mut old = day("2026-11-01", vec![line("desk", "sms", "??", 3, None)]);
    old.v = 1;
    (old.lines[0].expected, old.lines[0].taken) = (Totals::default(), Totals::default());
    let billed = bill(&tariff(), &[old]);
    assert_eq!((billed[0].messages, billed[0].expected.unpriced(), billed[0].actual.unpriced()), (3, 3, 3));
}

#[test]
fn two_currencies_stay_apart() {
    let mut two = line("desk", "sms", "DE", 1, Some(100_000));
    let euros = Money { micros: 90_000, currency: Currency::parse("EUR").unwrap() };
    two.messages = 2;
    two.taken.add(Some(euros));
    let billed = bill(&tariff(), &[day("2026-11-01", vec![two])]);
    assert_eq!(billed[0].actual.sums().collect::<Vec<_>>(), [euros, usd(100_000)]);
}

#[test]
fn a_month_begins_on_its_first_day() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    assert_eq!(month_begins(day("2026-11-30")), day("2026-11-01"));
    assert_eq!(month_begins(day("2026-12-01")), day("2026-12-01"));
}
