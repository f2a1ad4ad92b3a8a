//! Amounts are exact, and currencies stay apart.

use proptest::prelude::*;

use super::*;

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn money(micros: i64) -> Money {
    Money { micros, currency: usd() }
}

#[track_caller]
fn check(text: &str, expected: Result<i64, BadAmount>) {
    assert_eq!(Money::parse(text, usd()).map(|money| money.micros), expected, "{text}");
}

#[test]
fn a_decimal_is_read_exactly() {
    check("0.1365", Ok(136_500));
    check("0.0008", Ok(800));
    check("0.000001", Ok(1));
    check("3", Ok(3_000_000));
    check("0", Ok(0));
    check("-1.50", Ok(-1_500_000));
    check("007.1", Ok(7_100_000));
    check("0.1", Ok(100_000)); // As a float it would be 0.1000000000000000055…
    check("0.29", Ok(290_000)); // 0.29 × 1 000 000 is 289 999.99… as a float.
}

#[test]
fn zeros_beyond_six_decimals_say_nothing_and_other_digits_are_refused() {
    check("0.12340000000", Ok(123_400));
    check("0.0000001", Err(BadAmount::TooFine));
    check("0.1234567", Err(BadAmount::TooFine));
}

#[test]
fn what_is_not_plain_digits_is_refused() {
    for text in ["", "-", ".", ".5", "5.", "1,5", "1e3", "+1", "--1", "1.2.3", " 1", "0x1", "1_000", "١", "NaN", "-.1"]
    {
        check(text, Err(BadAmount::Shape));
    }
}

#[test]
fn an_amount_that_does_not_fit_is_refused() {
    check("9223372036854.775807", Ok(i64::MAX));
    check("-9223372036854.775808", Ok(i64::MIN));
    check("9223372036854.775808", Err(BadAmount::TooLarge));
    check(&"9".repeat(500), Err(BadAmount::TooLarge));
    check(&"9".repeat(38), Err(BadAmount::TooLarge));
}

#[test]
fn an_amount_is_written_with_two_decimals_or_as_many_as_it_needs() {
    for (micros, text) in [(0, "0.00"), (3_000_000, "3.00"), (1_500_000, "1.50"), (800, "0.0008"), (-1, "-0.000001")] {
        assert_eq!(money(micros).decimal(), text);
    }
    assert_eq!(money(i64::MIN).to_string(), "-9223372036854.775808 USD");
}

#[test]
fn a_currency_is_three_capital_letters() {
    assert_eq!(Currency::parse("EUR").unwrap().as_str(), "EUR");
    for not in ["eur", "EU", "EURO", "E1R", "", "€"] {
        assert_eq!(Currency::parse(not), None, "{not}");
    }
}

#[test]
fn two_currencies_have_no_sum_and_totals_keep_them_apart() {
    let euro = Money { micros: 5, currency: Currency::parse("EUR").unwrap() };
    assert_eq!(money(1).plus(money(2)), Ok(money(3)));
    assert_eq!(money(1).plus(euro), Err(DifferentCurrencies(usd(), euro.currency)));

    let mut totals = Totals::default();
    for amount in [Some(money(1)), Some(euro), None, Some(money(2))] {
        totals.add(amount);
    }
    assert_eq!(totals.sums().collect::<Vec<_>>(), [euro, money(3)]);
    assert_eq!(totals.unpriced(), 1);

    let mut twice = totals.clone();
    twice.merge(&totals);
    assert_eq!(twice.sums().map(|money| money.micros).collect::<Vec<_>>(), [10, 6]);
    assert_eq!(twice.unpriced(), 2);
}

#[test]
fn amounts_and_totals_have_a_plain_json_form() {
    let mut totals = Totals::default();
    totals.add(Some(money(12_500)));
    assert_eq!(serde_json::to_string(&money(12_500)).unwrap(), r#"{"amount":"0.0125","currency":"USD"}"#);
    let json = serde_json::to_string(&totals).unwrap();
    assert_eq!(json, r#"{"sums":{"USD":12500},"unpriced":0}"#);
    assert_eq!(serde_json::from_str::<Totals>(&json).unwrap(), totals);
}

proptest! {
    #[test]
    fn an_amount_survives_its_text_form(micros: i64) {
        prop_assert_eq!(Money::parse(&money(micros).decimal(), usd()), Ok(money(micros)));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,50}") {
        let _ = Money::parse(&text, usd());
    }

    #[test]
    fn sums_never_wrap(a: i64, b: i64, count: u32) {
        let sum = money(a).plus(money(b)).unwrap();
        prop_assert!(b < 0 || sum.micros >= a);
        prop_assert!(a < 0 || money(a).times(count).micros >= 0);
    }
}
