//! Handlers. A step is what lies between two moments at which others may come in between: reads, or one write.

use std::collections::BTreeSet;

use super::{
    Protection,
    rows::{Event, Rows, number, person, staff},
};
use crate::domain::{
    ConversationId, StaffId, TeamId, Timestamp,
    time::SignedDuration,
    work::{
        Actor, AfterSilence, Drain, Entry, Follow, Found, How, LastWords, NoSlot, Place, Repair, Ticket, Work,
        WorkChange, after_silence, anybody_free, choose, follows, partitions, partitions_of, repair, settle, silent,
        stands_behind,
    },
};

/// Something that runs. What is not finished when it dies is not done, unless its event comes again.
#[derive(Debug)]
pub(super) struct Job {
    pub kind: Kind,
    pub event: Option<Event>,
    pub asleep_until: Timestamp,
    /// After so many steps more. What it holds in its hands then is lost.
    pub dies_in: Option<usize>,
    /// After so many steps more it does nothing for minutes, with what it read before.
    pub stalls_in: Option<usize>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Look(Look),
    Drain(Serve),
    Hand(Hand),
    Tidy(Tidy),
    Hush(Hush),
    Program(Program),
}

impl Job {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, event: None, asleep_until: Timestamp::MIN, dies_in: None, stalls_in: None }
    }

    pub(super) fn of(event: Event, rows: &Rows, now: Timestamp) -> Self {
        let kind = match &event {
            Event::Work { old, new } => {
                let todo = follows(old.as_deref(), new, now);
                Kind::Look(Look {
                    conversation: number(new.conversation),
                    todo,
                    find: false,
                    barred: Vec::new(),
                    at: LookAt::Follows,
                })
            }
            Event::Head(conversation) => {
                let (todo, barred) = (Vec::new(), Vec::new());
                Kind::Look(Look { conversation: *conversation, todo, find: false, barred, at: LookAt::Read })
            }
            Event::Free(it) => Kind::Drain(Serve::of(partitions_of(&rows.members[*it], &rows.settings))),
        };
        Self { event: Some(event), ..Self::new(kind) }
    }

    /// `true`: it is done.
    pub(super) fn step(&mut self, rows: &mut Rows, now: Timestamp) -> bool {
        let next = match &mut self.kind {
            Kind::Look(look) => look.step(rows, now),
            Kind::Drain(drain) => drain.step(rows, now),
            Kind::Hand(hand) => hand.step(rows, now),
            Kind::Tidy(tidy) => tidy.step(rows, now),
            Kind::Hush(hush) => hush.step(rows, now),
            Kind::Program(program) => program.step(rows, now),
        };
        match next {
            Next::On => false,
            Next::Done => true,
            Next::Pause => {
                self.asleep_until = now + SignedDuration::from_mins(2);
                false
            }
            Next::Drain(partitions) => {
                self.kind = Kind::Drain(Serve::of(partitions));
                false
            }
        }
    }
}

pub(super) enum Next {
    On,
    Done,
    /// It goes on in two minutes.
    Pause,
    Drain(Vec<Option<TeamId>>),
}

/// A conversation is given to somebody: slot, W; or the slot goes back.
#[derive(Debug)]
pub(super) struct Giving {
    seen: Work,
    to: StaffId,
    how: How,
    change: WorkChange,
    by: Actor,
    at: GivingAt,
}

#[derive(Debug)]
enum GivingAt {
    Slot,
    Write,
    Back,
}

enum Given {
    Pending,
    Done,
    Refused(NoSlot),
    Lost,
}

impl Giving {
    fn by_rules(seen: Work, to: StaffId) -> Self {
        let change = WorkChange::Assign { to };
        Self { seen, to, how: How::Automatic, change, by: Actor::Rules, at: GivingAt::Slot }
    }

    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Given {
        let (conversation, ticket) = (self.seen.conversation, self.seen.next_ticket());
        match self.at {
            GivingAt::Slot => match rows.take_slot(self.to, conversation, (self.how, ticket), now) {
                Ok(()) => self.at = GivingAt::Write,
                Err(no_slot) => return Given::Refused(no_slot),
            },
            GivingAt::Write => match self.seen.apply(&self.change, &self.by, now) {
                Ok(new) if rows.write_work(&self.seen, &new, now) => return Given::Done,
                Ok(_) | Err(_) => self.at = GivingAt::Back,
            },
            GivingAt::Back => {
                rows.give_back(self.to, conversation, ticket);
                return Given::Lost;
            }
        }
        Given::Pending
    }
}

