//! A cost and why it is what it is.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Country, Currency, Market, Money};

/// What a message costs, or that nobody can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cost {
    /// All of it, the provider's fee included. Absent when the list has no price: that is not zero.
    pub amount: Option<Money>,
    /// What of it the provider adds for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_fee: Option<Money>,
    pub why: CostReason,
}

/// Why a message costs what it costs, without the provider's fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CostReason {
    /// The customer came by an advertisement or a page button, so that everything is free for some days.
    FreeEntryPoint,
    /// Free because the service window is open.
    WindowFree,
    /// One of the free service messages that the number has in this month.
    FreeTier,
    /// The provider says that it did not charge, in a word that says no more.
    NotBilled,
    /// By the market's price since that day.
    Charged { market: Market, since: Date },
    /// As `Charged`, for a service message whose number in the month is not known: it may turn out to be free.
    ChargedUnlessFree { market: Market, since: Date },
    /// By the price of an SMS segment since that day. Without a country: the list's price for all others.
    ChargedSms { country: Option<Country>, since: Date },
    /// The list has no price for it. There is no amount.
    Unpriced,
}

impl Cost {
    pub(super) const UNPRICED: Self = Self { amount: None, provider_fee: None, why: CostReason::Unpriced };

    /// Nobody knows what it costs.
    pub const fn unpriced() -> Self {
        Self::UNPRICED
    }

    pub(super) fn of(price: Money, why: CostReason) -> Self {
        Self { amount: Some(price), provider_fee: None, why }
    }

    pub(super) fn free(currency: Currency, why: CostReason) -> Self {
        Self::of(Money::zero(currency), why)
    }

    /// Adds what the provider takes, unless the rest is not known or in another currency: then there is no sum.
    pub(super) fn with_fee(self, fee: Option<Money>) -> Self {
        let (Some(price), Some(fee)) = (self.amount, fee) else { return self };
        match price.plus(fee) {
            Ok(sum) => Self { amount: Some(sum), provider_fee: Some(fee), ..self },
            Err(_) => Self::UNPRICED,
        }
    }
}

/// Which of two ways costs less: `Less` when it is `a`. One without a price is never the cheaper one; two without a
/// price, or with prices in two currencies, cannot be compared.
pub fn cheaper(a: &Cost, b: &Cost) -> Option<Ordering> {
    match (a.amount, b.amount) {
        (Some(a), Some(b)) => (a.currency == b.currency).then(|| a.micros.cmp(&b.micros)),
        (Some(_), None) => Some(Ordering::Less),
        (None, Some(_)) => Some(Ordering::Greater),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(micros: i64, currency: &str) -> Cost {
        Cost::of(Money { micros, currency: Currency::parse(currency).unwrap() }, CostReason::WindowFree)
    }

    #[test]
    fn the_cheaper_way_is_the_one_with_the_smaller_amount() {
        assert_eq!(cheaper(&cost(1, "USD"), &cost(2, "USD")), Some(Ordering::Less));
        assert_eq!(cheaper(&cost(2, "USD"), &cost(1, "USD")), Some(Ordering::Greater));
        assert_eq!(cheaper(&cost(2, "USD"), &cost(2, "USD")), Some(Ordering::Equal));
    }

    #[test]
    fn a_way_without_a_price_is_never_the_cheaper_one() {
        assert_eq!(cheaper(&Cost::UNPRICED, &cost(i64::MAX, "USD")), Some(Ordering::Greater));
        assert_eq!(cheaper(&cost(i64::MAX, "USD"), &Cost::UNPRICED), Some(Ordering::Less));
        assert_eq!(cheaper(&Cost::UNPRICED, &Cost::UNPRICED), None);
    }

    #[test]
    fn two_currencies_are_not_compared() {
        assert_eq!(cheaper(&cost(1, "USD"), &cost(2, "EUR")), None);
    }

    #[test]
    fn a_fee_is_added_only_to_an_amount_in_its_currency() {
        let fee = cost(5, "USD").amount;
        assert_eq!(cost(1, "USD").with_fee(fee).amount, cost(6, "USD").amount);
        assert_eq!(cost(1, "USD").with_fee(None), cost(1, "USD"));
        assert_eq!(cost(1, "EUR").with_fee(fee), Cost::UNPRICED);
        assert_eq!(Cost::UNPRICED.with_fee(fee), Cost::UNPRICED);
    }

    #[test]
    fn a_cost_has_a_plain_json_form() {
        let why =
            CostReason::Charged { market: Market::from("germany".to_owned()), since: "2025-07-01".parse().unwrap() };
        let cost = Cost { why, ..cost(136_500, "USD") };
        let json = serde_json::to_string(&cost).unwrap();
        let expected = r#"{"amount":{"amount":"0.1365","currency":"USD"},"why":{"kind":"charged","market":"germany","since":"2025-07-01"}}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Cost>(&json).unwrap(), cost);
        assert_eq!(serde_json::to_string(&Cost::UNPRICED).unwrap(), r#"{"amount":null,"why":{"kind":"unpriced"}}"#);
    }
}
