//! The minute sweep: due timers become new intents or settled facts. Catches up from a durable cursor, so nothing
//! depends on a single firing; looks at the last minutes again, so nothing depends on arriving early.

use std::collections::HashSet;

use super::{
    Parts, Trouble, automations,
    deadline::{Deadline, WORK_WITHIN},
    jobs, outlook, parking, publish,
    steps::{self, reply_held},
    timers, work,
};
use crate::{
    defects::{Defect, planted},
    domain::{
        MessageId, Timestamp, anew,
        automation::Escalation,
        channel::Medium,
        conversation::Head,
        event::{CLOSING, Event, EventKind},
        ladder::Moment,
        message::{Message, Purpose},
        reason::Reason,
        sending::{Delivery, SenderState},
        time::from_millis,
        timer::{SHARDS, Timer, TimerKind, hour_of, minute_of},
    },
    lambda::alone,
    ports::{
        StoreError,
        events::{EventJob, Telling},
        store::{Step, Stored, Verdict},
    },
    telemetry,
};

/// Minutes before the cursor that are looked at again.
const LOOK_BACK_MINUTES: i64 = 5;
/// A sweeper that never ran looks back this far: it is deployed together with what arms timers.
const FIRST_LOOK_BACK_MINUTES: i64 = 60;
/// A cursor moves by at least so many minutes, so that it costs a write now and then and not every minute. The minutes
/// between are looked at again.
const CURSOR_STEP_MINUTES: i64 = 5;
const PAGE: usize = 100;

/// What a sweep did, for logs and metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub fired: usize,
    pub failed: usize,
    /// Failed too often, and kept for people.
    pub parked: usize,
    /// There was not enough time for all; the next sweep goes on.
    pub cut_short: bool,
}

/// A timer that fails by its own fault so often is parked, so that its shard's cursor can move.
const MOST_TRIES: u32 = 10;

/// Sweeps all due timers. A timer that fails stays, and the cursor of its shard stays before it.
///
/// # Errors
/// The first shard's that could not be swept; the others are.
pub async fn sweep(parts: &Parts) -> Result<Swept, Trouble> {
    sweep_until(parts, Deadline::after(WORK_WITHIN)).await
}

/// The same; each shard has its share of the time until `deadline`, and its cursor moves only past what was handled.
pub async fn sweep_until(parts: &Parts, deadline: Deadline) -> Result<Swept, Trouble> {
    let mut swept = Swept::default();
    let mut trouble = Ok(());
    let mut cursors: Vec<_> = (0..SHARDS).zip(cursors(parts).await?).collect();
    // The one that was swept least comes first: sweeps that never come to their end would leave out the same ones always.
    cursors.sort_by_key(|(_, cursor)| cursor.as_ref().ok().copied());
    let swept_least = cursors.iter().filter_map(|(_, cursor)| cursor.as_ref().ok()).min().copied();
    if let Some(minute) = swept_least {
        telemetry::sweep_lag(from_millis((minute + 1) * 60_000), parts.now());
    }
    for (left, (shard, cursor)) in (1..=SHARDS).rev().zip(cursors) {
        let share = deadline.shared_by(u32::from(left));
        let done = match cursor {
            Ok(cursor) => sweep_shard(parts, shard, cursor, share, &mut swept).await,
            Err(error) => Err(error.into()),
        };
        trouble = trouble.and(done);
    }
    telemetry::timers(swept.fired, swept.failed + swept.parked);
    trouble.map(|()| swept)
}

/// Up to which minute each shard was swept. A first one is written before any work: sweeps that never get through all of it
/// look back as far as the first one did.
async fn cursors(parts: &Parts) -> Result<Vec<Stored<i64>>, Trouble> {
    let first = minute_of(parts.now()) - FIRST_LOOK_BACK_MINUTES;
    let mut cursors = Vec::with_capacity(usize::from(SHARDS));
    for (shard, cursor) in (0..SHARDS).zip(parts.store.cursors().await?) {
        if matches!(cursor, Ok(None)) {
            parts.store.advance_cursor(shard, first).await?;
        }
        cursors.push(cursor.map(|cursor| cursor.unwrap_or(first)));
    }
    Ok(cursors)
}

