//! Rows and queue messages outlive a deploy: what an earlier version wrote is read by this one, and what this one writes
//! can be read by the earlier one. (Fault matrix B13, C15, J6.)
//!
//! `fixtures/rows_v1.json` holds every kind of row as the first version with a stored form wrote it, and
//! `fixtures/rings_v1.json` its queue messages. They are never written again: a later version gets files of its own.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use transom::{
    domain::{
        ConversationId, MessageId,
        channel::{Channel, Endpoint, Medium, ProviderKind},
        consent::ConsentWord,
        contact::Profile,
        conversation::Head,
        ids::MessageKey,
        inbound::ReceiptStatus,
        ladder::Ladder,
        message::{Inbound, Outbound, Purpose, Via},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::{Answer, SenderState},
        template::{ParameterFormat, Template},
        timer::{Timer, TimerKind},
    },
    ports::{
        Ring, StoreError,
        store::{
            Contacts, Conversations, Messages, Parked, ParkedBody, ParkedKind, Parking, Settings, Timers, Verdict,
            parked_id,
        },
    },
    seal::Sealed,
};

use crate::world::{
    CONTACTS, TABLE, World, account, address, at, contact, contact_id, hash, head, inbound, key, last_in, message_id,
    outbound, wrapped,
};

type Row = HashMap<String, AttributeValue>;

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "131026".into() }
}

/// Outbound messages by the state in which the scenario leaves them.
const STATES: [&str; 10] = [
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

fn outbound_id(state: &str) -> MessageId {
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

fn endpoint() -> Endpoint {
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
    }
}

fn template() -> Template {
    Template {
        name: "fallback".into(),
        language: "en".into(),
        body: "Hello {{guest}}".into(),
        variables: vec!["guest".into()],
        parameters: ParameterFormat::Named,
        time_to_live_seconds: 3600,
        buttons: vec!["Yes".into()],
        references: BTreeMap::from([(ProviderKind::Twilio, "HX1".to_owned())]),
    }
}

fn timers() -> Vec<Timer> {
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

fn echo() -> Inbound {
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
fn large() -> Inbound {
    Inbound { id: message_id(7, 4), at: at(7), sealed: Sealed::from_bytes(vec![7; 350_001]), ..inbound(7, "large") }
}

/// Writes every kind of row, with every attribute that there is.
async fn write_everything(world: &World) {
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
    store.file(&world.head().await).await.unwrap();

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
    store.put_ladder(&account, &Ladder::default()).await.unwrap();
    store.put_template(&account, &template()).await.unwrap();
    store.put_token("tokenhash", &account).await.unwrap();
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
        store.record_consent(&account, id, ConsentWord::Stop, at(1), "message").await.unwrap();
        store.record_consent(&account, id, ConsentWord::Start, at(2), "api").await.unwrap();
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
        store.record_receipt(&account(), id, 1, &status, at(40)).await.unwrap();
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

fn rings() -> Vec<Ring> {
    let message = outbound_id("queued");
    vec![
        Ring::for_message(account(), message),
        Ring::V1 { account: account(), conversation: message.conversation, cause: None },
    ]
}

// ---- rows as JSON ---------------------------------------------------------------------------------------------------

fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        // A part of a large content is one byte over and over here.
        AttributeValue::B(bytes) if bytes.as_ref().len() > 1000 => {
            json!({ "B repeated": [bytes.as_ref()[0], bytes.as_ref().len()] })
        }
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes.as_ref()) }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        other => panic!("{other:?}"),
    }
}

fn from_json(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()).unwrap())),
        "B repeated" => {
            let byte = u8::try_from(value[0].as_u64().unwrap()).unwrap();
            AttributeValue::B(Blob::new(vec![byte; usize::try_from(value[1].as_u64().unwrap()).unwrap()]))
        }
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "SS" => AttributeValue::Ss(value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().into()).collect()),
        other => panic!("{other}"),
    }
}

/// All rows of both tables, by table and key.
async fn rows(world: &World) -> BTreeMap<(String, String, String), Row> {
    let mut rows = BTreeMap::new();
    for table in [TABLE, CONTACTS] {
        let mut after = None;
        loop {
            let page =
                world.engine.dynamo().scan().table_name(table).set_exclusive_start_key(after).send().await.unwrap();
            for row in page.items.unwrap_or_default() {
                let text = |name: &str| row[name].as_s().unwrap().clone();
                rows.insert((table.to_owned(), text("pk"), text("sk")), row);
            }
            after = page.last_evaluated_key;
            if after.is_none() {
                break;
            }
        }
    }
    rows
}

