//! The outside world: providers that follow their documented rules by a clock of their own, the people with phones, and
//! the webhooks that come of both. It also knows what really happened, which is what the invariants are checked against.

mod arrive;
mod line;
mod people;
mod receipts;
mod subscribers;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use transom::domain::{ConversationId, MessageId};

use crate::{cast::Index, machine::Millis};

pub use line::Line;
pub use people::{Shows, says, writes};
pub use receipts::forge;
pub use subscribers::{Heard, Kind, Posts, SECRET};
pub use webhooks::{Delivered, delivered, repeat};

/// See the module.
#[derive(Debug)]
pub struct Outside {
    /// How far the providers' clocks are ahead of the simulation's.
    pub offset: Millis,
    threads: BTreeMap<(Index, Index), Thread>,
    /// What was accepted, by our message id.
    pub accepted: BTreeMap<MessageId, Vec<Acceptance>>,
    /// What people said.
    pub said: Vec<Said>,
    webhooks: webhooks::Webhooks,
    next_id: u64,
    /// Windows that a provider closed early: number, person, and the time of the message that had opened it.
    pub closed_early: BTreeSet<(Index, Index, Millis)>,
    /// Who was sent a link by SMS, for which number.
    pub came_back: BTreeSet<(Index, Index)>,
    /// What subscribers have taken.
    pub heard: Heard,
}

/// What a provider knows of one number and one person. Times are the provider's.
#[derive(Debug, Default)]
struct Thread {
    last_wrote: Option<Millis>,
    /// Up to when the pair's allowance is spent.
    spent_until: Millis,
    /// Stopped at the carrier.
    stopped: bool,
    closed: Option<Closed>,
}

/// The provider says "too late", whatever the hour.
#[derive(Debug)]
struct Closed {
    /// For the window of this `last_wrote`.
    window: Millis,
    /// The conversation to which it said so. Somebody with two names has two, until a message joins them.
    conversation: Option<ConversationId>,
    /// When the call arrived that was turned down.
    arrived: Millis,
    /// Since when we have been told.
    told_at: Option<Millis>,
}

/// A message that a provider took.
#[derive(Debug, Clone)]
pub struct Acceptance {
    pub number: Index,
    pub person: Index,
    pub attempt: u32,
    /// By the provider's clock.
    pub at: Millis,
    pub free_form: bool,
    pub text: String,
    /// The provider will report that it failed.
    pub fails: bool,
}

/// A message that a person sent.
#[derive(Debug, Clone)]
pub struct Said {
    pub provider_id: String,
    pub number: Index,
    pub person: Index,
    /// By the provider's clock, in whole seconds.
    pub at: Millis,
    pub opens_window: bool,
    pub stop: bool,
    pub start: bool,
    /// When a webhook with it was answered with 200, by the simulation's clock.
    pub acknowledged_at: Option<Millis>,
}

impl Outside {
    pub fn new(offset: Millis) -> Self {
        Self {
            offset,
            threads: BTreeMap::new(),
            accepted: BTreeMap::new(),
            said: Vec::new(),
            webhooks: webhooks::Webhooks::default(),
            next_id: 1,
            closed_early: BTreeSet::new(),
            came_back: BTreeSet::new(),
            heard: Heard::default(),
        }
    }

    fn thread(&mut self, number: Index, person: Index) -> &mut Thread {
        self.threads.entry((number, person)).or_default()
    }

    /// A sender was killed, or the table refused its outcome: what it was told just now may not be written down.
    pub fn forgot(&mut self, now: Millis) {
        for closed in self.threads.values_mut().filter_map(|thread| thread.closed.as_mut()) {
            closed.told_at = closed.told_at.filter(|told| *told <= now);
        }
    }

    fn new_id(&mut self, prefix: &str) -> String {
        self.next_id += 1;
        format!("{prefix}{:020}", self.next_id)
    }

    /// Attempts that our clients were told of as one message, for reports.
    pub fn acceptances(&self) -> usize {
        self.accepted.values().map(Vec::len).sum()
    }

    /// People who have written to a number.
    pub fn writers(&self, number: Index) -> BTreeSet<Index> {
        self.said.iter().filter(|said| said.number == number).map(|said| said.person).collect()
    }
}
