//! Money: whole micro-units of a named currency, never a float; and sums that keep currencies apart.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MICROS: i128 = 1_000_000;
const DECIMALS: usize = 6;

/// A currency by its ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An amount in millionths of the currency's unit: 0.0125 USD is 12 500. As JSON: `{"amount":"0.0125","currency":"USD"}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Money {
    pub micros: i64,
    pub currency: Currency,
}

crate::domain::schema::schema_as!(Money, Written);

/// As people write it: digits with a point, such as `0.0125`.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "Money")]
#[serde(deny_unknown_fields)]
struct Written {
    amount: String,
    currency: Currency,
}

impl From<Money> for Written {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency }
    }
}

impl TryFrom<Written> for Money {
    type Error = BadAmount;
    fn try_from(written: Written) -> Result<Self, BadAmount> {
        Self::parse(&written.amount, written.currency)
    }
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    #[error("write an amount as digits with a point: 0.0125")]
    Shape,
    #[error("leave out what is smaller than 0.000001")]
    TooFine,
    #[error("write a smaller amount")]
    TooLarge,
}

/// There is no sum of two currencies without an exchange rate, and there is none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("add amounts in {0} and in {1} apart")]
pub struct DifferentCurrencies(pub Currency, pub Currency);

impl Currency {
    pub fn parse(code: &str) -> Option<Self> {
        let code = <[u8; 3]>::try_from(code.as_bytes()).ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("parse takes ASCII letters only")
    }
}

impl Money {
    /// Reads a decimal number exactly: `0.0125`, `3`, `-1.50`. No exponent, no `+`, and nothing is rounded.
    pub fn parse(decimal: &str, currency: Currency) -> Result<Self, BadAmount> {
        let (negative, digits) = decimal.strip_prefix('-').map_or((false, decimal), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        if [whole, fraction].iter().any(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit())) {
            return Err(BadAmount::Shape);
        }
        let (kept, rest) = fraction.split_at(fraction.len().min(DECIMALS));
        if rest.bytes().any(|b| b != b'0') {
            return Err(BadAmount::TooFine);
        }
        let whole: i128 = whole.parse().map_err(|_| BadAmount::TooLarge)?;
        let fraction: i128 = format!("{kept:0<DECIMALS$}").parse().map_err(|_| BadAmount::Shape)?;
        let micros = whole.checked_mul(MICROS).and_then(|micros| micros.checked_add(fraction));
        let micros = micros.map(|micros| if negative { -micros } else { micros }).ok_or(BadAmount::TooLarge)?;
        Ok(Self { micros: i64::try_from(micros).map_err(|_| BadAmount::TooLarge)?, currency })
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { micros: 0, currency }
    }

    /// The sum, if both are in one currency. It stops at the largest amount rather than wrap.
    pub fn plus(self, other: Self) -> Result<Self, DifferentCurrencies> {
        if self.currency != other.currency {
            return Err(DifferentCurrencies(self.currency, other.currency));
        }
        Ok(Self { micros: self.micros.saturating_add(other.micros), ..self })
    }

    /// The amount so many times. It stops at the largest amount rather than wrap.
    pub fn times(self, count: u32) -> Self {
        Self { micros: self.micros.saturating_mul(i64::from(count)), ..self }
    }

    /// The number alone, exactly, with at least two decimals: `0.0125`, `3.00`.
    pub fn decimal(self) -> String {
        decimal(self.micros)
    }
}

/// Millionths of a currency's unit as [`Money::decimal`] writes them, where the currency is not known.
pub fn decimal(micros: i64) -> String {
    let micros = i128::from(micros);
    let sign = if micros < 0 { "-" } else { "" };
    let fraction = format!("{:06}", micros.abs() % MICROS);
    let needed = fraction.trim_end_matches('0').len().max(2);
    format!("{sign}{}.{}", micros.abs() / MICROS, &fraction[..needed])
}

/// Sums of many amounts, one for each currency, and how many had no amount: those are missing from the sums.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Micro-units.
    sums: BTreeMap<Currency, i64>,
    #[serde(default)]
    unpriced: u64,
}

impl Totals {
    /// Adds an amount, or counts that there was none.
    pub fn add(&mut self, amount: Option<Money>) {
        match amount {
            Some(money) => {
                let sum = self.sums.entry(money.currency).or_default();
                *sum = sum.saturating_add(money.micros);
            }
            None => self.unpriced = self.unpriced.saturating_add(1),
        }
    }

    /// The same for so many messages that cost as much each.
    pub fn add_each(&mut self, amount: Option<Money>, messages: u64) {
        match amount {
            Some(money) => {
                let micros = money.micros.saturating_mul(i64::try_from(messages).unwrap_or(i64::MAX));
                self.add(Some(Money { micros, ..money }));
            }
            None => self.unpriced = self.unpriced.saturating_add(messages),
        }
    }

    /// Nothing was added.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty() && self.unpriced == 0
    }

    pub fn merge(&mut self, other: &Self) {
        other.sums().for_each(|money| self.add(Some(money)));
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
    }

    /// One sum for each currency that occurred.
    pub fn sums(&self) -> impl Iterator<Item = Money> {
        self.sums.iter().map(|(currency, micros)| Money { micros: *micros, currency: *currency })
    }

    /// How many had no amount.
    pub fn unpriced(&self) -> u64 {
        self.unpriced
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}
impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
crate::domain::schema::text_schema!(Currency, { "type": "string", "pattern": "^[A-Z]{3}$" });

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| de::Error::custom("not a currency of three capital letters"))
    }
}

#[cfg(test)]
#[path = "money_tests.rs"]
mod tests;
