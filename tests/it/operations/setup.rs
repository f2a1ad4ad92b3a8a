//! Setting up and looking after an installation, by orders.

use serde_json::{Value, json};
use transom::seal::sha256_hex;
use transom_engine::sqs::Outgoing;
use transom_local::local::{SENDS, SENDS_DEAD};

use super::order;
use crate::world::{ANA, CHANNEL, World, answer};

fn finding<'a>(report: &'a Value, check: &str, what: &str) -> &'a Value {
    let mut all = report["findings"].as_array().expect("findings").iter();
    all.find(|it| it["check"] == check && it["what"].as_str().unwrap().starts_with(what))
        .unwrap_or_else(|| panic!("no finding {check} about {what}: {report:#}"))
}

async fn doctor(world: &World) -> Value {
    let (status, report) = order(world, json!({"do": "doctor", "account": "demo"})).await;
    assert_eq!(status, 200, "{report}");
    report
}

#[tokio::test]
async fn a_doctor_finds_the_demo_in_order_and_names_what_is_not() {
    let world = World::new().await;
    let report = doctor(&world).await;
    assert_eq!(report["ok"], true, "{report:#}");
    for (check, what) in [
        ("sends", "installation"),
        ("sweep", "timers"),
        ("queue", "sends-dead"),
        ("account_key", "demo"),
        ("credentials", "demo-whatsapp"),
        ("credentials", "demo-sms"),
        ("signature", "demo-twilio"),
        ("forgery", "demo-whatsapp"),
        ("template", "demo-whatsapp welcome/es"),
        ("template", "demo-twilio welcome/es"),
    ] {
        assert_eq!(finding(&report, check, what)["ok"], true);
    }
    // It leaves nothing behind that an alarm would ring for, however often it is asked.
    for _ in 0..3 {
        doctor(&world).await;
    }
    world.settle().await;
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    assert_eq!(parked["data"], json!([]), "{parked}");
    let of = |check: &str| report["findings"].as_array().unwrap().iter().filter(|it| it["check"] == check).count();
    assert_eq!((of("signature"), of("forgery")), (3, 2), "one forgery for each kind of provider");

    let conversation = world.family_after_hello().await;
    // A token that the provider does not know, a template that it does not have, a doorbell that died.
    let secrets = world.local.demo.secrets();
    let put = |name: &str, values: &[&str]| secrets.put(&world.account(), &name.parse().unwrap(), values);
    put("meta-token", &["expired"]);
    put("meta-app-secret", &[]);
    let body = json!({"approved": true, "body": "Hi", "time_to_live_seconds": 3600});
    let (status, _) = world.api("PUT", "/v1/templates/new_one/en", body).await;
    assert_eq!(status, 200);
    let ring = world.ring(conversation);
    let dead = Outgoing {
        body: &serde_json::to_string(&ring).unwrap(),
        group: Some("g"),
        deduplication_id: Some("d"),
        delay_seconds: 0,
    };
    world.system.queues().send(SENDS_DEAD, &dead).unwrap();
    let report = doctor(&world).await;
    assert_eq!(report["ok"], false);
    for (check, what, words) in [
        ("credentials", "demo-whatsapp", "Invalid OAuth access token"),
        ("signature", "demo-whatsapp", "meta-app-secret"),
        ("template", "demo-twilio new_one/en", "missing"),
        ("queue", "sends-dead", "1 waiting"),
    ] {
        let it = finding(&report, check, what);
        assert_eq!(it["ok"], false, "{it}");
        assert!(it["in_words"].as_str().unwrap().contains(words), "{it}");
    }

    // The dead doorbell rings anew.
    let (status, redriven) = order(&world, json!({"do": "redrive"})).await;
    assert_eq!((status, &redriven["rung"]), (200, &json!(1)));
    assert_eq!(world.system.queues().depth(SENDS).unwrap().visible, 1);
    assert_eq!(world.system.queues().depth(SENDS_DEAD).unwrap().visible, 0);
}

/// (Fault matrix I-3.)
#[tokio::test]
async fn a_doctor_sees_an_address_that_takes_what_is_signed_by_anybody_for_broken() {
    let world = World::new().await;
    let url = format!("{}/v1/health", world.local.url);
    let (_, mut endpoint) = world.api("GET", "/v1/endpoints/demo-whatsapp", Value::Null).await;
    endpoint["public_url"] = json!(url);
    assert_eq!(world.api("PUT", "/v1/endpoints/demo-whatsapp", endpoint).await.0, 200);
    let report = doctor(&world).await;
    assert_eq!(finding(&report, "signature", "demo-whatsapp")["ok"], false);
    assert_eq!(finding(&report, "forgery", "demo-whatsapp")["ok"], false);
}