fn fixture() -> Vec<(String, Row)> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("fixtures/rows_v1.json")).unwrap();
    let item = |row: &Map<String, Value>| row.iter().map(|(name, value)| (name.clone(), from_json(value))).collect();
    rows.iter().map(|row| (row["table"].as_str().unwrap().to_owned(), item(row["row"].as_object().unwrap()))).collect()
}

/// A world that holds what the first version wrote.
async fn of_the_first_version() -> World {
    let world = World::new().await;
    for (table, row) in fixture() {
        world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    }
    world
}

/// Everything that can be read of the scenario, as text: domain values have no other common form.
async fn reading(world: &World) -> Vec<String> {
    let (store, account, conversation) = (&world.store, account(), head().id);
    let mut seen = Vec::new();
    let mut see = |value: &dyn std::fmt::Debug| seen.push(format!("{value:?}"));
    see(&store.head(&account, conversation).await.unwrap().unwrap());
    see(&store
        .head(&account, Head::new(account.clone(), head().channel, contact_id(9), at(0)).id)
        .await
        .unwrap()
        .unwrap());
    for id in [inbound(5, "").id, echo().id, large().id].into_iter().chain(STATES.map(outbound_id)) {
        see(&store.message(&account, id).await.unwrap().unwrap());
    }
    see(&store.client_key(&account, "keyhash", "bodyhash", at(10)).await.unwrap());
    see(&store.first_sight(&account, "fact").await.unwrap().unwrap());
    see(&store.endpoint(&endpoint().id).await.unwrap().unwrap());
    see(&store.channels(&account).await.unwrap());
    see(&store.ladder(&account).await.unwrap().unwrap());
    see(&store.templates(&account, None).await.unwrap());
    see(&store.token("tokenhash").await.unwrap().unwrap());
    let timer = &timers()[0];
    let hour = transom::domain::timer::hour_of(timer.due);
    see(&store.due(hour, timer.shard(), at(0), at(9000), 9).await.unwrap());
    see(&store.cursor(3).await.unwrap());
    see(&store.parked_list(&account, at(100), 2, None, 9).await.unwrap());
    for n in [7, 9] {
        see(&store.contact(&account, contact_id(n)).await.unwrap().unwrap());
    }
    let names = ["phone7", "id7", "phone9", "id9"].map(hash);
    see(&store.identities(&account, &names).await.unwrap());
    seen
}

#[tokio::test]
async fn b13_rows_of_the_first_version_read_as_the_same_facts() {
    let (then, now) = (of_the_first_version().await, World::new().await);
    write_everything(&now).await;
    assert_eq!(reading(&then).await, reading(&now).await);
}

/// Nothing that an earlier version reads has gone, or has another form: a version can be taken back.
#[tokio::test]
async fn j6_rows_of_this_version_hold_all_that_the_first_one_reads() {
    let world = World::new().await;
    write_everything(&world).await;
    let now = rows(&world).await;
    let first = fixture();
    assert_eq!(first.len(), now.len());
    for (table, row) in first {
        let text = |name: &str| row[name].as_s().unwrap().clone();
        let key = (table, text("pk"), text("sk"));
        let written = now.get(&key).unwrap_or_else(|| panic!("{key:?} is written no more"));
        for (name, value) in &row {
            match (name.as_str(), value, &written[name]) {
                // Kept as JSON: the same holds for its fields.
                ("j", AttributeValue::S(then), AttributeValue::S(now)) => {
                    let fields = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap();
                    let now = fields(now);
                    for (field, value) in fields(then) {
                        assert_eq!(now.get(&field), Some(&value), "field {field} of {key:?}");
                    }
                }
                (_, then, now) => assert_eq!(now, then, "attribute {name} of {key:?}"),
            }
        }
    }
}

/// Attributes of a version to come are passed over, in every kind of row.
#[tokio::test]
async fn b13_attributes_of_a_version_to_come_change_nothing() {
    let world = of_the_first_version().await;
    let before = reading(&world).await;
    for (table, mut row) in fixture() {
        row.insert("zz".into(), AttributeValue::S("later".into()));
        row.insert("zn".into(), AttributeValue::N("5".into()));
        row.insert("zm".into(), AttributeValue::M(HashMap::from([("a".into(), AttributeValue::Bool(true))])));
        world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    }
    assert_eq!(reading(&world).await, before);
}

/// The first version's row of an outbound message, with one attribute as a version to come might write it.
async fn with_later_word(state: &str, attribute: &str, later: &str) -> World {
    let world = of_the_first_version().await;
    let key = outbound_id(state).key.to_string();
    let (table, mut row) =
        fixture().into_iter().find(|(_, row)| row["sk"].as_s().unwrap().strip_prefix("M#") == Some(&*key)).unwrap();
    row.insert(attribute.into(), AttributeValue::S(later.into()));
    world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    world
}

