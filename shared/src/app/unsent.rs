//! The messages that a ring is about, and those that only the limit of their pair asks for.

use super::{Parts, Trouble, outlook::Outlook};
use crate::domain::{
    ConversationId, Timestamp,
    ids::MessageKey,
    message::{Outbound, Way},
    pace,
    time::SignedDuration,
};

/// Messages accepted within this time before the causing one are looked at too: they may have lost their own ring.
pub(super) const LOOK_BACK: SignedDuration = SignedDuration::from_mins(5);

/// Everything that may have to be sent, of all heads of this person, oldest first.
pub(super) async fn list(
    parts: &Parts,
    outlook: &Outlook,
    cause: Option<MessageKey>,
) -> Result<Vec<Outbound>, Trouble> {
    let cause = cause.map(|cause| MessageKey::first_at(cause.at() - LOOK_BACK));
    let recent = MessageKey::first_at(parts.now() - LOOK_BACK);
    let mut messages = Vec::new();
    for head in outlook.family.heads() {
        let from = [head.waiting_from, cause].into_iter().flatten().fold(recent, MessageKey::min);
        messages.extend(parts.store.outbound_from(&head.account, head.id, from).await?);
    }
    messages.sort_by_key(|message| message.id.key);
    Ok(messages)
}

/// A message that was accepted long ago and left a moment ago: without the mark on the head it would not be listed any
/// more, and the pair limit would not know of it. Whatever rings next clears the mark.
pub(super) fn counts_for_the_pair_only(message: &Outbound, head: ConversationId, now: Timestamp) -> bool {
    message.id.conversation == head
        && message.id.key.at() < now - LOOK_BACK
        && message.way != Some(Way::Sms)
        && message.attempts.iter().any(|attempt| attempt.claimed_at.is_some_and(|at| at > now - pace::LOOK_BACK))
}

/// When this conversation's own messages left for WhatsApp, in order: what its pair limit is derived from.
pub(super) fn left_before(messages: &[Outbound]) -> Vec<Timestamp> {
    let mut left: Vec<Timestamp> = messages
        .iter()
        .filter(|message| message.way != Some(Way::Sms))
        .flat_map(|message| message.attempts.iter().filter_map(|attempt| attempt.claimed_at))
        .collect();
    left.sort_unstable();
    left
}
