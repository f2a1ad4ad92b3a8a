//! Any value of the kinds that rules look at, with a liking for boundaries.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use crate::{
    domain::{
        ContactId, ConversationId, MessageId, Phone, Timestamp,
        channel::Medium,
        consent::{Choice, Consent, How, Scope, Wished},
        contact::{Address, AddressHash},
        content::{Content, Reaction, TemplateContent},
        conversation::{Answered, Head, LastIn},
        ids::MessageKey,
        message::{OnHeld, Outbound, OutboundBody, Purpose, Via, Way},
        outcome::{Failure, FailureKind},
        plan::{Facts, Placed, Wish},
        sending::{Answer, Attempt, SenderState},
        template::{Category, Definition, Status, Template},
        time::SignedDuration,
        window::ServiceWindow,
    },
    seal::Sealed,
};

/// The time around which everything happens.
pub fn noon() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// Three days around noon; often exactly on a boundary of the window, or a millisecond beside it.
pub fn instants() -> impl Strategy<Value = Timestamp> {
    let minutes = [-1442_i64, -1440, -1435, -5, -2, 0, 2, 5, 1435, 1440, 1442];
    let near =
        (prop::sample::select(minutes.to_vec()), -1_i64..=1).prop_map(|(minutes, millis)| minutes * 60_000 + millis);
    let any = -4_320 * 60_000..4_320 * 60_000_i64;
    prop_oneof![near, any].prop_map(|millis| noon() + SignedDuration::from_millis(millis))
}

pub fn windows() -> impl Strategy<Value = ServiceWindow> {
    let closed = prop_oneof![3 => Just(None), 1 => instants().prop_map(Some)];
    (prop::option::weighted(0.9, instants()), closed, prop::bool::weighted(0.1)).prop_map(
        |(last_in, closed_for, exactly)| ServiceWindow {
            last_in,
            closed_for: if exactly { last_in } else { closed_for },
        },
    )
}

pub fn contents() -> impl Strategy<Value = Content> {
    let template = |fits: bool| {
        let values = if fits { BTreeMap::new() } else { BTreeMap::from([("x".to_owned(), "y".to_owned())]) };
        Content::Template(TemplateContent { name: "fallback".into(), language: "en".into(), values })
    };
    prop_oneof![
        4 => Just(Content::text("Yes, from 7.")),
        3 => any::<bool>().prop_map(template),
        1 => Just(Content::Reaction(Reaction { message_id: "m".into(), emoji: Some("👍".into()) })),
        1 => Just(Content::Opaque { kind: Some("poll".into()), raw: json!({}) }),
    ]
}

pub fn purposes() -> impl Strategy<Value = Purpose> {
    let last_in = || prop::option::weighted(0.9, instants());
    prop_oneof![
        2 => Just(Purpose::Reply),
        1 => last_in().prop_map(|last_in| Purpose::WindowTemplate { last_in, step: "fallback".into() }),
        1 => last_in().prop_map(|last_in| Purpose::SmsInvite { last_in, step: "sms-at-once".into() }),
        1 => any::<bool>().prop_map(|answers| Purpose::AutoReply { rule: "hello".into(), answers }),
        1 => Just(Purpose::AutoTemplate { rule: "hello".into() }),
    ]
}

pub fn template() -> Template {
    Template::declared("fallback", "en", Definition::of("We will answer soon.").living(3600))
}

pub fn hash(number: u8) -> AddressHash {
    AddressHash(format!("address-{number}"))
}

/// A person has two phone numbers and a user id at most.
fn address(number: u8) -> (AddressHash, Address) {
    let address = match number {
        0 => Address::UserId("US.1".into()),
        _ => Address::Phone(Phone::from_e164(&format!("+1650555123{number}")).unwrap()),
    };
    (hash(number), address)
}

