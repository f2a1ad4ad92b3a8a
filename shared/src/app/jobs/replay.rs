//! Telling a subscriber again of what happened in a time: from the history of events, under the same ids, at a rate of its
//! own (fault matrix G11).

use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{names::Hour, segments},
        publish,
    },
    domain::{Timestamp, job::Job, job::JobKind},
    ports::events::{EventJob, Telling},
};

/// The longest that an event waits on the queue (SQS, "delay queues": 15 minutes).
const LONGEST_DELAY: u32 = 600;

/// Where a replay stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Replayed {
    /// The hour that comes next, and how many of its events were told.
    hour: Option<Timestamp>,
    #[serde(default)]
    told_of_hour: usize,
    /// Events that were put on their way.
    pub events: u64,
}

pub(super) async fn step(parts: &Parts, job: &Job) -> Result<Stepped, Trouble> {
    let JobKind::Replay { subscription, from, until, per_second } = &job.kind else {
        return Ok(Stepped::Failed("this is no replay".to_owned()));
    };
    let mut it: Replayed = progress_of(job)?;
    let Some((to, _)) = parts.store.subscription(&job.account, subscription).await? else {
        return Ok(Stepped::Failed("the subscription was removed".to_owned()));
    };
    if !to.is_on() {
        return Ok(Stepped::Failed("the subscription is disabled".to_owned()));
    }
    let hour = Hour::of(it.hour.unwrap_or(*from));
    if hour.begins_at() >= *until {
        return Ok(Stepped::Done(noted(&it)));
    }
    // What passes its filter is decided when it is told, as for any other event.
    let mut events = segments::events(parts, &job.account, hour).await?;
    events.retain(|event| (*from..*until).contains(&event.at) && publish::may_be_wanted(&to, event));
    let rate = usize::try_from((*per_second).max(1)).unwrap_or(1);
    let most = rate * LONGEST_DELAY as usize;
    let some: Vec<_> = events.iter().skip(it.told_of_hour).take(most).collect();
    for (second, now) in some.chunks(rate).enumerate() {
        let jobs: Vec<EventJob> = now
            .iter()
            .map(|event| {
                EventJob::One(Box::new(Telling {
                    event: (*event).clone(),
                    subscription: subscription.clone(),
                    attempt: 1,
                    replay: true,
                    batched: to.batch.is_some(),
                }))
            })
            .collect();
        parts.events.put(&jobs, u32::try_from(second).unwrap_or(LONGEST_DELAY)).await?;
    }
    let seconds = some.len().div_ceil(rate);
    it.events += some.len() as u64;
    it.told_of_hour += some.len();
    if it.told_of_hour >= events.len() {
        it.hour = Some(hour.next().begins_at());
        it.told_of_hour = 0;
    } else {
        it.hour = Some(hour.begins_at());
    }
    Ok(Stepped::More { progress: noted(&it), pause: u32::try_from(seconds).unwrap_or(LONGEST_DELAY) })
}
