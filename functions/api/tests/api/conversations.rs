//! Conversations: lists, views, messages, ends.

use serde_json::{Value, json};
use transom::domain::{ConversationId, time::SignedDuration};

use crate::world::{ANA, OTHER_TOKEN, World, text_to};

fn ids(page: &Value) -> Vec<Value> {
    page["data"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect()
}

async fn listed(world: &World, query: &str) -> Vec<Value> {
    ids(&world.get(&format!("/v1/conversations{query}")).await.with(200))
}

async fn begun(world: &World, phone: &str) -> ConversationId {
    let body = world.post("/v1/messages", text_to(&json!({ "phone": phone }), "Hello")).await.with(202);
    let id = body["conversation"].as_str().unwrap().parse().unwrap();
    world.file(id).await;
    id
}

#[tokio::test]
async fn each_state_lists_its_own_and_no_state_lists_all_newest_first() {
    let world = World::new().await;
    let expired = world.writes("+16505550001", "long ago").await;
    world.turn(SignedDuration::from_hours(24));
    let closed = world.writes("+16505550002", "closed").await;
    world.turn(SignedDuration::from_mins(1));
    let archived = world.writes("+16505550003", "archived").await;
    world.turn(SignedDuration::from_mins(1));
    let initiated = begun(&world, "+16505550004").await;
    world.turn(SignedDuration::from_mins(1));
    let active = world.writes("+16505550005", "just now").await;
    world.turn(SignedDuration::from_mins(1));
    let by_provider = world.writes("+16505550006", "closed by the provider").await;
    world.parts.store.close_window(&world.account, by_provider, Some(world.now())).await.unwrap();
    world.poke(&format!("/v1/conversations/{closed}/close")).await.with(200);
    world.poke(&format!("/v1/conversations/{archived}/archive")).await.with(200);
    world.file(closed).await;
    world.file(archived).await;

    assert_eq!(listed(&world, "?state=initiated").await, [json!(initiated)]);
    assert_eq!(listed(&world, "?state=active").await, [json!(active)]);
    assert_eq!(listed(&world, "?state=expired").await, [json!(by_provider), json!(expired)]);
    assert_eq!(listed(&world, "?state=closed").await, [json!(closed)]);
    assert_eq!(listed(&world, "?state=archived").await, [json!(archived)]);
    let all = [by_provider, active, initiated, archived, closed, expired].map(|id| json!(id));
    assert_eq!(listed(&world, "").await, all);
}

#[tokio::test]
async fn pages_follow_one_another_without_a_gap_or_a_repeat() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for n in 0..7 {
        expected.insert(0, json!(world.writes(&format!("+1650555000{n}"), "hi").await));
        world.turn(SignedDuration::from_mins(1));
    }
    for query in ["?limit=3", "?limit=3&state=active"] {
        let (mut found, mut path) = (Vec::new(), format!("/v1/conversations{query}"));
        let mut sizes = Vec::new();
        loop {
            let page = world.get(&path).await.with(200);
            sizes.push(page["data"].as_array().unwrap().len());
            found.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/conversations{query}&cursor={cursor}");
        }
        assert_eq!(found, expected);
        assert_eq!(sizes, [3, 3, 1]);
    }
    for bad in ["limit=0", "limit=101", "limit=x"] {
        world.get(&format!("/v1/conversations?{bad}")).await.names(400, "limit");
    }
    world.get("/v1/conversations?cursor=nonsense").await.names(400, "cursor");
    world.get("/v1/conversations?state=open").await.names(400, "state");
    world.get("/v1/conversations?colour=red").await.names(400, "colour");
}

