//! Steps of the ladder. What a step sends becomes an intent with an id and a time derived from its cause, and what it tells
//! an event with such an id, so that taking a step twice takes it once.

mod following;

use super::{Parts, Trouble, accept, costs, filling, mint::derived_key, outlook::Outlook, people::Known, publish};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ChannelId, MessageId, Timestamp,
        access::Actor,
        channel::Channel,
        content::{Content, TemplateContent},
        conversation::Head,
        cost::Cost,
        effects::waits_for_customer,
        event::{Event, EventKind},
        ids::MessageKey,
        invite,
        ladder::{Action, Circumstances, Ladder, Moment, Reached, Step, in_language},
        message::{Message, OnHeld, Outbound, OutboundBody, Purpose, Via},
        sending::{Delivery, SenderState},
        template::{Status, Template, choose_language},
        time::SignedDuration,
        window::ServiceWindow,
    },
    ports::store::{Edit, Put},
    seal::Sealed,
};

pub use following::{Following, following};

/// What the account's ladder is: its own, or the default.
pub async fn ladder_of(parts: &Parts, account: &AccountId) -> Result<Ladder, Trouble> {
    Ok(parts.store.ladder(account).await?.unwrap_or_default())
}

/// As it is for a channel.
pub async fn ladder_for(parts: &Parts, account: &AccountId, channel: &ChannelId) -> Result<Ladder, Trouble> {
    Ok(ladder_of(parts, account).await?.for_channel(channel))
}

/// Takes those of the steps of one moment whose conditions hold: all that send nothing, and the first of those that do, or
/// the one that is expected to cost least, if the account prefers that. `template`: the window's template, where the moment
/// comes after one. Answers whether something is to go out.
pub async fn take<'a>(
    parts: &Parts,
    outlook: &Outlook,
    ladder: &Ladder,
    steps: impl Iterator<Item = &'a Step>,
    template: Option<&Outbound>,
) -> Result<bool, Trouble> {
    let costed = with_costs(parts, outlook, ladder, steps, None, parts.now()).await?;
    let taking = ladder.taking(costed, &circumstances(outlook, template, parts.now()));
    for step in taking.told {
        match &step.action {
            Action::Remind {} => tell(parts, outlook, step, EventKind::ConversationReminder, None).await?,
            Action::Notify { note } => tell(parts, outlook, step, EventKind::LadderNotify, Some(note)).await?,
            Action::GiveUp { ticket: true } => tell(parts, outlook, step, EventKind::TicketWanted, None).await?,
            _ => {}
        }
    }
    let Some(step) = taking.sends else { return Ok(false) };
    match &step.action {
        Action::SendTemplate { .. } => window_template(parts, outlook, ladder, step).await?,
        Action::SmsInvite { .. } => sms_invite(parts, outlook, template, step).await?,
        Action::SmsContent {} => sms_content(parts, outlook).await?,
        Action::HoldingMessage { .. } => holding_message(parts, outlook, step).await?,
        Action::Remind {} | Action::Notify { .. } | Action::Hold {} | Action::GiveUp { .. } => {}
    }
    Ok(true)
}

/// Each step with what it is expected to cost, where it sends something. One that lets go what is held, and finds nothing that
/// may go, is left out, so that another is taken in its place. `answer`: one that will be held then, beside what is held
/// already.
async fn with_costs<'a>(
    parts: &Parts,
    outlook: &Outlook,
    ladder: &Ladder,
    steps: impl Iterator<Item = &'a Step>,
    answer: Option<(&Content, Via)>,
    at: Timestamp,
) -> Result<Vec<(&'a Step, Option<Cost>)>, Trouble> {
    let mut costed = Vec::new();
    for step in steps {
        let cost = match &step.action {
            Action::SmsContent {} => {
                let held = texts(parts, outlook).await?;
                let written = answer.filter(|(content, via)| *via == Via::Auto && accept::fits_sms(content));
                let contents = held.iter().map(|(_, content)| content).chain(written.map(|(content, _)| content));
                let segments: u32 = contents.map(costs::segments).sum();
                if segments == 0 {
                    continue;
                }
                Some(costs::of_segments(parts, outlook, segments, at).await?)
            }
            action if action.sends() => Some(costs::of_step(parts, outlook, ladder, action, at).await?),
            _ => None,
        };
        costed.push((step, cost));
    }
    Ok(costed)
}

