//! What must be true for a step, looked at when it is due.

use super::{Condition, Ladder, Step};
use crate::domain::{Timestamp, cost::Money, sending::Delivery};

/// What conditions look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    pub now: Timestamp,
    pub customer_waits: bool,
    /// A phone number is known and an SMS channel is there. Whether the customer wants it is the plan's to say, since a
    /// refusal is kept with its reason.
    pub may_be_texted: bool,
    pub vip: bool,
    /// How far the window's template came.
    pub template: Reached,
    /// What the step's message is expected to cost; `None`: it sends nothing, or nobody knows.
    pub cost: Option<Money>,
}

/// How far a template came, as far as its provider says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    #[default]
    Nobody,
    Device,
    Eyes,
}

impl From<&Delivery> for Reached {
    fn from(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Read => Self::Eyes,
            Delivery::Delivered => Self::Device,
            Delivery::Queued
            | Delivery::Held
            | Delivery::Sending
            | Delivery::Unknown
            | Delivery::Accepted
            | Delivery::Sent
            | Delivery::Failed { .. }
            | Delivery::Refused
            | Delivery::Expired
            | Delivery::Cancelled
            | Delivery::Undetermined => Self::Nobody,
        }
    }
}

impl Step {
    /// Whether all its conditions hold, under the hours of its ladder.
    pub fn applies(&self, ladder: &Ladder, it: &Circumstances) -> bool {
        let open = || ladder.business_hours.as_ref().is_some_and(|hours| hours.open_at(it.now));
        self.only_if.iter().all(|condition| match condition {
            Condition::CustomerWaits => it.customer_waits,
            Condition::WithinBusinessHours => open(),
            Condition::OutsideBusinessHours => !open(),
            Condition::MayBeTexted => it.may_be_texted,
            Condition::Undelivered => it.template < Reached::Device,
            Condition::Unread => it.template < Reached::Eyes,
            Condition::Vip => it.vip,
            Condition::NotVip => !it.vip,
            Condition::CostBelow(limit) => {
                it.cost.is_some_and(|cost| cost.currency == limit.currency && cost.micros < limit.micros)
            }
        })
    }
}
