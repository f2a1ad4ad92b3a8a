//! Who may do what: every route for every scope, tokens that are made and taken away, and the audit log.

use api::{Route, Verb};
use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use transom::domain::access::{Role, Scope};

use crate::world::{ANA, OTHER_TOKEN, TOKEN, World};

/// The address of a route, with ids of the right form that lead nowhere.
fn address(route: &Route) -> String {
    let ids = [
        ("messages", format!("msg_{}", "0".repeat(52))),
        ("conversations", format!("cnv_{}", "0".repeat(26))),
        ("contacts", format!("con_{}", "0".repeat(26))),
        ("jobs", format!("job_{}", "0".repeat(26))),
        ("staff", format!("stf_{}", "0".repeat(26))),
        ("tokens", format!("tok_{}", "0".repeat(16))),
        ("imports", format!("job_{}", "0".repeat(26))),
    ];
    let mut path = route.path.to_owned();
    for (resource, id) in ids {
        path = path.replace(&format!("/{resource}/{{id}}"), &format!("/{resource}/{id}"));
    }
    path.replace("{number}", "1")
        .replace("{note}", "x")
        .replace("{request}", "x")
        .replace("{id}", "nothing")
        .replace("{name}", "nothing")
        .replace("{language}", "en")
        .replace("{line}", "x")
}

fn method(route: &Route) -> &'static str {
    match route.method {
        Verb::Get => "GET",
        Verb::Post => "POST",
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
    }
}

impl World {
    /// A token of an account with these scopes.
    async fn token(&self, by: &str, scopes: &[Scope]) -> String {
        let body = json!({ "name": "a program", "scopes": scopes });
        let made = self.call(by, "POST", "/v1/tokens", Some(body)).await.with(201);
        made["secret"].as_str().unwrap().to_owned()
    }