/// Takes what is due in a window that is still open, the earliest first.
pub async fn take_before_end(parts: &Parts, outlook: &Outlook, ladder: &Ladder, now: Timestamp) -> Result<(), Trouble> {
    let window = outlook.family.merged().window();
    let mut due: Vec<(SignedDuration, &Step)> = ladder.due_before_end(window, now).collect();
    due.sort_by_key(|(before, _)| std::cmp::Reverse(*before));
    // Steps of one minute are one moment; of those of different ones, each is taken by itself.
    while let Some((before, _)) = due.first().copied() {
        let (moment, later): (Vec<_>, Vec<_>) = due.into_iter().partition(|(other, _)| *other == before);
        take(parts, outlook, ladder, moment.into_iter().map(|(_, step)| step), None).await?;
        due = later;
    }
    Ok(())
}

fn circumstances(outlook: &Outlook, template: Option<&Outbound>, now: Timestamp) -> Circumstances {
    let merged = outlook.family.merged();
    let facts = outlook.facts(&merged, false, None);
    let phone_known = facts.addresses.iter().any(|(_, address)| address.phone().is_some());
    Circumstances {
        now,
        customer_waits: facts.customer_waits,
        may_be_texted: facts.can_text && phone_known,
        vip: outlook.people.iter().any(|known| known.contact.profile.vip),
        template: template.map_or(Reached::Nobody, |template| Reached::from(&template.delivery())),
        cost: None,
    }
}

/// Tells whoever wants to know, once for this window and step.
async fn tell(
    parts: &Parts,
    outlook: &Outlook,
    step: &Step,
    kind: EventKind,
    note: Option<&String>,
) -> Result<(), Trouble> {
    let merged = outlook.family.merged();
    let event = Event::of_step(&merged, kind, &step.name, note.map(String::as_str), parts.now());
    publish::notice(parts, &event).await
}

/// An answer was given up: whoever wants a ticket is told. Once for each message.
pub async fn gave_up(parts: &Parts, outlook: &Outlook, message: &Outbound) -> Result<(), Trouble> {
    let head = outlook.family.merged();
    let ladder = ladder_for(parts, &head.account, &head.channel).await?;
    let Some((_, step)) = ladder.gives_up() else { return Ok(()) };
    if !matches!(step.action, Action::GiveUp { ticket: true }) {
        return Ok(());
    }
    if step.applies(&ladder, &circumstances(outlook, None, parts.now())) {
        let event = Event::of_ticket(&head, message.id, &step.name, message.changed_at);
        publish::notice(parts, &event).await?;
    }
    Ok(())
}