async fn sweep_shard(
    parts: &Parts,
    shard: u8,
    cursor: i64,
    deadline: Deadline,
    swept: &mut Swept,
) -> Result<(), Trouble> {
    let now = parts.now();
    let this_minute = minute_of(now);
    // What was armed late, or under another clock, lies a little behind the cursor.
    let from = from_millis((cursor - LOOK_BACK_MINUTES).max(0) * 60_000);
    let mut whole = true;
    if planted(Defect::CursorBeforeWork) {
        parts.store.advance_cursor(shard, this_minute - 1).await?;
    }
    for hour in hour_of(from)..=hour_of(now) {
        whole &= sweep_hour(parts, shard, hour, (from, now), deadline, swept).await?;
        // This minute is still being filled and is looked at again.
        let last_whole = (hour * 60 + 59).min(this_minute - 1);
        if whole && last_whole >= cursor + CURSOR_STEP_MINUTES {
            parts.store.advance_cursor(shard, last_whole).await?;
        }
    }
    Ok(())
}

/// Fires what is due in one hour's bucket. Answers whether all of it could be handled.
async fn sweep_hour(
    parts: &Parts,
    shard: u8,
    hour: i64,
    (from, until): (Timestamp, Timestamp),
    deadline: Deadline,
    swept: &mut Swept,
) -> Result<bool, Trouble> {
    let mut stay: HashSet<String> = HashSet::new();
    loop {
        // Handled timers are gone, and those that stay are read again before the next ones.
        let most = PAGE + stay.len();
        let timers = parts.store.due(hour, shard, from, until, most).await?;
        let found = timers.len();
        for timer in timers {
            if deadline.passed() {
                swept.cut_short = true;
                return Ok(false);
            }
            // One bad timer holds up the cursor, not the others.
            let (place, handled) = match timer {
                Ok(timer) => {
                    let place = parts.store.place_of(&timer);
                    if stay.contains(&place) {
                        continue;
                    }
                    let handled = alone(Box::pin(handle(parts, &timer))).await;
                    (place, handled.unwrap_or_else(|defect| Err(Trouble::Unexpected(defect.into()))))
                }
                Err(StoreError::BadRow { key, .. }) if stay.contains(&key) => continue,
                Err(StoreError::BadRow { key, why }) => (key.clone(), Err(StoreError::BadRow { key, why }.into())),
                Err(error @ (StoreError::Unavailable { .. } | StoreError::SignatureRefused { .. })) => {
                    return Err(error.into());
                }
            };
            match handled {
                Ok(()) => swept.fired += 1,
                Err(trouble) => {
                    tracing::error!(
                        timer.key = place,
                        error = &trouble as &dyn std::error::Error,
                        "a timer could not be handled"
                    );
                    if give_up(parts, &place, &trouble).await? {
                        swept.parked += 1;
                    } else {
                        swept.failed += 1;
                        stay.insert(place);
                    }
                }
            }
        }
        if found < most {
            return Ok(stay.is_empty());
        }
    }
}

/// Parks a timer that failed too often by a fault of its own: what it is about cannot be read, or meets a defect. An
/// outage, or a key that is missing, is no fault of any timer's.
async fn give_up(parts: &Parts, place: &str, trouble: &Trouble) -> Result<bool, Trouble> {
    match trouble {
        Trouble::Store(StoreError::BadRow { .. }) | Trouble::Unexpected(_) => {}
        Trouble::Store(StoreError::Unavailable { .. } | StoreError::SignatureRefused { .. })
        | Trouble::Secrets(_)
        | Trouble::Queue(_)
        | Trouble::Objects(_)
        | Trouble::NoAccountKey { .. } => return Ok(false),
    }
    match parts.store.timer_tried(place).await? {
        Some(tried) if tried.tries >= MOST_TRIES => {
            parking::park_timer(parts, place, &tried, &trouble.to_string()).await?;
            parts.store.discard(place).await?;
            Ok(true)
        }
        Some(_) | None => Ok(false),
    }
}

