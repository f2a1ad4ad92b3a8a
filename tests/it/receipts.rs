//! What reports on messages do, whenever they come. Each test fails when its protection is taken away; what to take away is
//! said with it.

use std::sync::Arc;

use serde_json::json;
use transom::{
    app::{
        receive::{self, Retry},
        send,
    },
    domain::{
        AccountId,
        inbound::{ProviderEvent, ProviderReceipt, ReceiptStatus},
        message::{Message, Outbound},
        outcome::{Failure, FailureKind},
    },
    ports::store::{Parked, ParkedBody, ParkedKind, parked_id},
    seal::Sealed,
};
use transom_engine::{Hook, Verdict};

use crate::world::{ANA, CHANNEL, World};

impl World {
    /// A report on a message, as the demo's own endpoint brings it.
    async fn report(&self, callback: String, status: ReceiptStatus) {
        let (account, now) = (self.account(), self.parts.now());
        let number = String::new();
        let receipt = ProviderReceipt {
            number,
            provider_id: "x".into(),
            callback: Some(callback),
            status,
            at: Some(now),
            pricing: None,
        };
        let element = serde_json::to_value(ProviderEvent::Receipt(receipt)).expect("it has a JSON form");
        let keys = self.parts.keys(&account).await.expect("the account has keys");
        let record = Parked {
            id: parked_id(now, &element.to_string()),
            account: account.clone(),
            at: now,
            why: "a test".into(),
            what: ParkedKind::Webhook { endpoint: CHANNEL.parse().unwrap() },
            sealed: Sealed::new(&ParkedBody { element }, keys.own(), self.parts.nonce()),
        };
        self.parts.store.park(&record).await.expect("the store answers");
        let retried = receive::retry(&self.parts, &account, &record.id).await.expect("the store answers");
        assert_eq!(retried, Retry::Done);
    }
}

fn failure(kind: FailureKind) -> ReceiptStatus {
    ReceiptStatus::Failed(Failure { kind, code: "1".into() })
}

/// Protection: a report is addressed to an attempt that was claimed before it left, and what it says beats an overdue claim.
/// The process dies when the provider has taken the message and before the outcome is written. (Fault matrix D2, F2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f2_a_receipt_that_comes_before_our_own_outcome_settles_it() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    world.follow_stream().await;
    let hook: Hook = Arc::new(|call| {
        let is_outcome = call.operation == "UpdateItem" && String::from_utf8_lossy(call.body).contains("\"o1\"");
        if is_outcome { Verdict::FailBefore(500, "InternalServerError") } else { Verdict::Go }
    });
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect_err("the process is gone");
    assert_eq!(world.state_of(id).await, "sending");
    world.settle().await;
    assert_eq!(world.state_of(id).await, "read");
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], false);
    world.turn("PT30M").await;
    assert_eq!(world.state_of(id).await, "read");
    assert_eq!(world.outside.acceptances(&id.to_string()).unwrap(), 1);
}

/// Protection: "window closed" on the current attempt brings the message back and closes the window. (Fault matrix E2,
/// E3, D8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asynchronous_window_closed_holds_the_message_and_sends_no_second_free_form() {
    let world = World::new().await;
    world.without_holding_message().await;
    world.writes(ANA, "Hello").await;
    // The provider's clock is ahead by more than anybody allows for.
    world.outside.set_offset("PT2H".parse().unwrap()).unwrap();
    world.turn("PT23H").await;
    let first = world.say(ANA, "Are you still there?").await;
    world.settle().await;
    world.turn("PT30S").await;
    let it = world.get_message(first).await;
    assert_eq!(
        (it["state"].as_str(), it["reason"]["code"].as_str()),
        (Some("held"), Some("provider_closed_window")),
        "{it}"
    );
    let second = world.say(ANA, "And another thing").await;
    world.settle().await;
    assert_eq!(world.state_of(second).await, "held");
    assert_eq!(world.texts_tried_for(ANA), ["Are you still there?"], "no second free-form goes out");
    // The ladder's template went out once; her tap releases both, in order.
    world.turn("PT1M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.writes(ANA, "Yes, I am").await;
    assert_eq!(world.texts_sent_to(ANA), ["Are you still there?", "And another thing"]);
}

/// Protection: the callback carries its attempt. (Fault matrix D9.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_failure_of_the_first_attempt_does_not_bring_back_the_second() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    // For both attempts, and for the template between them.
    world.fault(json!({ "fault": "no_receipts", "times": 3 }));
    let id = world.say(ANA, "Are you still there?").await;
    world.settle().await;
    let first = format!("demo.{id}.1");
    world.report(first.clone(), failure(FailureKind::WindowClosed)).await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "held");
    world.turn("PT1M").await;
    world.writes(ANA, "Yes").await;
    assert_eq!((world.outbound(id).await.attempt, world.state_of(id).await.as_str()), (2, "accepted"));
    world.turn("PT1M").await;
    world.report(first, failure(FailureKind::WindowClosed)).await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "accepted");
    assert_eq!(world.texts_tried_for(ANA).len(), 2);
}

/// Protection: a callback is believed only for the account that its endpoint belongs to. (Fault matrix F7; design 2.11.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_never_touches_another_accounts_message() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    world.settle().await;
    let other: AccountId = "other".parse().unwrap();
    let theirs = Outbound { account: other.clone(), attempts: vec![], ..world.outbound(id).await };
    world.parts.store.put_outbound(&theirs).await.expect("it is stored");
    world.report(format!("other.{id}.1"), failure(FailureKind::Other)).await;
    let now = world.parts.store.message(&other, id).await.expect("the store answers");
    assert_eq!(now, Some(Message::Outbound(Box::new(theirs))));
}

/// Protection: the SMS that follows a window's template is keyed by the template, whichever step asks. (Design 2.8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_failed_is_followed_by_one_sms_whatever_else_the_ladder_says() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.change_customer(ANA, json!({ "on_whatsapp": false })).await;
    world.turn("PT24H10M").await;
    assert_eq!(world.templates_sent_to(ANA) + world.sms_sent_to(ANA).len(), 2, "{:?}", world.accepted_for(ANA));
    world.turn("PT3H").await;
    assert_eq!(world.sms_sent_to(ANA).len(), 1);
}
