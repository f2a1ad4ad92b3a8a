//! Telling subscribers what happened: `react` puts events on a queue, `publish` takes them off and posts them. At least once,
//! under the same id; a subscriber that fails is tried again over three days, by timers, and holds up nobody else.

mod audience;
mod payload;

use futures::future::join_all;

use super::{Parts, Trouble, outlook, timers};
use crate::{
    domain::{
        AccountId, Timestamp,
        consent::consent_word,
        content::Content,
        delivery::{Health, Verdict, pause_after, verdict},
        effects::Change,
        event::{Event, EventKind, events},
        message::Message,
        subscription::{Payload, Subscription},
        time::SignedDuration,
        timer::TimerKind,
    },
    ports::{
        events::{EventJob, NotPosted, Post, Posted},
        store::{DeliveryLine, DeliveryOutcome},
    },
    seal::{AccountKeys, Sealed, sign_webhook},
    telemetry,
};
pub use audience::Audience;

/// A pause up to this waits on the queue; a longer one in a timer.
const LONGEST_ON_QUEUE: SignedDuration = SignedDuration::from_secs(60);

/// What a customer's message may be besides, by what it says.
const BY_CONTENT: [EventKind; 3] = [EventKind::MediaReceived, EventKind::ContactOptedOut, EventKind::ContactOptedIn];

/// Puts what happened with a change on the queue, as far as anybody wants to know. `stored_at` and `sequence` are the
/// stream's.
pub async fn tell(
    parts: &Parts,
    change: &Change,
    stored_at: Timestamp,
    sequence: &str,
    audience: &Audience,
) -> Result<(), Trouble> {
    let happened = events(change, stored_at, sequence);
    let Some(account) = happened.first().map(|event| event.account.clone()) else { return Ok(()) };
    let subscriptions = audience.of(parts, &account).await?;
    let is_wanted = |kind| subscriptions.iter().any(|(it, _)| it.wants(kind));
    let wanted = |event: &Event| {
        is_wanted(event.kind) || event.kind == EventKind::MessageReceived && BY_CONTENT.into_iter().any(is_wanted)
    };
    let jobs: Vec<EventJob> =
        happened.into_iter().filter(wanted).map(|event| EventJob::All { event: Box::new(event) }).collect();
    if !jobs.is_empty() {
        parts.events.put(&jobs, 0).await?;
    }
    Ok(())
}

/// Has something told that no row shows, if anybody wants to know; what is written brings it to the stream.
pub async fn notice(parts: &Parts, event: &Event) -> Result<(), Trouble> {
    if is_wanted(parts, &event.account, event.kind).await? {
        parts.store.put_notice(event, parts.now()).await?;
    }
    Ok(())
}

/// Whether any subscription wants events of this kind now.
pub async fn is_wanted(parts: &Parts, account: &AccountId, kind: EventKind) -> Result<bool, Trouble> {
    Ok(parts.store.subscriptions(account).await?.iter().any(|(it, _)| it.wants(kind)))
}

/// Does one job of the queue. An error lets it come again as a whole: those who were told already are told again.
pub async fn answer(parts: &Parts, job: &EventJob, audience: &Audience) -> Result<(), Trouble> {
    match job {
        EventJob::All { event } => tell_all(parts, event, audience).await,
        EventJob::One { event, subscription, attempt } => {
            // As it is now: its address may have changed meanwhile (fault matrix G9).
            let Some((it, health)) = parts.store.subscription(&event.account, subscription).await? else {
                tracing::info!(event.id = %event.id, subscription.id = %subscription, "dropped: the subscription was removed");
                return Ok(());
            };
            let keys = parts.keys(&event.account).await?;
            let content = content_of(parts, event).await?;
            let attempt = Attempt { subscription: &it, health, number: *attempt };
            if !it.is_on() {
                return give_up(parts, &keys, event, &attempt, &NotTold::Disabled).await;
            }
            deliver(parts, &keys, event, content.as_ref(), &attempt).await
        }
    }
}

