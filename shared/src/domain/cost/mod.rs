//! What a message will cost before it is sent, and what it did cost once its receipt is there.
//!
//! Prices are data (`prices.json`, [`PriceList::EMBEDDED`]): a list has a date, one currency, and rows that each hold
//! from a day on. Everything here is a pure function over such a list.
//!
//! Days are days in UTC. Meta changes prices and counts months at midnight in the time zone of the WhatsApp Business
//! account (Meta, "Pricing on the WhatsApp Business Platform: updates to rate cards"), so for some hours around such a
//! midnight an estimate can be off by one price.

mod actual;
mod calling_codes;
mod country;
mod dated;
mod estimate;
mod expected;
#[cfg(test)]
mod fixture;
mod money;
mod prices;
mod quote;
mod reading;

pub use actual::{Delivered, Pricing};
pub use country::Country;
pub use estimate::{Cost, CostReason, cheaper};
pub use expected::{Kind, Wish};
pub use money::{BadAmount, Currency, DifferentCurrencies, Money, Totals, decimal};
pub use prices::{BadPrices, Market, PriceList};
pub use quote::{NoQuote, Quote};
pub use reading::File as PriceFile;

use super::{Timestamp, template::Category};
