//! The doorbell rang: send what can leave now, oldest first. The queue only rings; the table says what is to be sent.
//!
//! Nothing leaves before a claim is written, and nothing whose outcome is unknown leaves again.

mod attempt;
mod consenting;
mod planning;

use super::{
    Parts, Trouble,
    deadline::{Deadline, WORK_WITHIN},
    gate,
    outlook::{self, Outlook},
    timers,
    unsent::{self, LOOK_BACK, list},
};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ChannelId, ConversationId, Timestamp, TraceId,
        content::Content,
        conversation::Head,
        fence::Fence,
        message::{Outbound, Way},
        plan::Plan,
        reason::Reason,
        sending::{SenderState, Stage, UNKNOWN_SETTLES_WITHIN},
        time::SignedDuration,
        timer::TimerKind,
    },
    ports::{
        Ring,
        store::{Step, Verdict},
    },
    telemetry,
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
    let (account, conversation, cause, trace) = match ring {
        Ring::V1 { account, conversation, cause, trace } => (account, conversation, cause, trace),
        Ring::Probe { id } => return Ok(parts.store.probe_arrived(id, parts.now()).await?),
    };
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
            trace: *trace,
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
    /// Of what made this job ring.
    trace: Option<TraceId>,
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
        if !matches!(plan, Plan::Wait { .. }) {
            telemetry::planned(&plan);
        }
        match plan {
            Plan::Go { way, reason, to } => match self.held {
                Some(held) if way == Way::FreeForm => self.wait(message, owner, held, None).await,
                Some(_) | None => self.attempt(message, owner, &body, template.as_ref(), (way, reason, &to)).await,
            },
            Plan::Wait { reason, until } => {
                // What waits for another reason than the window holds up nothing.
                if matches!(body.content, Content::Text { .. }) && message.purpose.is_reply() {
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
        let timer = until.filter(|_| reason.may_last_longer()).map(|until| (head.id, until));
        let rearm = timer.is_some_and(|timer| !self.armed.contains(&timer));
        if !noted || rearm {
            self.armed.extend(timer);
            let kind = TimerKind::Wake { conversation: message.id.conversation };
            if !planted(Defect::WaitWithoutTimer) {
                timers::arm(parts, ends, self.account, kind).await?;
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
            telemetry::planned(&Plan::Wait { reason, until });
            // Whether this is done or lost, the head has changed, and what is listed next must stand on it.
            parts.store.judge(message, Verdict::Waiting, reason, planned_with, now).await?;
            return Ok(Next::Reread);
        }
        self.waiting.push(message.id);
        Ok(Next::Go)
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
