//! Forgetting a person, and handing out what is held of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use transom::{
    app::jobs::{self, Answered},
    domain::job::Job,
    ports::jobs::JobRing,
};
use transom_engine::Verdict;
use wiremock::{Mock, ResponseTemplate, matchers::method};

use crate::{
    calls::messages,
    server::Server,
    world::{ANA, BEN, CARLA, World},
};

/// What Ana, and nobody else, writes.
const CANARY: &str = "the-blue-heron-at-dawn";
const NAME: &str = "Anabel Quintanilla";

/// A person with messages both ways, a name, an exported copy, a parked webhook and a held answer.
async fn ana(world: &World) -> String {
    world.change_customer(ANA, json!({ "name": NAME })).await;
    world.writes(ANA, CANARY).await;
    world.say(ANA, &format!("We saw {CANARY}, too.")).await;
    world.settle().await;
    let contact = world.contact_of(ANA).await.to_string();
    let (status, _) = world.api("PATCH", &format!("/v1/contacts/{contact}"), json!({ "name": NAME })).await;
    assert_eq!(status, 200);
    world.ask(&format!("/v1/contacts/{contact}/export"), json!({})).await;
    // A message of hers that cannot be read, and is parked.
    let broken = json!({ "from": ANA, "type": "text", "text": { "body": CANARY } });
    assert_eq!(world.meta_posts(&messages(&[broken])).await, 200);
    assert_eq!(world.api("GET", "/v1/parked", Value::Null).await.1["data"].as_array().unwrap().len(), 1);
    contact
}

/// Asks for the erasure and lets its pause pass.
async fn erase(world: &World, contact: &str) -> Value {
    let job = world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT3M").await;
    world.job(&job).await
}

/// Protection: `app/jobs/erase.rs`. (Fault matrix L1.)
#[tokio::test]
async fn l1_after_an_erasure_nothing_of_the_person_can_be_read_anywhere_even_with_the_accounts_key() {
    let world = World::new().await;
    let contact = ana(&world).await;
    world.writes(BEN, "Is there parking?").await;
    // Something waits: the window closes over an answer that is written late.
    world.turn("PT24H1M").await;
    let held = world.say(ANA, &format!("About {CANARY}:")).await;
    world.settle().await;
    assert_eq!(world.state_of(held).await, "held");
    for canary in [CANARY, NAME, ANA] {
        assert!(world.readable(canary).await > 0, "{canary} can be found at all");
    }

    let job = erase(&world, &contact).await;
    assert_eq!(job["state"], "done", "{job}");
    for canary in [CANARY, NAME, ANA] {
        assert_eq!(world.readable(canary).await, 0, "{canary}");
    }
    assert!(world.readable("Is there parking?").await > 0, "others are still there");

    let removed = &job["progress"]["removed"];
    assert_eq!((&removed["keys"], &removed["parked_records"]), (&json!(1), &json!(1)), "{removed}");
    assert!(removed["identities"].as_u64() > Some(0) && removed["files"].as_u64() > Some(0), "{removed}");
    assert_eq!(world.objects("erasures/").await.len(), 1, "the receipt is kept");

    // What waited ends, and what was said is known to have been said.
    assert_eq!(world.state_of(held).await, "refused");
    let message = world.get_message(held).await;
    assert_eq!((&message["reason"]["code"], &message["content"]), (&json!("erased"), &Value::Null));
    let (_, shown) = world.api("GET", &format!("/v1/contacts/{contact}"), Value::Null).await;
    assert_eq!((&shown["erased"], &shown["name"], &shown["addresses"]), (&json!(true), &Value::Null, &json!([])));
}

/// Protection: `drop_identities`, twice. (Fault matrix L3.)
#[tokio::test]
async fn l3_whoever_writes_after_their_erasure_is_somebody_new() {
    let world = World::new().await;
    let contact = ana(&world).await;
    // From the mark on, not only once all is done.
    let job = world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    assert_eq!(world.job(&job).await["state"], "running", "others at work have their time");
    world.writes(ANA, "Good morning").await;
    let new = world.contact_of(ANA).await.to_string();
    assert_ne!(new, contact);
    world.turn("PT3M").await;
    assert_eq!(world.job(&job).await["state"], "done");
    world.say(ANA, "Good morning!").await;
    world.settle().await;
    let texts: Vec<Value> = world.messages(ANA).await.iter().map(|it| it["content"]["body"].clone()).collect();
    assert_eq!(texts, ["Good morning!", "Good morning"], "the new one can be read, the old ones are not theirs");
    assert_eq!(world.texts_sent_to(ANA).last().unwrap(), "Good morning!");
}

