//! Asking somebody by SMS whether they want to be written to on WhatsApp, with the link by which they say so.

use crate::{
    app::{
        Parts, Trouble,
        accept::{self, Accepted, Idempotency, NotAccepted, Recipient, Request},
        mint::Mint,
        outlook,
    },
    domain::{
        AccountId, TraceId,
        access::Actor,
        channel::Channel,
        content::Content,
        ids::OptInLinkId,
        message::{OnHeld, Purpose, Via},
        opt_in::{Basis, OptInLink},
        time::SignedDuration,
    },
};

/// Nobody waits for it: what could not go by then is not asked any more.
const ASKED_WITHIN: SignedDuration = SignedDuration::from_hours(72);

/// Whom to ask, and by what right.
#[derive(Debug, Clone)]
pub struct Ask {
    pub link: OptInLinkId,
    pub to: Recipient,
    /// How their number came to the account.
    pub basis: Basis,
    /// `None`: the customer's own.
    pub language: Option<String>,
    pub trace: Option<TraceId>,
}

/// Stores one SMS with the link's wording. It goes by the channel's SMS way, unless they want none; under the account's cap for
/// marketing, and not while they want their rest. The same key and body give the same message again.
pub async fn ask(
    parts: &Parts,
    mint: &Mint,
    (account, by): (&AccountId, &Actor),
    ask: &Ask,
    idempotency: Option<Idempotency<'_>>,
) -> Result<Accepted, NotAccepted> {
    let (link, channel) = link_of(parts, account, &ask.link).await?;
    let language = match &ask.language {
        Some(language) if !link.texts.contains_key(language) => {
            let message = "the link has no texts in this language".into();
            return Err(NotAccepted::Invalid { field: "language".into(), message });
        }
        Some(language) => Some(language.clone()),
        None => language_of(parts, account, &ask.to).await?,
    };
    let text = &link.texts[link.language_for(language.as_deref())];
    let request = Request {
        channel: Some(channel.id.clone()),
        to: ask.to.clone(),
        content: Content::Text { body: text.sms(&channel.display_name, &channel.phone) },
        via: Via::Sms,
        expires_at: Some(parts.now() + ASKED_WITHIN),
        on_held: OnHeld::Hold,
        purpose: Purpose::OptInAsk { link: link.id.clone(), basis: ask.basis },
        trace: ask.trace,
    };
    Box::pin(accept::accept(parts, mint, account, by, &request, idempotency)).await
}

/// A link, and the channel that it leads to.
async fn link_of(parts: &Parts, account: &AccountId, id: &OptInLinkId) -> Result<(OptInLink, Channel), NotAccepted> {
    let missing = |message: &str| NotAccepted::NotFound { field: "link".into(), message: message.into() };
    let link = parts.store.opt_in_link(account, id).await.map_err(Trouble::from)?;
    let link = link.ok_or_else(|| missing("no such opt-in link"))?;
    let channel = parts.store.channel(account, &link.channel).await.map_err(Trouble::from)?;
    let channel = channel.ok_or_else(|| missing("the link's channel does not exist any more"))?;
    if channel.sms.is_none() {
        let message = "the channel of this link has no SMS channel to ask by".into();
        return Err(NotAccepted::Invalid { field: "link".into(), message });
    }
    Ok((link, channel))
}

/// The language of whoever is asked, if it is known.
async fn language_of(parts: &Parts, account: &AccountId, to: &Recipient) -> Result<Option<String>, Trouble> {
    let keys = parts.keys(account).await?;
    let contact = match to {
        Recipient::Contact(id) => Some(*id),
        Recipient::Address(address) => {
            let known = parts.store.identities(account, &[keys.hash(address)]).await?;
            known.into_iter().flatten().next().map(|identity| identity.contact)
        }
        Recipient::Conversation(id) => parts.store.head(account, *id).await?.map(|head| head.contact),
    };
    let Some(contact) = contact else { return Ok(None) };
    let survivor = outlook::survivor_of(parts, account, &keys, contact).await?;
    Ok(survivor.and_then(|known| known.contact.profile.language))
}
