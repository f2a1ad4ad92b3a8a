//! The races that the design closes. Each test fails when its protection is taken away; what to take away is said with
//! it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::json;
use transom::{
    app::{Parts, accept, expire, mint::Mint, send},
    domain::{
        Phone,
        access::Actor,
        contact::Address,
        content::Content,
        message::{Message, Via},
        time::SignedDuration,
    },
    ports::{Clock, Ring},
};
use transom_engine::{Hook, Verdict};
use transom_local::clock::ManualClock;

use crate::world::{ANA, BEN, CHANNEL, World};

/// A hook that runs `act` once, on a thread and a runtime of its own, just before the first call that `matches`.
pub fn once_before(
    matches: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    act: impl Fn() + Send + Sync + 'static,
) -> Hook {
    let done = AtomicBool::new(false);
    let act = Arc::new(act);
    Arc::new(move |call| {
        let body = String::from_utf8_lossy(call.body);
        if matches(call.operation, &body) && !done.swap(true, Ordering::SeqCst) {
            let act = Arc::clone(&act);
            std::thread::spawn(move || act()).join().expect("the interruption goes well");
        }
        Verdict::Go
    })
}

/// What happens to one call of the database, and `Go` to all others; with how many there were.
pub fn at_call(number: usize, verdict: Verdict) -> (Hook, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let hook: Hook = Arc::new(move |_| {
        let this = count.fetch_add(1, Ordering::SeqCst);
        if this == number { verdict } else { Verdict::Go }
    });
    (hook, calls)
}

/// Runs a future on a runtime of its own: what another worker does meanwhile.
pub fn meanwhile(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future);
}

/// Protection: whatever came of marking the head, the facts are read anew (`wait` in `app/send.rs`). `wait_from`'s condition
/// on `last_in` is a second lock: with it the mark is not even written. (Fault matrix E4; design 2.7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbound_between_planning_and_holding_frees_the_message() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "Good morning").await;
    world.follow_stream().await;
    // The sender has planned "wait"; just before it marks the head, Ana writes. Nothing waits yet, so nothing rings.
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("\"wf\""),
        move || {
            let other = other.clone();
            meanwhile(async move {
                other.writes_unsettled(ANA, "Anybody there?").await;
                other.deliver_webhooks().await;
                other.follow_stream().await;
            });
        },
    );
    let parts = world.parts_with(hook);
    send::answer(&parts, &world.ring_for(id)).await.expect("the facts were read anew");
    assert_eq!(world.state_of(id).await, "accepted");
    assert_eq!(world.texts_sent_to(ANA), ["Good morning"]);
}

/// Protection: the head is marked before the message, so a rise in between rings. (Design 2.7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_before_the_message_row_is_written_still_finds_the_message() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "Good morning").await;
    world.follow_stream().await;
    // The head is marked; just before the message is, Ana writes.
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("waiting"),
        move || {
            let other = other.clone();
            meanwhile(async move {
                other.writes_unsettled(ANA, "Anybody there?").await;
                other.deliver_webhooks().await;
            });
        },
    );
    let parts = world.parts_with(hook);
    send::answer(&parts, &world.ring_for(id)).await.expect("done");
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Good morning"]);
    assert_eq!(world.state_of(id).await, "read");
}

/// Protection: a ring is named by the stream's sequence number and not by the conversation. (Design 2.7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_ring_within_five_minutes_is_not_swallowed() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    for text in ["One", "Two", "Three"] {
        world.say(ANA, text).await;
        world.settle().await;
    }
    assert_eq!(world.texts_sent_to(ANA), ["One", "Two", "Three"]);
}

/// Protection: the claim's condition on state and attempt. (Fault matrix C1, C2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_at_one_claim_send_once() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    world.follow_stream().await;
    let ring = world.ring_for(id);
    // Just before the first worker's claim, a second one does the whole job.
    let (other, job) = (world.clone(), ring.clone());
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("claimed"),
        move || {
            let (other, job) = (other.clone(), job.clone());
            meanwhile(async move { send::answer(&other.parts, &job).await.expect("the second worker sends") });
        },
    );
    send::answer(&world.parts_with(hook), &ring).await.expect("the first worker finds it done");
    assert_eq!(world.outside.acceptances(&id.to_string()).unwrap(), 1);
}

