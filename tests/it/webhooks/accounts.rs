//! Two accounts on one table: neither sees, changes or reaches what belongs to the other.

use serde_json::{Value, json};
use transom::{
    domain::{
        AccountId,
        access::token::ApiToken,
        channel::{Channel, Endpoint},
    },
    seal::sha256_hex,
};
use transom_local::outside::meta_signature;

use super::{everything_about, said_by};
use crate::{
    calls::{META_NUMBER, SIGNATURE, TWILIO_WHATSAPP, body_of, change, messages, status, statuses, text},
    world::{ANA, World, answer},
};

const TOKEN: &str = "token-of-the-neighbour";
const SECRET: &str = "the neighbour's app secret";
/// The neighbour's number at Meta.
const NUMBER: &str = "777";

/// Another hotel on the same installation, with a WhatsApp channel of the same name.
struct Neighbour<'a>(&'a World);

impl<'a> Neighbour<'a> {
    async fn of(world: &'a World) -> Self {
        let account: AccountId = "neighbour".parse().unwrap();
        let store = &world.parts.store;
        let hash = sha256_hex(TOKEN.as_bytes());
        let token = ApiToken::for_everything(&hash, "the neighbour's", world.parts.now());
        store.add_token(&account, &hash, &token).await.unwrap();
        let own = store.channel(&world.account(), &"demo-whatsapp".parse().unwrap()).await.unwrap().unwrap();
        let channel = Channel { endpoint: "neighbour".parse().unwrap(), number: NUMBER.into(), sms: None, ..own };
        store.put_channel(&account, &channel).await.unwrap();
        let endpoint = store.endpoint(&"demo-whatsapp".parse().unwrap()).await.unwrap().unwrap();
        let endpoint = Endpoint {
            id: "neighbour".parse().unwrap(),
            account: account.clone(),
            numbers: [(NUMBER.to_owned(), channel.id.clone())].into(),
            ..endpoint
        };
        store.put_endpoint(&endpoint).await.unwrap();
        let secrets = world.local.demo.secrets();
        for (name, value) in [("account-key", "k".repeat(64)), ("meta-app-secret", SECRET.to_owned())] {
            secrets.put(&account, &name.parse().unwrap(), &[&value]);
        }
        Self(world)
    }

    async fn meta_posts(&self, body: &Value) -> u16 {
        let body = body.to_string();
        let signature = meta_signature(SECRET, body.as_bytes());
        self.0.posts_with("neighbour", &[(SIGNATURE, &signature)], body.as_bytes()).await
    }