    async fn audited(&self, query: &str) -> Vec<Value> {
        self.get(&format!("/v1/audit?{query}")).await.with(200)["data"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn every_route_lets_those_in_who_have_its_scope_and_nobody_else() {
    let world = World::empty().await;
    for own in [TOKEN, OTHER_TOKEN] {
        for scope in Scope::ALL {
            let token = world.token(own, &[scope]).await;
            for route in api::routes() {
                let (method, path) = (method(&route), address(&route));
                let body = (method != "GET").then(|| json!({}));
                let answer = world.call(&token, method, &path, body).await;
                if route.need.scope == scope {
                    assert!(
                        ![401, 403].contains(&answer.status.as_u16()),
                        "{scope} at {method} {path}: {}",
                        answer.body
                    );
                } else {
                    answer.is_a_problem(403);
                    assert_eq!(answer.body["type"], "urn:transom:problem:scope-missing", "{scope} at {method} {path}");
                    let challenge = answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
                    assert!(challenge.contains("insufficient_scope"), "{challenge}");
                }
                world.turn(jiff::SignedDuration::from_millis(200));
            }
        }
    }
}

/// A token of an issuer's for somebody.
fn signed_in(client: &str, subject: &str, mail: Option<&str>, world: &World) -> String {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (now, end) = (world.now().as_second(), world.now().as_second() + 3600);
    let header = encode(json!({ "alg": "RS256", "typ": "JWT", "kid": "1" }));
    let mut said = json!({ "iss": ISSUER, "aud": client, "sub": subject, "iat": now, "exp": end });
    if let Some(mail) = mail {
        said["email"] = json!(mail);
        said["email_verified"] = json!(true);
    }
    format!("{header}.{}.{}", encode(said), URL_SAFE_NO_PAD.encode([7; 256]))
}

const ISSUER: &str = "https://id.example";

impl World {
    /// Somebody of the staff of an account, who signed in.
    async fn member(&self, by: &str, role: Role) -> String {
        let trust = json!({ "issuers": [{ "issuer": ISSUER, "client_id": by }] });
        self.call(by, "PUT", "/v1/sign-in", Some(trust)).await.with(200);
        let mail = format!("{role}@hotel.example");
        let body = json!({ "name": "Somebody", "email": mail, "role": role });
        self.call(by, "POST", "/v1/staff", Some(body)).await.with(201);
        signed_in(by, &format!("{role} of {by}"), Some(&mail), self)
    }
}

#[tokio::test]
async fn every_route_lets_those_in_whose_role_covers_it_and_nobody_else() {
    let world = World::empty().await;
    for own in [TOKEN, OTHER_TOKEN] {
        for role in Role::ALL {
            let token = world.member(own, role).await;
            for route in api::routes() {
                let (method, path) = (method(&route), address(&route));
                let body = (method != "GET").then(|| json!({}));
                let answer = world.call(&token, method, &path, body).await;
                if role >= route.need.role {
                    assert!(
                        ![401, 403].contains(&answer.status.as_u16()),
                        "{role} at {method} {path}: {}",
                        answer.body
                    );
                } else {
                    answer.is_a_problem(403);
                    assert_eq!(answer.body["type"], "urn:transom:problem:role-missing", "{role} at {method} {path}");
                }
                world.turn(jiff::SignedDuration::from_millis(200));
            }
        }
    }
}

#[tokio::test]
async fn staff_are_known_by_a_verified_address_once_and_by_their_subject_from_then_on() {
    let world = World::empty().await;
    let tom = world.member(TOKEN, Role::Employee).await;
    let me = world.call(&tom, "GET", "/v1/me", None).await.with(200);
    assert_eq!((&me["account"], &me["role"], &me["scopes"]), (&json!("demo"), &json!("employee"), &Value::Null));
    let path = format!("/v1/staff/{}", me["staff"]["id"].as_str().unwrap());
    // The address at the issuer may change; the person does not.
    let renamed = signed_in(TOKEN, "employee of token-of-demo", Some("other@hotel.example"), &world);
    assert_eq!(world.call(&renamed, "GET", "/v1/me", None).await.with(200)["staff"]["id"], me["staff"]["id"]);
    // Nobody else is let in by it, nor by an address that nobody verified.
    for (subject, mail) in [("somebody else", None), ("yet another", Some("nobody@hotel.example"))] {
        let stranger = signed_in(TOKEN, subject, mail, &world);
        world.call(&stranger, "GET", "/v1/me", None).await.is_a_problem(401);
    }
    let foreign = signed_in("another client", "x", Some("employee@hotel.example"), &world);
    world.call(&foreign, "GET", "/v1/me", None).await.is_a_problem(401);

    world.patch(&path, json!({ "active": false })).await.with(200);
    world.call(&tom, "GET", "/v1/me", None).await.is_a_problem(401);
    world.patch(&path, json!({ "active": true })).await.with(200);
    world.call(&tom, "GET", "/v1/me", None).await.with(200);
    world.turn(jiff::SignedDuration::from_hours(2));
    let answer = world.call(&tom, "GET", "/v1/me", None).await;
    answer.is_a_problem(401);
    assert!(answer.body["detail"].as_str().unwrap().contains("expired"), "{}", answer.body);
}

#[tokio::test]
async fn who_works_for_two_accounts_names_one() {
    let world = World::empty().await;
    for own in [TOKEN, OTHER_TOKEN] {
        let trust = json!({ "issuers": [{ "issuer": ISSUER, "client_id": "group" }] });
        world.call(own, "PUT", "/v1/sign-in", Some(trust)).await.with(200);
        let body = json!({ "name": "Ana", "email": "ana@hotel.example" });
        world.call(own, "POST", "/v1/staff", Some(body)).await.with(201);
    }
    let ana = signed_in("group", "ana", Some("ana@hotel.example"), &world);
    world.call(&ana, "GET", "/v1/me", None).await.names(400, "Transom-Account");
    let asks = async |account: &str| {
        let request = Request::get("/v1/me").header(header::AUTHORIZATION, format!("Bearer {ana}"));
        world.send(request.header("transom-account", account).body(Body::empty()).unwrap()).await
    };
    assert_eq!(asks("other").await.with(200)["account"], "other");
    assert_eq!(asks("demo").await.with(200)["account"], "demo");
    asks("keyless").await.is_a_problem(401);
    asks("No Slug").await.names(400, "Transom-Account");

    for (issuers, field) in [
        (json!([{ "issuer": "http://id.example", "client_id": "x" }]), "issuers[0].issuer"),
        (json!([{ "issuer": ISSUER, "client_id": "" }]), "issuers[0].client_id"),
        (json!([{ "issuer": ISSUER, "client_id": "x" }, { "issuer": ISSUER, "client_id": "x" }]), "issuers[1].issuer"),
    ] {
        world.put("/v1/sign-in", json!({ "issuers": issuers })).await.names(422, field);
    }
    // What is no longer trusted lets nobody in.
    world.put("/v1/sign-in", json!({ "issuers": [] })).await.with(200);
    assert_eq!(world.call(&ana, "GET", "/v1/me", None).await.with(200)["account"], "other");
}

#[tokio::test]
async fn a_token_is_shown_once_and_good_for_nothing_once_it_is_revoked() {
    let world = World::empty().await;
    let body = json!({ "name": "bookings", "scopes": ["contacts", "read"] });
    let made = world.post("/v1/tokens", body).await;
    let location = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let made = made.with(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("tk_"), "{secret}");
    assert_eq!(made["scopes"], json!(["read", "contacts"]));
    let id = made["id"].as_str().unwrap();
    assert_eq!(location, format!("/v1/tokens/{id}"));

    let listed = world.get("/v1/tokens").await.with(200);
    let of = |listed: &Value| listed["data"].as_array().unwrap().iter().find(|token| token["id"] == id).cloned();
    let shown = of(&listed).unwrap();
    assert_eq!((&shown["name"], &shown["revoked_at"]), (&json!("bookings"), &Value::Null));
    assert!(!listed.to_string().contains(secret), "only its hash is stored");
    let other = world.call(OTHER_TOKEN, "GET", "/v1/tokens", None).await.with(200);
    assert_eq!(of(&other), None);

    let me = world.call(secret, "GET", "/v1/me", None).await.with(200);
    assert_eq!((&me["account"], &me["id"], &me["role"]), (&json!("demo"), &json!(id), &Value::Null));
    world.call(OTHER_TOKEN, "DELETE", &location, None).await.is_a_problem(404);
    world.call(secret, "GET", "/v1/channels", None).await.with(200);
    world.delete(&location).await.with(204);
    world.call(secret, "GET", "/v1/channels", None).await.is_a_problem(401);
    assert!(of(&world.get("/v1/tokens").await.with(200)).unwrap()["revoked_at"].is_string());
    world.delete(&location).await.with(204);
    world.delete("/v1/tokens/tok_0000000000000000").await.is_a_problem(404);
}

#[tokio::test]
async fn a_token_ends_at_its_time_and_gives_no_more_than_it_has() {
    let world = World::empty().await;
    let at = |hours: i64| world.now() + jiff::SignedDuration::from_hours(hours);
    let body = json!({ "name": "for a day", "scopes": ["read", "staff"], "expires_at": at(24) });
    let token = world.post("/v1/tokens", body).await.with(201)["secret"].as_str().unwrap().to_owned();
    let more = json!({ "name": "more", "scopes": ["read", "messages"] });
    let answer = world.call(&token, "POST", "/v1/tokens", Some(more)).await;
    answer.is_a_problem(403);
    assert!(answer.body["detail"].as_str().unwrap().contains("messages"), "{}", answer.body);
    let no_more = json!({ "name": "no more", "scopes": ["read"] });
    world.call(&token, "POST", "/v1/tokens", Some(no_more)).await.with(201);
    world.turn(jiff::SignedDuration::from_hours(24));
    let answer = world.call(&token, "GET", "/v1/channels", None).await;
    answer.is_a_problem(401);
    assert!(answer.body["detail"].as_str().unwrap().contains("expired"), "{}", answer.body);

    for (body, field) in [
        (json!({ "scopes": ["read"] }), "name"),
        (json!({ "name": "x" }), "scopes"),
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["everything"] }), "scopes[0]"),
        (json!({ "name": "x", "scopes": ["read"], "expires_at": at(-48) }), "expires_at"),
        (json!({ "name": "x", "scopes": ["read"], "expires_at": at(24 * 366 * 6) }), "expires_at"),
    ] {
        world.post("/v1/tokens", body).await.names(422, field);
    }
}

