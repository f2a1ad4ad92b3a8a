//! What the fixtures hold: every kind of row, with every attribute that there is.

use std::collections::BTreeMap;

use serde_json::json;
use transom::{
    domain::{
        ConversationId, MessageId,
        access::token::ApiToken,
        channel::{Channel, Endpoint, Medium, ProviderKind},
        consent::{ConsentWord, How, Wished},
        contact::Profile,
        conversation::Head,
        ids::MessageKey,
        inbound::{ReceiptStatus, ReportedAt},
        ladder::Ladder,
        message::{Inbound, Outbound, Purpose, Via},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::Answer,
        template::{Definition, Template},
        timer::{Timer, TimerKind},
    },
    ports::{
        Ring,
        store::{
            Access, Consents, Contacts, Conversations, Messages, Parked, ParkedBody, ParkedKind, Parking, Report,
            Settings, Timers, Verdict, parked_id,
        },
    },
    seal::Sealed,
};

use crate::world::{
    World, account, address, at, contact, contact_id, file, hash, head, inbound, key, last_in, message_id, outbound,
    wrapped,
};

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "131026".into() }
}

/// Outbound messages by the state in which the scenario leaves them.
pub const STATES: [&str; 10] = [
    "queued",
    "waiting",
    "claimed",
    "accepted",
    "unknown",
    "undetermined",
    "refused",
    "failed",
    "expired",
    "cancelled",
];

pub fn outbound_id(state: &str) -> MessageId {
    let number = STATES.iter().position(|known| *known == state).unwrap();
    message_id(100 + i64::try_from(number).unwrap(), 2)
}

