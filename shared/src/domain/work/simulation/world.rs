//! People, customers and minutes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Outcome, Protection,
    chance::Chance,
    jobs::{Hand, HandAt, Hush, Job, Kind, Program, Serve, Tidy},
    rows::{Event, Rows, number, person, staff},
};
use crate::domain::{
    TeamId, Timestamp,
    time::SignedDuration,
    work::{Actor, Found, Member, Place, Said, Team, WorkChange, WorkSettings, anybody_free, choose, worth_noting},
};

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    people: usize,
    conversations: usize,
    /// In which conversations begin.
    minutes: i64,
    capacity: u32,
    /// One handler in so many dies.
    dies: usize,
    /// One handler in so many stalls.
    stalls: usize,
    /// So many conversations are touched by hand in two minutes.
    by_hand: usize,
    /// One conversation in so many is begun by a program.
    programs: usize,
}

impl Scale {
    pub(super) const FULL: Self = Self {
        people: 20,
        conversations: 5_000,
        minutes: 2_880,
        capacity: 6,
        dies: 10,
        stalls: 8,
        by_hand: 1,
        programs: 12,
    };
    /// With more accidents.
    pub(super) const SMALL: Self =
        Self { people: 6, conversations: 260, minutes: 300, capacity: 3, dies: 5, stalls: 3, by_hand: 3, programs: 4 };
    /// More customers than anybody can answer.
    pub(super) const CROWDED: Self = Self { conversations: 700, by_hand: 0, ..Self::SMALL };
    /// Nothing happens for minutes.
    pub(super) const QUIET: Self = Self { conversations: 60, by_hand: 0, ..Self::SMALL };
}

/// The first so many can the same and work the same hours.
const ALIKE: usize = 4;
/// For so long after everybody is there, nothing new happens.
const STILL: i64 = 40;
const LANGUAGES: [&str; 4] = ["en", "en", "es", "de"];
const TEAMS: [&str; 5] = ["front-desk", "housekeeping", "concierge", "maintenance", "spa"];

pub(super) struct World {
    scale: Scale,
    chance: Chance,
    rows: Rows,
    now: Timestamp,
    minute: i64,
    jobs: Vec<Job>,
    /// Events that come again.
    again: BTreeMap<i64, Vec<Event>>,
    begun: usize,
    labels: Vec<BTreeSet<u8>>,
    /// Who answers nobody until then.
    idle_until: Vec<i64>,
    with_room: BTreeMap<Place, usize>,
    unlisted: BTreeMap<usize, usize>,
}

/// Counts down, and says when it is over.
fn comes(steps: &mut Option<usize>) -> bool {
    match steps.as_mut() {
        Some(0) => {
            *steps = None;
            true
        }
        Some(left) => {
            *left -= 1;
            false
        }
        None => false,
    }
}

fn begins() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn team(index: usize) -> TeamId {
    TEAMS[index].parse().unwrap()
}

fn members(people: usize) -> Vec<Member> {
    let one = |it: usize| {
        // The front desk is half of them; everybody else is there for one or two other teams.
        let teams = if it < people / 2 { vec![0] } else { vec![1 + it % 4, 1 + it * 3 % 4] };
        let mut languages: BTreeSet<_> = ["en".to_owned()].into();
        if it >= ALIKE {
            languages.insert(LANGUAGES[1 + it % 3].to_owned());
        }
        Member { teams: teams.into_iter().map(team).collect(), languages, ..Member::new(staff(it)) }
    };
    (0..people).map(one).collect()
}

