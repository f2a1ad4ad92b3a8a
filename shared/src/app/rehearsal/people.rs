//! What the rules ask of the customers of a stretch: read from their contacts, one conversation after another.

use std::{collections::BTreeMap, sync::Mutex};

use futures::{Stream, StreamExt, stream};

use super::{
    OfConversation,
    history::{Note, Noted},
    settings::Settings,
};
use crate::{
    app::{
        Parts, Trouble,
        outlook::{self, Outlook},
        people::joint_consent,
    },
    domain::{
        AccountId, ChannelId, ConversationId,
        channel::{Channel, Medium},
        contact::Address,
        cost::Country,
        rehearsal::{Answer, Conversation, Customer, Did, Event},
    },
};

/// So many conversations are looked up at once.
const AT_ONCE: usize = 8;

/// The conversations of these notes; `None`: one that a ladder has no part in. Those of one person on one channel are one.
pub(super) fn conversations<'a>(
    parts: &'a Parts,
    account: &'a AccountId,
    settings: &'a Settings,
    found: Vec<OfConversation>,
) -> impl Stream<Item = Result<Option<(ChannelId, Conversation)>, Trouble>> + Unpin + 'a {
    let notes: BTreeMap<ConversationId, Vec<Note>> = found.into_iter().collect();
    let ids: Vec<ConversationId> = notes.keys().copied().collect();
    let notes = std::sync::Arc::new(Mutex::new(notes));
    let look_up = move |id: ConversationId| {
        let notes = std::sync::Arc::clone(&notes);
        async move {
            let outlook = outlook::load(parts, account, id).await?;
            let mut notes = notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            // Taken by another head of the same person.
            let Some(mut own) = notes.remove(&id) else { return Ok(None) };
            let Some(outlook) = outlook else { return Ok(Some(None)) };
            for head in outlook.family.heads() {
                own.extend(notes.remove(&head.id).into_iter().flatten());
            }
            drop(notes);
            Ok(Some(conversation(settings, &outlook, own)))
        }
    };
    let found = stream::iter(ids.into_iter().map(look_up)).buffered(AT_ONCE);
    Box::pin(found.filter_map(|it: Result<Option<_>, Trouble>| async move { it.transpose() }))
}

fn conversation(settings: &Settings, outlook: &Outlook, mut notes: Vec<Note>) -> Option<(ChannelId, Conversation)> {
    let channel = outlook.channel.as_ref().filter(|channel| channel.medium == Medium::WhatsApp)?;
    let erased = outlook.people.first().is_none_or(|known| known.contact.erased);
    if erased {
        return None;
    }
    notes.sort_by_key(|note| (note.at, note.id.key));
    let fates = notes.iter().filter_map(|note| Some((note.at, note.did.fate()?))).collect();
    let mut events: Vec<Event> = notes.into_iter().filter_map(|note| event(settings, channel, note)).collect();
    let head = outlook.family.merged();
    events.extend([head.closed_at, head.archived_at].into_iter().flatten().map(|at| Event { at, what: Did::Closed }));
    events.sort_by_key(|event| event.at);
    Some((channel.id.clone(), Conversation { customer: customer(outlook), events, fates }))
}

fn event(settings: &Settings, channel: &Channel, note: Note) -> Option<Event> {
    let what = match note.did {
        Noted::Wrote => Did::Wrote,
        Noted::Elsewhere => Did::AnsweredElsewhere,
        Noted::Template { .. } => return None,
        Noted::Answered { via, on_held, template, expires_at, taken_back_at, met_a_closed_window } => {
            let template = template.map(|name| settings.category(&name, channel));
            Did::Answered(Answer { via, on_held, template, expires_at, taken_back_at, met_a_closed_window })
        }
    };
    Some(Event { at: note.at, what })
}

fn customer(outlook: &Outlook) -> Customer {
    let profiles = || outlook.people.iter().map(|known| &known.contact.profile);
    let phone = outlook.addresses.iter().find_map(|(_, address): &(_, Address)| address.phone());
    let merged = outlook.family.merged();
    let facts = outlook.facts(&merged, false, None);
    Customer {
        country: facts.whatsapp_address(None).and_then(Country::of_address),
        language: profiles().find_map(|profile| profile.language.clone()),
        vip: profiles().any(|profile| profile.vip),
        has_phone: phone.is_some(),
        quiet_hours: profiles().find_map(|profile| profile.quiet_hours.clone()),
        consent: joint_consent(&outlook.people),
        free_entry_until: merged.free_entry_end,
    }
}
