//! Who may post: the handshake, the signature, the endpoint, and the rotation of secrets.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Barrier;
use transom::{
    app::{Parts, deadline::Deadline},
    domain::{AccountId, channel::SecretName},
    ports::{Secrets, SecretsUnavailable},
};
use transom_engine::Verdict;
use transom_local::outside::meta_signature;

use super::{parked, said_by};
use crate::{
    calls::{SIGNATURE, messages, text},
    world::{ANA, BEN, World, answer},
};

/// Fault matrix A24.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_handshake_tells_the_challenge_to_who_knows_the_token_and_nothing_to_others() {
    let world = World::new().await;
    let token = world.secret("meta-verify-token");
    let ask = async |query: String| answer(world.http("GET", &format!("/webhooks/demo-whatsapp?{query}"))).await;
    let challenge = "hub.challenge=1158201444%3Cscript%3E";
    for _ in 0..2 {
        let (status, said) = ask(format!("hub.mode=subscribe&hub.verify_token={token}&{challenge}")).await;
        assert_eq!((status, said.as_str()), (200, Some("1158201444<script>")));
    }
    for query in [
        format!("hub.mode=subscribe&hub.verify_token=wrong&{challenge}"),
        format!("hub.mode=subscribe&hub.verify_token=&{challenge}"),
        format!("hub.mode=subscribe&{challenge}"),
        format!("hub.mode=unsubscribe&hub.verify_token={token}&{challenge}"),
        format!("hub.mode=subscribe&hub.verify_token=wrong&hub.verify_token={token}&{challenge}"),
        format!("hub.mode=subscribe&hub.verify_token={}&{challenge}", &token[..token.len() - 1]),
        String::new(),
    ] {
        let (status, said) = ask(query.clone()).await;
        assert_eq!(status, 403, "{query}");
        let said = said.to_string();
        assert!(!said.contains("1158201444") && !said.contains(&token), "{query}: {said}");
    }
    // The answer cannot be taken for a page.
    let path = format!("/webhooks/demo-whatsapp?hub.mode=subscribe&hub.verify_token={token}&{challenge}");
    let headers = world.http("GET", &path).send().await.unwrap().headers().clone();
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    // Twilio has no handshake.
    assert_eq!(answer(world.http("GET", "/webhooks/demo-twilio?hub.mode=subscribe")).await.0, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_one_right_signature_is_refused_and_leaves_no_trace() {
    let world = World::new().await;
    let body = messages(&[text(ANA, "wamid.1", world.now(), "Let me in")]).to_string();
    let body = body.as_bytes();
    let right = meta_signature(&world.secret("meta-app-secret"), body);
    let of_another_body = meta_signature(&world.secret("meta-app-secret"), b"{}");
    let by_another_key = meta_signature("another secret", body);
    let by_nobody = meta_signature("", body);
    let loud = format!("sha256={}", right["sha256=".len()..].to_uppercase());
    let cut = &right[..right.len() - 2];
    let wrongs: &[&[(&str, &str)]] = &[
        &[],
        &[(SIGNATURE, "")],
        &[(SIGNATURE, "sha256=")],
        &[(SIGNATURE, &right["sha256=".len()..])],
        &[(SIGNATURE, &of_another_body)],
        &[(SIGNATURE, &by_another_key)],
        &[(SIGNATURE, &by_nobody)],
        &[(SIGNATURE, &loud)],
        &[(SIGNATURE, cut)],
        &[(SIGNATURE, "sha256=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")],
        // Of two signatures neither is believed.
        &[(SIGNATURE, &right), (SIGNATURE, &by_another_key)],
        &[("x-hub-signature", &right)],
        &[("x-twilio-signature", &right)],
    ];
    for headers in wrongs {
        assert_eq!(world.posts_with("demo-whatsapp", headers, body).await, 401, "{headers:?}");
    }
    // Meta's signature opens no endpoint of Twilio's.
    assert_eq!(world.posts_with("demo-twilio", &[(SIGNATURE, &right)], body).await, 401);
    world.settle().await;
    let (_, contacts) = world.api("GET", &format!("/v1/contacts?phone=%2B{ANA}"), Value::Null).await;
    assert_eq!(contacts["data"].as_array().unwrap().len(), 0, "{contacts}");
    assert!(parked(&world).await.is_empty());
    // The right one is taken.
    assert_eq!(world.posts_with("demo-whatsapp", &[(SIGNATURE, &right)], body).await, 200);
    assert_eq!(said_by(&world, ANA).await, ["Let me in"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_not_there_takes_nothing_whoever_signs() {
    let world = World::new().await;
    let body = messages(&[text(ANA, "wamid.1", world.now(), "Hello")]).to_string();
    let right = meta_signature(&world.secret("meta-app-secret"), body.as_bytes());
    for endpoint in ["nobody", "No%20Slug", "demo-whatsapp/x", "%ff", ""] {
        let status = world.posts_with(endpoint, &[(SIGNATURE, &right)], body.as_bytes()).await;
        assert_eq!(status, 404, "{endpoint:?}");
        assert_eq!(answer(world.http("GET", &format!("/webhooks/{endpoint}"))).await.0, 404, "{endpoint:?}");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(answer(world.http(method, "/webhooks/demo-whatsapp")).await.0, 405, "{method}");
    }
}

/// Fault matrix I-1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_secret_is_rotated_both_values_are_taken_and_then_only_the_new_one() {
    let world = World::new().await;
    let (account, name) = (world.account(), "meta-app-secret".parse().unwrap());
    let old = world.secret("meta-app-secret");
    let post = async |secret: &str, customer: &str, words: &str| {
        let body = messages(&[text(customer, &format!("wamid.{words}"), world.now(), words)]).to_string();
        let signature = meta_signature(secret, body.as_bytes());
        world.posts_with("demo-whatsapp", &[(SIGNATURE, &signature)], body.as_bytes()).await
    };
    assert_eq!(post("the new one", ANA, "early").await, 401);
    world.local.demo.secrets().put(&account, &name, &["the new one", &old]);
    assert_eq!(post("the new one", ANA, "new").await, 200);
    assert_eq!(post(&old, ANA, "old").await, 200);
    world.local.demo.secrets().put(&account, &name, &["the new one"]);
    assert_eq!(post(&old, BEN, "late").await, 401);
    assert_eq!(post("the new one", ANA, "newer").await, 200);
    let mut said = said_by(&world, ANA).await;
    said.sort();
    assert_eq!(said, ["new", "newer", "old"]);
    assert!(world.family(BEN).await.is_none());
    // No secret at all lets nobody in, not even who signs with nothing.
    world.local.demo.secrets().put(&account, &name, &[]);
    assert_eq!(post("", BEN, "nothing").await, 401);
    world.local.demo.secrets().put(&account, &name, &[""]);
    assert_eq!(post("", BEN, "nothing").await, 401);
}

/// Protection: the signature is checked before anything is done with a body. (Fault matrix K1.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k1_a_body_that_is_signed_wrongly_costs_one_read_however_large_it_is() {
    let world = World::new().await;
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    let parts = world.parts_with(Arc::new(move |call| {
        seen.lock().unwrap().push(call.operation.to_owned());
        Verdict::Go
    }));
    let body = messages(&[text(ANA, "wamid.1", world.now(), &"x".repeat(2_900_000))]).to_string();
    for signature in [None, Some(meta_signature("a guess", body.as_bytes()))] {
        let headers: Vec<(&str, &str)> = signature.iter().map(|signature| (SIGNATURE, signature.as_str())).collect();
        assert_eq!(world.call_over(&parts, "/webhooks/demo-whatsapp", &headers, body.as_bytes()).await, 401);
        // The endpoint's, with the name of its secret.
        assert_eq!(std::mem::take(&mut *calls.lock().unwrap()), ["GetItem"]);
    }
    let right = meta_signature(&world.secret("meta-app-secret"), body.as_bytes());
    assert_eq!(world.call_over(&parts, "/webhooks/demo-whatsapp", &[(SIGNATURE, &right)], body.as_bytes()).await, 200);
    assert!(calls.lock().unwrap().len() > 5, "the same body with the right one is worth its calls");
}

/// Answers nobody before two have asked.
#[derive(Debug)]
struct TwoAtOnce(Arc<dyn Secrets>, Barrier);

#[async_trait]
impl Secrets for TwoAtOnce {
    async fn get(&self, account: &AccountId, name: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable> {
        self.1.wait().await;
        self.0.get(account, name).await
    }
}

/// Protection: both secrets are asked for at once. (Fault matrix C14.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c14_a_first_webhook_asks_for_its_secrets_at_once() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "Hello").await;
    let calls = world.outside.take_due(world.now()).expect("the ledger");
    let secrets = Arc::new(TwoAtOnce(Arc::clone(&world.parts.secrets), Barrier::new(2)));
    let parts = Parts { secrets, ..world.parts.clone() };
    let ten = Deadline::after(Duration::from_secs(10));
    ten.hold(world.receive_again(&parts, &calls)).await.expect("neither waits for the other");
    world.settle().await;
    assert_eq!(world.messages(ANA).await.len(), 1);
}
