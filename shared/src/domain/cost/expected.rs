//! What a message would cost if it were sent now.
//!
//! The rules of WhatsApp (Meta, "Pricing on the WhatsApp Business Platform" and "Pricing for non-template messages"):
//! inside a free entry point window everything is free; until 30 September 2026 service messages are free, and so are
//! utility templates inside an open service window; from then on both are charged, except for the first 1 000 service
//! messages that a business number delivers in a month; all other templates are always charged. The days and the number
//! stand in the price list.

use jiff::civil::Date;

use super::{
    Category, Cost, CostReason, Country, PriceList, Timestamp,
    prices::{Rate, billing_day},
};

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A WhatsApp message that is no template. It can only be sent inside the service window.
    Service,
    Template(Category),
    /// An SMS of so many segments. Even an empty one is a segment.
    Sms {
        segments: u32,
    },
}

/// A message as far as its price depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish<'a> {
    pub kind: Kind,
    /// Of the recipient's number.
    pub country: Country,
    /// Who carries it to WhatsApp, by its name in the list's `provider_fees`. An SMS has no such fee: its price is the
    /// gateway's own.
    pub provider: &'a str,
    pub at: Timestamp,
    /// Whether the service window is open then.
    pub window_open: bool,
    /// Whether a free entry point window is open then.
    pub free_entry: bool,
    /// How many service messages the business number has delivered in this month before this one. Unknown counts as
    /// more than are free, so that an estimate is rather too high; the cost then says so.
    pub service_messages_this_month: Option<u32>,
}

impl PriceList {
    /// What the message would cost, its provider's fee included.
    pub fn expected(&self, wish: &Wish<'_>) -> Cost {
        let day = billing_day(wish.at);
        let rate = match wish.kind {
            Kind::Sms { segments } => return self.expected_sms(wish.country, segments, day),
            Kind::Service => Rate::Service,
            Kind::Template(Category::Utility) => Rate::Utility,
            Kind::Template(Category::Marketing) => Rate::Marketing,
            Kind::Template(Category::Authentication) => Rate::Authentication,
        };
        if day < self.per_message_since {
            return Cost::UNPRICED;
        }
        let cost = match self.free_because(wish, day) {
            Some(why) => Cost::free(self.currency, why),
            None => self.charged(wish.country, rate, day, self.may_be_free(wish)),
        };
        cost.with_fee(self.provider_fee(wish.provider, day))
    }

    /// By the market's price, if it has one. `may_be_free` is said in the reason.
    pub(super) fn charged(&self, country: Country, rate: Rate, day: Date, may_be_free: bool) -> Cost {
        let Some(found) = self.whatsapp(country, rate, day) else { return Cost::UNPRICED };
        let (market, since) = (found.market, found.since);
        let why = if may_be_free {
            CostReason::ChargedUnlessFree { market, since }
        } else {
            CostReason::Charged { market, since }
        };
        Cost::of(found.price, why)
    }

    fn free_because(&self, wish: &Wish<'_>, day: Date) -> Option<CostReason> {
        if wish.free_entry {
            return Some(CostReason::FreeEntryPoint);
        }
        match wish.kind {
            Kind::Service if day < self.service_charged_since => Some(CostReason::WindowFree),
            Kind::Service => {
                let free = wish.service_messages_this_month.is_some_and(|before| before < self.free_service_messages);
                free.then_some(CostReason::FreeTier)
            }
            Kind::Template(Category::Utility) if wish.window_open && day < self.utility_free_in_window_until => {
                Some(CostReason::WindowFree)
            }
            Kind::Template(_) | Kind::Sms { .. } => None,
        }
    }

    fn may_be_free(&self, wish: &Wish<'_>) -> bool {
        wish.kind == Kind::Service && wish.service_messages_this_month.is_none() && self.free_service_messages > 0
    }

    fn expected_sms(&self, country: Country, segments: u32, day: Date) -> Cost {
        let Some((country, since, price)) = self.sms(country, day) else { return Cost::UNPRICED };
        Cost::of(price.times(segments.max(1)), CostReason::ChargedSms { country, since })
    }
}

#[cfg(test)]
#[path = "expected_tests.rs"]
mod tests;
