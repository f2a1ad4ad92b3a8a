//! The queue: conversations that want somebody while nobody can be found.

use super::{Member, WorkSettings};
use crate::domain::{ConversationId, TeamId, Timestamp};

/// So many entries are looked at in a drain beyond those that somebody is found for: what the oldest ones want may be had by
/// nobody who is there.
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

/// Entries of several partitions in the order in which they are served.
pub fn oldest_first(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by(|a, b| (a.since, a.conversation).cmp(&(b.since, b.conversation)));
    places
}

/// Whether somebody waits for longer. `first`: the first of each partition from which the person who was chosen is served.
/// Then the conversation joins the queue, and the queue is drained for that person.
pub fn stands_behind(place: &Place, first: &[Place]) -> bool {
    first.iter().any(|other| (other.since, other.conversation) < (place.since, place.conversation))
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
        assert_eq!(oldest_first(vec![c.clone(), b.clone(), a.clone()]), [a.clone(), b.clone(), c.clone()]);
        assert!(stands_behind(&c, std::slice::from_ref(&b)));
        assert!(!stands_behind(&b, &[c, b.clone()]));
        assert!(!stands_behind(&a, &[]));
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