/// Puts the one template of a closed window, whichever step asks for it. Its id is made of the conversation and the
/// window alone, so the fallback and "an answer is waiting" are the same message.
async fn window_template(parts: &Parts, outlook: &Outlook, ladder: &Ladder, step: &Step) -> Result<(), Trouble> {
    let Action::SendTemplate { template, values } = &step.action else { return Ok(()) };
    let head = outlook.family.newest();
    let last_in = outlook.family.merged().window().last_in;
    let languages = parts.store.templates(&head.account, Some(template)).await?;
    let channel = outlook.channel.as_ref();
    let language = language_for(&outlook.people, channel, &languages, &ladder.default_language);
    let mut filled = values.clone();
    if let Some(chosen) = languages.iter().find(|it| it.language == language) {
        // What is known of the customer fills it first; the ladder's own values stand in.
        let known = chosen.fill_from(&std::collections::BTreeMap::new(), &filling::known(&outlook.people, channel));
        filled = chosen.fill_from(&known, values);
    }
    let content = Content::Template(TemplateContent { name: template.clone(), language, values: filled });
    let purpose = Purpose::WindowTemplate { last_in, step: step.name.clone() };
    for taken_back in 0..MOST_TAKEN_BACK {
        let id = MessageId { conversation: head.id, key: window_template_key(head, last_in, taken_back) };
        let stored = put(parts, outlook, head, id, content.clone(), purpose.clone(), Via::Auto).await?;
        if stored == Put::New || !was_taken_back(parts, head, id).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// The language of a template that this customer gets: of those that may be sent, or of all if none may.
pub(super) fn language_for(
    people: &[Known],
    channel: Option<&Channel>,
    languages: &[Template],
    default: &str,
) -> String {
    let place = channel.map(Channel::place);
    let approved = |template: &&Template| place.as_ref().is_some_and(|it| template.status(it) == Status::Approved);
    let all: Vec<&Template> = languages.iter().collect();
    let usable: Vec<&Template> = languages.iter().filter(approved).collect();
    let chosen = choose_language(if usable.is_empty() { &all } else { &usable }, wanted_language(people), default);
    chosen.map_or_else(|| default.to_owned(), |chosen| chosen.language.clone())
}

fn wanted_language(people: &[Known]) -> Option<&str> {
    people.iter().find_map(|known| known.contact.profile.language.as_deref())
}

/// One that was cancelled, since the customer was answered in time, never went out and never will. It does not stand in
/// the way of the one that a later answer needs.
async fn was_taken_back(parts: &Parts, head: &Head, id: MessageId) -> Result<bool, Trouble> {
    let message = parts.store.message(&head.account, id).await?;
    Ok(matches!(message, Some(Message::Outbound(message)) if message.delivery() == Delivery::Cancelled))
}

/// More than can happen in one window; an end all the same.
const MOST_TAKEN_BACK: u32 = 8;

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

/// Puts the SMS that follows a window's template, or goes in its place. One per template, or window, whichever step asks
/// for it.
async fn sms_invite(parts: &Parts, outlook: &Outlook, template: Option<&Outbound>, step: &Step) -> Result<(), Trouble> {
    let Action::SmsInvite { text, languages } = &step.action else { return Ok(()) };
    let follows = match template.map(|template| (template.id, &template.purpose)) {
        Some((id, Purpose::WindowTemplate { last_in, .. })) => Some((id, *last_in)),
        Some(_) => return Ok(()),
        None => None,
    };
    let Some(channel) = &outlook.channel else { return Ok(()) };
    let words = in_language(text, languages, wanted_language(&outlook.people));
    for taken_back in 0..MOST_TAKEN_BACK {
        let (id, last_in) = invitation(outlook, follows, taken_back);
        let Some(head) = outlook.family.head(id.conversation) else { return Ok(()) };
        let body = sms_body(parts, outlook, head, channel, words);
        let purpose = Purpose::SmsInvite { last_in, step: step.name.clone() };
        let stored = put(parts, outlook, head, id, Content::Text { body }, purpose, Via::Sms).await?;
        if stored == Put::New || !was_taken_back(parts, head, id).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// The id of the SMS that follows a window's template, or goes in its place, and the window. `taken_back` counts those that
/// were cancelled.
fn invitation(
    outlook: &Outlook,
    follows: Option<(MessageId, Option<Timestamp>)>,
    taken_back: u32,
) -> (MessageId, Option<Timestamp>) {
    let (before, last_in) = follows.unwrap_or_else(|| {
        let head = outlook.family.newest();
        let last_in = outlook.family.merged().window().last_in;
        (MessageId { conversation: head.id, key: window_template_key(head, last_in, 0) }, last_in)
    });
    // Right after its template, and the same for every step that asks for it.
    let again = if taken_back == 0 { String::new() } else { format!("#{taken_back}") };
    let key = derived_key(before.key.at() + SignedDuration::from_millis(1), &format!("sms-invite#{before}{again}"));
    (MessageId { conversation: before.conversation, key }, last_in)
}

fn sms_body(parts: &Parts, outlook: &Outlook, head: &Head, channel: &Channel, text: &str) -> String {
    let token = invite::token(&outlook.keys, head.id, parts.now());
    invite::sms_text(&channel.display_name, text, &channel.phone, &token)
}

/// Lets what is held go by SMS, as it is: the account allows it. What is too long for that stays held.
async fn sms_content(parts: &Parts, outlook: &Outlook) -> Result<(), Trouble> {
    for (message, _) in texts(parts, outlook).await? {
        by_sms(parts, &message).await?;
    }
    Ok(())
}

/// What is held and may go by SMS as it is, with what it says: not what its sender keeps for WhatsApp or for later, nor what is
/// too long.
async fn texts(parts: &Parts, outlook: &Outlook) -> Result<Vec<(Outbound, Content)>, Trouble> {
    let held = held_replies(parts, outlook, parts.now()).await?;
    let may_go = |message: Outbound| {
        if message.via != Via::Auto || message.on_held != OnHeld::Ladder {
            return None;
        }
        let key = outlook.key_of(outlook.family.head(message.id.conversation)?)?;
        let content = message.sealed.open(key).ok()?.content;
        accept::fits_sms(&content).then_some((message, content))
    };
    Ok(held.into_iter().filter_map(may_go).collect())
}

/// Lets one message go by SMS. Lost: somebody changed it meanwhile, or it is on its way.
pub async fn by_sms(parts: &Parts, message: &Outbound) -> Result<(), Trouble> {
    let edit = Edit { via: Some(Via::Sms), ..Edit::default() };
    parts.store.edit(message, &edit, parts.now()).await?;
    Ok(())
}

/// A word to a customer who waits, while the window is open. Once for each window and step.
async fn holding_message(parts: &Parts, outlook: &Outlook, step: &Step) -> Result<(), Trouble> {
    let (Action::HoldingMessage { text, languages }, Moment::BeforeEnd { minutes }) = (&step.action, &step.when) else {
        return Ok(());
    };
    let head = outlook.family.newest();
    let window = outlook.family.merged().window();
    let (Some(last_in), Some(closes_at)) = (window.last_in, window.closes_at()) else { return Ok(()) };
    let name = format!("holding-message#{}#{}#{}", head.id, last_in.as_millisecond(), step.name);
    let key = derived_key(closes_at - SignedDuration::from_mins(i64::from(*minutes)), &name);
    let id = MessageId { conversation: head.id, key };
    let body = in_language(text, languages, wanted_language(&outlook.people)).to_owned();
    let purpose = Purpose::HoldingMessage { last_in: Some(last_in), step: step.name.clone() };
    put(parts, outlook, head, id, Content::Text { body }, purpose, Via::WhatsApp).await.map(|_| ())
}

/// Replies that wait for the customer's next message, and not for their channel; in the order in which they will go. Those
/// among them that somebody has changed and that are being planned once more are queued.
pub async fn held_replies(parts: &Parts, outlook: &Outlook, now: Timestamp) -> Result<Vec<Outbound>, Trouble> {
    let mut held = Vec::new();
    for head in outlook.family.heads() {
        let Some(from) = head.waiting_from else { continue };
        let waiting = parts.store.outbound_from(&head.account, head.id, from).await?;
        held.extend(waiting.into_iter().filter(|message| {
            let planned_anew = message.state == SenderState::Queued && message.attempt == 0 && message.via != Via::Sms;
            message.purpose.is_reply()
                && (message.state == SenderState::Waiting || planned_anew)
                && message.reason.is_some_and(waits_for_customer)
                && message.expires_at > now
        }));
    }
    held.sort_by_key(Outbound::place);
    Ok(held)
}

/// Whether a reply waits for the customer's next message, and they are to be told so.
pub async fn reply_held(parts: &Parts, outlook: &Outlook, now: Timestamp) -> Result<bool, Trouble> {
    let held = held_replies(parts, outlook, now).await?;
    Ok(held.iter().any(|message| message.state == SenderState::Waiting && message.on_held != OnHeld::Hold))
}

/// Whether some reply is to be answered by the customer's writing, be it that it is just planned anew.
pub async fn reply_wants_them(parts: &Parts, outlook: &Outlook, now: Timestamp) -> Result<bool, Trouble> {
    Ok(held_replies(parts, outlook, now).await?.iter().any(|message| message.on_held != OnHeld::Hold))
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
    let message = Outbound::queued(head, id, purpose, via, sealed, now, now + invite::INVITE_WITHIN)
        .of_content(&body.content)
        .written_by(Actor::System);
    Ok(parts.store.put_outbound(&message).await?)
}
