//! Files of contacts: taken in whole or not at all, piece by piece, however often the process dies; and handed out again.

mod agreed;
mod large;

use serde_json::{Value, json};
use transom::{
    app::{
        deadline::Deadline,
        jobs::{Answered, answer},
        people,
    },
    domain::{JobId, contact::Profile},
    ports::jobs::JobRing,
    seal::Sealed,
};

use crate::world::World;

impl World {
    /// Uploads a file in these parts; the id of what will take it in.
    async fn upload(&self, parts: &[&str]) -> String {
        let (status, opened) = self.api("POST", "/v1/imports", json!({})).await;
        assert_eq!(status, 201, "{opened}");
        let id = opened["id"].as_str().unwrap().to_owned();
        for (index, part) in parts.iter().enumerate() {
            let path = format!("/v1/imports/{id}/parts/{}", index + 1);
            let (status, body) = self.put_part(&path, part.as_bytes().to_vec()).await;
            assert_eq!(status, 204, "{body}");
        }
        id
    }

    async fn put_part(&self, path: &str, bytes: Vec<u8>) -> (u16, Value) {
        self.api_with("PUT", path, &[("content-type", "text/csv")], bytes).await
    }

    async fn start(&self, id: &str, order: Value) -> Value {
        let (status, job) = self.api("POST", &format!("/v1/imports/{id}/start"), order).await;
        assert_eq!(status, 202, "{job}");
        self.settle().await;
        self.api("GET", &format!("/v1/jobs/{id}"), Value::Null).await.1
    }

    async fn found(&self, typed: &str) -> Vec<Value> {
        let (status, found) = self.api("GET", &format!("/v1/contacts?q={typed}"), Value::Null).await;
        assert_eq!(status, 200, "{found}");
        found["data"].as_array().unwrap().clone()
    }
}

const FILE: &str = "phone,name,language,tags,fields.room_number\r\n\
    +1 650 555 0101,\"García, María\",es,returning;vegan,B12\r\n\
    12,Nobody,es,,\r\n\
    +16505550102,Tom Berg,Swedish,,\r\n\
    +16505550103,Ingrid Lund,sv,,204\r\n";

#[tokio::test]
async fn a_file_is_taken_in_and_its_bad_rows_are_told_by_line_and_column() {
    let world = World::new().await;
    let id = world.upload(&[FILE]).await;
    let job = world.start(&id, json!({ "parts": 1 })).await;
    assert_eq!(job["state"], "done", "{job}");
    let progress = &job["progress"];
    assert_eq!((&progress["rows"], &progress["bad"], &progress["new"]), (&json!(4), &json!(2), &json!(2)));
    assert_eq!(job["files"], json!(["bad_rows.csv"]), "what was uploaded is gone");
    let told = world.file(&id, "bad_rows.csv").await;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[1].starts_with("3,phone,") && lines[2].starts_with("4,language,"), "{told}");
    assert!(!told.contains("Nobody"), "no value stands in it");

    let maria = world.found("garcia").await.remove(0);
    assert_eq!((&maria["language"], &maria["tags"]), (&json!("es"), &json!(["returning", "vegan"])));
    assert_eq!(maria["fields"]["room_number"], "B12");
    assert_eq!(world.found("204").await[0]["name"], "Ingrid Lund");
    assert!(world.found("berg").await.is_empty());
}

#[tokio::test]
async fn a_file_with_bad_rows_is_refused_whole_if_that_was_asked_for_and_a_look_takes_nothing_in() {
    let world = World::new().await;
    for order in [json!({ "parts": 1, "bad_rows": "refuse" }), json!({ "parts": 1, "check_only": true })] {
        let id = world.upload(&[FILE]).await;
        let job = world.start(&id, order).await;
        assert_eq!((&job["state"], &job["progress"]["bad"]), (&json!("done"), &json!(2)), "{job}");
        assert_eq!(job["progress"]["stored"], 0);
        assert!(world.found("garcia").await.is_empty());
    }
}

