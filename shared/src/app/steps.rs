//! Steps of the ladder that send something: each becomes an intent with an id and a time derived from its cause, so
//! that taking a step twice takes it once.

use super::{Parts, Trouble, mint::derived_key, outlook::Outlook};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, MessageId, Timestamp,
        channel::Channel,
        content::{Content, TemplateContent},
        conversation::Head,
        ids::MessageKey,
        invite,
        ladder::{Action, Circumstances, Ladder, Step},
        message::{Message, Outbound, OutboundBody, Purpose, Via},
        sending::Delivery,
        template::choose_language,
        time::SignedDuration,
        window::ServiceWindow,
    },
    ports::store::Put,
    seal::Sealed,
};

/// What the account's ladder is: its own, or the default.
pub async fn ladder_of(parts: &Parts, account: &AccountId) -> Result<Ladder, Trouble> {
    Ok(parts.store.ladder(account).await?.unwrap_or_default())
}

/// Puts the one template of a closed window, whichever step asks for it. Its id is made of the conversation and the
/// window alone, so the fallback and "an answer is waiting" are the same message.
pub async fn window_template(parts: &Parts, outlook: &Outlook, step: &Step) -> Result<Option<Put>, Trouble> {
    let Action::SendTemplate { template, values } = &step.action else { return Ok(None) };
    if !step.applies(circumstances(outlook)) {
        return Ok(None);
    }
    let head = outlook.family.newest();
    let last_in = outlook.family.merged().window().last_in;
    let ladder = ladder_of(parts, &head.account).await?;
    let languages = parts.store.templates(&head.account, Some(template)).await?;
    let wanted = outlook.people.iter().find_map(|known| known.contact.profile.language.as_deref());
    let language = choose_language(&languages, wanted, &ladder.default_language)
        .map_or(ladder.default_language.clone(), |chosen| chosen.language.clone());
    let content = Content::Template(TemplateContent { name: template.clone(), language, values: values.clone() });
    let purpose = Purpose::WindowTemplate { last_in, step: step.name.clone() };
    for taken_back in 0..MOST_TAKEN_BACK {
        let id = MessageId { conversation: head.id, key: window_template_key(head, last_in, taken_back) };
        let stored = put(parts, outlook, head, id, content.clone(), purpose.clone(), Via::Auto).await?;
        if stored == Put::New || !was_taken_back(parts, head, id).await? {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// One that was cancelled, since the customer was answered in time, never went out and never will. It does not stand in
/// the way of the one that a later answer needs.
async fn was_taken_back(parts: &Parts, head: &Head, id: MessageId) -> Result<bool, Trouble> {
    let message = parts.store.message(&head.account, id).await?;
    Ok(matches!(message, Some(Message::Outbound(message)) if message.delivery() == Delivery::Cancelled))
}

/// More than can happen in one window; an end all the same.
const MOST_TAKEN_BACK: u32 = 8;

fn circumstances(outlook: &Outlook) -> Circumstances {
    let merged = outlook.family.merged();
    let facts = outlook.facts(&merged, false, None);
    let phone_known = facts.addresses.iter().any(|(_, address)| address.phone().is_some());
    Circumstances { customer_waits: facts.customer_waits, may_be_texted: facts.can_text && phone_known }
}

/// The time in a window template's key: the window's end; for a customer who never wrote, the conversation's
/// beginning, which stays the same as well. `taken_back` counts those of this window that were cancelled.
fn window_template_key(head: &Head, last_in: Option<Timestamp>, taken_back: u32) -> MessageKey {
    let window = ServiceWindow { last_in, closed_for: None };
    let at = window.closes_at().unwrap_or(head.created_at);
    let window = last_in.map_or(0, Timestamp::as_millisecond);
    let (at, window) = if planted(Defect::TemplateKeyWithoutWindow) { (head.created_at, 0) } else { (at, window) };
    let window = if planted(Defect::TemplateKeyByChance) { i64::try_from(head.version).unwrap_or(0) } else { window };
    let name = format!("window-template#{}#{window}#{taken_back}", head.id);
    derived_key(at, &name)
}

/// Puts the SMS that follows a window's template. One per template, whichever step asks for it.
pub async fn sms_invite(
    parts: &Parts,
    outlook: &Outlook,
    template: &Outbound,
    step: &Step,
) -> Result<Option<Put>, Trouble> {
    let Action::SmsInvite { text } = &step.action else { return Ok(None) };
    if !step.applies(circumstances(outlook)) {
        return Ok(None);
    }
    let Purpose::WindowTemplate { last_in, .. } = template.purpose else { return Ok(None) };
    let Some(head) = outlook.family.head(template.id.conversation) else { return Ok(None) };
    let Some(channel) = &outlook.channel else { return Ok(None) };
    let id = MessageId {
        conversation: head.id,
        // Right after its template, and the same for every step that asks for it.
        key: derived_key(template.id.key.at() + SignedDuration::from_millis(1), &format!("sms-invite#{}", template.id)),
    };
    let body = sms_body(parts, outlook, head, channel, text);
    let purpose = Purpose::SmsInvite { last_in, step: step.name.clone() };
    Ok(Some(put(parts, outlook, head, id, Content::Text { body }, purpose, Via::Sms).await?))
}

fn sms_body(parts: &Parts, outlook: &Outlook, head: &Head, channel: &Channel, text: &str) -> String {
    let token = invite::token(&outlook.keys, head.id, parts.now());
    invite::sms_text(&format!("{}: {text}", channel.display_name), &channel.phone, &token)
}

async fn put(
    parts: &Parts,
    outlook: &Outlook,
    head: &Head,
    id: MessageId,
    content: Content,
    purpose: Purpose,
    via: Via,
) -> Result<Put, Trouble> {
    let Some(key) = outlook.key_of(head) else { return Ok(Put::Already) }; // Erased: there is nobody to write to.
    let now = parts.now();
    let body = OutboundBody { content, to: None };
    let sealed = Sealed::new(&body, key, parts.nonce());
    let message =
        Outbound::queued(head, id, purpose, via, sealed, now, now + invite::INVITE_WITHIN).of_content(&body.content);
    Ok(parts.store.put_outbound(&message).await?)
}
