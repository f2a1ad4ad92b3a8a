//! A provider calls in: check the signature, store every event of the body, answer. Nothing is acknowledged before it
//! is durable, and nothing in a signed body is ever refused: what cannot be read or placed is parked.

mod preferences;
mod writers;

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};

use super::{
    Parts, Trouble,
    consents::{self, Reading},
    inbound::{Seen, inbound},
    parking,
    people::{self, Person},
    publish, receipt, templates,
};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ChannelId, ContactId, EndpointId, MessageId, Timestamp, TraceId,
        channel::Endpoint,
        consent::Word,
        contact::{Address, Profile},
        conversation::{Head, LastIn, conversation_of},
        event::Event,
        inbound::{InboundMessage, ProviderEvent},
        message::Inbound,
        retention::{REDELIVERIES_END_AFTER, can_only_be_a_repeat},
        time::{ProviderTime, believe, from_millis},
    },
    lambda::trace_of,
    ports::{
        WebhookCall,
        store::{Parked, ParkedKind, parked_id},
    },
    seal::{AccountKeys, sha256_hex},
    telemetry,
};
use writers::{announced, home_of, token_in};

/// How many senders of one body are worked on at once.
const AT_ONCE: usize = 16;

/// Why a call is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error("no such endpoint")]
    NoSuchEndpoint,
    #[error("the signature is missing or wrong")]
    BadSignature,
    /// The provider should call again.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// What became of a body, for logs and metrics. Counts only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub messages: usize,
    pub receipts: usize,
    pub parked: usize,
}

/// What became of a parked record that was tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry {
    Done,
    /// Why it still cannot be handled.
    StillParked(String),
    NotFound,
}

/// Takes one webhook call.
pub async fn receive(parts: &Parts, endpoint: &EndpointId, call: &WebhookCall<'_>) -> Result<Taken, NotTaken> {
    let endpoint = parts.store.endpoint(endpoint).await.map_err(Trouble::from)?.ok_or(NotTaken::NoSuchEndpoint)?;
    let provider = parts.providers.get(endpoint.provider);
    // At once: in a process that has just started each of them is a call to a service.
    let signed_with = parts.secrets.get(&endpoint.account, &endpoint.signing_secret);
    let (secrets, keys) = futures::join!(signed_with, parts.keys(&endpoint.account));
    if !provider.signed(call, &endpoint.public_url, &secrets.map_err(Trouble::from)?) {
        return Err(NotTaken::BadSignature);
    }
    let keys = keys?;
    let mut events = provider.read(call);
    if planted(Defect::OnlyFirstEvent) {
        events.truncate(1);
    }
    let trace = trace_of(call.headers);
    let (taken, parked) = store_all(parts, &endpoint, &keys, events, (parts.now(), trace)).await?;
    for (why, event) in &parked {
        park(parts, &endpoint, &keys, why, event).await?;
    }
    Ok(Taken { parked: parked.len(), ..taken })
}

/// Answers a provider's verification handshake.
pub async fn handshake(parts: &Parts, endpoint: &EndpointId, query: &str) -> Result<Option<String>, NotTaken> {
    let endpoint = parts.store.endpoint(endpoint).await.map_err(Trouble::from)?.ok_or(NotTaken::NoSuchEndpoint)?;
    let Some(name) = &endpoint.verify_token else { return Ok(None) };
    let tokens = parts.secrets.get(&endpoint.account, name).await.map_err(Trouble::from)?;
    Ok(parts.providers.get(endpoint.provider).handshake(query, &tokens))
}

/// Tries a parked record again, by today's settings.
pub async fn retry(parts: &Parts, account: &AccountId, id: &str) -> Result<Retry, Trouble> {
    let Some(record) = parts.store.parked(account, id).await? else { return Ok(Retry::NotFound) };
    let ParkedKind::Webhook { endpoint } = &record.what else {
        return Ok(Retry::StillParked("only parts of webhooks can be tried again here".to_owned()));
    };
    let keys = parts.keys(account).await?;
    let element = parking::element_of(parts, &keys, &record).await?;
    let event = element.and_then(|element| serde_json::from_value(element).ok());
    let Some(event) = event else {
        return Ok(Retry::StillParked("the stored element cannot be read".to_owned()));
    };
    let endpoint = parts.store.endpoint(endpoint).await?.filter(|endpoint| endpoint.account == *account);
    let Some(endpoint) = endpoint else {
        return Ok(Retry::StillParked("its endpoint does not exist any more".to_owned()));
    };
    let (_, parked) = store_all(parts, &endpoint, &keys, vec![event], (record.at, None)).await?;
    if let Some((why, _)) = parked.into_iter().next() {
        return Ok(Retry::StillParked(why));
    }
    parts.store.unpark(account, id).await?;
    Ok(Retry::Done)
}

