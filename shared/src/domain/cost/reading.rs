//! Reads a price list and says which field is wrong.

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    BadPrices, Country, Currency, Market, Money, PriceList,
    dated::Dated,
    prices::{MarketNumber, Rate},
};

/// No message costs more, in any currency: a larger price is a slip, and sums of this size stay far from any limit.
const LARGEST_PRICE_MICROS: i64 = 1_000_000 * 1_000_000;

/// The country of the SMS price that applies where no other does.
const DEFAULT: &str = "default";

/// A price list as it is written. Prices are digits with a point, such as `0.0125`.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "PriceList")]
#[serde(deny_unknown_fields)]
pub struct File {
    as_of: String,
    currency: String,
    #[serde(default, rename = "notes", skip_serializing_if = "Vec::is_empty")]
    _notes: Vec<String>,
    per_message_since: String,
    utility_free_in_window_until: String,
    #[schemars(with = "ServiceMessages")]
    service_messages: Value,
    elsewhere: String,
    // Rows are read one by one, so that an error can say which.
    #[schemars(with = "Vec<MarketRow>")]
    markets: Vec<Value>,
    #[schemars(with = "Vec<CardRow>")]
    whatsapp: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<SmsRow>")]
    sms: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<FeeRow>")]
    provider_fees: Vec<Value>,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "PricedServiceMessages")]
#[serde(deny_unknown_fields)]
struct ServiceMessages {
    charged_since: String,
    free_per_number_and_month: u32,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "PricedMarket")]
#[serde(deny_unknown_fields)]
struct MarketRow {
    market: String,
    since: String,
    countries: Vec<String>,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "PricedWhatsApp")]
#[serde(deny_unknown_fields)]
struct CardRow {
    market: String,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marketing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utility: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_international: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "PricedSms")]
#[serde(deny_unknown_fields)]
struct SmsRow {
    country: String,
    since: String,
    price_per_segment: String,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "PricedFee")]
#[serde(deny_unknown_fields)]
struct FeeRow {
    provider: String,
    since: String,
    per_message: String,
}

pub(super) fn read(json: &str) -> Result<PriceList, BadPrices> {
    let file: File = serde_json::from_str(json).map_err(|error| bad("file", error))?;
    let currency =
        Currency::parse(&file.currency).ok_or_else(|| bad("currency", "write three capital letters, such as USD"))?;
    let per_message_since = day("per_message_since", &file.per_message_since)?;
    let service: ServiceMessages = typed("service_messages", file.service_messages)?;
    let service_charged_since = day("service_messages.charged_since", &service.charged_since)?;
    let utility_free_in_window_until = day("utility_free_in_window_until", &file.utility_free_in_window_until)?;

    let mut names = Names::default();
    let elsewhere = names.add("elsewhere", file.elsewhere)?;
    let markets = markets(file.markets, &mut names)?;
    Ok(PriceList {
        as_of: day("as_of", &file.as_of)?,
        currency,
        per_message_since,
        utility_free_in_window_until,
        service_charged_since,
        free_service_messages: service.free_per_number_and_month,
        whatsapp: whatsapp(file.whatsapp, &names, currency)?,
        names: names.in_order,
        elsewhere,
        markets,
        sms: sms(file.sms, currency)?,
        provider_fees: provider_fees(file.provider_fees, currency)?,
    })
}

/// The markets in the order in which they were first named.
#[derive(Default)]
struct Names {
    in_order: Vec<Market>,
    numbers: BTreeMap<String, MarketNumber>,
}

impl Names {
    fn add(&mut self, field: &str, name: String) -> Result<MarketNumber, BadPrices> {
        if let Some(number) = self.numbers.get(&name) {
            return Ok(*number);
        }
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(bad(field, format_args!("write a market as small letters with underscores, not {name:?}")));
        }
        let number = self.in_order.len();
        self.in_order.push(Market::from(name.clone()));
        self.numbers.insert(name, number);
        Ok(number)
    }
}

fn markets(rows: Vec<Value>, names: &mut Names) -> Result<Dated<Country, MarketNumber>, BadPrices> {
    let mut markets = Dated::new();
    for (n, row) in rows.into_iter().enumerate() {
        let at = format!("markets[{n}]");
        let MarketRow { market, since, countries } = typed(&at, row)?;
        let number = names.add(&format!("{at}.market"), market)?;
        let since = day(&format!("{at}.since"), &since)?;
        for (n, code) in countries.iter().enumerate() {
            let field = format!("{at}.countries[{n}]");
            if !markets.insert(country(&field, code)?, since, number) {
                return Err(bad(&field, format_args!("{code} is in two markets since {since}: leave one")));
            }
        }
    }
    Ok(markets)
}

