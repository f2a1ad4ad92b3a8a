//! What follows from a change of a row. One table: `(row kind, old → new) → effects`. It has no cycle, since every
//! effect writes facts of a later rank than those that cause it (see [`Fact`] and its test). Claims and deletions cause
//! nothing.

use super::{
    AccountId, JobId, StaffId, SubscriptionId, Timestamp,
    answer::answers,
    consent::{Scope, told_by},
    conversation::Head,
    event::{Event, EventKind},
    ids::MessageKey,
    inbox,
    message::{Gesture, Inbound, OnHeld, Outbound, Purpose},
    reason::Reason,
    request::Request,
    sending::{Delivery, SenderState},
    timer::must_arm,
    window::ServiceWindow,
    work::Work,
};
use crate::defects::{Defect, planted};

/// One change of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Head {
        old: Option<Box<Head>>,
        new: Box<Head>,
    },
    Inbound {
        new: Box<Inbound>,
    },
    Outbound {
        old: Option<Box<Outbound>>,
        new: Box<Outbound>,
    },
    /// An operator asks whether the way is open.
    Probe {
        id: String,
    },
    /// Long work was asked for.
    Job {
        account: AccountId,
        id: JobId,
    },
    /// A subscription was given up.
    Disabled {
        account: AccountId,
        subscription: SubscriptionId,
        why: String,
    },
    /// Somebody worked on a conversation.
    Work {
        account: AccountId,
        old: Option<Box<Work>>,
        new: Box<Work>,
    },
    /// A request was opened or changed.
    Request {
        account: AccountId,
        old: Option<Box<Request>>,
        new: Box<Request>,
    },
    /// Somebody of the staff came, or has room again.
    Free {
        account: AccountId,
        staff: StaffId,
    },
    /// Something that subscribers are to be told, and that no other row shows.
    Notice {
        event: Box<Event>,
    },
}

/// Something to do because of a change. Each may be done any number of times.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The conversation may have something to send.
    Ring { cause: Option<MessageKey> },
    /// The window has an end to look at.
    ArmWindowEnd,
    /// Lists show this conversation where it belongs.
    File,
    /// The head must be there and not lag behind this message (its own write may have been lost).
    CheckHead,
    /// The sender of this message is another contact too.
    MergeContacts,
    /// The customer is answered by this message.
    RecordAnswer { last_in: Timestamp },
    /// This message does not answer the customer after all.
    WithdrawAnswer { last_in: Timestamp },
    /// The provider's word on the window.
    CloseWindow { last_in: Option<Timestamp> },
    /// A reply is held: the ladder's invitation to write.
    InviteToWrite,
    /// The window's template failed: the ladder's next step.
    TemplateFailed,
    /// The window's template is out: the ladder's later steps.
    ArmAfterTemplate,
    /// The outcome of an attempt is not known: a time at which it is settled.
    ArmUnknownSettles { until: Timestamp },
    /// The head of a contact that was merged meanwhile belongs to the survivor's.
    JoinFamily,
    /// Whoever begins to write or to be written to can be found by name.
    IndexContact,
    /// What the work on the conversation lacks is settled: that it wants somebody, that it ended, that it wakes.
    LookAtWork,
    /// What follows from the work: slots, the queue, somebody to find.
    FollowWork,
    /// Whoever waits for this person is served.
    ServeQueue,
    /// A probe goes on to the queue.
    PassProbe,
    /// There is long work to do.
    RingJobs,
    /// An answer was given up: somebody may want a ticket.
    GaveUp,
    /// The customer wrote a word about consent: it is confirmed, if the account does so.
    ConfirmConsent,
    /// The account's rules may have something to do.
    Automate,
    /// The provider says of a message that the customer does not want such messages.
    HeedOptOut { scope: Scope, at: Timestamp },
}

/// Facts that changes consist of and effects write, in ranks. An effect writes only facts of a higher rank than the
/// fact that causes it, except where a guard in its write makes the second time a no-op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A message came in.
    Inbound,
    /// The newest inbound time on the head.
    LastIn,
    /// What confirms a word about consent exists (derived key).
    Confirmation,
    /// An intent was accepted.
    Intent,
    /// What the sender and receipts say about an attempt.
    Outcome,
    /// The provider's word on a window.
    ClosedFor,
    /// Who is answered.
    Answered,
    /// The window's template exists (its key is derived: putting it again does nothing).
    WindowTemplate,
    /// The outcome of the window's template.
    TemplateOutcome,
    /// The SMS that follows it exists (derived key as well).
    SmsInvite,
    /// Who has the conversation. Each write has a higher revision, and is made only where the work lacks something.
    Work,
    /// What rules do. Each thing is done once for its cause, none leads to its own rule again, and budgets end the rest: see
    /// `domain/automation`.
    Automation,
    /// Places that cause nothing: the queue, timers, the inbox index, contacts.
    Outside,
}

