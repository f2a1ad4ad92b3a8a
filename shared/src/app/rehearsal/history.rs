//! What a rehearsal notes of each message: who wrote, when, and what was asked for. Contents stay sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::OfConversation;
use crate::{
    app::{
        Parts, Trouble,
        archive::{names::Hour, segments},
    },
    domain::{
        AccountId, ChannelId, MessageId, Timestamp,
        ladder::Ladder,
        message::{Message, OnHeld, Outbound, Purpose, Via},
        outcome::FailureKind,
        reason::Reason,
        rehearsal::{Fate, RehearsalOrder},
        sending::{Attempt, DEFAULT_LIFE, Delivery},
        time::SignedDuration,
    },
};

/// A message, as far as a ladder has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub id: MessageId,
    #[serde(rename = "c")]
    pub channel: ChannelId,
    pub at: Timestamp,
    #[serde(rename = "d")]
    pub did: Noted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "n", rename_all = "snake_case")]
pub enum Noted {
    Wrote,
    Elsewhere,
    Answered {
        via: Via,
        on_held: OnHeld,
        /// By its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_back_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        met_a_closed_window: bool,
    },
    /// What became of a window's template; times in milliseconds.
    Template {
        accepted: bool,
        failed: Option<i64>,
        delivered: Option<i64>,
        read: Option<i64>,
    },
}

/// Hands what is noted of an hour's messages to `each`.
pub async fn read(
    parts: &Parts,
    account: &AccountId,
    order: &RehearsalOrder,
    hour: Hour,
    mut each: impl FnMut(Note),
) -> Result<(), Trouble> {
    let Some(of_hour) = segments::hour(parts, account, hour).await? else { return Ok(()) };
    for slice in 0..of_hour.slices {
        of_hour
            .messages(parts, slice, |message| {
                let noted = note(&message, &order.current).filter(|note| note.at < order.until);
                noted.into_iter().for_each(&mut each);
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// The same message twice counts once: a step of a job may be done twice.
pub fn by_conversation(notes: Vec<Note>) -> Vec<OfConversation> {
    let mut found: BTreeMap<_, BTreeMap<_, Note>> = BTreeMap::new();
    for note in notes {
        found.entry(note.id.conversation).or_default().insert(note.id.key, note);
    }
    found.into_iter().map(|(conversation, notes)| (conversation, notes.into_values().collect())).collect()
}

fn note(message: &Message, ladder: &Ladder) -> Option<Note> {
    let of = |channel: &ChannelId, at, did| Some(Note { id: message.id(), channel: channel.clone(), at, did });
    match message {
        Message::Inbound(it) if it.echo => of(&it.channel, it.at, Noted::Elsewhere),
        Message::Inbound(it) if it.opens_window => of(&it.channel, it.at, Noted::Wrote),
        Message::Inbound(_) => None,
        Message::Outbound(it) => match it.purpose {
            Purpose::Reply => {
                // Who changed it to SMS did so later; before that it was held, as they let it be.
                let changed_at =
                    if changed_to_sms(it, ladder) { it.current().and_then(|it| it.claimed_at) } else { None };
                of(&it.channel, changed_at.unwrap_or(it.accepted_at), answered(it, ladder)?)
            }
            Purpose::WindowTemplate { .. } => {
                let (at, did) = template(it)?;
                of(&it.channel, at, did)
            }
            Purpose::SmsInvite { .. }
            | Purpose::HoldingMessage { .. }
            | Purpose::ConsentConfirmation { .. }
            | Purpose::AutoReply { answers: false, .. }
            | Purpose::AutoTemplate { .. }
            | Purpose::OptInAsk { .. } => None,
            Purpose::AutoReply { answers: true, .. } => of(&it.channel, it.accepted_at, answered(it, ladder)?),
        },
    }
}

/// Whether staff changed an answer that was held to SMS, which no ladder does to it.
fn changed_to_sms(it: &Outbound, ladder: &Ladder) -> bool {
    it.via == Via::Sms && it.edits > 0 && it.on_held != OnHeld::Sms && !ladder.content_by_sms
}

/// What was asked for. What failed for reasons that no ladder has to do with is left out: it answered nobody.
fn answered(it: &Outbound, ladder: &Ladder) -> Option<Noted> {
    let decided_by_rules = || {
        matches!(
            it.reason,
            Some(
                Reason::OptedOut
                    | Reason::NoMarketingOptIn
                    | Reason::NoSmsChannel
                    | Reason::NoAddress
                    | Reason::NotForSms
            )
        )
    };
    let taken_back_at = match it.delivery() {
        Delivery::Cancelled => Some(it.changed_at),
        Delivery::Refused if decided_by_rules() => None,
        Delivery::Failed { .. } | Delivery::Refused | Delivery::Unknown | Delivery::Undetermined => return None,
        Delivery::Queued
        | Delivery::Held
        | Delivery::Sending
        | Delivery::Accepted
        | Delivery::Sent
        | Delivery::Delivered
        | Delivery::Read
        | Delivery::Expired => None,
    };
    // Nobody named its end: it is as the ladder or the system says.
    let usual = [ladder.gives_up_on(&it.channel).unwrap_or(DEFAULT_LIFE), DEFAULT_LIFE];
    let life = it.expires_at.duration_since(it.accepted_at);
    let is_usual = usual.iter().any(|usual| (life - *usual).abs() < SignedDuration::from_secs(2));
    let said_closed =
        |attempt: &Attempt| attempt.failure().is_some_and(|failure| failure.kind == FailureKind::WindowClosed);
    Some(Noted::Answered {
        // Its sender did not ask for SMS where a step of the ladder changed it to that, or what its sender wanted if it is held.
        via: if it.via == Via::Sms && it.edits > 0 && !changed_to_sms(it, ladder) { Via::Auto } else { it.via },
        on_held: it.on_held,
        template: it.template.clone(),
        expires_at: (!is_usual).then_some(it.expires_at),
        taken_back_at,
        met_a_closed_window: it.attempts.iter().any(said_closed),
    })
}

/// When it went out, and what became of it.
fn template(it: &Outbound) -> Option<(Timestamp, Noted)> {
    let attempt = it.current()?;
    let at = attempt.answered_at.or(attempt.claimed_at)?;
    let after = |then: Timestamp| then.duration_since(at).max(SignedDuration::ZERO);
    let failed =
        attempt.failure().map(|_| attempt.failed.as_ref().map_or(SignedDuration::ZERO, |(_, then)| after(*then)));
    let millis = |time: SignedDuration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let did = Noted::Template {
        accepted: attempt.taken(),
        failed: failed.map(millis),
        delivered: attempt.delivered.or(attempt.read).map(after).map(millis),
        read: attempt.read.map(after).map(millis),
    };
    Some((at, did))
}

impl Noted {
    /// What became of a template.
    pub fn fate(&self) -> Option<Fate> {
        let Self::Template { accepted, failed, delivered, read } = self else { return None };
        let time = |millis: Option<i64>| millis.map(SignedDuration::from_millis);
        Some(Fate { accepted: *accepted, failed: time(*failed), delivered: time(*delivered), read: time(*read) })
    }
}
