//! What a message did cost, by what its receipt says about billing.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{
    Cost, CostReason, Country, PriceList, Timestamp,
    prices::{Rate, billing_day},
};

/// A word of Meta's is not longer; what is longer is left out.
const LONGEST_WORD: usize = 40;

/// What a receipt says about billing (Meta, "Status messages webhook: `pricing`"). It is read from Meta's object as it
/// is and written in short: `{"t":"regular","c":"utility"}`. Whatever is missing, of another type or too long is
/// absent, and words that are new are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Pricing {
    /// Meta has announced that it will leave this out: `kind` says it too.
    #[serde(rename = "b", alias = "billable", deserialize_with = "flag", skip_serializing_if = "Option::is_none")]
    pub billable: Option<bool>,
    /// `regular`, `free_customer_service`, `free_entry_point`.
    #[serde(rename = "t", alias = "type", deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// By which price: `utility`, `marketing`, `service`, `authentication`, `referral_conversion`, `marketing_lite`, …
    #[serde(rename = "c", alias = "category", deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// The message that the receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// Of the recipient's number. Without it there is no price, unless it was free.
    pub country: Option<Country>,
    /// As in [`Wish`](super::Wish).
    pub provider: &'a str,
    /// Meta charges on delivery; any time of the message will do, except around a day on which prices change.
    pub at: Timestamp,
}

/// What the receipt comes to.
enum Billed {
    Charged,
    Free(CostReason),
    Unknown,
}

impl Pricing {
    /// Reads whatever a provider sent in the place of the object.
    pub fn read(json: &Value) -> Option<Self> {
        if json.is_object() { Self::deserialize(json).ok() } else { None }
    }

    /// Whether it says if the message was charged at all.
    pub fn is_decided(&self) -> bool {
        !matches!(self.billed(false), Billed::Unknown)
    }

    /// It is about a message that is no template.
    pub fn is_of_service(&self) -> bool {
        self.rate() == Some(Rate::Service)
    }

    fn billed(&self, service_is_charged: bool) -> Billed {
        let category = self.category.as_deref().unwrap_or_default();
        match self.kind.as_deref() {
            Some("regular") => Billed::Charged,
            Some("free_entry_point") => Billed::Free(CostReason::FreeEntryPoint),
            // Once service messages are charged, a free one was within the number's free tier.
            Some("free_customer_service") if category == "service" && service_is_charged => {
                Billed::Free(CostReason::FreeTier)
            }
            Some("free_customer_service") => Billed::Free(CostReason::WindowFree),
            Some(kind) if kind.starts_with("free_") => Billed::Free(CostReason::NotBilled),
            Some(_) | None => match self.billable {
                Some(true) => Billed::Charged,
                Some(false) | None if category == "referral_conversion" => Billed::Free(CostReason::FreeEntryPoint),
                Some(false) => Billed::Free(CostReason::NotBilled),
                None => Billed::Unknown,
            },
        }
    }

    fn rate(&self) -> Option<Rate> {
        match self.category.as_deref()?.replace('-', "_").as_str() {
            "utility" => Some(Rate::Utility),
            // The Marketing Messages API has the same rate card.
            "marketing" | "marketing_lite" => Some(Rate::Marketing),
            "authentication" => Some(Rate::Authentication),
            "authentication_international" => Some(Rate::AuthenticationInternational),
            "service" => Some(Rate::Service),
            _ => None,
        }
    }
}

impl PriceList {
    /// What a WhatsApp message did cost, its provider's fee included. Whether it was charged is Meta's word; how much
    /// is the list's.
    pub fn actual(&self, message: &Delivered<'_>, pricing: &Pricing) -> Cost {
        let day = billing_day(message.at);
        let cost = match (pricing.billed(day >= self.service_charged_since), pricing.rate()) {
            (Billed::Free(why), _) => Cost::free(self.currency, why),
            (Billed::Charged, Some(rate)) => match message.country {
                Some(country) => self.charged(country, rate, day, false),
                None => Cost::UNPRICED,
            },
            (Billed::Charged, None) | (Billed::Unknown, _) => Cost::UNPRICED,
        };
        cost.with_fee(self.provider_fee(message.provider, day))
    }
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_bool())
}

fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(word) if !word.is_empty() && word.len() <= LONGEST_WORD => Some(word),
        _ => None,
    })
}

#[cfg(test)]
#[path = "actual_tests.rs"]
mod tests;
