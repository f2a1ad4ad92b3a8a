//! Calls end in time, outages end without loss, and clocks that differ take nothing away.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_lambda_events::event::dynamodb::Event;
use jiff::SignedDuration;
use react::React;
use serde_json::json;
use transom::{
    adapters::providers::{NoAnswer, ProviderUrls, Providers, Wire, http_client},
    app::{
        Mode, Parts,
        deadline::Deadline,
        expire,
        mint::Mint,
        send::{self, ComeAgain},
    },
    domain::Timestamp,
    ports::Clock,
};
use transom_engine::Verdict;
use transom_local::{
    functions::Functions,
    handlers::Handlers,
    local::{SENDS, TABLE},
};

use super::{call_send, checkpoint, delete, http_event, job, pk, rows};
use crate::{
    races::{meanwhile, once_before},
    world::{ANA, World},
};

/// Protection: the deadline of the sweep. (Fault matrix A15, E8, E11.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a15_a_sweep_without_time_fires_nothing_and_stays_before_what_it_left() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.settle().await;
    world.system.turn(SignedDuration::from_hours(25)).await.expect("the clock turns");
    let shard = u8::try_from(world.family(ANA).await.expect("known").survivor.id.bits() % 8).expect("small");
    let none = Deadline::after(Duration::ZERO);
    let swept = expire::sweep_until(&world.parts, none).await.expect("it ends");
    assert!(swept.cut_short && swept.fired == 0, "{swept:?}");
    let due = world.family(ANA).await.expect("known").survivor.window().fallback_from().expect("she wrote");
    let cursors = world.parts.store.cursors().await.expect("an answer");
    let cursor = cursors[usize::from(shard)].as_ref().expect("it can be read").expect("it swept before");
    assert!(cursor < transom::domain::timer::minute_of(due), "the timer lies before the cursor");
    assert!(expire::sweep(&world.parts).await.expect("it sweeps").fired > 0);
    world.settle().await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: a first cursor is written before any work. (Fault matrix E8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e8_sweeps_that_never_get_through_their_work_lose_no_timer_however_long_that_lasts() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.settle().await;
    for row in rows(&world).await.into_iter().filter(|row| pk(row).starts_with("CURSOR#")) {
        delete(&world, &row).await;
    }
    let broken = world.parts_with(Arc::new(|call| {
        if call.operation == "Query" { Verdict::FailBefore(400, "ValidationException") } else { Verdict::Go }
    }));
    for _ in 0..3 {
        assert!(expire::sweep(&broken).await.is_err());
        world.system.turn(SignedDuration::from_hours(10)).await.expect("the clock turns");
    }
    assert!(expire::sweep(&world.parts).await.expect("it sweeps").fired > 0);
    world.settle().await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the deadline of `webhook` and of `api`. (Fault matrix A15, A16, J1.)
#[tokio::test]
async fn a15_webhook_and_api_answer_503_in_time_when_the_store_says_nothing() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "Hello").await;
    let call = world.outside.take_due(world.now()).expect("the ledger").remove(0);
    let silent = world.parts_with(Arc::new(|_| Verdict::Silence));
    // As on AWS, in functions that may take as long as the template lets them.
    let silent = Parts { mode: Mode::default(), ..silent };
    let longest = Duration::from_secs(29);
    let handlers = Handlers::new(&silent);
    let mut event = http_event("POST", &call.path, &call.body);
    for (name, value) in &call.headers {
        event["headers"][name] = json!(value);
    }
    tokio::time::pause();
    let answer = Deadline::after(longest).hold(handlers.webhook(event)).await.expect("in time").expect("an answer");
    assert_eq!(answer["statusCode"], 503);
    let mut event = http_event("GET", "/v1/channels", b"");
    event["headers"]["authorization"] = json!(format!("Bearer {}", world.local.demo.token()));
    let answer = Deadline::after(longest).hold(handlers.api(event)).await.expect("in time").expect("an answer");
    assert_eq!(answer["statusCode"], 503, "{answer}");
}

