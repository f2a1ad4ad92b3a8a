//! The rows as maps, and their writes with the conditions that adapters put on them. Each write checks what must hold.

use std::collections::{BTreeMap, BTreeSet};

use super::{Outcome, Protection};
use crate::domain::{
    ConversationId, StaffId, TeamId, Timestamp,
    time::SignedDuration,
    work::{
        Candidate, Desk, Entry, Facts, How, Member, NoSlot, Place, Presence, Said, Slot, Ticket, Wanted, Work,
        WorkSettings, attended, relaxed,
    },
};

/// What the stream and its sources tell.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Work {
        old: Option<Box<Work>>,
        new: Box<Work>,
    },
    /// The head changed, or a timer is due.
    Head(usize),
    /// Somebody came, or has room again.
    Free(usize),
}

/// What is known of a conversation outside its work: its head.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub begun: bool,
    pub last_in: Option<Timestamp>,
    /// The first message that is not answered.
    pub waits_since: Option<Timestamp>,
    pub staff_at: Option<Timestamp>,
    pub closed: bool,
    pub route: Option<TeamId>,
    pub language: &'static str,
}

/// What a slot was taken with, so that a write of W much later is judged by that.
#[derive(Debug)]
struct Permit {
    capacity: u32,
    by_hand: usize,
}

#[derive(Debug)]
pub(super) struct Rows {
    pub work: Vec<Work>,
    pub heads: Vec<Head>,
    pub desks: Vec<Desk>,
    pub presence: Vec<Presence>,
    pub members: Vec<Member>,
    /// As they were read last; see [`Rows::candidates`].
    candidates: Vec<Candidate>,
    pub queue: BTreeMap<Option<TeamId>, BTreeMap<(Timestamp, ConversationId), u64>>,
    pub stream: Vec<Event>,
    pub timers: BTreeMap<Timestamp, Vec<usize>>,
    pub settings: WorkSettings,
    pub without: Option<Protection>,
    /// What was broken first.
    pub broken: Option<String>,
    pub outcome: Outcome,
    /// By W.
    pub owned: Vec<BTreeSet<usize>>,
    /// Conversations that want somebody, by W.
    pub wanting: BTreeSet<usize>,
    pub given_to: Vec<usize>,
    slots_by_hand: Vec<usize>,
    permits: BTreeMap<(usize, usize, Ticket), Permit>,
    queued_at: BTreeMap<usize, Timestamp>,
    overtaken: Vec<usize>,
}

pub(super) fn number(conversation: ConversationId) -> usize {
    usize::try_from(conversation.bits()).unwrap()
}

pub(super) fn person(staff: StaffId) -> usize {
    usize::try_from(staff.bits()).unwrap()
}

pub(super) fn staff(person: usize) -> StaffId {
    StaffId::from_bits(person as u128)
}

impl Rows {
    pub(super) fn new(
        conversations: usize,
        members: Vec<Member>,
        settings: WorkSettings,
        without: Option<Protection>,
    ) -> Self {
        let work = (0..conversations).map(|it| Work::new(ConversationId::from_bits(it as u128))).collect();
        let desks: Vec<_> = members.iter().map(|it| Desk::new(it.staff, it.capacity(&settings))).collect();
        let candidates =
            members.iter().zip(&desks).map(|(it, desk)| Candidate::of(it, None, desk, &settings)).collect();
        let people = members.len();
        Self {
            work,
            heads: vec![Head::default(); conversations],
            desks,
            presence: vec![Presence { said: Said::Offline, last_seen: Timestamp::MIN }; people],
            members,
            candidates,
            queue: BTreeMap::new(),
            stream: Vec::new(),
            timers: BTreeMap::new(),
            settings,
            without,
            broken: None,
            outcome: Outcome::default(),
            owned: vec![BTreeSet::new(); people],
            wanting: BTreeSet::new(),
            given_to: vec![0; people],
            slots_by_hand: vec![0; people],
            permits: BTreeMap::new(),
            queued_at: BTreeMap::new(),
            overtaken: vec![0; conversations],
        }
    }

    pub(super) fn breaks(&mut self, why: String) {
        self.broken.get_or_insert(why);
    }

    pub(super) fn lacks(&self, protection: Protection) -> bool {
        self.without == Some(protection)
    }

    // Reads.

    pub(super) fn candidates(&mut self) -> &[Candidate] {
        for ((candidate, desk), presence) in self.candidates.iter_mut().zip(&self.desks).zip(&self.presence) {
            candidate.online = presence.said == Said::Online;
            candidate.last_seen = presence.last_seen;
            candidate.open = desk.slots.len();
            candidate.capacity = usize::try_from(desk.capacity).unwrap();
            candidate.last_assigned_at = desk.last_assigned_at;
        }
        &self.candidates
    }

