//! Rehearsing a ladder: a stretch of conversations is gone through once more under another ladder, by the same rules, and
//! says what would have gone out. Nothing is sent and nothing is stored.
//!
//! **Customers and staff behave as they did**: they write when they wrote, whatever the ladder under rehearsal would have
//! sent them. What a ladder changes is what goes out by itself, what becomes of answers that are held, and what all of it
//! costs. [`Assumptions`] says what is assumed where nothing is known.

mod figures;
mod log;
mod order;
mod report;
mod setting;
mod steps;
mod walk;

use super::{
    Timestamp,
    consent::Consent,
    cost::{Country, Money},
    hours::QuietHours,
    ladder::{Reached, Step},
    message::{OnHeld, Via, Way},
    template::Category,
    time::SignedDuration,
};
pub use figures::{Clock, Figures, Row, What};
pub use log::{BadLog, MOST_BYTES as LONGEST_LOG, read as read_log};
pub use order::{Assumed, AssumedTemplate, RehearsalOrder};
pub use report::{Answers, Comparison, Held, Report, RowView, Turns};
pub use setting::Setting;

/// One conversation as it took place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    pub customer: Customer,
    /// By their times.
    pub events: Vec<Event>,
    /// What became of templates that really went to this customer, and when they went.
    pub fates: Vec<(Timestamp, Fate)>,
}

/// What the rules ask of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// Of their number, for the prices.
    pub country: Option<Country>,
    pub language: Option<String>,
    pub vip: bool,
    /// A phone number is known, so that an SMS can reach them.
    pub has_phone: bool,
    pub quiet_hours: Option<QuietHours>,
    /// What they wished, as far as the newest wishes tell.
    pub consent: Consent,
    /// Until then everything is free (Meta, "free entry points").
    pub free_entry_until: Option<Timestamp>,
}

/// Something that happened in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub what: Did,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Did {
    /// The customer wrote, which opens the window.
    Wrote,
    /// Staff or a program wrote an answer, to go out by whichever way is open.
    Answered(Answer),
    /// Staff answered in the phone app: that went out by itself.
    AnsweredElsewhere,
    /// Staff closed the conversation: the customer waits no more until they write again.
    Closed,
}

/// An answer as it was accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub via: Via,
    pub on_held: OnHeld,
    /// It is an approved template of this category.
    pub template: Option<Category>,
    /// Its sender named an end; `None`: as the ladder says.
    pub expires_at: Option<Timestamp>,
    /// Somebody took it back then, if it had not gone out.
    pub taken_back_at: Option<Timestamp>,
    /// The provider said that the window is closed, against our own reckoning.
    pub met_a_closed_window: bool,
}

/// What became of a template: times are counted from when it went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// The provider took it.
    pub accepted: bool,
    pub failed: Option<SignedDuration>,
    pub delivered: Option<SignedDuration>,
    pub read: Option<SignedDuration>,
}

/// What is assumed of what nobody can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumptions {
    /// How far a template comes, where no real one to this customer tells.
    pub template: Fate,
    /// The customer comes back so long after a template that reached them, if they did not write before. `None`: they do
    /// only what they did.
    pub comes_back_after: Option<SignedDuration>,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self { template: Fate::delivered(), comes_back_after: None }
    }
}

impl Fate {
    /// It reaches the device at once, and nobody reads it.
    pub const fn delivered() -> Self {
        Self { accepted: true, failed: None, delivered: Some(SignedDuration::ZERO), read: None }
    }

    /// It is read at once.
    pub const fn read() -> Self {
        Self { read: Some(SignedDuration::ZERO), ..Self::delivered() }
    }

    /// The provider takes it, and it never arrives.
    pub const fn lost() -> Self {
        Self { delivered: None, ..Self::delivered() }
    }

    /// The provider turns it down.
    pub const fn fails() -> Self {
        Self { failed: Some(SignedDuration::ZERO), delivered: None, ..Self::delivered() }
    }

    /// How far it has come, so long after it went out.
    fn reached(self, after: SignedDuration) -> Reached {
        let by_then = |took: Option<SignedDuration>| took.is_some_and(|took| took <= after);
        if by_then(self.read) {
            Reached::Eyes
        } else if by_then(self.delivered) {
            Reached::Device
        } else {
            Reached::Nobody
        }
    }
}

/// The time that figures are of. What happens before is gone through to know how things stand at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: Timestamp,
    /// Not included.
    pub until: Timestamp,
}

impl Stretch {
    fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at)
    }
}

/// Something that would have happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened<'a> {
    /// A message went out to the customer.
    Out {
        at: Timestamp,
        /// The ladder's step; `None`: somebody's answer.
        step: Option<&'a Step>,
        way: Way,
        cost: Option<Money>,
        /// The customer's last message as it was then.
        last_in: Option<Timestamp>,
    },
    /// Somebody was told: a reminder, a notice, a wish for a ticket.
    Told { at: Timestamp, step: &'a Step },
    /// The ladder wanted to send something that the rules or its template did not let go.
    NotSent { at: Timestamp, step: &'a Step },
    /// An answer had to wait for the customer's next message, and came to an end.
    Held { written_at: Timestamp, at: Timestamp, end: HeldEnd },
    /// A customer's wait came to an end, or to the end of the stretch.
    Turn { since: Timestamp, at: Timestamp, end: TurnEnd },
}

/// How a held answer ended. Each ends once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldEnd {
    /// It went out when the customer wrote.
    Released,
    BySms,
    Expired,
    /// It must not go out.
    Refused,
    /// Somebody took it back.
    TakenBack,
    /// The stretch ended first.
    StillHeld,
}

/// How a customer's wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnEnd {
    /// Answered freely, as soon as the answer was written, before the window ended.
    InWindow,
    /// Answered freely after it had ended, or by an answer that had been held: the customer had to write again.
    AfterWindow,
    /// Answered by SMS or by a template.
    ByAnotherWay,
    /// Staff closed the conversation.
    Closed,
    /// The window ended, and no answer went out.
    Never,
    /// The window was open still when the stretch ended.
    Open,
}

/// Goes through a conversation up to the end of the stretch, and tells what would have happened, in order.
pub fn rehearse<'a>(
    setting: &'a Setting,
    conversation: &Conversation,
    until: Timestamp,
    mut tell: impl FnMut(Happened<'a>),
) {
    walk::Walk::new(setting, conversation, until, &mut tell).finish();
}

#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod tests;
