//! What comes to its turn late, or not as it should, is decided by what holds then. Each test fails when its protection is
//! taken away; what to take away is said with it.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{
    app::{expire, parking, send},
    domain::{
        MessageId,
        timer::{self, Timer, TimerKind},
    },
};
use transom_engine::{Hook, Verdict};

use crate::{
    operations::{Item, delete, lose_everything_that_follows, pk, rows},
    world::{ANA, BEN, CARLA, World},
};

impl World {
    /// How a message stands, and the code of its reason.
    async fn stands(&self, id: MessageId) -> (String, String) {
        let it = self.get_message(id).await;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&it["state"]), word(&it["reason"]["code"]))
    }

    /// The provider takes the next message, and nobody ever hears of it.
    fn takes_the_next_and_says_nothing(&self) {
        self.fault(json!({ "provider": "meta", "fault": "lose_answer", "mode": "gateway_timeout" }));
        self.fault(json!({ "provider": "meta", "fault": "no_receipts" }));
    }
}

fn so(state: &str, reason: &str) -> (String, String) {
    (state.to_owned(), reason.to_owned())
}

// ---- the queue ------------------------------------------------------------------------------------------------------

/// Protection: `plan` is asked when the message is about to leave. (Fault matrix E1.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e1_a_message_that_lies_in_the_queue_until_the_window_has_closed_is_held_and_invites_once() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    world.follow_stream().await;
    world.system.turn(SignedDuration::from_hours(25)).await.expect("the clock turns");
    world.settle().await;
    assert_eq!(world.stands(id).await, so("held", "window_closed"));
    world.turn("PT1H").await;
    assert!(world.texts_tried_for(ANA).is_empty());
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.writes(ANA, "Anybody there?").await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Protection: a retry makes anew what follows from the rows, and hands no job on. (Fault matrix C8, J7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c8_a_parked_job_that_is_retried_days_later_is_decided_anew() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    let (held, expired) = (world.say(ANA, "Yes").await, world.say(BEN, "Yes").await);
    lose_everything_that_follows(&world).await;
    let job = |id: MessageId| serde_json::to_string(&world.ring_for(id)).expect("JSON");
    for id in [held, expired] {
        let parked = parking::park_job(&world.parts, Some(&world.account()), "tried too often", &job(id)).await;
        parked.expect("it is parked");
    }
    let retry = async |id: MessageId| {
        let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
        let is_its = |record: &&Value| record["element"]["body"] == json!(job(id));
        let record = parked["data"].as_array().expect("a list").iter().find(is_its).expect("it is parked");
        let path = format!("/v1/parked/{}/retry", record["id"].as_str().expect("an id"));
        assert_eq!(world.api("POST", &path, Value::Null).await.0, 200);
        world.settle().await;
    };
    // Her window has closed, and his message's time is over.
    world.turn("PT30H").await;
    assert_eq!(world.state_of(held).await, "queued");
    retry(held).await;
    assert_eq!(world.stands(held).await, so("held", "window_closed"));
    world.turn("PT43H").await;
    retry(expired).await;
    assert_eq!(world.stands(expired).await, so("expired", "too_old"));
    assert!(world.texts_tried_for(ANA).is_empty() && world.texts_tried_for(BEN).is_empty());
}

/// Protection: a plan without its channel refuses (`plan` in `app/send/planning.rs`), also what else would go on waiting for
/// the customer. What would go is refused by `channel_for` in `app/gate.rs` as well. (Fault matrix I-5.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i_5_what_waits_for_a_channel_that_was_removed_is_refused() {
    let world = World::new().await;
    world.writes(BEN, "Hello").await;
    world.turn("PT25H").await;
    let held = world.say(BEN, "Good morning").await;
    world.settle().await;
    assert_eq!(world.stands(held).await, so("held", "window_closed"));
    let taken = world.accepted_for(BEN).len();
    world.writes(ANA, "Hello").await;
    let ready = world.say(ANA, "Yes").await;
    let behind = world.say(BEN, "Anybody there?").await;
    let found = rows(&world).await;
    let is_channel = |row: &&Item| row["sk"].as_s().is_ok_and(|sk| sk == "CHANNEL#demo-whatsapp");
    delete(&world, found.iter().find(is_channel).expect("the channel")).await;
    world.settle().await;
    for id in [ready, held, behind] {
        assert_eq!(world.stands(id).await, so("refused", "channel_gone"));
    }
    world.turn("PT25H").await;
    assert_eq!((world.accepted_for(ANA).len(), world.accepted_for(BEN).len()), (0, taken));
}

