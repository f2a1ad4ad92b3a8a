//! The sums of several days: those that were kept, and of a few days that have none, from their history.

use futures::{StreamExt, TryStreamExt, stream};

use super::rollups::{self, Rollup};
use crate::{
    app::{Parts, Trouble},
    domain::{AccountId, job::Day},
};

/// Days that are counted from their history because no sums were kept: few, since each is read whole.
const MOST_COUNTED: usize = 3;
/// Sums that are fetched at once.
const AT_ONCE: usize = 8;

/// What is known of some days.
#[derive(Debug, Default)]
pub struct Period {
    /// The oldest day first. A day on which nothing happened has none.
    pub days: Vec<Rollup>,
    /// Days that were not counted, since too many would have to be: the night's upkeep counts them.
    pub missing: Vec<Day>,
}

/// Reads the days from `from` to `until`, both included. Sums of a version before `least` are counted anew as if there were
/// none; only where the history is forgotten they are taken as they are.
pub async fn read(parts: &Parts, account: &AccountId, from: Day, until: Day, least: u8) -> Result<Period, Trouble> {
    let today = Day::of(parts.now());
    let mut days: Vec<Day> = from.through(until.min(today)).collect();
    // The newest first: of today there are no sums yet.
    days.reverse();
    let fetch = |day: Day| async move {
        // Of today they would be of an hour long past.
        let kept = if day < today { rollups::kept(parts, account, day).await? } else { None };
        let is_good = kept.as_ref().is_some_and(|sums| sums.v >= least);
        let can_be_counted = !is_good && rollups::has_history(parts, account, day).await?;
        Ok::<_, Trouble>((day, kept, can_be_counted))
    };
    let found: Vec<(Day, Option<Rollup>, bool)> = stream::iter(days).map(fetch).buffered(AT_ONCE).try_collect().await?;
    let (mut period, mut counted) = (Period::default(), 0);
    for (day, kept, can_be_counted) in found {
        if !can_be_counted {
            period.days.extend(kept);
        } else if counted < MOST_COUNTED {
            counted += 1;
            period.days.push(rollups::compute(parts, account, day).await?);
        } else {
            period.missing.push(day);
        }
    }
    period.days.reverse();
    period.missing.reverse();
    Ok(period)
}
