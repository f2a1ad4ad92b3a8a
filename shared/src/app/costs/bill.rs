//! What the messages of some days did cost, from the sums of those days and a price list.
//!
//! - A WhatsApp message costs once it was delivered: whether, its receipt says; how much, the list. Where no receipt says
//!   anything of billing (Twilio's never do), what was expected counts, and is told apart as *assumed*.
//! - Of service messages a number has some free in a month (UTC). They are given to its days in order; within a day, to the
//!   cheapest first, so that a sum is rather too high. Those that a receipt calls free are among them.
//! - An SMS costs what was expected, by its segments, once the gateway took it.

use std::{collections::BTreeMap, sync::Arc};

use super::Tariff;
use crate::{
    app::archive::rollups::{Group, Rollup, RollupLine},
    domain::{
        cost::{CostReason, Delivered, Money, Pricing, Totals},
        job::Day,
    },
};

/// The version of sums that know of costs.
pub const LEAST: u8 = 2;

/// Some messages of a day that have everything in common by which messages are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    pub day: Day,
    pub group: Arc<Group>,
    pub messages: u64,
    /// By their quotes. Service messages are in it as if none were free.
    pub expected: Totals,
    pub actual: Totals,
    /// Of how many messages `actual` is only what was expected.
    pub assumed: u64,
}

impl Billed {
    pub fn delivered(&self) -> u64 {
        if self.group.arrived() { self.messages } else { 0 }
    }
}

/// How a line is charged before free messages are taken off.
struct Charged {
    billed: Billed,
    /// Service messages of it that are charged unless they are among the free ones.
    may_be_free: u64,
    /// Service messages of it that its receipts call free.
    is_free: u64,
    /// What one costs that is free: the provider's fee alone.
    fee: Option<Money>,
}

/// The whole month of a day, as `2026-11`.
fn month(day: Day) -> String {
    day.to_string().chars().take(7).collect()
}

/// The first day of its month: from there on the sums must be read, for the free messages to be known.
pub fn month_begins(day: Day) -> Day {
    format!("{}-01", month(day)).parse().unwrap_or(day)
}

/// What was sent on these days, the oldest first. The first day should be the first of a month.
pub fn bill(tariff: &Tariff, days: &[Rollup]) -> Vec<Billed> {
    let mut used: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut all = Vec::new();
    for rollup in days {
        let lines = rollup.lines.iter().filter(|line| line.group.was_attempted());
        let mut of_number: BTreeMap<&str, Vec<Charged>> = BTreeMap::new();
        for line in lines {
            let number = tariff.number(&line.group.channel);
            of_number.entry(number).or_default().push(charge(tariff, rollup, line));
        }
        for (number, mut lines) in of_number {
            let used = used.entry((number.to_owned(), month(rollup.day))).or_default();
            *used += lines.iter().map(|line| line.is_free).sum::<u64>();
            lines.sort_by_key(|line| (price_of_one(line), line.billed.group.clone()));
            for mut line in lines {
                let left = u64::from(tariff.prices.free_service_messages()).saturating_sub(*used);
                let free = line.may_be_free.min(left);
                *used += line.may_be_free;
                if free > 0 {
                    line.billed.actual = without(&line.billed.actual, line.may_be_free, free, line.fee);
                }
                all.push(line.billed);
            }
        }
    }
    all
}

fn charge(tariff: &Tariff, rollup: &Rollup, line: &RollupLine) -> Charged {
    let RollupLine { group, messages, expected, taken } = line;
    let knows_costs = rollup.v >= LEAST;
    let unknown = |count: u64| {
        let mut totals = Totals::default();
        totals.add_each(None, count);
        totals
    };
    let (expected, taken) = if knows_costs {
        (expected.clone(), taken.clone())
    } else {
        (unknown(*messages), if group.went_out() { unknown(*messages) } else { Totals::default() })
    };
    let billed = Billed {
        day: rollup.day,
        group: Arc::new(group.clone()),
        messages: *messages,
        expected,
        actual: Totals::default(),
        assumed: 0,
    };
    let (provider, at) = (tariff.provider(&group.channel), rollup.day.begins_at());
    let about = Delivered { country: group.country, provider, at };
    let mut line = Charged { billed, may_be_free: 0, is_free: 0, fee: None };
    if group.way.as_deref() == Some("sms") {
        line.billed.actual = taken;
    } else if group.arrived() {
        let is_charged_service = tariff.prices.service_is_charged(at);
        if let Some(pricing) = group.pricing.as_ref().filter(|pricing| pricing.is_decided()) {
            let cost = tariff.prices.actual(&about, pricing);
            line.billed.actual.add_each(cost.amount, *messages);
            match cost.why {
                CostReason::FreeTier => line.is_free = *messages,
                _ if pricing.is_of_service() && is_charged_service && cost.amount.is_some() && !is_free(&cost.why) => {
                    line.may_be_free = *messages;
                }
                _ => {}
            }
        } else {
            line.billed.assumed = messages.saturating_sub(taken.unpriced());
            line.billed.actual = taken;
            if group.way.as_deref() == Some("free_form") && is_charged_service {
                line.may_be_free = line.billed.assumed;
            }
        }
        let as_free = Pricing {
            kind: Some("free_customer_service".to_owned()),
            category: Some("service".to_owned()),
            billable: Some(false),
        };
        line.fee = tariff.prices.actual(&about, &as_free).amount;
    }
    line
}

fn is_free(why: &CostReason) -> bool {
    matches!(why, CostReason::FreeEntryPoint | CostReason::WindowFree | CostReason::FreeTier | CostReason::NotBilled)
}

/// In millionths of the currency.
fn price_of_one(line: &Charged) -> i64 {
    let count = i64::try_from(line.may_be_free).unwrap_or(i64::MAX).max(1);
    line.billed.actual.sums().map(|money| money.micros / count).max().unwrap_or(0)
}

/// The totals of `of` messages when `free` of them cost no more than `rest`.
fn without(totals: &Totals, of: u64, free: u64, rest: Option<Money>) -> Totals {
    let mut left = Totals::default();
    left.add_each(None, totals.unpriced());
    for sum in totals.sums() {
        let kept = i128::from(sum.micros) * i128::from(of - free) / i128::from(of.max(1));
        left.add(Some(Money { micros: i64::try_from(kept).unwrap_or(sum.micros), ..sum }));
    }
    if let Some(rest) = rest {
        left.add_each(Some(rest), free);
    }
    left
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;
