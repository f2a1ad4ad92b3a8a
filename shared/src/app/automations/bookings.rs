//! What other systems report of bookings. It is kept beside the customer's conversation and comes by the stream, so that it is heeded
//! whatever dies in between.

use crate::{
    app::{Parts, Trouble, outlook},
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, EventId, Timestamp,
        automation::{BookingEvent, DECIDES_WITHIN},
        channel::{Channel, Medium},
        conversation::{Head, conversation_of},
        event::Event,
        time::SKEW_ALLOWANCE,
    },
    seal::sha256_hex,
};

/// A report.
#[derive(Debug, Clone)]
pub struct Report {
    pub event: BookingEvent,
    /// The booking's number in the other system: with the event and its time, what tells reports apart.
    pub booking: String,
    pub at: Timestamp,
    /// By which channel the customer is written to, should a rule do so. `None`: where they wrote last, else the first WhatsApp
    /// channel.
    pub channel: Option<ChannelId>,
}

/// Why it was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error("there is no such contact")]
    NoContact,
    #[error("channel: there is no such channel")]
    NoChannel,
    #[error("at: must not lie ahead, nor more than a day back: rules heed no older news")]
    Time,
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Takes a report; the same once more is the same.
pub async fn report(
    parts: &Parts,
    account: &AccountId,
    contact: ContactId,
    report: &Report,
) -> Result<(EventId, ConversationId), NotTaken> {
    let now = parts.now();
    if report.at > now + SKEW_ALLOWANCE || now.duration_since(report.at) > DECIDES_WITHIN {
        return Err(NotTaken::Time);
    }
    let keys = parts.keys(account).await?;
    let known = outlook::survivor_of(parts, account, &keys, contact).await?;
    let contact = known.filter(|known| !known.contact.erased).ok_or(NotTaken::NoContact)?.contact.id;
    let head = conversation(parts, account, contact, report.channel.as_ref()).await?;
    // Of a change there may be many; whatever else happens to a booking happens once.
    let once = match report.event {
        BookingEvent::Changed => format!("{}#{}", report.booking, report.at.as_millisecond()),
        _ => report.booking.clone(),
    };
    let event = Event::booking(&head, report.event, &sha256_hex(once.as_bytes()), report.at);
    parts.store.put_notice(&event, now).await.map_err(Trouble::from)?;
    Ok((event.id, head.id))
}

/// The conversation that it is about; one that nobody wrote in yet is begun.
async fn conversation(
    parts: &Parts,
    account: &AccountId,
    contact: ContactId,
    wanted: Option<&ChannelId>,
) -> Result<Head, NotTaken> {
    let mut channels = parts.store.channels(account).await.map_err(Trouble::from)?;
    channels.retain(|channel| wanted.is_none_or(|wanted| channel.id == *wanted));
    let whatsapp = |channel: &&Channel| wanted.is_some() || channel.medium == Medium::WhatsApp;
    let first = channels.iter().find(whatsapp).ok_or(NotTaken::NoChannel)?;
    let ids: Vec<_> = channels.iter().map(|channel| conversation_of(account, &channel.id, contact)).collect();
    let mut newest: Option<Head> = None;
    for id in ids {
        let head = parts.store.head(account, id).await.map_err(Trouble::from)?;
        let activity = |head: &Option<Head>| head.as_ref().map(Head::last_activity_at);
        if activity(&head) > activity(&newest) {
            newest = head;
        }
    }
    if let Some(head) = newest {
        return Ok(head);
    }
    let head = Head::new(account.clone(), first.id.clone(), contact, parts.now());
    parts.store.begin(&head).await.map_err(Trouble::from)?;
    Ok(head)
}
