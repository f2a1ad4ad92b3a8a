//! Notes about people: written with mentions, kept through merges, taken away by whoever may, unreadable after an erasure.

use http::header;
use serde_json::{Value, json};

use crate::world::{ANA, OTHER_TOKEN, World};

async fn contact(world: &World, phone: &str) -> String {
    let made = world.post("/v1/contacts", json!({ "phone": phone })).await.with(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn listed(world: &World, contact: &str) -> Vec<Value> {
    let notes = world.get(&format!("/v1/contacts/{contact}/notes")).await.with(200);
    notes["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_note_about_a_person_is_written_read_and_taken_away() {
    let world = World::new().await;
    let ana = contact(&world, ANA).await;
    let path = format!("/v1/contacts/{ana}/notes");
    let body = json!({ "name": "Tom", "email": "tom@hotel.example", "role": "employee" });
    let tom = world.post("/v1/staff", body).await.with(201)["id"].clone();
    let made = world.post(&path, json!({ "text": "Allergic to nuts, ask @tom" })).await;
    let location = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let made = made.with(201);
    assert_eq!(made["mentions"], json!([tom]));
    assert_eq!(made["text"], json!(format!("Allergic to nuts, ask @[{}]", tom.as_str().unwrap())));
    assert_eq!(location, format!("{path}/{}", made["id"].as_str().unwrap()));
    assert_eq!(listed(&world, &ana).await[0]["id"], made["id"]);
    // It is about the person, and stands beside no conversation.
    let conversation = world.writes(ANA, "Hello").await;
    let of_conversation = world.get(&format!("/v1/conversations/{conversation}/notes")).await.with(200);
    assert_eq!(of_conversation["data"], json!([]));

    world.post(&path, json!({ "text": " " })).await.names(422, "text");
    world.post(&path, json!({ "words": "x" })).await.names(422, "words");
    world.call(OTHER_TOKEN, "GET", &path, None).await.is_a_problem(404);
    world.call(OTHER_TOKEN, "DELETE", &location, None).await.is_a_problem(404);
    let logged = world.get("/v1/audit?action=contact_notes").await.with(200);
    assert_eq!(logged["data"].as_array().unwrap().last().unwrap()["subject"], json!(ana), "{logged}");
    world.delete(&location).await.with_status(204);
    world.delete(&location).await.is_a_problem(404);
    assert!(listed(&world, &ana).await.is_empty());
    world.delete(&format!("{path}/x")).await.is_a_problem(404);
}

#[tokio::test]
async fn notes_go_with_a_merge_and_come_back_with_its_undoing() {
    let world = World::new().await;
    let (ana, other) = (contact(&world, ANA).await, contact(&world, "+16505559999").await);
    let says = async |contact: &str, text: &str| {
        world.turn(jiff::SignedDuration::from_secs(1));
        let path = format!("/v1/contacts/{contact}/notes");
        world.post(&path, json!({ "text": text })).await.with(201)["id"].as_str().unwrap().to_owned()
    };
    says(&ana, "first").await;
    let second = says(&other, "second").await;
    world.post(&format!("/v1/contacts/{ana}/merge"), json!({ "contact": other })).await.with(200);
    says(&other, "third").await;
    let texts = |notes: Vec<Value>| notes.into_iter().map(|note| note["text"].clone()).collect::<Vec<_>>();
    for contact in [&ana, &other] {
        assert_eq!(texts(listed(&world, contact).await), [json!("third"), json!("second"), json!("first")]);
    }
    world.post(&format!("/v1/contacts/{ana}/unmerge"), json!({ "contact": other })).await.with(200);
    assert_eq!(texts(listed(&world, &other).await), [json!("second")]);
    world.post(&format!("/v1/contacts/{ana}/merge"), json!({ "contact": other })).await.with(200);
    world.delete(&format!("/v1/contacts/{ana}/notes/{second}")).await.with_status(204);
    assert_eq!(texts(listed(&world, &ana).await), [json!("third"), json!("first")]);
}