/// Protection: an expired claim becomes unknown and never free. (Fault matrix D1, C3, C12.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_ran_out_with_its_process_is_never_sent_again() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    world.follow_stream().await;
    // The process dies right after its claim: the claim is there, the call was never made, as far as anybody knows.
    let hook: Hook = Arc::new(|call| {
        let claims = call.operation == "UpdateItem" && String::from_utf8_lossy(call.body).contains("claimed");
        if claims { Verdict::FailAfter(500, "InternalServerError") } else { Verdict::Go }
    });
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect_err("the process is gone");
    world.settle().await;
    assert_eq!(world.state_of(id).await, "sending");
    world.turn("PT2M").await;
    assert_eq!(world.state_of(id).await, "unknown");
    world.turn("PT20M").await;
    assert_eq!(world.state_of(id).await, "undetermined");
    assert_eq!(world.outside.acceptances(&id.to_string()).unwrap(), 0);
    // Later messages go on.
    world.say(ANA, "Another").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Another"]);
}

/// Protection: a call begins soon after its claim or not at all; and what certainly did not go out is free again, whoever
/// has judged it meanwhile. (Fault matrix C3, C13.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_stood_still_in_its_claim_begins_no_call() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    world.follow_stream().await;
    let clock = Arc::new(ManualClock::new(world.now()));
    let (other, turned, claims) = (world.clone(), Arc::clone(&clock), AtomicUsize::new(0));
    let hook: transom_engine::Hook = Arc::new(move |call| {
        let body = String::from_utf8_lossy(call.body);
        if call.operation == "UpdateItem" && body.contains(r#"":st":{"S":"claimed"}"#) {
            if claims.fetch_add(1, Ordering::SeqCst) == 0 {
                turned.advance(SignedDuration::from_mins(9));
            }
        } else if call.operation == "UpdateItem" && body.contains(r#"":st":{"S":"queued"}"#) {
            // Before it gives the attempt back, somebody else finds the claim overdue.
            assert!(other.texts_tried_for(ANA).is_empty(), "the late call went out");
            let late = Parts { clock: Arc::clone(&turned) as Arc<dyn Clock>, ..other.parts.clone() };
            let ring = other.ring_for(id);
            let judge = async move { send::answer(&late, &ring).await.expect("it judges") };
            std::thread::spawn(move || meanwhile(judge)).join().expect("the other one goes through");
        }
        Verdict::Go
    });
    let parts = Parts { clock, ..world.parts_with(hook) };
    send::answer(&parts, &world.ring_for(id)).await.expect("it goes by another attempt");
    assert_eq!(world.texts_tried_for(ANA), ["Yes"]);
    let Some(Message::Outbound(sent)) = world.message(id).await else { panic!("it is there") };
    assert_eq!(sent.attempt, 2);
}

/// Protection: a claim follows the reading of its facts soon or not at all. (Fault matrix C13, E2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_stood_still_before_its_claim_plans_anew() {
    let world = World::new().await;
    world.without_holding_message().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT23H50M").await;
    let id = world.say(ANA, "Good morning").await;
    world.follow_stream().await;
    // The window is open when the facts are read, and as good as closed when the consent is.
    let clock = Arc::new(ManualClock::new(world.now()));
    let turned = Arc::clone(&clock);
    let hook = once_before(
        |operation, body| operation == "GetItem" && body.contains("CONSENT"),
        move || turned.advance(SignedDuration::from_mins(9)),
    );
    let parts = Parts { clock, ..world.parts_with(hook) };
    send::answer(&parts, &world.ring_for(id)).await.expect("it waits");
    assert_eq!(world.texts_tried_for(ANA), Vec::<String>::new());
    assert_eq!(world.state_of(id).await, "held");
}

/// Protection: the fallback's plan looks at the messages themselves, since the head learns of an answer later.
/// (Fault matrix E5.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fallback_yields_to_an_answer_that_the_head_does_not_know_yet() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.turn("PT23H50M").await;
    let answer = world.say(ANA, "Here we are").await;
    world.follow_stream().await;
    send::answer(&world.parts, &world.ring_for(answer)).await.expect("it goes, two minutes before the end");
    // The stream stands still from here on: the head does not know of the answer when the window ends.
    world.system.turn("PT12M30S".parse().unwrap()).await.unwrap();
    expire::sweep(&world.parts).await.expect("the fallback is made");
    let fallback = world.window_template(ANA).await.expect("the sweep made it");
    send::answer(&world.parts, &world.ring_for(fallback.id)).await.expect("it is looked at");
    world.settle().await;
    assert_eq!(world.templates_sent_to(ANA), 0);
    let Some(Message::Outbound(fallback)) = world.message(fallback.id).await else {
        panic!("it is kept, with its reason")
    };
    assert_eq!(fallback.delivery().word(), "cancelled");
}