impl World {
    pub(super) fn new(scale: Scale, seed: u64, without: Option<Protection>) -> Self {
        let teams = TEAMS.iter().map(|id| Team::named(id)).collect();
        let settings = WorkSettings {
            auto_assign: true,
            overflow_team: Some(team(0)),
            overflow_after_minutes: 8,
            reassign_after_minutes: Some(25),
            default_capacity: scale.capacity,
            teams,
            ..WorkSettings::default()
        };
        let rows = Rows::new(scale.conversations, members(scale.people), settings, without);
        Self {
            scale,
            chance: Chance(seed),
            rows,
            now: begins(),
            minute: 0,
            jobs: Vec::new(),
            again: BTreeMap::new(),
            begun: 0,
            labels: vec![BTreeSet::new(); scale.conversations],
            idle_until: vec![0; scale.people],
            with_room: BTreeMap::new(),
            unlisted: BTreeMap::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Outcome, String> {
        // Busy days; then everybody is there and nothing happens for a while; then all is answered and closed.
        let (still, ending) = (self.scale.minutes, self.scale.minutes + STILL);
        for minute in 0..ending + 2_000 {
            self.minute = minute;
            self.now = begins() + SignedDuration::from_mins(minute);
            self.people();
            if minute < still {
                self.customers();
                self.hands();
            }
            if !(still..ending).contains(&minute) {
                self.staff_work();
            }
            self.sweep();
            self.handlers();
            self.check_minute();
            if minute == ending - 1 {
                self.check_desks();
            }
            if let Some(broken) = self.rows.broken.take() {
                return Err(format!("minute {minute}: {broken}"));
            }
            if minute > ending && self.all_is_done() {
                self.rows.outcome.share = self.rows.given_to[..ALIKE.min(self.scale.people / 2)].to_vec();
                return Ok(self.rows.outcome);
            }
        }
        let left: Vec<_> = (0..self.begun).filter(|it| !self.rows.heads[*it].closed).collect();
        Err(format!("forgotten to the end: {left:?}"))
    }

    fn is_busy_time(&self) -> bool {
        self.minute < self.scale.minutes
    }

    /// Who is there: those alike by the same hours, the others as they like. By night few.
    fn people(&mut self) {
        let day = self.minute % 1_440;
        for it in 0..self.scale.people {
            let was = self.rows.presence[it];
            let said = if !self.is_busy_time() {
                Said::Online
            } else if it < ALIKE {
                if (60..1_200).contains(&day) { Said::Online } else { Said::Offline }
            } else {
                let leaves = if (60..1_100).contains(&day) { 240 } else { 60 };
                let comes = if (60..1_100).contains(&day) { 60 } else { 400 };
                match was.said {
                    Said::Online if self.chance.one_in(leaves) => [Said::Away, Said::Offline][self.chance.below(2)],
                    Said::Away | Said::Offline if self.chance.one_in(comes) => Said::Online,
                    said @ (Said::Online | Said::Away | Said::Offline) => said,
                }
            };
            // Cut off: nothing is said, and nothing is seen.
            let cut_off = self.is_busy_time() && it >= ALIKE && was.said == Said::Online && self.chance.one_in(30);
            if !cut_off && worth_noting(Some(&was), said, self.now) {
                let was_there = was.is_online(self.now);
                self.rows.presence[it] = crate::domain::work::Presence { said, last_seen: self.now };
                if !was_there && said == Said::Online {
                    self.rows.stream.push(Event::Free(it));
                }
            }
            if self.is_busy_time() && it >= ALIKE && self.chance.one_in(300) {
                let capacity = self.scale.capacity - 2 + u32::try_from(self.chance.below(4)).unwrap();
                self.rows.set_capacity(it, capacity);
            }
            if self.is_busy_time() && it >= ALIKE && self.chance.one_in(600) {
                self.idle_until[it] = self.minute + 60;
            }
        }
    }

    fn writes_in(&mut self, conversation: usize) {
        let head = &mut self.rows.heads[conversation];
        head.last_in = Some(self.now);
        head.waits_since.get_or_insert(self.now);
        head.closed = false;
        self.rows.stream.push(Event::Head(conversation));
    }

    fn customers(&mut self) {
        let due = i64::try_from(self.scale.conversations).unwrap() * (self.minute + 1) / self.scale.minutes;
        while self.begun < usize::try_from(due).unwrap() {
            let it = self.begun;
            let head = &mut self.rows.heads[it];
            head.begun = true;
            head.language = LANGUAGES[self.chance.below(LANGUAGES.len())];
            // Every other one is for the front desk, some for any.
            head.route = match self.chance.below(10) {
                0..=5 => Some(team(0)),
                6..=8 => Some(team(1 + self.chance.below(4))),
                _ => None,
            };
            self.begun += 1;
            self.writes_in(it);
            if self.chance.one_in(self.scale.programs) {
                let words = self.chance.below(6);
                self.begin(Job::new(Kind::Program(Program { conversation: it, words, ticket: None })));
            }
        }
        // Some write again, some come back after all was done.
        if self.begun > 0 && self.chance.one_in(2) {
            let it = self.recent();
            self.writes_in(it);
        }
    }

    fn recent(&mut self) -> usize {
        let among = self.begun.min(120);
        self.begun - 1 - self.chance.below(among)
    }

    /// What people do by hand.
    fn hands(&mut self) {
        for _ in 0..self.scale.by_hand {
            if self.begun == 0 || !self.chance.one_in(2) {
                continue;
            }
            let conversation = match self.rows.wanting.len() {
                0 => self.recent(),
                _ if self.chance.one_in(2) => self.recent(),
                count => *self.rows.wanting.iter().nth(self.chance.below(count)).unwrap(),
            };
            let somebody = staff(self.chance.below(self.scale.people));
            let until = self.now + SignedDuration::from_mins(self.chance.minutes(1, 40));
            let label = u8::try_from(self.chance.below(8)).unwrap();
            let change = match self.chance.below(9) {
                0 => WorkChange::Take,
                1 => WorkChange::Assign { to: staff(self.chance.below(self.scale.people)) },
                2 | 3 => WorkChange::HandTo { team: Some(team(self.chance.below(5))), since: self.now },
                4 => WorkChange::Release { since: self.now },
                5 | 6 => WorkChange::Snooze { until, seen: None },
                7 => WorkChange::Wake,
                _ => WorkChange::Label { label: format!("label-{label}").parse().unwrap() },
            };
            // People click twice, and two see the same.
            for _ in 0..=self.chance.below(2) {
                let hand = Hand { conversation, change: change.clone(), by: Actor::Staff(somebody), at: HandAt::Read };
                self.begin(Job::new(Kind::Hand(hand)));
            }
        }
    }

    /// Owners who are there answer, and close what is done.
    fn staff_work(&mut self) {
        for it in 0..self.scale.people {
            if self.rows.presence[it].said != Said::Online || self.minute < self.idle_until[it] && self.is_busy_time() {
                continue;
            }
            for conversation in self.rows.owned[it].clone() {
                let head = &mut self.rows.heads[conversation];
                if head.closed {
                    continue;
                }
                let does = match head.waits_since {
                    Some(_) => self.chance.one_in(5),
                    None => self.chance.one_in(12),
                };
                if !does {
                    continue;
                }
                if head.waits_since.take().is_some() {
                    head.staff_at = Some(self.now);
                } else {
                    head.closed = true;
                }
                self.rows.stream.push(Event::Head(conversation));
            }
        }
        // What nobody has and nobody waits for, somebody closes in the end.
        if !self.is_busy_time() {
            for conversation in 0..self.begun {
                let head = &mut self.rows.heads[conversation];
                let idle = self.rows.work[conversation].owner().is_none() && !self.rows.wanting.contains(&conversation);
                if idle && head.waits_since.is_none() && !head.closed {
                    head.closed = true;
                    self.rows.stream.push(Event::Head(conversation));
                }
            }
        }
    }

    fn sweep(&mut self) {
        if !self.rows.lacks(Protection::MinuteDrain) {
            self.begin(Job::new(Kind::Drain(Serve::all(&self.rows))));
        }
        let it = usize::try_from(self.minute).unwrap() % self.scale.people;
        if !self.rows.lacks(Protection::Repair) {
            for it in [it, (it + self.scale.people / 2) % self.scale.people] {
                self.begin(Job::new(Kind::Tidy(Tidy::of(it, &self.rows))));
            }
        }
        self.begin(Job::new(Kind::Hush(Hush::of(it, &self.rows))));
        while let Some(due) = self.rows.timers.first_entry().filter(|due| *due.key() <= self.now) {
            self.rows.stream.extend(due.remove().into_iter().map(Event::Head));
        }
        self.rows.stream.extend(self.again.remove(&self.minute).unwrap_or_default());
    }

    /// A minute of all that runs, a step of one after a step of another.
    fn handlers(&mut self) {
        for step in 0..3_000 {
            self.now += SignedDuration::from_millis(10);
            while self.running() < 12 && !self.rows.stream.is_empty() {
                let among = self.rows.stream.len().min(20);
                let event = self.rows.stream.remove(self.chance.below(among));
                let job = Job::of(event, &self.rows, self.now);
                self.begin(job);
            }
            let awake: Vec<_> = (0..self.jobs.len()).filter(|it| self.jobs[*it].asleep_until <= self.now).collect();
            if awake.is_empty() || step > 600 && self.chance.one_in(200) {
                return;
            }
            let it = awake[self.chance.below(awake.len())];
            let job = &mut self.jobs[it];
            if comes(&mut job.dies_in) {
                self.ends(it, true);
            } else if comes(&mut job.stalls_in) {
                job.asleep_until = self.now + SignedDuration::from_mins(self.chance.minutes(1, 3));
            } else if job.step(&mut self.rows, self.now) {
                self.ends(it, false);
            }
            if self.rows.broken.is_some() {
                return;
            }
        }
    }

    fn running(&self) -> usize {
        self.jobs.iter().filter(|job| job.asleep_until <= self.now).count()
    }

    fn begin(&mut self, mut job: Job) {
        if self.is_busy_time() {
            job.dies_in = self.chance.one_in(self.scale.dies).then(|| 1 + self.chance.below(6));
            job.stalls_in = self.chance.one_in(self.scale.stalls).then(|| 1 + self.chance.below(6));
        }
        self.jobs.push(job);
    }

    fn ends(&mut self, it: usize, dies: bool) {
        let job = self.jobs.swap_remove(it);
        if dies {
            self.rows.outcome.crashes += 1;
        }
        if let (Kind::Hand(hand), false) = (&job.kind, dies)
            && let WorkChange::Label { label } = &hand.change
            && self.rows.work[hand.conversation].labels.contains(label)
        {
            self.labels[hand.conversation].insert(label.as_str().as_bytes()[6]);
        }
        let Some(event) = job.event else { return };
        let repeats = dies && !self.rows.lacks(Protection::Again) || !dies && self.chance.one_in(15);
        if repeats {
            let at = self.minute + self.chance.minutes(1, 4);
            self.again.entry(at).or_default().push(event);
        }
    }

    fn check_minute(&mut self) {
        // Who waits while somebody could be given to them.
        let mut with_room = BTreeMap::new();
        if anybody_free(self.rows.candidates(), self.now) {
            for (team, partition) in self.rows.queue.clone() {
                for (since, conversation) in partition.keys().take(20) {
                    let place = Place { team: team.clone(), since: *since, conversation: *conversation };
                    let work = self.rows.work[number(*conversation)].clone();
                    if work.entry(self.now).is_none_or(|entry| entry.place != place) {
                        continue;
                    }
                    let wanted = self.rows.wanted(&work, self.now);
                    if let Found::Somebody { staff, .. } = choose(self.rows.candidates(), &wanted, self.now).found
                        && !self.rows.desks[person(staff)].slots.contains_key(conversation)
                    {
                        let minutes = self.with_room.get(&place).copied().unwrap_or_default() + 1;
                        self.rows.outcome.longest_with_room_minutes =
                            self.rows.outcome.longest_with_room_minutes.max(minutes);
                        if minutes > 5 {
                            self.rows.breaks(format!("{conversation} waits though there is room: {minutes} minutes"));
                        }
                        with_room.insert(place, minutes);
                    }
                }
            }
        }
        self.with_room = with_room;
        // Who wants somebody and stands nowhere. An event that comes again needs some minutes.
        let mut unlisted = BTreeMap::new();
        for conversation in &self.rows.wanting {
            let entry = self.rows.work[*conversation].entry(self.now);
            if entry.is_some_and(|entry| !self.rows.stands_in_queue(&entry.place)) {
                let minutes = self.unlisted.get(conversation).copied().unwrap_or_default() + 1;
                if minutes > 30 {
                    self.rows.broken.get_or_insert(format!("conversation {conversation} is forgotten"));
                }
                unlisted.insert(*conversation, minutes);
            }
        }
        self.unlisted = unlisted;
        for (conversation, labels) in self.labels.iter().enumerate().take(self.begun) {
            if labels.len() > self.rows.work[conversation].labels.len() {
                self.rows.broken.get_or_insert(format!("a label of {conversation} was overwritten"));
            }
        }
    }

    /// When all is still, a desk is what W says, and whoever waits for an answer has somebody or stands in the queue.
    fn check_desks(&mut self) {
        for it in 0..self.scale.people {
            let slots: BTreeSet<_> = self.rows.desks[it].slots.keys().map(|it| number(*it)).collect();
            if slots != self.rows.owned[it] {
                let owned = &self.rows.owned[it];
                self.rows.broken.get_or_insert(format!("the desk of {it} has {slots:?}, and W says {owned:?}"));
            }
        }
        for conversation in 0..self.begun {
            let (work, head) = (&self.rows.work[conversation], &self.rows.heads[conversation]);
            let stands = work.entry(self.now).is_some_and(|entry| self.rows.stands_in_queue(&entry.place));
            let looked_after = work.owner().is_some() || work.snooze.is_some() || stands;
            if head.waits_since.is_some() && !head.closed && !looked_after {
                self.rows.broken.get_or_insert(format!("conversation {conversation} is forgotten"));
            }
        }
    }

    fn all_is_done(&self) -> bool {
        let closed = self.rows.heads.iter().take(self.begun).all(|head| head.closed);
        let idle = self.rows.desks.iter().all(|desk| desk.slots.is_empty()) && self.rows.wanting.is_empty();
        closed && idle && self.rows.queue.values().all(BTreeMap::is_empty)
    }
}
