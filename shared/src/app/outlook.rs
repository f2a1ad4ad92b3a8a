//! Everything that a plan for a conversation is made from, loaded at once.

use super::{
    Parts, Trouble,
    people::{self, Known},
};
use crate::{
    domain::{
        AccountId, ContactId, ConversationId, Timestamp,
        channel::{Channel, Medium},
        contact::{Address, AddressHash},
        content::Content,
        conversation::{Family, Head, conversation_of},
        plan::{Facts, Placed, Plan, Wish, plan},
        template::{Category, Status, Template},
        time::SignedDuration,
    },
    seal::{AccountKeys, SubjectKey},
};

/// A conversation with its people and its channel.
#[derive(Debug, Clone)]
pub struct Outlook {
    pub family: Family,
    /// The contact of the surviving head first, then the contacts that were merged into it.
    pub people: Vec<Known>,
    /// `None`: it was removed.
    pub channel: Option<Channel>,
    /// Addresses of all these contacts, phones first.
    pub addresses: Vec<(AddressHash, Address)>,
    pub keys: AccountKeys,
}

/// Loads a conversation by any of its heads. `None` if nobody ever wrote in it. Strongly consistent.
pub async fn load(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<Option<Outlook>, Trouble> {
    let Some(family) = family(parts, account, id).await? else { return Ok(None) };
    let keys = parts.keys(account).await?;
    let channel = parts.store.channel(account, &family.survivor.channel).await?;
    let people = people_of(parts, account, &keys, family.survivor.contact).await?;
    let mut addresses: Vec<_> = people.iter().flat_map(|known| known.contact.addresses.iter().cloned()).collect();
    addresses.sort_by_key(|(_, address)| address.phone().is_none());
    addresses.dedup_by(|a, b| a.0 == b.0);
    Ok(Some(Outlook { family, people, channel, addresses, keys }))
}

/// All heads of the person behind this conversation, on its channel.
pub async fn family(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<Option<Family>, Trouble> {
    let Some(mut survivor) = parts.store.head(account, id).await? else { return Ok(None) };
    // A merge chain is as long as the merges that happened to one person: bounded, so that damage cannot loop.
    for _ in 0..8 {
        let Some(next) = survivor.survivor else { break };
        match parts.store.head(account, next).await? {
            Some(head) => survivor = head,
            None => break,
        }
    }
    let mut former: Vec<Head> = Vec::new();
    let mut ahead = survivor.former.clone();
    while let Some(id) = ahead.pop() {
        if former.len() >= 32 || former.iter().any(|head| head.id == id) || id == survivor.id {
            continue;
        }
        if let Some(head) = parts.store.head(account, id).await? {
            ahead.extend(&head.former);
            former.push(head);
        }
    }
    Ok(Some(Family { survivor, former }))
}

/// A contact and all that were merged into it, opened; the survivor first.
pub async fn people_of(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    id: ContactId,
) -> Result<Vec<Known>, Trouble> {
    let mut people: Vec<Known> = Vec::new();
    let mut ahead = vec![id];
    while let Some(id) = ahead.pop() {
        if people.len() >= 32 || people.iter().any(|known| known.contact.id == id) {
            continue;
        }
        if let Some(known) = people::look_up(parts, account, keys, id).await? {
            ahead.extend(&known.contact.former);
            people.push(known);
        }
    }
    Ok(people)
}

/// The contact that a contact was merged into, itself if it was not.
pub async fn survivor_of(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    id: ContactId,
) -> Result<Option<Known>, Trouble> {
    let mut known = people::look_up(parts, account, keys, id).await?;
    for _ in 0..8 {
        match known.as_ref().and_then(|known| known.contact.survivor) {
            Some(next) => known = people::look_up(parts, account, keys, next).await?,
            None => break,
        }
    }
    Ok(known)
}

impl Outlook {
    /// An outlook for a conversation that has no head yet.
    pub async fn before(
        parts: &Parts,
        account: &AccountId,
        channel: Channel,
        contact: Known,
        now: Timestamp,
    ) -> Result<Self, Trouble> {
        let keys = parts.keys(account).await?;
        let survivor = Head::new(account.clone(), channel.id.clone(), contact.contact.id, now);
        let addresses = contact.contact.addresses.clone();
        let family = Family { survivor, former: Vec::new() };
        Ok(Self { family, people: vec![contact], channel: Some(channel), addresses, keys })
    }

    /// The key that opens what was sealed for this head's contact.
    pub fn key_of(&self, head: &Head) -> Option<&SubjectKey> {
        self.people.iter().find(|known| known.contact.id == head.contact).and_then(|known| known.key.as_ref())
    }

    /// The facts for a plan. `reply_held`: a reply waits for the window. `template`: the stored form of the template
    /// that the content names.
    pub fn facts<'a>(&'a self, merged: &'a Head, reply_held: bool, template: Option<&'a Template>) -> Facts<'a> {
        let can_text =
            self.channel.as_ref().is_some_and(|channel| channel.medium == Medium::Sms || channel.sms.is_some());
        Facts {
            medium: self.channel.as_ref().map_or(Medium::WhatsApp, |channel| channel.medium),
            window: merged.window(),
            window_address: merged.last_in.as_ref().map(|last| &last.address),
            customer_waits: merged.customer_waits(),
            reply_held,
            addresses: &self.addresses,
            consent: people::joint_consent(&self.people),
            erased: self.people.first().is_some_and(|known| known.contact.erased),
            can_text,
            quiet_until: None,
            // Whoever is about to send knows more.
            doubt: SignedDuration::ZERO,
            template: template.map(|template| {
                let place = self.channel.as_ref().map(Channel::place);
                let status = place.map_or(Status::Missing, |place| template.status(&place));
                Placed { template, status, category: self.category_of(template) }
            }),
        }
    }

    /// What a template is for, as the channel's provider has it.
    pub fn category_of(&self, template: &Template) -> Category {
        let place = self.channel.as_ref().map(Channel::place);
        place.map_or(template.definition.category, |place| template.category(&place))
    }

    /// Until when the customer does not want to be disturbed, if that is so now.
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        let quiet = self.people.iter().find_map(|known| known.contact.profile.quiet_hours.as_ref())?;
        quiet.is_quiet(now).then(|| quiet.ends_at(now)).flatten()
    }

    /// Plans one message now.
    pub fn plan(&self, reply_held: bool, template: Option<&Template>, wish: &Wish<'_>, now: Timestamp) -> Plan {
        let merged = self.family.merged();
        plan(&self.facts(&merged, reply_held, template), wish, now)
    }

    /// The conversation of the same people on another channel.
    pub fn conversation_on(&self, account: &AccountId, channel: &Channel) -> ConversationId {
        conversation_of(account, &channel.id, self.family.survivor.contact)
    }
}

/// The stored form of the template that a content names, in exactly that language.
pub async fn template_of(parts: &Parts, account: &AccountId, content: &Content) -> Result<Option<Template>, Trouble> {
    let Content::Template(wanted) = content else { return Ok(None) };
    let known = parts.store.templates(account, Some(&wanted.name)).await?;
    Ok(known.into_iter().find(|template| template.language == wanted.language))
}
