//! The whole way of a client, by HTTP, and what goes wrong on it.

use axum::body::to_bytes;
use reqwest::Url;
use serde_json::Value;
use tower::ServiceExt;
use transom::{
    adapters::sign_in::{Guard, OpenIdSignIn},
    ports::sign_in::{NotSignedIn, SignIn, Trust},
    seal::sha256,
};

use super::{key::base64, *};
use crate::{chance::SeededChance, clock::ManualClock, demo::staff};

const URL: &str = "http://127.0.0.1:8080/sign-in";
const BACK: &str = "http://127.0.0.1:8080/inbox?from=here";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct World {
    clock: Arc<ManualClock>,
    router: Router,
}

impl World {
    fn at(url: &str) -> Self {
        let clock = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let key = SigningKey::of(&"5a".repeat(32)).unwrap();
        let issuer = Issuer::new(url.to_owned(), staff::people(), key, clock.clone(), Arc::new(SeededChance::new(1)));
        Self { clock, router: issuer.router() }
    }

    fn new() -> Self {
        Self::at(URL)
    }

    async fn call(&self, request: http::request::Builder, body: String) -> (u16, http::HeaderMap, String) {
        let request = request.body(Body::from(body)).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body).unwrap())
    }

    async fn get(&self, path: &str) -> (u16, http::HeaderMap, String) {
        self.call(http::Request::get(path), String::new()).await
    }

    /// Asks to sign in with these parameters.
    async fn authorize(&self, parameters: &[(&str, &str)]) -> (u16, http::HeaderMap, String) {
        self.get(&format!("/sign-in/authorize?{}", form(parameters))).await
    }

    /// The address that a client is answered at.
    async fn answered(&self, parameters: &[(&str, &str)]) -> Url {
        let (status, headers, _) = self.authorize(parameters).await;
        assert_eq!(status, 303, "{parameters:?}");
        headers["location"].to_str().unwrap().parse().unwrap()
    }

    /// A code for Lucía.
    async fn code(&self) -> String {
        value(&self.answered(&with(&good(), "person", "lucia")).await, "code").unwrap()
    }

    async fn token(&self, parameters: &[(&str, &str)]) -> (u16, Value) {
        let request = http::Request::post("/sign-in/token").header("content-type", "application/x-www-form-urlencoded");
        let (status, headers, body) = self.call(request, form(parameters)).await;
        assert_eq!(
            (&headers["cache-control"], &headers["access-control-allow-origin"]),
            (&"no-store".parse().unwrap(), &"*".parse().unwrap())
        );
        (status, serde_json::from_str(&body).unwrap())
    }

    #[track_caller]
    fn refused(answer: &(u16, Value), error: &str) {
        assert_eq!(answer, &(400, json!({"error": error})));
    }
}

fn form(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn challenge() -> &'static str {
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
}

/// A request to sign in, in order.
fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", BACK),
        ("scope", "openid email profile"),
        ("state", "a&b=c"),
        ("nonce", "n-1"),
        ("code_challenge", challenge()),
        ("code_challenge_method", "S256"),
    ]
}

/// The same with another value; an empty one counts as none.
fn with<'a>(parameters: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut changed: Vec<_> = parameters.iter().copied().filter(|(known, _)| *known != name).collect();
    changed.push((name, value));
    changed
}

fn exchange(code: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", BACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
}

fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn said(token: &str) -> Value {
    use ::base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn whoever_chooses_who_they_are_is_signed_in() {
    let world = World::new();
    assert_eq!(base64(sha256(VERIFIER.as_bytes())), challenge());
    let (status, headers, page) = world.authorize(&good()).await;
    assert_eq!((status, &headers["content-security-policy"]), (200, &POLICY.parse().unwrap()));
    for member in staff::STAFF {
        assert!(page.contains(member.name) && page.contains(member.email), "{member:?}");
    }
    assert!(page.contains("for one machine") && !page.contains("<script"));
    // What stands in the page leads on.
    let link = page.split("href=\"").find(|part| part.contains("person=lucia")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let (status, headers, _) = world.get(&link).await;
    assert_eq!(status, 303);
    let back: Url = headers["location"].to_str().unwrap().parse().unwrap();
    assert!(back.as_str().starts_with(BACK), "{back}");
    assert_eq!((value(&back, "state").as_deref(), value(&back, "iss").as_deref()), (Some("a&b=c"), Some(URL)));

    world.clock.advance(SignedDuration::from_secs(59));
    let (status, tokens) = world.token(&exchange(&value(&back, "code").unwrap())).await;
    assert_eq!((status, &tokens["token_type"], &tokens["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    assert_eq!(tokens["access_token"], tokens["id_token"]);
    let now = world.clock.now().as_second();
    assert_eq!(
        said(tokens["id_token"].as_str().unwrap()),
        json!({
            "iss": URL, "sub": "lucia", "aud": CLIENT_ID, "exp": now + 3600, "iat": now, "auth_time": now - 59,
            "nonce": "n-1", "email": "lucia@hotel-aurora.example", "email_verified": true, "name": "Lucía Ferrer",
        })
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_and_for_whoever_has_its_verifier() {
    let world = World::new();
    let code = world.code().await;
    assert_eq!(world.token(&exchange(&code)).await.0, 200);
    World::refused(&world.token(&exchange(&code)).await, "invalid_grant");

    let late = world.code().await;
    world.clock.advance(SignedDuration::from_secs(60));
    World::refused(&world.token(&exchange(&late)).await, "invalid_grant");

    let wrong = "x".repeat(43);
    for (name, bad) in [("code_verifier", wrong.as_str()), ("redirect_uri", "http://127.0.0.1:8080/inbox")] {
        let code = world.code().await;
        World::refused(&world.token(&with(&exchange(&code), name, bad)).await, "invalid_grant");
        World::refused(&world.token(&exchange(&code)).await, "invalid_grant");
    }
    World::refused(&world.token(&exchange("made-up")).await, "invalid_grant");

    let code = world.code().await;
    for (name, bad, error) in [
        ("code_verifier", "", "invalid_request"),
        ("code", "", "invalid_request"),
        ("redirect_uri", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("client_id", "another", "invalid_client"),
    ] {
        World::refused(&world.token(&with(&exchange(&code), name, bad)).await, error);
    }
    assert_eq!(world.token(&exchange(&code)).await.0, 200, "nobody showed it with a verifier so far");
}

#[tokio::test]
async fn a_request_that_is_not_in_order_gets_no_code() {
    let world = World::new();
    // Where the client cannot be told, the person is.
    for (name, bad) in [
        ("redirect_uri", "https://elsewhere.example/"),
        ("redirect_uri", ""),
        ("client_id", "another"),
        ("client_id", ""),
        ("person", "nobody"),
    ] {
        let chosen = with(&good(), "person", "lucia");
        let (status, headers, page) = world.authorize(&with(&chosen, name, bad)).await;
        assert_eq!((status, headers.get("location")), (400, None), "{name} {bad}");
        assert!(!page.contains("elsewhere"));
    }
    for (name, bad, error) in [
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("prompt", "none", "login_required"),
    ] {
        let chosen = with(&good(), "person", "lucia");
        let back = world.answered(&with(&chosen, name, bad)).await;
        assert_eq!((value(&back, "error").as_deref(), value(&back, "code")), (Some(error), None), "{name} {bad}");
        assert_eq!(value(&back, "state").as_deref(), Some("a&b=c"));
    }
    let mut twice = good();
    twice.push(("redirect_uri", "http://127.0.0.1:9/"));
    assert_eq!(world.authorize(&twice).await.0, 400);
}

#[tokio::test]
async fn its_own_style_is_all_that_the_page_loads() {
    let (status, headers, style) = World::new().get("/sign-in/style.css").await;
    assert_eq!((status, &headers["content-type"]), (200, &"text/css; charset=utf-8".parse().unwrap()));
    assert!(!style.contains("url(") && !style.contains("@import"));
}

/// The same adapter that asks any other provider.
#[tokio::test]
async fn its_tokens_are_taken_like_any_providers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}/sign-in", listener.local_addr().unwrap());
    let world = World::at(&issuer);
    let server = tokio::spawn(axum::serve(listener, world.router.clone()).into_future());
    let (_, tokens) = world.token(&exchange(&world.code().await)).await;
    let token = tokens["id_token"].as_str().unwrap();

    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let sign_in = OpenIdSignIn::new(guard, world.clock.clone());
    let trust = Trust { issuer, client_id: CLIENT_ID.to_owned() };
    let claims = sign_in.check(token, &trust).await.unwrap();
    assert_eq!((claims.subject.as_str(), claims.name.as_deref()), ("lucia", Some("Lucía Ferrer")));
    assert_eq!((claims.email.as_deref(), claims.email_verified), (Some("lucia@hotel-aurora.example"), true));
    world.clock.advance(SignedDuration::from_hours(2));
    assert!(matches!(sign_in.check(token, &trust).await, Err(NotSignedIn::Expired)));
    server.abort();
}