/// Protection: what stays of an identity (`drop_identities`), `recognise_writer`. (Fault matrix L3, A5.)
#[tokio::test]
async fn a_webhook_that_comes_again_after_the_erasure_brings_nobody_back() {
    let world = World::new().await;
    world.writes_unsettled(ANA, CANARY).await;
    let calls = world.outside.take_due(world.now()).unwrap();
    world.receive_again(&world.parts, &calls).await;
    for call in &calls {
        world.outside.webhook_done(call.id, 200).unwrap();
    }
    world.settle().await;
    let contact = world.contact_of(ANA).await.to_string();
    world.turn("PT1H").await;
    assert_eq!(erase(&world, &contact).await["state"], "done");
    world.turn("PT24H").await;
    world.receive_again(&world.parts, &calls).await;
    world.settle().await;
    assert_eq!((world.readable(CANARY).await, world.family(ANA).await.is_none()), (0, true));
    // Nor once she is somebody new; and what is new is hers.
    world.writes(ANA, "Good morning").await;
    world.receive_again(&world.parts, &calls).await;
    world.settle().await;
    assert_eq!(world.readable(CANARY).await, 0);
    assert_eq!(world.messages(ANA).await.len(), 1);
}

/// Protection: each step is noted, and may be done again. (Fault matrix L2.)
#[tokio::test]
async fn l2_an_erasure_that_dies_at_any_step_goes_on_and_says_done_only_when_it_is() {
    let world = World::new().await;
    let contact = ana(&world).await;
    let account = world.account();
    let id = Job::erasure(&account, contact.parse().unwrap(), world.now()).id;
    let ring = JobRing::V1 { account: account.clone(), job: id };
    let (status, _) = world.api("POST", &format!("/v1/contacts/{contact}/erase"), json!({})).await;
    assert_eq!(status, 202);
    // Each step dies after so many of its calls, until all of it is done.
    for allowed in 0..1200 {
        let left = AtomicUsize::new(allowed % 240 + 1);
        let parts = world.parts_with(Arc::new(move |_| {
            let left = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if left.is_ok() { Verdict::Go } else { Verdict::FailBefore(400, "ValidationException") }
        }));
        let deadline = transom::app::deadline::Deadline::after(std::time::Duration::from_mins(1));
        let job = world.parts.store.job(&account, id).await.unwrap().unwrap();
        if job.state == transom::domain::job::JobState::Done {
            break;
        }
        assert_eq!(world.objects("erasures/").await.len(), 0, "no receipt before it is done");
        if let Ok(Answered::Again { .. }) = jobs::answer(&parts, &ring, deadline).await {
            world.system.turn("PT2M".parse().unwrap()).await.unwrap();
        }
    }
    let job = world.job(&id.to_string()).await;
    assert_eq!(job["state"], "done", "{job}");
    for canary in [CANARY, NAME, ANA] {
        assert_eq!(world.readable(canary).await, 0, "{canary}");
    }
}

#[tokio::test]
async fn asking_again_is_as_asking_once_and_subscribers_are_told() {
    let world = World::new().await;
    let server = Server::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let body = json!({ "url": server.uri(), "types": ["contact.erased"] });
    assert_eq!(world.api("PUT", "/v1/subscriptions/crm", body).await.0, 201);
    let contact = ana(&world).await;
    let path = format!("/v1/contacts/{contact}/erase");
    let first = world.ask(&path, json!({})).await;
    world.turn("PT3M").await;
    let second = world.ask(&path, json!({})).await;
    assert_eq!(first, second);
    assert_eq!(world.job(&first).await["state"], "done");
    world.turn("PT3M").await;
    let told: Vec<Value> =
        server.received_requests().await.unwrap().iter().map(|it| serde_json::from_slice(&it.body).unwrap()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["type"], &told[0]["data"]["contact"]["id"]), (&json!("contact.erased"), &json!(contact)));
    for path in [format!("/v1/contacts/{contact}/export"), format!("/v1/contacts/{contact}/hold")] {
        let method = if path.ends_with("hold") { "PUT" } else { "POST" };
        assert_eq!(world.api(method, &path, json!({ "why": "x" })).await.0, 409, "{path}");
    }
}

/// Protection: the hold is asked for before anything begins.
#[tokio::test]
async fn under_a_legal_hold_nobody_is_erased() {
    let world = World::new().await;
    let contact = ana(&world).await;
    let erase = format!("/v1/contacts/{contact}/erase");
    for hold in ["/v1/hold".to_owned(), format!("/v1/contacts/{contact}/hold")] {
        assert_eq!(world.api("PUT", &hold, json!({ "why": "case 12/2026" })).await.0, 200);
        let (status, answer) = world.api("POST", &erase, json!({})).await;
        assert_eq!(status, 409);
        assert!(answer["detail"].as_str().unwrap().contains("case 12/2026"), "{answer}");
        let (_, holds) = world.api("GET", "/v1/holds", Value::Null).await;
        assert_eq!(holds["data"].as_array().unwrap().len(), 1);
        assert_eq!(world.api("DELETE", &hold, Value::Null).await.0, 204);
    }
    assert_eq!(world.api("POST", &erase, json!({})).await.0, 202);
}

