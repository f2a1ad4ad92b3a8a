//! What staff wrote about a person is handed out with everything else of them, and cannot be read once they are erased.

use serde_json::{Value, json};

use crate::{
    canaries,
    world::{ANA, World},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_about_a_person_and_their_conversations_are_theirs() {
    let world = World::new().await;
    world.writes(ANA, "Hello there").await;
    let contact = world.contact_of(ANA).await;
    let conversation = world.family(ANA).await.unwrap().survivor.id;
    for (path, text) in [
        (format!("/v1/contacts/{contact}/notes"), "Is allergic to nuts"),
        (format!("/v1/conversations/{conversation}/notes"), "Wants a late check-out"),
    ] {
        canaries::keep(text);
        let (status, note) = world.api("POST", &path, json!({ "text": text })).await;
        assert_eq!(status, 201, "{note}");
    }
    let job = world.ask(&format!("/v1/contacts/{contact}/export"), json!({})).await;
    let lines = world.file(&job, "notes.jsonl").await;
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let notes: Vec<(Value, Value)> =
        lines.lines().map(read).map(|note| (note["about"].clone(), note["text"].clone())).collect();
    let expected =
        [(json!("contact"), json!("Is allergic to nuts")), (json!("conversation"), json!("Wants a late check-out"))];
    assert_eq!(notes, expected);

    let job = world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT3M").await;
    assert_eq!(world.job(&job).await["state"], "done");
    assert_eq!(world.readable("allergic to nuts").await + world.readable("late check-out").await, 0);
    let (_, left) = world.api("GET", &format!("/v1/contacts/{contact}/notes"), Value::Null).await;
    assert_eq!(left["data"][0]["text"], Value::Null, "{left}");
    let (status, _) = world.api("POST", &format!("/v1/contacts/{contact}/notes"), json!({ "text": "again" })).await;
    assert_eq!(status, 409);
}