impl Effect {
    /// The fact that it writes.
    pub fn writes(&self) -> Fact {
        match self {
            Self::Ring { .. }
            | Self::ArmWindowEnd
            | Self::File
            | Self::MergeContacts
            | Self::JoinFamily
            | Self::IndexContact
            | Self::ServeQueue
            | Self::ArmAfterTemplate
            | Self::ArmUnknownSettles { .. }
            | Self::PassProbe
            | Self::RingJobs
            | Self::GaveUp
            | Self::HeedOptOut { .. } => Fact::Outside,
            // A change of the work that settles nothing more causes nothing more: see `domain/work`.
            Self::LookAtWork | Self::FollowWork => Fact::Work,
            Self::Automate => Fact::Automation,
            Self::ConfirmConsent => Fact::Confirmation,
            Self::CheckHead => Fact::LastIn,
            Self::RecordAnswer { .. } | Self::WithdrawAnswer { .. } => Fact::Answered,
            Self::CloseWindow { .. } => Fact::ClosedFor,
            Self::InviteToWrite => Fact::WindowTemplate,
            Self::TemplateFailed => Fact::SmsInvite,
        }
    }
}

/// The table. `now` is used only to see whether a window's timer is certain to be armed already.
pub fn effects(change: &Change, now: Timestamp) -> Vec<Effect> {
    match change {
        Change::Head { old, new } => head(old.as_deref(), new, now),
        Change::Inbound { new } => inbound(new),
        Change::Outbound { old, new } => outbound(old.as_deref(), new),
        Change::Probe { .. } => vec![Effect::PassProbe],
        Change::Job { .. } => vec![Effect::RingJobs],
        Change::Work { old, new, .. } => {
            let file = inbox::moves(old.as_deref(), new).then_some(Effect::File);
            file.into_iter().chain([Effect::FollowWork, Effect::Automate]).collect()
        }
        Change::Free { .. } => vec![Effect::ServeQueue],
        Change::Notice { event } if event.kind == EventKind::BookingReported => vec![Effect::Automate],
        // Only other subscribers are told.
        Change::Request { .. } | Change::Disabled { .. } | Change::Notice { .. } => Vec::new(),
    }
}

fn head(old: Option<&Head>, new: &Head, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    let last_in = |head: &Head| head.last_in.as_ref().map(|last| last.at);
    let old_last_in = old.and_then(last_in);
    let rose = last_in(new) > old_last_in;
    let old_end = ServiceWindow { last_in: old_last_in, closed_for: None }.closes_at();
    let armed = planted(Defect::ArmedOnlyOnce) && old_end.is_some();
    if rose && must_arm(old_end, now) && !armed {
        effects.push(Effect::ArmWindowEnd);
    }
    let answer_gone = old.is_some_and(|old| old.answered.is_some()) && new.answered.is_none();
    if answer_gone {
        effects.push(Effect::ArmWindowEnd);
    }
    let merged = old.is_some_and(|old| old.former != new.former || old.survivor != new.survivor);
    if merged || old.is_none_or(|old| old.tray() != new.tray() || quantum(old) != quantum(new)) {
        effects.push(Effect::File);
    }
    if old.is_none() && new.survivor.is_none() {
        effects.push(Effect::JoinFamily);
    }
    if old.is_none() {
        effects.push(Effect::IndexContact);
    }
    // Whether somebody is wanted, whether the work ended, whether it wakes: each shows in one of these.
    if new.last_in.is_some() && (rose || old.is_none_or(|old| old.tray() != new.tray())) {
        effects.push(Effect::LookAtWork);
    }
    if old.is_none_or(|old| old.tray() != new.tray()) {
        effects.push(Effect::Automate);
    }
    let woken = old.is_some_and(|old| new.wake > old.wake);
    // Heads of one person free each other's messages.
    let freed = !planted(Defect::NoRingOnRise)
        && rose
        && (new.waiting_from.is_some() || !new.former.is_empty() || new.survivor.is_some());
    if freed || woken || merged {
        effects.push(Effect::Ring { cause: None });
    }
    effects
}

/// The inbox sorts by minutes, so that a lively conversation does not move with every message.
pub fn quantum(head: &Head) -> i64 {
    super::timer::minute_of(head.last_activity_at())
}

fn inbound(new: &Inbound) -> Vec<Effect> {
    let mut effects = Vec::new();
    if new.same_person.is_some() {
        effects.push(Effect::MergeContacts);
    }
    effects.push(Effect::CheckHead);
    if new.echo {
        effects.push(Effect::RecordAnswer { last_in: new.at });
    }
    if !new.echo && matches!(new.gesture, Some(Gesture::OptOut | Gesture::OptIn)) {
        effects.push(Effect::ConfirmConsent);
    }
    effects.push(Effect::Automate);
    effects
}

