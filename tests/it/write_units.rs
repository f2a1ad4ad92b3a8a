//! What each operation costs in write units, measured end to end with DynamoDB's own accounting, indexes included
//! (the budgets of the design). Only the calls of the function under test are counted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use transom::{
    adapters::dynamodb::{DynamoStore, Meter},
    app::{
        Parts,
        accept::{self, Idempotency, Recipient, Request},
        mint::Mint,
        outlook, send, steps,
    },
    domain::{Phone, access::Actor, contact::Address, content::Content, ladder::Ladder, message::Via},
};
use transom_engine::{Hook, Verdict};
use transom_local::{
    checkpoints::Checkpoints,
    handlers::Handlers,
    local::{CONTACTS_TABLE, Faults, TABLE},
    mapping::{
        StreamMapping,
        stream::{Reads, Stepped},
    },
    outside::ReceiptHabits,
};

use crate::{
    calls::{TWILIO_SMS, TWILIO_WHATSAPP, messages, status, statuses, text},
    world::{ANA, BEN, CHANNEL, World},
};

/// A message as long as people write them.
const WORDS: &str = "Good evening! We are running late because of the train; could you please keep the room for us, \
    and would a late dinner for four still be possible around ten? One of us does not eat meat. Thank you very much!";

impl World {
    /// The same parts, with every write counted.
    pub fn metered_parts(&self) -> (Parts, Arc<Meter>) {
        let (store, meter) = DynamoStore::new(self.local.engine.dynamo(), TABLE, CONTACTS_TABLE).metered();
        (Parts { store: Arc::new(store), ..self.parts.clone() }, meter)
    }

    /// Hands what is in the stream to a `react` that works with other parts.
    async fn follow_stream_over(&self, parts: &Parts) {
        let checkpoints = Checkpoints::open(self.local.engine.side_connection().unwrap()).unwrap();
        let mapping = StreamMapping::new(self.local.engine.clone(), TABLE, Reads::React, checkpoints);
        let functions = Handlers::new(parts);
        while mapping.step(&functions).await.unwrap() != Stepped::Nothing {}
    }
}

#[track_caller]
fn used(meter: &Meter, expected: f64, what: &str) {
    let units = meter.take();
    assert!((units - expected).abs() < 0.01, "{what}: {units} write units, not {expected}");
}

#[track_caller]
fn at_most(meter: &Meter, budget: f64, what: &str) {
    let units = meter.take();
    assert!(units <= budget + 0.01, "{what}: {units} write units, more than {budget}");
}

