//! The doorbell rang: send what can leave now, oldest first. The queue only rings; the table says what is to be sent.
//!
//! Nothing leaves before a claim is written, and nothing whose outcome is unknown leaves again.

mod planning;

use super::{
    Parts, Trouble,
    deadline::{Deadline, WORK_WITHIN},
    gate::{self, Asked, Pass},
    outlook::{self, Outlook},
    unsent::{self, LOOK_BACK, left_before, list},
};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ChannelId, ConversationId, Timestamp,
        channel::Channel,
        circuit::Sign,
        consent::Consent,
        contact::Address,
        content::Content,
        conversation::Head,
        fence::Fence,
        ids::CallbackData,
        message::{Outbound, OutboundBody, Way},
        outcome::Outcome,
        pace,
        plan::Plan,
        reason::Reason,
        sending::{Answer, CALL_BEGINS_WITHIN, CLAIM_LASTS, SenderState, Stage, UNKNOWN_SETTLES_WITHIN},
        template::Template,
        time::SignedDuration,
        timer::{Timer, TimerKind},
    },
    ports::{
        Outgoing, Ring, SendOrder,
        store::{Claim, Step, Verdict},
    },
    seal::Sealed,
};

/// Waits shorter than this are a job that comes again; longer ones are written down.
const SHORT_WAIT: SignedDuration = SignedDuration::from_mins(2);
/// No job comes again sooner.
const SOONEST: SignedDuration = SignedDuration::from_secs(1);
/// How often facts may change under the sender within one job.
const MOST_REPLANS: u32 = 16;
/// How long a job stays away that is not this generation's to do.
const SHUT_OUT_FOR: SignedDuration = SignedDuration::from_mins(15);

/// The job is to come again.
#[derive(Debug, thiserror::Error)]
pub enum ComeAgain {
    /// At this time, which is near.
    #[error("come again at {0}")]
    At(Timestamp),
    /// When the queue sees fit: something did not do its part.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl ComeAgain {
    /// At this time, but never at once: a time that is over already would be waited for over and over.
    fn at(at: Timestamp, now: Timestamp) -> Self {
        Self::At(at.max(now + SOONEST))
    }
}

impl From<crate::ports::StoreError> for ComeAgain {
    fn from(error: crate::ports::StoreError) -> Self {
        Self::Trouble(error.into())
    }
}

/// What to do after one message.
enum Next {
    /// The facts stand as they were read.
    Go,
    /// Something was sent, or the facts changed: read them anew.
    Reread,
}

/// Sends what can leave now.
pub async fn answer(parts: &Parts, ring: &Ring) -> Result<(), ComeAgain> {
    answer_until(parts, ring, Deadline::after(WORK_WITHIN)).await
}

/// The same; after `deadline` nothing more is begun.
pub async fn answer_until(parts: &Parts, ring: &Ring, deadline: Deadline) -> Result<(), ComeAgain> {
    let Ring::V1 { account, conversation, cause } = ring;
    let fence = parts.store.fence().await?;
    if fence.shuts_out(parts.mode.epoch) {
        // A newer generation of the system sends now (fault matrix D24), or none may yet (B9).
        if fence.missing {
            tracing::error!("the table is a copy of another one; nothing is sent before an operator puts up the fence");
        }
        return Err(ComeAgain::at(parts.now() + SHUT_OUT_FOR, parts.now()));
    }
    let mut replans = 0;
    let mut armed = Vec::new();
    'reread: loop {
        let read_at = parts.now();
        let Some(outlook) = outlook::load(parts, account, *conversation).await? else { return Ok(()) };
        let messages = list(parts, &outlook, *cause).await?;
        let mut round = Round {
            parts,
            account,
            outlook: &outlook,
            messages: &messages,
            read_at,
            fence,
            held: None,
            shut: Vec::new(),
            armed: &mut armed,
            waiting: Vec::new(),
        };
        for message in &messages {
            if deadline.passed() {
                return Err(ComeAgain::at(parts.now(), parts.now()));
            }
            match round.take(message).await? {
                Next::Go => {}
                Next::Reread => {
                    replans += 1;
                    // Sending is progress; only facts that keep changing end the job.
                    if replans > MOST_REPLANS + u32::try_from(messages.len()).unwrap_or(u32::MAX) {
                        return Err(ComeAgain::at(parts.now() + SignedDuration::from_secs(2), parts.now()));
                    }
                    continue 'reread;
                }
            }
        }
        let waiting = round.waiting;
        for head in outlook.family.heads() {
            let waits = waiting.iter().any(|id| id.conversation == head.id);
            unsent::mark(parts, head, &messages, waits).await?;
        }
        return Ok(());
    }
}