/// What decides whether and how a message goes is an error where its word is not known: never a wrong send.
#[tokio::test]
async fn b13_a_word_of_a_version_to_come_that_decides_about_sending_is_an_error_with_the_key() {
    for (attribute, word) in
        [("st", "scheduled"), ("pu", "campaign"), ("vi", "email"), ("wy", "rcs"), ("o1", "perhaps")]
    {
        let world = with_later_word("claimed", attribute, word).await;
        let id = outbound_id("claimed");
        let error = world.store.message(&account(), id).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::BadRow { key, .. } if key.contains(&id.key.to_string())),
            "{attribute}: {error}"
        );
        assert!(world.store.outbound_from(&account(), id.conversation, id.key).await.is_err(), "{attribute}");
    }
}

#[tokio::test]
async fn b13_a_word_of_a_version_to_come_that_only_explains_is_left_out() {
    let world = with_later_word("waiting", "re", "moon_phase").await;
    let message = world.outbound(outbound_id("waiting")).await;
    assert_eq!((message.reason, message.state), (None, SenderState::Waiting));
    let world = with_later_word("failed", "o1", "refused:quantum:7").await;
    let attempt = world.outbound(outbound_id("failed")).await.attempts.remove(0);
    let failure = Failure { kind: FailureKind::Other, code: "7".into() };
    assert_eq!(attempt.answer, Some(Answer::Refused(failure)));
}

#[tokio::test]
async fn b13_a_timer_or_a_parked_record_of_a_version_to_come_hides_no_other() {
    let world = of_the_first_version().await;
    for (table, mut row) in fixture() {
        let sk = row["sk"].as_s().unwrap().clone();
        if sk.contains("#wake#") {
            row.insert("j".into(), AttributeValue::S(r#"{"timer":"snooze"}"#.into()));
        } else if row["pk"].as_s().unwrap().contains("#P#") && row["wh"].as_s().is_ok() {
            row.insert("j".into(), AttributeValue::S(r#"{"kind":"picture"}"#.into()));
        } else {
            continue;
        }
        world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    }
    let timer = &timers()[0];
    let hour = transom::domain::timer::hour_of(timer.due);
    let due = world.store.due(hour, timer.shard(), at(0), at(9000), 9).await.unwrap();
    assert_eq!((due.len(), due.iter().filter(|timer| timer.is_err()).count()), (4, 1));
    let parked = world.store.parked_list(&account(), at(100), 2, None, 9).await.unwrap();
    assert_eq!(parked.iter().map(|record| &record.what).collect::<Vec<_>>(), [&ParkedKind::Unknown; 2]);
}

/// Jobs of the first version are read, and one of a version to come rings as far as it names a conversation.
#[test]
fn c15_a_job_of_another_version_rings() {
    let jobs: Vec<Value> = serde_json::from_str(include_str!("fixtures/rings_v1.json")).unwrap();
    let read: Vec<_> = jobs.iter().map(|job| Ring::read(&job.to_string()).unwrap()).collect();
    assert_eq!(read, rings());
    for (job, ring) in jobs.iter().zip(rings()) {
        let mut later = job.clone();
        later["v"] = json!("7");
        later["urgency"] = json!({ "level": 3 });
        assert_eq!(Ring::read(&later.to_string()).unwrap(), ring);
    }
    assert_eq!(Ring::read(r#"{"v":"7","account":"demo"}"#).unwrap_err().account, Some("demo".parse().unwrap()));
    assert_eq!(Ring::read("nonsense").unwrap_err().account, None);
}

#[tokio::test]
#[ignore = "writes the fixtures of a version, once"]
async fn write_the_fixtures() {
    let world = World::new().await;
    write_everything(&world).await;
    let rows = rows(&world).await.into_iter().map(|((table, _, _), row)| {
        let row: BTreeMap<_, _> = row.iter().map(|(name, value)| (name.clone(), to_json(value))).collect();
        json!({ "table": table, "row": row })
    });
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/fixtures");
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        assert!(!path.exists(), "{name} is there already: a version's fixtures never change");
        std::fs::write(path, text).unwrap();
    };
    write("rows_v1.json", lines(rows));
    write("rings_v1.json", lines(rings().iter().map(|ring| serde_json::to_value(ring).unwrap())));
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    format!("[\n{}\n]\n", values.map(|value| value.to_string()).collect::<Vec<_>>().join(",\n"))
}
