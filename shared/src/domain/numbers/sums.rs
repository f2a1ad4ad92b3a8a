//! What a day's work comes to.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    Spread,
    facts::{Fallback, Outcome},
};
use crate::domain::{ConversationId, TeamId, Timestamp, access::Actor, job::Day};

/// The version of the form.
pub const VERSION: u8 = 1;

/// Whose work something is. Either is `None` where nobody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Whose {
    pub team: Option<TeamId>,
    pub person: Option<Actor>,
}

/// The work of one day, summed up. Sums are of whoever did the work, so they can be added over people, teams and days; only
/// conversations are counted for each team and for all by themselves, since several people may work on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOfWork {
    /// The version of this form; what a newer one has is empty in an older one.
    pub v: u8,
    pub day: Day,
    pub made_at: Timestamp,
    pub lines: Vec<WorkLine>,
    #[serde(default)]
    pub fallbacks: Vec<FallbackLine>,
    /// Conversations that people of a team wrote in, each once.
    #[serde(default)]
    pub teams: Vec<TeamLine>,
    /// The same, of all.
    #[serde(default)]
    pub conversations: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkLine {
    pub whose: Whose,
    pub sums: Sums,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamLine {
    pub team: Option<TeamId>,
    pub conversations: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackLine {
    pub team: Option<TeamId>,
    pub kind: Fallback,
    pub sums: FallbackSums,
}

/// Counts of a day. What is zero is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// How long customers waited for the first answer since their conversation opened, and for every one.
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub first: Spread,
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub every: Spread,
    /// From the first message of a conversation to its closing.
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub resolution: Spread,
    #[serde(skip_serializing_if = "is_zero")]
    pub opened: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub closed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub archived: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub reopened: u64,
    /// Promises of an answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub kept: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub broken: u64,
    /// Messages of customers, of people, and of nobody.
    #[serde(skip_serializing_if = "is_zero")]
    pub received: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub written: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub automatic: u64,
    /// That this person wrote in, each once.
    #[serde(skip_serializing_if = "is_zero")]
    pub conversations: u64,
    /// Windows with a customer who waits: in how many they were answered, in how many of those in the last hours, and how many
    /// closed before.
    #[serde(skip_serializing_if = "is_zero")]
    pub in_window: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub saved: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub missed: u64,
    /// How often each score from 1 to 5 was given.
    pub scores: [u64; 5],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Sums {
    pub fn merge(&mut self, other: &Self) {
        let Self { first, every, resolution, scores, .. } = other;
        self.first.merge(first);
        self.every.merge(every);
        self.resolution.merge(resolution);
        for (sum, more) in [
            (&mut self.opened, other.opened),
            (&mut self.closed, other.closed),
            (&mut self.archived, other.archived),
            (&mut self.reopened, other.reopened),
            (&mut self.kept, other.kept),
            (&mut self.broken, other.broken),
            (&mut self.received, other.received),
            (&mut self.written, other.written),
            (&mut self.automatic, other.automatic),
            (&mut self.conversations, other.conversations),
            (&mut self.in_window, other.in_window),
            (&mut self.saved, other.saved),
            (&mut self.missed, other.missed),
        ] {
            *sum += more;
        }
        for (sum, more) in self.scores.iter_mut().zip(scores) {
            *sum += more;
        }
    }
}

/// What became of fallbacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FallbackSums {
    pub outcomes: BTreeMap<Outcome, u64>,
    /// After so many the customer wrote within a day. Counted on the day on which they did.
    pub came_back: u64,
}

impl FallbackSums {
    pub fn merge(&mut self, other: &Self) {
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_insert(0) += count;
        }
        self.came_back += other.came_back;
    }

    pub fn all(&self) -> u64 {
        self.outcomes.values().sum()
    }

    pub fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }
}

/// Sums of a day as they are made.
#[derive(Debug, Default)]
pub struct Counting {
    lines: BTreeMap<Whose, Sums>,
    fallbacks: BTreeMap<(Option<TeamId>, Fallback), FallbackSums>,
    written_in: HashSet<(Whose, ConversationId)>,
    of_team: HashSet<(Option<TeamId>, ConversationId)>,
    of_all: HashSet<ConversationId>,
}

impl Counting {
    pub fn of(&mut self, whose: Whose) -> &mut Sums {
        self.lines.entry(whose).or_default()
    }

    pub fn fallback(&mut self, team: Option<TeamId>, kind: Fallback) -> &mut FallbackSums {
        self.fallbacks.entry((team, kind)).or_default()
    }

    /// Somebody wrote in a conversation.
    pub fn wrote(&mut self, whose: Whose, conversation: ConversationId) {
        self.of_all.insert(conversation);
        self.of_team.insert((whose.team.clone(), conversation));
        let is_new = self.written_in.insert((whose.clone(), conversation));
        let sums = self.of(whose);
        sums.written += 1;
        sums.conversations += u64::from(is_new);
    }

    pub fn sums(self, day: Day, made_at: Timestamp) -> DayOfWork {
        let mut teams: BTreeMap<Option<TeamId>, u64> = BTreeMap::new();
        for (team, _) in self.of_team {
            *teams.entry(team).or_insert(0) += 1;
        }
        let fallback = |((team, kind), sums)| FallbackLine { team, kind, sums };
        DayOfWork {
            v: VERSION,
            day,
            made_at,
            lines: self.lines.into_iter().map(|(whose, sums)| WorkLine { whose, sums }).collect(),
            fallbacks: self.fallbacks.into_iter().map(fallback).collect(),
            teams: teams.into_iter().map(|(team, conversations)| TeamLine { team, conversations }).collect(),
            conversations: self.of_all.len() as u64,
        }
    }
}