/// Whoever is one person goes as one: no key of a former contact survives. (Fault matrix L3.)
#[tokio::test]
async fn everything_that_became_part_of_the_person_goes_too() {
    let world = World::new().await;
    let contact = ana(&world).await;
    world.writes(BEN, "my other number, the-green-heron").await;
    let other = world.contact_of(BEN).await.to_string();
    let merged = world.api("POST", &format!("/v1/contacts/{contact}/merge"), json!({ "contact": other })).await;
    assert_eq!(merged.0, 200, "{}", merged.1);
    world.settle().await;
    // By the id of either.
    let job = erase(&world, &other).await;
    assert_eq!((&job["state"], &job["progress"]["removed"]["keys"]), (&json!("done"), &json!(2)), "{job}");
    for canary in [CANARY, NAME, ANA, BEN, "the-green-heron"] {
        assert_eq!(world.readable(canary).await, 0, "{canary}");
    }
}

/// Whoever of one person is held holds all of them, however far apart. Protection: `held` in `app/jobs/erase.rs`.
#[tokio::test]
async fn a_hold_of_anybody_who_is_the_same_person_stands_in_the_way() {
    let world = World::new().await;
    for (customer, text) in [(ANA, "one"), (BEN, "two"), (CARLA, "three")] {
        world.writes(customer, text).await;
    }
    let [ana, ben, carla] = [world.contact_of(ANA).await, world.contact_of(BEN).await, world.contact_of(CARLA).await];
    for (survivor, other) in [(ben, carla), (ana, ben)] {
        let merged = world.api("POST", &format!("/v1/contacts/{survivor}/merge"), json!({ "contact": other })).await;
        assert_eq!(merged.0, 200, "{}", merged.1);
        world.settle().await;
    }
    let crm = Server::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&crm).await;
    let body = json!({ "url": crm.uri(), "types": ["contact.erased"] });
    assert_eq!(world.api("PUT", "/v1/subscriptions/crm", body).await.0, 201);

    let (erase, hold) = (format!("/v1/contacts/{ana}/erase"), format!("/v1/contacts/{carla}/hold"));
    assert_eq!(world.api("PUT", &hold, json!({ "why": "a dispute" })).await.0, 200);
    let (status, refused) = world.api("POST", &erase, json!({})).await;
    assert_eq!(status, 409, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains(&carla.to_string()), "{refused}");
    // Put after somebody asked, and before anything was done.
    assert_eq!(world.api("DELETE", &hold, Value::Null).await.0, 204);
    let keys = [ana, ben, carla];
    let job = Job::erasure(&world.account(), ana, world.now());
    jobs::begin(&world.parts, job.clone()).await.unwrap();
    assert_eq!(world.api("PUT", &hold, json!({ "why": "a dispute" })).await.0, 200);
    world.turn("PT3M").await;
    let shown = world.job(&job.id.to_string()).await;
    assert_eq!(shown["state"], "failed", "{shown}");
    assert!(world.readable("three").await > 0);

    // Lifted, it goes on, and whoever knows any of them is told.
    assert_eq!(world.api("DELETE", &hold, Value::Null).await.0, 204);
    assert_eq!(world.api("POST", &erase, json!({})).await.0, 202);
    world.turn("PT3M").await;
    assert_eq!(world.job(&job.id.to_string()).await["state"], "done");
    let told: Vec<Value> = crm.received_requests().await.unwrap().iter().map(|it| it.body_json().unwrap()).collect();
    let mut told: Vec<String> =
        told.iter().map(|it| it["data"]["contact"]["id"].as_str().unwrap().to_owned()).collect();
    told.sort();
    let mut all = keys.map(|id| id.to_string());
    all.sort();
    assert_eq!(told, all);
}

