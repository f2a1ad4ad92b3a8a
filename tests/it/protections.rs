//! Protections that only one order of events shows. Each test fails when its protection is taken away; what to take
//! away is said with it.

use std::sync::Arc;

use serde_json::json;
use transom::{
    app::{Parts, expire, merge, send, timers},
    domain::{
        Timestamp,
        ids::MessageKey,
        invite,
        message::Message,
        sending::SenderState,
        time::SignedDuration,
        timer::{SHARDS, Timer, TimerKind, hour_of},
    },
    ports::store::Step,
};
use transom_engine::{Hook, Verdict};
use transom_local::clock::ManualClock;

use crate::{
    races::{meanwhile, once_before},
    world::{ANA, BEN, World},
};

/// Every call that `matches` fails, before it does anything.
fn failing(matches: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Hook {
    std::sync::Arc::new(move |call| {
        let body = String::from_utf8_lossy(call.body);
        if matches(call.operation, &body) { Verdict::FailBefore(500, "InternalServerError") } else { Verdict::Go }
    })
}

impl World {
    /// How many messages are stored under all heads of a customer.
    async fn rows_of(&self, customer: &str) -> usize {
        let mut rows = 0;
        for head in self.family(customer).await.expect("the customer is known").heads() {
            rows += self.parts.store.messages(&head.account, head.id, None, 100).await.expect("an answer").len();
        }
        rows
    }

    /// Ben's contact takes Ana's over, without a word of either.
    async fn merge_ana_into_ben(&self) {
        let (survivor, former) = (self.contact_of(BEN).await, self.contact_of(ANA).await);
        let merged = merge::merge(&self.parts, &self.account(), survivor, former).await.expect("the store answers");
        assert_eq!(merged, Step::Done);
    }

    /// Ana wrote, was answered, and wrote nothing since; Ben was answered days ago.
    async fn answered() -> Self {
        let world = Self::new().await;
        world.writes(BEN, "Hello").await;
        world.say(BEN, "Hello, Ben").await;
        world.turn("PT72H").await;
        world.writes(ANA, "Hello").await;
        world.say(ANA, "Hello, Ana").await;
        world.turn("PT1M").await;
        world
    }
}

/// Protection: the head is marked before the message, so that whoever follows the held message finds that a reply is
/// held. (Design 2.7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_answer_invites_the_customer_even_if_the_stream_is_followed_between_the_marks() {
    let world = World::answered().await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "One more thing").await;
    world.follow_stream().await;
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("\"wf\""),
        move || meanwhile(async { other.follow_stream().await }),
    );
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect("it is held");
    world.settle().await;
    assert_eq!(world.state_of(id).await, "held");
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the timer is armed before anything is marked as waiting. (Design 2.7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_timer_could_not_be_armed_at_first_still_ends_in_its_time() {
    let world = World::answered().await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "One more thing").await;
    world.follow_stream().await;
    let hook = failing(|operation, body| operation == "PutItem" && body.contains("wake#"));
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect_err("the job comes again");
    world.turn("PT71H").await;
    assert_eq!(world.state_of(id).await, "held");
    world.turn("PT2H").await;
    assert_eq!(world.state_of(id).await, "expired");
}

/// Protection: consent is read once more just before the claim. (Fault matrix D17.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_between_planning_and_the_claim_stops_the_message() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Buy more").await;
    world.follow_stream().await;
    // The plan is made; the sender looks for the endpoint to send by.
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "GetItem" && body.contains("\"E#"),
        move || {
            meanwhile(async {
                other.writes_unsettled(ANA, "STOP").await;
                other.deliver_webhooks().await;
            });
        },
    );
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect("it is refused");
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), Vec::<String>::new());
    let it = world.get_message(id).await;
    assert_eq!((it["state"].as_str(), it["reason"]["code"].as_str()), (Some("refused"), Some("opted_out")), "{it}");
}

/// Protection: an opt-out is stored before the head is raised, so that what the rise frees meets it. (Design 2.3.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_is_never_overtaken_by_what_its_own_message_frees() {
    let world = World::answered().await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "Buy more").await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "held");
    // Just before her wish is stored, everything that can follow follows.
    let (other, ring) = (world.clone(), world.ring_for(id));
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("\"oo\""),
        move || {
            meanwhile(async {
                other.follow_stream().await;
                send::answer(&other.parts, &ring).await.expect("the sender looks");
            });
        },
    );
    world.writes_unsettled(ANA, "STOP").await;
    world.receive_with(hook).await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Hello, Ana"]);
    assert_eq!(world.state_of(id).await, "refused");
}

