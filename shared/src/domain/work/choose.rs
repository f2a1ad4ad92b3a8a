//! Whom automation gives a conversation to.

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeSet,
};

use serde::{Deserialize, Serialize};

use super::{Desk, Member, Presence, Work, WorkSettings, presence::ONLINE_FOR};
use crate::domain::{StaffId, TeamId, Timestamp, ids::SkillId, time::SignedDuration};

/// Somebody of the staff as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub staff: StaffId,
    /// They said so. Whether it is still true, `last_seen` says.
    pub online: bool,
    pub last_seen: Timestamp,
    pub teams: BTreeSet<TeamId>,
    pub skills: BTreeSet<SkillId>,
    pub languages: BTreeSet<String>,
    /// Slots that are taken.
    pub open: usize,
    pub capacity: usize,
    pub last_assigned_at: Option<Timestamp>,
}

impl Candidate {
    /// `presence`: `None` for somebody who never signed on.
    pub fn of(member: &Member, presence: Option<&Presence>, desk: &Desk, settings: &WorkSettings) -> Self {
        let teams = || settings.teams.iter().filter(|team| member.teams.contains(&team.id));
        let skills = teams().flat_map(|team| &team.skills).chain(&member.skills).cloned().collect();
        let languages = teams().flat_map(|team| &team.languages).chain(&member.languages).cloned().collect();
        Self {
            staff: member.staff,
            online: presence.is_some_and(|presence| presence.said == super::Said::Online),
            last_seen: presence.map_or(Timestamp::MIN, |presence| presence.last_seen),
            teams: member.teams.clone(),
            skills,
            languages,
            open: desk.slots.len(),
            capacity: usize::try_from(desk.capacity).unwrap_or(usize::MAX),
            last_assigned_at: desk.last_assigned_at,
        }
    }

    fn is_online(&self, now: Timestamp) -> bool {
        self.online && now.duration_since(self.last_seen) < ONLINE_FOR
    }

    fn has_room(&self) -> bool {
        self.open < self.capacity
    }

    fn is_of(&self, team: Option<&TeamId>) -> bool {
        team.is_none_or(|team| self.teams.contains(team))
    }

    fn speaks(&self, language: &str) -> bool {
        self.languages.iter().any(|spoken| base(spoken) == base(language))
    }

    /// The share of the capacity that is taken, compared exactly.
    fn cmp_load(&self, other: &Self) -> Ordering {
        let parts = |open: usize, capacity: usize| open as u128 * capacity as u128;
        parts(self.open, other.capacity).cmp(&parts(other.open, self.capacity))
    }
}

/// Who speaks Portuguese may answer in that of Brazil.
fn base(language: &str) -> &str {
    language.split(['_', '-']).next().unwrap_or_default()
}

/// Whom a conversation wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Nobody of another team gets it.
    pub team: Option<TeamId>,
    /// Nobody without one of these gets it.
    pub skills: BTreeSet<SkillId>,
    pub language: Tongue,
    /// Who knows the customer comes first.
    pub previous_owner: Option<StaffId>,
    /// Who put it back, or let it lie, comes last.
    pub passed_over: Option<StaffId>,
}

/// In which language the customer is to be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tongue {
    #[default]
    Any,
    /// Whoever speaks it comes first.
    Preferred(String),
    /// Nobody else for now; unless none of the staff speaks it at all.
    Needed(String),
}

impl Wanted {
    /// What a conversation wants at first. A team that is no more, or takes no new work, stands for any.
    pub fn of(work: &Work, language: Option<&str>, skills: BTreeSet<SkillId>, settings: &WorkSettings) -> Self {
        Self {
            team: work.team.clone().filter(|team| settings.open_team(team).is_some()),
            skills,
            language: language.map_or(Tongue::Any, |language| Tongue::Needed(language.to_owned())),
            previous_owner: work.previous,
            passed_over: work.passed_over,
        }
    }

    /// Whether anybody of the team will do.
    pub(super) fn takes_anybody(&self) -> bool {
        let whatever_language = match self.language {
            Tongue::Any | Tongue::Preferred(_) => true,
            Tongue::Needed(_) => false,
        };
        self.skills.is_empty() && whatever_language
    }
}

/// What it wants after it has waited so far: the right language is only preferred then, and if nobody of its team is
/// there, the overflow team will do. `attended`: see [`attended`].
pub fn relaxed(wanted: &Wanted, so_far: SignedDuration, attended: bool, settings: &WorkSettings) -> Wanted {
    let after = |minutes: u32| so_far >= SignedDuration::from_mins(i64::from(minutes));
    let mut wanted = wanted.clone();
    if let Tongue::Needed(language) = &wanted.language
        && after(settings.relax_language_after_minutes)
    {
        wanted.language = Tongue::Preferred(language.clone());
    }
    if let (Some(_), Some(overflow)) = (&wanted.team, &settings.overflow_team)
        && !attended
        && after(settings.overflow_after_minutes)
    {
        wanted.team = Some(overflow.clone());
    }
    wanted
}

/// Whether anybody of the team is there, busy or not.
pub fn attended(candidates: &[Candidate], team: Option<&TeamId>, now: Timestamp) -> bool {
    candidates.iter().any(|candidate| candidate.is_online(now) && candidate.is_of(team))
}

/// Whether anybody could be given anything: if not, a drain has nothing to look for.
pub fn anybody_free(candidates: &[Candidate], now: Timestamp) -> bool {
    candidates.iter().any(|candidate| candidate.is_online(now) && candidate.has_room())
}

