//! Confirming a word about consent: one message, under a key derived from the word's own.

use crate::{
    app::{Parts, Trouble, mint::derived_key, outlook},
    domain::{
        MessageId,
        access::Actor,
        channel::Medium,
        consent::{CONFIRMED_WITHIN, confirmation, consent_word},
        content::Content,
        message::{Inbound, Outbound, OutboundBody, Purpose, Via},
        time::SignedDuration,
    },
    seal::Sealed,
};

/// Puts what confirms the word that this message is, if the account confirms. On SMS the carrier does so.
pub async fn confirm(parts: &Parts, word_of: &Inbound) -> Result<(), Trouble> {
    let account = &word_of.account;
    let settings = parts.store.consent_settings(account).await?;
    let now = parts.now();
    let expires_at = word_of.at + CONFIRMED_WITHIN;
    if !settings.confirm || now >= expires_at {
        return Ok(());
    }
    let Some(outlook) = outlook::load(parts, account, word_of.id.conversation).await? else { return Ok(()) };
    let on_whatsapp = outlook.channel.as_ref().is_some_and(|channel| channel.medium == Medium::WhatsApp);
    let head = outlook.family.head(word_of.id.conversation);
    let (Some(head), true) = (head, on_whatsapp) else { return Ok(()) };
    // Erased: there is nobody to write to.
    let Some(key) = outlook.key_of(head) else { return Ok(()) };
    let Ok(said) = word_of.sealed.open(key) else { return Ok(()) };
    let Some(word) = said.content.written_text().and_then(|text| consent_word(text, &settings)) else {
        return Ok(()); // The account took the word back.
    };
    let language = outlook.people.iter().find_map(|known| known.contact.profile.language.as_deref());
    let content = Content::Text { body: confirmation(word, language, &settings) };
    let name = format!("consent-confirmation#{}", word_of.id);
    let id = MessageId {
        conversation: head.id,
        // Right after the word.
        key: derived_key(word_of.at + SignedDuration::from_millis(1), &name),
    };
    let purpose = Purpose::ConsentConfirmation { of: word_of.id.key };
    let sealed = Sealed::new(&OutboundBody { content, to: None }, key, parts.nonce());
    let message = Outbound::queued(head, id, purpose, Via::WhatsApp, sealed, now, expires_at).written_by(Actor::System);
    parts.store.put_outbound(&message).await?;
    Ok(())
}
