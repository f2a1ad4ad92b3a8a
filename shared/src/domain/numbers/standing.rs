//! Where a conversation stands between two facts, and what each fact adds to the sums of its day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    facts::{Fact, Fallback, Fallen, How, Left, Score, What, WorkChanged},
    sums::{Counting, Sums, Whose},
};
use crate::domain::{
    ConversationId, StaffId, TeamId, Timestamp, access::Actor, hours::BusinessHours, time::SignedDuration,
    window::WINDOW_LASTS, work::Sla,
};

/// An answer in these last hours of a window saves it.
pub const SAVED_IN_THE_LAST: SignedDuration = SignedDuration::from_hours(4);
/// For so long after a fallback what its customer writes is an answer to it.
pub const COMES_BACK_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// What nothing happened to for so long is forgotten: who writes after that begins anew.
pub const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What customers are promised, and the hours in which it holds. Without hours it always does.
#[derive(Debug, Clone, Default)]
pub struct Promises {
    pub sla: Sla,
    pub hours: Option<BusinessHours>,
}

impl Promises {
    fn due_at(&self, since: Timestamp, first: bool) -> Option<Timestamp> {
        let at_any_hour = self.sla.due_at(since, first)?;
        match &self.hours {
            None => Some(at_any_hour),
            Some(hours) => hours.after_open_time(since, at_any_hour.duration_since(since)),
        }
    }
}

/// A conversation, as far as what comes next depends on what was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// The newest fact.
    seen: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<TeamId>,
    /// Who has it, or had it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<StaffId>,
    /// Its first message since it was begun or closed. `None`: nothing is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// Somebody answered since it opened.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    was_answered: bool,
    /// What the customer wrote up to here is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<Wait>,
    /// The latest fallback of each kind that went out and was not answered.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fallbacks: BTreeMap<Fallback, Timestamp>,
}

/// A customer who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Wait {
    since: Timestamp,
    /// Nobody answered since the conversation opened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    first: bool,
    /// When an answer is promised; `None`: never, or the promise is broken already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// When the window of the newest message closes; `None`: it has none, or closed already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closes_at: Option<Timestamp>,
}

impl Standing {
    /// Whether it may still matter.
    pub fn is_remembered(&self, now: Timestamp) -> bool {
        self.seen.is_some_and(|seen| now.duration_since(seen) < REMEMBERED_FOR)
    }

    /// The next fact, in the order of time.
    pub fn see(&mut self, fact: &Fact, promises: &Promises, counting: &mut Counting) {
        let Fact { conversation, at, what } = fact;
        self.elapse(*at, counting);
        self.seen = self.seen.max(Some(*at));
        match what {
            What::Wrote { window } => self.wrote(*at, *window, promises, counting),
            What::Answered { by, left, fallback } => {
                counting.wrote(self.by(by.clone()), *conversation);
                self.begin(*at, counting);
                if let Some(left) = left {
                    self.answered(*left, by.as_ref(), counting);
                }
                self.fell_back(*at, *fallback, counting);
            }
            What::Automatic { settles, fallback } => {
                counting.of(self.by(None)).automatic += 1;
                if let Some(Left { at, up_to }) = settles {
                    self.elapse(*at, counting);
                    self.answered_at = self.answered_at.max(Some(*up_to));
                    self.wait = None;
                }
                self.fell_back(*at, *fallback, counting);
            }
            What::Changed(WorkChanged { team, owner }) => (self.team, self.owner) = (team.clone(), *owner),
            What::Ended(how) => self.ended(*at, *how, counting),
            What::Reopened => self.reopen(*at, counting),
            What::Scored(score) => {
                // Who says how it was waits for nothing.
                self.wait = self.wait.filter(|wait| wait.since != *at);
                self.scored(score, counting);
            }
        }
    }

    /// Time went by up to this moment: promises break, and windows close.
    pub fn elapse(&mut self, until: Timestamp, counting: &mut Counting) {
        let owners = self.owners();
        let Some(wait) = &mut self.wait else { return };
        if wait.due.is_some_and(|due| due < until) {
            wait.due = None;
            counting.of(owners.clone()).broken += 1;
        }
        if wait.closes_at.is_some_and(|closes_at| closes_at <= until) {
            wait.closes_at = None;
            counting.of(owners).missed += 1;
        }
    }