// ---- timers ---------------------------------------------------------------------------------------------------------

/// Protection: the head is read when the template is about to leave. (Fault matrix E4.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_customer_who_writes_before_the_template_leaves_gets_none() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.settle().await;
    world.system.turn(SignedDuration::from_mins(24 * 60 + 3)).await.expect("the clock turns");
    expire::sweep(&world.parts).await.expect("it sweeps");
    let fallback = world.window_template(ANA).await.expect("the sweep made it");
    world.writes_unsettled(ANA, "Anybody there?").await;
    world.deliver_webhooks().await;
    send::answer(&world.parts, &world.ring_for(fallback.id)).await.expect("it is looked at");
    assert_eq!(world.stands(fallback.id).await, so("cancelled", "wrote_again"));
    world.settle().await;
    assert!(world.accepted_for(ANA).is_empty());
    // Her new window has its own.
    world.turn("PT24H3M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: a timer that fires early arms itself again, and does nothing else (`window_end` in `app/expire.rs`); the
/// template's id is made of the window (`app/steps.rs`). Each shows by itself. (Fault matrix E6.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e6_a_timer_that_fires_early_and_then_again_sends_one_template() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.settle().await;
    let head = world.family(ANA).await.expect("she is known").survivor;
    // The window's one timer fires now, whenever it is due.
    let fires = async || {
        let is_its =
            |row: &&Item| pk(row).starts_with("T#") && row["sk"].as_s().is_ok_and(|sk| sk.contains("window_end"));
        for timer in rows(&world).await.iter().filter(is_its) {
            delete(&world, timer).await;
        }
        let (now, kind) = (world.parts.now(), TimerKind::WindowEnd { conversation: head.id });
        world.parts.store.arm(&Timer::at(now, now, head.account.clone(), kind)).await.expect("it is armed");
        world.turn("PT3M").await;
    };
    for _ in 0..2 {
        fires().await;
        assert!(world.window_template(ANA).await.is_none(), "hours too early");
    }
    world.turn("PT24H").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    for _ in 0..3 {
        fires().await;
    }
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the sweep goes on from its cursor, hour by hour. (Fault matrix E8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e8_a_sweep_that_stood_still_for_a_day_catches_up_with_what_is_due_and_nothing_else() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    for (later, customer) in [(20 * 60, BEN), (5, CARLA)] {
        world.settle().await;
        world.system.turn(SignedDuration::from_mins(later)).await.expect("the clock turns");
        world.writes(customer, "Hello?").await;
    }
    // Nobody sweeps from here on. Ana's window ends after four hours, Ben's at the end of it, Carla's five minutes later; all
    // of them are looked at, since somebody should be reminded before.
    world.settle().await;
    world.system.turn(SignedDuration::from_mins(24 * 60 - 2)).await.expect("the clock turns");
    let swept = expire::sweep(&world.parts).await.expect("it sweeps");
    assert_eq!((swept.fired, swept.failed, swept.cut_short), (3, 0, false));
    world.follow_stream().await;
    let made = async |customer: &str| world.window_template(customer).await.is_some();
    assert_eq!((made(ANA).await, made(BEN).await, made(CARLA).await), (true, true, false));
    world.settle().await;
    world.turn("PT1M").await;
    assert_eq!((world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (1, 1));
}

/// Protection: `anew::is_history` in the sweep. (Fault matrix E8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e8_nobody_is_written_to_about_a_window_that_ended_more_than_three_days_ago() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.settle().await;
    world.system.turn(SignedDuration::from_hours(3)).await.expect("the clock turns");
    world.writes(BEN, "Hello?").await;
    world.settle().await;
    // Nobody sweeps: Ana's window ended 74 hours ago, Ben's 71.
    world.system.turn(SignedDuration::from_hours(95)).await.expect("the clock turns");
    let swept = expire::sweep(&world.parts).await.expect("it sweeps");
    assert_eq!((swept.fired, swept.failed), (2, 0));
    world.follow_stream().await;
    let made = async |customer: &str| world.window_template(customer).await.is_some();
    assert_eq!((made(ANA).await, made(BEN).await), (false, true));
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], true, "people see it");
}

