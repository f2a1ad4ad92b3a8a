//! What may be done to a conversation's work, by whom, and what it is then.

use super::{Asked, AskedBy, Holder, How, Lease, Owner, Snooze, Ticket, Work};
use crate::domain::{
    StaffId, TeamId, Timestamp,
    ids::{AutomationId, LabelId},
    time::SignedDuration,
};

/// A conversation has no more labels.
pub const MOST_LABELS: usize = 20;
/// Nobody hides a conversation for longer: a year.
pub const LONGEST_SNOOZE: SignedDuration = SignedDuration::from_hours(366 * 24);
/// A program that still lives asks again long before.
pub const LONGEST_LEASE: SignedDuration = SignedDuration::from_hours(24);

/// Who changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Staff(StaffId),
    /// A client of the API, which acts for the account.
    Client,
    /// A program that answers customers, with the ticket of its lease.
    Automation(AutomationId, Ticket),
    /// Transom by the account's rules.
    Rules,
}

/// A change that is asked for. `since`: since when it wants somebody, which is when the customer began to wait if they do
/// ([`super::Facts::wants_since`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkChange {
    /// "I take it."
    Take,
    Assign {
        to: StaffId,
    },
    /// Whoever had it lets go, and somebody of the team is wanted; `None`: of any.
    HandTo {
        team: Option<TeamId>,
        since: Timestamp,
    },
    /// Whoever has it lets go, and somebody else is wanted.
    Release {
        since: Timestamp,
    },
    Label {
        label: LabelId,
    },
    Unlabel {
        label: LabelId,
    },
    /// `seen`: the customer's newest message, as whoever snoozes it knows it.
    Snooze {
        until: Timestamp,
        seen: Option<Timestamp>,
    },
    Wake,
    /// The customer waits, and nobody has it. `team`: which one is wanted by the account's rules.
    Ask {
        since: Timestamp,
        team: Option<TeamId>,
    },
    /// The customer waits no more.
    Answered,
    /// It was closed or archived.
    End,
    /// A program answers from now on.
    Lend {
        to: AutomationId,
        until: Timestamp,
    },
    /// By the program: for longer, with the same ticket.
    Renew {
        until: Timestamp,
    },
    /// By the program: it is done.
    HandBack,
    /// Nothing but the number of writes: whoever decided by an older one loses.
    Touch,
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkRefused {
    /// Somebody wrote since it was read.
    #[error("if_match: it was changed meanwhile")]
    Changed { rev: u64 },
    #[error("the conversation is somebody else's: assign it anew to take it from them")]
    Owned { by: StaffId },
    #[error("the program {to} has the conversation")]
    Lent { to: AutomationId },
    #[error("the lease is over: somebody else has the conversation")]
    LeaseLost,
    #[error("somebody of the staff was asked for")]
    ForPeople,
    #[error("only somebody of the staff can take a conversation")]
    NotAPerson,
    #[error("only the program that has the conversation can do this")]
    NotAProgram,
    #[error("the conversation wants nobody now")]
    NotAsked,
    #[error("label: a conversation has at most {MOST_LABELS}")]
    TooManyLabels,
    #[error("until: must lie ahead, and not more than a year")]
    SnoozeTime,
    #[error("until: must lie ahead, and not more than a day")]
    LeaseTime,
}

impl Work {
    /// Whether it is still as somebody saw it. `None`: they do not mind.
    pub fn check_rev(&self, seen: Option<u64>) -> Result<(), WorkRefused> {
        if seen.is_none_or(|seen| seen == self.rev) { Ok(()) } else { Err(WorkRefused::Changed { rev: self.rev }) }
    }

    /// Whose desk needs a slot, under [`Work::next_ticket`], *before* the change is written; `None`: nobody's.
    pub fn needs_slot(&self, change: &WorkChange, by: &Actor) -> Option<(StaffId, How)> {
        let to = match (change, by) {
            (WorkChange::Take, Actor::Staff(staff)) => *staff,
            (WorkChange::Assign { to }, _) => *to,
            (
                WorkChange::Take
                | WorkChange::HandTo { .. }
                | WorkChange::Release { .. }
                | WorkChange::Label { .. }
                | WorkChange::Unlabel { .. }
                | WorkChange::Snooze { .. }
                | WorkChange::Wake
                | WorkChange::Ask { .. }
                | WorkChange::Answered
                | WorkChange::End
                | WorkChange::Lend { .. }
                | WorkChange::Renew { .. }
                | WorkChange::HandBack
                | WorkChange::Touch,
                _,
            ) => return None,
        };
        let has_it = self.owner().is_some_and(|owner| owner.staff == to);
        (!has_it).then(|| (to, how(by)))
    }

