//! Templates: from a draft to a provider's decision, and what becomes of them after that.

mod edits;
mod news;

use serde_json::{Value, json};
use transom::{
    app::jobs,
    domain::{access::token::ApiToken, template::library::library},
    seal::sha256_hex,
};

use crate::world::{ANA, CHANNEL, World};

fn draft() -> Value {
    json!({
        "category": "utility",
        "body": "Hello {{guest_name}}, your room {{room_number}} at our house is ready for you now.",
        "buttons": ["On my way"],
        "samples": { "guest_name": "Ms Rowan", "room_number": "214" },
        "time_to_live_seconds": 14400,
    })
}

impl World {
    pub async fn put_template(&self, path: &str, body: &Value) -> Value {
        let (status, shown) = self.api("PUT", &format!("/v1/templates/{path}"), body.clone()).await;
        assert_eq!(status, 200, "{shown}");
        shown
    }

    async fn submit(&self, path: &str) -> Value {
        let (status, asked) = self.api("POST", &format!("/v1/templates/{path}/submit"), json!({})).await;
        assert_eq!(status, 202, "{asked}");
        self.settle().await;
        asked
    }

    async fn template(&self, path: &str) -> Value {
        let (status, shown) = self.api("GET", &format!("/v1/templates/{path}"), Value::Null).await;
        assert_eq!(status, 200, "{shown}");
        shown
    }

