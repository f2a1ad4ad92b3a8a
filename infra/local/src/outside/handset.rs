//! A customer's phone as they see it: one thread for each number of the business.

use jiff::Timestamp;
use serde::Serialize;
use transom::domain::channel::Medium;

use super::{
    Outside,
    ledger::{Customer, Item},
    phones::{BadAct, find_customer},
};

/// A phone's threads, WhatsApp first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handset {
    #[serde(flatten)]
    pub customer: Customer,
    pub threads: Vec<Thread>,
}

/// Everything between this phone and one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thread {
    pub medium: Medium,
    /// The business's number as customers see it.
    pub with: String,
    /// The number's other name at the control API.
    pub alias: Option<String>,
    /// In the order in which they came to the phone or left it.
    pub messages: Vec<HandsetMessage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandsetMessage {
    pub id: String,
    /// `customer`, `business` or `carrier`.
    pub from: &'static str,
    pub at: Timestamp,
    pub kind: String,
    pub text: String,
    /// Labels that can be tapped.
    pub buttons: Vec<String>,
    /// For the customer's own messages, `sent`, `delivered` or `read` by the business; for the business's, how far the
    /// provider is with it. `None` where there is nothing to show.
    pub ticks: Option<&'static str>,
}

impl Outside {
    /// The phone of the customer with that number or id. What never arrives is not on it.
    pub fn handset(&self, customer: &str) -> Result<Handset, BadAct> {
        let state = self.state();
        let now = self.now(&state);
        let customer = find_customer(&state, customer)?;
        let items = state.ledger.items(Some(&customer.phone))?;
        let mut threads = Vec::new();
        for medium in [Medium::WhatsApp, Medium::Sms] {
            for number in self.config.numbers.iter().filter(|number| number.medium == medium) {
                let mut messages = Vec::new();
                for item in items.iter().filter(|item| item.number == number.key() && item.violations.is_empty()) {
                    let reached = state.ledger.ticks(&item.id, now)?;
                    messages.push(shown(item, &reached));
                }
                let (with, alias) = (number.display_phone.clone(), number.alias.clone());
                threads.push(Thread { medium, with, alias, messages });
            }
        }
        Ok(Handset { customer, threads })
    }
}

fn shown(item: &Item, reached: &[String]) -> HandsetMessage {
    let furthest = ["read", "delivered", "sent"].into_iter().find(|status| reached.iter().any(|word| word == status));
    HandsetMessage {
        id: item.id.clone(),
        from: match item.direction.as_str() {
            "in" => "customer",
            "out" => "business",
            _ => "carrier",
        },
        at: item.at,
        kind: item.kind.clone(),
        text: item.text.clone(),
        buttons: item.buttons.clone(),
        ticks: furthest,
    }
}