/// Protection: the deadline of `react`. (Fault matrix A15.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a15_react_begins_no_change_after_its_time_and_reports_the_first() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.settle().await;
    let after = checkpoint(&world);
    world.say(ANA, "Yes").await;
    let records = world.local.engine.stream(TABLE, after.as_deref()).expect("a stream").next(100).expect("records");
    let first = records[0]["dynamodb"]["SequenceNumber"].as_str().map(ToOwned::to_owned);
    let event: Event = serde_json::from_value(json!({ "Records": records })).expect("an event");
    let react = React::new(world.parts.clone());
    let over = u64::try_from(world.now().as_millisecond() - 1).expect("it is after 1970");
    let answer = react::handle_until(&react, event.clone(), over).await;
    assert_eq!(answer.batch_item_failures.first().and_then(|failure| failure.item_identifier.clone()), first);
    assert!(world.system.queues().receive(SENDS, 1).expect("the queue answers").is_empty(), "nothing rang");
    assert!(react::handle(&react, event).await.batch_item_failures.is_empty());
    assert_eq!(world.system.queues().receive(SENDS, 1).expect("the queue answers").len(), 1);
}

/// Goes to the stand-in; the clock there says ten minutes more than ours.
#[derive(Debug)]
struct TenMinutesAhead(reqwest::Client, Timestamp);

#[async_trait]
impl Wire for TenMinutesAhead {
    async fn carry(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        let mut answer = self.0.carry(request).await?;
        let date = (self.1 + SignedDuration::from_mins(10)).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        answer.headers_mut().insert("date", date.parse().expect("a header"));
        Ok(answer)
    }
}

/// Protection: `doubt` in the sender's facts. (Fault matrix H1.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h1_a_sender_that_learns_that_its_clock_is_behind_stops_before_the_window_does() {
    let world = World::new().await;
    world.without_holding_message().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT23H46M").await;
    let client = http_client().expect("a client");
    let wire = Arc::new(TenMinutesAhead(client.clone(), world.now()));
    let url = &world.local.url;
    let urls = ProviderUrls { meta: format!("{url}/meta/v26.0"), twilio: format!("{url}/twilio") };
    let clock = Arc::clone(&world.parts.clock);
    let learning = Parts { providers: Arc::new(Providers::timed(wire, client, urls, clock)), ..world.parts.clone() };
    let one = world.say(ANA, "One").await;
    send::answer(&learning, &world.ring_for(one)).await.expect("it is sent");
    let two = world.say(ANA, "Two").await;
    send::answer(&learning, &world.ring_for(two)).await.expect("it waits");
    assert_eq!(world.texts_sent_to(ANA), ["One"]);
    assert_eq!(world.state_of(two).await, "held");
}

/// A clock that is two minutes ahead of another.
#[derive(Debug)]
struct Ahead(Arc<dyn Clock>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_mins(2)
    }
}

/// Protection: an overdue claim becomes unknown and never free. (Fault matrix H3, C3.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h3_an_environment_whose_clock_is_ahead_takes_no_claim_away() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let ring = world.ring_for(id);
    let ahead = Parts { clock: Arc::new(Ahead(Arc::clone(&world.parts.clock))), ..world.parts.clone() };
    // The provider has taken it; before that is written down, the other one finds the claim overdue.
    let job = ring.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("\"o1\""),
        move || {
            let (ahead, job) = (ahead.clone(), job.clone());
            meanwhile(async move { send::answer(&ahead, &job).await.expect("nothing is left to do") });
        },
    );
    send::answer(&world.parts_with(hook), &ring).await.expect("it is sent");
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    assert_eq!(world.state_of(id).await, "accepted");
}