    /// The work after a change, to be written on condition of this one's `rev`. With the same `rev`, nothing changes and there
    /// is nothing to write.
    pub fn apply(&self, change: &WorkChange, by: &Actor, now: Timestamp) -> Result<Self, WorkRefused> {
        if let Actor::Automation(_, ticket) = by
            && !self.lets_act(*ticket, now)
            && !matches!(change, WorkChange::Lend { .. })
        {
            return Err(WorkRefused::LeaseLost);
        }
        let mut new = self.clone();
        match change {
            WorkChange::Take => {
                let Actor::Staff(staff) = by else { return Err(WorkRefused::NotAPerson) };
                match self.owner() {
                    Some(owner) if owner.staff != *staff => return Err(WorkRefused::Owned { by: owner.staff }),
                    Some(_) => {}
                    None => new.give(*staff, How::ByHand, now),
                }
            }
            WorkChange::Assign { to } => {
                if *by == Actor::Rules {
                    self.may_be_assigned(now)?;
                }
                if self.owner().is_none_or(|owner| owner.staff != *to) {
                    new.give(*to, how(by), now);
                }
            }
            WorkChange::HandTo { team, since } => {
                new.team.clone_from(team);
                new.let_go(Some(*since), now);
            }
            WorkChange::Release { since } => new.let_go(self.is_held(now).then_some(*since), now),
            WorkChange::Label { label } => {
                new.labels.insert(label.clone());
                if new.labels.len() > MOST_LABELS {
                    return Err(WorkRefused::TooManyLabels);
                }
            }
            WorkChange::Unlabel { label } => {
                new.labels.remove(label);
            }
            WorkChange::Snooze { until, seen } => {
                if !within(*until, now, LONGEST_SNOOZE) {
                    return Err(WorkRefused::SnoozeTime);
                }
                new.snooze = Some(Snooze { until: *until, seen: *seen });
            }
            WorkChange::Wake => new.snooze = None,
            WorkChange::Ask { since, team } => new.ask(*since, team.as_ref(), now),
            WorkChange::Answered => new.asked = self.asked.filter(|asked| asked.by != AskedBy::Customer),
            WorkChange::End => new.end(),
            WorkChange::Lend { to, until } => new.lend(to, *until, now)?,
            WorkChange::Renew { until } => {
                let (Actor::Automation(..), Holder::Automation(lease)) = (by, &mut new.holder) else {
                    return Err(WorkRefused::NotAProgram);
                };
                if !within(*until, now, LONGEST_LEASE) {
                    return Err(WorkRefused::LeaseTime);
                }
                lease.until = lease.until.max(*until);
            }
            WorkChange::HandBack => {
                let Actor::Automation(..) = by else { return Err(WorkRefused::NotAProgram) };
                new.holder = Holder::Nobody;
            }
            WorkChange::Touch => new.rev += 1,
        }
        if new.rev == self.rev && new != *self {
            new.rev += 1;
        }
        if new.rev != self.rev {
            new.changed_at = Some(now);
        }
        Ok(new)
    }

    /// Whether rules may give it to somebody: it waits in the open, or its owner is silent.
    fn may_be_assigned(&self, now: Timestamp) -> Result<(), WorkRefused> {
        match &self.holder {
            Holder::Automation(lease) if now < lease.until => Err(WorkRefused::Lent { to: lease.to.clone() }),
            Holder::Nobody | Holder::Automation(_) if self.entry(now).is_none() => Err(WorkRefused::NotAsked),
            Holder::Nobody | Holder::Automation(_) | Holder::Staff(_) => Ok(()),
        }
    }

    fn is_held(&self, now: Timestamp) -> bool {
        self.owner().is_some() || self.lease(now).is_some()
    }

    fn give(&mut self, staff: StaffId, how: How, now: Timestamp) {
        if let Some(owner) = self.owner() {
            self.passed_over = Some(owner.staff);
        }
        if self.passed_over == Some(staff) {
            self.passed_over = None;
        }
        self.holder = Holder::Staff(Owner { staff, since: now, ticket: self.next_ticket(), how });
        self.asked = None;
    }

    fn let_go(&mut self, wanted_since: Option<Timestamp>, now: Timestamp) {
        if let Some(owner) = self.owner() {
            self.passed_over = Some(owner.staff);
            self.holder = Holder::Nobody;
        } else if wanted_since.is_some() {
            self.holder = Holder::Nobody;
        }
        if let Some(since) = wanted_since {
            // It keeps its place in the queue, if it has one already.
            let since = self.asked.map_or(since, |asked| asked.since.min(since)).min(now);
            self.asked = Some(Asked { since, by: AskedBy::Staff });
        }
    }

    fn ask(&mut self, since: Timestamp, team: Option<&TeamId>, now: Timestamp) {
        if self.is_held(now) || self.asked.is_some() {
            return;
        }
        // Of a lease that ran out nothing is left.
        self.holder = Holder::Nobody;
        if team.is_some() {
            self.team = team.cloned();
        }
        self.asked = Some(Asked { since: since.min(now), by: AskedBy::Customer });
    }

    fn end(&mut self) {
        if let Some(owner) = self.owner() {
            self.previous = Some(owner.staff);
        }
        self.holder = Holder::Nobody;
        (self.asked, self.snooze, self.passed_over) = (None, None, None);
    }

    fn lend(&mut self, to: &AutomationId, until: Timestamp, now: Timestamp) -> Result<(), WorkRefused> {
        if let Some(owner) = self.owner() {
            return Err(WorkRefused::Owned { by: owner.staff });
        }
        if let Some(lease) = self.lease(now).filter(|lease| lease.to != *to) {
            return Err(WorkRefused::Lent { to: lease.to.clone() });
        }
        if self.asked.is_some_and(|asked| asked.by == AskedBy::Staff) {
            return Err(WorkRefused::ForPeople);
        }
        if !within(until, now, LONGEST_LEASE) {
            return Err(WorkRefused::LeaseTime);
        }
        self.holder = Holder::Automation(Lease { to: to.clone(), ticket: self.next_ticket(), until });
        self.asked = None;
        Ok(())
    }
}

/// What a person or a client decides is by hand; rules and programs keep to capacities.
fn how(by: &Actor) -> How {
    match by {
        Actor::Staff(_) | Actor::Client => How::ByHand,
        Actor::Automation(..) | Actor::Rules => How::Automatic,
    }
}

fn within(until: Timestamp, now: Timestamp, most: SignedDuration) -> bool {
    now < until && until.duration_since(now) <= most
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