/// Protection: the inbound message's own change checks the head. (Fault matrix A1.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_was_never_raised_is_raised_by_the_message_itself() {
    let world = World::answered().await;
    let family = world.family(ANA).await.expect("she is known");
    let head = family.survivor;
    let messages = world.parts.store.messages(&head.account, head.id, None, 100).await.expect("the store answers");
    let found = messages.into_iter().find_map(|message| match message {
        Message::Inbound(inbound) => Some(*inbound),
        Message::Outbound(_) => None,
    });
    // The process died between the message and the head, and the provider never calls again.
    let mut lost = found.expect("she wrote");
    world.turn("PT1H").await;
    lost.at = world.parts.now();
    lost.id.key = MessageKey::first_at(lost.at);
    world.parts.store.put_inbound(&lost).await.expect("it is stored");
    world.settle().await;
    let raised = world.family(ANA).await.expect("she is known").survivor;
    assert_eq!(raised.last_in.map(|last| last.at), Some(lost.at));
}

/// Protection: for days after a merge, a redelivery is looked for under the former contact. (Design 4, merges.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_delivered_again_after_a_merge_is_no_second_message() {
    let world = World::answered().await;
    world.writes_unsettled(ANA, "Is breakfast included?").await;
    let calls = world.receive_with(failing(|_, _| false)).await;
    world.settle().await;
    world.merge_ana_into_ben().await;
    world.settle().await;
    let before = world.rows_of(ANA).await;
    world.receive_again(&world.parts, &calls).await;
    world.settle().await;
    assert_eq!(world.rows_of(ANA).await, before);
}

/// Protection: … and under every contact that the survivor took over, since an invite may have filed the message under
/// one that its address never belonged to. (Design 4, merges.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_by_an_invite_that_is_delivered_again_after_two_merges_is_no_second_message() {
    const OTHER_PHONE: &str = "16505550191";
    let world = World::answered().await;
    world.writes(OTHER_PHONE, "Hello").await;
    let keys = world.parts.keys(&world.account()).await.expect("the account has keys");
    let home = world.family(ANA).await.expect("she is known").survivor.id;
    world.writes_unsettled(OTHER_PHONE, &format!("Hello {}", invite::token(&keys, home, world.now()))).await;
    let calls = world.receive_with(failing(|_, _| false)).await;
    world.settle().await;
    world.merge_ana_into_ben().await;
    world.settle().await;
    let before = world.rows_of(ANA).await;
    world.receive_again(&world.parts, &calls).await;
    world.settle().await;
    assert_eq!(world.rows_of(ANA).await, before);
}

/// Protection: the window's template is keyed by the head that holds the newest inbound message. (Design 2.8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_between_two_reasons_to_remind_reminds_once() {
    let world = World::answered().await;
    world.writes(ANA, "One more question").await;
    world.turn("PT24H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.merge_ana_into_ben().await;
    world.say(ANA, "Here is the answer").await;
    world.turn("PT1M").await;
    assert_eq!(world.templates_sent_to(ANA) + world.templates_sent_to(BEN), 1);
}

/// Protection: whether a reply is held is asked of all heads of a person. (Design 4, merges.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_was_held_before_a_merge_still_invites_the_customer() {
    let world = World::answered().await;
    world.turn("PT23H57M").await;
    let held = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.state_of(held).await, "held");
    world.merge_ana_into_ben().await;
    world.turn("PT10M").await;
    assert_eq!(world.templates_sent_to(ANA) + world.templates_sent_to(BEN), 1);
}

/// Protection: the fallback's plan looks for an answer among the messages of all heads. (Fault matrix E5, merges.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fallback_yields_to_an_answer_of_before_a_merge_that_no_head_knows_yet() {
    let world = World::answered().await;
    world.writes(ANA, "One more question").await;
    world.turn("PT23H50M").await;
    let answer = world.say(ANA, "Here is the answer").await;
    world.follow_stream().await;
    send::answer(&world.parts, &world.ring_for(answer)).await.expect("it goes");
    world.merge_ana_into_ben().await;
    world.system.turn("PT12M30S".parse().unwrap()).await.unwrap();
    expire::sweep(&world.parts).await.expect("the fallback is made");
    let fallback = world.window_template(ANA).await.expect("the sweep made it");
    send::answer(&world.parts, &world.ring(world.family(ANA).await.unwrap().survivor.id))
        .await
        .expect("it is looked at");
    assert_eq!(world.outbound(fallback.id).await.state, SenderState::Cancelled);
    assert_eq!(world.templates_sent_to(ANA), 0);
}