async fn handle(parts: &Parts, timer: &Timer) -> Result<(), Trouble> {
    if planted(Defect::TimerDeletedFirst) {
        parts.store.disarm(timer).await?;
    }
    fire(parts, timer).await?;
    Ok(parts.store.disarm(timer).await?)
}

async fn fire(parts: &Parts, timer: &Timer) -> Result<(), Trouble> {
    match &timer.kind {
        TimerKind::WindowEnd { conversation } => {
            let Some(outlook) = outlook::load(parts, &timer.account, *conversation).await? else { return Ok(()) };
            tell_of_window(parts, &outlook).await?;
            window_end(parts, &outlook).await
        }
        TimerKind::Wake { conversation } => {
            parts.store.wake(&timer.account, *conversation, timer.due).await?;
            Ok(())
        }
        TimerKind::UnknownSettles { message } => unknown_settles(parts, timer, *message).await,
        TimerKind::AfterTemplate { message, step } => after_template(parts, timer, *message, step).await,
        TimerKind::Deliver { event, subscription, attempt, replay } => {
            let job = EventJob::One(Box::new(Telling {
                event: (**event).clone(),
                subscription: subscription.clone(),
                attempt: *attempt,
                replay: *replay,
                batched: false,
            }));
            Ok(parts.events.put(&[job], 0).await?)
        }
        TimerKind::Templates {} => jobs::templates::begin(parts, &timer.account, timer.due).await,
        TimerKind::Upkeep {} => jobs::upkeep::begin(parts, &timer.account, timer.due).await,
        TimerKind::Work { conversation } => work::look(parts, &timer.account, *conversation).await,
        TimerKind::WorkSweep {} => work::sweep(parts, &timer.account).await,
        TimerKind::Escalation { conversation, reason, since, step } => {
            let it = Escalation { conversation: *conversation, reason: *reason, since: *since };
            automations::escalate(parts, &timer.account, it, step).await
        }
        TimerKind::Sla { conversation, since } => {
            automations::sla(parts, &timer.account, *conversation, *since, timer.due).await
        }
        TimerKind::Rule { conversation, since, from, minutes } => {
            automations::timer(parts, &timer.account, *conversation, (*since, *from, *minutes)).await
        }
        TimerKind::Sequence { conversation, enrolment } => {
            automations::look_at_sequence(parts, &timer.account, *conversation, *enrolment).await
        }
    }
}

/// Tells whoever wants to know that the window is about to close, or did.
async fn tell_of_window(parts: &Parts, outlook: &outlook::Outlook) -> Result<(), Trouble> {
    if outlook.channel.as_ref().is_none_or(|channel| channel.medium == Medium::Sms) {
        return Ok(());
    }
    let merged = outlook.family.merged();
    match Event::of_window(&merged, parts.now()) {
        Some(event) => publish::notice(parts, &event).await,
        None => arm_closing(parts, &merged).await,
    }
}

/// Somebody wants to know in time that a window is about to close.
pub(super) async fn arm_closing(parts: &Parts, head: &Head) -> Result<(), Trouble> {
    let Some(closes_at) = head.window().closes_at() else { return Ok(()) };
    if !publish::is_wanted(parts, &head.account, EventKind::WindowClosing).await? {
        return Ok(());
    }
    timers::arm(parts, closes_at - CLOSING, &head.account, TimerKind::WindowEnd { conversation: head.id }).await
}