/// One sender's messages on one channel.
struct Batch {
    channel: ChannelId,
    messages: Vec<(InboundMessage, bool)>,
}

/// When a call came, be it that its elements were parked since; and its trace.
type Came = (Timestamp, Option<TraceId>);

type Unplaced = Vec<(String, ProviderEvent)>;

async fn store_all(
    parts: &Parts,
    endpoint: &Endpoint,
    keys: &AccountKeys,
    events: Vec<ProviderEvent>,
    came: Came,
) -> Result<(Taken, Unplaced), Trouble> {
    let mut taken = Taken::default();
    let mut unplaced = Unplaced::new();
    let mut batches: BTreeMap<(ChannelId, Option<Address>), Batch> = BTreeMap::new();
    let mut receipts = Vec::new();
    let mut told = Vec::new();
    for event in events {
        let (message, echo) = match event {
            ProviderEvent::Message(message) => (message, false),
            ProviderEvent::Echo(message) => (message, true),
            ProviderEvent::Receipt(receipt) => {
                receipts.push(receipt);
                continue;
            }
            ProviderEvent::Preference(preference) => {
                told.push(preference);
                continue;
            }
            ProviderEvent::Unreadable(it) => {
                unplaced.push((it.why.clone(), ProviderEvent::Unreadable(it)));
                continue;
            }
            ProviderEvent::Notice(it) => {
                if let Some(news) = &it.news {
                    templates::news::hear(parts, &endpoint.account, endpoint.provider, news).await?;
                    continue;
                }
                unplaced.push((format!("nothing acts on {:?} yet", it.field), ProviderEvent::Notice(it)));
                continue;
            }
        };
        let Some(channel) = endpoint.numbers.get(&message.number) else {
            let why = "the endpoint maps this number to no channel".to_owned();
            let event = if echo { ProviderEvent::Echo(message) } else { ProviderEvent::Message(message) };
            unplaced.push((why, event));
            continue;
        };
        // It has been here, and may have been moved or forgotten since: somebody who kept the call undoes neither.
        if let ProviderTime::Raw(at) = believe(message.at, parts.now())
            && can_only_be_a_repeat(at, came.0)
        {
            let why = "it was written so long ago that it can only be a repeat of what was taken then".to_owned();
            let event = if echo { ProviderEvent::Echo(message) } else { ProviderEvent::Message(message) };
            unplaced.push((why, event));
            continue;
        }
        taken.messages += 1;
        // Messages of one person go together: one look-up, one rise of the head.
        batches
            .entry((channel.clone(), message.from.first().cloned()))
            .or_insert_with(|| Batch { channel: channel.clone(), messages: Vec::new() })
            .messages
            .push((*message, echo));
    }
    taken.receipts = receipts.len();
    let account = &endpoint.account;
    let written = batches.values().flat_map(|batch| &batch.messages).filter(|(_, echo)| !echo);
    let reading = Reading::of(parts, account, written.map(|(message, _)| &message.content)).await?;
    let channels: Vec<ChannelId> =
        batches.values().flat_map(|batch| batch.messages.iter().map(|_| batch.channel.clone())).collect();
    let statuses: Vec<_> = receipts.iter().map(|receipt| receipt.status.clone()).collect();
    // What somebody told the provider comes before what any message frees.
    all(told.into_iter().map(|it| preferences::take(parts, endpoint, keys, it)).collect()).await?;
    all(batches.into_values().map(|batch| store_batch(parts, endpoint, keys, batch, (&reading, came))).collect())
        .await?;
    all(receipts.into_iter().map(|receipt| receipt::record(parts, account, receipt)).collect()).await?;
    channels.iter().for_each(telemetry::inbound);
    statuses.iter().for_each(telemetry::receipt);
    Ok((taken, unplaced))
}

/// Does all of it, some at once; ends with the first that fails.
async fn all(work: Vec<impl Future<Output = Result<(), Trouble>>>) -> Result<(), Trouble> {
    stream::iter(work).buffer_unordered(AT_ONCE).try_collect().await
}

