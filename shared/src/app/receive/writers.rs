//! Who wrote, besides whom the provider names: other names of the person, and the conversation that an invitation leads to.

use super::Batch;
use crate::{
    app::{Parts, Trouble, outlook, people::Known},
    domain::{
        AccountId, ConversationId, Timestamp, contact::Address, content::Content, inbound::InboundMessage, invite,
        phone::Phone,
    },
    seal::AccountKeys,
};

/// Other names that a notice gives for the same person: a new number, a new or an earlier id.
pub(super) fn announced(content: &Content) -> Vec<Address> {
    let Content::System(notice) = content else { return Vec::new() };
    let id = |text: &Option<String>| text.as_deref().and_then(Address::from_user_id);
    let phone = notice.wa_id.as_deref().and_then(Phone::from_e164).map(Address::Phone);
    [id(&notice.previous_user_id), id(&notice.user_id), phone].into_iter().flatten().collect()
}

/// The contact that a signed invite in one of the texts leads back to.
pub(super) async fn home_of(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    batch: &Batch,
    now: Timestamp,
) -> Result<Option<Known>, Trouble> {
    let Some(conversation) = batch.messages.iter().find_map(|(message, _)| token_in(keys, message, now)) else {
        return Ok(None);
    };
    match parts.store.head(account, conversation).await? {
        Some(head) => outlook::survivor_of(parts, account, keys, head.contact).await,
        None => Ok(None),
    }
}

/// The conversation that an invitation's token in its text names.
pub(super) fn token_in(keys: &AccountKeys, message: &InboundMessage, now: Timestamp) -> Option<ConversationId> {
    message.content.written_text().and_then(|text| invite::redeem(keys, text, now))
}
