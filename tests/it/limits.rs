//! Limits that hold over all processes: of a channel, of a pair, of an API token; and customers who flood.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use transom::{
    adapters::providers::{NoAnswer, ProviderUrls, Providers, Wire, http_client},
    app::{
        Parts,
        deadline::Deadline,
        send::{self, ComeAgain},
    },
    domain::channel::Channel,
    seal::sha256_hex,
};
use transom_engine::{Hook, Verdict};
use transom_local::{local::Faults, outside::ReceiptHabits};

use crate::{
    calls::{META_NUMBER, messages, text},
    world::{ANA, BEN, CHANNEL, World},
};

impl World {
    async fn with_messages_per_second(&self, messages_per_second: u32) {
        let (account, id) = (self.account(), CHANNEL.parse().unwrap());
        let channel = self.parts.store.channel(&account, &id).await.unwrap().unwrap();
        self.parts.store.put_channel(&account, &Channel { messages_per_second, ..channel }).await.unwrap();
    }

    /// What another process works with: the same table, and a memory of its own.
    fn another_process(&self) -> Parts {
        Parts { memory: Arc::default(), ..self.parts.clone() }
    }

    fn accepted_in_all(&self) -> usize {
        let items = self.outside.accepted().expect("the ledger is readable");
        items.into_iter().filter(|item| item.direction == "out").count()
    }
}

fn customer(n: usize) -> String {
    format!("1650555{:04}", 2000 + n)
}

fn template_for(customer: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
        "content": { "type": "template", "name": "answer_waiting", "language": "en" } })
}

/// Fault matrix D10: several processes, one limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d10_all_processes_together_keep_to_the_channels_limit() {
    let world = World::new().await;
    world.with_messages_per_second(5).await;
    let mut rings = Vec::new();
    for n in 0..24 {
        rings.push(world.ring_for(world.send(template_for(&customer(n))).await));
    }
    let processes: Vec<Parts> = (0..4).map(|_| world.another_process()).collect();
    let mut put_off = 0;
    for (n, ring) in rings.iter().enumerate() {
        put_off += usize::from(send::answer(&processes[n % 4], ring).await.is_err());
    }
    assert_eq!((world.accepted_in_all(), put_off), (5, 19), "within one instant");
    // The rest goes as there is room.
    let mut seconds = 0;
    while world.accepted_in_all() < 24 {
        let before = world.accepted_in_all();
        world.turn("PT1S").await;
        seconds += 1;
        assert!(world.accepted_in_all() - before <= 5);
        assert!(seconds < 120, "only {} went", world.accepted_in_all());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d10_a_number_that_the_provider_slows_down_is_left_alone_by_all() {
    let world = World::new().await;
    world.fault(json!({ "fault": "fail", "status": 429, "code": 130_429, "number": META_NUMBER, "times": 1 }));
    let (one, two) = (world.send(template_for(ANA)).await, world.send(template_for(BEN)).await);
    assert!(send::answer(&world.parts, &world.ring_for(one)).await.is_err());
    assert!(send::answer(&world.another_process(), &world.ring_for(two)).await.is_err());
    assert_eq!(world.outside.refused().unwrap().len(), 1, "the second one did not ask");
    world.settle().await;
    world.turn("PT10S").await;
    world.turn("PT10S").await;
    assert_eq!(world.accepted_in_all(), 2);
}

/// Fault matrix D11: the limit of a pair counts what left, also what was accepted long before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d11_the_limit_of_a_pair_knows_what_was_held_for_long_and_blocks_nobody_else() {
    let world = World::new().await;
    for customer in [ANA, BEN] {
        world.writes(customer, "Hello").await;
    }
    world.turn("PT25H").await;
    for n in 0..44 {
        world.say(ANA, &format!("Held {n}")).await;
    }
    world.settle().await;
    world.turn("PT1H").await;
    for customer in [ANA, BEN] {
        world.writes(customer, "I am back").await;
    }
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA).len(), 44);
    // The window's template went an hour ago. One more fits into the burst, the next waits.
    world.say(ANA, "One more").await;
    world.settle().await;
    let late = world.say(ANA, "And another").await;
    world.say(BEN, "Hello again").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(BEN).last().unwrap(), "Hello again");
    assert_eq!(world.texts_sent_to(ANA).len(), 45);
    assert_eq!(world.outside.refused().unwrap().len(), 0, "the provider was not asked in vain");
    world.turn("PT7S").await;
    assert_eq!(world.state_of(late).await, "read");
}

