//! Rehearsing a ladder over what really happened: the rules are in `domain/rehearsal`; here the history is read for them.

pub mod history;
mod people;
mod settings;

use serde::{Deserialize, Serialize};

use super::{
    Parts, Trouble,
    archive::names::{self, Class, Hour},
    deadline::Deadline,
};
use crate::{
    domain::{
        AccountId, ChannelId, ConversationId, Timestamp,
        job::Day,
        ladder::Ladder,
        rehearsal::{Assumed, Comparison, Conversation, Figures, RehearsalOrder, Report, Stretch, rehearse},
        time::SignedDuration,
    },
    ports::objects::list_all,
};
use history::Note;
use settings::Settings;

/// More messages than are gone through while somebody waits.
const MOST_AT_ONCE: usize = 100_000;
/// After the last line of a log, a ladder has so long to go on.
const AFTER_A_LOG: SignedDuration = SignedDuration::from_hours(96);

/// Both ladders' figures so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    current: Figures,
    rehearsed: Figures,
    left_out: u64,
}

impl Sums {
    pub fn conversations(&self) -> u64 {
        self.current.conversations
    }

    /// Rehearses one conversation on a channel. One that a ladder has no part in is left out.
    fn add(&mut self, settings: &Settings, channel: &ChannelId, conversation: &Conversation, stretch: Stretch) {
        let Some((current, rehearsed)) = settings.of_channel(channel) else {
            self.left_out += 1;
            return;
        };
        for (setting, clock, figures) in
            [(current, &settings.clocks.0, &mut self.current), (rehearsed, &settings.clocks.1, &mut self.rehearsed)]
        {
            figures.conversations += 1;
            rehearse(setting, conversation, stretch.until, |happened| figures.add(&happened, stretch, clock));
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.current.merge(&other.current);
        self.rehearsed.merge(&other.rehearsed);
        self.left_out += other.left_out;
    }

    pub fn compared(&self, order: &RehearsalOrder) -> Comparison {
        Comparison {
            from: order.from,
            until: order.until,
            conversations: self.current.conversations,
            left_out: self.left_out,
            assumptions: order.assume.in_words(),
            current: Report::of(&self.current, &order.current),
            rehearsed: Report::of(&self.rehearsed, order.rehearsed()),
        }
    }
}

/// Rehearses over the account's own history, if that can be done before `deadline`; `None`: it is work for a job.
pub async fn at_once(
    parts: &Parts,
    account: &AccountId,
    order: &RehearsalOrder,
    deadline: Deadline,
) -> Result<Option<Comparison>, Trouble> {
    let mut notes = Vec::new();
    for day in days_of(order) {
        if !has_history(parts, account, day).await? {
            continue;
        }
        for hour in hours_of(order, day) {
            history::read(parts, account, order, hour, |note| notes.push(note)).await?;
            if notes.len() > MOST_AT_ONCE || deadline.passed() {
                return Ok(None);
            }
        }
    }
    let settings = Settings::of(parts, account, order).await?;
    let mut sums = Sums::default();
    let done = go_through(parts, account, (order, &settings), notes, &mut sums, Some(deadline)).await?;
    Ok(done.then(|| sums.compared(order)))
}

/// Rehearses over a log that was handed in, as if it were of this channel.
pub async fn of_log(
    parts: &Parts,
    account: &AccountId,
    (current, rehearsed): (Ladder, Option<Ladder>),
    conversations: &[Conversation],
    channel: &ChannelId,
    assume: Assumed,
) -> Result<Comparison, Trouble> {
    let times = || conversations.iter().flat_map(|it| it.events.iter().map(|event| event.at));
    let from = times().min().unwrap_or_default();
    let until = times().max().unwrap_or_default() + AFTER_A_LOG;
    let order = RehearsalOrder { from, until, current, rehearsed, assume };
    let settings = Settings::of(parts, account, &order).await?;
    let mut sums = Sums::default();
    for conversation in conversations {
        sums.add(&settings, channel, conversation, order.stretch());
    }
    Ok(sums.compared(&order))
}

/// Both ladders, made ready.
pub(super) async fn settings_of(
    parts: &Parts,
    account: &AccountId,
    order: &RehearsalOrder,
) -> Result<Settings, Trouble> {
    Settings::of(parts, account, order).await
}

/// Rehearses the conversations of these notes. Answers whether that was done before `deadline`.
pub(super) async fn go_through(
    parts: &Parts,
    account: &AccountId,
    (order, settings): (&RehearsalOrder, &Settings),
    notes: Vec<Note>,
    sums: &mut Sums,
    deadline: Option<Deadline>,
) -> Result<bool, Trouble> {
    let mut found = people::conversations(parts, account, settings, history::by_conversation(notes));
    while let Some(known) = futures::TryStreamExt::try_next(&mut found).await? {
        match known {
            Some((channel, conversation)) => sums.add(settings, &channel, &conversation, order.stretch()),
            None => sums.left_out += 1,
        }
        if deadline.is_some_and(Deadline::passed) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The days whose messages are read.
pub(super) fn days_of(order: &RehearsalOrder) -> impl Iterator<Item = Day> {
    let first = Day::of(order.reads_from().max(Timestamp::UNIX_EPOCH));
    first.through(Day::of(order.until - SignedDuration::from_millis(1)))
}

/// The hours of a day whose messages are read.
pub(super) fn hours_of(order: &RehearsalOrder, day: Day) -> impl Iterator<Item = Hour> {
    let (from, until) = (Hour::of(order.reads_from()), order.until);
    Hour::of_day(day).filter(move |hour| *hour >= from && hour.begins_at() < until)
}

pub(super) async fn has_history(parts: &Parts, account: &AccountId, day: Day) -> Result<bool, Trouble> {
    Ok(!list_all(&*parts.objects, &names::day(Class::Messages, account, day)).await?.is_empty())
}

/// Notes of one conversation, in the order of their messages.
type OfConversation = (ConversationId, Vec<Note>);