/// Protection: `anew::is_history` in the sweep. (Fault matrix E8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e8_no_text_message_follows_a_template_after_days() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.settle().await;
    world.turn("PT24H5M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    // The ladder's text message is due soon after, and nobody sweeps for days.
    world.system.turn(SignedDuration::from_hours(24 + 73)).await.expect("the clock turns");
    let swept = expire::sweep(&world.parts).await.expect("it sweeps");
    assert!(swept.fired > 0, "{swept:?}");
    world.settle().await;
    assert!(world.sms_sent_to(ANA).is_empty());
}

/// Protection: `is_unreported`. (Fault matrix F8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f8_people_see_that_nothing_was_ever_reported_on_what_the_provider_took() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.fault(json!({ "provider": "meta", "fault": "no_receipts" }));
    let silent = world.say(ANA, "Yes").await;
    world.settle().await;
    let usual = world.say(ANA, "And breakfast is at seven").await;
    world.turn("PT59M").await;
    assert_eq!(world.get_message(silent).await["unreported"], Value::Null);
    world.turn("PT2M").await;
    let (silent, usual) = (world.get_message(silent).await, world.get_message(usual).await);
    assert_eq!((&silent["state"], &silent["unreported"]), (&json!("accepted"), &json!(true)));
    assert_eq!((&usual["state"], &usual["unreported"]), (&json!("read"), &Value::Null));
}

// ---- answers and the ladder -----------------------------------------------------------------------------------------

/// Protection: `answers`: only what stands is an answer. (Fault matrix E15.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e15_an_answer_that_failed_or_of_which_nothing_is_known_leaves_the_customer_waiting() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.takes_the_next_and_says_nothing();
    let unknown = world.say(ANA, "Yes").await;
    world.settle().await;
    assert_eq!(world.state_of(unknown).await, "unknown");
    world.writes(BEN, "Hello?").await;
    world.change_customer(BEN, json!({ "on_whatsapp": false })).await;
    let failed = world.say(BEN, "Yes").await;
    world.turn("PT30M").await;
    assert_eq!(
        (world.state_of(unknown).await.as_str(), world.state_of(failed).await.as_str()),
        ("undetermined", "failed")
    );
    for customer in [ANA, BEN] {
        assert_eq!(world.conversation(customer).await["waiting_for_answer"], true);
    }
    world.turn("PT24H").await;
    assert_eq!((world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (1, 1));
}

/// Protection: only a template that certainly failed, or certainly arrived nowhere in its time, is followed by another way.
/// (Fault matrix D19.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d19_a_template_of_which_nothing_is_known_is_followed_by_no_sms() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.takes_the_next_and_says_nothing();
    world.turn("PT24H3M").await;
    let template = world.window_template(ANA).await.expect("the sweep made it");
    assert_eq!(world.state_of(template.id).await, "unknown");
    world.turn("PT30M").await;
    assert_eq!(world.state_of(template.id).await, "undetermined");
    world.turn("PT12H").await;
    assert_eq!((world.templates_sent_to(ANA), world.sms_sent_to(ANA).len()), (1, 0));
}