fn reply(words: &str) -> Request {
    Request {
        trace: None,
        channel: Some(CHANNEL.parse().unwrap()),
        to: Recipient::Address(Address::Phone(Phone::from_e164(ANA).unwrap())),
        content: Content::text(words),
        via: Via::Auto,
        expires_at: None,
        on_held: transom::domain::message::OnHeld::Ladder,
        purpose: transom::domain::message::Purpose::Reply,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbound_message_of_a_known_contact_costs_two_writes_until_the_200() {
    let world = World::new().await;
    let (parts, meter) = world.metered_parts();
    world.writes(ANA, "Hello").await;
    world.turn("PT1M").await;
    let body = |id: &str| messages(&[text(ANA, id, world.now(), WORDS)]);
    let first = body("wamid.1");
    assert_eq!(world.meta_posts_to(&parts, &first).await, 200);
    used(&meter, 2.0, "a message");
    // Again, and again: no effect, and no more than three.
    let before = (world.messages(ANA).await, world.conversation(ANA).await);
    for _ in 0..2 {
        assert_eq!(world.meta_posts_to(&parts, &first).await, 200);
        at_most(&meter, 3.0, "a repeated message");
    }
    assert_eq!((world.messages(ANA).await, world.conversation(ANA).await), before);
    // Ten messages in one body share the head's write.
    let ten: Vec<Value> = (0..10).map(|number| text(ANA, &format!("wamid.ten{number}"), world.now(), WORDS)).collect();
    world.turn("PT1M").await;
    assert_eq!(world.meta_posts_to(&parts, &messages(&ten)).await, 200);
    at_most(&meter, 11.0, "ten messages");
    // One that opens no window.
    let mut reaction = text(ANA, "wamid.r", world.now(), "");
    reaction["type"] = json!("reaction");
    reaction["reaction"] = json!({ "message_id": "wamid.1", "emoji": "👍" });
    assert_eq!(world.meta_posts_to(&parts, &messages(&[reaction])).await, 200);
    at_most(&meter, 2.0, "a reaction");
}

fn form<'a>(from: &'a str, to: &'a str, sid: &'a str) -> [(&'a str, &'a str); 5] {
    [("MessageSid", sid), ("SmsStatus", "received"), ("From", from), ("To", to), ("Body", WORDS)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbound_message_without_a_providers_clock_costs_three_writes() {
    let world = World::new().await;
    let (parts, meter) = world.metered_parts();
    let from = format!("whatsapp:+{ANA}");
    let phone = format!("+{ANA}");
    for (endpoint, from, to) in [("demo-twilio", &from, TWILIO_WHATSAPP), ("demo-sms", &phone, TWILIO_SMS)] {
        let (known, sid) = (format!("SM0{endpoint}"), format!("SM1{endpoint}"));
        assert_eq!(world.twilio_posts(endpoint, "", &form(from, to, &known)).await, 200);
        world.turn("PT1M").await;
        let next = form(from, to, &sid);
        assert_eq!(world.twilio_posts_to(&parts, endpoint, &next).await, 200);
        used(&meter, 3.0, endpoint);
        world.turn("PT1M").await;
        assert_eq!(world.twilio_posts_to(&parts, endpoint, &next).await, 200);
        at_most(&meter, 3.0, "a repeated form");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_costs_one_write_also_when_it_comes_again_or_is_about_nothing() {
    let world = World::silent().await;
    let (parts, meter) = world.metered_parts();
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, WORDS).await;
    world.settle().await;
    for word in ["sent", "delivered", "read", "read", "failed"] {
        let report = statuses(&[status(&format!("demo.{id}.1"), word, world.now())]);
        assert_eq!(world.meta_posts_to(&parts, &report).await, 200);
        used(&meter, 1.0, word);
    }
    let stray = statuses(&[status("demo.nonsense", "read", world.now())]);
    assert_eq!(world.meta_posts_to(&parts, &stray).await, 200);
    used(&meter, 0.0, "a receipt that is about nothing of ours");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_costs_an_intent_a_claim_and_an_outcome_and_a_clients_key_one_more() {
    let world = World::silent().await;
    let (parts, meter) = world.metered_parts();
    world.writes(ANA, "Hello").await;
    let (mint, account) = (Mint::default(), world.account());

    let request = reply(WORDS);
    let accept = async |idempotency| {
        let accepted = Box::pin(accept::accept(&parts, &mint, &account, &Actor::System, &request, idempotency));
        accepted.await.unwrap().message.id
    };

    // A seat under the channel's limit is one write for half a minute, whatever goes in it.
    let first = accept(None).await;
    send::answer(&parts, &world.ring_for(first)).await.unwrap();
    used(&meter, 4.0, "the first send in half a minute");
    let id = accept(None).await;
    send::answer(&parts, &world.ring_for(id)).await.unwrap();
    assert_eq!(world.state_of(id).await, "accepted");
    used(&meter, 3.0, "a send");

    // The outcome is followed: the customer is answered, once a turn, and moves in the inbox.
    world.follow_stream_over(&parts).await;
    used(&meter, 1.0 + 3.0, "the answer on the head and its move");
    world.turn("PT10S").await;

    let idempotency = Some(Idempotency { key: "key", body: b"body" });
    let keyed = accept(idempotency).await;
    send::answer(&parts, &world.ring_for(keyed)).await.unwrap();
    used(&meter, 4.0, "a send with a client's key");
    world.follow_stream_over(&parts).await;
    used(&meter, 0.0, "a second answer to the same turn");
    assert_eq!(accept(idempotency).await, keyed);
    used(&meter, 0.0, "a repeated request");
    send::answer(&parts, &world.ring_for(keyed)).await.unwrap();
    used(&meter, 0.0, "a ring for what was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_the_ladder_costs_three_writes() {
    let world = World::silent().await;
    let (parts, meter) = world.metered_parts();
    world.writes(ANA, "Hello?").await;
    world.settle().await;
    world.system.turn("PT24H3M".parse().unwrap()).await.unwrap();
    let conversation = world.family(ANA).await.unwrap().survivor.id;
    let outlook = outlook::load(&parts, &world.account(), conversation).await.unwrap().unwrap();
    let ladder = Ladder::default();
    assert!(steps::take(&parts, &outlook, &ladder, ladder.at_end(), None).await.unwrap());
    send::answer(&parts, &world.ring(conversation)).await.unwrap();
    assert_eq!(world.templates_sent_to(ANA), 1);
    used(&meter, 3.0 + 1.0, "a send with a derived id, and a seat for half a minute");
    assert!(steps::take(&parts, &outlook, &ladder, ladder.at_end(), None).await.unwrap());
    at_most(&meter, 1.0, "the same step again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holding_a_message_costs_a_timer_a_head_and_the_message() {
    let world = World::silent().await;
    let (parts, meter) = world.metered_parts();
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let id = world.say(ANA, WORDS).await;
    send::answer(&parts, &world.ring_for(id)).await.unwrap();
    assert_eq!(world.state_of(id).await, "held");
    used(&meter, 3.0, "holding");
    send::answer(&parts, &world.ring_for(id)).await.unwrap();
    used(&meter, 0.0, "looking at it again");
}

/// Counts what is put into the timers' buckets, by all functions.
fn timers_armed() -> (Hook, Arc<AtomicUsize>) {
    let armed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&armed);
    let hook: Hook = Arc::new(move |call| {
        let is_timer = call.operation == "PutItem" && String::from_utf8_lossy(call.body).contains("\"S\":\"T#");
        count.fetch_add(usize::from(is_timer), Ordering::SeqCst);
        Verdict::Go
    });
    (hook, armed)
}

/// A lively day: two guests write eight times each, one is answered every time, the other never; then a quiet day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbound_message_arms_less_than_one_timer() {
    for (customer, answered, budget) in [(ANA, true, 0.5), (BEN, false, 1.0)] {
        let (database, armed) = timers_armed();
        let receipts = ReceiptHabits { latest: jiff::SignedDuration::ZERO, ..ReceiptHabits::default() };
        let world = World::with(Faults { database: Some(database), receipts, ..Faults::default() }).await;
        let inbound = 8_u32;
        for _ in 0..inbound {
            world.writes(customer, WORDS).await;
            if answered {
                world.say(customer, "Yes, of course").await;
                world.settle().await;
            }
            world.turn("PT45M").await;
        }
        world.turn("PT30H").await;
        let each = f64::from(u32::try_from(armed.load(Ordering::SeqCst)).unwrap()) / f64::from(inbound);
        assert!(each > 0.0 && each <= budget, "{each} timers for each inbound message (answered: {answered})");
        assert_eq!(world.templates_sent_to(customer), usize::from(!answered));
    }
}

/// A conversation of several turns, with everything that follows from each message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbound_message_costs_at_most_four_writes_all_in() {
    let world = World::silent().await;
    let (parts, meter) = world.metered_parts();
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    meter.take();
    let mut units = 0.0;
    // People write in bursts: every second message moves the conversation in the inbox.
    for turn in 0..4 {
        for part in 0..2 {
            let body = messages(&[text(ANA, &format!("wamid.{turn}.{part}"), world.now(), WORDS)]);
            assert_eq!(world.meta_posts_to(&parts, &body).await, 200);
            world.follow_stream_over(&parts).await;
            units += meter.take();
            world.turn("PT2S").await;
        }
        world.say(ANA, "Yes").await;
        world.settle().await;
        world.turn("PT5M").await;
        meter.take();
    }
    let each = units / 8.0;
    assert!(each <= 4.0, "{each} write units for an inbound message, all in");
}

/// Bytes as DynamoDB counts them: names and values in UTF-8, a number about half of its digits and one.
fn size_of(item: &Value) -> usize {
    let value_size = |value: &Value| -> usize {
        let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
        let text = value.as_str().unwrap_or_default().len();
        match kind.as_str() {
            "N" => text.div_ceil(2) + 1,
            "B" => text / 4 * 3,
            "S" => text,
            "BOOL" | "NULL" => 1,
            "L" | "SS" => 3 + value.as_array().unwrap().iter().map(|it| it.to_string().len()).sum::<usize>(),
            other => panic!("no row holds {other}"),
        }
    };
    item.as_object().unwrap().iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ordinary_message_stays_below_a_kilobyte_and_a_head_below_512_bytes() {
    let world = World::new().await;
    world.writes(ANA, WORDS).await;
    let id = world.say(ANA, WORDS).await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "read");
    world.turn("PT25H").await;
    world.say(ANA, WORDS).await;
    world.settle().await;
    // The stream shows every row of the conversation as it was written last.
    let mut rows = std::collections::BTreeMap::new();
    let mut stream = world.local.engine.stream(TABLE, None).unwrap();
    loop {
        let records = stream.next(100).unwrap();
        if records.is_empty() {
            break;
        }
        for record in records {
            let image = &record["dynamodb"]["NewImage"];
            let key = format!("{} {}", image["pk"]["S"], image["sk"]["S"]);
            if image.is_object() && key.contains("#V#") {
                rows.insert(key, size_of(image));
            }
        }
    }
    let (mut heads, mut seen) = (0, 0);
    for (key, size) in rows {
        let is_head = key.ends_with("\"H\"");
        let budget = if is_head { 512 } else { 1024 };
        heads += usize::from(is_head);
        seen += usize::from(key.contains("\"M#"));
        assert!(size <= budget, "{key}: {size} bytes");
    }
    assert_eq!((heads, seen), (1, 4), "a head; a question, an answer, a held answer, a template");
}
