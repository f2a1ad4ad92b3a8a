//! The sums of days that are over, and what was open at their ends, as they are kept.

use serde::{Deserialize, Serialize};

use super::Counted;
use crate::{
    app::{
        Parts, Trouble,
        archive::{lines, names},
    },
    domain::{
        AccountId, ConversationId,
        job::Day,
        numbers::{DayOfWork, Standing, Standings},
    },
    ports::{StoreError, objects::list_all},
};

/// The version of what is kept of open conversations. Of another one they are found out anew.
const STANDINGS_VERSION: u8 = 1;
/// What was open is needed to count the next day, which upkeep does for 31 days at most.
const STANDINGS_KEPT_DAYS: u32 = 35;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Version {
    v: u8,
}

/// A line about one conversation.
#[derive(Debug, Serialize, Deserialize)]
struct Line<T> {
    conversation: ConversationId,
    standing: T,
}

/// Keeps a day that is over: first what the next one needs, so that sums that are there need nothing more.
pub async fn keep(parts: &Parts, account: &AccountId, counted: &Counted) -> Result<(), Trouble> {
    let unexpected = |error: serde_json::Error| Trouble::Unexpected(error.into());
    let day = counted.work.day;
    let sums = serde_json::to_vec(&counted.work).map_err(unexpected)?;
    let mut in_order: Vec<(&ConversationId, &Standing)> = counted.standings.iter().collect();
    in_order.sort_by_key(|(conversation, _)| **conversation);
    let version = serde_json::to_string(&Version { v: STANDINGS_VERSION }).map_err(unexpected)?;
    let line = |(conversation, standing): (&ConversationId, &Standing)| {
        serde_json::to_string(&Line { conversation: *conversation, standing }).unwrap_or_default()
    };
    let packed = lines::pack(std::iter::once(version).chain(in_order.into_iter().map(line)));
    let name = names::standings(account, day);
    if counted.standings.is_empty() {
        // The next day needs nothing then, and a quiet account costs nothing.
        parts.objects.remove(&[name]).await?;
    } else {
        parts.objects.put(&name, packed).await?;
    }
    Ok(parts.objects.put(&names::numbers(account, day), sums).await?)
}

/// The sums of a day, as they were kept last.
pub async fn kept(parts: &Parts, account: &AccountId, day: Day) -> Result<Option<DayOfWork>, Trouble> {
    let name = names::numbers(account, day);
    let Some(bytes) = parts.objects.get(&name).await? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    Ok(Some(read.map_err(|error| StoreError::BadRow { key: name, why: error.to_string() })?))
}

/// What was open at the end of a day. `None`: nobody kept it, or another version did.
pub(super) async fn standings(parts: &Parts, account: &AccountId, day: Day) -> Result<Option<Standings>, Trouble> {
    let name = names::standings(account, day);
    let Some(bytes) = parts.objects.get(&name).await? else { return Ok(None) };
    let mut is_ours = None;
    let mut standings = Standings::new();
    lines::unpack(&name, &bytes, |text| {
        let damaged = |error: serde_json::Error| StoreError::BadRow { key: name.clone(), why: error.to_string() };
        match is_ours {
            None => {
                let version: Version = serde_json::from_str(text).map_err(damaged)?;
                is_ours = Some(version.v == STANDINGS_VERSION);
            }
            Some(true) => {
                let line: Line<Standing> = serde_json::from_str(text).map_err(damaged)?;
                standings.insert(line.conversation, line.standing);
            }
            Some(false) => {}
        }
        Ok(())
    })?;
    Ok((is_ours == Some(true)).then_some(standings))
}

pub(super) async fn has_standings(parts: &Parts, account: &AccountId, day: Day) -> Result<bool, Trouble> {
    Ok(!parts.objects.list(&names::standings(account, day), None, 1).await?.is_empty())
}

/// Forgets what was open at the ends of days that nobody counts any more.
pub async fn forget(parts: &Parts, account: &AccountId, today: Day) -> Result<(), Trouble> {
    let before = today.before(STANDINGS_KEPT_DAYS);
    let listed = list_all(&*parts.objects, &names::standings_of(account)).await?;
    let old: Vec<String> = listed
        .into_iter()
        .map(|object| object.name)
        .filter(|name| names::day_in(name).is_some_and(|day| day < before))
        .collect();
    if old.is_empty() {
        return Ok(());
    }
    Ok(parts.objects.remove(&old).await?)
}