fn whatsapp(
    rows: Vec<Value>,
    names: &Names,
    currency: Currency,
) -> Result<Dated<(MarketNumber, Rate), Money>, BadPrices> {
    let mut prices = Dated::new();
    for (n, row) in rows.into_iter().enumerate() {
        let at = format!("whatsapp[{n}]");
        let row: CardRow = typed(&at, row)?;
        let Some(market) = names.numbers.get(&row.market) else {
            let message = format_args!("there is no market {:?}: name it in `markets` or correct it", row.market);
            return Err(bad(&format!("{at}.market"), message));
        };
        let since = day(&format!("{at}.since"), &row.since)?;
        let columns = [
            ("marketing", Rate::Marketing, row.marketing),
            ("utility", Rate::Utility, row.utility),
            ("authentication", Rate::Authentication, row.authentication),
            ("authentication_international", Rate::AuthenticationInternational, row.authentication_international),
            ("service", Rate::Service, row.service),
        ];
        let mut says_nothing = true;
        for (column, rate, amount) in columns {
            let Some(amount) = amount else { continue };
            says_nothing = false;
            let field = format!("{at}.{column}");
            if !prices.insert((*market, rate), since, price(&field, &amount, currency)?) {
                let message = format_args!("{} has two prices since {since}: leave one", row.market);
                return Err(bad(&field, message));
            }
        }
        if says_nothing {
            return Err(bad(&at, "give at least one price, or leave the row out"));
        }
    }
    Ok(prices)
}

fn sms(rows: Vec<Value>, currency: Currency) -> Result<Dated<Option<Country>, Money>, BadPrices> {
    let mut prices = Dated::new();
    for (n, row) in rows.into_iter().enumerate() {
        let at = format!("sms[{n}]");
        let row: SmsRow = typed(&at, row)?;
        let field = format!("{at}.country");
        let key = if row.country == DEFAULT { None } else { Some(country(&field, &row.country)?) };
        let since = day(&format!("{at}.since"), &row.since)?;
        let price = price(&format!("{at}.price_per_segment"), &row.price_per_segment, currency)?;
        if !prices.insert(key, since, price) {
            return Err(bad(&field, format_args!("{} has two prices since {since}: leave one", row.country)));
        }
    }
    Ok(prices)
}

fn provider_fees(rows: Vec<Value>, currency: Currency) -> Result<Dated<Box<str>, Money>, BadPrices> {
    let mut fees = Dated::new();
    for (n, row) in rows.into_iter().enumerate() {
        let at = format!("provider_fees[{n}]");
        let row: FeeRow = typed(&at, row)?;
        let field = format!("{at}.provider");
        if row.provider.is_empty() {
            return Err(bad(&field, "name the provider"));
        }
        let since = day(&format!("{at}.since"), &row.since)?;
        let fee = price(&format!("{at}.per_message"), &row.per_message, currency)?;
        if !fees.insert(row.provider.as_str().into(), since, fee) {
            return Err(bad(&field, format_args!("{} has two fees since {since}: leave one", row.provider)));
        }
    }
    Ok(fees)
}

fn typed<T: DeserializeOwned>(field: &str, value: Value) -> Result<T, BadPrices> {
    serde_json::from_value(value).map_err(|error| bad(field, error))
}

fn day(field: &str, text: &str) -> Result<Date, BadPrices> {
    let day = text.parse().ok().filter(|day: &Date| day.to_string() == text);
    day.ok_or_else(|| bad(field, format_args!("write a day as 2026-10-01, not {text:?}")))
}

fn country(field: &str, code: &str) -> Result<Country, BadPrices> {
    let message = || bad(field, format_args!("there is no country {code:?}: write its ISO 3166 code, such as GB"));
    Country::parse(code).ok_or_else(message)
}

fn price(field: &str, text: &str, currency: Currency) -> Result<Money, BadPrices> {
    let price = Money::parse(text, currency).map_err(|error| bad(field, format_args!("{error}, not {text:?}")))?;
    match price.micros {
        ..0 => Err(bad(field, "a price cannot be below zero: write 0 where nothing is charged")),
        0..=LARGEST_PRICE_MICROS => Ok(price),
        _ => Err(bad(field, "no message costs that much: write the price of one message")),
    }
}

fn bad(field: &str, message: impl fmt::Display) -> BadPrices {
    BadPrices { field: field.to_owned(), message: message.to_string() }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