fn intent(state: &str) -> Outbound {
    let plain = Outbound { id: outbound_id(state), ..outbound(100, "Your room is ready") };
    match state {
        "waiting" => Outbound { via: Via::WhatsApp, ..plain },
        "accepted" => {
            Outbound { purpose: Purpose::WindowTemplate { last_in: Some(at(5)), step: "fallback".into() }, ..plain }
        }
        "failed" => {
            Outbound { purpose: Purpose::SmsInvite { last_in: None, step: "sms-later".into() }, via: Via::Sms, ..plain }
        }
        _ => plain,
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint {
        id: "meta-app".parse().unwrap(),
        account: account(),
        provider: ProviderKind::Meta,
        public_url: "https://example.com/webhooks/meta-app".into(),
        signing_secret: "app-secret".parse().unwrap(),
        verify_token: Some("verify-token".parse().unwrap()),
        numbers: BTreeMap::from([("106540352242922".to_owned(), head().channel)]),
        early_until: Some(at(900)),
    }
}

fn channel() -> Channel {
    Channel {
        id: head().channel,
        medium: Medium::WhatsApp,
        provider: ProviderKind::Twilio,
        endpoint: "meta-app".parse().unwrap(),
        number: "whatsapp:+14155550100".into(),
        phone: transom::domain::Phone::parse("+14155550100").unwrap(),
        credentials: "token".parse().unwrap(),
        provider_account: Some("AC1".into()),
        sms: Some("front-desk-sms".parse().unwrap()),
        display_name: "The Grand".into(),
        messages_per_second: 80,
    }
}

fn template() -> Template {
    Template {
        references: BTreeMap::from([(ProviderKind::Twilio, "HX1".to_owned())]),
        ..Template::declared("fallback", "en", Definition::of("Hello {{guest}}").living(3600).with_buttons(&["Yes"]))
    }
}

/// With nothing in it that the first version does not know.
fn ladder() -> Ladder {
    let invite = json!({"action": "sms_invite", "text": "Please write to us on WhatsApp to go on:"});
    let template = |name: &str| json!({"action": "send_template", "template": name});
    let away = "Thank you for your message. We are away just now and will answer as soon as we can.";
    let ladder = json!({"default_language": "en", "steps": [
        {"name": "remind", "when": {"moment": "before_end", "minutes": 240}, "only_if": ["customer_waits"],
            "do": {"action": "remind"}},
        {"name": "holding-message", "when": {"moment": "before_end", "minutes": 60},
            "only_if": ["customer_waits", "outside_business_hours"], "do": {"action": "holding_message", "text": away}},
        {"name": "fallback", "when": {"moment": "at_end"}, "only_if": ["customer_waits"], "do": template("fallback")},
        {"name": "answer-waiting", "when": {"moment": "answer_held"}, "do": template("answer_waiting")},
        {"name": "sms-at-once", "when": {"moment": "template_failed"}, "only_if": ["may_be_texted"], "do": invite},
        {"name": "sms-later", "when": {"moment": "after_template", "minutes": 120}, "only_if": ["may_be_texted"],
            "do": invite},
        {"name": "give-up", "when": {"moment": "held_for", "hours": 72}, "do": {"action": "give_up"}},
    ]});
    serde_json::from_value(ladder).unwrap()
}

pub fn timers() -> Vec<Timer> {
    let (conversation, message) = (head().id, outbound_id("unknown"));
    [
        TimerKind::WindowEnd { conversation },
        TimerKind::Wake { conversation },
        TimerKind::UnknownSettles { message },
        TimerKind::AfterTemplate { message, step: "sms-later".into() },
    ]
    .into_iter()
    .map(|kind| Timer { due: at(7200), account: account(), kind })
    .collect()
}

fn parked() -> Vec<Parked> {
    let record = |seconds, name: &str, what| Parked {
        id: parked_id(at(seconds), name),
        account: account(),
        at: at(seconds),
        why: "a field is missing".into(),
        what,
        sealed: Sealed::new(&ParkedBody { element: json!({ "n": seconds }) }, &key(1), [1; 12]),
    };
    vec![
        record(20, "change", ParkedKind::Change { key: format!("A#{}#V#1", account()), conversation: None }),
        record(10, "webhook", ParkedKind::Webhook { endpoint: "meta-app".parse().unwrap() }),
    ]
}

pub fn echo() -> Inbound {
    Inbound {
        id: message_id(6, 3),
        at: at(6),
        opens_window: false,
        echo: true,
        same_person: Some(contact_id(9)),
        ..inbound(6, "from the phone app")
    }
}

/// A message whose content is kept in parts.
pub fn large() -> Inbound {
    Inbound { id: message_id(7, 4), at: at(7), sealed: Sealed::from_bytes(vec![7; 350_001]), ..inbound(7, "large") }
}

/// Writes every kind of row, with every attribute that there is.
pub async fn write_everything(world: &World) {
    let store = &world.store;
    let account = account();
    let conversation = head().id;
    store.raise(&head(), &last_in(5)).await.unwrap();
    store.record_answer(&account, conversation, MessageKey::first_at(at(6)), at(5)).await.unwrap();
    store.close_window(&account, conversation, Some(at(4))).await.unwrap();
    store.close(&account, conversation, at(3)).await.unwrap();
    store.archive(&account, conversation, at(2)).await.unwrap();
    store.wait_from(&world.head().await, MessageKey::first_at(at(100)), "0a").await.unwrap();
    store.wake(&account, conversation, at(8)).await.unwrap();
    store.join_heads(&world.head().await, ConversationId::from_bits(9)).await.unwrap();
    let former =
        Head { survivor: Some(conversation), ..Head::new(account.clone(), head().channel, contact_id(9), at(0)) };
    store.begin(&former).await.unwrap();
    file(store, &world.head().await).await;

    for message in [inbound(5, "hello"), echo(), large()] {
        store.put_inbound(&message).await.unwrap();
    }
    for state in STATES {
        store.put_outbound(&intent(state)).await.unwrap();
        leave_as(world, state).await;
    }

    let id = outbound_id("queued");
    store.claim_client_key(&account, "keyhash", "bodyhash", id, at(10)).await.unwrap();
    store.first_seen(&account, "fact", at(11)).await.unwrap();
    store.put_endpoint(&endpoint()).await.unwrap();
    store.note_early(&endpoint().id, at(900)).await.unwrap();
    store.put_channel(&account, &channel()).await.unwrap();
    store.put_ladder(&account, &ladder()).await.unwrap();
    store.put_template(&account, &template()).await.unwrap();
    let token = ApiToken::for_everything("tokenhash", "test", at(0));
    store.add_token(&account, "tokenhash", &token).await.unwrap();
    for timer in timers() {
        store.arm(&timer).await.unwrap();
    }
    store.advance_cursor(3, 30_000_000).await.unwrap();
    for record in parked() {
        store.park(&record).await.unwrap();
    }

    let profile = Profile { language: Some("de".into()), ..Profile::default() };
    for n in [7, 9] {
        store.put_contact(&account, &contact(n)).await.unwrap();
        let id = contact_id(u128::from(n));
        store.link(&account, id, &hash(&format!("phone{n}")), &address("a"), true, &wrapped(n)).await.unwrap();
        store.link(&account, id, &hash(&format!("id{n}")), &address("b"), false, &wrapped(n)).await.unwrap();
        store.set_profile(&account, id, &Sealed::new(&profile, &key(n), [2; 12])).await.unwrap();
        store.record_consent(&account, id, &ConsentWord::Stop.wished(at(1))).await.unwrap();
        let start = Wished { how: How::Api, ..ConsentWord::Start.wished(at(2)) };
        store.record_consent(&account, id, &start).await.unwrap();
    }
    store.merge_contacts(&account, contact_id(7), contact_id(9), at(12)).await.unwrap();
}

/// Takes a queued message to this state.
async fn leave_as(world: &World, state: &str) {
    let store = &world.store;
    let id = outbound_id(state);
    let judge = async |verdict, reason| {
        let message = world.outbound(id).await;
        store.judge(&message, verdict, reason, Some(at(5)), at(200)).await.unwrap();
    };
    let settle = async |answer: Answer| {
        let message = world.claimed(&world.outbound(id).await).await;
        let name = Sealed::new(&"wamid.X".to_owned(), &key(7), [9; 12]);
        store.settle(&message, 1, &answer, Some(&name), at(30), at(930)).await.unwrap();
    };
    let receipt = async |status: ReceiptStatus| {
        store
            .record_receipt(
                &account(),
                id,
                1,
                &Report { status: &status, at: ReportedAt::Provider(at(40)), pricing: None },
            )
            .await
            .unwrap();
    };
    match state {
        "queued" => {}
        "waiting" => judge(Verdict::Waiting, Reason::WindowClosed).await,
        "claimed" => drop(world.claimed(&world.outbound(id).await).await),
        "accepted" => {
            settle(Answer::Accepted).await;
            for status in [ReceiptStatus::Sent, ReceiptStatus::Delivered, ReceiptStatus::Read] {
                receipt(status).await;
            }
            receipt(ReceiptStatus::Failed(failure(FailureKind::Policy))).await;
        }
        "unknown" => settle(Answer::Unknown).await,
        "undetermined" => {
            settle(Answer::WindowClosed(failure(FailureKind::WindowClosed))).await;
            judge(Verdict::Undetermined, Reason::NoReceipt).await;
        }
        "refused" => judge(Verdict::Refused, Reason::OptedOut).await,
        "failed" => settle(Answer::Refused(failure(FailureKind::RecipientUnreachable))).await,
        "expired" => judge(Verdict::Expired, Reason::TooOld).await,
        "cancelled" => judge(Verdict::Cancelled, Reason::TakenBack).await,
        other => panic!("{other}"),
    }
}

pub fn rings() -> Vec<Ring> {
    let message = outbound_id("queued");
    vec![
        Ring::for_message(account(), message),
        Ring::V1 { account: account(), conversation: message.conversation, cause: None, trace: None },
    ]
}
