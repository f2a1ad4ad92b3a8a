//! What is due once a day for every account: sums of the last days, old messages into the archive, and forgetting what was
//! kept long enough. A legal hold stops the forgetting, never the rest.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Stepped, erase, import, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{
            names::{self, Class},
            numbers, outputs, rollups, threads,
        },
        deadline::Deadline,
        timers,
        work::archive,
    },
    domain::{
        AccountId, ContactId, ConversationId, Timestamp,
        conversation::conversation_of,
        inbox::{Drawer, Shelf, Sorting},
        job::{Day, Job, JobKind},
        numbers::VERSION,
        retention::{EXPORTS_KEPT, Hold, Retention},
        time::SignedDuration,
        timer::{TimerKind, upkeep_at},
        work::WorkSettings,
    },
    ports::{objects::Listed, store::RowToKeep},
};

/// The sums of so many days before are computed again: receipts come in late.
const ROLLED_UP_AGAIN: u32 = 4;
/// Of so many days before, those that have no sums yet: nobody may have kept up for a while.
const ROLLED_UP_IF_MISSING: u32 = 31;
/// Conversations looked at together.
const PAGE: usize = 100;
/// For how long the rows of jobs that are over are kept where the account says nothing.
const JOBS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The same for those that come every hour.
const LOOKS_KEPT: SignedDuration = SignedDuration::from_hours(2 * 24);

/// Where the upkeep stands, and what it did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    #[serde(default)]
    stage: Stage,
    /// How many days were rolled up.
    #[serde(default)]
    rolled_up: u32,
    /// The drawer that is walked, and the line before which it goes on.
    #[serde(default)]
    tray: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// The object after which a list goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// Messages that moved to the archive.
    pub archived: u64,
    /// Conversations in which nothing happened for as long as the account said.
    #[serde(default)]
    pub archived_conversations: u64,
    /// Messages that were forgotten while they lay in the table.
    pub forgotten_messages: u64,
    /// Objects that were forgotten: old messages, hours of history, reports, exports.
    pub forgotten_objects: u64,
    /// A legal hold stopped some of the forgetting.
    pub held: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    RollUp,
    Conversations,
    Threads,
    Messages,
    Events,
    Jobs,
    Erasures,
}

/// Arms what begins an account's upkeep, for the next time that it is due. Any number of times is as once.
pub async fn arm(parts: &Parts, account: &AccountId) -> Result<(), Trouble> {
    timers::arm(parts, upkeep_at(account, parts.now()), account, TimerKind::Upkeep {}).await
}

/// The time has come: the work of the day is put, and the next day armed.
pub async fn begin(parts: &Parts, account: &AccountId, due: Timestamp) -> Result<(), Trouble> {
    let job = Job::upkeep(account, Day::of(due), parts.now());
    parts.store.put_job(&job).await?;
    arm(parts, account).await
}

/// What may not be forgotten.
struct Holds {
    everything: bool,
    /// Contacts, with all who are one person with them.
    people: HashSet<ContactId>,
    conversations: HashSet<ConversationId>,
}

impl Holds {
    async fn of(parts: &Parts, account: &AccountId) -> Result<Self, Trouble> {
        let holds = parts.store.holds(account).await?;
        let channels = parts.store.channels(account).await?;
        let (mut people, mut conversations) = (HashSet::new(), HashSet::new());
        for contact in holds.iter().filter_map(|hold| hold.contact) {
            people.insert(contact);
            people.extend(erase::family(parts, account, contact).await?.into_iter().map(|row| row.id));
        }
        for channel in &channels {
            conversations.extend(people.iter().map(|person| conversation_of(account, &channel.id, *person)));
        }
        Ok(Self { everything: holds.iter().any(Hold::is_of_all), people, conversations })
    }

    /// An hour of history, or a report, holds what is of many: it stays while anybody is held.
    fn hold_what_is_of_many(&self) -> bool {
        self.everything || !self.people.is_empty()
    }

    fn hold_output(&self, kind: &JobKind) -> bool {
        match kind {
            JobKind::Export { contact } => self.everything || self.people.contains(contact),
            JobKind::Report(_) | JobKind::Contacts => self.hold_what_is_of_many(),
            JobKind::Erase { .. } => self.everything,
            JobKind::Rehearse(_)
            | JobKind::Replay { .. }
            | JobKind::Upkeep { .. }
            | JobKind::Templates { .. }
            // What was uploaded is the uploader's, and what it said is on the contacts.
            | JobKind::Import(_) => false,
        }
    }

    fn holds(&self, conversation: ConversationId) -> bool {
        self.everything || self.conversations.contains(&conversation)
    }
}

