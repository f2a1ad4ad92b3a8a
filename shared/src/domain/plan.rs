//! The plan: by which way a message goes now, or why it does not. Pure, and called when the message is about to leave.

use serde::Serialize;

use super::{
    Timestamp,
    channel::Medium,
    consent::{Consent, Why, medium_of, needs},
    contact::{Address, AddressHash},
    content::Content,
    message::{Purpose, Via, Way},
    reason::Reason,
    template::{Category, Status, Template},
    time::SignedDuration,
    window::{ServiceWindow, WindowState},
};
use crate::defects::{Defect, planted};

/// Everything that a plan is made from.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts<'a> {
    pub medium: Medium,
    pub window: ServiceWindow,
    /// The address that the window belongs to.
    pub window_address: Option<&'a AddressHash>,
    /// The customer wrote and was not answered.
    pub customer_waits: bool,
    /// A reply is held because of the window.
    pub reply_held: bool,
    pub addresses: &'a [(AddressHash, Address)],
    /// What all contacts that are this person wish.
    pub consent: Consent,
    pub erased: bool,
    /// The channel has an SMS channel, or is one.
    pub can_text: bool,
    /// The customer does not want to be disturbed until then by what nobody wrote just now.
    pub quiet_until: Option<Timestamp>,
    /// By how much the provider's clock may differ from ours, beyond the allowance.
    pub doubt: SignedDuration,
    /// The stored template that the content names, if it names one and it is known.
    pub template: Option<Placed<'a>>,
}

/// A template as it stands at the channel's provider.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    pub template: &'a Template,
    pub status: Status,
    pub category: Category,
}

/// What is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub content: &'a Content,
    pub purpose: &'a Purpose,
    pub via: Via,
    /// The address that the sender asked for.
    pub to: Option<&'a AddressHash>,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Plan {
    /// It leaves now, to this address.
    Go {
        way: Way,
        reason: Reason,
        #[serde(skip)]
        to: Address,
    },
    /// It may not leave yet. `until`: when to look again, if a time will free it.
    Wait {
        reason: Reason,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// It must not go.
    Refuse { reason: Reason },
    /// It is not wanted any more.
    Cancel { reason: Reason },
    /// Its time is over.
    Expire,
}

impl Plan {
    /// A wait that only the customer's next message (or its own end) ends.
    pub fn held(reason: Reason) -> Self {
        Self::Wait { reason, until: None }
    }

    pub fn reason(&self) -> Reason {
        match self {
            Self::Go { reason, .. } | Self::Wait { reason, .. } | Self::Refuse { reason } | Self::Cancel { reason } => {
                *reason
            }
            Self::Expire => Reason::TooOld,
        }
    }

    pub fn way(&self) -> Option<Way> {
        match self {
            Self::Go { way, .. } => Some(*way),
            Self::Wait { .. } | Self::Refuse { .. } | Self::Cancel { .. } | Self::Expire => None,
        }
    }
}

/// Decides from facts alone.
pub fn plan(facts: &Facts<'_>, wish: &Wish<'_>, now: Timestamp) -> Plan {
    if facts.erased {
        return Plan::Refuse { reason: Reason::Erased };
    }
    if let Err(reason) = consents(facts, wish) {
        return Plan::Refuse { reason };
    }
    if now >= wish.expires_at {
        return Plan::Expire;
    }
    // What is asked for goes; what Transom sends by itself can wait for the morning.
    if let Some(until) = facts.quiet_until.filter(|until| *until > now)
        && !wish.purpose.is_asked_for()
        && !is_over(facts, wish)
    {
        return Plan::Wait { reason: Reason::QuietHours, until: Some(until) };
    }
    match wish.purpose {
        Purpose::Reply => reply(facts, wish, now),
        Purpose::HoldingMessage { last_in, .. } => holding_message(facts, *last_in, now),
        Purpose::ConsentConfirmation { .. } => confirmation(facts, now),
        Purpose::OptInAsk { .. } => by_sms(facts, wish, Reason::OptInAsked),
        // At once or never: later, it says nothing.
        Purpose::AutoReply { .. } => match reply(facts, wish, now) {
            Plan::Wait { reason, .. } => Plan::Cancel { reason },
            plan @ (Plan::Go { .. } | Plan::Refuse { .. } | Plan::Cancel { .. } | Plan::Expire) => plan,
        },
        Purpose::AutoTemplate { .. } if facts.medium == Medium::Sms => Plan::Refuse { reason: Reason::NotForSms },
        Purpose::AutoTemplate { .. } => by_template(facts, wish, Reason::ApprovedTemplate),
        Purpose::WindowTemplate { last_in, .. } => window_template(facts, wish, *last_in, now),
        Purpose::SmsInvite { last_in, .. } => {
            if facts.window.last_in > *last_in {
                Plan::Cancel { reason: Reason::WroteAgain }
            } else if facts.customer_waits || facts.reply_held {
                by_sms(facts, wish, Reason::SmsInvite)
            } else if facts.window.last_in.is_some() {
                // Answered by another way, or closed by staff, while it waited.
                Plan::Cancel { reason: Reason::Answered }
            } else {
                Plan::Cancel { reason: Reason::NothingWaits }
            }
        }
    }
}