/// What follows from a change of W or of a head.
#[derive(Debug)]
pub(super) struct Look {
    conversation: usize,
    todo: Vec<Follow>,
    find: bool,
    /// On their desks the conversation has a slot that another handler took, or that is left over.
    barred: Vec<StaffId>,
    at: LookAt,
}

#[derive(Debug)]
enum LookAt {
    Follows,
    Read,
    Settle(Box<Work>),
    Choose(Box<Work>),
    Giving(Box<Giving>),
    Put { entry: Entry, then: Vec<Option<TeamId>> },
}

impl Look {
    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Next {
        match &mut self.at {
            LookAt::Follows => match self.todo.pop() {
                Some(follow) => self.follow(follow, rows),
                None => self.at = LookAt::Read,
            },
            LookAt::Read => self.at = LookAt::Settle(Box::new(rows.work[self.conversation].clone())),
            LookAt::Settle(work) => {
                if let Some(change) = settle(work, &rows.facts(self.conversation), now) {
                    let done =
                        work.apply(&change, &Actor::Rules, now).is_ok_and(|new| rows.write_work(work, &new, now));
                    self.at = LookAt::Read;
                    return if done { Next::Done } else { Next::On };
                }
                if !self.find || work.entry(now).is_none() {
                    return Next::Done;
                }
                self.at = LookAt::Choose(work.clone());
            }
            LookAt::Choose(work) => {
                let Some(entry) = work.entry(now) else { return Next::Done };
                let wanted = rows.wanted(work, now);
                self.at = match choose(&rows.candidates_but(&self.barred), &wanted, now).found {
                    Found::Nobody { .. } => LookAt::Put { entry, then: Vec::new() },
                    Found::Somebody { staff, .. } => {
                        let served = partitions_of(&rows.members[person(staff)], &rows.settings);
                        let first = served.iter().filter_map(|team| rows.next_entry(team.as_ref(), None));
                        let behind = stands_behind(&entry.place, &first.collect::<Vec<_>>());
                        if behind && !rows.lacks(Protection::StandBehind) {
                            LookAt::Put { entry, then: served }
                        } else {
                            LookAt::Giving(Box::new(Giving::by_rules((**work).clone(), staff)))
                        }
                    }
                };
            }
            LookAt::Giving(giving) => match giving.step(rows, now) {
                Given::Pending => {}
                Given::Done => return Next::Done,
                Given::Lost | Given::Refused(NoSlot::Full) => self.at = LookAt::Read,
                Given::Refused(NoSlot::Taken(_)) => {
                    self.barred.push(giving.to);
                    self.at = LookAt::Read;
                }
            },
            LookAt::Put { entry, then } => {
                rows.put_entry(entry, now);
                return if then.is_empty() { Next::Done } else { Next::Drain(std::mem::take(then)) };
            }
        }
        Next::On
    }

    fn follow(&mut self, follow: Follow, rows: &mut Rows) {
        match follow {
            Follow::GiveBack { staff, ticket } => {
                rows.give_back(staff, ConversationId::from_bits(self.conversation as u128), ticket);
            }
            Follow::LeaveQueue(entry) => rows.remove_entry(&entry.place, entry.rev),
            Follow::FindSomebody => self.find = true,
            Follow::LookAt(at) => rows.timers.entry(at).or_default().push(self.conversation),
        }
    }
}

/// Serves those who wait, oldest first.
#[derive(Debug)]
pub(super) struct Serve {
    drain: Drain,
    /// For the entry at hand, as in [`Look`].
    barred: Vec<StaffId>,
    at: ServeAt,
}

#[derive(Debug)]
enum ServeAt {
    Next,
    Read(Place),
    Choose(Place, Box<Work>),
    Giving(Place, Box<Giving>),
    Remove(Place, u64),
}

impl Serve {
    fn of(partitions: Vec<Option<TeamId>>) -> Self {
        Self { drain: Drain::of(partitions), barred: Vec::new(), at: ServeAt::Next }
    }

