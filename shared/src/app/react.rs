//! What follows from a change: takes the effects of the domain's table one after another. An effect that fails lets
//! the whole change come again; each effect may be done any number of times.

use super::{Parts, Trouble, automations, consents, expire, filing, merge, outlook, search, steps, timers, work};
use crate::{
    domain::{
        Timestamp, TraceId,
        access::Actor,
        answer::answers,
        conversation::{Head, LastIn},
        effects::{Change, Effect, effects},
        ids::MessageKey,
        message::{Inbound, OnHeld, Outbound},
        timer::TimerKind,
    },
    ports::{Ring, jobs::JobRing, store::Step},
};

/// Follows one change. `sequence` is the stream's number for it: it names the rings that it causes.
pub async fn follow(parts: &Parts, change: &Change, sequence: &str) -> Result<(), Trouble> {
    follow_among(parts, change, sequence, true).await
}

/// As [`follow`], among changes that came together. `looks_at_head`: no other of them does so for this one.
pub async fn follow_among(parts: &Parts, change: &Change, sequence: &str, looks_at_head: bool) -> Result<(), Trouble> {
    for (index, effect) in effects(change, parts.now()).into_iter().enumerate() {
        if effect == Effect::CheckHead && !looks_at_head {
            continue;
        }
        let once = format!("{sequence}-{index}");
        match change {
            Change::Head { old, new } if effect == Effect::Automate => {
                automations::on_head(parts, old.as_deref(), new).await?;
            }
            Change::Head { new, .. } => on_head(parts, new, effect, &once).await?,
            Change::Inbound { new } => on_inbound(parts, new, effect).await?,
            Change::Outbound { new, .. } => on_outbound(parts, new, effect, &once).await?,
            Change::Probe { id } => parts.doorbell.ring(&Ring::Probe { id: id.clone() }, &once).await?,
            Change::Job { account, id } => {
                parts.jobs.ring(&JobRing::V1 { account: account.clone(), job: *id }).await?;
            }
            Change::Work { account, old, new } => match effect {
                Effect::File => filing::file(parts, account, new.conversation).await?,
                Effect::Automate => automations::on_work(parts, account, old.as_deref(), new).await?,
                _ => work::follow(parts, account, old.as_deref(), new).await?,
            },
            Change::Free { account, staff } => work::serve_person(parts, account, *staff).await?,
            Change::Notice { event } => automations::booking(parts, event).await?,
            Change::Request { .. } | Change::Disabled { .. } => {}
        }
    }
    Ok(())
}

pub(super) async fn on_head(parts: &Parts, head: &Head, effect: Effect, once: &str) -> Result<(), Trouble> {
    match effect {
        Effect::ArmWindowEnd => arm_window_end(parts, head).await,
        Effect::File => filing::file(parts, &head.account, head.id).await,
        Effect::Ring { cause } => ring(parts, head, cause, once, head.trace).await,
        Effect::JoinFamily => merge::join_family(parts, head).await,
        Effect::IndexContact => search::index(parts, &head.account, head.contact).await,
        Effect::LookAtWork => work::look(parts, &head.account, head.group()).await,
        // With what the head was before: see `follow_among`.
        Effect::Automate
        | Effect::CheckHead
        | Effect::MergeContacts
        | Effect::RecordAnswer { .. }
        | Effect::WithdrawAnswer { .. }
        | Effect::CloseWindow { .. }
        | Effect::InviteToWrite
        | Effect::TemplateFailed
        | Effect::ArmAfterTemplate
        | Effect::ArmUnknownSettles { .. }
        | Effect::FollowWork
        | Effect::ServeQueue
        | Effect::PassProbe
        | Effect::RingJobs
        | Effect::GaveUp
        | Effect::ConfirmConsent
        | Effect::HeedOptOut { .. } => Ok(()),
    }
}