/// Fault matrix D11: as does one that took so long to leave that its beginning is no longer looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d11_the_limit_of_a_pair_knows_of_a_queue_that_was_long_in_leaving() {
    let world = World::new().await;
    world.parts.store.limit_token(&sha256_hex(world.local.demo.token().as_bytes()), Some(1000)).await.unwrap();
    world.writes(ANA, "Hello").await;
    let mut last = None;
    for n in 0..100 {
        last = Some(world.say(ANA, &format!("Line {n}")).await);
    }
    let began = world.now();
    while let Err(again) = send::answer(&world.parts, &world.ring_for(last.unwrap())).await {
        let ComeAgain::At(at) = again else { panic!("{again}") };
        world.system.turn(at.duration_since(world.now())).await.expect("the clock turns");
    }
    assert!(world.now() > began + jiff::SignedDuration::from_mins(5), "it took {}", world.now().duration_since(began));
    // A minute later there is room for ten more.
    world.system.turn("PT1M".parse().unwrap()).await.unwrap();
    for n in 0..30 {
        last = Some(world.say(ANA, &format!("More {n}")).await);
    }
    assert!(send::answer(&world.parts, &world.ring_for(last.unwrap())).await.is_err());
    let went = world.texts_sent_to(ANA).len() - 100;
    assert!((9..=11).contains(&went), "{went} more went");
    assert_eq!(world.outside.refused().unwrap().len(), 0, "the provider was not asked in vain");
}

/// Fault matrix D15.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_a_provider_that_does_not_answer_takes_up_few_senders_and_holds_up_no_other_channel() {
    let world = World::new().await;
    let silent = json!({ "fault": "lose_answer", "mode": "gateway_timeout", "number": META_NUMBER, "times": 1000 });
    world.fault(silent);
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(world.send(template_for(&customer(n))).await);
    }
    for id in &ids {
        send::answer(&world.parts, &world.ring_for(*id)).await.expect("it is sent or waits");
    }
    let sms = json!({ "channel": "demo-sms", "to": { "phone": format!("+{BEN}") },
        "content": { "type": "text", "body": "Your room is ready" } });
    let sms = world.send(sms).await;
    send::answer(&world.parts, &world.ring_for(sms)).await.expect("it is sent");
    assert_eq!(world.sms_sent_to(BEN), ["Your room is ready"]);
    // Five calls were made; nobody else waits for an answer that does not come.
    let mut waiting = 0;
    for id in ids {
        let shown = world.get_message(id).await;
        let held = shown["state"] == "held" && shown["reason"]["code"] == "provider_down";
        assert!(held || shown["state"] == "unknown", "{shown}");
        waiting += usize::from(held);
    }
    assert_eq!(waiting, 12 - 5);
}

/// What does not come by then never comes.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    Deadline::after(Duration::from_secs(10)).hold(work).await.expect("it comes")
}

/// Goes to the stand-in; what goes to Meta waits until it is let through.
#[derive(Debug)]
struct SlowMeta {
    client: reqwest::Client,
    arrived: Semaphore,
    let_through: Semaphore,
}

#[async_trait]
impl Wire for SlowMeta {
    async fn carry(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        if request.url().path().starts_with("/meta/") {
            self.arrived.add_permits(1);
            let _through = self.let_through.acquire().await.expect("it stays open");
        }
        self.client.carry(request).await
    }
}

