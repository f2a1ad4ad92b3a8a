//! A price list: what the providers charge, from which day on, as data with a date.
//!
//! It is a JSON file (`prices.json` is the one that is compiled in) with these fields:
//!
//! - `as_of`: the day on which somebody last compared it with the published prices; `currency`; `notes` for people.
//! - `per_message_since`: before that day Meta charged for conversations, so a WhatsApp message has no price.
//! - `utility_free_in_window_until`: utility templates inside an open service window cost nothing before that day.
//! - `service_messages`: `charged_since` a day, and how many are `free_per_number_and_month` from then on.
//! - `markets`: which countries (ISO 3166) belong to which of Meta's markets, `since` a day; `elsewhere` is the market
//!   of every country that no row names.
//! - `whatsapp`: a row of a rate card: a `market`, `since` a day, and the prices that changed: `marketing`, `utility`,
//!   `authentication`, `authentication_international`, `service`. Without `service` the price of `utility` applies.
//! - `sms`: a `country` (or `default`), `since`, `price_per_segment`.
//! - `provider_fees`: a `provider`, `since`, `per_message`: what it adds to every WhatsApp message.
//!
//! Prices are decimal strings, since JSON numbers would be read as floats.

use std::{fmt, sync::Arc};

use jiff::{civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};

use super::{Country, Currency, Money, Timestamp, dated::Dated, reading};

/// One of Meta's pricing markets, by its name in the list: a country or a region, such as `rest_of_africa`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Market(Arc<str>);

super::super::schema::text_schema!(Market, { "type": "string" });

/// A column of a rate card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rate {
    Marketing,
    Utility,
    Authentication,
    AuthenticationInternational,
    Service,
}

/// A market's place in `PriceList::names`.
pub(super) type MarketNumber = usize;

/// A price that was found: of which market, since when, how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub market: Market,
    pub since: Date,
    pub price: Money,
}

/// What is wrong with a price list, and where: `whatsapp[3].utility`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadPrices {
    pub field: String,
    pub message: String,
}

/// All prices, ready to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceList {
    pub(super) as_of: Date,
    pub(super) currency: Currency,
    pub(super) per_message_since: Date,
    pub(super) utility_free_in_window_until: Date,
    pub(super) service_charged_since: Date,
    pub(super) free_service_messages: u32,
    pub(super) names: Vec<Market>,
    pub(super) elsewhere: MarketNumber,
    pub(super) markets: Dated<Country, MarketNumber>,
    pub(super) whatsapp: Dated<(MarketNumber, Rate), Money>,
    /// Without a country: the price of every country that has none of its own.
    pub(super) sms: Dated<Option<Country>, Money>,
    pub(super) provider_fees: Dated<Box<str>, Money>,
}

impl PriceList {
    /// The list that comes with this version. It is an estimate: the user's own rate card rules.
    pub const EMBEDDED: &str = include_str!("prices.json");

    /// Reads and checks a list. The error names the first field that is wrong.
    pub fn parse(json: &str) -> Result<Self, BadPrices> {
        reading::read(json)
    }

    /// The day on which the list was last compared with the published prices.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// All prices of the list are in this currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// How many delivered service messages a business number has free in a month, once they are charged.
    pub fn free_service_messages(&self) -> u32 {
        self.free_service_messages
    }

    /// Whether messages that are no templates are charged then, but for those that are free in a month.
    pub fn service_is_charged(&self, at: Timestamp) -> bool {
        billing_day(at) >= self.service_charged_since
    }

    /// The market by which a message to the country is charged.
    pub fn market(&self, country: Country, at: Timestamp) -> Market {
        self.names[self.market_number(country, billing_day(at))].clone()
    }

    pub(super) fn whatsapp(&self, country: Country, rate: Rate, day: Date) -> Option<Found> {
        let market = self.market_number(country, day);
        let price = |rate| self.whatsapp.at(&(market, rate), day);
        let found = price(rate).or_else(|| if rate == Rate::Service { price(Rate::Utility) } else { None });
        found.map(|(since, price)| Found { market: self.names[market].clone(), since, price: *price })
    }

    pub(super) fn sms(&self, country: Country, day: Date) -> Option<(Option<Country>, Date, Money)> {
        [Some(country), None]
            .into_iter()
            .find_map(|key| self.sms.at(&key, day).map(|(since, price)| (key, since, *price)))
    }

    pub(super) fn provider_fee(&self, provider: &str, day: Date) -> Option<Money> {
        self.provider_fees.at(provider, day).map(|(_, fee)| *fee)
    }

    fn market_number(&self, country: Country, day: Date) -> MarketNumber {
        self.markets.at(&country, day).map_or(self.elsewhere, |(_, market)| *market)
    }
}

/// The day by which an instant is priced: in UTC, for want of the account's own time zone.
pub(super) fn billing_day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

impl Market {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl From<String> for Market {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}
impl From<Market> for String {
    fn from(market: Market) -> Self {
        market.as_str().to_owned()
    }
}
impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
#[path = "prices_tests.rs"]
mod tests;