/// Protection: what an SMS comes to causes nothing. (Fault matrix D19.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d19_an_sms_that_fails_is_followed_by_nothing() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.change_customer(ANA, json!({ "on_whatsapp": false })).await;
    world.fault(json!({ "provider": "twilio", "fault": "fail", "status": 400, "code": 21_211, "times": 100 }));
    world.turn("PT24H3M").await;
    world.turn("PT1M").await;
    world.turn("PT12H").await;
    assert_eq!((world.templates_sent_to(ANA), world.sms_sent_to(ANA).len()), (1, 0));
    assert_eq!(world.outside.refused().expect("a ledger").len(), 1, "the SMS, once");
}

/// Protection: `Meaning::Final` for a template that is paused, and the step that follows a failure. (Fault matrix D12.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d12_a_paused_template_is_tried_once_and_the_next_step_is_taken() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.settle().await;
    world.fault(json!({ "provider": "meta", "fault": "fail", "status": 400, "code": 132_015, "times": 1_000 }));
    world.turn("PT24H3M").await;
    let template = world.window_template(ANA).await.expect("the sweep made it");
    let it = world.get_message(template.id).await;
    assert_eq!((&it["state"], &it["failure"]["code"]), (&json!("failed"), &json!("132015")), "{it}");
    world.turn("PT12H").await;
    assert_eq!(world.outside.refused().expect("a ledger").len(), 1);
    assert_eq!(world.sms_sent_to(ANA).len(), 1);
}

/// Protection: the timer of a window is armed again although the provider closed that window early; whoever writes before
/// its end counts on it. (Fault matrix E3, E10.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e10_whoever_writes_again_after_the_provider_closed_a_window_early_is_not_forgotten() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT20H").await;
    world.writes(ANA, "Are you there?").await;
    world.fault(json!({ "provider": "meta", "fault": "fail", "status": 400, "code": 131_047, "times": 1 }));
    let held = world.say(ANA, "Yes").await;
    world.settle().await;
    assert_eq!(world.stands(held).await, so("held", "provider_closed_window"));
    assert_eq!(world.templates_sent_to(ANA), 1, "she is invited to write");
    // The first window's timer fires, and finds the second window closed by the provider.
    world.turn("PT4H30M").await;
    world.writes(ANA, "Here I am").await;
    world.turn("PT5M").await;
    world.writes(ANA, "And the key?").await;
    world.turn("PT24H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 2, "nobody answered her, and her own window has ended");
}

/// Protection: the shards in the order of their cursors. Without it, sweeps that are always ended early would never come to the
/// last ones.
#[tokio::test]
async fn a_sweep_begins_where_it_was_swept_least() {
    let world = World::new().await;
    // Cursors only ever rise: these are ahead of what was swept, each by another time.
    let minute = timer::minute_of(world.now());
    for (shard, ahead) in (0..timer::SHARDS).zip([3, 4, 9, 2, 6, 5, 8, 7]) {
        world.parts.store.advance_cursor(shard, minute + ahead).await.unwrap();
    }
    world.system.turn(SignedDuration::from_mins(12)).await.expect("the clock turns");
    let asked: Arc<Mutex<Vec<u8>>> = Arc::default();
    let told = Arc::clone(&asked);
    let hook: Hook = Arc::new(move |call| {
        let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
        let values = body["ExpressionAttributeValues"].as_object();
        let partition = values.and_then(|values| values.get(":pk")?["S"].as_str()).filter(|pk| pk.starts_with("T#"));
        if let Some(shard) = partition.and_then(|pk| pk.rsplit('#').next()?.parse().ok()) {
            told.lock().unwrap().push(shard);
        }
        Verdict::Go
    });
    let cursors = world.parts.store.cursors().await.unwrap().map(Result::unwrap);
    expire::sweep(&world.parts_with(hook)).await.unwrap();
    let mut expected: Vec<u8> = (0..timer::SHARDS).collect();
    expected.sort_by_key(|shard| cursors[usize::from(*shard)]);
    let mut order = asked.lock().unwrap().clone();
    order.dedup();
    assert_eq!(order, expected);
    assert_ne!(order, (0..timer::SHARDS).collect::<Vec<_>>(), "the test would not see it otherwise");
}