    pub(super) fn all(rows: &Rows) -> Self {
        Self::of(partitions(&rows.settings))
    }

    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Next {
        match &mut self.at {
            ServeAt::Next => {
                if !anybody_free(rows.candidates(), now) {
                    return Next::Done;
                }
                self.barred.clear();
                let after = self.drain.after();
                let first: Vec<_> = self.drain.partitions().filter_map(|team| rows.next_entry(team, after)).collect();
                let Some(place) = self.drain.next(first) else { return Next::Done };
                self.at = ServeAt::Read(place);
            }
            ServeAt::Read(place) => {
                let work = rows.work[number(place.conversation)].clone();
                let stands = work.entry(now).is_some_and(|entry| entry.place == *place);
                self.at = if stands {
                    ServeAt::Choose(place.clone(), Box::new(work))
                } else {
                    ServeAt::Remove(place.clone(), work.rev)
                };
            }
            ServeAt::Choose(place, work) => {
                let wanted = rows.wanted(work, now);
                self.at = match choose(&rows.candidates_but(&self.barred), &wanted, now).found {
                    // They are there, and their desks will be repaired.
                    Found::Nobody { .. } if !self.barred.is_empty() => ServeAt::Next,
                    Found::Nobody { .. } => {
                        self.drain.skip(place, &wanted);
                        ServeAt::Next
                    }
                    Found::Somebody { staff, .. } => {
                        if rows.lacks(Protection::EntryAfterWork) {
                            rows.remove_entry(place, work.rev);
                        }
                        ServeAt::Giving(place.clone(), Box::new(Giving::by_rules((**work).clone(), staff)))
                    }
                };
            }
            ServeAt::Giving(place, giving) => match giving.step(rows, now) {
                Given::Pending => {}
                Given::Done => self.at = ServeAt::Remove(place.clone(), giving.seen.rev + 1),
                Given::Refused(NoSlot::Taken(_)) => {
                    self.barred.push(giving.to);
                    self.at = ServeAt::Read(place.clone());
                }
                Given::Refused(NoSlot::Full) | Given::Lost => self.at = ServeAt::Read(place.clone()),
            },
            ServeAt::Remove(place, rev) => {
                rows.remove_entry(place, *rev);
                self.at = ServeAt::Next;
            }
        }
        Next::On
    }
}

/// A person changes something by hand, with the `rev` that they saw.
#[derive(Debug)]
pub(super) struct Hand {
    pub conversation: usize,
    pub change: WorkChange,
    pub by: Actor,
    pub at: HandAt,
}

#[derive(Debug)]
pub(super) enum HandAt {
    Read,
    Write(Box<Work>),
    Giving(Box<Giving>),
}

impl Hand {
    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Next {
        match &mut self.at {
            HandAt::Read => {
                let seen = rows.work[self.conversation].clone();
                let since = rows.facts(self.conversation).wants_since(now);
                if let WorkChange::HandTo { since: it, .. } | WorkChange::Release { since: it } = &mut self.change {
                    *it = since;
                }
                if let WorkChange::Snooze { seen, .. } = &mut self.change {
                    *seen = rows.heads[self.conversation].last_in;
                }
                if seen.apply(&self.change, &self.by, now).is_err() {
                    return Next::Done;
                }
                self.at = match seen.needs_slot(&self.change, &self.by) {
                    None => HandAt::Write(Box::new(seen)),
                    Some((to, how)) => {
                        let (change, by) = (self.change.clone(), self.by.clone());
                        HandAt::Giving(Box::new(Giving { seen, to, how, change, by, at: GivingAt::Slot }))
                    }
                };
                Next::On
            }
            HandAt::Write(seen) => {
                if let Ok(new) = seen.apply(&self.change, &self.by, now) {
                    rows.write_work(seen, &new, now);
                }
                Next::Done
            }
            HandAt::Giving(giving) => match giving.step(rows, now) {
                Given::Pending => Next::On,
                Given::Done | Given::Refused(_) | Given::Lost => Next::Done,
            },
        }
    }
}

/// Compares a desk with W, slot by slot.
#[derive(Debug)]
pub(super) struct Tidy {
    it: usize,
    left: Vec<usize>,
    at: Option<(usize, Box<Work>, Repair)>,
}

