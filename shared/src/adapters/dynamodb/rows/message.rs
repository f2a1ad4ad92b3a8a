//! The rows of messages, inbound and outbound.

use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};

use super::{
    at,
    attempts::{read_attempts, read_word, word, write_attempts},
    body::{Body, Parts},
    bytes::Bytes,
    consent::{specific_text, with_specific},
    contact_id, read,
};
use crate::{
    adapters::dynamodb::{
        keys::{Key, bare_contact},
        parts::Stowed,
        write::to_item,
    },
    domain::{
        AccountId, ChannelId, MessageId, Timestamp, TraceId,
        access::Actor,
        consent::{Consent, Specific},
        contact::AddressHash,
        cost::Pricing,
        ids::MessageKey,
        message::{Inbound, OnHeld, Outbound, Purpose, Via, Way},
        opt_in::Basis,
        reason::Reason,
        sending::SenderState,
    },
    ports::StoreError,
    seal::Sealed,
};

/// The attribute that tells an inbound row from an outbound one, and its two values.
const DIRECTION: &str = "t";
const INBOUND: &str = "i";
const OUTBOUND: &str = "o";

/// A message as its row alone tells it; content that is kept in parts has still to be fetched.
#[derive(Debug)]
pub enum MessageRow {
    Inbound(Box<Inbound>, Option<Parts>),
    Outbound(Box<Outbound>, Option<Parts>),
}

impl MessageRow {
    pub fn read(key: &Key, item: Item, account: AccountId, message: MessageId) -> Result<Self, StoreError> {
        match item.get(DIRECTION) {
            Some(AttributeValue::S(direction)) if direction == INBOUND => {
                let row: InboundRow = read(key, item)?;
                let parts = row.body.parts();
                Ok(Self::Inbound(Box::new(row.into_inbound(key, account, message)?), parts))
            }
            Some(AttributeValue::S(direction)) if direction == OUTBOUND => {
                let attempts = read_attempts(key, &item)?;
                let row: OutboundRow = read(key, item)?;
                let parts = row.body.parts();
                let mut outbound = row.into_outbound(key, account, message)?;
                outbound.attempts = attempts;
                Ok(Self::Outbound(Box::new(outbound), parts))
            }
            Some(_) | None => Err(key.unreadable("neither an inbound nor an outbound message")),
        }
    }
}

/// Times are milliseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
pub struct InboundRow {
    t: String,
    /// Channel.
    ch: ChannelId,
    /// Contact.
    co: String,
    /// The provider's time.
    pt: i64,
    /// The address that it came from.
    fr: AddressHash,
    /// Whether it opens the window.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ow: bool,
    /// Whether the business wrote it, from the phone app.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ec: bool,
    /// Received.
    rx: i64,
    /// Another contact that is the same person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sp: Option<String>,
    /// Trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tr: Option<TraceId>,
    /// Gesture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ge: Option<String>,
    #[serde(flatten)]
    body: Body,
}

impl InboundRow {
    pub fn item(key: &Key, message: &Inbound, stowed: &Stowed<'_>) -> Result<Item, StoreError> {
        let row = Self {
            t: INBOUND.to_owned(),
            ch: message.channel.clone(),
            co: bare_contact(message.contact),
            pt: message.at.as_millisecond(),
            fr: message.from.clone(),
            ow: message.opens_window,
            ec: message.echo,
            rx: message.received_at.as_millisecond(),
            sp: message.same_person.map(bare_contact),
            tr: message.trace,
            ge: message.gesture.as_ref().map(word),
            body: Body::new(stowed),
        };
        to_item(&row, key)
    }

    fn into_inbound(self, key: &Key, account: AccountId, message: MessageId) -> Result<Inbound, StoreError> {
        Ok(Inbound {
            id: message,
            account,
            channel: self.ch,
            contact: contact_id(key, &self.co)?,
            at: at(self.pt),
            from: self.fr,
            opens_window: self.ow,
            echo: self.ec,
            received_at: at(self.rx),
            sealed: Sealed::from_bytes(self.body.b.0),
            same_person: self.sp.map(|bare| contact_id(key, &bare)).transpose()?,
            trace: self.tr,
            gesture: self.ge.as_deref().and_then(read_word),
        })
    }
}