pub(super) async fn step(parts: &Parts, job: &Job, day: Day, deadline: Deadline) -> Result<Stepped, Trouble> {
    let mut it: Kept = progress_of(job)?;
    let account = &job.account;
    let rules = parts.store.retention(account).await?.unwrap_or_default();
    let holds = Holds::of(parts, account).await?;
    let settings = parts.store.work_settings(account).await?.unwrap_or_default();
    let work = Work { parts, account, day, rules, settings, holds, deadline };
    match it.stage {
        Stage::RollUp => {
            // The oldest day first: what was open at its end is where the next one begins.
            while it.rolled_up < ROLLED_UP_IF_MISSING && !work.deadline.passed() {
                let back = ROLLED_UP_IF_MISSING - it.rolled_up;
                it.rolled_up += 1;
                work.roll_up(day.before(back), back <= ROLLED_UP_AGAIN).await?;
                work.sum_up_work(day.before(back), back <= ROLLED_UP_AGAIN).await?;
            }
            if it.rolled_up == ROLLED_UP_IF_MISSING {
                numbers::forget(parts, account, day).await?;
                it.stage = Stage::Conversations;
            }
        }
        Stage::Conversations => {
            if work.conversations(&mut it).await? {
                it.stage = Stage::Threads;
            }
        }
        Stage::Threads => {
            let before = Retention::forgotten_before(rules.messages_days, day);
            let is_old = |object: &Listed, before: Timestamp| {
                names::thread_in(&object.name).is_some_and(|(_, _, last)| last.at() < before)
            };
            let is_held = |object: &Listed| {
                names::thread_in(&object.name).is_none_or(|(conversation, ..)| work.holds.holds(conversation))
            };
            let prefix = names::threads_of(account);
            if work.forget(&mut it, &prefix, before, is_old, is_held).await? {
                it.stage = Stage::Messages;
            }
        }
        Stage::Messages | Stage::Events => {
            let class = if it.stage == Stage::Messages { Class::Messages } else { Class::Events };
            let before = Retention::forgotten_before(rules.history_days(class == Class::Messages), day);
            let is_old = |object: &Listed, before: Timestamp| {
                names::day_in(&object.name).is_some_and(|day| day.ends_at() <= before)
            };
            let is_held = |_: &Listed| work.holds.hold_what_is_of_many();
            let prefix = names::hours_of(class, account);
            if work.forget(&mut it, &prefix, before, is_old, is_held).await? {
                it.stage = if class == Class::Messages { Stage::Events } else { Stage::Jobs };
            }
        }
        Stage::Jobs => {
            if work.jobs(&mut it).await? {
                it.stage = Stage::Erasures;
            }
        }
        Stage::Erasures => {
            work.erasures(&mut it).await?;
            return Ok(Stepped::Done(noted(&it)));
        }
    }
    Ok(Stepped::More { progress: noted(&it), pause: 0 })
}

/// What every part of the work needs.
struct Work<'a> {
    parts: &'a Parts,
    account: &'a AccountId,
    day: Day,
    rules: Retention,
    settings: WorkSettings,
    holds: Holds,
    deadline: Deadline,
}