/// Protection: seats, of which a channel has so many and no more. (Fault matrix D15.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_a_slow_channel_takes_up_as_many_processes_as_it_has_seats_and_holds_up_no_other_channel() {
    let world = World::new().await;
    world.with_messages_per_second(3).await;
    let client = http_client().expect("a client");
    let slow =
        Arc::new(SlowMeta { client: client.clone(), arrived: Semaphore::new(0), let_through: Semaphore::new(0) });
    let url = &world.local.url;
    let urls = ProviderUrls { meta: format!("{url}/meta/v26.0"), twilio: format!("{url}/twilio") };
    let wire: Arc<dyn Wire> = slow.clone();
    let providers = Arc::new(Providers::over(wire, client, urls));
    let process = || Parts { providers: Arc::clone(&providers), ..world.another_process() };
    let (done, mut outcomes) = mpsc::unbounded_channel();
    for n in 0..6 {
        let ring = world.ring_for(world.send(template_for(&customer(n))).await);
        let (parts, done) = (process(), done.clone());
        tokio::spawn(async move { done.send(send::answer(&parts, &ring).await) });
    }
    // Half of them find no seat and go on to other work; the others have Meta's answer to wait for.
    for _ in 0..3 {
        let outcome = soon(outcomes.recv()).await.expect("an outcome");
        assert!(matches!(outcome, Err(ComeAgain::At(_))), "{outcome:?}");
    }
    let waiting = soon(slow.arrived.acquire_many(3)).await.expect("three calls");
    let sms = json!({ "channel": "demo-sms", "to": { "phone": format!("+{BEN}") },
        "content": { "type": "text", "body": "Your room is ready" } });
    let sms = world.send(sms).await;
    soon(Box::pin(send::answer(&process(), &world.ring_for(sms)))).await.expect("it is sent");
    assert_eq!((world.sms_sent_to(BEN), world.accepted_in_all()), (vec!["Your room is ready".to_owned()], 1));
    assert_eq!(slow.arrived.available_permits(), 0, "a fourth process called");
    waiting.forget();
    slow.let_through.add_permits(3);
    for _ in 0..3 {
        soon(outcomes.recv()).await.expect("an outcome").expect("it is sent");
    }
    assert_eq!(world.accepted_in_all(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k1_a_token_that_calls_too_often_is_told_when_to_come_again() {
    let world = World::new().await;
    let hash = sha256_hex(world.local.demo.token().as_bytes());
    world.parts.store.limit_token(&hash, Some(3)).await.unwrap();
    let call = async || world.api("GET", "/v1/channels", Value::Null).await;
    for _ in 0..6 {
        assert_eq!(call().await.0, 200);
    }
    let (status, problem) = call().await;
    assert_eq!((status, &problem["type"]), (429, &json!("urn:transom:problem:too-many-calls")));
    assert!(problem["detail"].as_str().unwrap().contains("3 calls a second"), "{problem}");
    // Before the body is read: not even a wrong one is looked at.
    let answer =
        world.http("POST", "/v1/messages").bearer_auth(world.local.demo.token()).body("{").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let seconds: i64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&seconds));
    world.system.turn(jiff::SignedDuration::from_secs(seconds)).await.unwrap();
    assert_eq!(call().await.0, 200);
}

/// Protection: a conversation's budget (`Budgets`), and that the stream looks at the newest alone (`looks_at_head`). Two
/// hundred bodies of one customer come at once, each newer than the one before. Counted are the writes of the head that
/// are asked for: one that its condition refuses costs as much as any other. (Fault matrix K4, B3.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k4_a_flood_of_one_customer_is_stored_whole_at_about_one_write_a_message() {
    let heads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heads);
    let database: Hook = Arc::new(move |call| {
        let raises = call.operation == "UpdateItem" && String::from_utf8_lossy(call.body).contains("\"li\"");
        count.fetch_add(usize::from(raises), Ordering::SeqCst);
        Verdict::Go
    });
    let receipts = ReceiptHabits { latest: jiff::SignedDuration::ZERO, ..ReceiptHabits::default() };
    let world = World::with(Faults { database: Some(database), receipts, ..Faults::default() }).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT5M").await;
    let now = world.now();
    heads.store(0, Ordering::SeqCst);
    for n in 0..200 {
        let at = now - jiff::SignedDuration::from_secs(199 - n);
        let body = messages(&[text(ANA, &format!("wamid.flood{n}"), at, "Hello???")]);
        assert_eq!(world.meta_posts(&body).await, 200);
    }
    let by_bodies = heads.swap(0, Ordering::SeqCst);
    assert!((1..=10).contains(&by_bodies), "{by_bodies} writes of the head");
    world.follow_stream().await;
    // The newest of all, so that the window is right; by few writes more.
    let head = world.family(ANA).await.unwrap().survivor;
    assert_eq!(head.last_in.unwrap().at, now);
    let by_the_stream = heads.load(Ordering::SeqCst);
    assert!(by_the_stream <= 5, "{by_the_stream} more writes of the head");
    let messages = world.parts.store.messages(&world.account(), head.id, None, 1000).await.unwrap();
    assert_eq!(messages.len(), 201, "nothing is lost");
}