pub(super) async fn on_inbound(parts: &Parts, message: &Inbound, effect: Effect) -> Result<(), Trouble> {
    match effect {
        Effect::CheckHead => check_head(parts, message).await,
        Effect::MergeContacts => {
            let Some(other) = message.same_person else { return Ok(()) };
            if merge::merge(parts, &message.account, message.contact, other).await? == Step::Lost {
                tracing::warn!(account.id = %message.account, contact.id = %message.contact, "two contacts are one person but were merged elsewhere already");
            }
            Ok(())
        }
        Effect::RecordAnswer { last_in } => {
            let id = message.id.conversation;
            parts.store.record_answer(&message.account, id, message.id.key, last_in).await?;
            Ok(())
        }
        Effect::ConfirmConsent => consents::confirm(parts, message).await,
        Effect::Automate => automations::on_message(parts, message).await,
        Effect::Ring { .. }
        | Effect::ArmWindowEnd
        | Effect::File
        | Effect::JoinFamily
        | Effect::IndexContact
        | Effect::LookAtWork
        | Effect::FollowWork
        | Effect::ServeQueue
        | Effect::WithdrawAnswer { .. }
        | Effect::CloseWindow { .. }
        | Effect::InviteToWrite
        | Effect::TemplateFailed
        | Effect::ArmAfterTemplate
        | Effect::ArmUnknownSettles { .. }
        | Effect::PassProbe
        | Effect::RingJobs
        | Effect::GaveUp
        | Effect::HeedOptOut { .. } => Ok(()),
    }
}

pub(super) async fn on_outbound(parts: &Parts, message: &Outbound, effect: Effect, once: &str) -> Result<(), Trouble> {
    let account = &message.account;
    let conversation = message.id.conversation;
    match effect {
        Effect::Ring { cause } => {
            let Some(head) = parts.store.head(account, conversation).await? else { return Ok(()) };
            ring(parts, &head, cause, once, message.trace).await
        }
        Effect::CloseWindow { last_in } => {
            // The word belongs to the head that holds the inbound message that the plan saw.
            let Some(family) = outlook::family(parts, account, conversation).await? else { return Ok(()) };
            Ok(parts.store.close_window(account, family.newest().id, last_in).await?)
        }
        Effect::RecordAnswer { last_in } => {
            let Some(family) = outlook::family(parts, account, conversation).await? else { return Ok(()) };
            let owner = family.newest();
            // The first answer to a turn stays its answer; should it be withdrawn, this message is found then.
            if owner.answered.is_none_or(|answered| answered.last_in < last_in) {
                parts.store.record_answer(account, owner.id, message.id.key, last_in).await?;
            }
            Ok(())
        }
        Effect::WithdrawAnswer { last_in } => withdraw_answer(parts, message, last_in).await,
        Effect::InviteToWrite => {
            let Some(outlook) = outlook::load(parts, account, conversation).await? else { return Ok(()) };
            match message.on_held {
                // Whoever asked for it said so.
                OnHeld::Sms => steps::by_sms(parts, message).await,
                OnHeld::Ladder | OnHeld::Hold => invite_to_write(parts, &outlook).await,
            }
        }
        Effect::TemplateFailed => {
            let Some(outlook) = outlook::load(parts, account, conversation).await? else { return Ok(()) };
            let ladder = steps::ladder_for(parts, account, &message.channel).await?;
            steps::take(parts, &outlook, &ladder, ladder.template_failed(), Some(message)).await.map(|_| ())
        }
        Effect::GaveUp => {
            let Some(outlook) = outlook::load(parts, account, conversation).await? else { return Ok(()) };
            steps::gave_up(parts, &outlook, message).await
        }
        Effect::ArmAfterTemplate => {
            let ladder = steps::ladder_for(parts, account, &message.channel).await?;
            for (after, step) in ladder.after_template() {
                let kind = TimerKind::AfterTemplate { message: message.id, step: step.name.clone() };
                let due = message.changed_at + after;
                timers::arm(parts, due, account, kind).await?;
            }
            Ok(())
        }
        Effect::ArmUnknownSettles { until } => {
            let kind = TimerKind::UnknownSettles { message: message.id };
            timers::arm(parts, until, account, kind).await
        }
        Effect::HeedOptOut { scope, at } => consents::heed(parts, message, scope, at).await,
        Effect::Automate => {
            let staff = message.by.as_ref().and_then(Actor::staff);
            automations::person_wrote(parts, account, conversation, staff, message.accepted_at).await
        }
        Effect::ArmWindowEnd
        | Effect::File
        | Effect::CheckHead
        | Effect::MergeContacts
        | Effect::JoinFamily
        | Effect::IndexContact
        | Effect::LookAtWork
        | Effect::FollowWork
        | Effect::ServeQueue
        | Effect::PassProbe
        | Effect::RingJobs
        | Effect::ConfirmConsent => Ok(()),
    }
}

