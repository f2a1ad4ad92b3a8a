//! Parked records.

use serde_json::{Value, json};
use transom::{
    domain::{
        contact::Address,
        content::Content,
        inbound::{InboundMessage, ProviderEvent, Unreadable},
        phone::Phone,
        time::SignedDuration,
    },
    ports::store::{Parked, ParkedBody, ParkedKind, parked_id},
    seal::Sealed,
};

use crate::world::{ANA, OTHER_TOKEN, World};

async fn park(world: &World, name: &str, element: Value) -> String {
    let keys = world.parts.keys(&world.account).await.unwrap();
    let at = world.now();
    let record = Parked {
        id: parked_id(at, name),
        account: world.account.clone(),
        at,
        why: "no channel has this number".into(),
        what: ParkedKind::Webhook { endpoint: "meta".parse().unwrap() },
        sealed: Sealed::new(&ParkedBody { element }, keys.own(), world.parts.nonce()),
    };
    world.parts.store.park(&record).await.unwrap();
    record.id
}

fn message() -> Value {
    let message = InboundMessage {
        number: "106540352242922".into(),
        provider_id: "wamid.1".into(),
        at: Some("2026-03-02T11:59:00Z".parse().unwrap()),
        from: vec![Address::Phone(Phone::from_e164(ANA).unwrap())],
        profile_name: None,
        content: Content::text("Hello"),
        context: None,
        referral: None,
    };
    serde_json::to_value(ProviderEvent::Message(Box::new(message))).unwrap()
}

#[tokio::test]
async fn what_was_parked_is_listed_newest_first_in_pages() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for name in ["a", "b", "c"] {
        expected.insert(0, json!(park(&world, name, json!({ "name": name })).await));
        world.turn(SignedDuration::from_hours(20));
    }
    let ids =
        |page: &Value| -> Vec<Value> { page["data"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect() };
    let all = world.get("/v1/parked").await.with(200);
    assert_eq!(ids(&all), expected);
    assert_eq!(all["data"][0]["element"], json!({ "name": "c" }));
    assert_eq!(all["data"][0]["what"], json!({ "kind": "webhook", "endpoint": "meta" }));
    let first = world.get("/v1/parked?limit=2").await.with(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("/v1/parked?limit=2&cursor={cursor}")).await.with(200);
    assert_eq!([ids(&first), ids(&rest)].concat(), expected);
    assert_eq!(rest["next_cursor"], Value::Null);
    world.get("/v1/parked?cursor=MXB4").await.names(400, "cursor");
    world.get("/v1/parked?limit=0").await.names(400, "limit");
    assert_eq!(world.call(OTHER_TOKEN, "GET", "/v1/parked", None).await.with(200)["data"], json!([]));
}

#[tokio::test]
async fn a_record_that_can_be_handled_by_now_is_parked_no_more() {
    let world = World::new().await;
    let id = park(&world, "a", message()).await;
    let path = format!("/v1/parked/{id}/retry");
    world.call(OTHER_TOKEN, "POST", &path, None).await.is_a_problem(404);
    world.poke(&path).await.is_a_problem(409);
    let endpoint = json!({
        "provider": "meta",
        "public_url": "https://hooks.example.com/webhooks/meta",
        "signing_secret": "meta-app-secret",
        "numbers": { "106540352242922": "front-desk" },
    });
    world.put("/v1/endpoints/meta", endpoint).await.with(200);
    assert_eq!(world.poke(&path).await.with(200), json!({ "id": id, "state": "done" }));
    assert_eq!(world.get("/v1/parked").await.with(200)["data"], json!([]));
    assert_eq!(world.get("/v1/contacts?phone=%2B16505551234").await.with(200)["data"].as_array().unwrap().len(), 1);
    world.poke(&path).await.is_a_problem(404);
}

#[tokio::test]
async fn a_record_that_cannot_be_handled_stays_and_says_why() {
    let world = World::new().await;
    let unreadable = ProviderEvent::Unreadable(Unreadable { number: None, why: "no sender".into(), raw: json!({}) });
    let id = park(&world, "a", serde_json::to_value(unreadable).unwrap()).await;
    world.poke(&format!("/v1/parked/{id}/retry")).await.is_a_problem(409);
    assert_eq!(world.get("/v1/parked").await.with(200)["data"].as_array().unwrap().len(), 1);
    world.poke("/v1/parked/nonsense/retry").await.is_a_problem(404);
}