/// Everything that a plan is made from, with its owner.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Case {
    pub medium: Medium,
    pub window: ServiceWindow,
    pub window_address: Option<AddressHash>,
    pub customer_waits: bool,
    pub reply_held: bool,
    pub addresses: Vec<(AddressHash, Address)>,
    pub opted_out: bool,
    /// They agreed to everything, before that.
    pub agreed: bool,
    /// What the template is, if it is not utility.
    pub marketing: bool,
    pub erased: bool,
    pub can_text: bool,
    pub template: Option<Template>,
    pub content: Content,
    pub purpose: Purpose,
    pub via: Via,
    pub to: Option<AddressHash>,
    pub expires_at: Timestamp,
    pub now: Timestamp,
}

impl Case {
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            medium: self.medium,
            window: self.window,
            window_address: self.window_address.as_ref(),
            customer_waits: self.customer_waits,
            reply_held: self.reply_held,
            addresses: &self.addresses,
            consent: self.consent(),
            erased: self.erased,
            can_text: self.can_text,
            quiet_until: None,
            doubt: crate::domain::time::SignedDuration::ZERO,
            template: self.template.as_ref().map(|template| Placed {
                template,
                status: Status::Approved,
                category: if self.marketing { Category::Marketing } else { Category::Utility },
            }),
        }
    }

    pub fn consent(&self) -> Consent {
        let days_ago = |days: i64| noon() - SignedDuration::from_hours(24 * days);
        let consent = if self.agreed { Consent::agreed(days_ago(9)) } else { Consent::default() };
        let (scope, at) = (Scope::EVERYTHING, days_ago(8));
        let stop = Wished { choice: Choice::Out, scope, at, how: How::Keyword };
        if self.opted_out { consent.with(&stop) } else { consent }
    }

    /// It is a template that sells.
    pub fn sells(&self) -> bool {
        let is_template = matches!(self.content, Content::Template(_));
        let sells = is_template && self.marketing && self.template.is_some();
        sells && !matches!(self.purpose, Purpose::SmsInvite { .. })
    }

    pub fn wish(&self) -> Wish<'_> {
        Wish {
            content: &self.content,
            purpose: &self.purpose,
            via: self.via,
            to: self.to.as_ref(),
            expires_at: self.expires_at,
        }
    }
}

pub fn cases() -> BoxedStrategy<Case> {
    let mediums = prop_oneof![4 => Just(Medium::WhatsApp), 1 => Just(Medium::Sms)];
    let vias = prop_oneof![3 => Just(Via::Auto), 1 => Just(Via::WhatsApp), 1 => Just(Via::Sms)];
    let hashes = || prop::option::weighted(0.8, (0..4_u8).prop_map(hash));
    let addresses = prop::sample::subsequence(vec![0_u8, 1, 2], 0..=3);
    let people = (prop::bool::weighted(0.1), prop::bool::weighted(0.05), prop::bool::weighted(0.8));
    let sales = (any::<bool>(), prop::bool::weighted(0.3));
    let expires = (1..9_000_i64).prop_map(|minutes| noon() + SignedDuration::from_mins(minutes - 200));
    (
        (mediums, windows(), hashes(), any::<bool>(), any::<bool>(), addresses, people),
        (prop::bool::weighted(0.8), contents(), purposes(), vias, hashes(), expires, instants(), sales),
    )
        .prop_map(
            |(
                (medium, window, window_address, customer_waits, reply_held, addresses, (opted_out, erased, can_text)),
                (known, content, purpose, via, to, expires_at, now, (agreed, marketing)),
            )| Case {
                medium,
                window,
                window_address,
                customer_waits,
                reply_held,
                addresses: addresses.into_iter().map(address).collect(),
                opted_out,
                agreed,
                marketing,
                erased,
                can_text,
                template: known.then(template),
                content,
                purpose,
                via,
                to,
                expires_at,
                now,
            },
        )
        .boxed()
}

pub fn failures() -> impl Strategy<Value = Failure> {
    let kinds = [
        FailureKind::WindowClosed,
        FailureKind::PairLimit,
        FailureKind::RateLimited,
        FailureKind::RecipientUnreachable,
        FailureKind::Account,
        FailureKind::Transient,
        FailureKind::Other,
    ];
    prop::sample::select(kinds.to_vec()).prop_map(|kind| Failure { kind, code: "1".into() })
}

