//! A message is taken back while a sender is at work on it: it goes or it is taken back, never both. Each test fails when
//! its protection is taken away; what to take away is said with it.

use serde_json::{Value, json};
use transom::{
    app::{Parts, send},
    domain::MessageId,
};
use transom_local::{functions::Functions, handlers::Handlers};

use crate::{
    operations::http_event,
    races::{meanwhile, once_before},
    world::{ANA, World},
};

impl World {
    /// Takes a message back by an API that works with other parts. Answers the status, and the state that it tells.
    async fn takes_back_over(&self, parts: &Parts, id: MessageId) -> (Value, Value) {
        let mut event = http_event("DELETE", &format!("/v1/messages/{id}"), b"");
        event["headers"]["authorization"] = json!(format!("Bearer {}", self.local.demo.token()));
        let answer = Handlers::new(parts).api(event).await.expect("an answer");
        let said: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
        (answer["statusCode"].clone(), said["state"].clone())
    }

    /// The same by this world's own parts, and it goes well.
    async fn takes_back(&self, id: MessageId) {
        assert_eq!(self.takes_back_over(&self.parts, id).await, (json!(200), json!("cancelled")));
    }
}

/// Protection: the claim's condition on the state that was read. (Fault matrix D23.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d23_what_is_taken_back_between_a_senders_reading_and_its_claim_does_not_leave() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Never mind").await;
    world.follow_stream().await;
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("claimed"),
        move || {
            let other = other.clone();
            meanwhile(async move { other.takes_back(id).await });
        },
    );
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect("the sender finds it taken back");
    world.settle().await;
    assert_eq!(world.state_of(id).await, "cancelled");
    assert!(world.texts_tried_for(ANA).is_empty());
}

/// Protection: a verdict's conditions on the state and the attempt that were read (`judge`), either of which is enough here.
/// (Fault matrix D23.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d23_what_leaves_while_it_is_being_taken_back_is_not_said_to_be_taken_back() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Never mind").await;
    world.follow_stream().await;
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("cancelled"),
        move || {
            let other = other.clone();
            meanwhile(async move { send::answer(&other.parts, &other.ring_for(id)).await.expect("it is sent") });
        },
    );
    let (status, _) = world.takes_back_over(&world.parts_with(hook), id).await;
    assert_eq!(status, 409);
    world.settle().await;
    assert_eq!(world.state_of(id).await, "read");
    assert_eq!(world.texts_sent_to(ANA), ["Never mind"]);
}

/// Protection: a verdict's condition on the state that was read (`judge`), alone: no attempt comes between. (Fault
/// matrix D23.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d23_what_is_taken_back_while_a_sender_lets_it_wait_is_not_brought_back() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "Never mind").await;
    world.follow_stream().await;
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("waiting"),
        move || {
            let other = other.clone();
            meanwhile(async move { other.takes_back(id).await });
        },
    );
    send::answer(&world.parts_with(hook), &world.ring_for(id)).await.expect("the sender finds it taken back");
    assert_eq!(world.state_of(id).await, "cancelled");
    world.writes(ANA, "Anybody there?").await;
    assert!(world.texts_tried_for(ANA).is_empty());
}
