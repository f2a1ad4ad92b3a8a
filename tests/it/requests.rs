//! What guests ask for: opened once however often a rule tries, changed by whoever saw it last, told to subscribers, forgotten
//! with the guest.

use serde_json::{Value, json};
use transom::{
    app::requests,
    domain::{
        access::Actor,
        ids::RequestId,
        request::{NewRequest, RequestStatus},
    },
};

use crate::{
    canaries,
    events::Subscriber,
    world::{ANA, BEN, World},
};

impl World {
    async fn requests(&self, customer: &str) -> Vec<Value> {
        let id = self.family(customer).await.unwrap().survivor.id;
        self.requests_of(&id.to_string()).await
    }

    async fn requests_of(&self, id: &str) -> Vec<Value> {
        let (status, answer) = self.api("GET", &format!("/v1/conversations/{id}/requests"), Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].as_array().unwrap().clone()
    }
}

fn towels() -> NewRequest {
    canaries::keep("two large ones, for the pool");
    NewRequest {
        kind: "towels".parse().unwrap(),
        note: Some("two large ones, for the pool".to_owned()),
        due_at: None,
        team: None,
        assignee: None,
    }
}

#[tokio::test]
async fn a_request_is_opened_changed_by_whoever_saw_it_and_told_each_time_once() {
    let world = World::new().await;
    let system = Subscriber::new(&world, "pms", json!({ "types": ["request.opened", "request.changed"] })).await;
    world.writes(ANA, "Could I have towels?").await;
    world.gives_out(json!({ "teams": [{ "id": "housekeeping", "name": "Housekeeping" }] })).await;
    let tom = world.staff("Tom", json!({})).await;
    let path = format!("/v1/conversations/{}/requests", world.family(ANA).await.unwrap().survivor.id);
    let due = world.now() + jiff::SignedDuration::from_mins(30);
    let body = json!({ "kind": "towels", "note": "two of them", "due_at": due, "team": "housekeeping" });
    let (status, opened) = world.api("POST", &path, body).await;
    assert_eq!((status, &opened["status"], &opened["rev"]), (201, &json!("open"), &json!(1)), "{opened}");
    assert_eq!((&opened["note"], &opened["due_at"]), (&json!("two of them"), &json!(due)));

    let one = format!("{path}/{}", opened["id"].as_str().unwrap());
    let change = async |tag: &str, body: Value| {
        world.api_with("PATCH", &one, &[("if-match", tag)], body.to_string().into_bytes()).await
    };
    let (status, changed) = change("\"1\"", json!({ "status": "in_progress", "assignee": tom })).await;
    assert_eq!((status, &changed["rev"], &changed["assignee"]), (200, &json!(2), &json!(tom)), "{changed}");
    let (status, late) = change("\"1\"", json!({ "status": "cancelled" })).await;
    assert_eq!((status, &late["type"]), (412, &json!("urn:transom:problem:changed-meanwhile")));
    let (status, same) = change("*", json!({ "status": "in_progress" })).await;
    assert_eq!((status, &same["rev"]), (200, &json!(2)), "nothing to change is no change");
    let (status, done) = world.api("PATCH", &one, json!({ "status": "done", "note": null, "due_at": null })).await;
    assert_eq!((status, &done["note"], &done["due_at"]), (200, &Value::Null, &Value::Null), "{done}");
    assert_eq!(world.requests(ANA).await, [done]);

    world.settle().await;
    let told: Vec<_> = system.posted().await.into_iter().map(|(_, body)| body).collect();
    let stands: Vec<_> = told.iter().map(|body| (&body["type"], &body["data"]["request"]["status"])).collect();
    let expected = [("request.opened", "open"), ("request.changed", "in_progress"), ("request.changed", "done")];
    assert_eq!(stands.len(), 3, "{told:?}");
    for expected in expected {
        assert!(stands.contains(&(&json!(expected.0), &json!(expected.1))), "{told:?}");
    }
    assert!(!format!("{told:?}").contains("two of them"), "the note is for staff");

    for (body, field) in [
        (json!({}), "kind"),
        (json!({ "kind": " " }), "kind"),
        (json!({ "kind": "taxi", "note": "" }), "note"),
        (json!({ "kind": "taxi", "team": "drivers" }), "team"),
        (json!({ "kind": "taxi", "assignee": "stf_00000000000000000000000000" }), "assignee"),
        (json!({ "kind": "taxi", "due_at": "soon" }), "due_at"),
    ] {
        let (status, problem) = world.api("POST", &path, body).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    let (status, _) = world.api("PATCH", &format!("{path}/x"), json!({ "status": "done" })).await;
    assert_eq!(status, 404);
}

/// Protection: what a rule opens has an id that is derived from its effect.
#[tokio::test]
async fn what_is_opened_twice_is_opened_once_also_when_the_guest_was_merged_between() {
    let world = World::new().await;
    world.writes(ANA, "Towels, please").await;
    world.writes(BEN, "Hello").await;
    let account = world.account();
    let conversation = world.family(ANA).await.unwrap().survivor.id;
    let id = RequestId::new(world.now(), 0xbeef);
    let open = async || {
        let by = Actor::Automation("towels".to_owned());
        requests::open(&world.parts, &account, conversation, id, towels(), by).await.unwrap()
    };
    let first = open().await;
    world.turn("PT1M").await;
    assert_eq!(open().await, first);

    let into = world.contact_of(BEN).await;
    let body = json!({ "contact": world.contact_of(ANA).await });
    assert_eq!(world.api("POST", &format!("/v1/contacts/{into}/merge"), body).await.0, 200);
    world.settle().await;
    assert_eq!(open().await, first, "it stays where it was opened");
    assert_eq!(world.requests(BEN).await.len(), 1);

    let place = (first.request.conversation, id);
    let done = serde_json::from_value(json!({ "status": "done" })).unwrap();
    let by = Actor::System;
    let changed = requests::change(&world.parts, &account, place, &done, &by, None).await.unwrap();
    assert_eq!((changed.request.status, changed.note), (RequestStatus::Done, first.note));
}

#[tokio::test]
async fn what_a_guest_asked_for_is_handed_out_to_them_and_ends_with_them() {
    let world = World::new().await;
    world.writes(ANA, "Towels, please").await;
    let conversation = world.family(ANA).await.unwrap().survivor.id;
    let id = RequestId::new(world.now(), 1);
    requests::open(&world.parts, &world.account(), conversation, id, towels(), Actor::Customer).await.unwrap();
    let path = format!("/v1/conversations/{conversation}/notes");
    canaries::keep("She likes the sea");
    world.api("POST", &path, json!({ "text": "She likes the sea" })).await;
    let contact = world.contact_of(ANA).await;
    let export = world.ask(&format!("/v1/contacts/{contact}/export"), json!({})).await;
    let line: Value = serde_json::from_str(world.file(&export, "requests.jsonl").await.trim()).unwrap();
    assert_eq!((&line["request"]["kind"], &line["note"]), (&json!("towels"), &json!("two large ones, for the pool")));

    let note: Value = serde_json::from_str(world.file(&export, "notes.jsonl").await.trim()).unwrap();
    assert_eq!(note["text"], "She likes the sea");

    world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT2M").await;
    let found = world.requests_of(&conversation.to_string()).await;
    assert_eq!((found.len(), &found[0]["note"]), (1, &Value::Null));
    let (status, _) =
        world.api("POST", &format!("/v1/conversations/{conversation}/requests"), json!({ "kind": "taxi" })).await;
    assert_eq!(status, 409, "nothing more is kept about them");
}