fn attempts(number: u32) -> BoxedStrategy<Attempt> {
    let time = || prop::option::weighted(0.3, instants());
    let answer = prop_oneof![
        Just(None),
        Just(Some(Answer::Accepted)),
        Just(Some(Answer::Unknown)),
        failures().prop_map(|failure| Some(Answer::Refused(failure))),
        failures().prop_map(|failure| Some(Answer::WindowClosed(failure))),
    ];
    (time(), answer, time(), time(), time(), time(), prop::option::weighted(0.3, (failures(), instants())))
        .prop_map(move |(claimed_at, answer, answered_at, sent, delivered, read, failed)| Attempt {
            number,
            claimed_at,
            answer,
            answered_at,
            sent,
            delivered,
            read,
            failed,
        })
        .boxed()
}

pub fn states() -> impl Strategy<Value = SenderState> {
    prop_oneof![
        Just(SenderState::Queued),
        Just(SenderState::Waiting),
        instants().prop_map(|until| SenderState::Claimed { until }),
        Just(SenderState::Accepted),
        instants().prop_map(|until| SenderState::Unknown { until }),
        Just(SenderState::Undetermined),
        Just(SenderState::Refused),
        Just(SenderState::Failed),
        Just(SenderState::Expired),
        Just(SenderState::Cancelled),
    ]
}

/// Any row at all, also such as no history leads to: rules must not be surprised by one.
pub fn outbounds() -> BoxedStrategy<Outbound> {
    let ways = prop::option::of(prop::sample::select(vec![Way::FreeForm, Way::Template, Way::Sms]));
    let tries = prop_oneof![
        Just(Vec::new()),
        attempts(1).prop_map(|one| vec![one]),
        (attempts(1), attempts(2)).prop_map(|(one, two)| vec![one, two]),
    ];
    (states(), tries, 0..4_u32, ways, purposes(), prop::option::of(instants()))
        .prop_map(|(state, attempts, attempt, way, purpose, planned_with)| Outbound {
            template: None,
            language: None,
            on_held: OnHeld::Ladder,
            rank: None,
            edits: 0,
            quote: None,
            pricing: None,
            consent: None,
            provider_id: None,
            by: None,
            trace: None,
            id: MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::first_at(noon()) },
            account: "demo".parse().unwrap(),
            channel: "wa".parse().unwrap(),
            contact: ContactId::from_bits(1),
            purpose,
            via: Via::Auto,
            accepted_at: noon(),
            expires_at: noon() + SignedDuration::from_hours(72),
            sealed: Sealed::<OutboundBody>::from_bytes(vec![]),
            state,
            attempt,
            attempts,
            way,
            reason: None,
            planned_with,
            changed_at: noon(),
        })
        .boxed()
}

/// Heads of one person on one channel, each under another id.
pub fn heads() -> impl Strategy<Value = Head> {
    let time = || prop::option::weighted(0.5, instants());
    let last_in = prop::option::weighted(0.8, (instants(), 0..3_u8));
    let answered = prop::option::weighted(0.5, (instants(), instants()));
    (any::<u64>(), last_in, answered, time(), (time(), time(), time()), 0..9_u64).prop_map(
        |(id, last_in, answered, closed_for, (closed_at, archived_at, free_entry_end), version)| {
            let contact = ContactId::from_bits(u128::from(id));
            let mut head = Head::new("demo".parse().unwrap(), "wa".parse().unwrap(), contact, noon());
            head.last_in = last_in.map(|(at, number)| LastIn { at, address: hash(number) });
            head.answered = answered.map(|(at, last_in)| Answered { message: MessageKey::first_at(at), last_in });
            (head.closed_for, head.closed_at, head.archived_at) = (closed_for, closed_at, archived_at);
            (head.free_entry_end, head.version) = (free_entry_end, version);
            head
        },
    )
}
