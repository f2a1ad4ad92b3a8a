//! Nothing crosses accounts: whatever is asked for by whom, with whosever ids, by every route.

use std::collections::BTreeSet;

use api::{Route, Verb};
use aws_sdk_dynamodb::types::AttributeValue;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};

use crate::world::{OTHER_TOKEN, TOKEN, World, channel, text_to};

/// Operations in this test; `.ci/nightly isolation` has a hundred thousand.
const USUAL: usize = 3_000;

#[expect(clippy::disallowed_methods, reason = "it is about this test alone")]
fn operations() -> usize {
    std::env::var("ISOLATION_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL)
}

/// What one account has: ids by the resource that they stand under.
#[derive(Debug, Default)]
struct Own {
    ids: Vec<(&'static str, String)>,
}

impl Own {
    fn some(&self, resource: &str, chance: &mut SmallRng) -> Option<String> {
        let all: Vec<&String> = self.ids.iter().filter(|(of, _)| *of == resource).map(|(_, id)| id).collect();
        (!all.is_empty()).then(|| all[chance.random_range(0..all.len())].clone())
    }
}

impl World {
    /// Fills an account with a bit of everything; all that is written in it has the account's mark.
    async fn furnish(&self, token: &str, mark: &str) -> Own {
        let mut own = Own::default();
        let call = async |method: &str, path: &str, body: Value| self.call(token, method, path, Some(body)).await;
        let mut settings = channel();
        settings["display_name"] = json!(mark);
        call("PUT", "/v1/channels/front-desk", settings).await.with(200);
        let template = json!({ "approved": true, "body": format!("Hello {mark}"), "time_to_live_seconds": 3600 });
        call("PUT", "/v1/templates/welcome/en", template).await.with(200);
        let texts = json!({ "en": { "wording": mark, "message": mark } });
        let link = json!({ "channel": "front-desk", "source": mark, "purposes": ["marketing"], "texts": texts });
        call("PUT", "/v1/opt-in-links/lobby", link).await.with(200);
        own.ids.push(("opt-in-links", "lobby".to_owned()));
        for number in 0..4 {
            let phone = format!("+1650555{}{number:03}", if token == TOKEN { 1 } else { 2 });
            let contact =
                call("POST", "/v1/contacts", json!({ "phone": phone, "name": format!("{mark} {number}") })).await;
            let contact = contact.with(201)["id"].as_str().unwrap().to_owned();
            let notes = format!("/v1/contacts/{contact}/notes");
            call("POST", &notes, json!({ "text": format!("{mark} note") })).await.with(201);
            own.ids.push(("contacts", contact));
            let body = text_to(&json!({ "phone": phone }), &format!("{mark} says {number}"));
            let sent = call("POST", "/v1/messages", body).await.with(202);
            let conversation = sent["conversation"].as_str().unwrap().to_owned();
            own.ids.push(("messages", sent["id"].as_str().unwrap().to_owned()));
            let notes = format!("/v1/conversations/{conversation}/notes");
            call("POST", &notes, json!({ "text": format!("{mark} note") })).await.with(201);
            let requests = format!("/v1/conversations/{conversation}/requests");
            let asked = call("POST", &requests, json!({ "kind": mark })).await.with(201);
            own.ids.push(("requests", asked["id"].as_str().unwrap().to_owned()));
            own.ids.push(("conversations", conversation));
            let staff = json!({ "name": mark, "email": format!("{mark}{number}@hotel.example"), "role": "admin" });
            own.ids
                .push(("staff", call("POST", "/v1/staff", staff).await.with(201)["id"].as_str().unwrap().to_owned()));
            let made = call("POST", "/v1/tokens", json!({ "name": mark, "scopes": ["read"] })).await.with(201);
            own.ids.push(("tokens", made["id"].as_str().unwrap().to_owned()));
            let import = self.call(token, "POST", "/v1/imports", None).await.with(201);
            own.ids.push(("imports", import["id"].as_str().unwrap().to_owned()));
            let job = self.call(token, "POST", "/v1/contacts/export", None).await.with(202);
            own.ids.push(("jobs", job["id"].as_str().unwrap().to_owned()));
        }
        own
    }

    /// Every row of an account, as text.
    async fn rows_of(&self, account: &str) -> BTreeSet<String> {
        let prefix = format!("A#{account}#");
        let mut rows = BTreeSet::new();
        for table in ["transom", "transom-contacts"] {
            let mut after = None;
            loop {
                let scan = self.dynamo().scan().table_name(table).set_exclusive_start_key(after);
                let page = scan.send().await.unwrap();
                for row in page.items.unwrap_or_default() {
                    let AttributeValue::S(pk) = &row["pk"] else { continue };
                    if pk.starts_with(&prefix) {
                        let sorted: std::collections::BTreeMap<_, _> = row.into_iter().collect();
                        rows.insert(format!("{sorted:?}"));
                    }
                }
                after = page.last_evaluated_key;
                if after.is_none() {
                    break;
                }
            }
        }
        rows
    }
}

/// An address of a route with ids of either account in it.
fn address(route: &Route, of: [&Own; 2], chance: &mut SmallRng) -> String {
    let mut path = String::new();
    let mut resource = String::new();
    for segment in route.path.split('/').skip(1) {
        path.push('/');
        let own = of[chance.random_range(0..2)];
        let word = match segment {
            "{id}" => own.some(&resource, chance).unwrap_or_else(|| "front-desk".to_owned()),
            "{name}" => "welcome".to_owned(),
            "{language}" => "en".to_owned(),
            "{number}" => "1".to_owned(),
            "{line}" | "{note}" => "x".to_owned(),
            "{request}" => own.some("requests", chance).unwrap_or_default(),
            plain => {
                plain.clone_into(&mut resource);
                plain.to_owned()
            }
        };
        path.push_str(&word);
    }
    match path.as_str() {
        "/v1/contacts" if route.method == Verb::Get => {
            ["/v1/contacts?q=mark", "/v1/contacts?q=000", "/v1/contacts?phone=%2B16505552000"]
                [chance.random_range(0..3)]
            .to_owned()
        }
        "/v1/suppressions" if route.method == Verb::Delete => "/v1/suppressions?phone=%2B16505552000".to_owned(),
        _ => path,
    }
}

/// A body that some of the routes take, with ids of either account.
fn body(of: [&Own; 2], mark: &str, chance: &mut SmallRng) -> Value {
    let own = of[chance.random_range(0..2)];
    let id = |resource: &str, chance: &mut SmallRng| json!(own.some(resource, chance));
    let conversation = id("conversations", chance);
    match chance.random_range(0..18) {
        0 => json!({ "contact": id("contacts", chance) }),
        1 => text_to(&json!({ "conversation": conversation }), mark),
        2 => text_to(&json!({ "contact": id("contacts", chance) }), mark),
        3 => json!({ "change": "assign", "to": id("staff", chance) }),
        4 => json!({ "name": mark }),
        5 => json!({ "order": [id("messages", chance)] }),
        6 => json!({ "text": format!("@[{}] {mark}", own.some("staff", chance).unwrap_or_default()) }),
        7 => json!({ "choice": "out", "how": "api" }),
        8 => json!({ "content": { "type": "text", "body": mark } }),
        9 => json!({ "said": "online" }),
        10 => json!({ "conversation": conversation }),
        11 => json!({ "parts": 1 }),
        12 => json!({ "addresses": [{ "phone": "+16505552001" }] }),
        13 => json!({ "to": { "contact": id("contacts", chance) }, "basis": "booking" }),
        14 => {
            let texts = json!({ "en": { "wording": mark, "message": mark } });
            json!({ "channel": "front-desk", "source": mark, "purposes": ["marketing"], "texts": texts })
        }
        15 => json!({ "kind": mark, "note": mark }),
        16 => json!({ "status": "done" }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn whoever_asks_for_whatever_sees_and_changes_nothing_of_another_account() {
    let operations = operations();
    let world = World::empty().await;
    let marks = ["markdemo", "markother"];
    let own = [world.furnish(TOKEN, marks[0]).await, world.furnish(OTHER_TOKEN, marks[1]).await];
    let of = [&own[0], &own[1]];
    let routes = api::routes();
    let mut chance = SmallRng::seed_from_u64(operations as u64);
    let mut answered = 0;
    for (who, token) in [TOKEN, OTHER_TOKEN].into_iter().enumerate() {
        let other = 1 - who;
        let account = ["demo", "other"][other];
        let before = world.rows_of(account).await;
        assert!(before.len() > 30, "there is something to be touched");
        for _ in 0..operations / 2 {
            let route = routes[chance.random_range(0..routes.len())];
            let path = address(&route, of, &mut chance);
            let body =
                (route.method != Verb::Get && route.method != Verb::Delete).then(|| body(of, marks[who], &mut chance));
            let method = format!("{:?}", route.method).to_uppercase();
            let answer = world.call(token, &method, &path, body).await;
            let told = answer.body.to_string();
            assert!(!told.contains(marks[other]), "{method} {path} of {}: {told}", marks[who]);
            assert!(answer.status.as_u16() != 500, "{method} {path}: {told}");
            answered += usize::from(answer.status.is_success());
            world.turn(jiff::SignedDuration::from_millis(50));
        }
        let after = world.rows_of(account).await;
        let changed: Vec<_> = before.symmetric_difference(&after).take(3).collect();
        assert!(changed.is_empty(), "{account} was changed by {}: {changed:?}", marks[who]);
    }
    assert!(answered > operations / 10, "most operations did nothing: {answered} of {operations}");
}
