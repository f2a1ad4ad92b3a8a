//! The work of a day, counted from its history, and what is open at its end, from which the next day goes on. In memory is where each
//! conversation of the last weeks stands; never a message.

mod kept;
mod period;

use std::collections::BTreeSet;

use super::{
    changes,
    names::{self, Class, Hour},
    segments,
};
use crate::{
    app::{Parts, Trouble, steps},
    domain::{
        AccountId, ChannelId,
        channel::Medium,
        job::Day,
        numbers::{Counting, DayOfWork, Fact, Promises, Standings, fact_of},
    },
};

pub use kept::{forget, keep, kept};
pub use period::{Period, read};

/// Where it is not known what was open at the end of a day, so many days before are looked at to find it out.
const LOOKS_BACK: u32 = 3;

/// A day's work, and what is open at its end.
#[derive(Debug)]
pub struct Counted {
    pub work: DayOfWork,
    pub standings: Standings,
}

/// What the history does not say: as it is set now.
struct Rules {
    promises: Promises,
    /// Channels that have no windows.
    sms: BTreeSet<ChannelId>,
}

impl Rules {
    async fn of(parts: &Parts, account: &AccountId) -> Result<Self, Trouble> {
        let sla = parts.store.work_settings(account).await?.unwrap_or_default().sla;
        let hours = steps::ladder_of(parts, account).await?.business_hours;
        let channels = parts.store.channels(account).await?;
        let sms = channels.into_iter().filter(|channel| channel.medium == Medium::Sms).map(|channel| channel.id);
        Ok(Self { promises: Promises { sla, hours }, sms: sms.collect() })
    }
}

/// Counts a day. `before`: what was open at the end of the day before, if whoever asks knows it.
pub async fn compute(
    parts: &Parts,
    account: &AccountId,
    day: Day,
    before: Option<Standings>,
) -> Result<Counted, Trouble> {
    let rules = Rules::of(parts, account).await?;
    let known = match before {
        Some(before) => Some(before),
        None => kept::standings(parts, account, day.before(1)).await?,
    };
    let looks_back = if known.is_some() { 0 } else { LOOKS_BACK };
    let mut standings = known.unwrap_or_default();
    for back in (1..=looks_back).rev() {
        walk(parts, account, day.before(back), &rules, &mut standings).await?;
    }
    let counting = walk(parts, account, day, &rules, &mut standings).await?;
    Ok(Counted { work: counting.sums(day, parts.now()), standings })
}

/// Goes through a day, or through today as far as it is over.
async fn walk(
    parts: &Parts,
    account: &AccountId,
    day: Day,
    rules: &Rules,
    standings: &mut Standings,
) -> Result<Counting, Trouble> {
    let mut counting = Counting::default();
    let of_messages = segments::day(parts, account, day).await?;
    let of_changes = changes::day(parts, account, day).await?;
    for hour in Hour::of_day(day) {
        let changes = match of_changes.get(&hour) {
            Some(objects) => changes::read(parts, objects).await?,
            None => Vec::new(),
        };
        let mut changes = changes.into_iter().peekable();
        let mut see = |fact: &Fact| {
            standings.entry(fact.conversation).or_default().see(fact, &rules.promises, &mut counting);
        };
        if let Some(messages) = of_messages.iter().find(|of_hour| of_hour.hour == hour) {
            for slice in 0..messages.slices {
                messages
                    .messages(parts, slice, |message| {
                        if let Some(fact) = fact_of(&message, &rules.sms) {
                            while let Some(earlier) = changes.next_if(|change| change.at < fact.at) {
                                see(&earlier);
                            }
                            see(&fact);
                        }
                        Ok(())
                    })
                    .await?;
            }
        }
        for change in changes {
            see(&change);
        }
    }
    let until = day.ends_at().min(parts.now());
    for standing in standings.values_mut() {
        standing.elapse(until, &mut counting);
    }
    standings.retain(|_, standing| standing.is_remembered(day.ends_at()));
    Ok(counting)
}

/// Whether anything of a day was kept.
pub async fn has_history(parts: &Parts, account: &AccountId, day: Day) -> Result<bool, Trouble> {
    for class in [Class::Messages, Class::Changes] {
        if !parts.objects.list(&names::day(class, account, day), None, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether there is anything to count: promises break and windows close also on a day on which nobody writes.
pub async fn can_be_counted(parts: &Parts, account: &AccountId, day: Day) -> Result<bool, Trouble> {
    Ok(has_history(parts, account, day).await? || kept::has_standings(parts, account, day.before(1)).await?)
}
