//! Telling subscribers what happened: `react` puts events on a queue, `publish` takes them off and posts them. At least once,
//! under the same id; a subscriber that fails is tried again over three days, by timers, and holds up nobody else.

mod audience;
mod expressions;
mod payload;

use std::borrow::Borrow;

use futures::future::join_all;

use super::{Parts, Trouble, archive::threads, consents, outlook, timers};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ContactId, SubscriptionId, Timestamp,
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
        events::{EventJob, NotPosted, Post, Posted, Telling},
        store::{DeliveryLine, DeliveryOutcome},
    },
    seal::{AccountKeys, Sealed, SubjectKey, sign_webhook},
    telemetry,
};
pub use audience::Audience;
pub use expressions::{BadExpression, check_expression};
pub use payload::{Body as EventBody, Several as EventsBody};

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
        let put = parts.events.put(&jobs, 0).await;
        if !planted(Defect::EventDroppedWhenQueueRefuses) {
            put?;
        }
    }
    Ok(())
}

/// Has something told that no row shows, if anybody asked for it; what is written brings it to the stream. Also for a subscription
/// that is disabled: it may be told of that time later.
pub async fn notice(parts: &Parts, event: &Event) -> Result<(), Trouble> {
    let subscriptions = parts.store.subscriptions(&event.account).await?;
    if subscriptions.iter().any(|(it, _)| it.asks_for(event.kind)) {
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
        EventJob::One(telling) => answer_together(parts, std::slice::from_ref(telling)).await,
    }
}

/// Tells one subscriber of one thing, or of several that waited for each other. All are of one subscription.
pub async fn answer_together<T: Borrow<Telling> + Sync>(parts: &Parts, tellings: &[T]) -> Result<(), Trouble> {
    let Some(first) = tellings.first().map(Borrow::borrow) else { return Ok(()) };
    let (account, id) = (&first.event.account, &first.subscription);
    // As it is now: its address may have changed meanwhile (fault matrix G9).
    let Some((subscription, health)) = parts.store.subscription(account, id).await? else {
        tracing::info!(event.id = %first.event.id, subscription.id = %id, "dropped: the subscription was removed");
        return Ok(());
    };
    let keys = parts.keys(account).await?;
    let to = To { parts, keys: &keys, subscription: &subscription, health };
    let mut said_of = Vec::with_capacity(tellings.len());
    for telling in tellings.iter().map(Borrow::borrow) {
        let said = content_of(parts, &telling.event).await?;
        // The history has events of rows alone: what else one is by what it says is found again.
        let asked_for = telling.replay && telling.attempt == 1;
        let content = said.as_ref().map(|said| &said.content).filter(|_| asked_for);
        let other = by_content(parts, &telling.event, content).await?;
        said_of.push((telling, other, said, asked_for));
    }
    let mut items = Vec::with_capacity(tellings.len());
    for (telling, other, said, asked_for) in &said_of {
        for event in std::iter::once(&telling.event).chain(other) {
            let item = Item { event, said: said.clone(), attempt: telling.attempt, replay: telling.replay };
            // What is told by itself or for the first time was looked at before; what was asked for was not.
            if !asked_for || passes(&subscription, &item) {
                items.push(item);
            }
        }
    }
    if !subscription.is_on() {
        for item in &items {
            give_up(&to, item, &NotTold::Disabled, true).await?;
        }
        return Ok(());
    }
    deliver_all(&to, &items).await
}

/// In calls of as many as the subscriber takes.
async fn deliver_all(to: &To<'_>, items: &[Item<'_>]) -> Result<(), Trouble> {
    let most = to.subscription.batch.map_or(1, |batch| batch.events.max(1));
    let calls = items.chunks(usize::try_from(most).unwrap_or(1)).map(|some| deliver(to, some));
    join_all(calls).await.into_iter().collect()
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
    let said =
        if subscriptions.iter().any(|(it, _)| needs_content(it)) { content_of(parts, event).await? } else { None };
    let content = said.as_ref().map(|said| &said.content);
    let other = by_content(parts, event, content).await?;
    let told: Vec<Event> = std::iter::once(event.clone()).chain(other).collect();
    let mut deliveries = Vec::new();
    for event in &told {
        for (subscription, health) in subscriptions.iter() {
            let item = Item { event, said: said.clone(), attempt: 1, replay: false };
            if !subscription.wants(event.kind) || !passes(subscription, &item) {
                continue;
            }
            let keys = &keys;
            deliveries.push(async move {
                match subscription.batch {
                    Some(batch) => {
                        let telling = item.telling(subscription.id.clone(), 1, true);
                        let seconds = batch.waits(parts.now());
                        Ok(parts.events.put(&[EventJob::One(Box::new(telling))], seconds).await?)
                    }
                    None => deliver(&To { parts, keys, subscription, health: *health }, &[item]).await,
                }
            });
        }
    }
    join_all(deliveries).await.into_iter().collect()
}