/// Times are milliseconds since 1970. Attempts lie beside these, see `attempts.rs`.
#[derive(Debug, Serialize, Deserialize)]
pub struct OutboundRow {
    t: String,
    /// Channel.
    ch: ChannelId,
    /// Contact.
    co: String,
    /// Purpose, unless it is a reply; and its `last_in` and step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pu: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pl: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ps: Option<String>,
    /// Via, unless it is the best way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vi: Option<Via>,
    /// Accepted, and the end of its life.
    ac: i64,
    ex: i64,
    /// The sender's state, and the deadline of a claim or of an unknown outcome.
    st: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dl: Option<i64>,
    /// The number of the latest attempt.
    #[serde(default)]
    at: u32,
    /// Way and reason of the latest plan, and `last_in` as it saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wy: Option<Way>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    re: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pw: Option<i64>,
    /// Changed.
    cg: i64,
    /// Trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tr: Option<TraceId>,
    /// Template, and its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tl: Option<String>,
    /// What becomes of it when it is held, if not what the ladder says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oh: Option<OnHeld>,
    /// Rank, and how often it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rk: Option<MessageKey>,
    #[serde(default, skip_serializing_if = "is_none")]
    ed: u32,
    /// The quote of the latest attempt, and what the provider says that it is charged as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pr: Option<String>,
    /// Wishes at the latest claim: whether they were read, and when each was recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    wi: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wo: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wn: Option<i64>,
    /// What was wished of one purpose on one medium alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wc: Option<String>,
    /// The provider's id, sealed.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pi: Bytes,
    /// By whom it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(flatten)]
    body: Body,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What a provider says of billing, as it lies on a row.
pub fn pricing_text(pricing: &Pricing) -> String {
    serde_json::to_string(pricing).unwrap_or_default()
}

/// The deadline that belongs to a state.
fn deadline(state: SenderState) -> Option<Timestamp> {
    match state {
        SenderState::Claimed { until } | SenderState::Unknown { until } => Some(until),
        SenderState::Queued
        | SenderState::Waiting
        | SenderState::Accepted
        | SenderState::Undetermined
        | SenderState::Refused
        | SenderState::Failed
        | SenderState::Expired
        | SenderState::Cancelled => None,
    }
}

fn state(word: &str, until: Option<Timestamp>) -> Option<SenderState> {
    match (word, until) {
        ("queued", _) => Some(SenderState::Queued),
        ("waiting", _) => Some(SenderState::Waiting),
        ("claimed", Some(until)) => Some(SenderState::Claimed { until }),
        ("accepted", _) => Some(SenderState::Accepted),
        ("unknown", Some(until)) => Some(SenderState::Unknown { until }),
        ("undetermined", _) => Some(SenderState::Undetermined),
        ("refused", _) => Some(SenderState::Refused),
        ("failed", _) => Some(SenderState::Failed),
        ("expired", _) => Some(SenderState::Expired),
        ("cancelled", _) => Some(SenderState::Cancelled),
        (_, _) => None,
    }
}

/// A purpose's word, `last_in` and step; nothing of it for a reply, which most messages are.
type PurposeAttributes = (Option<String>, Option<i64>, Option<String>);

fn purpose_attributes(purpose: &Purpose) -> PurposeAttributes {
    let attributes = |word: &str, last_in: &Option<Timestamp>, step: &str| {
        (Some(word.to_owned()), last_in.map(Timestamp::as_millisecond), Some(step.to_owned()))
    };
    match purpose {
        Purpose::Reply => (None, None, None),
        Purpose::WindowTemplate { last_in, step } => attributes("window_template", last_in, step),
        Purpose::SmsInvite { last_in, step } => attributes("sms_invite", last_in, step),
        Purpose::HoldingMessage { last_in, step } => attributes("holding_message", last_in, step),
        Purpose::ConsentConfirmation { of } => attributes("consent_confirmation", &None, &of.to_string()),
        // No word of a basis has a hash.
        Purpose::OptInAsk { link, basis } => attributes("opt_in_ask", &None, &format!("{}#{link}", basis.word())),
        Purpose::AutoReply { rule, answers: false } => attributes("auto_reply", &None, rule),
        Purpose::AutoReply { rule, answers: true } => attributes("auto_answer", &None, rule),
        Purpose::AutoTemplate { rule } => attributes("auto_template", &None, rule),
    }
}

fn purpose((word, last_in, step): PurposeAttributes) -> Option<Purpose> {
    let last_in = last_in.map(at);
    match (word.as_deref(), step) {
        (None | Some("reply"), _) => Some(Purpose::Reply),
        (Some("window_template"), Some(step)) => Some(Purpose::WindowTemplate { last_in, step }),
        (Some("sms_invite"), Some(step)) => Some(Purpose::SmsInvite { last_in, step }),
        (Some("holding_message"), Some(step)) => Some(Purpose::HoldingMessage { last_in, step }),
        (Some("consent_confirmation"), Some(of)) => Some(Purpose::ConsentConfirmation { of: of.parse().ok()? }),
        (Some("opt_in_ask"), Some(step)) => {
            let (basis, link) = step.split_once('#')?;
            Some(Purpose::OptInAsk { link: link.parse().ok()?, basis: Basis::read(basis)? })
        }
        (Some("auto_reply"), Some(rule)) => Some(Purpose::AutoReply { rule, answers: false }),
        (Some("auto_answer"), Some(rule)) => Some(Purpose::AutoReply { rule, answers: true }),
        (Some("auto_template"), Some(rule)) => Some(Purpose::AutoTemplate { rule }),
        (Some(_), _) => None,
    }
}

impl OutboundRow {
    pub fn item(key: &Key, message: &Outbound, stowed: &Stowed<'_>) -> Result<Item, StoreError> {
        let (pu, pl, ps) = purpose_attributes(&message.purpose);
        let row = Self {
            t: OUTBOUND.to_owned(),
            ch: message.channel.clone(),
            co: bare_contact(message.contact),
            pu,
            pl,
            ps,
            vi: (message.via != Via::Auto).then_some(message.via),
            ac: message.accepted_at.as_millisecond(),
            ex: message.expires_at.as_millisecond(),
            st: message.state.word().to_owned(),
            dl: deadline(message.state).map(Timestamp::as_millisecond),
            at: message.attempt,
            wy: message.way,
            re: message.reason.as_ref().map(word),
            pw: message.planned_with.map(Timestamp::as_millisecond),
            cg: message.changed_at.as_millisecond(),
            tr: message.trace,
            tn: message.template.clone(),
            tl: message.language.clone(),
            oh: (message.on_held != OnHeld::Ladder).then_some(message.on_held),
            rk: message.rank,
            ed: message.edits,
            qt: message.quote.as_ref().map(ToString::to_string),
            pr: message.pricing.as_ref().map(pricing_text),
            wi: message.consent.is_some(),
            wo: message.consent.and_then(|consent| consent.opted_out_at).map(Timestamp::as_millisecond),
            wn: message.consent.and_then(|consent| consent.opted_in_at).map(Timestamp::as_millisecond),
            wc: message.consent.and_then(|consent| specific_text(&consent.specific)),
            pi: message.provider_id.as_ref().map(|id| Bytes(id.as_bytes().to_vec())).unwrap_or_default(),
            by: message.by.as_ref().map(ToString::to_string),
            body: Body::new(stowed),
        };
        let mut item = to_item(&row, key)?;
        write_attempts(&message.attempts, &mut item);
        Ok(item)
    }

