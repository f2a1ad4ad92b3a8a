//! Lists of conversations: in which of them a conversation stands, by what it is now. Derived from its head and its work, and
//! never the other way round.

use super::{
    TeamId, Timestamp,
    conversation::{Head, Tray},
    ids::LabelId,
    work::Work,
};

/// What a list is of. Whoever has a conversation has it on their desk, which is a list already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    All,
    Team(TeamId),
    Label(LabelId),
}

/// A part of a list: a tray, and whether somebody of the staff has what lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Drawer {
    pub tray: Tray,
    pub taken: bool,
}

/// Where a conversation stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub shelf: Shelf,
    pub drawer: Drawer,
    pub last_activity_at: Timestamp,
    /// Of the head that says so.
    pub version: u64,
}

/// In which order a list is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sorting {
    /// The newest activity first.
    #[default]
    Activity,
    /// Of customers who wait, the one whose last message is the oldest first.
    Waiting,
}

impl Drawer {
    /// The trays as they are, and then those of what somebody has.
    pub const ALL: [Self; 8] = [
        Self { tray: Tray::Initiated, taken: false },
        Self { tray: Tray::Waiting, taken: false },
        Self { tray: Tray::Open, taken: false },
        Self { tray: Tray::Closed, taken: false },
        Self { tray: Tray::Archived, taken: false },
        Self { tray: Tray::Initiated, taken: true },
        Self { tray: Tray::Waiting, taken: true },
        Self { tray: Tray::Open, taken: true },
    ];

    pub fn of(head: &Head, work: &Work) -> Self {
        let tray = head.tray();
        let taken = match tray {
            Tray::Initiated | Tray::Waiting | Tray::Open => work.owner().is_some(),
            // Whoever had it lets go of it.
            Tray::Closed | Tray::Archived => false,
        };
        Self { tray, taken }
    }
}

/// Every place of a conversation, of a person's heads as one. Former heads have none.
pub fn places(merged: &Head, work: &Work) -> Vec<Place> {
    let drawer = Drawer::of(merged, work);
    let place = |shelf| Place { shelf, drawer, last_activity_at: merged.last_activity_at(), version: merged.version };
    let teams = work.team.iter().cloned().map(Shelf::Team);
    let labels = work.labels.iter().cloned().map(Shelf::Label);
    std::iter::once(Shelf::All).chain(teams).chain(labels).map(place).collect()
}

/// Whether a write of the work moves the conversation in any list.
pub fn moves(old: Option<&Work>, new: &Work) -> bool {
    let (team, labels) = (old.and_then(|old| old.team.as_ref()), old.map(|old| &old.labels));
    let had = old.is_some_and(|old| old.owner().is_some());
    had != new.owner().is_some()
        || team != new.team.as_ref()
        || labels.map_or(!new.labels.is_empty(), |it| *it != new.labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ContactId, StaffId,
        contact::AddressHash,
        conversation::LastIn,
        work::{Actor, WorkChange},
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn head() -> Head {
        let mut head = Head::new("demo".parse().unwrap(), "demo-wa".parse().unwrap(), ContactId::from_bits(7), at(0));
        head.last_in = Some(LastIn { at: at(1), address: AddressHash("a".into()) });
        head
    }

    fn done(work: &Work, change: &WorkChange) -> Work {
        work.apply(change, &Actor::Client, at(2)).unwrap()
    }

    #[test]
    fn a_conversation_stands_in_a_list_of_all_of_its_team_and_of_each_label() {
        let new = Work::new(head().id);
        let taken = |work: &Work| places(&head(), work).iter().map(|place| place.drawer.taken).collect::<Vec<_>>();
        assert_eq!(taken(&new), [false]);
        let work = done(&new, &WorkChange::HandTo { team: Some("spa".parse().unwrap()), since: at(1) });
        let work = done(&work, &WorkChange::Label { label: "vip".parse().unwrap() });
        let work = done(&work, &WorkChange::Assign { to: StaffId::from_bits(1) });
        let shelves: Vec<_> = places(&head(), &work).into_iter().map(|place| place.shelf).collect();
        let expected = [Shelf::All, Shelf::Team("spa".parse().unwrap()), Shelf::Label("vip".parse().unwrap())];
        assert_eq!(shelves, expected);
        assert_eq!(taken(&work), [true, true, true]);
        let closed = Head { closed_at: Some(at(3)), ..head() };
        assert_eq!(Drawer::of(&closed, &work), Drawer { tray: Tray::Closed, taken: false });
        for place in places(&head(), &work).into_iter().chain(places(&closed, &work)) {
            assert!(Drawer::ALL.contains(&place.drawer), "{place:?}");
        }
    }

    #[test]
    fn only_what_shows_in_a_list_moves_a_conversation() {
        let new = Work::new(head().id);
        let asked = done(&new, &WorkChange::HandTo { team: None, since: at(1) });
        assert!(!moves(None, &asked) && !moves(Some(&new), &asked));
        let team = done(&asked, &WorkChange::HandTo { team: Some("spa".parse().unwrap()), since: at(1) });
        let label = done(&asked, &WorkChange::Label { label: "vip".parse().unwrap() });
        let owned = done(&asked, &WorkChange::Assign { to: StaffId::from_bits(1) });
        for moved in [&team, &label, &owned] {
            assert!(moves(Some(&asked), moved) && moves(Some(moved), &asked) && moves(None, moved));
        }
        let other = done(&owned, &WorkChange::Assign { to: StaffId::from_bits(2) });
        assert!(!moves(Some(&owned), &other), "whoever has it, it is taken");
    }
}