/// Whether a subscription might want to be told of an event, or of what else it is by what it says; that is looked at when it
/// is told.
pub fn may_be_wanted(subscription: &Subscription, event: &Event) -> bool {
    let mut by_content = BY_CONTENT.into_iter().filter(|_| event.kind == EventKind::MessageReceived);
    subscription.wants(event.kind) || by_content.any(|kind| subscription.wants(kind))
}

fn passes(subscription: &Subscription, item: &Item<'_>) -> bool {
    let content = item.said.as_ref().map(|said| &said.content);
    subscription.wants(item.event.kind)
        && subscription.lets_pass(item.event, content)
        && subscription
            .filter
            .expression
            .as_ref()
            .is_none_or(|expression| expressions::is_true(expression, &payload::told(item, Payload::Full)))
}

/// What else a customer's message is, by what it says.
async fn by_content(parts: &Parts, event: &Event, content: Option<&Content>) -> Result<Option<Event>, Trouble> {
    let Some(content) = content.filter(|_| event.kind == EventKind::MessageReceived) else { return Ok(None) };
    Ok(match consents::word_in(parts, &event.account, content).await? {
        Some(word) => event.of_consent(word),
        None => matches!(content, Content::Media(_)).then(|| event.of_media()),
    })
}

/// What a message said, and the key that opened it.
#[derive(Debug, Clone)]
struct Said {
    content: Content,
    key: SubjectKey,
}

/// What the message said that an event is about, as far as it can be opened: it cannot after an erasure.
async fn content_of(parts: &Parts, event: &Event) -> Result<Option<Said>, Trouble> {
    let Some(id) = event.about.message() else { return Ok(None) };
    let Some(message) = threads::message(parts, &event.account, id).await? else { return Ok(None) };
    let contact = match &message {
        Message::Inbound(it) => it.contact,
        Message::Outbound(it) => it.contact,
    };
    let keys = parts.keys(&event.account).await?;
    let people = outlook::people_of(parts, &event.account, &keys, contact).await?;
    let opened = people.iter().filter_map(|known| known.key.as_ref()).find_map(|key| {
        let content = match &message {
            Message::Inbound(it) => it.sealed.open(key).ok().map(|body| body.content),
            Message::Outbound(it) => it.sealed.open(key).ok().map(|body| body.content),
        };
        content.map(|content| Said { content, key: key.clone() })
    });
    Ok(opened)
}

/// One thing to tell.
#[derive(Debug)]
struct Item<'a> {
    event: &'a Event,
    said: Option<Said>,
    attempt: u32,
    replay: bool,
}

impl Item<'_> {
    fn telling(&self, subscription: SubscriptionId, attempt: u32, batched: bool) -> Telling {
        Telling { event: self.event.clone(), subscription, attempt, replay: self.replay, batched }
    }
}

/// Whom to tell.
struct To<'a> {
    parts: &'a Parts,
    keys: &'a AccountKeys,
    subscription: &'a Subscription,
    health: Health,
}

/// Why a subscriber was not told.
#[derive(Debug, Clone, thiserror::Error)]
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