/// Protection: a wait that is about to end is a job that comes again. (Fault matrix H3, I10.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h3_a_reply_is_not_held_for_ever_when_its_end_was_rung_for_by_a_clock_that_is_ahead() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "Sorry for the wait").await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "held");
    world.system.turn(SignedDuration::from_mins(72 * 60 - 1)).await.expect("the clock turns");
    let ahead = Parts { clock: Arc::new(Ahead(Arc::clone(&world.parts.clock))), ..world.parts.clone() };
    assert!(expire::sweep(&ahead).await.expect("it sweeps").fired > 0);
    let again = send::answer(&world.parts, &world.ring_for(id)).await;
    assert!(matches!(again, Err(ComeAgain::At(at)) if at <= world.now() + SignedDuration::from_mins(1)), "{again:?}");
    world.system.turn(SignedDuration::from_mins(1)).await.expect("the clock turns");
    send::answer(&world.parts, &world.ring_for(id)).await.expect("it ends");
    assert_eq!(world.state_of(id).await, "expired");
}

/// Protection: a key ends in chance, and keys of one instant rise. (Fault matrix H2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h2_keys_differ_while_the_clock_stands_still_and_when_it_jumps_back() {
    let world = World::new().await;
    let (mint, now) = (Mint::default(), world.parts.now());
    let at = |seconds| mint.key(&world.parts, now + SignedDuration::from_secs(seconds));
    let keys = [0, 0, 0, -3600, -3600, 0].map(at);
    assert!(keys[0] < keys[1] && keys[1] < keys[2] && keys[3] < keys[4], "{keys:?}");
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
}

/// Protection: 5xx, and nothing claimed without the table. (Fault matrix A16, J1.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j1_an_outage_of_three_hours_loses_nothing_that_was_said_and_sends_nothing_twice() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let ring = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    world.writes_unsettled(ANA, "Anybody there?").await;
    let call = world.outside.take_due(world.now()).expect("the ledger").remove(0);
    let mut event = http_event("POST", &call.path, &call.body);
    for (name, value) in &call.headers {
        event["headers"][name] = json!(value);
    }
    let down = world.parts_with(Arc::new(|_| Verdict::FailBefore(503, "ServiceUnavailable")));
    let (broken, well) = (Handlers::new(&down), Handlers::new(&world.parts));
    for receives in 1..=12 {
        assert_eq!(broken.webhook(event.clone()).await.expect("an answer")["statusCode"], 503);
        assert_eq!(call_send(&down, vec![job("1", &ring, receives)]).await, ["1"]);
        expire::sweep(&down).await.expect_err("it cannot sweep");
        world.system.turn(SignedDuration::from_mins(15)).await.expect("the clock turns");
    }
    assert_eq!(world.state_of(id).await, "queued", "it waits unclaimed");
    assert!(world.texts_tried_for(ANA).is_empty());
    assert_eq!(well.webhook(event.clone()).await.expect("an answer")["statusCode"], 200);
    assert!(call_send(&world.parts, vec![job("1", &ring, 13)]).await.is_empty());
    assert_eq!(well.webhook(event).await.expect("an answer")["statusCode"], 200);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    assert_eq!(world.messages(ANA).await.len(), 3);
}

/// A function's end is told by the machine's clock, whatever ours is turned to.
#[tokio::test]
async fn a_turned_clock_does_not_shorten_what_a_function_may_take() {
    let world = World::new().await;
    let mut parts = world.parts.clone();
    parts.mode.time_shift = jiff::SignedDuration::from_hours(25);
    let ends_at = (world.now() - parts.mode.time_shift).as_millisecond() + 10_000;
    let ends_at = u64::try_from(ends_at).unwrap();
    assert!(!parts.deadline(std::time::Duration::from_secs(7), ends_at).passed());
    parts.mode.time_shift = jiff::SignedDuration::ZERO;
    assert!(parts.deadline(std::time::Duration::from_secs(7), ends_at).passed());
}