/// Whether the customer's wishes let it go.
fn consents(facts: &Facts<'_>, wish: &Wish<'_>) -> Result<(), Reason> {
    let category = facts.template.map(|placed| placed.category);
    let medium = medium_of(facts.medium, wish.purpose, wish.via);
    may_go(&facts.consent, (wish.purpose, wish.content, category), medium)
}

/// Whether these wishes let a message of this purpose, content and category go by this medium: the one rule, for the plan and
/// for whoever looks once more before the claim.
///
/// # Errors
/// The reason why not.
pub fn may_go(
    wishes: &Consent,
    (purpose, content, category): (&Purpose, &Content, Option<Category>),
    medium: Medium,
) -> Result<(), Reason> {
    if planted(Defect::OptOutIgnored) {
        return Ok(());
    }
    let Some(needed) = needs(purpose, content, category) else { return Ok(()) };
    let may = match purpose {
        Purpose::OptInAsk { .. } => wishes.may_be_asked(),
        Purpose::Reply
        | Purpose::WindowTemplate { .. }
        | Purpose::SmsInvite { .. }
        | Purpose::HoldingMessage { .. }
        | Purpose::ConsentConfirmation { .. }
        | Purpose::AutoReply { .. }
        | Purpose::AutoTemplate { .. } => wishes.may(needed, medium),
    };
    may.map_err(|why| match why {
        Why::OptedOut => Reason::OptedOut,
        Why::NoOptIn => Reason::NoMarketingOptIn,
    })
}

/// It goes at once or never: the word that it confirms has opened the window. On SMS the carrier says it.
fn confirmation(facts: &Facts<'_>, now: Timestamp) -> Plan {
    match facts.medium {
        Medium::Sms => Plan::Refuse { reason: Reason::NotForSms },
        Medium::WhatsApp => match free_form(facts, now) {
            Plan::Go { way, to, .. } => Plan::Go { way, reason: Reason::ConsentConfirmed, to },
            Plan::Wait { .. } | Plan::Refuse { .. } | Plan::Cancel { .. } | Plan::Expire => Plan::Expire,
        },
    }
}

/// What this is about is over: the customer wrote since. It is taken back at once, whatever the hour.
fn is_over(facts: &Facts<'_>, wish: &Wish<'_>) -> bool {
    match wish.purpose {
        Purpose::Reply
        | Purpose::ConsentConfirmation { .. }
        | Purpose::AutoReply { .. }
        | Purpose::AutoTemplate { .. }
        | Purpose::OptInAsk { .. } => false,
        Purpose::WindowTemplate { last_in, .. }
        | Purpose::SmsInvite { last_in, .. }
        | Purpose::HoldingMessage { last_in, .. } => facts.window.last_in > *last_in,
    }
}

/// It goes now or never: when the window is over, the template says more.
fn holding_message(facts: &Facts<'_>, last_in: Option<Timestamp>, now: Timestamp) -> Plan {
    if facts.window.last_in > last_in {
        return Plan::Cancel { reason: Reason::WroteAgain };
    }
    if !facts.customer_waits {
        return Plan::Cancel { reason: Reason::Answered };
    }
    match free_form(facts, now) {
        Plan::Go { way, to, .. } => Plan::Go { way, reason: Reason::HoldingMessage, to },
        Plan::Wait { reason, .. } | Plan::Refuse { reason } | Plan::Cancel { reason } => Plan::Cancel { reason },
        Plan::Expire => Plan::Expire,
    }
}

fn reply(facts: &Facts<'_>, wish: &Wish<'_>, now: Timestamp) -> Plan {
    match (wish.via, facts.medium) {
        (Via::Sms, _) => by_sms(facts, wish, Reason::SmsAsked),
        (Via::Auto | Via::WhatsApp, Medium::Sms) => by_sms(facts, wish, Reason::SmsChannel),
        (Via::Auto | Via::WhatsApp, Medium::WhatsApp) => match wish.content {
            Content::Template(_) => by_template(facts, wish, Reason::ApprovedTemplate),
            Content::Text { .. }
            | Content::Media(_)
            | Content::Location(_)
            | Content::Contacts { .. }
            | Content::Reaction(_)
            | Content::Interactive(_)
            | Content::Button { .. }
            | Content::Order { .. }
            | Content::System(_)
            | Content::Edit { .. }
            | Content::Revoke { .. }
            | Content::Unsupported { .. }
            | Content::Opaque { .. } => free_form(facts, now),
        },
    }
}

