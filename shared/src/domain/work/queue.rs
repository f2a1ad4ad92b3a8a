//! The queue: conversations that want somebody while nobody can be found.

use super::{Member, Wanted, WorkSettings};
use crate::domain::{ConversationId, TeamId, Timestamp};

/// So many entries of a partition are looked at in a drain for which nobody is found: what they want may be had by nobody who
/// is there, while what others want may. By partition, since the people of one team say nothing about those of another.
pub const LOOK_AHEAD: usize = 50;

/// Where a conversation stands: the key of its entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The partition; `None`: for any team.
    pub team: Option<TeamId>,
    pub since: Timestamp,
    pub conversation: ConversationId,
}

/// A row of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub place: Place,
    /// W's `rev` by which it was put.
    pub rev: u64,
}

impl Entry {
    /// The condition of putting this: a repetition that comes late must not make a newer entry older.
    pub fn may_be_put(&self, stored: Option<u64>) -> bool {
        stored.is_none_or(|stored| stored < self.rev)
    }

    /// The condition of removing it, by somebody who read W with this `rev` and found that it does not stand here. What was
    /// put by a later W stays.
    pub fn may_go(stored: u64, work_rev: u64) -> bool {
        stored <= work_rev
    }
}

impl Place {
    /// Who stands before whom, whatever their teams.
    pub fn turn(&self) -> (Timestamp, ConversationId) {
        (self.since, self.conversation)
    }
}

/// A drain: one way through some partitions, oldest first.
#[derive(Debug, Clone)]
pub struct Drain {
    /// With how many entries more may be passed by.
    partitions: Vec<(Option<TeamId>, usize)>,
    after: Option<(Timestamp, ConversationId)>,
}

impl Drain {
    pub fn of(partitions: Vec<Option<TeamId>>) -> Self {
        Self { partitions: partitions.into_iter().map(|team| (team, LOOK_AHEAD)).collect(), after: None }
    }

    /// The partitions in which it goes on, each after [`Self::after`].
    pub fn partitions(&self) -> impl Iterator<Item = Option<&TeamId>> {
        self.partitions.iter().filter(|(_, left)| *left > 0).map(|(team, _)| team.as_ref())
    }

    /// The turn that was looked at last.
    pub fn after(&self) -> Option<(Timestamp, ConversationId)> {
        self.after
    }

    /// The next entry to look at, from the first of each partition.
    pub fn next(&mut self, first: impl IntoIterator<Item = Place>) -> Option<Place> {
        let place = first.into_iter().min_by_key(Place::turn)?;
        self.after = Some(place.turn());
        Some(place)
    }

    /// Nobody was found for this one. Where it was content with anybody of its team, nobody is there for those behind it either:
    /// they have waited for a shorter time, and want no less.
    pub fn skip(&mut self, place: &Place, wanted: &Wanted) {
        for (team, left) in &mut self.partitions {
            if *team == place.team {
                *left = if wanted.takes_anybody() { 0 } else { left.saturating_sub(1) };
            }
        }
    }
}

/// Whether somebody waits for longer. `first`: the first of each partition from which the person who was chosen is served.
/// Then the conversation joins the queue, and the queue is drained for that person.
pub fn stands_behind(place: &Place, first: &[Place]) -> bool {
    first.iter().any(|other| other.turn() < place.turn())
}

/// The partitions of an account.
pub fn partitions(settings: &WorkSettings) -> Vec<Option<TeamId>> {
    std::iter::once(None).chain(settings.teams.iter().map(|team| Some(team.id.clone()))).collect()
}

/// The partitions in which somebody may wait for this person: any, their teams', and all of them if they help out for others.
pub fn partitions_of(member: &Member, settings: &WorkSettings) -> Vec<Option<TeamId>> {
    let helps_out = settings.overflow_team.as_ref().is_some_and(|team| member.teams.contains(team));
    let served = |team: &Option<TeamId>| match team {
        None => true,
        // Who waits for a team that is no more is served by anybody.
        Some(team) => helps_out || member.teams.contains(team) || settings.open_team(team).is_none(),
    };
    partitions(settings).into_iter().filter(served).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{StaffId, work::Team};

    fn place(team: Option<&str>, second: i64, conversation: u128) -> Place {
        let since = Timestamp::from_second(1_800_000_000 + second).unwrap();
        let team = team.map(|team| team.parse().unwrap());
        Place { team, since, conversation: ConversationId::from_bits(conversation) }
    }

    #[test]
    fn the_oldest_comes_first_whatever_its_team() {
        let (a, b, c) = (place(Some("z"), 1, 9), place(None, 2, 1), place(Some("a"), 2, 2));
        let mut drain = Drain::of(vec![None, Some("z".parse().unwrap())]);
        assert_eq!(drain.next([c.clone(), a.clone(), b.clone()]), Some(a.clone()));
        assert_eq!(drain.after(), Some(a.turn()));
        assert_eq!(drain.next([c.clone(), b.clone()]), Some(b.clone()));
        assert_eq!(drain.next([]), None);
        assert!(stands_behind(&c, std::slice::from_ref(&b)));
        assert!(!stands_behind(&b, &[c, b.clone()]));
        assert!(!stands_behind(&a, &[]));
    }

    #[test]
    fn those_for_whom_nobody_is_found_hold_up_no_other_team() {
        let mut drain = Drain::of(vec![None, Some("spa".parse().unwrap())]);
        let choosy = Wanted { skills: ["billing".parse().unwrap()].into(), ..Wanted::default() };
        for _ in 0..LOOK_AHEAD {
            assert_eq!(drain.partitions().count(), 2);
            drain.skip(&place(Some("spa"), 1, 1), &choosy);
        }
        assert_eq!(drain.partitions().collect::<Vec<_>>(), [None]);
        drain.skip(&place(None, 1, 1), &Wanted::default());
        assert_eq!(drain.partitions().count(), 0);
    }

    #[test]
    fn what_was_put_again_is_not_removed_by_whoever_saw_an_older_w() {
        let entry = Entry { place: place(None, 1, 1), rev: 6 };
        assert!(entry.may_be_put(None) && entry.may_be_put(Some(5)));
        assert!(!entry.may_be_put(Some(6)) && !entry.may_be_put(Some(7)));
        assert!(Entry::may_go(6, 6) && Entry::may_go(5, 6));
        assert!(!Entry::may_go(6, 5));
    }

    #[test]
    fn a_person_is_waited_for_by_their_teams_and_by_all_if_they_help_out() {
        let settings = WorkSettings {
            overflow_team: Some("desk".parse().unwrap()),
            teams: vec![Team::named("desk"), Team::named("spa"), Team { closed: true, ..Team::named("old") }],
            ..WorkSettings::default()
        };
        let of = |team: &str| {
            let member = Member { teams: [team.parse().unwrap()].into(), ..Member::new(StaffId::from_bits(1)) };
            partitions_of(&member, &settings).into_iter().flatten().map(|team| team.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of("spa"), ["spa", "old"]);
        assert_eq!(of("desk"), ["desk", "spa", "old"]);
        assert_eq!(partitions(&settings).len(), 4);
    }
}