    /// Without its attempts.
    fn into_outbound(self, key: &Key, account: AccountId, message: MessageId) -> Result<Outbound, StoreError> {
        let unreadable = |attribute: &str| key.unreadable(format!("attribute {attribute}"));
        Ok(Outbound {
            id: message,
            account,
            channel: self.ch,
            contact: contact_id(key, &self.co)?,
            purpose: purpose((self.pu, self.pl, self.ps)).ok_or_else(|| unreadable("pu"))?,
            via: self.vi.unwrap_or_default(),
            accepted_at: at(self.ac),
            expires_at: at(self.ex),
            sealed: Sealed::from_bytes(self.body.b.0),
            state: state(&self.st, self.dl.map(at)).ok_or_else(|| unreadable("st"))?,
            attempt: self.at,
            attempts: Vec::new(),
            way: self.wy,
            // A reason of a newer version explains nothing to this one, and stops nothing.
            reason: self.re.as_deref().and_then(read_word::<Reason>),
            planned_with: self.pw.map(at),
            changed_at: at(self.cg),
            trace: self.tr,
            template: self.tn,
            language: self.tl,
            on_held: self.oh.unwrap_or_default(),
            rank: self.rk,
            edits: self.ed,
            // Of a newer version: nobody depends on them.
            quote: self.qt.as_deref().and_then(|text| text.parse().ok()),
            pricing: self.pr.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            consent: self.wi.then(|| {
                let general = Consent {
                    opted_out_at: self.wo.map(at),
                    opted_in_at: self.wn.map(at),
                    specific: Specific::default(),
                };
                with_specific(general, self.wc.as_deref().unwrap_or_default())
            }),
            provider_id: (!self.pi.is_empty()).then(|| Sealed::from_bytes(self.pi.0)),
            // Of a newer version: it explains, and decides nothing.
            by: self.by.as_deref().and_then(|text| text.parse::<Actor>().ok()),
        })
    }
}