async fn tell_all(parts: &Parts, event: &Event, audience: &Audience) -> Result<(), Trouble> {
    let subscriptions = audience.of(parts, &event.account).await?;
    if !subscriptions.iter().any(|(it, _)| it.is_on()) {
        return Ok(());
    }
    let keys = parts.keys(&event.account).await?;
    let needs_content = |it: &Subscription| {
        it.payload == Payload::Full
            || !it.filter.contents.is_empty()
            || BY_CONTENT.into_iter().any(|kind| it.wants(kind))
    };
    let content =
        if subscriptions.iter().any(|(it, _)| needs_content(it)) { content_of(parts, event).await? } else { None };
    let told: Vec<Event> = std::iter::once(event.clone()).chain(by_content(event, content.as_ref())).collect();
    let mut deliveries = Vec::new();
    for event in &told {
        for (it, health) in subscriptions.iter() {
            if it.wants(event.kind) && it.lets_pass(event, content.as_ref()) {
                let (keys, content) = (&keys, content.as_ref());
                let attempt = Attempt { subscription: it, health: *health, number: 1 };
                deliveries.push(async move { deliver(parts, keys, event, content, &attempt).await });
            }
        }
    }
    join_all(deliveries).await.into_iter().collect()
}

/// What else a customer's message is, by what it says.
fn by_content(event: &Event, content: Option<&Content>) -> Option<Event> {
    let content = content.filter(|_| event.kind == EventKind::MessageReceived)?;
    match content.written_text().and_then(consent_word) {
        Some(word) => event.of_consent(word),
        None => matches!(content, Content::Media(_)).then(|| event.of_media()),
    }
}

/// What the message said that an event is about, as far as it can be opened: it cannot after an erasure.
async fn content_of(parts: &Parts, event: &Event) -> Result<Option<Content>, Trouble> {
    let Some(id) = event.about.message() else { return Ok(None) };
    let Some(message) = parts.store.message(&event.account, id).await? else { return Ok(None) };
    let contact = match &message {
        Message::Inbound(it) => it.contact,
        Message::Outbound(it) => it.contact,
    };
    let keys = parts.keys(&event.account).await?;
    let people = outlook::people_of(parts, &event.account, &keys, contact).await?;
    let opened = people.iter().filter_map(|known| known.key.as_ref()).find_map(|key| match &message {
        Message::Inbound(it) => it.sealed.open(key).ok().map(|body| body.content),
        Message::Outbound(it) => it.sealed.open(key).ok().map(|body| body.content),
    });
    Ok(opened)
}

struct Attempt<'a> {
    subscription: &'a Subscription,
    health: Health,
    number: u32,
}