    pub(super) fn candidates_but(&mut self, barred: &[StaffId]) -> Vec<Candidate> {
        self.candidates().iter().filter(|candidate| !barred.contains(&candidate.staff)).cloned().collect()
    }

    pub(super) fn facts(&self, conversation: usize) -> Facts {
        let head = &self.heads[conversation];
        Facts {
            ended: head.closed,
            customer_waits: !head.closed && head.waits_since.is_some(),
            last_in: head.last_in,
            team: head.route.clone(),
        }
    }

    /// What a conversation wants by now.
    pub(super) fn wanted(&mut self, work: &Work, now: Timestamp) -> Wanted {
        let language = self.heads[number(work.conversation)].language;
        let wanted = Wanted::of(work, Some(language), BTreeSet::new(), &self.settings);
        let so_far = work.asked.map_or(SignedDuration::ZERO, |asked| now.duration_since(asked.since));
        let attended = attended(self.candidates(), wanted.team.as_ref(), now);
        relaxed(&wanted, so_far, attended, &self.settings)
    }

    /// The first entry of a partition after another turn.
    pub(super) fn next_entry(
        &self,
        team: Option<&TeamId>,
        after: Option<(Timestamp, ConversationId)>,
    ) -> Option<Place> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        let ((since, conversation), _) = self.queue.get(&team.cloned())?.range((from, Unbounded)).next()?;
        Some(Place { team: team.cloned(), since: *since, conversation: *conversation })
    }

    pub(super) fn stands_in_queue(&self, place: &Place) -> bool {
        self.queue.get(&place.team).is_some_and(|it| it.contains_key(&(place.since, place.conversation)))
    }

    // Writes. Each says whether its condition held.

    pub(super) fn take_slot(
        &mut self,
        to: StaffId,
        conversation: ConversationId,
        (how, ticket): (How, Ticket),
        now: Timestamp,
    ) -> Result<(), NoSlot> {
        let it = person(to);
        match self.desks[it].may_take(conversation, how) {
            Err(NoSlot::Full) if self.lacks(Protection::Capacity) => {}
            Err(no_slot) => {
                self.outcome.refused_slots += 1;
                return Err(no_slot);
            }
            Ok(()) => {}
        }
        let desk = &mut self.desks[it];
        desk.slots.insert(conversation, Slot { ticket, taken_at: now });
        match how {
            How::Automatic => desk.last_assigned_at = Some(now),
            How::ByHand => self.slots_by_hand[it] += 1,
        }
        let permit = Permit { capacity: desk.capacity, by_hand: self.slots_by_hand[it] };
        self.permits.insert((it, number(conversation), ticket), permit);
        Ok(())
    }

    pub(super) fn give_back(&mut self, from: StaffId, conversation: ConversationId, ticket: Ticket) {
        let it = person(from);
        let Some(slot) = self.desks[it].slots.get(&conversation).copied() else { return };
        if slot.ticket != ticket && !self.lacks(Protection::Ticket) {
            return;
        }
        let had_room = self.desks[it].has_room();
        self.desks[it].slots.remove(&conversation);
        if self.desks[it].has_room() && !had_room {
            self.stream.push(Event::Free(it));
        }
        let work = &self.work[number(conversation)];
        if work.owner().is_some_and(|owner| (owner.staff, owner.ticket) == (from, slot.ticket)) {
            self.breaks(format!("{from} has no slot any more for what W says is theirs"));
        }
    }

    pub(super) fn put_slot(
        &mut self,
        to: StaffId,
        conversation: ConversationId,
        former: Option<Ticket>,
        ticket: Ticket,
    ) {
        let slots = &mut self.desks[person(to)].slots;
        let stored = slots.get(&conversation).copied();
        if stored.map(|slot| slot.ticket) == former {
            let taken_at = stored.map_or(Timestamp::MIN, |slot| slot.taken_at);
            slots.insert(conversation, Slot { ticket, taken_at });
        }
    }

    pub(super) fn set_capacity(&mut self, it: usize, capacity: u32) {
        let had_room = self.desks[it].has_room();
        self.desks[it].capacity = capacity;
        for ((_, _, _), permit) in self.permits.range_mut((it, 0, Ticket(0))..(it + 1, 0, Ticket(0))) {
            permit.capacity = permit.capacity.max(capacity);
        }
        if self.desks[it].has_room() && !had_room {
            self.stream.push(Event::Free(it));
        }
    }

    pub(super) fn write_work(&mut self, seen: &Work, new: &Work, now: Timestamp) -> bool {
        if new.rev == seen.rev {
            return true;
        }
        let conversation = number(seen.conversation);
        let stored = &self.work[conversation];
        if stored.rev != seen.rev {
            if !self.lacks(Protection::Rev) {
                self.outcome.lost_writes += 1;
                return false;
            }
            self.breaks(format!("{} was overwritten", seen.conversation));
        }
        let old = std::mem::replace(&mut self.work[conversation], new.clone());
        if let Some(owner) = old.owner() {
            self.owned[person(owner.staff)].remove(&conversation);
        }
        if let Some(owner) = new.owner() {
            self.owned[person(owner.staff)].insert(conversation);
            if old.owner() != Some(owner) {
                self.check_given(&old, new, now);
            }
        }
        if new.asked.is_some() {
            self.wanting.insert(conversation)
        } else {
            self.wanting.remove(&conversation)
        };
        let old = (old.rev > 0).then(|| Box::new(old));
        self.stream.push(Event::Work { old, new: Box::new(new.clone()) });
        true
    }

    pub(super) fn put_entry(&mut self, entry: &Entry, now: Timestamp) {
        let Place { team, since, conversation } = &entry.place;
        let partition = self.queue.entry(team.clone()).or_default();
        if entry.may_be_put(partition.get(&(*since, *conversation)).copied()) {
            partition.insert((*since, *conversation), entry.rev);
            self.queued_at.entry(number(*conversation)).or_insert(now);
        }
    }

    /// `rev`: of the W that was read.
    pub(super) fn remove_entry(&mut self, place: &Place, rev: u64) {
        let key = (place.since, place.conversation);
        let Some(partition) = self.queue.get_mut(&place.team) else { return };
        let Some(stored) = partition.get(&key) else { return };
        if Entry::may_go(*stored, rev) || self.without == Some(Protection::EntryRev) {
            partition.remove(&key);
            self.queued_at.remove(&number(place.conversation));
        }
    }

    /// A program says something to the customer.
    pub(super) fn speak(&mut self, conversation: usize, ticket: Ticket, now: Timestamp) -> bool {
        let work = &self.work[conversation];
        if !work.lets_act(ticket, now) {
            if !self.lacks(Protection::Lease) {
                return false;
            }
            if work.owner().is_some() {
                self.breaks(format!("a program speaks over whoever has {}", self.work[conversation].conversation));
            }
        }
        self.heads[conversation].waits_since = None;
        self.stream.push(Event::Head(conversation));
        true
    }

    // What must hold.

    fn check_given(&mut self, old: &Work, new: &Work, now: Timestamp) {
        let Some(owner) = new.owner().copied() else { return };
        let (it, conversation) = (person(owner.staff), number(new.conversation));
        let slot = self.desks[it].slots.get(&new.conversation);
        if slot.is_none_or(|slot| slot.ticket != owner.ticket) {
            self.breaks(format!("{} has no slot for {}", owner.staff, new.conversation));
        }
        let Some(permit) = self.permits.remove(&(it, conversation, owner.ticket)) else { return };
        match owner.how {
            How::ByHand => self.outcome.by_hand += 1,
            How::Automatic => {
                self.outcome.given += 1;
                self.given_to[it] += 1;
                let capacity = usize::try_from(permit.capacity.max(self.desks[it].capacity)).unwrap();
                let by_hand_since = self.slots_by_hand[it] - permit.by_hand;
                if self.owned[it].len() > capacity + by_hand_since {
                    self.breaks(format!("{} is over capacity: {} of {capacity}", owner.staff, self.owned[it].len()));
                }
                self.check_turn(old, now);
            }
        }
    }

    /// Those who want the same, began to wait long before, and were in the queue all the time, are overtaken.
    fn check_turn(&mut self, given: &Work, now: Timestamp) {
        let Some(asked) = given.asked else { return };
        let Some(partition) = self.queue.get(&given.team) else { return };
        let language = self.heads[number(given.conversation)].language;
        let early = asked.since - SignedDuration::from_mins(2);
        let mut overtaken = Vec::new();
        for (since, conversation) in partition.keys().take_while(|(since, _)| *since < early) {
            let it = number(*conversation);
            let (work, head) = (&self.work[it], &self.heads[it]);
            let waits = work.entry(now).is_some_and(|entry| entry.place.since == *since);
            let long =
                self.queued_at.get(&it).is_some_and(|at| now.duration_since(*at) >= SignedDuration::from_mins(2));
            if waits && long && head.language == language && given.previous.is_none() && work.passed_over.is_none() {
                overtaken.push(it);
            }
        }
        for it in overtaken {
            self.overtaken[it] += 1;
            self.outcome.most_overtaken = self.outcome.most_overtaken.max(self.overtaken[it]);
            if self.overtaken[it] > 5 {
                self.breaks(format!("{} was overtaken again and again", self.work[it].conversation));
            }
        }
    }
}