async fn store_batch(
    parts: &Parts,
    endpoint: &Endpoint,
    keys: &AccountKeys,
    batch: Batch,
    (reading, (came_at, trace)): (&Reading, Came),
) -> Result<(), Trouble> {
    let account = &endpoint.account;
    let now = parts.now();
    let home = home_of(parts, account, keys, &batch, now).await?;
    let mut addresses: Vec<Address> = Vec::new();
    let mut profile = Profile::default();
    for (message, _) in &batch.messages {
        for address in message.from.iter().cloned().chain(announced(&message.content)) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        profile.name = profile.name.or_else(|| message.profile_name.clone());
    }
    let mut timed = Vec::with_capacity(batch.messages.len());
    for (message, echo) in batch.messages {
        let at = time_of(parts, endpoint, &batch.channel, &message, now).await?;
        // As above, where only the first sight says when it was written.
        if !can_only_be_a_repeat(at, came_at) {
            timed.push((message, echo, at));
        }
    }
    let Some(newest) = timed.iter().map(|(_, _, at)| *at).max() else { return Ok(()) };
    let recognised =
        people::recognise_writer(parts, account, keys, &addresses, home.as_ref(), Some(&profile), newest).await?;
    let Some(person) = recognised else {
        tracing::info!(endpoint.id = %endpoint.id, "what was written before an erasure came once more, and is passed over");
        return Ok(());
    };
    timed.retain(|(_, _, at)| person.erased.is_none_or(|erased| !people::was_before(*at, erased.at)));

    let mut inbounds = Vec::with_capacity(timed.len());
    for (message, echo, at) in timed {
        let came_back = home.is_some() && token_in(keys, &message, now).is_some();
        let text = message.content.written_text().filter(|_| !echo).map(str::to_owned);
        let said = text.as_deref().map(|text| reading.read(text));
        let what = (message, echo, came_back, said.and_then(|said| said.word));
        let mut inbound = inbound_of(parts, endpoint, keys, &batch.channel, &person, what, (at, now))?;
        inbound.trace = trace;
        let wishes = said.map(|said| (said.by_word(inbound.id, at), said.by_link(inbound.id, at)));
        inbounds.push((inbound, wishes.unwrap_or_default()));
    }
    // A wish to stop is stored before the head is raised: nothing that the rise frees can overtake it.
    for (_, (by_word, by_link)) in &inbounds {
        if let Some(evidence) = by_word
            && !planted(Defect::OptOutNotStored)
        {
            consents::record(parts, account, keys, (person.contact, Some(&person.key)), evidence).await?;
        }
        // What follows from a word, its message tells; from a code it does not.
        if let Some(evidence) = by_link {
            consents::record(parts, account, keys, (person.contact, Some(&person.key)), evidence).await?;
            publish::notice(parts, &Event::consent(account, person.contact, &evidence.wished)).await?;
        }
    }
    let raised =
        inbounds.iter().map(|(inbound, _)| inbound).filter(|inbound| inbound.opens_window).max_by_key(|it| it.at);
    let raise = async {
        let Some(newest) = raised else {
            // What opens no window (a reaction, a kind that we do not know) may be the first of a conversation: without
            // a head nobody would see it.
            let Some(at) = inbounds.iter().map(|(inbound, _)| inbound.at).min() else { return Ok(()) };
            let head = Head::new(account.clone(), batch.channel.clone(), person.contact, at);
            return parts.store.begin(&head).await.map(|_| ()).map_err(Trouble::from);
        };
        // Of a flood, the stream brings the head up to date (see `react`).
        if !parts.memory.may_raise(newest.id.conversation, now) {
            return Ok(());
        }
        let mut head = Head::new(account.clone(), batch.channel.clone(), person.contact, newest.at);
        head.trace = trace;
        let last_in = LastIn { at: newest.at, address: newest.from.clone() };
        parts.store.raise(&head, &last_in).await.map(|_| ()).map_err(Trouble::from)
    };
    let former = former_of(parts, account, &person, now).await?;
    let put = all(inbounds.iter().map(|(inbound, _)| put(parts, account, &former, inbound)).collect());
    // Both are idempotent and neither needs the other, so they go together; the answer waits for both.
    futures::future::try_join(put, raise).await?;
    Ok(())
}

