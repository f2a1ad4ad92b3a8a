//! Not more often than: a place under the account's cap, taken before the claim and kept by the message for as long as it is
//! tried. Only templates that somebody or a rule asked for are capped, and SMS that ask for an opt-in; never what tells a waiting customer
//! that their window is over. Where no cap is set, it costs one read, and no write.

use crate::{
    app::{Parts, Trouble, outlook::Outlook},
    domain::{
        AccountId, Timestamp,
        consent::{Cap, CapRoom, CappedSend, ConsentPurpose, needs},
        content::Content,
        ids::MessageKey,
        message::{Purpose, Way},
        plan::{Plan, Wish},
        reason::Reason,
        template::Category,
        time::SignedDuration,
    },
    ports::store::{CappedSends, Step},
};

/// How often another message may take a place between.
const TRIES: usize = 8;
/// When to look again after that.
const CONTENDED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The cap that a message is under, if there is one.
pub(in crate::app) async fn cap_for(
    parts: &Parts,
    account: &AccountId,
    (purpose, content, category): (&Purpose, &Content, Option<Category>),
) -> Result<Option<Cap>, Trouble> {
    let capped = match purpose {
        Purpose::Reply => matches!(content, Content::Template(_)),
        Purpose::OptInAsk { .. } | Purpose::AutoTemplate { .. } => true,
        Purpose::WindowTemplate { .. }
        | Purpose::SmsInvite { .. }
        | Purpose::HoldingMessage { .. }
        | Purpose::ConsentConfirmation { .. }
        | Purpose::AutoReply { .. } => false,
    };
    if !capped {
        return Ok(None);
    }
    match needs(purpose, content, category) {
        Some(needed @ (ConsentPurpose::Marketing | ConsentPurpose::Utility)) => {
            Ok(parts.store.consent_settings(account).await?.cap(needed).copied())
        }
        Some(ConsentPurpose::Service) | None => Ok(None),
    }
}

/// What was sent to all contacts of a person; the survivor's own first.
async fn sends(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    cap: &Cap,
) -> Result<(CappedSends, Vec<CappedSend>), Trouble> {
    let mut own = CappedSends::default();
    let mut others = Vec::new();
    for (index, known) in outlook.people.iter().enumerate() {
        let found = parts.store.capped_sends(account, known.contact.id, cap.purpose).await?;
        if index == 0 {
            own = found;
        } else {
            others.extend(found.sends);
        }
    }
    Ok((own, others))
}

/// A plan as it is with the room under the cap, for people who ask; takes nothing. `message`: the one that it is about, if
/// it is stored.
pub(in crate::app) async fn foresee(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    plan: Plan,
    (wish, category, message): (&Wish<'_>, Option<Category>, Option<MessageKey>),
    now: Timestamp,
) -> Result<Plan, Trouble> {
    let asks = matches!(wish.purpose, Purpose::OptInAsk { .. }) && plan.way().is_some();
    if plan.way() != Some(Way::Template) && !asks {
        return Ok(plan);
    }
    let Some(cap) = cap_for(parts, account, (wish.purpose, wish.content, category)).await? else { return Ok(plan) };
    let (own, others) = sends(parts, account, outlook, &cap).await?;
    let all = [own.sends, others].concat();
    Ok(match cap.room(&all, message.unwrap_or(MessageKey::from_bits(0)), now) {
        CapRoom::Had | CapRoom::Free => plan,
        CapRoom::Full { until } if until < wish.expires_at => {
            Plan::Wait { reason: Reason::FrequencyCap, until: Some(until) }
        }
        CapRoom::Full { .. } => Plan::Refuse { reason: Reason::FrequencyCap },
    })
}

/// Takes a place for a message, or finds that it has one.
pub(in crate::app) async fn take(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    cap: &Cap,
    message: MessageKey,
) -> Result<CapRoom, Trouble> {
    let Some(owner) = outlook.people.first().map(|known| known.contact.id) else { return Ok(CapRoom::Free) };
    for _ in 0..TRIES {
        let now = parts.now();
        let (own, others) = sends(parts, account, outlook, cap).await?;
        let all = [own.sends.as_slice(), &others].concat();
        match cap.room(&all, message, now) {
            CapRoom::Free => {
                let mut sends = cap.counting(&own.sends, now);
                sends.push(CappedSend { message, at: now });
                let taken = CappedSends { sends, rev: own.rev };
                if parts.store.note_capped_sends(account, owner, cap.purpose, &taken).await? == Step::Done {
                    return Ok(CapRoom::Free);
                }
            }
            room @ (CapRoom::Had | CapRoom::Full { .. }) => return Ok(room),
        }
    }
    // Others take places all the time; there may be one left in a while.
    Ok(CapRoom::Full { until: parts.now() + CONTENDED_FOR })
}
