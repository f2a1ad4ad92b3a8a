//! Starting, and starting again.

use std::path::Path;

use serde_json::Value;
use transom::{
    domain::limit::{Asked, LEASE, Taken},
    ports::store::{Limited, SeatsTaken},
    seal::sha256_hex,
};

use super::*;
use crate::{chance::SeededChance, clock::ManualClock, outside::Writes};

fn options(state: Option<&Path>, seed: u64) -> Options {
    Options {
        state: state.map(|path| StateFolder::open(path, false).unwrap()),
        listen: "127.0.0.1:0".parse().unwrap(),
        clock: Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap())),
        chance: Arc::new(SeededChance::new(seed)),
        meta_url: None,
        twilio_url: None,
        public_url: None,
        metrics: None,
        faults: Faults::default(),
    }
}

async fn get(local: &Local, path: &str) -> Value {
    let call = http_client().unwrap().get(format!("{}{path}", local.url)).bearer_auth(local.demo.token());
    call.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

#[tokio::test]
async fn what_a_customer_wrote_is_read_over_http_and_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(options(Some(folder.path()), 1)).await.unwrap();
    let token = local.demo.token();
    let keys = get(&local, "/sign-in/keys").await;
    assert_eq!(get(&local, "/sign-in/.well-known/openid-configuration").await["issuer"], local.demo.sign_in.issuer);
    let outside = local.system.outside().unwrap();
    outside.customer_writes(&Writes::text("+16505550111", "demo-whatsapp", "Is breakfast included?")).unwrap();
    local.system.settle().await.unwrap();
    assert_eq!(get(&local, "/v1/conversations").await["data"].as_array().unwrap().len(), 1);
    local.stop().await;

    let local = Local::start(options(Some(folder.path()), 2)).await.unwrap();
    assert_eq!(local.demo.token(), token);
    assert_eq!(get(&local, "/sign-in/keys").await, keys, "whoever signed in stays so");
    assert_eq!(get(&local, "/v1/conversations").await["data"].as_array().unwrap().len(), 1);
    let address: Value = serde_json::from_slice(&std::fs::read(folder.path().join("address.json")).unwrap()).unwrap();
    assert_eq!(address["url"], local.url);
}

/// A killed process leaves its leases behind; whoever starts on the same state holds the file's lock, so they are nobody's.
#[tokio::test]
async fn the_seats_of_a_killed_predecessor_are_free_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(options(Some(folder.path()), 1)).await.unwrap();
    let limited = Limited::Token(sha256_hex(local.demo.token().as_bytes()));
    let until = local.system.clock().now() + LEASE;
    let all = |rev| (0..40).map(move |seat| Asked { seat, was: None, lease: Taken { rev, until } });
    let taken = local.parts.store.take_seats(&limited, &all(7).collect::<Vec<_>>()).await.unwrap();
    assert!(matches!(taken, SeatsTaken::Ours), "{taken:?}");
    let path = "/v1/conversations";
    let call = http_client().unwrap().get(format!("{}{path}", local.url)).bearer_auth(local.demo.token());
    assert_eq!(call.send().await.unwrap().status(), 429, "they are all held");
    local.stop().await;

    let local = Local::start(options(Some(folder.path()), 2)).await.unwrap();
    get(&local, path).await;
}

#[tokio::test]
async fn a_changed_channel_stays_changed_and_the_endpoints_follow_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(options(Some(folder.path()), 1)).await.unwrap();
    let account = local.demo.account.clone();
    let mut channel = local.demo.channels[0].clone();
    channel.display_name = "Another name".into();
    local.parts.store.put_channel(&account, &channel).await.unwrap();
    local.stop().await;

    let options = Options { public_url: Some("https://tunnel.example/".into()), ..options(Some(folder.path()), 1) };
    let local = Local::start(options).await.unwrap();
    assert_eq!(local.parts.store.channel(&account, &channel.id).await.unwrap(), Some(channel));
    let endpoint = local.parts.store.endpoint(&"demo-whatsapp".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(endpoint.public_url, "https://tunnel.example/webhooks/demo-whatsapp");
}

#[tokio::test]
async fn a_port_in_use_is_told_with_what_to_do() {
    let taken = Local::start(options(None, 1)).await.unwrap();
    let listen = taken.url.strip_prefix("http://").unwrap().parse().unwrap();
    let error = Local::start(Options { listen, ..options(None, 1) }).await.unwrap_err();
    assert!(error.to_string().contains("--port"), "{error}");
}