/// What came of choosing, with a word about each candidate, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub found: Found,
    pub considered: Vec<Considered>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Found {
    Somebody { staff: StaffId, why: Why },
    Nobody { why: NobodyWhy },
}

/// Why this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Had the customer before.
    PreviousOwner,
    /// The only one who is there and has room.
    OnlyOne,
    /// The only one of them who speaks the customer's language.
    Language,
    /// Has the smallest share of their capacity taken.
    LeastLoad,
    /// As busy as others, and was given nothing for the longest time.
    LongestWithout,
}

/// Why nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NobodyWhy {
    /// None of the staff is of the team and has the skills.
    NoMatch,
    /// None of those who could is there.
    NobodyOnline,
    /// All of those who could and are there are full.
    AllFull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Considered {
    pub staff: StaffId,
    pub fit: Fit,
}

/// A candidate in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    Chosen,
    OtherTeam,
    LacksSkill,
    LacksLanguage,
    Offline,
    Full,
    /// Put it back, or let it lie.
    PassedOver,
    /// Would do, and another comes first.
    Later,
}

/// Chooses. Only who is of the team, has the skills, speaks the language while that is needed, is there and has room; of those
/// whoever knows the customer, then by language while that is preferred, by the share of the capacity that is taken, by the
/// time since anything was given to them, and by id. Who passed the conversation on comes after all others.
pub fn choose(candidates: &[Candidate], wanted: &Wanted, now: Timestamp) -> Selection {
    let able =
        |candidate: &Candidate| candidate.is_of(wanted.team.as_ref()) && wanted.skills.is_subset(&candidate.skills);
    // Where none of the staff speaks it, there is nobody to wait for.
    let needed = match &wanted.language {
        Tongue::Needed(language) => Some(language.as_str()),
        Tongue::Any | Tongue::Preferred(_) => None,
    };
    let needed = needed.filter(|language| candidates.iter().any(|it| able(it) && it.speaks(language)));
    // Who had the customer before managed somehow.
    let lacks_language = |candidate: &Candidate| {
        needed.is_some_and(|language| !candidate.speaks(language)) && wanted.previous_owner != Some(candidate.staff)
    };
    let fit = |candidate: &Candidate| {
        if !candidate.is_of(wanted.team.as_ref()) {
            Fit::OtherTeam
        } else if !able(candidate) {
            Fit::LacksSkill
        } else if lacks_language(candidate) {
            Fit::LacksLanguage
        } else if !candidate.is_online(now) {
            Fit::Offline
        } else if !candidate.has_room() {
            Fit::Full
        } else if wanted.passed_over == Some(candidate.staff) {
            Fit::PassedOver
        } else {
            Fit::Later
        }
    };
    let mut considered: Vec<_> = candidates.iter().map(|it| Considered { staff: it.staff, fit: fit(it) }).collect();
    let mut rest: Vec<_> = of_fit(candidates, &considered, Fit::Later);
    if rest.is_empty() {
        rest = of_fit(candidates, &considered, Fit::PassedOver);
    }
    let Some((chosen, why)) = best(&rest, wanted) else {
        let any = |fits: &[Fit]| considered.iter().any(|it| fits.contains(&it.fit));
        let why = if any(&[Fit::Full]) {
            NobodyWhy::AllFull
        } else if any(&[Fit::Offline, Fit::LacksLanguage]) {
            NobodyWhy::NobodyOnline
        } else {
            NobodyWhy::NoMatch
        };
        return Selection { found: Found::Nobody { why }, considered };
    };
    for it in &mut considered {
        if it.staff == chosen {
            it.fit = Fit::Chosen;
        }
    }
    Selection { found: Found::Somebody { staff: chosen, why }, considered }
}

fn of_fit<'a>(candidates: &'a [Candidate], considered: &[Considered], fit: Fit) -> Vec<&'a Candidate> {
    candidates.iter().zip(considered).filter(|(_, it)| it.fit == fit).map(|(candidate, _)| candidate).collect()
}

/// The first of those who would all do, and what decided.
fn best(eligible: &[&Candidate], wanted: &Wanted) -> Option<(StaffId, Why)> {
    let knows = |candidate: &Candidate| wanted.previous_owner == Some(candidate.staff);
    let fluent = |candidate: &Candidate| match &wanted.language {
        Tongue::Any => false,
        Tongue::Preferred(language) | Tongue::Needed(language) => candidate.speaks(language),
    };
    let rank = |candidate: &Candidate| (Reverse(knows(candidate)), Reverse(fluent(candidate)));
    let order = |a: &&&Candidate, b: &&&Candidate| {
        let by_rest = || (a.last_assigned_at, a.staff).cmp(&(b.last_assigned_at, b.staff));
        rank(a).cmp(&rank(b)).then_with(|| a.cmp_load(b)).then_with(by_rest)
    };
    let chosen = eligible.iter().min_by(order)?;
    let others = || eligible.iter().filter(|it| it.staff != chosen.staff);
    let why = if knows(chosen) {
        Why::PreviousOwner
    } else if others().next().is_none() {
        Why::OnlyOne
    } else if others().all(|other| rank(chosen) < rank(other)) {
        Why::Language
    } else if others().any(|other| rank(other) == rank(chosen) && chosen.cmp_load(other) == Ordering::Equal) {
        Why::LongestWithout
    } else {
        Why::LeastLoad
    };
    Some((chosen.staff, why))
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