/// Why a subscriber was not told.
#[derive(Debug, thiserror::Error)]
enum NotTold {
    #[error("{0}")]
    NoAnswer(#[from] NotPosted),
    #[error("it answered {}", .0.status)]
    Answered(Posted),
    #[error("its address failed a moment ago and rests")]
    Rests,
    #[error("the subscription is disabled")]
    Disabled,
}

async fn deliver(
    parts: &Parts,
    keys: &AccountKeys,
    event: &Event,
    content: Option<&Content>,
    attempt: &Attempt<'_>,
) -> Result<(), Trouble> {
    let Attempt { subscription, health, number } = attempt;
    let is_last = pause_after(*number, None, 0).is_none();
    // Somebody has just found out that it fails. The last attempt is made all the same.
    if health.rests(parts.now()) && !is_last {
        return come_again(parts, keys, event, attempt, &NotTold::Rests, None).await;
    }
    let now = parts.now();
    let posted = post(parts, keys, event, content, subscription, now).await;
    telemetry::delivery(posted.as_ref().is_ok_and(|posted| verdict(posted.status, None) == Verdict::Delivered));
    let (why, after) = match posted {
        Ok(posted) => match verdict(posted.status, posted.retry_after) {
            Verdict::Delivered => {
                if *health != Health::default() {
                    note(parts, attempt, Health::default()).await?;
                }
                return Ok(());
            }
            Verdict::Gone => {
                let words = "its address answered 410 (gone): it wants nothing any more";
                parts.store.give_up_subscription(&event.account, &subscription.id, words).await?;
                return give_up(parts, keys, event, attempt, &NotTold::Answered(posted)).await;
            }
            Verdict::Again { after } => (NotTold::Answered(posted), after),
        },
        Err(no_answer) => (NotTold::NoAnswer(no_answer), None),
    };
    let failed = health.failed(now);
    note(parts, attempt, failed).await?;
    if failed.is_hopeless(now) {
        let words = format!("every attempt for five days failed; the last one: {why}");
        parts.store.give_up_subscription(&event.account, &subscription.id, &words).await?;
        return give_up(parts, keys, event, attempt, &why).await;
    }
    come_again(parts, keys, event, attempt, &why, after).await
}

/// Whoever noted something first has said enough.
async fn note(parts: &Parts, attempt: &Attempt<'_>, is: Health) -> Result<(), Trouble> {
    let Subscription { account, id, .. } = attempt.subscription;
    parts.store.note_health(account, id, attempt.health, is).await?;
    Ok(())
}

async fn post(
    parts: &Parts,
    keys: &AccountKeys,
    event: &Event,
    content: Option<&Content>,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<Posted, NotPosted> {
    let content = content.filter(|_| subscription.payload == Payload::Full);
    let body = payload::body(event, content, subscription.payload);
    let secrets = subscription.secrets.open(keys.own()).ok();
    let secrets = secrets.as_ref().map(|secrets| secrets.at(now)).unwrap_or_default();
    let id = event.id.to_string();
    let mut headers = vec![
        ("webhook-id", id.clone()),
        // Of this attempt, so that it is fresh where it arrives (fault matrix G6).
        ("webhook-timestamp", now.as_second().to_string()),
        ("webhook-signature", sign_webhook(&secrets, &id, now.as_second(), &body)),
    ];
    if let Some(trace) = event.trace {
        headers.push(("traceparent", trace.to_traceparent(u64::try_from(event.id.bits() >> 64).unwrap_or(1))));
    }
    parts.subscribers.post(Post { url: &subscription.url, headers: &headers, body: &body }).await
}

/// The next attempt, or the end of them.
async fn come_again(
    parts: &Parts,
    keys: &AccountKeys,
    event: &Event,
    attempt: &Attempt<'_>,
    why: &NotTold,
    asked: Option<SignedDuration>,
) -> Result<(), Trouble> {
    let chance = u64::try_from(parts.bits() >> 64).unwrap_or(0);
    let Some(pause) = pause_after(attempt.number, asked, chance) else {
        return give_up(parts, keys, event, attempt, why).await;
    };
    let (subscription, event_of) = (attempt.subscription.id.clone(), Box::new(event.clone()));
    let next = attempt.number + 1;
    if pause <= LONGEST_ON_QUEUE {
        let seconds = u32::try_from(pause.as_secs().max(1)).unwrap_or(1);
        parts.events.put(&[EventJob::One { event: event_of, subscription, attempt: next }], seconds).await?;
    } else {
        let kind = TimerKind::Deliver { event: event_of, subscription, attempt: next };
        timers::arm(parts, parts.now() + pause, &event.account, kind).await?;
    }
    log(parts, keys, event, attempt, DeliveryOutcome::Failed, why).await
}

/// Nothing more is tried. What happened stays where people see it, and can be told again from there.
async fn give_up(
    parts: &Parts,
    keys: &AccountKeys,
    event: &Event,
    attempt: &Attempt<'_>,
    why: &NotTold,
) -> Result<(), Trouble> {
    tracing::warn!(
        event.id = %event.id,
        subscription.id = %attempt.subscription.id,
        why = %why,
        "a subscriber is not told of this any more"
    );
    telemetry::delivery_given_up();
    log(parts, keys, event, attempt, DeliveryOutcome::GivenUp, why).await
}

async fn log(
    parts: &Parts,
    keys: &AccountKeys,
    event: &Event,
    attempt: &Attempt<'_>,
    outcome: DeliveryOutcome,
    why: &NotTold,
) -> Result<(), Trouble> {
    let (status, words) = match why {
        NotTold::Answered(posted) => (Some(posted.status), posted.excerpt.clone()),
        NotTold::NoAnswer(_) | NotTold::Rests | NotTold::Disabled => (None, why.to_string()),
    };
    let line = DeliveryLine {
        account: event.account.clone(),
        subscription: attempt.subscription.id.clone(),
        at: parts.now(),
        attempt: attempt.number,
        outcome,
        event: event.clone(),
        status,
        answer: Sealed::new(&words, keys.own(), parts.nonce()),
    };
    Ok(parts.store.log_delivery(&line).await?)
}

/// Tells one subscriber of something once more, from the first attempt on: a test, or what was given up. Under the same id.
pub async fn tell_one(parts: &Parts, account: &AccountId, it: &Subscription, event: Event) -> Result<(), Trouble> {
    debug_assert_eq!(*account, event.account);
    let job = EventJob::One { event: Box::new(event), subscription: it.id.clone(), attempt: 1 };
    Ok(parts.events.put(&[job], 0).await?)
}