/// Makes one call about one thing or several.
async fn deliver(to: &To<'_>, items: &[Item<'_>]) -> Result<(), Trouble> {
    let To { parts, subscription, health, .. } = to;
    let is_last = items.iter().any(|item| pause_after(item.attempt, None, 0).is_none());
    // Somebody has just found out that it fails. The last attempt is made all the same.
    if health.rests(parts.now()) && !is_last {
        return come_again(to, items, &NotTold::Rests, None).await;
    }
    let now = parts.now();
    let posted = post(to, items, now).await;
    telemetry::delivery(posted.as_ref().is_ok_and(|posted| verdict(posted.status, None) == Verdict::Delivered));
    let account = &subscription.account;
    let (why, after) = match posted {
        Ok(posted) => match verdict(posted.status, posted.retry_after) {
            Verdict::Delivered => {
                if *health != Health::default() {
                    note(to, Health::default()).await?;
                }
                return Ok(());
            }
            Verdict::Gone => {
                let words = "its address answered 410 (gone): it wants nothing any more";
                parts.store.give_up_subscription(account, &subscription.id, words).await?;
                let why = NotTold::Answered(posted);
                for item in items {
                    give_up(to, item, &why, of_one_person(items)).await?;
                }
                return Ok(());
            }
            Verdict::Again { after } => (NotTold::Answered(posted), after),
        },
        Err(no_answer) => (NotTold::NoAnswer(no_answer), None),
    };
    let failed = health.failed(now);
    note(to, failed).await?;
    if failed.is_hopeless(now) || planted(Defect::GivenUpAtFirstFailure) {
        let words = format!("every attempt for five days failed; the last one: {why}");
        parts.store.give_up_subscription(account, &subscription.id, &words).await?;
        for item in items {
            give_up(to, item, &why, of_one_person(items)).await?;
        }
        return Ok(());
    }
    come_again(to, items, &why, after).await
}

/// Whoever noted something first has said enough.
async fn note(to: &To<'_>, is: Health) -> Result<(), Trouble> {
    let Subscription { account, id, .. } = to.subscription;
    to.parts.store.note_health(account, id, to.health, is).await?;
    Ok(())
}

async fn post(to: &To<'_>, items: &[Item<'_>], now: Timestamp) -> Result<Posted, NotPosted> {
    let To { parts, keys, subscription, .. } = to;
    let (id, body) = payload::body(items, subscription, now);
    let id = if planted(Defect::EventUnderNewId) { format!("evt_{:026X}", parts.bits()) } else { id };
    let stamp = match items.first() {
        Some(item) if planted(Defect::StampOfTheEvent) => item.event.at,
        Some(_) | None => now,
    };
    let secrets = subscription.secrets.open(keys.own()).ok();
    let secrets = secrets.as_ref().map(|secrets| secrets.at(now)).unwrap_or_default();
    let mut headers = vec![
        ("webhook-id", id.clone()),
        // Of this attempt, so that it is fresh where it arrives (fault matrix G6).
        ("webhook-timestamp", stamp.as_second().to_string()),
        ("webhook-signature", sign_webhook(&secrets, &id, stamp.as_second(), &body)),
    ];
    if let [Item { event: Event { trace: Some(trace), id, .. }, .. }] = items {
        headers.push(("traceparent", trace.to_traceparent(u64::try_from(id.bits() >> 64).unwrap_or(1))));
    }
    parts.subscribers.post(Post { url: &subscription.url, headers: &headers, body: &body }).await
}