#[tokio::test]
async fn whatever_changes_something_is_in_the_audit_log_with_who_and_how_it_ended() {
    let world = World::new().await;
    let id = world.writes(ANA, "Hello").await;
    let contact = world.get(&format!("/v1/conversations/{id}")).await.with(200)["contact"]["id"].clone();
    let contact = contact.as_str().unwrap();
    let path = format!("/v1/contacts/{contact}");
    world.patch(&path, json!({ "name": "Ana", "fields": { "room_number": "12" } })).await.with(200);
    world.turn(jiff::SignedDuration::from_secs(1));
    world.patch(&path, json!({ "language": "Spanish" })).await.with_status(422);
    world.get(&path).await.with(200);

    let lines = world.audited(&format!("subject={contact}")).await;
    let told: Vec<_> = lines.iter().map(|line| (line["action"].clone(), line["status"].clone())).collect();
    assert_eq!(told, [(json!("contacts.change"), json!(422)), (json!("contacts.change"), json!(200))]);
    assert_eq!(lines[1]["fields"], json!(["fields", "name"]));
    assert!(lines[1]["by"].as_str().unwrap().starts_with("tok_"));
    assert!(!format!("{lines:?}").contains("Ana"), "names of fields, never what they say");

    let made = world.post("/v1/tokens", json!({ "name": "x", "scopes": ["read"] })).await.with(201);
    assert_eq!(world.audited("action=tokens").await[0]["subject"], made["id"]);
    // What a token may not do is logged as well.
    let secret = made["secret"].as_str().unwrap();
    world.call(secret, "PUT", "/v1/ladder", Some(json!({}))).await.is_a_problem(403);
    let by = made["id"].as_str().unwrap();
    let denied = world.audited(&format!("by={by}")).await;
    assert_eq!((denied.len(), &denied[0]["action"], &denied[0]["status"]), (1, &json!("ladder.put"), &json!(403)));
    assert_eq!(world.call(OTHER_TOKEN, "GET", "/v1/audit", None).await.with(200)["data"], json!([]));
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page_and_day_by_day() {
    let world = World::empty().await;
    for day in 0..3 {
        for count in 0..4 {
            let name = format!("{day} {count}");
            world.post("/v1/tokens", json!({ "name": name, "scopes": ["read"] })).await.with(201);
            world.turn(jiff::SignedDuration::from_secs(1));
        }
        world.turn(jiff::SignedDuration::from_hours(24));
    }
    let mut path = "/v1/audit?limit=5".to_owned();
    let mut subjects = Vec::new();
    loop {
        let page = world.get(&path).await.with(200);
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= 5);
        subjects.extend(data.iter().map(|line| line["subject"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/audit?limit=5&cursor={cursor}");
    }
    let whole = world.audited("limit=100").await;
    assert_eq!(whole.len(), 12);
    assert!(whole.is_sorted_by(|a, b| a["at"].as_str() >= b["at"].as_str()));
    assert_eq!(subjects, whole.iter().map(|line| line["subject"].as_str().unwrap()).collect::<Vec<_>>());
    assert_eq!(world.audited("from=2026-03-02&until=2026-03-02").await.len(), 4);
    world.get("/v1/audit?by=somebody").await.names(400, "by");
    world.get("/v1/audit?cursor=x").await.names(400, "cursor");
}

#[tokio::test]
async fn staff_are_added_changed_and_the_last_admin_stays() {
    let world = World::empty().await;
    let ana = json!({ "name": "Ana Duarte", "email": " Ana@Hotel.Example", "role": "admin", "languages": ["pt_BR"] });
    let made = world.post("/v1/staff", ana).await;
    let path = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let made = made.with(201);
    assert_eq!((&made["email"], &made["active"]), (&json!("ana@hotel.example"), &json!(true)));
    let again = json!({ "name": "Another Ana", "email": "ana@hotel.example" });
    world.post("/v1/staff", again).await.names(422, "email");
    world.patch(&path, json!({ "role": "viewer" })).await.is_a_problem(409);
    world.patch(&path, json!({ "active": false })).await.is_a_problem(409);
    let changed = world.patch(&path, json!({ "teams": ["front-desk"], "capacity": 8 })).await.with(200);
    assert_eq!(
        (&changed["teams"], &changed["capacity"], &changed["role"]),
        (&json!(["front-desk"]), &json!(8), &json!("admin"))
    );

    let tom = json!({ "name": "Tom Berg", "email": "tom@hotel.example", "role": "admin" });
    world.post("/v1/staff", tom).await.with(201);
    let viewer = world.patch(&path, json!({ "role": "viewer" })).await.with(200);
    assert_eq!(viewer["role"], "viewer");
    assert_eq!(world.get("/v1/staff").await.with(200)["data"].as_array().unwrap().len(), 2);
    world.call(OTHER_TOKEN, "GET", &path, None).await.is_a_problem(404);
    assert_eq!(world.call(OTHER_TOKEN, "GET", "/v1/staff", None).await.with(200)["data"], json!([]));
    for (body, field) in [(json!({ "role": "owner" }), "role"), (json!({ "email": "x" }), "email")] {
        world.patch(&path, body).await.names(422, field);
    }
}