/// Protection: a rise of any head of a person rings in the survivor's group, and reads fan out. (Design 4, merges.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_for_a_contact_is_released_after_it_was_merged() {
    let world = World::new().await;
    // Ana is known by her number; a message is held for her.
    world.writes_with(ANA, "Hello", json!({ "with": "phone" })).await;
    world.turn("PT25H").await;
    let held = world.say(ANA, "Good morning").await;
    world.settle().await;
    assert_eq!(world.state_of(held).await, "held");
    // She is also known by her id alone, as another contact, and the two are found to be one person: the id decides,
    // so the contact for which the message is held becomes the former one.
    world.writes_with(ANA, "It is me", json!({ "with": "user_id" })).await;
    assert_eq!(world.state_of(held).await, "held", "nobody knows yet that they are one person");
    world.writes_with(ANA, "From my phone", json!({ "with": "both" })).await;
    assert_eq!(world.texts_sent_to(ANA), ["Good morning"]);
    let contacts = world.api("GET", &format!("/v1/contacts?phone=%2B{ANA}"), json!(null)).await;
    assert_eq!(contacts.1["data"].as_array().unwrap().len(), 1, "{}", contacts.1);
}

/// Protection: a timer that fires before the window's end arms itself again. (Fault matrix E10; design 4, timers.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_window_and_then_a_new_inbound_still_ends_with_a_fallback() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    world.turn("PT12H").await;
    world.writes(ANA, "One more question").await;
    // The first timer fires on a window that was answered and extended; nobody answers the second.
    world.turn("PT12H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 0);
    world.turn("PT12H").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the head's rise arms a timer when the old one has fired or is about to. (Fault matrix A19.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_inbound_after_its_timer_fired_gets_its_own_fallback_once() {
    let world = World::new().await;
    let wrote_at = world.now();
    world.writes(ANA, "Hello").await;
    world.turn("PT24H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    // A message of ten hours later arrives only now: its own window is open for ten hours more.
    let late = wrote_at + "PT10H".parse::<jiff::SignedDuration>().unwrap();
    world.writes_with(ANA, "This was stuck", json!({ "at": late.to_string(), "times": 3 })).await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.turn("PT10H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 2);
    // One that is older than its own window's end on arrival is left waiting at once, and once.
    let wrote_at = world.now();
    world.turn("PT30H").await;
    world.writes_with(BEN, "Days late", json!({ "at": wrote_at.to_string(), "times": 2 })).await;
    world.turn("PT5M").await;
    assert_eq!(world.templates_sent_to(BEN), 1);
}

/// Two replies of one second leave in the order in which they were accepted, also after the provider's pair limit.
/// (Fault matrix C11.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_of_one_second_leave_in_order_also_after_a_pair_limit() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let texts: Vec<String> = (0..50).map(|number| format!("line {number:02}")).collect();
    for text in &texts {
        world.say(ANA, text).await;
    }
    world.settle().await;
    let at_once = world.texts_sent_to(ANA).len();
    assert!((40..=45).contains(&at_once), "the burst is 45: {at_once}");
    for _ in 0..10 {
        world.turn("PT10S").await;
    }
    assert_eq!(world.texts_sent_to(ANA), texts);
    assert!(world.outside.refused().unwrap().is_empty(), "the limit was kept, not met");
}

/// The provider's own limit, met because another system sends to the same customer, puts the message off and keeps order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pair_limit_that_the_provider_reports_puts_messages_off_in_order() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.fault(json!({ "fault": "fail", "status": 400, "code": 131_056, "times": 2 }));
    for text in ["One", "Two"] {
        world.say(ANA, text).await;
    }
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), Vec::<String>::new());
    for _ in 0..4 {
        world.turn("PT10S").await;
    }
    assert_eq!(world.texts_sent_to(ANA), ["One", "Two"]);
}