/// When a message was written: the provider's time where it is believed, else the time of its first sight.
///
/// A time that lies ahead of our clock becomes believable while time goes by. So that a repeat does not become another
/// message then, the endpoint carries a note as long as such a message may be repeated, and only then is the first sight
/// looked up.
async fn time_of(
    parts: &Parts,
    endpoint: &Endpoint,
    channel: &ChannelId,
    message: &InboundMessage,
    now: Timestamp,
) -> Result<Timestamp, Trouble> {
    if planted(Defect::TimeOfReceipt) {
        return Ok(now);
    }
    let fact = &sha256_hex(format!("{channel}#{}", message.provider_id).as_bytes())[..32];
    match believe(message.at, now) {
        ProviderTime::Raw(at) => {
            let noted = match endpoint.early_until {
                Some(until) if now < until => parts.store.first_sight(&endpoint.account, fact).await?,
                Some(_) | None => None,
            };
            Ok(noted.unwrap_or(from_millis(at.as_millisecond())))
        }
        ProviderTime::FirstSeen => {
            let early_until = message.at.filter(|at| (now..now + REDELIVERIES_END_AFTER).contains(at));
            if let Some(at) = early_until {
                parts.store.note_early(&endpoint.id, at + REDELIVERIES_END_AFTER).await?;
            }
            Ok(parts.store.first_seen(&endpoint.account, fact, now).await?)
        }
    }
}

fn inbound_of(
    parts: &Parts,
    endpoint: &Endpoint,
    keys: &AccountKeys,
    channel: &ChannelId,
    person: &Person,
    (message, echo, came_back, word): (InboundMessage, bool, bool, Option<Word>),
    (at, now): (Timestamp, Timestamp),
) -> Result<Inbound, Trouble> {
    let account = &endpoint.account;
    let nonce = parts.nonce();
    let seen = Seen { account, channel, person, at, received_at: now, echo, nonce, trace: None, came_back, word };
    inbound(keys, &seen, message).ok_or_else(|| Trouble::Unexpected("a message without any address".into()))
}

/// The contacts under which a message may have been filed before a merge, as long as it may be delivered again. All that
/// the survivor took over: an invite files a message under a contact that its address never belonged to.
async fn former_of(
    parts: &Parts,
    account: &AccountId,
    person: &Person,
    now: Timestamp,
) -> Result<Vec<ContactId>, Trouble> {
    // Around the moment of an erasure clocks do not tell a repeat from what is new; the row does.
    let erased = person.erased.map(|erased| erased.contact);
    let lately = |(_, merged_at): (ContactId, Timestamp)| now - REDELIVERIES_END_AFTER < merged_at;
    if !person.former.is_some_and(lately) || planted(Defect::FormerKeyNotChecked) {
        return Ok(erased.into_iter().collect());
    }
    let contact = parts.store.contact(account, person.contact).await?;
    Ok(contact.map(|contact| contact.former).unwrap_or_default().into_iter().chain(erased).collect())
}

async fn put(parts: &Parts, account: &AccountId, former: &[ContactId], inbound: &Inbound) -> Result<(), Trouble> {
    for former in former {
        let conversation = conversation_of(account, &inbound.channel, *former);
        let earlier = MessageId { conversation, key: inbound.id.key };
        if parts.store.message(account, earlier).await?.is_some() {
            return Ok(());
        }
    }
    parts.store.put_inbound(inbound).await?;
    Ok(())
}

/// Keeps an element for a person to look at. The same element is one record, however often it comes.
async fn park(
    parts: &Parts,
    endpoint: &Endpoint,
    keys: &AccountKeys,
    why: &str,
    event: &ProviderEvent,
) -> Result<(), Trouble> {
    let element = serde_json::to_value(event).map_err(|error| Trouble::Unexpected(Box::new(error)))?;
    let name = format!("{}#{element}", endpoint.id);
    let at = parts.store.first_seen(&endpoint.account, &sha256_hex(name.as_bytes())[..32], parts.now()).await?;
    let id = parked_id(at, &name);
    let sealed = parking::seal(parts, &endpoint.account, keys, (&id, at), element).await?;
    let record = Parked {
        id,
        account: endpoint.account.clone(),
        at,
        why: why.to_owned(),
        what: ParkedKind::Webhook { endpoint: endpoint.id.clone() },
        sealed,
    };
    parts.store.park(&record).await?;
    telemetry::parked();
    Ok(())
}