    /// What is nobody's doing is of whoever has the conversation.
    fn owners(&self) -> Whose {
        self.by(self.owner.map(Actor::Staff))
    }

    fn by(&self, person: Option<Actor>) -> Whose {
        Whose { team: self.team.clone(), person }
    }

    fn owners_sums<'a>(&self, counting: &'a mut Counting) -> &'a mut Sums {
        counting.of(self.owners())
    }

    /// A conversation that never was, or whose end is taken back, opens.
    fn begin(&mut self, at: Timestamp, counting: &mut Counting) {
        if self.opened_at.is_none() && self.ended_at.is_none() {
            self.opened_at = Some(at);
            self.owners_sums(counting).opened += 1;
        }
    }

    fn wrote(&mut self, at: Timestamp, window: bool, promises: &Promises, counting: &mut Counting) {
        self.owners_sums(counting).received += 1;
        // Each is answered now, or never.
        for (kind, sent_at) in std::mem::take(&mut self.fallbacks) {
            if at < sent_at + COMES_BACK_WITHIN {
                counting.fallback(self.team.clone(), kind).came_back += 1;
            }
        }
        if self.ended_at.is_some_and(|ended_at| at <= ended_at) || self.answered_at.is_some_and(|answer| at <= answer) {
            return;
        }
        self.reopen(at, counting);
        self.begin(at, counting);
        let first = !self.was_answered;
        let wait = self.wait.get_or_insert_with(|| Wait {
            since: at,
            first,
            due: promises.due_at(at, first),
            closes_at: None,
        });
        wait.closes_at = if window { Some(at + WINDOW_LASTS) } else { wait.closes_at };
    }

    fn reopen(&mut self, at: Timestamp, counting: &mut Counting) {
        if self.ended_at.take().is_some() {
            // A word after the end answered nothing of what begins now.
            self.was_answered = false;
            self.owners_sums(counting).reopened += 1;
            self.begin(at, counting);
        }
    }

    fn answered(&mut self, Left { at, up_to }: Left, by: Option<&Actor>, counting: &mut Counting) {
        self.elapse(at, counting);
        self.answered_at = self.answered_at.max(Some(up_to));
        self.was_answered = true;
        let Some(wait) = self.wait.take() else { return };
        let sums = counting.of(self.by(by.cloned()));
        let waited = at.duration_since(wait.since);
        sums.every.add(waited);
        if wait.first {
            sums.first.add(waited);
        }
        sums.kept += u64::from(wait.due.is_some());
        if let Some(closes_at) = wait.closes_at {
            sums.in_window += 1;
            sums.saved += u64::from(closes_at - SAVED_IN_THE_LAST <= at);
        }
    }

    fn fell_back(&mut self, at: Timestamp, fallen: Option<Fallen>, counting: &mut Counting) {
        let Some(Fallen { kind, outcome }) = fallen else { return };
        *counting.fallback(self.team.clone(), kind).outcomes.entry(outcome).or_insert(0) += 1;
        // An answer by SMS is no invitation to come back.
        if outcome.went_out() && kind != Fallback::AnswerBySms {
            self.fallbacks.insert(kind, at);
        }
    }

    fn ended(&mut self, at: Timestamp, how: How, counting: &mut Counting) {
        let opened_at = self.opened_at.take();
        let sums = self.owners_sums(counting);
        // What was closed before is only put away.
        if opened_at.is_some() || self.ended_at.is_none() {
            match how {
                How::Closed => {
                    sums.closed += 1;
                    if let Some(opened_at) = opened_at {
                        sums.resolution.add(at.duration_since(opened_at));
                    }
                }
                How::Archived => sums.archived += 1,
            }
        }
        self.ended_at = self.ended_at.max(Some(at));
        (self.wait, self.was_answered) = (None, false);
    }

    fn scored(&self, score: &Score, counting: &mut Counting) {
        let whose = Whose {
            team: score.team.clone().or_else(|| self.team.clone()),
            person: score.by.clone().or_else(|| self.owner.map(Actor::Staff)),
        };
        let index = usize::from(score.score).wrapping_sub(1);
        if let Some(count) = counting.of(whose).scores.get_mut(index) {
            *count += 1;
        }
    }
}

/// All conversations that may still matter, each once.
pub type Standings = std::collections::HashMap<ConversationId, Standing>;
