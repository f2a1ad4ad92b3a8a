//! The messages that a ring is about, and those that only the limit of their pair asks for.

use super::{Parts, Trouble, outlook::Outlook};
use crate::domain::{
    ConversationId, Timestamp,
    conversation::Head,
    ids::MessageKey,
    message::{Outbound, Way},
    pace,
    time::SignedDuration,
};

/// Messages accepted within this time before the causing one, or before the oldest that waits, are looked at too: they may
/// have lost their own ring, or have been stored after what is later than they are.
pub(super) const LOOK_BACK: SignedDuration = SignedDuration::from_mins(5);

/// So much of a pair's allowance, in messages, is in use before that is worth a mark.
const WORTH_A_MARK: i64 = 10;

/// Everything that may have to be sent, of all heads of this person, oldest first.
pub(super) async fn list(
    parts: &Parts,
    outlook: &Outlook,
    cause: Option<MessageKey>,
) -> Result<Vec<Outbound>, Trouble> {
    let look_back = |from: MessageKey| MessageKey::first_at(from.at() - LOOK_BACK);
    let cause = cause.map(look_back);
    let recent = MessageKey::first_at(parts.now() - LOOK_BACK);
    let mut messages = Vec::new();
    for head in outlook.family.heads() {
        let from = [head.waiting_from.map(look_back), cause].into_iter().flatten().fold(recent, MessageKey::min);
        messages.extend(parts.store.outbound_from(&head.account, head.id, from).await?);
    }
    messages.sort_by_key(Outbound::place);
    Ok(messages)
}

/// Ends a round on one head: its mark goes once nothing waits, and only what was listed may be said to have ended. Where the
/// pair limit needs it, the mark stays or is set; whatever rings next clears it.
pub(super) async fn mark(parts: &Parts, head: &Head, listed: &[Outbound], waits: bool) -> Result<(), Trouble> {
    match oldest_for_the_pair(listed, head.id, parts.now()) {
        Some(oldest) if head.waiting_from.is_none_or(|from| from > oldest) => {
            // Lost: the head has changed, and whatever changed it rings.
            parts.store.wait_from(head, oldest, &format!("{:032x}", parts.bits())).await?;
        }
        None if !waits && head.waiting_from.is_some() => {
            parts.store.nothing_waits(head).await?;
        }
        Some(_) | None => {}
    }
    Ok(())
}

/// The oldest message that the pair's allowance still feels, if it would drop out of what is listed before the allowance is
/// whole again: it was held for long, or messages have left without a pause for long. Where few count, that is not worth
/// a write: the provider's own word makes up for these.
fn oldest_for_the_pair(listed: &[Outbound], head: ConversationId, now: Timestamp) -> Option<MessageKey> {
    let left = left_before(listed);
    let in_use = pace::in_use(&left, now).filter(|in_use| in_use.messages(now) >= WORTH_A_MARK)?;
    let since = left[in_use.first];
    let counts =
        |message: &&Outbound| message.id.conversation == head && claims(message).any(|claimed_at| claimed_at >= since);
    let oldest = listed.iter().filter(counts).map(|message| message.id.key).min()?;
    (in_use.whole_at > oldest.at() + LOOK_BACK).then_some(oldest)
}

/// When a message left for WhatsApp, or may have.
fn claims(message: &Outbound) -> impl Iterator<Item = Timestamp> {
    let for_whatsapp = message.way != Some(Way::Sms);
    message.attempts.iter().filter(move |_| for_whatsapp).filter_map(|attempt| attempt.claimed_at)
}

/// When this conversation's own messages left for WhatsApp, in order: what its pair limit is derived from.
pub(super) fn left_before(messages: &[Outbound]) -> Vec<Timestamp> {
    let mut left: Vec<Timestamp> = messages.iter().flat_map(claims).collect();
    left.sort_unstable();
    left
}