impl Tidy {
    pub(super) fn of(it: usize, rows: &Rows) -> Self {
        let slots = rows.desks[it].slots.keys().map(|conversation| number(*conversation));
        let all: BTreeSet<_> = slots.chain(rows.owned[it].iter().copied()).collect();
        Self { it, left: all.into_iter().collect(), at: None }
    }

    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Next {
        let who = staff(self.it);
        let Some((conversation, seen, todo)) = self.at.take() else {
            let Some(conversation) = self.left.pop() else { return Next::Done };
            let work = &rows.work[conversation];
            let slot = rows.desks[self.it].slots.get(&work.conversation).copied();
            self.at = repair(who, slot, work, now).map(|todo| (conversation, Box::new(work.clone()), todo));
            return Next::On;
        };
        rows.outcome.repairs += 1;
        match todo {
            Repair::GiveBack(ticket) => rows.give_back(who, seen.conversation, ticket),
            Repair::TouchFirst { .. } if rows.lacks(Protection::Touch) => {
                rows.give_back(who, seen.conversation, seen.next_ticket());
            }
            Repair::TouchFirst { .. } => {
                if let Ok(new) = seen.apply(&WorkChange::Touch, &Actor::Rules, now) {
                    rows.write_work(&seen, &new, now);
                }
                self.left.push(conversation);
            }
            Repair::Replace { former, ticket } => rows.put_slot(who, seen.conversation, Some(former), ticket),
            Repair::Add(ticket) => rows.put_slot(who, seen.conversation, None, ticket),
        }
        Next::On
    }
}

/// Looks for customers whom an owner leaves waiting.
#[derive(Debug)]
pub(super) struct Hush {
    left: Vec<usize>,
    at: HushAt,
}

#[derive(Debug)]
enum HushAt {
    Next,
    Giving(Box<Giving>),
    Write(Box<Work>, WorkChange),
}

impl Hush {
    pub(super) fn of(it: usize, rows: &Rows) -> Self {
        Self { left: rows.owned[it].iter().copied().collect(), at: HushAt::Next }
    }

    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Next {
        match &mut self.at {
            HushAt::Next => {
                let Some(conversation) = self.left.pop() else { return Next::Done };
                let work = rows.work[conversation].clone();
                let Some(owner) = work.owner().copied() else { return Next::On };
                let head = &rows.heads[conversation];
                let words = LastWords { customer: head.waits_since, staff: head.staff_at };
                let presence = rows.presence[person(owner.staff)];
                let Some(why) = silent(&work, words, Some(&presence), &rows.settings, now) else { return Next::On };
                let since = rows.facts(conversation).wants_since(now);
                let mut wanted = rows.wanted(&work, now);
                wanted.passed_over = Some(owner.staff);
                let found = choose(rows.candidates(), &wanted, now).found;
                match after_silence(&work, why, &found, since) {
                    AfterSilence::Leave => {}
                    AfterSilence::Change(WorkChange::Assign { to }) => {
                        self.at = HushAt::Giving(Box::new(Giving::by_rules(work, to)));
                    }
                    AfterSilence::Change(change) => self.at = HushAt::Write(Box::new(work), change),
                }
            }
            HushAt::Giving(giving) => match giving.step(rows, now) {
                Given::Pending => {}
                Given::Done | Given::Refused(_) | Given::Lost => self.at = HushAt::Next,
            },
            HushAt::Write(seen, change) => {
                if let Ok(new) = seen.apply(change, &Actor::Rules, now) {
                    rows.write_work(seen, &new, now);
                }
                self.at = HushAt::Next;
            }
        }
        Next::On
    }
}

/// A program that answers: it gets a lease, speaks some times, and hands back, or falls silent.
#[derive(Debug)]
pub(super) struct Program {
    pub conversation: usize,
    pub words: usize,
    pub ticket: Option<Ticket>,
}

impl Program {
    fn step(&mut self, rows: &mut Rows, now: Timestamp) -> Next {
        let program = "concierge-bot".parse().unwrap();
        let Some(ticket) = self.ticket else {
            let seen = rows.work[self.conversation].clone();
            let lend = WorkChange::Lend { to: program, until: now + SignedDuration::from_mins(6) };
            let Ok(new) = seen.apply(&lend, &Actor::Rules, now) else { return Next::Done };
            self.ticket = Some(seen.next_ticket());
            return if rows.write_work(&seen, &new, now) { Next::Pause } else { Next::Done };
        };
        if self.words == 0 {
            let seen = rows.work[self.conversation].clone();
            if let Ok(new) = seen.apply(&WorkChange::HandBack, &Actor::Automation(program, ticket), now) {
                rows.write_work(&seen, &new, now);
            }
            return Next::Done;
        }
        self.words -= 1;
        if rows.speak(self.conversation, ticket, now) { Next::Pause } else { Next::Done }
    }
}