#[tokio::test]
async fn numbers_are_registered_with_their_providers_which_check_the_address() {
    let world = World::new().await;
    for channel in [CHANNEL, "demo-twilio", "demo-sms"] {
        let (status, done) = order(&world, json!({"do": "register", "account": "demo", "channel": channel})).await;
        assert_eq!(status, 200, "{done}");
        assert_eq!(world.outside.registered(channel), done["posts_to"].as_str().map(ToOwned::to_owned));
        assert!(done["posts_to"].as_str().unwrap().ends_with(channel), "{done}");
    }
    // An address that does not answer Meta's challenge is not taken.
    let (_, mut endpoint) = world.api("GET", "/v1/endpoints/demo-whatsapp", Value::Null).await;
    endpoint["public_url"] = json!(format!("{}/webhooks/nobody", world.local.url));
    world.api("PUT", "/v1/endpoints/demo-whatsapp", endpoint).await;
    let (status, refused) = order(&world, json!({"do": "register", "account": "demo", "channel": CHANNEL})).await;
    assert_eq!((status, &refused["field"]), (400, &json!("channel")));
    assert!(refused["detail"].as_str().unwrap().contains("verification failed"), "{refused}");
    let (status, refused) = order(&world, json!({"do": "register", "account": "demo", "channel": "nothing"})).await;
    assert_eq!((status, &refused["detail"]), (400, &json!("there is no such channel")));
}

#[tokio::test]
async fn a_probe_goes_the_way_of_a_message_and_says_how_long_it_took() {
    let world = World::new().await;
    let (_, probe) = order(&world, json!({"do": "probe"})).await;
    let ask = json!({"do": "probe", "id": probe["id"]});
    assert_eq!(order(&world, ask.clone()).await.1["arrived"], false);
    world.system.turn("PT2S".parse().unwrap()).await.unwrap();
    world.settle().await;
    let (_, arrived) = order(&world, ask.clone()).await;
    assert_eq!((&arrived["arrived"], &arrived["milliseconds"]), (&json!(true), &json!(2_000)));
    world.turn("PT1H").await;
    assert_eq!(order(&world, ask).await.1, arrived, "the first time counts");
    assert_eq!(order(&world, json!({"do": "probe", "id": "no-such"})).await.0, 400);
}

#[tokio::test]
async fn an_operator_acts_for_any_account_by_the_apis_own_rules() {
    let world = World::new().await;
    let call = |method: &str, path: &str, body: Value| json!({"do": "call", "account": "demo", "method": method, "path": path, "body": body});
    let (_, listed) = order(&world, call("GET", "/v1/channels", Value::Null)).await;
    assert_eq!(listed["status"], 200);
    assert_eq!(listed["body"], world.api("GET", "/v1/channels", Value::Null).await.1);
    let (_, refused) = order(&world, call("PUT", "/v1/channels/new", json!({"medium": "pigeon"}))).await;
    assert_eq!((&refused["status"], &refused["body"]["errors"][0]["field"]), (&json!(422), &json!("medium")));
    // A name that was mistyped keeps nothing of what it is given.
    let ask = json!({"do": "call", "account": "other", "method": "GET", "path": "/v1/channels"});
    let (status, refused) = order(&world, ask.clone()).await;
    assert_eq!((status, &refused["field"]), (400, &json!("account")));
    let key = "account-key".parse().unwrap();
    world.local.demo.secrets().put(&"other".parse().unwrap(), &key, &["another account's key, long enough"]);
    assert_eq!(order(&world, ask).await.1["body"]["data"], json!([]));
    for (account, stored) in [("demo", true), ("other", false)] {
        let (_, answer) = order(&world, json!({"do": "stored", "account": account})).await;
        assert_eq!(answer["stored"], stored, "{account}");
    }
}

#[tokio::test]
async fn a_token_leads_to_the_account_that_it_was_made_for_and_to_no_other() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let hash = sha256_hex(b"a new token");
    let add = |account: &str| json!({"do": "add_token", "account": account, "token_hash": hash});
    let (status, refused) = order(&world, add("nobody")).await;
    assert_eq!((status, &refused["field"]), (400, &json!("account")), "an account without a key can store nothing");
    assert_eq!(order(&world, add("demo")).await.0, 200);
    let asked = world.http("GET", "/v1/conversations?state=active").bearer_auth("a new token");
    assert_eq!(answer(asked).await.1["data"].as_array().map(Vec::len), Some(1));
    let key = "account-key".parse().unwrap();
    world.local.demo.secrets().put(&"other".parse().unwrap(), &key, &["another account's key, long enough"]);
    let (status, refused) = order(&world, add("other")).await;
    assert_eq!((status, &refused["field"]), (400, &json!("token_hash")));
}

impl World {
    /// A customer writes; answers their conversation.
    async fn family_after_hello(&self) -> transom::domain::ConversationId {
        self.writes(ANA, "Hello").await;
        self.family(ANA).await.expect("a conversation").survivor.id
    }
}