    async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut call = self.0.http(method, path).bearer_auth(TOKEN);
        if !body.is_null() {
            call = call.json(&body);
        }
        answer(call).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_of_two_accounts_sees_what_belongs_to_the_other() {
    let world = World::new().await;
    let neighbour = Neighbour::of(&world).await;
    // The same person writes to both.
    world.writes(ANA, "To the demo").await;
    let theirs = body_of(&[change(NUMBER, &[text(ANA, "wamid.1", world.now(), "To the neighbour")], &[])]);
    assert_eq!(neighbour.meta_posts(&theirs).await, 200);
    world.settle().await;
    assert_eq!(said_by(&world, ANA).await, ["To the demo"]);
    let (_, list) = neighbour.api("GET", "/v1/conversations", Value::Null).await;
    let [conversation] = list["data"].as_array().unwrap().as_slice() else { panic!("{list}") };
    let their_conversation = conversation["id"].as_str().unwrap();
    let path = format!("/v1/conversations/{their_conversation}/messages");
    let (_, said) = neighbour.api("GET", &path, Value::Null).await;
    assert_eq!(said["data"][0]["content"]["body"], "To the neighbour");
    assert_eq!(said["data"].as_array().unwrap().len(), 1);

    let ours = world.conversation(ANA).await;
    let (conversation, contact) = (ours["id"].as_str().unwrap(), ours["contact"]["id"].as_str().unwrap());
    let message = world.say(ANA, "Only for Ana").await;
    world.settle().await;
    let their_contact = list["data"][0]["contact"]["id"].as_str().unwrap();
    assert_ne!((conversation, contact), (their_conversation, their_contact));
    for (method, path) in [
        ("GET", format!("/v1/conversations/{conversation}")),
        ("GET", format!("/v1/conversations/{conversation}/messages")),
        ("POST", format!("/v1/conversations/{conversation}/close")),
        ("POST", format!("/v1/conversations/{conversation}/archive")),
        ("GET", format!("/v1/messages/{message}")),
        ("DELETE", format!("/v1/messages/{message}")),
        ("GET", format!("/v1/contacts/{contact}")),
        ("POST", format!("/v1/contacts/{contact}/opt-out")),
        ("GET", "/v1/endpoints/demo-whatsapp".to_owned()),
        ("GET", "/v1/channels/demo-sms".to_owned()),
        ("GET", "/v1/templates/welcome/en".to_owned()),
    ] {
        let (status, said) = neighbour.api(method, &path, Value::Null).await;
        assert_eq!(status, 404, "{method} {path}: {said}");
    }
    let (status, _) = neighbour.api("PATCH", &format!("/v1/contacts/{contact}"), json!({ "name": "Mine" })).await;
    assert_eq!(status, 404);
    let merge = format!("/v1/contacts/{their_contact}/merge");
    assert_eq!(neighbour.api("POST", &merge, json!({ "contact": contact })).await.0, 422);
    let content = json!({ "type": "text", "body": "hi" });
    for to in [json!({ "conversation": conversation }), json!({ "contact": contact })] {
        let body = json!({ "channel": "demo-whatsapp", "to": to, "content": content });
        let (status, said) = neighbour.api("POST", "/v1/messages", body).await;
        assert!(matches!(status, 404 | 422), "{status} {said}");
    }
    let (status, _) = neighbour
        .api(
            "PUT",
            "/v1/endpoints/demo-whatsapp",
            json!({ "provider": "meta",
        "public_url": "https://x.example/webhooks/demo-whatsapp", "signing_secret": "meta-app-secret" }),
        )
        .await;
    assert_eq!(status, 409, "an endpoint's id belongs to whoever has it");
    assert_eq!(world.state_of(message).await, "read");
    let (_, list) = neighbour.api("GET", "/v1/conversations", Value::Null).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

/// Fault matrix F7: a signed body of one account says something about the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_body_reaches_only_the_account_of_its_endpoint() {
    let world = World::silent().await;
    let neighbour = Neighbour::of(&world).await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    let before = (everything_about(&world, ANA).await, world.get_message(id).await);
    for account in ["demo", "neighbour"] {
        let forged = status(&format!("{account}.{id}.1"), "failed", world.now());
        assert_eq!(neighbour.meta_posts(&statuses(&[forged])).await, 200);
    }
    // To the demo's number, by the neighbour's endpoint: parked at the neighbour's.
    let stray = body_of(&[change(META_NUMBER, &[text(ANA, "wamid.9", world.now(), "stray")], &[])]);
    assert_eq!(neighbour.meta_posts(&stray).await, 200);
    world.settle().await;
    assert_eq!((everything_about(&world, ANA).await, world.get_message(id).await), before);
    let (_, parked) = neighbour.api("GET", "/v1/parked", Value::Null).await;
    assert_eq!(parked["data"].as_array().unwrap().len(), 1, "{parked}");
    let (_, ours) = world.api("GET", "/v1/parked", Value::Null).await;
    assert!(ours["data"].as_array().unwrap().is_empty());
    let retry = format!("/v1/parked/{}/retry", parked["data"][0]["id"].as_str().unwrap());
    assert_eq!(world.api("POST", &retry, Value::Null).await.0, 404);
    // Each one's secret opens only its own endpoint.
    let body = messages(&[text(ANA, "wamid.8", world.now(), "x")]).to_string();
    let signature = meta_signature(SECRET, body.as_bytes());
    assert_eq!(world.posts_with("demo-whatsapp", &[(SIGNATURE, &signature)], body.as_bytes()).await, 401);
}

/// Protection: the channel in a conversation's id (`conversation_of`), and account and channel in what a first sight is kept
/// under (`keys/`, `time_of` in `app/receive.rs`). The messages of two accounts are apart by more than one lock: their
/// partitions and their contacts are never the same; those of two channels by their own keys as well (`inbound_key`). One
/// provider id comes to two accounts, and to two channels of one of them, without a time of its own: at one instant, and
/// another one an hour apart. (Fault matrix A20.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a20_one_id_at_two_accounts_and_two_channels_is_three_messages() {
    let world = World::silent().await;
    let neighbour = Neighbour::of(&world).await;
    let from = format!("whatsapp:+{ANA}");
    let mut told = Vec::new();
    for (id, apart) in [("SM1", "PT0S"), ("SM2", "PT1H")] {
        let said = |words: &str| json!({ "from": ANA, "id": id, "type": "text", "text": { "body": words } });
        let first = world.now();
        assert_eq!(world.meta_posts(&messages(&[said("To the demo")])).await, 200);
        world.turn(apart).await;
        let second = world.now();
        let theirs = body_of(&[change(NUMBER, &[said("To the neighbour")], &[])]);
        assert_eq!(neighbour.meta_posts(&theirs).await, 200);
        world.turn(apart).await;
        let third = world.now();
        let form = [
            ("MessageSid", id),
            ("SmsStatus", "received"),
            ("From", from.as_str()),
            ("To", TWILIO_WHATSAPP),
            ("Body", "By another number"),
        ];
        assert_eq!(world.twilio_posts("demo-twilio", "", &form).await, 200);
        world.turn("PT1H").await;
        told.push([first, second, third]);
    }

    let (_, list) = neighbour.api("GET", "/v1/conversations", Value::Null).await;
    let path = format!("/v1/conversations/{}/messages", list["data"][0]["id"].as_str().unwrap());
    let (_, at_the_neighbour) = neighbour.api("GET", &path, Value::Null).await;
    let at_the_neighbour = at_the_neighbour["data"].as_array().unwrap().clone();
    let by_another_number = world.messages_on("demo-twilio", ANA).await;
    for (place, (messages, words)) in [
        (world.messages(ANA).await, "To the demo"),
        (at_the_neighbour, "To the neighbour"),
        (by_another_number, "By another number"),
    ]
    .into_iter()
    .enumerate()
    {
        let at: Vec<_> = told.iter().rev().map(|times| (json!(words), json!(times[place].to_string()))).collect();
        let shown: Vec<_> = messages.iter().map(|it| (it["content"]["body"].clone(), it["at"].clone())).collect();
        assert_eq!(shown, at);
    }
}