#[tokio::test]
async fn a_conversation_shows_its_window_and_who_waits() {
    let world = World::new().await;
    let id = world.writes(ANA, "Is breakfast included?").await;
    let shown = world.get(&format!("/v1/conversations/{id}")).await.with(200);
    assert_eq!(shown["id"], json!(id));
    assert_eq!(shown["channel"], "front-desk");
    assert_eq!(shown["state"], "active");
    assert_eq!(shown["waiting_for_answer"], true);
    assert_eq!(shown["last_activity_at"], json!(world.now()));
    assert_eq!(shown["contact"]["addresses"], json!([{ "kind": "phone", "value": ANA }]));
    assert_eq!(shown["window"]["open"], true);
    assert_eq!(shown["window"]["closes_at"], json!(world.now() + SignedDuration::from_hours(24)));

    world.turn(SignedDuration::from_hours(24));
    let shown = world.get(&format!("/v1/conversations/{id}")).await.with(200);
    assert_eq!((&shown["state"], &shown["window"]["open"]), (&json!("expired"), &json!(false)));
    // The list shows the same.
    let mut listed = world.get("/v1/conversations").await.with(200)["data"][0].clone();
    let work = listed.as_object_mut().unwrap().remove("work").unwrap();
    assert_eq!((work["owner"].clone(), work["labels"].clone()), (Value::Null, json!([])), "with who has it");
    assert_eq!(listed, shown);
}

#[tokio::test]
async fn messages_come_newest_first_in_pages() {
    let world = World::new().await;
    let id = world.writes(ANA, "one").await;
    for text in ["two", "three"] {
        world.turn(SignedDuration::from_secs(1));
        world.writes(ANA, text).await;
    }
    world.turn(SignedDuration::from_secs(1));
    world.say(ANA, "four").await;
    let path = format!("/v1/conversations/{id}/messages");
    let texts = |page: &Value| -> Vec<Value> {
        page["data"].as_array().unwrap().iter().map(|it| it["content"]["body"].clone()).collect()
    };
    let all = world.get(&path).await.with(200);
    assert_eq!(texts(&all), ["four", "three", "two", "one"]);
    assert_eq!(all["next_cursor"], Value::Null);

    let first = world.get(&format!("{path}?limit=3")).await.with(200);
    assert_eq!(texts(&first), ["four", "three", "two"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("{path}?limit=3&cursor={cursor}")).await.with(200);
    assert_eq!(texts(&rest), ["one"]);
    assert_eq!(rest["next_cursor"], Value::Null);
    world.get(&format!("{path}?cursor=!")).await.names(400, "cursor");
    world.get(&format!("{path}?limit=1000")).await.names(400, "limit");
    // A cursor of another list is none of this one.
    let page = world.writes("+16505559999", "another").await;
    let cursor = world.get("/v1/conversations?limit=1").await.with(200)["next_cursor"].as_str().unwrap().to_owned();
    world.get(&format!("/v1/conversations/{page}/messages?cursor={cursor}")).await.names(400, "cursor");
}

#[tokio::test]
async fn closing_and_archiving_hold_until_the_customer_writes() {
    let world = World::new().await;
    let id = world.writes(ANA, "Hello").await;
    let path = format!("/v1/conversations/{id}");
    for _ in 0..2 {
        let closed = world.poke(&format!("{path}/close")).await.with(200);
        assert_eq!((&closed["state"], &closed["waiting_for_answer"]), (&json!("closed"), &json!(false)));
    }
    assert_eq!(world.poke(&format!("{path}/archive")).await.with(200)["state"], "archived");
    world.turn(SignedDuration::from_secs(1));
    world.writes(ANA, "One more thing").await;
    assert_eq!(world.get(&path).await.with(200)["state"], "active");
}

#[tokio::test]
async fn another_account_sees_no_conversation() {
    let world = World::new().await;
    let id = world.writes(ANA, "Hello").await;
    let as_other = |method: &'static str, path: String| {
        let world = &world;
        async move { world.call(OTHER_TOKEN, method, &path, None).await }
    };
    assert_eq!(as_other("GET", "/v1/conversations".into()).await.with(200)["data"], json!([]));
    as_other("GET", format!("/v1/conversations/{id}")).await.is_a_problem(404);
    as_other("GET", format!("/v1/conversations/{id}/messages")).await.is_a_problem(404);
    as_other("POST", format!("/v1/conversations/{id}/close")).await.is_a_problem(404);
    as_other("POST", format!("/v1/conversations/{id}/archive")).await.is_a_problem(404);
    assert_eq!(world.get(&format!("/v1/conversations/{id}")).await.with(200)["state"], "active");
}
