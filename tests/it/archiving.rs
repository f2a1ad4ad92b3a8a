//! Conversations in which nothing happens go out of sight by themselves, and come back when the guest writes.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use transom::{
    app::work,
    domain::{ConversationId, work::WorkSettings},
};
use transom_engine::Verdict;

use crate::{
    events::Subscriber,
    races::{at_call, meanwhile, once_before},
    world::{ANA, BEN, CARLA, World},
};

impl World {
    async fn stands_as(&self, guest: &str) -> Value {
        self.conversation(guest).await["state"].clone()
    }

    async fn ends(&self, guest: &str) -> ConversationId {
        let id = self.family(guest).await.unwrap().survivor.id;
        assert_eq!(self.api("POST", &format!("/v1/conversations/{id}/close"), Value::Null).await.0, 200);
        self.settle().await;
        id
    }
}

#[tokio::test]
async fn what_is_closed_goes_out_of_sight_after_days_once_and_comes_back_when_the_guest_writes() {
    let world = World::new().await;
    let inbox = Subscriber::new(&world, "inbox", json!({ "types": ["conversation.changed"] })).await;
    for guest in [ANA, BEN, CARLA] {
        world.writes(guest, "Hello").await;
    }
    world.ends(ANA).await;
    world.say(BEN, "Good morning").await;
    let tom = world.staff("Tom", json!({})).await;
    world.works(BEN, json!({ "change": "assign", "to": tom })).await;
    world.days(5).await;
    assert_eq!(world.stands_as(ANA).await, "closed", "nobody asked for it");

    world.gives_out(json!({ "archive_after_days": 7 })).await;
    world.days(1).await;
    assert_eq!(world.stands_as(ANA).await, "closed", "its time has not come");
    world.days(3).await;
    assert_eq!(world.stands_as(ANA).await, "archived");
    assert_eq!(world.stands_as(BEN).await, "expired", "somebody has it");
    assert_eq!(world.stands_as(CARLA).await, "expired", "who waits is never put out of sight");
    let (_, page) = world.api("GET", "/v1/conversations?state=archived", Value::Null).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    world.days(3).await;
    let told = inbox.posted().await;
    let of_ana = world.family(ANA).await.unwrap().survivor.id.to_string();
    let archived = told.iter().filter(|(_, body)| {
        let it = &body["data"]["conversation"];
        it["id"] == json!(of_ana) && it["state"] == "archived"
    });
    assert_eq!(archived.count(), 1, "told once");

    world.writes(ANA, "I am back").await;
    assert_eq!(world.stands_as(ANA).await, "active");
    world.days(9).await;
    assert_eq!(world.stands_as(ANA).await, "expired", "she waits");
    world.works(BEN, json!({ "change": "release" })).await;
    world.ends(BEN).await;
    world.days(9).await;
    assert_eq!(world.stands_as(BEN).await, "archived");
}

/// Protection: it is written on condition that the head is as it was read, with the time of the last thing that happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_well_wherever_it_dies_and_whatever_comes_between() {
    let settings = WorkSettings { archive_after_days: Some(3), ..WorkSettings::default() };
    let world = World::new().await;
    let mut number = 0;
    loop {
        let guest = format!("1650551{number:04}");
        world.writes(&guest, "Hello").await;
        let id = world.ends(&guest).await;
        world.turn("PT80H").await;
        let died = [
            Verdict::FailBefore(400, "ResourceNotFoundException"),
            Verdict::FailAfter(400, "ResourceNotFoundException"),
        ];
        let mut calls = 0;
        for verdict in died {
            let (hook, counted) = at_call(number, verdict);
            let done = work::archive(&world.parts_with(hook), &world.account(), &settings, id).await;
            calls = counted.load(Ordering::SeqCst).max(calls);
            assert!(done.is_err() || calls <= number || world.stands_as(&guest).await == "archived");
        }
        for _ in 0..2 {
            work::archive(&world.parts, &world.account(), &settings, id).await.unwrap();
        }
        world.settle().await;
        assert_eq!(world.stands_as(&guest).await, "archived", "call {number}");
        let head = world.family(&guest).await.unwrap().survivor;
        assert!(!work::archive(&world.parts, &world.account(), &settings, id).await.unwrap(), "once");
        assert_eq!(world.family(&guest).await.unwrap().survivor, head);
        if calls <= number {
            break;
        }
        number += 1;
    }
    assert!(number >= 2, "it takes several calls: {number}");

    for (number, reopened) in [(1, false), (2, true)] {
        let guest = format!("1650552{number:04}");
        world.writes(&guest, "Hello").await;
        let id = world.ends(&guest).await;
        world.turn("PT80H").await;
        let (other, writer) = (world.clone(), guest.clone());
        let hook = once_before(
            |operation, body| operation == "UpdateItem" && body.contains("\"ar\""),
            move || {
                let (other, writer) = (other.clone(), writer.clone());
                meanwhile(async move {
                    if reopened {
                        other.api("POST", &format!("/v1/conversations/{id}/reopen"), Value::Null).await;
                    } else {
                        other.writes_unsettled(&writer, "One more thing").await;
                        other.deliver_webhooks().await;
                    }
                });
            },
        );
        assert!(!work::archive(&world.parts_with(hook), &world.account(), &settings, id).await.unwrap());
        world.settle().await;
        let expected = if reopened { "expired" } else { "active" };
        assert_eq!(world.stands_as(&guest).await, expected);
    }
}
