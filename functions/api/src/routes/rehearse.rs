//! Rehearsing a ladder: what would have gone out under it, over the account's history or over a log that is handed in.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Deserialize;
use transom::{
    app::{deadline::Deadline, jobs::begin, rehearsal},
    domain::{
        AccountId, ChannelId, JobId,
        channel::Medium,
        job::{Day, Job, JobKind},
        ladder::Ladder,
        rehearsal::{Assumed, Comparison, RehearsalOrder, read_log},
        time::SignedDuration,
    },
};

use super::{
    jobs::{JobView, accepted},
    ladder,
};
use crate::{
    Api, Shared,
    answer::{Accepted, Either},
    auth::Account,
    problem::Problem,
    request::JsonBody,
};

/// The longest stretch.
const MOST_DAYS: i64 = 31;
/// A week, unless the caller says otherwise.
const USUAL_DAYS: u32 = 6;
/// For how long a rehearsal is tried in the call itself. One that takes longer becomes a job.
const AT_ONCE_WITHIN: Duration = Duration::from_secs(3);
/// A customer who comes back after more than a week comes back by themselves.
const LATEST_RETURN: u32 = 7 * 24 * 60;

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearseBody {
    /// Left out: the account's own.
    #[serde(default)]
    ladder: Option<Ladder>,
    /// Both included.
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    until: Option<String>,
    /// Instead of the history: JSON lines.
    #[serde(default)]
    log: Option<String>,
    /// The channel that a log is read as if it were of; left out: the account's first on WhatsApp.
    #[serde(default)]
    channel: Option<ChannelId>,
    #[serde(default)]
    assume: Assumed,
}

/// Answers with what would have gone out; or with a job, where the stretch is too long for a call.
pub async fn rehearse(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<RehearseBody>,
) -> Result<Either<Json<Comparison>, Accepted<JobView>>, Problem> {
    if let Some(ladder) = &value.ladder {
        ladder::check(&api, &account, ladder).await.map_err(|problem| problem.within("ladder"))?;
    }
    if value.assume.comes_back_after_minutes.is_some_and(|minutes| !(1..=LATEST_RETURN).contains(&minutes)) {
        let words = format!("must be between 1 and {LATEST_RETURN} (a week)");
        return Err(Problem::invalid("assume.comes_back_after_minutes", words));
    }
    let current = api.parts.store.ladder(&account).await?.unwrap_or_default();
    if value.log.is_some() {
        return Ok(Either::First(Json(of_log(&api, &account, current, value).await?)));
    }
    if value.channel.is_some() {
        return Err(Problem::invalid("channel", "goes with a log; the history knows its channels"));
    }
    let parts = &api.parts;
    let order = order(&value, current, Day::of(parts.now()), parts)?;
    let deadline = Deadline::after(AT_ONCE_WITHIN.min(parts.mode.answer_within / 2));
    if let Some(comparison) = rehearsal::at_once(parts, &account, &order, deadline).await? {
        return Ok(Either::First(Json(comparison)));
    }
    let kind = JobKind::Rehearse(Box::new(order));
    let job = Job::new(JobId::from_bits(parts.bits()), account, kind, parts.now());
    Ok(Either::Second(accepted(&begin(parts, job).await?)))
}

fn order(
    value: &RehearseBody,
    current: Ladder,
    today: Day,
    parts: &transom::app::Parts,
) -> Result<RehearsalOrder, Problem> {
    let until = day("until", value.until.as_ref())?.unwrap_or(today);
    let from = day("from", value.from.as_ref())?.unwrap_or_else(|| until.before(USUAL_DAYS));
    let days = until.begins_at().duration_since(from.begins_at()).as_hours() / 24;
    if days < 0 {
        return Err(Problem::invalid("until", "must not be before from"));
    }
    if days >= MOST_DAYS {
        return Err(Problem::invalid("until", format!("may be at most {} days after from", MOST_DAYS - 1)));
    }
    if from > today {
        return Err(Problem::invalid("from", "lies in the future; a rehearsal is of what happened"));
    }
    Ok(RehearsalOrder {
        from: from.begins_at(),
        until: until.ends_at().min(parts.now() + SignedDuration::from_millis(1)),
        current,
        rehearsed: value.ladder.clone(),
        assume: value.assume,
    })
}

fn day(field: &str, given: Option<&String>) -> Result<Option<Day>, Problem> {
    let wrong = |_| Problem::invalid(field, "must be a day such as 2026-03-01 (UTC)");
    given.map(|text| text.parse().map_err(wrong)).transpose()
}

async fn of_log(api: &Api, account: &AccountId, current: Ladder, value: RehearseBody) -> Result<Comparison, Problem> {
    for (field, given) in [("from", &value.from), ("until", &value.until)] {
        if given.is_some() {
            return Err(Problem::invalid(field, "goes with the history; a log has its own times"));
        }
    }
    let conversations =
        read_log(value.log.as_deref().unwrap_or_default()).map_err(|bad| Problem::invalid(bad.field, bad.message))?;
    let channels = api.parts.store.channels(account).await?;
    let mut whatsapp = channels.into_iter().filter(|channel| channel.medium == Medium::WhatsApp);
    let channel = match &value.channel {
        None => {
            whatsapp.next().ok_or_else(|| Problem::invalid("log", "needs a WhatsApp channel; the account has none"))
        }
        Some(id) => {
            let named = whatsapp.find(|channel| channel.id == *id);
            named.ok_or_else(|| Problem::invalid("channel", "there is no such channel on WhatsApp"))
        }
    }?;
    let ladders = (current, value.ladder);
    Ok(rehearsal::of_log(&api.parts, account, ladders, &conversations, &channel.id, value.assume).await?)
}
