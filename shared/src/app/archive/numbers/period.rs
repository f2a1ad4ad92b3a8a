//! The work of several days: sums that were kept, and of a few days that have none, counted now.

use futures::{StreamExt, TryStreamExt, stream};

use super::{can_be_counted, compute, kept::kept};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId,
        job::Day,
        numbers::{DayOfWork, Standings, VERSION},
    },
};

/// Days that are counted from their history because no sums were kept: few, since each is read whole.
const MOST_COUNTED: usize = 3;
/// Sums that are fetched at once.
const AT_ONCE: usize = 8;

/// What is known of some days.
#[derive(Debug, Default)]
pub struct Period {
    /// The oldest day first. A day on which nothing happened has none.
    pub days: Vec<DayOfWork>,
    /// Days that are not over: what is told of them changes.
    pub provisional: Vec<Day>,
    /// Days that were not counted, since too many would have to be: the night's upkeep counts them.
    pub missing: Vec<Day>,
}

/// Reads the days from `from` to `until`, both included.
pub async fn read(parts: &Parts, account: &AccountId, from: Day, until: Day) -> Result<Period, Trouble> {
    let today = Day::of(parts.now());
    let fetch = |day: Day| async move {
        // Of today they would be of an hour long past.
        let kept = if day < today { kept(parts, account, day).await? } else { None };
        let is_good = kept.as_ref().is_some_and(|work| work.v >= VERSION);
        let can_be_counted = !is_good && can_be_counted(parts, account, day).await?;
        Ok::<_, Trouble>((day, kept, can_be_counted))
    };
    let found: Vec<(Day, Option<DayOfWork>, bool)> =
        stream::iter(from.through(until.min(today))).map(fetch).buffered(AT_ONCE).try_collect().await?;
    // The newest are counted.
    let passed_over = found.iter().filter(|(.., can_be_counted)| *can_be_counted).count().saturating_sub(MOST_COUNTED);
    let (mut period, mut seen) = (Period::default(), 0);
    let mut before: Option<(Day, Standings)> = None;
    for (day, kept, can_be_counted) in found {
        if !can_be_counted {
            period.days.extend(kept);
            continue;
        }
        seen += 1;
        if seen <= passed_over {
            period.missing.push(day);
            continue;
        }
        let known = before.take().filter(|(known, _)| known.next() == day).map(|(_, standings)| standings);
        let counted = compute(parts, account, day, known).await?;
        period.days.push(counted.work);
        before = Some((day, counted.standings));
        if day == today {
            period.provisional.push(day);
        }
    }
    Ok(period)
}
