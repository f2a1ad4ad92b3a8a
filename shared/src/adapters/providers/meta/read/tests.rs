//! What every element of a Cloud API body becomes.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{
    content::{Content, Context, InteractiveReply},
    cost::Pricing,
    outcome::{Failure, FailureKind},
};

const NUMBER: &str = "106540352242922";

fn events(body: &str) -> Vec<ProviderEvent> {
    read(body.as_bytes())
}

#[track_caller]
fn message_of(event: &ProviderEvent) -> &InboundMessage {
    match event {
        ProviderEvent::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn phone(digits: &str) -> Address {
    Address::Phone(Phone::from_e164(digits).unwrap())
}

fn user(id: &str) -> Address {
    Address::UserId(id.into())
}

/// One word for each event: what it is and its id, field or fault.
fn in_short(event: &ProviderEvent) -> String {
    match event {
        ProviderEvent::Message(message) => format!("message {}", message.provider_id),
        ProviderEvent::Echo(message) => format!("echo {}", message.provider_id),
        ProviderEvent::Receipt(receipt) => format!("receipt {}", receipt.provider_id),
        ProviderEvent::Unreadable(unreadable) => format!("unreadable {}", unreadable.why),
        ProviderEvent::Preference(preference) => format!("preference {:?}", preference.choice),
        ProviderEvent::Notice(notice) => format!("notice {}", notice.field),
    }
}

fn all_in_short(body: &str) -> Vec<String> {
    events(body).iter().map(in_short).collect()
}

#[test]
fn a_message_is_read_whole() {
    let expected = InboundMessage {
        number: NUMBER.into(),
        provider_id: "wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTAw01".into(),
        at: Some(Timestamp::from_second(1_763_700_000).unwrap()),
        from: vec![phone("16505551234"), user("US.13491208655302741918")],
        profile_name: Some("Ana".into()),
        content: Content::text("¿Está lista la habitación? 😀"),
        context: Some(Context {
            message_id: Some("wamid.QUOTED".into()),
            forwarded: false,
            frequently_forwarded: false,
            referred_product: Some(json!({"catalog_id": "194836987003835", "product_retailer_id": "sku1"})),
        }),
        referral: Some(json!({
            "source_url": "https://fb.me/abc", "source_id": "120226305854810726", "source_type": "ad",
            "headline": "Stay with us", "body": "20% off", "media_type": "image",
            "image_url": "https://scontent.example/x.jpg", "ctwa_clid": "Aff-n8",
        })),
    };
    let events = events(include_str!("../fixtures/text.json"));
    assert_eq!(events, [ProviderEvent::Message(Box::new(expected))]);
}

#[test]
fn every_documented_kind_of_message_is_read_as_what_it_is() {
    let kind = |event: &ProviderEvent| match &message_of(event).content {
        Content::Text { .. } => "text",
        Content::Media(_) => "media",
        Content::Location(_) => "location",
        Content::Contacts { .. } => "contacts",
        Content::Reaction(_) => "reaction",
        Content::Interactive(InteractiveReply::Other { .. }) => "other interactive",
        Content::Interactive(_) => "interactive",
        Content::Button { .. } => "button",
        Content::Order { .. } => "order",
        Content::System(_) => "system",
        Content::Edit { .. } => "edit",
        Content::Revoke { .. } => "revoke",
        Content::Unsupported { .. } => "unsupported",
        Content::Template(_) => "template",
        Content::Opaque { .. } => "opaque",
    };
    let events = events(include_str!("../fixtures/every_kind.json"));
    let kinds: Vec<&str> = events.iter().map(kind).collect();
    assert_eq!(
        kinds,
        [
            "text",
            "media",
            "media",
            "media",
            "media",
            "media",
            "location",
            "contacts",
            "reaction",
            "reaction",
            "interactive",
            "interactive",
            "interactive",
            "interactive",
            "button",
            "order",
            "unsupported",
            "edit",
            "revoke",
            "opaque",
        ]
    );
}

#[test]
fn a_notice_about_a_customer_comes_without_contacts() {
    let events = events(include_str!("../fixtures/system.json"));
    let message = message_of(&events[0]);
    assert_eq!(message.from, [phone("16505551234")]);
    assert!(matches!(&message.content, Content::System(notice) if notice.wa_id.as_deref() == Some("12195555358")));
}

#[test]
fn a8_contacts_are_matched_by_identity_and_the_phone_number_comes_first() {
    let events = events(include_str!("../fixtures/two_writers.json"));
    let writers: Vec<_> = events
        .iter()
        .map(message_of)
        .map(|message| (message.provider_id.as_str(), message.from.clone(), message.profile_name.as_deref()))
        .collect();
    let cal = vec![phone("16505550000"), user("US.222")];
    assert_eq!(
        writers,
        [
            ("wamid.C1", cal.clone(), Some("Cal")),
            ("wamid.B1", vec![user("BR.99887766554433221100")], Some("Bea")),
            ("wamid.C2", cal, Some("Cal")),
            ("wamid.D1", vec![phone("16505557777")], None),
        ]
    );
}

#[test]
fn a8_of_few_contacts_and_of_many_the_first_with_the_number_or_the_id_is_the_writer() {
    for others in [0, 6, 7, 60] {
        let mut contacts = vec![
            json!({"profile": {"name": "By id"}, "user_id": "US.1"}),
            json!({"profile": {"name": "By number"}, "wa_id": "16505550001"}),
        ];
        contacts.extend((0..others).map(|index| json!({"wa_id": format!("1650555{index:04}"), "user_id": "US.1"})));
        let name = |message: Value| {
            let mut change = change(Some(json!([message])), None);
            change["value"]["contacts"] = json!(contacts);
            let events = events(&json!({"entry": [{"changes": [change]}]}).to_string());
            message_of(&events[0]).profile_name.clone()
        };
        let by_id = name(json!({"id": "wamid.1", "from": "16505550001", "from_user_id": "US.1", "type": "text"}));
        let by_number = name(json!({"id": "wamid.1", "from": "16505550001", "type": "text"}));
        assert_eq!((by_id.as_deref(), by_number.as_deref()), (Some("By id"), Some("By number")), "{others}");
    }
}

#[test]
fn every_status_is_a_receipt_and_brings_our_callback_data_back() {
    let receipts: Vec<_> = events(include_str!("../fixtures/statuses.json"))
        .into_iter()
        .map(|event| match event {
            ProviderEvent::Receipt(receipt) => receipt,
            other => panic!("{other:?}"),
        })
        .collect();
    let window_closed = Failure { kind: FailureKind::WindowClosed, code: "131047".into() };
    let statuses: Vec<_> = receipts.iter().map(|receipt| receipt.status.clone()).collect();
    assert_eq!(
        statuses,
        [
            ReceiptStatus::Sent,
            ReceiptStatus::Delivered,
            ReceiptStatus::Read,
            ReceiptStatus::Read,
            ReceiptStatus::Failed(window_closed),
            ReceiptStatus::InProgress,
        ]
    );
    assert_eq!(
        receipts[0],
        ProviderReceipt {
            number: NUMBER.into(),
            provider_id: "wamid.OURS1".into(),
            callback: Some("demo.msg_1.1".into()),
            status: ReceiptStatus::Sent,
            at: Some(Timestamp::from_second(1_763_700_123).unwrap()),
            pricing: Some(Pricing {
                billable: Some(true),
                kind: Some("regular".into()),
                category: Some("utility".into()),
            }),
        }
    );
    assert_eq!(receipts[5].callback, None);
}

#[test]
fn a6_a7_messages_and_statuses_of_every_entry_and_change_are_read() {
    assert_eq!(
        all_in_short(include_str!("../fixtures/mixed.json")),
        [
            "message wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTAw01",
            "receipt wamid.OURS1",
            "message wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTAw02",
            "receipt wamid.OURS2",
            "notice errors",
        ]
    );
}

#[test]
fn a21_what_the_business_wrote_on_its_phone_is_an_echo_about_the_customer() {
    let events = events(include_str!("../fixtures/echo.json"));
    let [ProviderEvent::Echo(echo)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(echo.from, [phone("16505551234"), user("US.13491208655302741918")]);
    assert_eq!(echo.content, Content::text("Written on the phone"));
    assert_eq!(echo.number, NUMBER);
}

#[test]
fn other_news_is_kept_as_notices() {
    let events = events(include_str!("../fixtures/news.json"));
    let fields: Vec<String> = events.iter().map(in_short).collect();
    assert_eq!(
        fields,
        [
            "notice message_template_status_update",
            "notice calls",
            "preference Out",
            "notice user_actions",
            "notice messages",
        ]
    );
    let ProviderEvent::Notice(notice) = &events[0] else { panic!("{events:?}") };
    assert_eq!(notice.raw["message_template_id"], 594_425_479_261_596_u64);
}

fn preferences(list: &str) -> String {
    let value = format!(r#"{{"messaging_product":"whatsapp","user_preferences":{list}}}"#);
    format!(r#"{{"entry":[{{"id":"1","changes":[{{"field":"user_preferences","value":{value}}}]}}]}}"#)
}

#[test]
fn a_customers_switch_in_whatsapp_is_a_wish_about_marketing_on_whatsapp() {
    let stop = r#"{"wa_id":"16505551234","user_id":"US.1","category":"marketing_messages","value":"stop",
        "detail":"User requested to stop marketing messages","timestamp":1763700000}"#;
    let events = events(&preferences(&format!("[{stop}]")));
    let [ProviderEvent::Preference(preference)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(preference.from, [phone("16505551234"), user("US.1")]);
    assert_eq!(preference.at, Timestamp::from_second(1_763_700_000).ok());
    let scope = serde_json::to_value(preference.scope).unwrap();
    assert_eq!(scope, serde_json::json!({ "purposes": ["marketing"], "media": ["whatsapp"] }));
}

#[test]
fn each_preference_is_read_alone_and_what_is_new_is_kept() {
    let one = |category: &str, value: &str| {
        format!(r#"{{"user_id":"US.1","category":"{category}","value":"{value}","timestamp":1763700000}}"#)
    };
    let list = [
        one("marketing_messages", "resume"),
        one("marketing_messages", "fewer"),
        one("surveys", "stop"),
        r#"{"category":"marketing_messages","value":"stop"}"#.to_owned(),
        "5".to_owned(),
    ];
    assert_eq!(
        all_in_short(&preferences(&format!("[{}]", list.join(",")))),
        [
            "preference In",
            "notice user_preferences",
            "notice user_preferences",
            "unreadable entry[0].changes[0].value.user_preferences[3].wa_id: neither a phone number nor a user id",
            "unreadable entry[0].changes[0].value.user_preferences[4]: not an object",
        ]
    );
    assert_eq!(all_in_short(&preferences("{}")), ["notice user_preferences"]);
}

#[test]
fn a10_a_fault_stays_in_its_element_and_names_it() {
    assert_eq!(
        all_in_short(include_str!("../fixtures/damaged.json")),
        [
            "unreadable entry[0]: not an object",
            "unreadable entry[1].changes: missing or not a list",
            "unreadable entry[2].changes[0]: not an object",
            "unreadable entry[2].changes[1].field: missing or not text",
            "unreadable entry[2].changes[2].value: missing or not an object",
            "message wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTAw01",
            "unreadable entry[2].changes[3].value.messages[1]: not an object",
            "unreadable entry[2].changes[3].value.messages[2].id: missing or not text",
            "unreadable entry[2].changes[3].value.messages[3].from: neither a phone number nor a user id",
            "unreadable entry[2].changes[3].value.messages[4].from: neither a phone number nor a user id",
            "unreadable entry[2].changes[3].value.messages[5].group_id: written in a group, and groups are not served",
            "message wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTAw03",
            "receipt wamid.OURS1",
            "unreadable entry[2].changes[3].value.statuses[1].status: missing or not text",
            "unreadable entry[2].changes[3].value.statuses[2].id: missing or not text",
            "unreadable entry[2].changes[3].value.statuses[3]: not an object",
            "unreadable entry[2].changes[4].value.messages: not a list",
            "unreadable entry[2].changes[5].value.messages[0]: the change has no metadata.phone_number_id",
            "unreadable entry[2].changes[5].value.statuses[0]: the change has no metadata.phone_number_id",
        ]
    );
}

#[test]
fn an_unreadable_element_is_kept_with_the_number_that_it_was_for() {
    let body = with_messages(&json!([{"id": 5, "from": []}]));
    let [ProviderEvent::Unreadable(unreadable)] = &events(&body)[..] else { panic!("{body}") };
    assert_eq!(unreadable.number.as_deref(), Some(NUMBER));
    assert_eq!(unreadable.raw, json!({"id": 5, "from": []}));
}

#[test]
fn a11_a_body_that_is_no_json_is_kept_as_text() {
    for body in ["", "{", "nonsense", "{\"entry\":[]} x", "{\"object\":\"whatsapp_business_account\",\"entry\":[{"] {
        let raw = Value::String(body.into());
        let expected = Unreadable { number: None, why: "the body is not JSON".into(), raw };
        assert_eq!(events(body), [ProviderEvent::Unreadable(expected)], "{body}");
    }
    assert_eq!(all_in_short("[]"), ["unreadable the body is not an object"]);
    assert_eq!(all_in_short("{}"), ["unreadable entry: missing or not a list"]);
    assert_eq!(all_in_short(r#"{"entry":[]}"#), [""; 0]);
}

#[test]
fn a11_damaged_bytes_cost_only_what_they_stood_for() {
    let mut body = with_messages(&json!([text(1, "a"), text(2, "b")])).into_bytes();
    let at = body.windows(6).position(|part| part == b"\"body\"").unwrap() + 8;
    body[at] = 0xff;
    let events = read(&body);
    assert_eq!(message_of(&events[0]).content, Content::text("\u{fffd}"));
    assert_eq!(message_of(&events[1]).content, Content::text("b"));
}

#[test]
fn a13_deep_nesting_does_not_overflow_the_stack() {
    for body in ["[".repeat(3_000_000), format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000))] {
        assert!(matches!(&events(&body)[..], [ProviderEvent::Unreadable(_)]));
    }
    let deep = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    let body = with_messages(&json!([text(1, "a"), "HERE", text(2, "b")])).replace("\"HERE\"", &deep);
    let names: Vec<String> = events(&body).iter().map(in_short).collect();
    assert_eq!(
        names,
        [
            "message wamid.1",
            "unreadable entry[0].changes[0].value.messages[1].id: missing or not text",
            "message wamid.2"
        ]
    );
}

#[test]
fn a13_a_field_that_is_there_twice_does_no_harm() {
    let body = with_messages(&json!([text(1, "a")])).replace(r#""id":"wamid.1""#, r#""id":"wamid.0","id":"wamid.1""#);
    assert_eq!(all_in_short(&body), ["message wamid.1"]);
}

#[test]
fn a12_a_body_of_3_mb_with_1000_updates_is_read() {
    let empty = with_messages(&(0..1000).map(|index| text(index, "")).collect());
    let padding = "é".repeat((3_000_000 - empty.len()) / 1000 / 6);
    let messages = (0..1000).map(|index| text(index, &padding)).collect();
    let body = with_messages(&messages).replace('é', "\\u00e9");
    assert!((2_990_000..=3_000_000).contains(&body.len()), "{}", body.len());
    let events = events(&body);
    assert_eq!(events.len(), 1000);
    for (index, event) in events.iter().enumerate() {
        assert_eq!(message_of(event).provider_id, format!("wamid.{index}"));
        assert_eq!(message_of(event).content, Content::text(padding.as_str()));
    }
}

#[test]
fn a18_a_time_that_makes_no_sense_counts_as_absent() {
    let at = |timestamp: Value| {
        let mut message = text(1, "a");
        message["timestamp"] = timestamp;
        message_of(&events(&with_messages(&json!([message])))[0]).at.map(Timestamp::as_second)
    };
    assert_eq!(at(json!("1763700000")), Some(1_763_700_000));
    assert_eq!(at(json!(1_763_700_000)), Some(1_763_700_000));
    assert_eq!(at(json!(1_763_700_000_123_u64)), None); // Milliseconds: the year 57,859.
    for nonsense in [json!("yesterday"), json!({}), Value::Null, json!("1e400")] {
        assert_eq!(at(nonsense), None);
    }
}

#[test]
fn ids_may_be_numbers() {
    let mut message = text(1, "a");
    message["id"] = json!(123);
    message["from"] = json!(16_505_551_234_u64);
    let body = with_messages(&json!([message])).replace(&format!("\"{NUMBER}\""), NUMBER);
    let events = events(&body);
    let message = message_of(&events[0]);
    assert_eq!((message.number.as_str(), message.provider_id.as_str()), (NUMBER, "123"));
    assert_eq!(message.from, [phone("16505551234")]);
}

fn text(index: usize, body: &str) -> Value {
    json!({"id": format!("wamid.{index}"), "from": "16505551234", "type": "text", "text": {"body": body}})
}

fn status(index: usize) -> Value {
    json!({"id": format!("wamid.{index}"), "status": "sent"})
}

fn change(messages: Option<Value>, statuses: Option<Value>) -> Value {
    let mut value = json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}});
    if let Some(messages) = messages {
        value["messages"] = messages;
    }
    if let Some(statuses) = statuses {
        value["statuses"] = statuses;
    }
    json!({"field": "messages", "value": value})
}

fn with_messages(messages: &Value) -> String {
    json!({"entry": [{"changes": [change(Some(messages.clone()), None)]}]}).to_string()
}

proptest! {
    #[test]
    fn a11_no_bytes_make_reading_panic_or_vanish(body: Vec<u8>) {
        prop_assert!(!read(&body).is_empty());
    }

    #[test]
    fn a10_no_damage_to_a_body_makes_reading_panic(at in 0_usize..4_000, byte: u8, cut in 0_usize..4_000) {
        let mut body = include_bytes!("../fixtures/every_kind.json").to_vec();
        let at = at % body.len();
        body[at] = byte;
        read(&body);
        body.truncate(cut);
        read(&body);
    }

    /// Each entry is a list of changes, each change a count of messages and of statuses.
    #[test]
    fn a6_any_nesting_surfaces_every_element(shape in prop::collection::vec(prop::collection::vec((0_usize..4, 0_usize..4), 0..4), 0..4)) {
        let mut expected = Vec::new();
        let mut next = 0..;
        let entries: Vec<Value> = shape.iter().map(|changes| {
            let changes: Vec<Value> = changes.iter().map(|(messages, statuses)| {
                let messages: Vec<usize> = next.by_ref().take(*messages).collect();
                let statuses: Vec<usize> = next.by_ref().take(*statuses).collect();
                expected.extend(messages.iter().map(|index| format!("message wamid.{index}")));
                expected.extend(statuses.iter().map(|index| format!("receipt wamid.{index}")));
                change(
                    Some(messages.into_iter().map(|index| text(index, "x")).collect()),
                    Some(statuses.into_iter().map(status).collect()),
                )
            }).collect();
            json!({"id": "1", "changes": changes})
        }).collect();
        let mut found = all_in_short(&json!({"entry": entries}).to_string());
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
