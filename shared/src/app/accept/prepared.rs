//! Whom a message is for, and whether it may be asked for.

use super::{
    LONGEST_LIFE, NotAccepted, Recipient, Request, invalid,
    writing::{Writing, check_content},
};
use crate::{
    app::{
        Parts, Trouble,
        consents::suppression,
        outlook::{self, Outlook},
        people, steps,
    },
    domain::{
        AccountId, ContactId, Timestamp,
        channel::{Channel, Medium},
        consent::Consent,
        contact::{Address, AddressHash},
        content::Content,
        conversation::conversation_of,
        sending::DEFAULT_LIFE,
        template::Template,
    },
};

/// A checked request, ready to be planned or stored.
pub(super) struct Prepared {
    pub(super) outlook: Outlook,
    /// In the customer's language, with all values that are known.
    pub(super) content: Content,
    pub(super) template: Option<Template>,
    pub(super) to: Option<AddressHash>,
    pub(super) expires_at: Timestamp,
    /// The conversation has no head yet.
    pub(super) new: bool,
}

/// Checks a request and finds whom it is for. `make`: a person never heard of becomes a contact.
pub(super) async fn prepare(
    parts: &Parts,
    account: &AccountId,
    request: &Request,
    now: Timestamp,
    make: bool,
) -> Result<Prepared, NotAccepted> {
    if let Some(expires_at) = request.expires_at {
        if expires_at <= now {
            return Err(invalid("expires_at", "lies in the past"));
        }
        if expires_at > now + LONGEST_LIFE {
            return Err(invalid("expires_at", "lies more than 30 days ahead"));
        }
    }
    let keys = parts.keys(account).await?;
    let writing = Writing::of(parts, account, &request.content).await?;
    let check = |channel: Option<&Channel>, people: &[people::Known]| {
        let (content, template) = writing.to(people, channel);
        check_content(request, &content, channel, template.as_ref(), writing.is_name_known())?;
        Ok::<_, NotAccepted>((content, template))
    };
    let (outlook, to, new, (content, template)) = match &request.to {
        Recipient::Conversation(id) => {
            let outlook = outlook::load(parts, account, *id).await?.ok_or_else(|| NotAccepted::NotFound {
                field: "to.conversation".into(),
                message: "no such conversation".into(),
            })?;
            if request.channel.as_ref().is_some_and(|channel| *channel != outlook.family.survivor.channel) {
                return Err(invalid("channel", "is not the conversation's channel; leave it out"));
            }
            let written = check(outlook.channel.as_ref(), &outlook.people)?;
            (outlook, None, false, written)
        }
        Recipient::Contact(id) => {
            let channel = channel_of(parts, account, request).await?;
            let contact = outlook::survivor_of(parts, account, &keys, *id).await?;
            let contact = contact.ok_or_else(|| NotAccepted::NotFound {
                field: "to.contact".into(),
                message: "no such contact".into(),
            })?;
            let (outlook, new) = outlook_on(parts, account, channel, contact, now).await?;
            let written = check(outlook.channel.as_ref(), &outlook.people)?;
            (outlook, None, new, written)
        }
        Recipient::Address(address) => {
            let channel = channel_of(parts, account, request).await?;
            if channel.medium == Medium::Sms && address.phone().is_none() {
                return Err(invalid("to.user_id", "an SMS needs a phone number"));
            }
            let hash = keys.hash(address);
            let known = parts.store.identities(account, std::slice::from_ref(&hash)).await.map_err(Trouble::from)?;
            let known = match known.first().and_then(Option::as_ref) {
                Some(identity) => outlook::survivor_of(parts, account, &keys, identity.contact).await?,
                None => None,
            };
            // Before the address becomes a contact: a refused request leaves no trace.
            let written = check(Some(&channel), known.as_slice())?;
            let contact = match known {
                Some(known) => known.contact.id,
                None if make => {
                    people::recognise(parts, account, &keys, std::slice::from_ref(address), None, None).await?.contact
                }
                // Nobody knows this address: a plan needs no trace of it.
                None => ContactId::from_bits(0),
            };
            let contact = outlook::survivor_of(parts, account, &keys, contact).await?;
            let contact = match contact {
                Some(contact) => contact,
                None if !make => {
                    let consent = suppression::consent_of(parts, account, &keys, &hash).await?;
                    stranger(&hash, address, consent)
                }
                None => return Err(Trouble::Unexpected("a contact was not found after it was made".into()).into()),
            };
            let (outlook, new) = outlook_on(parts, account, channel, contact, now).await?;
            (outlook, Some(hash), new, written)
        }
    };
    let expires_at = if let Some(at) = request.expires_at {
        at
    } else {
        let ladder = steps::ladder_for(parts, account, &outlook.family.survivor.channel).await?;
        now + ladder.gives_up_after().unwrap_or(DEFAULT_LIFE)
    };
    Ok(Prepared { outlook, content, template, to, expires_at, new })
}

/// Someone who is not a contact, for a plan.
fn stranger(hash: &AddressHash, address: &Address, consent: Consent) -> people::Known {
    let contact = crate::domain::contact::Contact {
        id: ContactId::from_bits(0),
        addresses: vec![(hash.clone(), address.clone())],
        profile: crate::domain::contact::Profile::default(),
        consent,
        former: Vec::new(),
        survivor: None,
        erased: false,
    };
    people::Known { contact, key: None }
}

async fn channel_of(parts: &Parts, account: &AccountId, request: &Request) -> Result<Channel, NotAccepted> {
    let id =
        request.channel.as_ref().ok_or_else(|| invalid("channel", "is needed: which number should it come from?"))?;
    let channel = parts.store.channel(account, id).await.map_err(Trouble::from)?;
    channel.ok_or_else(|| NotAccepted::NotFound {
        field: "channel".into(),
        message: format!("no channel {id} in this account"),
    })
}

async fn outlook_on(
    parts: &Parts,
    account: &AccountId,
    channel: Channel,
    contact: people::Known,
    now: Timestamp,
) -> Result<(Outlook, bool), Trouble> {
    let conversation = conversation_of(account, &channel.id, contact.contact.id);
    Ok(match outlook::load(parts, account, conversation).await? {
        Some(outlook) => (outlook, false),
        None => (Outlook::before(parts, account, channel, contact, now).await?, true),
    })
}
