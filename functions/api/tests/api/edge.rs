//! What holds for every route: tokens, problem documents, bodies.

use axum::body::Body;
use http::{Request, header};
use serde_json::json;

use crate::world::{ANA, KEYLESS_TOKEN, TOKEN, World, text_to};

#[tokio::test]
async fn health_needs_no_token() {
    let world = World::empty().await;
    let answer = world.send(Request::get("/v1/health").body(Body::empty()).unwrap()).await;
    let told = answer.with(200);
    assert_eq!(told["ok"], true);
    assert!(told["version"].is_string(), "{told}");
}

#[tokio::test]
async fn every_other_route_needs_a_token_that_belongs_to_an_account() {
    let world = World::empty().await;
    let (message, conversation) = (format!("msg_{}", "0".repeat(52)), format!("cnv_{}", "0".repeat(26)));
    let contact = format!("con_{}", "0".repeat(26));
    let routes = [
        ("POST", "/v1/messages".to_owned()),
        ("GET", format!("/v1/messages/{message}")),
        ("DELETE", format!("/v1/messages/{message}")),
        ("POST", "/v1/plan".to_owned()),
        ("GET", "/v1/conversations".to_owned()),
        ("GET", format!("/v1/conversations/{conversation}")),
        ("GET", format!("/v1/conversations/{conversation}/messages")),
        ("POST", format!("/v1/conversations/{conversation}/close")),
        ("POST", format!("/v1/conversations/{conversation}/archive")),
        ("GET", "/v1/contacts?phone=x".to_owned()),
        ("GET", format!("/v1/contacts/{contact}")),
        ("PATCH", format!("/v1/contacts/{contact}")),
        ("POST", format!("/v1/contacts/{contact}/merge")),
        ("POST", format!("/v1/contacts/{contact}/unmerge")),
        ("POST", format!("/v1/contacts/{contact}/opt-out")),
        ("POST", format!("/v1/contacts/{contact}/opt-in")),
        ("GET", "/v1/channels".to_owned()),
        ("GET", "/v1/channels/a".to_owned()),
        ("PUT", "/v1/channels/a".to_owned()),
        ("GET", "/v1/endpoints/a".to_owned()),
        ("PUT", "/v1/endpoints/a".to_owned()),
        ("GET", "/v1/ladder".to_owned()),
        ("PUT", "/v1/ladder".to_owned()),
        ("GET", "/v1/templates".to_owned()),
        ("GET", "/v1/templates/a/en".to_owned()),
        ("PUT", "/v1/templates/a/en".to_owned()),
        ("GET", "/v1/parked".to_owned()),
        ("POST", "/v1/parked/a/retry".to_owned()),
    ];
    for (method, path) in routes {
        let request = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
        let answer = world.send(request).await;
        answer.is_a_problem(401);
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], r#"Bearer realm="transom""#, "{method} {path}");

        let answer = world.call("somebody-elses", method, &path, None).await;
        answer.is_a_problem(401);
        assert!(answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap().contains("invalid_token"));
    }
}

#[tokio::test]
async fn an_unknown_address_and_an_unknown_method_are_problems() {
    let world = World::empty().await;
    for path in ["/", "/v1", "/v1/nothing", "/v2/messages", "/v1/messages/"] {
        world.get(path).await.is_a_problem(404);
    }
    let answer = world.delete("/v1/ladder").await;
    answer.is_a_problem(405);
    let allowed = answer.headers[header::ALLOW].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("PUT"), "{allowed}");
}

#[tokio::test]
async fn a_body_must_be_json_and_say_so_and_be_of_a_sane_size() {
    let world = World::new().await;
    let post = |kind: Option<&str>, body: String| {
        let request = Request::post("/v1/messages").header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        let request = kind.into_iter().fold(request, |request, kind| request.header(header::CONTENT_TYPE, kind));
        world.send(request.body(Body::from(body)).unwrap())
    };
    let good = text_to(&json!({ "phone": ANA }), "hi").to_string();
    post(None, good.clone()).await.is_a_problem(415);
    post(Some("text/plain"), good.clone()).await.is_a_problem(415);
    post(Some("application/json"), String::new()).await.is_a_problem(400);
    post(Some("application/json"), good[1..].to_owned()).await.is_a_problem(400);
    post(Some("application/json"), good[..good.len() - 1].to_owned()).await.is_a_problem(400);
    post(Some("application/json"), "[]".to_owned()).await.names(422, "(body)");
    let large = text_to(&json!({ "phone": ANA }), &"a".repeat(256 * 1024)).to_string();
    post(Some("application/json"), large).await.is_a_problem(413);
    post(Some("application/json; charset=utf-8"), good).await.with(202);
}

#[tokio::test]
async fn an_id_that_is_none_leads_nowhere_and_says_what_one_looks_like() {
    let world = World::empty().await;
    for (path, words) in [
        ("/v1/messages/msg_1", "msg_ and 52 characters"),
        ("/v1/conversations/con_00000000000000000000000000", "cnv_ and 26 characters"),
        ("/v1/conversations/x/messages", "cnv_ and 26 characters"),
        ("/v1/contacts/con_lower", "con_ and 26 characters"),
        ("/v1/channels/No%20Slug", "a-z, 0-9"),
        ("/v1/endpoints/%ff", "cannot be read"),
        ("/v1/templates/Welcome/en", "a-z, 0-9"),
        ("/v1/templates/welcome/english", "language"),
    ] {
        let answer = world.get(path).await;
        answer.is_a_problem(404);
        assert!(answer.body["detail"].as_str().unwrap().contains(words), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_account_without_its_key_is_told_to_come_again() {
    let world = World::empty().await;
    let answer = world.call(KEYLESS_TOKEN, "GET", "/v1/contacts?phone=%2B16505551234", None).await;
    answer.is_a_problem(503);
    assert_eq!(answer.headers[header::RETRY_AFTER], "2");
}