async fn ring(
    parts: &Parts,
    head: &Head,
    cause: Option<MessageKey>,
    once: &str,
    trace: Option<TraceId>,
) -> Result<(), Trouble> {
    // Everything of one person on one channel happens in the survivor's group, one after another.
    let ring = Ring::V1 {
        account: head.account.clone(),
        conversation: head.group(),
        // A message of a former conversation is found by its time, which is the key's first part.
        cause,
        trace,
    };
    Ok(parts.doorbell.ring(&ring, once).await?)
}

async fn arm_window_end(parts: &Parts, head: &Head) -> Result<(), Trouble> {
    let ladder = steps::ladder_for(parts, &head.account, &head.channel).await?;
    // One that is over is looked at all the same.
    let next = ladder.next_look(head.window(), parts.now()).or(head.window().fallback_from());
    let Some(due) = next else { return Ok(()) };
    let kind = TimerKind::WindowEnd { conversation: head.id };
    timers::arm(parts, due, &head.account, kind).await?;
    expire::arm_closing(parts, head).await
}

/// The second of an inbound message's two writes may have been lost with the process that was to do it. A read finds
/// out, so that the usual case costs no write.
async fn check_head(parts: &Parts, message: &Inbound) -> Result<(), Trouble> {
    let head = parts.store.head(&message.account, message.id.conversation).await?;
    let new = || Head {
        trace: message.trace,
        ..Head::new(message.account.clone(), message.channel.clone(), message.contact, message.at)
    };
    if !message.opens_window {
        if head.is_none() {
            parts.store.begin(&new()).await?;
        }
        return Ok(());
    }
    let behind = head.as_ref().and_then(|head| head.last_in.as_ref()).is_none_or(|last| last.at < message.at);
    if behind {
        let head = new();
        let last_in = LastIn { at: message.at, address: message.from.clone() };
        parts.store.raise(&head, &last_in).await?;
    }
    Ok(())
}

/// The recorded answer failed. Another message that stands may have answered the same customer; else they wait again.
async fn withdraw_answer(parts: &Parts, message: &Outbound, last_in: Timestamp) -> Result<(), Trouble> {
    let account = &message.account;
    let Some(family) = outlook::family(parts, account, message.id.conversation).await? else { return Ok(()) };
    for head in family.heads() {
        if head.answered.is_none_or(|answered| answered.message != message.id.key) {
            continue;
        }
        let instead = another_answer(parts, head, last_in, message.id.key).await?;
        parts.store.withdraw_answer(account, head.id, message.id.key, instead).await?;
    }
    Ok(())
}

async fn another_answer(
    parts: &Parts,
    head: &Head,
    last_in: Timestamp,
    not: MessageKey,
) -> Result<Option<MessageKey>, Trouble> {
    let later = parts.store.outbound_from(&head.account, head.id, MessageKey::first_at(last_in)).await?;
    Ok(later
        .iter()
        .find(|other| other.id.key != not && answers(other) && other.planned_with >= Some(last_in))
        .map(|other| other.id.key))
}

/// A reply is held. From the window's end on, the customer is invited to write, once per window; before it, the
/// window's timer sees to it.
async fn invite_to_write(parts: &Parts, outlook: &outlook::Outlook) -> Result<(), Trouble> {
    let merged = outlook.family.merged();
    let window = merged.window();
    if window.fallback_from().is_some() {
        return expire::window_end(parts, outlook).await;
    }
    // They never wrote: there is no end to wait for.
    let ladder = steps::ladder_for(parts, &merged.account, &merged.channel).await?;
    steps::take(parts, outlook, &ladder, ladder.answer_held(), None).await.map(|_| ())
}