/// Protection: the window's timer is armed again even if the customer is answered when it fires. (Fault matrix E10;
/// design 4, timers.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_fires_on_an_answered_window_still_looks_after_the_next_message() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT12H").await;
    world.writes(ANA, "Hello again").await;
    world.say(ANA, "Hello, Ana").await;
    world.turn("PT12H10M").await; // The first message's timer has fired.
    world.turn("PT6H").await;
    world.writes(ANA, "One more question").await;
    world.turn("PT24H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the sweep's cursor moves after the work, and not past a timer that failed. (Fault matrix E7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_fails_for_long_is_not_left_behind() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT24H1M").await;
    let broken = world.parts_with(failing(|operation, body| operation == "GetItem" && body.contains("#V#")));
    for _ in 0..20 {
        world.system.turn("PT1M".parse().unwrap()).await.unwrap();
        expire::sweep(&broken).await.expect("a timer that fails is no failure of the sweep");
    }
    world.turn("PT1M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the sweep looks at the last minutes before its cursor again. (Fault matrix E7; design 4, timers.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_was_armed_by_a_slow_clock_is_met() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT1H").await;
    world.turn("PT1M").await;
    let head = world.family(ANA).await.expect("she is known").survivor;
    let due: Timestamp = world.parts.now() - jiff::SignedDuration::from_mins(4);
    let timer = Timer { due, account: head.account.clone(), kind: TimerKind::Wake { conversation: head.id } };
    world.parts.store.arm(&timer).await.expect("it is armed");
    world.turn("PT1M").await;
    assert_eq!(world.family(ANA).await.expect("she is known").survivor.wake, Some(due));
    for shard in 0..SHARDS {
        let left = world.parts.store.due(hour_of(due), shard, due, due, 9).await.expect("the store answers");
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Protection: whoever armed a timer looks at the time once more (`app/timers.rs`): its process stood still before the write,
/// and meanwhile the sweep has come further.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_was_written_when_it_was_due_for_long_is_met() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.settle().await;
    let conversation = world.family(ANA).await.expect("she is known").survivor.id;
    let clock = Arc::new(ManualClock::new(world.now()));
    let sweeper = Parts { clock: clock.clone(), ..world.parts.clone() };
    let (turned, sweeps) = (Arc::clone(&clock), sweeper.clone());
    let hook = once_before(
        |operation, body| operation == "PutItem" && body.contains("\"T#"),
        move || {
            turned.advance(SignedDuration::from_mins(30));
            let sweeps = sweeps.clone();
            meanwhile(async move {
                expire::sweep(&sweeps).await.expect("it sweeps");
            });
        },
    );
    let parts = Parts { clock: clock.clone(), ..world.parts_with(hook) };
    timers::arm(&parts, world.now(), &world.account(), TimerKind::Wake { conversation }).await.expect("it is armed");
    clock.advance(SignedDuration::from_mins(5));
    assert_eq!(expire::sweep(&sweeper).await.expect("it sweeps").fired, 1);
}

/// Protection: a ring makes the sender look at messages of the last minutes before its cause. (Design 2.7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_own_ring_was_lost_goes_with_the_next_and_before_it() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "One").await;
    world.system.turn("PT4M".parse().unwrap()).await.unwrap();
    let second = world.say(ANA, "Two").await;
    send::answer(&world.parts, &world.ring_for(second)).await.expect("both go");
    assert_eq!(world.texts_sent_to(ANA), ["One", "Two"]);
}

/// Protection: the consent that is read before the claim is the newest word of all contacts that are one person, as in
/// the plan.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_to_start_again_counts_for_all_contacts_of_one_person() {
    let world = World::answered().await;
    world.writes(ANA, "STOP").await;
    world.merge_ana_into_ben().await;
    world.turn("PT1H").await;
    world.writes(ANA, "START").await;
    let id = world.say(ANA, "Welcome back").await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "read", "{}", world.get_message(id).await);
}

/// Protection: the provider's word on the window holds for the sender at once, and not only when the stream has been
/// followed. (Fault matrix E2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_word_of_the_provider_that_the_window_is_closed_is_enough() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.fault(json!({ "provider": "meta", "fault": "fail", "status": 400, "code": 131_047, "times": 100 }));
    let id = world.say(ANA, "Are you still there?").await;
    world.say(ANA, "And another thing").await;
    world.follow_stream().await;
    send::answer(&world.parts, &world.ring_for(id)).await.expect("both are held");
    world.settle().await;
    assert_eq!(world.state_of(id).await, "held");
    // The second call is for the window's template, which the fault refuses as well.
    assert_eq!(world.outside.refused().unwrap().len(), 2);
}