/// A window is looked at: arms the next look, and takes the ladder's steps that are due.
pub(super) async fn window_end(parts: &Parts, outlook: &outlook::Outlook) -> Result<(), Trouble> {
    let now = parts.now();
    if outlook.channel.as_ref().is_none_or(|channel| channel.medium == Medium::Sms) {
        return Ok(()); // Only WhatsApp has a window.
    }
    let merged = outlook.family.merged();
    let window = merged.window();
    let Some(fallback_from) = window.fallback_from() else { return Ok(()) };
    let ladder = steps::ladder_for(parts, &merged.account, &merged.channel).await?;
    let forgotten = planted(Defect::NoRearm) || planted(Defect::NoRearmWhenAnswered) && !merged.customer_waits();
    if now < fallback_from && !forgotten {
        // Also for a window that the provider closed early: as long as its own end is to come, whoever writes again counts
        // on its timer (`must_arm` in `domain/timer.rs`). Nothing is due before the end of one that was answered; should the
        // answer fail, that arms it anew.
        let next = if merged.customer_waits() { ladder.next_look(window, now) } else { None };
        let owner = outlook.family.newest();
        let kind = TimerKind::WindowEnd { conversation: owner.id };
        timers::arm(parts, next.unwrap_or(fallback_from), &owner.account, kind).await?;
    }
    if now < fallback_from && !window.closed_by_provider() {
        return steps::take_before_end(parts, outlook, &ladder, now).await;
    }
    if reply_held(parts, outlook, now).await? {
        steps::take(parts, outlook, &ladder, ladder.answer_held(), None).await?;
    } else if merged.customer_waits() && anew::is_history(fallback_from, now) {
        tracing::warn!(
            conversation.id = %outlook.family.newest().id,
            "a window ended so long ago that nobody is written to about it"
        );
    } else if merged.customer_waits() {
        steps::take(parts, outlook, &ladder, ladder.at_end(), None).await?;
    }
    Ok(())
}

async fn unknown_settles(parts: &Parts, timer: &Timer, id: MessageId) -> Result<(), Trouble> {
    let Some(Message::Outbound(message)) = parts.store.message(&timer.account, id).await? else { return Ok(()) };
    // A receipt that came meanwhile has settled it; facts beat verdicts.
    if message.delivery() == Delivery::Unknown
        && matches!(message.state, SenderState::Unknown { until } if until <= parts.now())
    {
        // That it was held at a fence goes on to be why.
        let reason = message.reason.filter(|reason| *reason == Reason::Restored).unwrap_or(Reason::NoReceipt);
        let judged =
            parts.store.judge(&message, Verdict::Undetermined, reason, message.planned_with, parts.now()).await?;
        if judged == Step::Done {
            telemetry::undetermined();
        }
    }
    Ok(())
}

async fn after_template(parts: &Parts, timer: &Timer, id: MessageId, step: &str) -> Result<(), Trouble> {
    let Some(Message::Outbound(template)) = parts.store.message(&timer.account, id).await? else { return Ok(()) };
    let Purpose::WindowTemplate { last_in, .. } = template.purpose else { return Ok(()) };
    if anew::is_history(timer.due, parts.now()) {
        tracing::warn!(message.id = %id, "a step was due so long ago that nobody is written to about it");
        return Ok(());
    }
    let Some(outlook) = outlook::load(parts, &timer.account, id.conversation).await? else { return Ok(()) };
    if outlook.family.merged().window().last_in > last_in {
        return Ok(()); // They came back.
    }
    if !outlook.family.merged().customer_waits() && !reply_held(parts, &outlook, parts.now()).await? {
        return Ok(()); // Answered meanwhile by another way: there is nothing to come back for.
    }
    let ladder = steps::ladder_for(parts, &timer.account, &template.channel).await?;
    let step =
        ladder.steps.iter().find(|known| known.name == step && matches!(known.when, Moment::AfterTemplate { .. }));
    steps::take(parts, &outlook, &ladder, step.into_iter(), Some(&template)).await?;
    Ok(())
}