/// What the provider says of the customer's wishes about a message, and when it said so last.
pub(super) fn told_opt_out(message: &Outbound) -> Option<(Scope, Timestamp)> {
    let told = message.attempts.iter().filter_map(|attempt| {
        let scope = told_by(attempt.failure()?)?;
        let failed_at = attempt.failed.as_ref().map(|(_, at)| *at);
        Some((scope, failed_at.or(attempt.answered_at).unwrap_or(message.changed_at)))
    });
    told.max_by_key(|(_, at)| *at)
}

fn outbound(old: Option<&Outbound>, new: &Outbound) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Some(old) = old else {
        if planted(Defect::NoRingForIntent) {
            return effects;
        }
        effects.push(Effect::Ring { cause: Some(new.id.key) });
        // Rules leave the floor to whoever of the staff wrote.
        if new.by.as_ref().is_some_and(|by| by.staff().is_some()) {
            effects.push(Effect::Automate);
        }
        return effects;
    };
    // The order matters: a ring comes after the facts that the sender is to find.
    if let Some((scope, at)) = told_opt_out(new)
        && told_opt_out(old) != Some((scope, at))
    {
        effects.push(Effect::HeedOptOut { scope, at });
    }
    if new.met_a_closed_window() && !old.met_a_closed_window() {
        effects.push(Effect::CloseWindow { last_in: new.planned_with });
    }
    match (answers(old), answers(new), new.planned_with.or(old.planned_with)) {
        (false, true, Some(last_in)) => effects.push(Effect::RecordAnswer { last_in }),
        (true, false, Some(last_in)) => effects.push(Effect::WithdrawAnswer { last_in }),
        (false, true, None) | (true, false, None) | (true, true, _) | (false, false, _) => {}
    }
    let turned_back = |message: &Outbound| {
        matches!(
            message.state,
            SenderState::Claimed { .. }
                | SenderState::Accepted
                | SenderState::Unknown { .. }
                | SenderState::Undetermined
        ) && message.delivery() == Delivery::Queued
    };
    // Its own sender says late that it certainly did not go out, and the job may have gone with the verdict. Or somebody
    // changed it while it waited.
    let freed = matches!(old.state, SenderState::Unknown { .. } | SenderState::Waiting) || old.edits < new.edits;
    let freed = freed && new.state == SenderState::Queued;
    if freed || turned_back(new) && !turned_back(old) {
        effects.push(Effect::Ring { cause: Some(new.id.key) });
    }
    let held = |message: &Outbound| {
        message.purpose.is_reply()
            && message.state == SenderState::Waiting
            && message.reason.is_some_and(waits_for_customer)
    };
    if held(new) && !held(old) && new.on_held != OnHeld::Hold {
        effects.push(Effect::InviteToWrite);
    }
    if new.state == SenderState::Expired && old.state != SenderState::Expired && new.purpose.is_reply() {
        effects.push(Effect::GaveUp);
    }
    if let SenderState::Unknown { until } = new.state
        && old.state != new.state
        && !planted(Defect::UnknownNeverSettled)
    {
        effects.push(Effect::ArmUnknownSettles { until });
    }
    if matches!(new.purpose, Purpose::WindowTemplate { .. }) {
        if template_failed(new) && !template_failed(old) {
            effects.push(Effect::TemplateFailed);
        }
        if new.stands() && !old.stands() && !old.current().is_some_and(super::sending::Attempt::arrived) {
            effects.push(Effect::ArmAfterTemplate);
        }
    }
    effects
}

/// Reasons of a wait that the customer's next message ends.
pub fn waits_for_customer(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::WindowClosed
            | Reason::WindowClosing
            | Reason::NeverWrote
            | Reason::ProviderClosedWindow
            | Reason::AddressChanged
    )
}

/// The template cannot reach the customer: turned down by the provider, or not usable at all.
pub(super) fn template_failed(message: &Outbound) -> bool {
    match message.delivery() {
        Delivery::Failed { .. } => true,
        Delivery::Refused => matches!(
            message.reason,
            Some(
                Reason::TemplateUnknown
                    | Reason::TemplateNotApproved
                    | Reason::TemplateUnusable
                    | Reason::NoAddress
                    | Reason::NoMarketingOptIn
                    | Reason::ProviderRefused
            )
        ),
        Delivery::Queued
        | Delivery::Held
        | Delivery::Sending
        | Delivery::Unknown
        | Delivery::Accepted
        | Delivery::Sent
        | Delivery::Delivered
        | Delivery::Read
        | Delivery::Expired
        | Delivery::Cancelled
        | Delivery::Undetermined => false,
    }
}

#[cfg(test)]
#[path = "effects_tests.rs"]
mod tests;
