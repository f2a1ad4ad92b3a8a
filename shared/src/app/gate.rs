//! The gate before every attempt: whether the channel can send at all, and whether there is room under its limit. Costs
//! one read; writes only to take seats, or when the channel begins or ends to fail.

use super::{
    Parts, Trouble,
    limit::{self, Room},
    outlook::Outlook,
};
use crate::{
    domain::{
        AccountId, ChannelId, ConversationId, Timestamp,
        channel::{Channel, Medium},
        circuit::{Circuit, Passage, Sign},
        message::Way,
        outcome::{FailureKind, Outcome},
        pace,
        plan::Plan,
        reason::Reason,
        time::SignedDuration,
    },
    ports::store::{Limited, Step},
    telemetry,
};

/// How often facts may change under one question or report.
const TRIES: usize = 4;

/// Whether a message may be tried.
#[derive(Debug)]
pub(super) enum Asked {
    Go(Pass),
    Wait { reason: Reason, until: Timestamp },
}

/// What an attempt goes by. It is reported what the attempt says about the channel.
#[derive(Debug)]
pub(super) struct Pass {
    channel: ChannelId,
    conversation: ConversationId,
    circuit: Circuit,
    probe: bool,
}

/// A wait that the channel's recovery ends. Its time moves with every probe that fails, so it is always written down,
/// and its timer armed again.
pub(super) fn is_shut(reason: Reason) -> bool {
    matches!(reason, Reason::ChannelRefused | Reason::ProviderDown)
}

/// The channel that carries this way, or why there is none.
pub(super) async fn channel_for(
    parts: &Parts,
    account: &AccountId,
    channel: Option<&Channel>,
    way: Way,
) -> Result<Result<Channel, Reason>, Trouble> {
    let Some(channel) = channel else { return Ok(Err(Reason::ChannelGone)) };
    match (way, channel.medium, &channel.sms) {
        (Way::FreeForm | Way::Template, _, _) | (Way::Sms, Medium::Sms, _) => Ok(Ok(channel.clone())),
        (Way::Sms, Medium::WhatsApp, Some(sms)) => {
            Ok(parts.store.channel(account, sms).await?.ok_or(Reason::NoSmsChannel))
        }
        (Way::Sms, Medium::WhatsApp, None) => Ok(Err(Reason::NoSmsChannel)),
    }
}

/// A plan as it is with what is known of the channel that it goes by, for people who ask: costs a read, takes nothing.
pub(super) async fn foresee(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    plan: Plan,
    at: Timestamp,
) -> Result<Plan, Trouble> {
    let Some(way) = plan.way() else { return Ok(plan) };
    let Ok(channel) = channel_for(parts, account, outlook.channel.as_ref(), way).await? else { return Ok(plan) };
    let circuit = parts.store.gate(account, &channel.id).await?.circuit;
    Ok(match circuit.ask(outlook.family.survivor.id, at) {
        Passage::Free | Passage::Probe => plan,
        Passage::Shut { why, look_at } => Plan::Wait { reason: why.reason(), until: Some(look_at) },
        Passage::Busy(until) => Plan::Wait { reason: Reason::ChannelLimit, until: Some(until) },
    })
}

/// Asks for one attempt of a message of this age.
pub(super) async fn ask(
    parts: &Parts,
    account: &AccountId,
    channel: &Channel,
    conversation: ConversationId,
    age: SignedDuration,
) -> Result<Asked, Trouble> {
    let limited = Limited::Channel { account: account.clone(), channel: channel.id.clone() };
    // Where many wait for room, each asks less and less often.
    let no_room = |until: Timestamp| Asked::Wait {
        reason: Reason::ChannelLimit,
        until: until.max(parts.now() + pace::patience_for_room(age)),
    };
    for _ in 0..TRIES {
        let gate = parts.store.gate(account, &channel.id).await?;
        let probe = match gate.circuit.ask(conversation, parts.now()) {
            Passage::Free => false,
            Passage::Probe => true,
            Passage::Shut { why, look_at } => return Ok(Asked::Wait { reason: why.reason(), until: look_at }),
            Passage::Busy(until) => return Ok(no_room(until)),
        };
        let mut circuit = gate.circuit;
        if probe {
            circuit = circuit.probing(parts.now());
            if parts.store.change_circuit(account, &channel.id, &circuit).await? == Step::Lost {
                continue;
            }
        }
        let pass = Pass { channel: channel.id.clone(), conversation, circuit, probe };
        match limit::take(parts, &limited, channel.limit(), gate.seats).await? {
            Room::Free => return Ok(Asked::Go(pass)),
            Room::Full(until) => {
                report(parts, account, &pass, Sign::Nothing).await?;
                return Ok(no_room(until));
            }
        }
    }
    Ok(no_room(parts.now()))
}

/// What an outcome says about the channel.
pub(super) fn sign_of(outcome: &Outcome, now: Timestamp) -> Sign {
    match outcome {
        Outcome::Accepted { .. } => Sign::Taken,
        Outcome::Unknown { .. } => Sign::Trouble,
        Outcome::Refused(_) | Outcome::WindowClosed(_) => Sign::Nothing,
        Outcome::NotSent { failure, retry_after } => match failure.kind {
            FailureKind::Account => Sign::Refused,
            FailureKind::Transient => Sign::Trouble,
            FailureKind::RateLimited => Sign::SlowDown(now + *retry_after),
            FailureKind::WindowClosed
            | FailureKind::PairLimit
            | FailureKind::RecipientUnreachable
            | FailureKind::RecipientOptedOut
            | FailureKind::Template
            | FailureKind::Media
            | FailureKind::Policy
            | FailureKind::BadRequest
            | FailureKind::Other => Sign::Nothing,
        },
    }
}

/// Reports what came of an attempt. Answers whether the channel is shut now.
pub(super) async fn report(parts: &Parts, account: &AccountId, pass: &Pass, sign: Sign) -> Result<bool, Trouble> {
    let mut circuit = pass.circuit.clone();
    for _ in 0..TRIES {
        let Some(next) = circuit.after(sign, pass.probe, pass.conversation, parts.now()) else { break };
        if parts.store.change_circuit(account, &pass.channel, &next).await? == Step::Done {
            tell(account, &pass.channel, &circuit, &next);
            return Ok(next.open.is_some());
        }
        circuit = parts.store.gate(account, &pass.channel).await?.circuit;
        if pass.probe {
            break; // Its lease was over, and another probes.
        }
    }
    Ok(circuit.open.is_some())
}

fn tell(account: &AccountId, channel: &ChannelId, before: &Circuit, next: &Circuit) {
    match (&before.open, &next.open) {
        (None, Some(open)) => {
            telemetry::channel_shut();
            tracing::error!(account.id = %account, channel.id = %channel, circuit.why = ?open.why, "the channel cannot send; its messages wait");
        }
        (Some(_), None) => tracing::info!(account.id = %account, channel.id = %channel, "the channel can send again"),
        (Some(_), Some(_)) | (None, None) => {}
    }
}
