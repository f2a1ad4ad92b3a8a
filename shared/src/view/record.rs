//! A message with everything that is known of its way: for reports and exports.

use serde::Serialize;

use super::{FailureView, ReasonView};
use crate::{
    domain::{
        ChannelId, ContactId, ConversationId, MessageId, Timestamp,
        access::Actor,
        channel::Medium,
        consent::{Consent, ConsentPurpose, Said},
        contact::Address,
        content::{Content, Context},
        cost::{Country, Money},
        message::{Gesture, Message, Outbound, Purpose, Way},
        reason::Reason,
        sending::{Answer, Attempt, Delivery},
        window::ServiceWindow,
    },
    seal::SubjectKey,
};

/// One message, either way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageRecord {
    pub message: MessageId,
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    /// When the customer wrote it, or Transom accepted it.
    pub at: Timestamp,
    /// `reply`, `window_template` or `sms_invite`; `phone_app` if the business wrote it there.
    pub purpose: Option<&'static str>,
    /// Who wrote it, of an outbound one: an id of somebody of the staff or of a token, `automation:…`, or `system`.
    pub by: Option<Actor>,
    pub way: Option<Way>,
    pub template: Option<String>,
    pub language: Option<String>,
    pub state: &'static str,
    /// Why it went, or did not.
    pub reason: Option<ReasonView>,
    /// The window as the latest attempt saw it.
    pub window: Option<WindowRecord>,
    /// The person's wishes as the latest attempt saw them; `null`: none was made, or an earlier version made it.
    pub consent: Option<ConsentRecord>,
    pub attempts: Vec<AttemptRecord>,
    pub failure: Option<FailureView>,
    /// What the latest attempt was expected to cost, and what it was charged as; `null`: no attempt was made.
    pub billing: Option<BillingRecord>,
    /// `came_back`, `opt_out`, `opt_in` or `tap`, of what a customer sent.
    pub gesture: Option<Gesture>,
    #[serde(flatten)]
    pub personal: Option<PersonalRecord>,
}

/// The window of the customer's last message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WindowRecord {
    /// Whether free text was allowed when the attempt was made.
    pub open: bool,
    /// The customer's last message.
    pub last_in: Option<Timestamp>,
    pub closes_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentRecord {
    /// `none_recorded`, `opted_in` or `opted_out`.
    pub state: &'static str,
    /// Of service and utility, on every medium.
    pub opted_in_at: Option<Timestamp>,
    /// Of everything.
    pub opted_out_at: Option<Timestamp>,
    /// What was wished of one purpose on one medium alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specific: Vec<SpecificRecord>,
}

/// The newest wishes about one purpose on one medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SpecificRecord {
    pub purpose: ConsentPurpose,
    pub medium: Medium,
    #[serde(flatten)]
    pub said: Said,
}

/// Those of a person.
pub fn specific_records(consent: &Consent) -> Vec<SpecificRecord> {
    consent.specific.said().map(|(purpose, medium, said)| SpecificRecord { purpose, medium, said }).collect()
}

/// What is known of a message's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BillingRecord {
    /// Of the recipient's number.
    pub country: Option<Country>,
    pub expected: Option<Money>,
    /// By which price, as the receipt says: `utility`, `service`, …
    pub category: Option<String>,
    /// `regular`, `free_customer_service`, `free_entry_point`, as the receipt says.
    pub charged_as: Option<String>,
}

/// One call to the provider, and what it and its receipts said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRecord {
    pub number: u32,
    pub claimed_at: Option<Timestamp>,
    /// `accepted`, `refused`, `window_closed` or `unknown`.
    pub answer: Option<&'static str>,
    pub answered_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    /// Of the answer, or of a later report.
    pub failure: Option<FailureView>,
}

/// What only the person's key opens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonalRecord {
    /// Where it went, or came from, as far as it is known.
    pub address: Option<String>,
    pub provider_id: Option<String>,
    /// `null`: it cannot be opened any more.
    pub content: Option<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
}

impl MessageRecord {
    /// What the row itself says, without anything personal.
    pub fn new(message: &Message) -> Self {
        match message {
            Message::Inbound(it) => Self {
                message: it.id,
                conversation: it.id.conversation,
                channel: it.channel.clone(),
                contact: it.contact,
                direction: if it.echo { "outbound" } else { "inbound" },
                at: it.at,
                purpose: it.echo.then_some("phone_app"),
                by: None,
                way: None,
                template: None,
                language: None,
                state: if it.echo { Delivery::Sent.word() } else { "received" },
                reason: None,
                window: None,
                consent: None,
                attempts: Vec::new(),
                failure: None,
                billing: None,
                gesture: it.gesture,
                personal: None,
            },
            Message::Outbound(it) => {
                let delivery = it.delivery();
                let failure = if let Delivery::Failed { failure } = &delivery { Some(failure.into()) } else { None };
                Self {
                    message: it.id,
                    conversation: it.id.conversation,
                    channel: it.channel.clone(),
                    contact: it.contact,
                    direction: "outbound",
                    at: it.accepted_at,
                    purpose: Some(purpose_word(&it.purpose)),
                    by: it.by.clone(),
                    way: it.way,
                    template: it.template.clone(),
                    language: it.language.clone(),
                    state: delivery.word(),
                    reason: it.reason.map(ReasonView::from),
                    window: window(it),
                    consent: it.consent.map(|consent| ConsentRecord {
                        state: consent_word(&consent),
                        opted_in_at: consent.opted_in_at,
                        opted_out_at: consent.opted_out_at,
                        specific: specific_records(&consent),
                    }),
                    attempts: it.attempts.iter().map(attempt).collect(),
                    failure,
                    billing: billing(it),
                    gesture: None,
                    personal: None,
                }
            }
        }
    }