/// One pass over the messages with one reading of the facts.
struct Round<'a> {
    parts: &'a Parts,
    account: &'a AccountId,
    outlook: &'a Outlook,
    messages: &'a [Outbound],
    /// When the facts were read.
    read_at: Timestamp,
    fence: Fence,
    /// A free-form message is held for this reason: later ones wait behind it.
    held: Option<Reason>,
    /// Channels that take nothing now, why, and until when: once one has said so, later messages by it wait as well.
    shut: Vec<(ChannelId, Reason, Timestamp)>,
    /// Timers that this job armed for that: one serves all messages of a conversation.
    armed: &'a mut Vec<(ConversationId, Timestamp)>,
    waiting: Vec<crate::domain::MessageId>,
}

impl Round<'_> {
    async fn take(&mut self, message: &Outbound) -> Result<Next, ComeAgain> {
        let now = self.parts.now();
        if self.fence.holds(message, now) {
            // It may have gone out before the table was restored; a receipt will tell (fault matrix B9).
            let verdict = Verdict::Unknown { until: now + UNKNOWN_SETTLES_WITHIN };
            return self.judge(message, verdict, Reason::Restored).await;
        }
        match message.stage(now) {
            Stage::Done => return Ok(Next::Go),
            Stage::Claimed { until } => return Err(ComeAgain::at(until, now)),
            Stage::ReadyFrom(at) if at > now => return Err(ComeAgain::at(at, now)),
            Stage::Overdue => {
                // Whoever claimed it is gone, and it may have gone out.
                let verdict = Verdict::Unknown { until: now + UNKNOWN_SETTLES_WITHIN };
                return self.judge(message, verdict, Reason::NoAnswer).await;
            }
            Stage::Ready | Stage::ReadyFrom(_) => {}
        }
        if self.heeds_closed_window(message).await? {
            return Ok(Next::Reread);
        }
        let Some(owner) = self.outlook.family.head(message.id.conversation) else { return Ok(Next::Go) };
        let body = self.outlook.key_of(owner).map(|key| message.sealed.open(key));
        let body = match body {
            Some(Ok(body)) => body,
            Some(Err(_)) => return self.judge(message, Verdict::Refused, Reason::Unreadable).await,
            // No key: the person was erased.
            None => return self.judge(message, Verdict::Refused, Reason::Erased).await,
        };
        let template = outlook::template_of(self.parts, self.account, &body.content).await?;
        let plan = self.plan(message, &body, template.as_ref(), now).await?;
        match plan {
            Plan::Go { way, reason, to } => match self.held {
                Some(held) if way == Way::FreeForm => self.wait(message, owner, held, None).await,
                Some(_) | None => self.attempt(message, owner, &body, template.as_ref(), (way, reason, &to)).await,
            },
            Plan::Wait { reason, until } => {
                if matches!(body.content, Content::Text { .. }) {
                    self.held = Some(reason);
                }
                self.wait(message, owner, reason, until).await
            }
            Plan::Refuse { reason } => self.judge(message, Verdict::Refused, reason).await,
            Plan::Cancel { reason } => self.judge(message, Verdict::Cancelled, reason).await,
            Plan::Expire => self.judge(message, Verdict::Expired, Reason::TooOld).await,
        }
    }

    /// Gives a verdict. If the message changed meanwhile, the facts are read anew.
    async fn judge(&self, message: &Outbound, verdict: Verdict, reason: Reason) -> Result<Next, ComeAgain> {
        let planned_with = message.planned_with;
        let step = self.parts.store.judge(message, verdict, reason, planned_with, self.parts.now()).await?;
        Ok(match step {
            Step::Done => Next::Go,
            Step::Lost => Next::Reread,
        })
    }

    /// Lets a message wait: the timer first, then the head, then the message, so that whatever frees it finds it.
    async fn wait(
        &mut self,
        message: &Outbound,
        head: &Head,
        reason: Reason,
        until: Option<Timestamp>,
    ) -> Result<Next, ComeAgain> {
        let parts = self.parts;
        let now = parts.now();
        let shut = gate::is_shut(reason);
        // Its own end counts too: the timer for that may have rung this very bell, by a clock that is ahead of ours, and
        // would not ring again.
        let ends = until.map_or(message.expires_at, |until| until.min(message.expires_at));
        if !shut && ends <= now + SHORT_WAIT {
            return Err(ComeAgain::at(ends, now));
        }
        let noted = message.state == SenderState::Waiting
            && message.reason == Some(reason)
            && head.waiting_from.is_some_and(|from| from <= message.id.key);
        // The timer that was armed for a channel's probe, or for room, may have rung this very bell.
        let timer = until.filter(|_| reason.is_the_channels()).map(|until| (head.id, until));
        let rearm = timer.is_some_and(|timer| !self.armed.contains(&timer));
        if !noted || rearm {
            self.armed.extend(timer);
            let kind = TimerKind::Wake { conversation: message.id.conversation };
            if !planted(Defect::WaitWithoutTimer) {
                parts.store.arm(&Timer::at(ends, now, self.account.clone(), kind)).await?;
            }
        }
        if !noted {
            if planted(Defect::WaitMarksMessageFirst) || planted(Defect::WaitMarksNoHead) {
                parts.store.judge(message, Verdict::Waiting, reason, message.planned_with, now).await?;
            }
            if planted(Defect::WaitMarksNoHead) {
                self.waiting.push(message.id);
                return Ok(Next::Go);
            }
            // On condition that the customer has not written since the plan: else the message may go, and nothing
            // would ring for it.
            let rev = format!("{:032x}", parts.bits());
            let lost = parts.store.wait_from(head, message.id.key, &rev).await? == Step::Lost;
            if lost && planted(Defect::WaitMarksMessageFirst) {
                return Ok(Next::Go);
            }
            if lost {
                return Ok(Next::Reread);
            }
            let planned_with = self.outlook.family.merged().window().last_in;
            // Whether this is done or lost, the head has changed, and what is listed next must stand on it.
            parts.store.judge(message, Verdict::Waiting, reason, planned_with, now).await?;
            return Ok(Next::Reread);
        }
        self.waiting.push(message.id);
        Ok(Next::Go)
    }

    /// Makes one attempt: consent once more, the claim, the call, the outcome.
    async fn attempt(
        &mut self,
        message: &Outbound,
        owner: &Head,
        body: &OutboundBody,
        template: Option<&Template>,
        (way, reason, to): (Way, Reason, &Address),
    ) -> Result<Next, ComeAgain> {
        let parts = self.parts;
        let channel = match gate::channel_for(parts, self.account, self.outlook.channel.as_ref(), way).await? {
            Ok(channel) => channel,
            Err(reason) => return self.judge(message, Verdict::Refused, reason).await,
        };
        let what = match (&body.content, template) {
            (Content::Text { body }, _) => Outgoing::Text(body),
            (Content::Template(content), Some(template)) => Outgoing::Template { template, content },
            _ => return self.judge(message, Verdict::Refused, Reason::TemplateUnknown).await,
        };
        if way != Way::Sms
            && let Some(at) = pace::next_allowed(&left_before(self.messages), parts.now())
        {
            return Err(ComeAgain::at(at, parts.now()));
        }
        let pass = match self.ask(&channel, message).await? {
            Asked::Go(pass) => pass,
            Asked::Wait { reason, until } => return self.wait(message, owner, reason, Some(until)).await,
        };
        // Everything that can fail without a trace is done before the claim.
        let secrets = parts.secrets.get(self.account, &channel.credentials).await.map_err(Trouble::from)?;
        let endpoint =
            parts.store.endpoint(&channel.endpoint).await?.filter(|endpoint| endpoint.account == *self.account);
        let (Some(credential), Some(endpoint)) = (secrets.first(), endpoint) else {
            tracing::error!(account.id = %self.account, channel.id = %channel.id, "the channel has no usable credentials or endpoint");
            gate::report(parts, self.account, &pass, Sign::Refused).await?;
            return Ok(Next::Reread);
        };
        let mut consent = Consent::default();
        for known in &self.outlook.people {
            consent = consent.joined(parts.store.consent(self.account, known.contact.id).await?);
        }
        if consent.opted_out() && !planted(Defect::OptOutIgnored) {
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return self.judge(message, Verdict::Refused, Reason::OptedOut).await;
        }

        // Whoever stood still since the facts were read (a slow store, a frozen environment) plans by facts of long ago.
        let now = parts.now();
        if now >= self.read_at + CALL_BEGINS_WITHIN && !planted(Defect::LateCallsGoOut) {
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return Ok(Next::Reread);
        }
        let claim = Claim {
            attempt: message.attempt + 1,
            at: now,
            until: now + CLAIM_LASTS,
            way,
            reason,
            planned_with: self.outlook.family.merged().window().last_in,
            epoch: parts.mode.epoch,
        };
        let late = planted(Defect::ClaimAfterSending);
        if !late && parts.store.claim(message, &claim).await? == Step::Lost {
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return Ok(Next::Reread);
        }
        // The same since the claim, and it may have been judged already. Nothing has left yet.
        if parts.now() >= claim.at + CALL_BEGINS_WITHIN && !planted(Defect::LateCallsGoOut) {
            parts.store.release(message, claim.attempt, reason, parts.now()).await?;
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return Ok(Next::Reread);
        }
        let callback = CallbackData { account: self.account.clone(), message: message.id, attempt: claim.attempt };
        let order =
            SendOrder { channel: &channel, credential, to, what, callback: &callback, report_to: &endpoint.public_url };
        let outcome = parts.providers.get(channel.provider).send(&order).await;
        if late && parts.store.claim(message, &claim).await? == Step::Lost {
            return Ok(Next::Reread);
        }
        self.record(message, claim.attempt, outcome, &pass).await
    }

    /// Asks the channel's gate, once a round if it is shut.
    async fn ask(&mut self, channel: &Channel, message: &Outbound) -> Result<Asked, Trouble> {
        if let Some((_, reason, until)) = self.shut.iter().find(|(id, ..)| *id == channel.id) {
            return Ok(Asked::Wait { reason: *reason, until: *until });
        }
        let age = self.parts.now().duration_since(message.accepted_at);
        let asked = gate::ask(self.parts, self.account, channel, message.id.conversation, age).await?;
        if let Asked::Wait { reason, until } = &asked {
            self.shut.push((channel.id.clone(), *reason, *until));
        }
        Ok(asked)
    }

    async fn record(&self, message: &Outbound, attempt: u32, outcome: Outcome, pass: &Pass) -> Result<Next, ComeAgain> {
        let parts = self.parts;
        let now = parts.now();
        let sign = gate::sign_of(&outcome, now);
        let (answer, provider_id) = match outcome {
            Outcome::Accepted { provider_id } => (Answer::Accepted, provider_id),
            Outcome::Refused(failure) => (Answer::Refused(failure), None),
            Outcome::WindowClosed(failure) => (Answer::WindowClosed(failure), None),
            Outcome::Unknown { why } => {
                tracing::warn!(account.id = %self.account, message.id = %message.id, why, "the outcome of a call is unknown");
                let answer = if planted(Defect::UnknownIsAccepted) { Answer::Accepted } else { Answer::Unknown };
                (answer, None)
            }
            Outcome::NotSent { failure, retry_after } => {
                tracing::info!(account.id = %self.account, message.id = %message.id, failure.code, "not sent, and tried again later");
                let reason = match failure.kind {
                    crate::domain::outcome::FailureKind::PairLimit => Reason::PairLimit,
                    _ => Reason::ProviderNotReady,
                };
                parts.store.release(message, attempt, reason, now).await?;
                if gate::report(parts, self.account, pass, sign).await? {
                    return Ok(Next::Reread); // It waits for its channel.
                }
                return Err(ComeAgain::at(now + retry_after.max(pace::patience_after(attempt)), now));
            }
        };
        let key = self.outlook.family.head(message.id.conversation).and_then(|head| self.outlook.key_of(head));
        let sealed = match (provider_id, key) {
            (Some(id), Some(key)) => Some(Sealed::new(&id, key, parts.nonce())),
            (Some(_) | None, _) => None,
        };
        let unknown_until = now + UNKNOWN_SETTLES_WITHIN;
        parts.store.settle(message, attempt, &answer, sealed.as_ref(), now, unknown_until).await?;
        gate::report(parts, self.account, pass, sign).await?;
        Ok(Next::Reread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_never_comes_again_at_once_whatever_it_waits_for() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        for late in [SignedDuration::from_hours(1), SignedDuration::ZERO] {
            assert!(matches!(ComeAgain::at(now - late, now), ComeAgain::At(at) if at == now + SOONEST));
        }
        let later = now + SignedDuration::from_mins(1);
        assert!(matches!(ComeAgain::at(later, now), ComeAgain::At(at) if at == later));
    }
}