/// A ring that names a conversation that is not there, or a message that is gone, is answered with nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_for_nothing_does_nothing() {
    let world = World::new().await;
    let conversation = transom::domain::ConversationId::from_bits(7);
    let ring = Ring::V1 { account: world.account(), conversation, cause: None, trace: None };
    send::answer(&world.parts, &ring).await.expect("nothing to do");
    assert!(world.outside.accepted().unwrap().is_empty());
}

/// A template that was taken back because an answer went out in time does not stand in the way of a later one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fallback_that_was_taken_back_does_not_silence_a_later_answer() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.turn("PT23H50M").await;
    let answer = world.say(ANA, "Here we are").await;
    world.follow_stream().await;
    send::answer(&world.parts, &world.ring_for(answer)).await.expect("it goes in time");
    world.system.turn("PT12M30S".parse().unwrap()).await.unwrap();
    expire::sweep(&world.parts).await.expect("the head does not know of the answer, so the fallback is made");
    world.settle().await;
    assert_eq!(world.templates_sent_to(ANA), 0, "and taken back");
    let late = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.state_of(late).await, "held");
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.turn("PT1H").await;
    assert_eq!(world.templates_sent_to(ANA), 1, "once");
}

/// Protection: `Consistency::Strong`, wherever a sender or a sweep decides by what it reads. (Fault matrix B6.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b6_whatever_decides_about_a_send_is_read_strongly() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let (reads, weak) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (count, found) = (Arc::clone(&reads), Arc::clone(&weak));
    let parts = world.parts_with(Arc::new(move |call| {
        let body = String::from_utf8_lossy(call.body);
        if matches!(call.operation, "GetItem" | "Query" | "BatchGetItem") {
            count.fetch_add(1, Ordering::SeqCst);
            if !body.contains("\"ConsistentRead\":true") {
                found.lock().unwrap().push(body.into_owned());
            }
        }
        Verdict::Go
    }));
    // One that goes, and one that is held and asks for the window's template.
    let sent = world.say(ANA, "Yes").await;
    send::answer(&parts, &world.ring_for(sent)).await.expect("it goes");
    world.turn("PT23H58M").await;
    let held = world.say(ANA, "And another thing").await;
    send::answer(&parts, &world.ring_for(held)).await.expect("it is held");
    world.follow_stream().await;
    world.system.turn("PT10M".parse().unwrap()).await.unwrap();
    expire::sweep(&parts).await.expect("it sweeps");
    let template = world.window_template(ANA).await.expect("the sweep made it");
    send::answer(&parts, &world.ring_for(template.id)).await.expect("it goes");
    assert_eq!((world.state_of(held).await.as_str(), world.templates_sent_to(ANA)), ("held", 1));
    assert!(reads.load(Ordering::SeqCst) > 20);
    assert_eq!(*weak.lock().unwrap(), Vec::<String>::new());
}

/// What stands still between naming a message and storing it stores it behind others. Take away: that more is listed than
/// from the oldest that waits (`app/unsent.rs`). (Fault matrix C11.)
#[tokio::test]
async fn c11_what_is_stored_late_leaves_in_its_order_also_while_something_waits() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let named_at = world.now();
    world.turn("PT1M").await;
    world.say(ANA, "second").await;
    world.turn("PT10M").await;
    // A request that stood still for eleven minutes: its message has the time at which it was named.
    let late = Parts { clock: Arc::new(ManualClock::new(named_at)), ..world.parts.clone() };
    let request = accept::Request {
        trace: None,
        channel: Some(CHANNEL.parse().unwrap()),
        to: accept::Recipient::Address(Address::Phone(Phone::from_e164(ANA).unwrap())),
        content: Content::text("first"),
        via: Via::Auto,
        expires_at: None,
        on_held: transom::domain::message::OnHeld::Ladder,
        purpose: transom::domain::message::Purpose::Reply,
    };
    let (mint, account) = (Mint::default(), world.account());
    Box::pin(accept::accept(&late, &mint, &account, &Actor::System, &request, None)).await.unwrap();
    // She writes, and the ring for that comes before the late message's own.
    world.writes_unsettled(ANA, "Still there?").await;
    world.deliver_webhooks().await;
    let conversation = world.family(ANA).await.unwrap().survivor.id;
    send::answer(&world.parts, &world.ring(conversation)).await.unwrap();
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["first", "second"]);
}
