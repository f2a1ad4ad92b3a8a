//! What an attempt was expected to cost, as it lies beside the message: short, and without a reason.

use std::{fmt, str::FromStr};

use super::{Cost, Country, Currency, Money};

/// The country of the recipient's number, and the amount; each `None` if it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub country: Option<Country>,
    pub amount: Option<Money>,
}

impl Quote {
    pub fn of(country: Option<Country>, cost: &Cost) -> Self {
        Self { country, amount: cost.amount }
    }
}

/// `DE 11300 USD`: country, micro-units, currency; a dash for what is not known.
impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.country {
            Some(country) => write!(f, "{} ", country.as_str())?,
            None => f.write_str("- ")?,
        }
        match self.amount {
            Some(amount) => write!(f, "{} {}", amount.micros, amount.currency.as_str()),
            None => f.write_str("-"),
        }
    }
}

/// It is no quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoQuote;

impl FromStr for Quote {
    type Err = NoQuote;

    fn from_str(text: &str) -> Result<Self, NoQuote> {
        let mut words = text.split(' ');
        let country = match words.next() {
            Some("-") => None,
            Some(word) => Some(Country::parse(word).ok_or(NoQuote)?),
            None => return Err(NoQuote),
        };
        let amount = match (words.next(), words.next()) {
            (Some("-"), None) => None,
            (Some(micros), Some(currency)) => Some(Money {
                micros: micros.parse().map_err(|_| NoQuote)?,
                currency: Currency::parse(currency).ok_or(NoQuote)?,
            }),
            (_, _) => return Err(NoQuote),
        };
        words.next().is_none().then_some(Self { country, amount }).ok_or(NoQuote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_survives_its_text_and_nothing_else_is_one() {
        let money = Money { micros: 11_300, currency: Currency::parse("USD").unwrap() };
        for country in [None, Country::parse("DE")] {
            for amount in [None, Some(money)] {
                let quote = Quote { country, amount };
                assert_eq!(quote.to_string().parse(), Ok(quote), "{quote}");
            }
        }
        for bad in ["", "DE", "DE 1", "D 1 USD", "DE x USD", "DE 1 USD x", "DE 1 usd", "- - -"] {
            assert_eq!(bad.parse::<Quote>(), Err(NoQuote), "{bad}");
        }
    }
}