    /// Where it stands at each provider, in the order of their names.
    async fn standings(&self, path: &str) -> Vec<String> {
        let shown = self.template(path).await;
        let mut standings: Vec<String> = shown["standings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| format!("{} {}", it["provider"].as_str().unwrap(), it["status"].as_str().unwrap()))
            .collect();
        standings.sort();
        standings
    }

    /// Looks at the providers' lists, as happens every hour.
    async fn look(&self) {
        // One look is one moment's.
        self.turn("PT1S").await;
        jobs::templates::begin(&self.parts, &self.account(), self.now()).await.unwrap();
        self.settle().await;
    }

    /// The provider's own id of a template at Meta.
    async fn meta_id(&self, path: &str) -> String {
        let shown = self.template(path).await;
        let standings = shown["standings"].as_array().unwrap();
        let meta = standings.iter().find(|it| it["provider"] == "meta").expect("it stands at Meta");
        meta["reference"].as_str().unwrap().to_owned()
    }

    async fn decide(&self, id: &str, what: Value) {
        self.outside_does("POST", &format!("/outside/templates/{id}"), what).await;
        self.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_submitted_reviewed_and_sent_at_both_providers() {
    let world = World::new().await;
    let path = "room_ready/en";
    let shown = world.put_template(path, &draft()).await;
    assert_eq!((&shown["status"], &shown["findings"]), (&json!("draft"), &json!([])), "{shown}");
    let content = json!({ "type": "template", "name": "room_ready", "values": { "room_number": "12" } });
    let body = |channel: &str| json!({ "channel": channel, "to": { "phone": format!("+{ANA}") }, "content": content });
    let (status, problem) = world.api("POST", "/v1/messages", body(CHANNEL)).await;
    assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("content.name")), "{problem}");

    world.submit(path).await;
    assert_eq!(world.standings(path).await, ["meta submitted", "twilio submitted"]);
    // Meta says by webhook what it decided, Twilio only when it is asked.
    world.turn("PT2M").await;
    assert_eq!(world.standings(path).await, ["meta approved", "twilio submitted"]);
    world.look().await;
    assert_eq!(world.standings(path).await, ["meta approved", "twilio approved"]);

    // The name is known of the customer, the room is given, the language is chosen.
    world.writes(ANA, "Hello").await;
    for channel in [CHANNEL, "demo-twilio"] {
        let id = world.send(body(channel)).await;
        world.settle().await;
        let it = world.get_message(id).await;
        assert_eq!(it["content"]["language"], "en");
        assert_eq!(it["rendered"], "Hello Guest 0111, your room 12 at our house is ready for you now.", "{it}");
        assert_eq!(it["state"], "read", "{it}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_turned_down_says_why_and_what_to_do_and_is_submitted_again() {
    let world = World::new().await;
    let path = "room_ready/en";
    let mut body = draft();
    body["body"] = json!("Hello {{guest_name}}, the casino beside room {{room_number}} is open for you now.");
    world.put_template(path, &body).await;
    world.submit(path).await;
    world.turn("PT2M").await;
    let shown = world.template(path).await;
    let meta = shown["standings"].as_array().unwrap().iter().find(|it| it["provider"] == "meta").unwrap();
    assert_eq!(meta["status"], "rejected", "{meta}");
    assert!(meta["reason"].as_str().unwrap().starts_with("abusive_content"), "{meta}");
    assert!(meta["advice"].as_str().unwrap().contains("submit it again"), "{meta}");
    let shown = world.put_template(path, &draft()).await;
    assert!(shown["draft"]["body"].as_str().unwrap().contains("your room"), "{shown}");
    // Twilio is still deciding on what it has.
    let (status, _) = world.api("POST", &format!("/v1/templates/{path}/submit"), json!({})).await;
    assert_eq!(status, 409);
    world.look().await;
    world.submit(path).await;
    world.turn("PT2M").await;
    world.look().await;
    assert_eq!(world.standings(path).await, ["meta approved", "twilio approved"]);
    assert!(world.template(path).await["body"].as_str().unwrap().contains("your room"));
    assert!(world.template(path).await.get("draft").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_be_refused_is_not_handed_in_and_each_field_is_named() {
    let world = World::new().await;
    let mut body = draft();
    body["body"] = json!("{{guest_name}} has a 20 % discount on the room");
    body["samples"] = json!({});
    let shown = world.put_template("room_ready/en", &body).await;
    assert!(!shown["findings"].as_array().unwrap().is_empty());
    let (status, problem) = world.api("POST", "/v1/templates/room_ready/en/submit", json!({})).await;
    assert_eq!(status, 422, "{problem}");
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert!(fields.contains(&"body") && fields.contains(&"samples.guest_name"), "{fields:?}");
    assert_eq!(world.template("room_ready/en").await["status"], "draft");
    // The same without storing anything.
    let (status, linted) = world
        .api("POST", "/v1/template-lint", json!({ "name": "room_ready", "language": "en", "template": body }))
        .await;
    assert_eq!(
        (status, linted["findings"].as_array().unwrap().len()),
        (200, shown["findings"].as_array().unwrap().len())
    );
    let other = json!({ "name": "x", "language": "en", "template": draft() });
    let (status, linted) = world.api("POST", "/v1/template-lint", other).await;
    assert_eq!((status, &linted["findings"]), (200, &json!([])), "{linted}");
    assert_eq!(world.api("GET", "/v1/templates/x/en", Value::Null).await.0, 404);
}

/// A provider decides by itself at any time: the plan goes by its newest word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_was_disabled_stays_in_and_the_ladder_goes_on_without_it() {
    let world = World::new().await;
    world.look().await;
    let id = world.meta_id("fallback/en").await;
    let other = world.meta_id("fallback/es").await;
    for id in [&id, &other] {
        world.decide(id, json!({ "status": "disabled" })).await;
    }
    assert!(world.standings("fallback/en").await.contains(&"meta disabled".to_owned()));
    world.writes(ANA, "Hello?").await;
    world.turn("PT24H3M").await;
    assert_eq!(world.templates_sent_to(ANA), 0);
    let template = world.window_template(ANA).await.unwrap();
    assert_eq!(world.get_message(template.id).await["reason"]["code"], "template_not_approved");
    assert_eq!(world.sms_sent_to(ANA).len(), 1, "the ladder's next step");
    // Another language that may go out is better than none.
    world.writes(ANA, "Hello again?").await;
    world.decide(&other, json!({ "status": "approved" })).await;
    world.turn("PT24H3M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quality_and_category_are_followed_from_webhooks_and_from_the_list() {
    let world = World::new().await;
    world.look().await;
    let path = "welcome/en";
    let id = world.meta_id(path).await;
    world.decide(&id, json!({ "quality": "yellow" })).await;
    world.decide(&id, json!({ "category": "marketing", "announce": true })).await;
    let meta = |shown: Value| {
        shown["standings"].as_array().unwrap().iter().find(|it| it["provider"] == "meta").unwrap().clone()
    };
    let it = meta(world.template(path).await);
    assert_eq!((&it["quality"], &it["next_category"]), (&json!("yellow"), &json!("marketing")), "{it}");
    world.turn("PT25H").await;
    let it = meta(world.template(path).await);
    assert_eq!((&it["category"], it.get("next_category")), (&json!("marketing"), None), "{it}");
    world.outside_does("POST", &format!("/outside/templates/{id}"), json!({ "status": "disabled" })).await;
    world.settle().await;
    assert!(world.standings(path).await.contains(&"meta disabled".to_owned()));
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    assert_eq!(parked["data"], json!([]));
}

/// Protection: a template that nobody here knows is taken from the provider's list, and looking again changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_exists_at_a_provider_is_imported_once() {
    let world = World::new().await;
    world.put_template("room_ready/en", &draft()).await;
    world.submit("room_ready/en").await;
    world.turn("PT2M").await;
    world.look().await;
    // As on the first day of an installation beside an older one.
    world.parts.store.remove_template(&world.account(), "room_ready", "en").await.unwrap();
    world.look().await;
    let shown = world.template("room_ready/en").await;
    assert_eq!(shown["status"], "approved", "{shown}");
    assert_eq!(shown["variables"], json!(["guest_name", "room_number"]), "{shown}");
    let rev = |shown: &Value| shown["standings"][0]["since"].clone();
    world.turn("PT1H").await;
    world.look().await;
    assert_eq!(rev(&world.template("room_ready/en").await), rev(&shown), "nothing new, nothing written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_somebody_else_must_agree_nothing_is_handed_in_before() {
    let world = World::new().await;
    let (status, _) = world.api("PUT", "/v1/template-rules", json!({ "must_be_agreed": true })).await;
    assert_eq!(status, 200);
    world.put_template("room_ready/en", &draft()).await;
    let asked = world.submit("room_ready/en").await;
    assert_eq!(asked["job"], Value::Null);
    assert_eq!(world.template("room_ready/en").await["status"], "proposed");
    assert_eq!(world.standings("room_ready/en").await, [""; 0]);
    let (status, problem) = world.api("POST", "/v1/templates/room_ready/en/agree", json!({})).await;
    assert_eq!(status, 409, "{problem}");
    let (status, declined) = world.api("POST", "/v1/templates/room_ready/en/decline", json!({})).await;
    assert_eq!((status, &declined["status"]), (200, &json!("draft")));
    world.submit("room_ready/en").await;
    let hash = sha256_hex(b"a manager's");
    let token = ApiToken::for_everything(&hash, "a manager's", world.parts.now());
    world.parts.store.add_token(&world.account(), &hash, &token).await.unwrap();
    let agree = world.http("POST", "/v1/templates/room_ready/en/agree").bearer_auth("a manager's");
    let agreed = agree.send().await.unwrap();
    assert_eq!(agreed.status(), 202);
    world.settle().await;
    assert_eq!(world.standings("room_ready/en").await, ["meta submitted", "twilio submitted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_call_installs_the_library_and_submits_it() {
    let world = World::new().await;
    let (status, _) = world.api("PUT", "/v1/template-rules", json!({ "languages": ["en", "de", "sv"] })).await;
    assert_eq!(status, 200);
    let (status, done) = world.api("POST", "/v1/template-library/install", json!({})).await;
    assert_eq!(status, 202, "{done}");
    // Two of them are the demo's already, in English.
    assert_eq!(done["kept"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!(done["installed"].as_array().unwrap().len(), library().len() * 3 - 2);
    world.settle().await;
    world.turn("PT2M").await;
    world.look().await;
    for it in library() {
        for language in ["de", "sv"] {
            let path = format!("{}/{language}", it.name);
            assert_eq!(world.standings(&path).await, ["meta approved", "twilio approved"], "{path}");
        }
    }
    let (_, overview) = world.api("GET", "/v1/templates/room_ready", Value::Null).await;
    assert_eq!(overview["missing_languages"], json!([]), "{overview}");
    assert_eq!(overview["fallback_order"], json!(["en", "de", "sv"]), "{overview}");
    // Again, everything is there.
    let (_, again) = world.api("POST", "/v1/template-library/install", json!({})).await;
    assert_eq!((&again["installed"], &again["job"]), (&json!([]), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_is_what_the_customer_then_sees() {
    let world = World::new().await;
    world.put_template("room_ready/en", &draft()).await;
    let preview = async |body: Value| {
        let (status, shown) = world.api("POST", "/v1/templates/room_ready/en/preview", body).await;
        assert_eq!(status, 200, "{shown}");
        shown
    };
    let shown = preview(json!({ "samples": true })).await;
    assert_eq!(shown["body"], "Hello Ms Rowan, your room 214 at our house is ready for you now.");
    assert_eq!((&shown["buttons"], shown.get("problem")), (&json!(["On my way"]), None));
    let shown = preview(json!({ "values": { "room_number": "12" } })).await;
    assert!(shown["problem"].as_str().unwrap().contains("guest_name"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_forgotten_everywhere_unless_the_ladder_needs_it() {
    let world = World::new().await;
    world.look().await;
    let (status, problem) = world.api("DELETE", "/v1/templates/fallback", Value::Null).await;
    assert_eq!(status, 409, "{problem}");
    let id = world.meta_id("welcome/es").await;
    let (status, removed) = world.api("DELETE", "/v1/templates/welcome/es", Value::Null).await;
    assert_eq!((status, &removed["removed"]), (200, &json!(["es"])));
    let (status, _) = world.api("GET", "/v1/templates/welcome/es", Value::Null).await;
    assert_eq!(status, 404);
    let gone = world.outside_asks(&format!("/outside/templates/{id}")).await;
    assert!(gone.get("body").is_none(), "{gone}");
    world.look().await;
    let (status, _) = world.api("GET", "/v1/templates/welcome/es", Value::Null).await;
    assert_eq!(status, 404, "it does not come back");
}