fn free_form(facts: &Facts<'_>, now: Timestamp) -> Plan {
    // Should the provider's clock be ahead of ours, the window ends sooner than it seems.
    match facts.window.state(now + facts.doubt) {
        WindowState::NeverOpened => Plan::held(Reason::NeverWrote),
        WindowState::Closing => Plan::held(Reason::WindowClosing),
        WindowState::Closed => Plan::held(Reason::WindowClosed),
        WindowState::ClosedByProvider => Plan::held(Reason::ProviderClosedWindow),
        // The window belongs to one address; to any other, free-form is outside of it.
        WindowState::Open => match facts.window_address.and_then(|hash| find(facts, hash)) {
            Some(to) => Plan::Go { way: Way::FreeForm, reason: Reason::WindowOpen, to: to.clone() },
            None => Plan::held(Reason::AddressChanged),
        },
    }
}

fn window_template(facts: &Facts<'_>, wish: &Wish<'_>, last_in: Option<Timestamp>, now: Timestamp) -> Plan {
    // An SMS conversation has no window that could close.
    if facts.medium == Medium::Sms {
        return Plan::Refuse { reason: Reason::NotForSms };
    }
    if facts.window.last_in > last_in && !planted(Defect::TemplateNotReplanned) {
        return Plan::Cancel { reason: Reason::WroteAgain };
    }
    // And should it be behind, later.
    let from = facts.window.fallback_from().map(|from| from + facts.doubt);
    let too_early = from.filter(|from| now < *from && !facts.window.closed_by_provider());
    if let Some(from) = too_early {
        return Plan::Wait { reason: Reason::WindowNotOverYet, until: Some(from) };
    }
    if facts.reply_held {
        by_template(facts, wish, Reason::AnswerWaiting)
    } else if facts.customer_waits || planted(Defect::TemplateNotReplanned) {
        by_template(facts, wish, Reason::FallbackForUnanswered)
    } else if facts.window.last_in.is_some() {
        Plan::Cancel { reason: Reason::Answered }
    } else {
        Plan::Cancel { reason: Reason::NothingWaits }
    }
}

fn by_template(facts: &Facts<'_>, wish: &Wish<'_>, reason: Reason) -> Plan {
    let Content::Template(content) = wish.content else {
        return Plan::Refuse { reason: Reason::TemplateUnusable };
    };
    let Some(Placed { template, status, .. }) = facts.template else {
        return Plan::Refuse { reason: Reason::TemplateUnknown };
    };
    if status != Status::Approved {
        return Plan::Refuse { reason: Reason::TemplateNotApproved };
    }
    if template.check(content).is_err() {
        return Plan::Refuse { reason: Reason::TemplateUnusable };
    }
    match facts.whatsapp_address(wish.to) {
        Some(to) => Plan::Go { way: Way::Template, reason, to: to.clone() },
        None => Plan::Refuse { reason: Reason::NoAddress },
    }
}

fn by_sms(facts: &Facts<'_>, wish: &Wish<'_>, reason: Reason) -> Plan {
    if !matches!(wish.content, Content::Text { .. }) {
        return Plan::Refuse { reason: Reason::NotForSms };
    }
    if !facts.can_text {
        return Plan::Refuse { reason: Reason::NoSmsChannel };
    }
    match facts.sms_address(wish.to) {
        Some(to) => Plan::Go { way: Way::Sms, reason, to: to.clone() },
        None => Plan::Refuse { reason: Reason::NoAddress },
    }
}

impl<'a> Facts<'a> {
    /// Where a template goes: the address that was asked for, else the window's, else the first that is known.
    pub fn whatsapp_address(&self, asked: Option<&AddressHash>) -> Option<&'a Address> {
        let asked = asked.and_then(|hash| find(self, hash));
        let of_window = self.window_address.and_then(|hash| find(self, hash));
        asked.or(of_window).or_else(|| self.addresses.first().map(|(_, address)| address))
    }

    /// Where an SMS goes: the same among those that have a number.
    pub fn sms_address(&self, asked: Option<&AddressHash>) -> Option<&'a Address> {
        let texted = |hash: &AddressHash| find(self, hash).filter(|address| address.phone().is_some());
        let asked = asked.and_then(texted);
        let of_window = self.window_address.and_then(texted);
        let any = self.addresses.iter().map(|(_, address)| address).find(|address| address.phone().is_some());
        asked.or(of_window).or(any)
    }
}

fn find<'a>(facts: &Facts<'a>, hash: &AddressHash) -> Option<&'a Address> {
    facts.addresses.iter().find(|(known, _)| known == hash).map(|(_, address)| address)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