/// What a subscriber answered to words of several people is kept by nobody. Protection: `log` in `app/publish.rs`. (Fault matrix L1.)
#[tokio::test]
async fn what_a_subscriber_answered_goes_with_whoever_it_may_repeat() {
    let world = World::new().await;
    let crm = Server::start().await;
    let words = format!("cannot take {CANARY}");
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(500).set_body_string(words)).mount(&crm).await;
    let batch = json!({ "events": 10, "seconds": 5 });
    for (id, more) in
        [("full", json!({ "payload": "full" })), ("thin", json!({})), ("batch", json!({ "batch": batch }))]
    {
        let mut body = json!({ "url": crm.uri() });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.api("PUT", &format!("/v1/subscriptions/{id}"), body).await.0, 201);
    }
    world.writes_unsettled(ANA, CANARY).await;
    world.writes(BEN, "Is there parking?").await;
    world.turn("PT5S").await;
    let lines = async |id: &str| {
        let (_, lines) = world.api("GET", &format!("/v1/subscriptions/{id}/deliveries"), Value::Null).await;
        lines["data"].as_array().unwrap().clone()
    };
    assert!(lines("full").await.iter().any(|line| line["answer"].to_string().contains(CANARY)));
    let of_batch = lines("batch").await;
    assert!(
        of_batch.len() >= 2 && of_batch.iter().all(|line| !line["answer"].to_string().contains(CANARY)),
        "{of_batch:?}"
    );
    assert_eq!(erase(&world, &world.contact_of(ANA).await.to_string()).await["state"], "done");
    assert!(world.readable(CANARY).await > 0, "what was answered about others alone is theirs");
    assert_eq!(erase(&world, &world.contact_of(BEN).await.to_string()).await["state"], "done");
    assert_eq!(world.readable(CANARY).await, 0);
}

/// After a month nothing says who it was, also of somebody who came back. Protection: a row of its own that ends.
#[tokio::test]
async fn nobody_is_known_by_whom_they_were() {
    let world = World::new().await;
    let contact = ana(&world).await;
    assert_eq!(erase(&world, &contact).await["state"], "done");
    world.writes(ANA, "Good morning").await;
    let bare = contact.split_once('_').expect("a prefix").1;
    let mut leading_there = world.contacts_rows().await;
    leading_there.retain(|row| format!("{row:?}").contains(bare) && !format!("{:?}", row["pk"]).contains(bare));
    assert!(!leading_there.is_empty(), "for now it is known");
    assert!(leading_there.iter().all(|row| row.contains_key("ttl")), "{leading_there:?}");
}

/// A backup of the contacts' table that is put back brings keys back: erasures are done again. (Fault matrix L4.)
#[tokio::test]
async fn l4_after_a_restore_whoever_was_erased_is_erased_again() {
    let world = World::new().await;
    let contact = ana(&world).await;
    let backup = world.contacts_rows().await;
    assert_eq!(erase(&world, &contact).await["state"], "done");
    for row in backup {
        let put = world.local.engine.dynamo().put_item().table_name(transom_local::local::CONTACTS_TABLE);
        put.set_item(Some(row)).send().await.unwrap();
    }
    assert!(world.readable(CANARY).await > 0, "the backup brought it back");
    let again = transom::app::restore::erase_again(&world.parts, &world.account()).await.unwrap();
    assert_eq!(again, 1);
    world.turn("PT3M").await;
    for canary in [CANARY, NAME, ANA] {
        assert_eq!(world.readable(canary).await, 0, "{canary}");
    }
}

impl World {
    async fn contacts_rows(&self) -> Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
        let table = transom_local::local::CONTACTS_TABLE;
        self.local.engine.dynamo().scan().table_name(table).send().await.unwrap().items.unwrap_or_default()
    }
}

#[tokio::test]
async fn a_person_is_handed_everything_that_is_held_of_them_and_nothing_of_others() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    let contact = ana(&world).await;
    world.writes(BEN, "the-green-heron").await;
    let job = world.ask(&format!("/v1/contacts/{contact}/export"), json!({})).await;
    let shown = world.job(&job).await;
    assert_eq!((&shown["state"], &shown["progress"]["messages"]), (&json!("done"), &json!(2)), "{shown}");
    assert_eq!(shown["files"], json!(["messages-000001.jsonl", "parked.jsonl", "person.json"]));
    let person: Value = serde_json::from_str(&world.file(&job, "person.json").await).unwrap();
    assert_eq!(person["contacts"][0]["name"], NAME);
    assert_eq!(person["contacts"][0]["addresses"][0]["value"], format!("+{ANA}"));
    assert_eq!(person["conversations"].as_array().unwrap().len(), 1);
    let messages = world.file(&job, "messages-000001.jsonl").await;
    let lines: Vec<Value> = messages.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    let line = |direction: &str| lines.iter().find(|line| line["direction"] == direction).expect("one each way");
    assert_eq!(line("inbound")["content"]["body"], CANARY);
    assert_eq!(line("outbound")["attempts"][0]["answer"], "accepted");
    assert!(world.file(&job, "parked.jsonl").await.contains(CANARY));
    assert!(!messages.contains("green-heron"));
    // A week, and it is gone.
    world.days(9).await;
    assert_eq!(world.api("GET", &format!("/v1/jobs/{job}"), Value::Null).await.0, 404);
    assert!(world.objects("outputs/").await.is_empty());
}