#[tokio::test]
async fn a_second_file_changes_what_it_names_and_keeps_the_rest() {
    let world = World::new().await;
    let id = world.upload(&[FILE]).await;
    world.start(&id, json!({ "parts": 1 })).await;
    let id = world.upload(&["phone,name,fields.room_number\n+16505550101,,C1\n"]).await;
    let job = world.start(&id, json!({ "parts": 1 })).await;
    assert_eq!((&job["progress"]["rows"], &job["progress"]["new"]), (&json!(1), &json!(0)), "{job}");
    let maria = world.found("garcia").await.remove(0);
    assert_eq!((&maria["name"], &maria["fields"]["room_number"]), (&json!("García, María"), &json!("C1")));
    assert_eq!(world.found("c1").await.len(), 1);
    assert!(world.found("b12").await.is_empty());
}

/// A file of so many rows, with quotes and commas in its names.
fn large(rows: usize) -> String {
    let row = |row: usize| format!("+1650556{row:04},\"Guest {row}, the\"\"{row}\"\"\"\n");
    "phone,name\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

/// However the file is cut, and wherever a process dies, each row is taken in once.
#[tokio::test]
async fn a_process_that_dies_again_and_again_takes_in_the_whole_file() {
    let world = World::new().await;
    let file = large(900);
    let (third, two_thirds) = (file.len() / 3 + 5, 2 * file.len() / 3 + 11);
    let id = world.upload(&[&file[..third], &file[third..two_thirds], &file[two_thirds..]]).await;
    let (status, _) = world.api("POST", &format!("/v1/imports/{id}/start"), json!({ "parts": 3 })).await;
    assert_eq!(status, 202);
    let job: JobId = id.parse().unwrap();
    let ring = JobRing::V1 { account: world.account(), job };
    let over = Deadline::within(std::time::Duration::ZERO, 0, world.now());
    let (mut calls, mut stood) = (0, Value::Null);
    loop {
        // Each call may do one step; every other one is done again from where it stood, as if its note had been lost.
        let done = answer(&world.parts, &ring, over).await.unwrap();
        calls += 1;
        assert!(calls < 200, "it comes to no end");
        if done == Answered::Over {
            break;
        }
        let now = world.parts.store.job(&world.account(), job).await.unwrap().unwrap();
        if calls % 2 == 0 {
            let state = now.state.clone();
            world.parts.store.advance_job(&now, &state, &stood, world.now()).await.unwrap();
            answer(&world.parts, &ring, over).await.unwrap();
        }
        stood = world.parts.store.job(&world.account(), job).await.unwrap().unwrap().progress;
    }
    let shown = world.api("GET", &format!("/v1/jobs/{id}"), Value::Null).await.1;
    assert_eq!((&shown["state"], &shown["progress"]["bad"]), (&json!("done"), &json!(0)), "{shown}");
    for row in [0, 299, 300, 301, 450, 899] {
        let found = world.found(&format!("556{row:04}")).await;
        assert_eq!(found.len(), 1, "{row}");
        assert_eq!(found[0]["name"], format!("Guest {row}, the\"{row}\""));
    }
    assert_eq!(shown["progress"]["rows"], 900);
}

#[tokio::test]
async fn what_was_handed_out_can_be_taken_in_again() {
    let world = World::new().await;
    let id = world.upload(&[FILE]).await;
    world.start(&id, json!({ "parts": 1 })).await;
    world.writes("16505550199", "Hello").await;
    let job = world.ask("/v1/contacts/export", json!({})).await;
    world.settle().await;
    let shown = world.job(&job).await;
    assert_eq!((&shown["state"], &shown["progress"]["contacts"]), (&json!("done"), &json!(3)), "{shown}");
    let file = world.file(&job, "contacts-0001.csv").await;
    assert!(file.starts_with("phone,user_id,name,language,time_zone,vip,tags,fields.room_number\r\n"), "{file}");
    assert!(file.contains("+16505550101,,\"García, María\",es,,no,returning;vegan,B12\r\n"), "{file}");
    let again = world.upload(&[&file]).await;
    let job = world.start(&again, json!({ "parts": 1, "bad_rows": "refuse" })).await;
    assert_eq!((&job["progress"]["bad"], &job["progress"]["new"]), (&json!(0), &json!(0)), "{job}");
}

#[tokio::test]
async fn a_file_that_is_none_of_contacts_is_refused_with_what_is_wrong() {
    let world = World::new().await;
    for (file, words) in [
        ("", "empty"),
        ("name,tags\nAna,vip\n", "phone or user_id"),
        ("phone,nme\n+16505550101,Ana\n", "column 2"),
        ("\n\n", "empty"),
    ] {
        let id = world.upload(&[file]).await;
        let job = world.start(&id, json!({ "parts": 1 })).await;
        assert_eq!(job["state"], "failed", "{file:?}: {job}");
        assert!(job["why"].as_str().unwrap().contains(words), "{file:?}: {job}");
    }
    let id = world.upload(&["phone\n"]).await;
    let start = format!("/v1/imports/{id}/start");
    for order in [json!({ "parts": 0 }), json!({ "parts": 2 }), json!({}), json!({ "parts": 1, "bad_rows": "guess" })] {
        let (status, problem) = world.api("POST", &start, order).await;
        assert_eq!(status, 422, "{problem}");
    }
    let (status, _) =
        world.api("POST", "/v1/imports/job_00000000000000000000000000/start", json!({ "parts": 1 })).await;
    assert_eq!(status, 404);
    let parts = format!("/v1/imports/{id}/parts");
    assert_eq!(world.put_part(&format!("{parts}/51"), vec![b'a']).await.0, 404);
    assert_eq!(world.put_part(&format!("{parts}/1"), vec![0xff]).await.0, 400);
    assert_eq!(world.put_part(&format!("{parts}/1"), vec![b'a'; 4 * 1024 * 1024 + 1]).await.0, 413);
}

/// Whoever was erased while a file waited is not brought back by it.
#[tokio::test]
async fn an_erasure_takes_what_was_uploaded_along() {
    let world = World::new().await;
    world.writes("16505550101", "Hello").await;
    let id = world.upload(&[FILE]).await;
    let contact = world.contact_of("16505550101").await;
    world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.settle().await;
    world.turn("PT2M").await;
    world.settle().await;
    let (status, _) = world.api("POST", &format!("/v1/imports/{id}/start"), json!({ "parts": 1 })).await;
    assert_eq!(status, 404);
    assert!(world.found("garcia").await.is_empty());
}

/// Whatever they were filed under before.
#[tokio::test]
async fn whoever_begins_to_write_is_found_by_what_they_are_called_now() {
    let world = World::new().await;
    let body = json!({ "phone": "+16505550101", "name": "Old Name" });
    let (status, made) = world.api("POST", "/v1/contacts", body).await;
    assert_eq!(status, 201, "{made}");
    let contact = made["id"].as_str().unwrap().parse().unwrap();
    // By a version that filed nobody.
    let keys = world.parts.keys(&world.account()).await.unwrap();
    let known = people::look_up(&world.parts, &world.account(), &keys, contact).await.unwrap().unwrap();
    let profile = Profile { name: Some("Newly Named".into()), ..known.contact.profile };
    let sealed = Sealed::new(&profile, &known.key.unwrap(), world.parts.nonce());
    world.parts.store.set_profile(&world.account(), contact, &sealed).await.unwrap();
    assert!(world.found("newly").await.is_empty());
    world.writes("16505550101", "Hello").await;
    assert_eq!(world.found("newly").await.len(), 1);
    assert!(world.found("old").await.is_empty());
}