/// Whether all are about one person: what a subscriber answers may repeat any of them.
fn of_one_person(items: &[Item<'_>]) -> bool {
    items.windows(2).all(|pair| pair[0].event.about.contact() == pair[1].event.about.contact())
}

/// The next attempt of each, or the end of them.
async fn come_again(
    to: &To<'_>,
    items: &[Item<'_>],
    why: &NotTold,
    asked: Option<SignedDuration>,
) -> Result<(), Trouble> {
    let To { parts, subscription, .. } = to;
    if planted(Defect::EventNotTriedAgain) {
        return Ok(());
    }
    for item in items {
        let chance = u64::try_from(parts.bits() >> 64).unwrap_or(0);
        let Some(pause) = pause_after(item.attempt, asked, chance) else {
            give_up(to, item, why, of_one_person(items)).await?;
            continue;
        };
        let telling = item.telling(subscription.id.clone(), item.attempt + 1, subscription.batch.is_some());
        if pause <= LONGEST_ON_QUEUE || planted(Defect::LongDelaysOnTheQueue) {
            let seconds = u32::try_from(pause.as_secs().max(1)).unwrap_or(1);
            parts.events.put(&[EventJob::One(Box::new(telling))], seconds).await?;
        } else {
            let Telling { event, subscription, attempt, replay, batched: _ } = telling;
            let account = event.account.clone();
            let kind = TimerKind::Deliver { event: Box::new(event), subscription, attempt, replay };
            timers::arm(parts, parts.now() + pause, &account, kind).await?;
        }
        log(to, item, DeliveryOutcome::Failed, why, of_one_person(items)).await?;
    }
    Ok(())
}

/// Nothing more is tried. What happened stays where people see it, and can be told again from there.
async fn give_up(to: &To<'_>, item: &Item<'_>, why: &NotTold, alone: bool) -> Result<(), Trouble> {
    tracing::warn!(
        event.id = %item.event.id,
        subscription.id = %to.subscription.id,
        why = %why,
        "a subscriber is not told of this any more"
    );
    telemetry::delivery_given_up();
    log(to, item, DeliveryOutcome::GivenUp, why, alone).await
}

/// `alone`: the call held nothing of anybody else.
async fn log(
    to: &To<'_>,
    item: &Item<'_>,
    outcome: DeliveryOutcome,
    why: &NotTold,
    alone: bool,
) -> Result<(), Trouble> {
    // An answer may hold what the person wrote, so it is sealed under their key: whoever erases them takes it along. With
    // nobody's key, or with the words of several people in it, it is not kept.
    let (status, words, key) = match why {
        NotTold::Answered(posted) => {
            let key = match (&item.said, item.event.about.contact()) {
                (Some(said), _) => Some(said.key.clone()),
                (None, Some(contact)) => key_of(to, contact).await?,
                (None, None) => Some(to.keys.own().clone()),
            };
            let words = if alone && key.is_some() { posted.excerpt.clone() } else { String::new() };
            (Some(posted.status), words, key)
        }
        NotTold::NoAnswer(_) | NotTold::Rests | NotTold::Disabled => (None, why.to_string(), None),
    };
    let key = key.as_ref().unwrap_or(to.keys.own());
    let line = DeliveryLine {
        account: item.event.account.clone(),
        subscription: to.subscription.id.clone(),
        at: to.parts.now(),
        attempt: item.attempt,
        outcome,
        event: item.event.clone(),
        status,
        answer: Sealed::new(&words, key, to.parts.nonce()),
    };
    Ok(to.parts.store.log_delivery(&line).await?)
}

/// The key under which what is a person's is sealed; `None`: they were erased.
async fn key_of(to: &To<'_>, contact: ContactId) -> Result<Option<SubjectKey>, Trouble> {
    let people = outlook::people_of(to.parts, &to.subscription.account, to.keys, contact).await?;
    Ok(people.into_iter().find_map(|known| known.key))
}

/// The keys that may open the answer on a line: those of the person that it is about, and the account's own.
pub async fn keys_of_line(parts: &Parts, keys: &AccountKeys, line: &DeliveryLine) -> Result<Vec<SubjectKey>, Trouble> {
    let mut found = vec![keys.own().clone()];
    if let Some(contact) = line.event.about.contact() {
        let people = outlook::people_of(parts, &line.account, keys, contact).await?;
        found.extend(people.into_iter().filter_map(|known| known.key));
    }
    Ok(found)
}

/// Tells one subscriber of something once more, from the first attempt on: a test, or what was given up. Under the same id.
pub async fn tell_one(parts: &Parts, account: &AccountId, it: &Subscription, event: Event) -> Result<(), Trouble> {
    debug_assert_eq!(*account, event.account);
    Ok(parts.events.put(&[EventJob::one(event, it.id.clone())], 0).await?)
}

/// The same of something that was told, or tried to be, before: marked as a replay, whatever the subscription's filter says.
pub async fn tell_again(parts: &Parts, it: &Subscription, event: Event) -> Result<(), Trouble> {
    // From the second attempt on nothing is filtered; it was let pass when it was told first.
    let telling = Telling { event, subscription: it.id.clone(), attempt: 2, replay: true, batched: false };
    Ok(parts.events.put(&[EventJob::One(Box::new(telling))], 0).await?)
}