    /// The same with what the person's key opens. `addresses`: those of the person, the likeliest first.
    #[must_use]
    pub fn opened(
        mut self,
        message: &Message,
        key: Option<&SubjectKey>,
        addresses: &[(crate::domain::contact::AddressHash, Address)],
    ) -> Self {
        let at = |hash: &crate::domain::contact::AddressHash| {
            addresses.iter().find(|(known, _)| known == hash).map(|(_, address)| address.value().to_owned())
        };
        let first = || addresses.first().map(|(_, address)| address.value().to_owned());
        self.personal = Some(match message {
            Message::Inbound(it) => {
                let body = key.and_then(|key| it.sealed.open(key).ok());
                let address = at(&it.from);
                match body {
                    Some(body) => PersonalRecord {
                        address,
                        provider_id: Some(body.provider_id),
                        content: Some(body.content),
                        context: body.context,
                        referral: body.referral,
                        profile_name: body.profile_name,
                    },
                    None => PersonalRecord {
                        address,
                        provider_id: None,
                        content: None,
                        context: None,
                        referral: None,
                        profile_name: None,
                    },
                }
            }
            Message::Outbound(it) => {
                let body = key.and_then(|key| it.sealed.open(key).ok());
                let named = body.as_ref().and_then(|body| body.to.as_ref()).and_then(at);
                PersonalRecord {
                    address: named.or_else(first),
                    provider_id: key.and_then(|key| it.provider_id.as_ref()?.open(key).ok()),
                    content: body.map(|body| body.content),
                    context: None,
                    referral: None,
                    profile_name: None,
                }
            }
        });
        self
    }
}

fn consent_word(consent: &Consent) -> &'static str {
    let agreed = || consent.opted_in_at.is_some() || consent.specific.said().any(|(_, _, said)| said.back.is_some());
    if consent.opted_out() {
        "opted_out"
    } else if agreed() {
        "opted_in"
    } else {
        "none_recorded"
    }
}

fn purpose_word(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Reply => "reply",
        Purpose::WindowTemplate { .. } => "window_template",
        Purpose::SmsInvite { .. } => "sms_invite",
        Purpose::HoldingMessage { .. } => "holding_message",
        Purpose::ConsentConfirmation { .. } => "consent_confirmation",
        Purpose::OptInAsk { .. } => "opt_in_ask",
        Purpose::AutoReply { .. } => "auto_reply",
        Purpose::AutoTemplate { .. } => "auto_template",
    }
}

/// As the latest attempt saw it; of one that none was made of, as the latest plan did.
fn window(message: &Outbound) -> Option<WindowRecord> {
    message.way.or(message.reason.map(|_| Way::FreeForm))?;
    let closed_for = (message.reason == Some(Reason::ProviderClosedWindow)).then_some(message.planned_with).flatten();
    let window = ServiceWindow { last_in: message.planned_with, closed_for };
    let then = message.current().and_then(|attempt| attempt.claimed_at).unwrap_or(message.changed_at);
    let open = !window.closed_by_provider() && window.closes_at().is_some_and(|closes_at| then < closes_at);
    Some(WindowRecord { open, last_in: message.planned_with, closes_at: window.closes_at() })
}

fn billing(message: &Outbound) -> Option<BillingRecord> {
    if message.quote.is_none() && message.pricing.is_none() {
        return None;
    }
    let pricing = message.pricing.clone().unwrap_or_default();
    Some(BillingRecord {
        country: message.quote.and_then(|quote| quote.country),
        expected: message.quote.and_then(|quote| quote.amount),
        category: pricing.category,
        charged_as: pricing.kind,
    })
}

fn attempt(attempt: &Attempt) -> AttemptRecord {
    let (answer, refused) = match &attempt.answer {
        None => (None, None),
        Some(Answer::Accepted) => (Some("accepted"), None),
        Some(Answer::Unknown) => (Some("unknown"), None),
        Some(Answer::Refused(failure)) => (Some("refused"), Some(failure)),
        Some(Answer::WindowClosed(failure)) => (Some("window_closed"), Some(failure)),
    };
    let reported = attempt.failed.as_ref();
    AttemptRecord {
        number: attempt.number,
        claimed_at: attempt.claimed_at,
        answer,
        answered_at: attempt.answered_at,
        sent_at: attempt.sent,
        delivered_at: attempt.delivered,
        read_at: attempt.read,
        failed_at: reported.map(|(_, at)| *at),
        failure: reported.map(|(failure, _)| failure).or(refused).map(FailureView::from),
    }
}