impl Work<'_> {
    async fn roll_up(&self, day: Day, again: bool) -> Result<(), Trouble> {
        let Self { parts, account, .. } = self;
        // Sums of an older version lack what is asked of them now.
        let kept = if again { None } else { rollups::kept(parts, account, day).await? };
        let has_sums = kept.is_some_and(|sums| sums.v >= rollups::VERSION);
        if has_sums || !rollups::has_history(parts, account, day).await? {
            return Ok(());
        }
        rollups::keep(parts, account, &rollups::compute(parts, account, day).await?).await
    }

    /// The same for the work of a day. A day whose history is forgotten keeps the sums that it has.
    async fn sum_up_work(&self, day: Day, again: bool) -> Result<(), Trouble> {
        let Self { parts, account, .. } = self;
        let kept = numbers::kept(parts, account, day).await?;
        let has_sums = kept.as_ref().is_some_and(|work| work.v >= VERSION);
        let is_to_be_counted = match kept {
            Some(_) => (again || !has_sums) && numbers::has_history(parts, account, day).await?,
            None => numbers::can_be_counted(parts, account, day).await?,
        };
        if !is_to_be_counted {
            return Ok(());
        }
        numbers::keep(parts, account, &numbers::compute(parts, account, day, None).await?).await
    }

    /// Moves and forgets old messages, conversation by conversation. Answers whether all were looked at.
    async fn conversations(&self, it: &mut Kept) -> Result<bool, Trouble> {
        while let Some(drawer) = Drawer::ALL.get(it.tray) {
            let walked = (&Shelf::All, *drawer, Sorting::Activity);
            let page = self.parts.store.inbox(self.account, walked, (None, None), it.before.as_deref(), PAGE).await?;
            for line in &page {
                self.conversation(it, line.conversation).await?;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => it.before = Some(last.sort.clone()),
                Some(_) | None => {
                    it.tray += 1;
                    it.before = None;
                }
            }
            if self.deadline.passed() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn conversation(&self, it: &mut Kept, id: ConversationId) -> Result<(), Trouble> {
        // Conversations that became part of this one are not filed by themselves.
        let Some(head) = self.parts.store.head(self.account, id).await? else { return Ok(()) };
        for id in std::iter::once(id).chain(head.former) {
            self.messages(it, id).await?;
        }
        it.archived_conversations += u64::from(archive(self.parts, self.account, &self.settings, id).await?);
        Ok(())
    }

    async fn messages(&self, it: &mut Kept, id: ConversationId) -> Result<(), Trouble> {
        let forgotten_before = Retention::forgotten_before(self.rules.messages_days, self.day);
        let archived_before = self.rules.archived_before(self.day).max(forgotten_before.unwrap_or(Timestamp::MIN));
        loop {
            let rows = self.parts.store.rows_before(self.account, id, archived_before, threads::AT_ONCE).await?;
            let found = rows.len();
            // What is still on its way stays, and what came after it: order matters more than room.
            let rows: Vec<RowToKeep> = rows.into_iter().take_while(|row| row.is_settled).collect();
            let is_old = |row: &RowToKeep| forgotten_before.is_some_and(|before| row.id.key.at() < before);
            let (old, kept): (Vec<_>, Vec<_>) = if self.holds.holds(id) {
                it.held |= rows.iter().any(is_old);
                (Vec::new(), rows)
            } else {
                rows.into_iter().partition(is_old)
            };
            it.forgotten_messages += old.len() as u64;
            let ids: Vec<_> = old.iter().map(|row| row.id).collect();
            self.parts.store.drop_rows(self.account, &ids).await?;
            it.archived += kept.len() as u64;
            threads::archive(self.parts, self.account, id, &kept).await?;
            if found < threads::AT_ONCE || old.len() + kept.len() < found {
                return Ok(());
            }
        }
    }

    /// Removes objects under a prefix that are from before a time. Answers whether all were looked at.
    async fn forget(
        &self,
        it: &mut Kept,
        prefix: &str,
        before: Option<Timestamp>,
        is_old: impl Fn(&Listed, Timestamp) -> bool,
        is_held: impl Fn(&Listed) -> bool,
    ) -> Result<bool, Trouble> {
        let Some(before) = before else { return Ok(true) };
        loop {
            let page = self.parts.objects.list(prefix, it.after.as_deref(), PAGE * 10).await?;
            let Some(last) = page.last().map(|last| last.name.clone()) else {
                it.after = None;
                return Ok(true);
            };
            let mut names = Vec::new();
            for object in page.iter().filter(|object| is_old(object, before)) {
                if is_held(object) {
                    it.held = true;
                } else {
                    names.push(object.name.clone());
                }
            }
            self.parts.objects.remove(&names).await?;
            it.forgotten_objects += names.len() as u64;
            it.after = Some(last);
            if self.deadline.passed() {
                return Ok(false);
            }
        }
    }

    /// Exports after a week, reports when the account says so, the rows of other jobs after a month. What an erasure did is
    /// told by its receipt.
    async fn jobs(&self, it: &mut Kept) -> Result<bool, Trouble> {
        let now = self.parts.now();
        it.forgotten_objects += import::forget_abandoned(self.parts, self.account, now - EXPORTS_KEPT).await?;
        let audit = Retention::forgotten_before(self.rules.audit_days, self.day);
        let mut after = None;
        loop {
            let page = self.parts.store.jobs(self.account, after, PAGE).await?;
            for job in &page {
                let over = match &job.kind {
                    JobKind::Export { .. } | JobKind::Contacts | JobKind::Import(_) => Some(now - EXPORTS_KEPT),
                    JobKind::Report(_) => audit,
                    JobKind::Erase { .. } => None,
                    JobKind::Rehearse(_) | JobKind::Replay { .. } | JobKind::Upkeep { .. } => Some(now - JOBS_KEPT),
                    JobKind::Templates { .. } => Some(now - LOOKS_KEPT),
                };
                if over.is_some_and(|over| job.asked_at < over) {
                    if self.holds.hold_output(&job.kind) {
                        it.held = true;
                        continue;
                    }
                    it.forgotten_objects += outputs::remove(self.parts, self.account, job.id).await? as u64;
                    self.parts.store.remove_job(self.account, job.id).await?;
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id),
                Some(_) | None => return Ok(true),
            }
        }
    }

    /// Receipts of erasures, when the account says so.
    async fn erasures(&self, it: &mut Kept) -> Result<(), Trouble> {
        let Some(before) = Retention::forgotten_before(self.rules.audit_days, self.day) else { return Ok(()) };
        if self.holds.everything {
            it.held = true;
            return Ok(());
        }
        let prefix = names::erasures_of(self.account);
        let mut after: Option<String> = None;
        loop {
            let page = self.parts.objects.list(&prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.name.clone());
            for object in &page {
                let Some(contact) = names::erased_in(&object.name) else { continue };
                let id = Job::erasure(self.account, contact, before).id;
                let finished = self.parts.store.job(self.account, id).await?.map(|job| job.changed_at);
                if finished.is_none_or(|finished| finished < before) {
                    self.parts.objects.remove(std::slice::from_ref(&object.name)).await?;
                    self.parts.store.remove_job(self.account, id).await?;
                    it.forgotten_objects += 1;
                }
            }
        }
    }
}
