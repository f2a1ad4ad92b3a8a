//! Edits of what is approved: here, and at a provider. What is approved goes out until something better is.

use serde_json::{Value, json};
use transom::domain::channel::SecretName;

use super::draft;
use crate::{
    events::Subscriber,
    world::{ANA, CHANNEL, World},
};

const PATH: &str = "room_ready/en";
const EDITED: &str = "Good day {{guest_name}}, your room {{room_number}} waits for you from now on.";

fn edited() -> Value {
    let mut body = draft();
    body["body"] = json!(EDITED);
    body
}

impl World {
    /// A template that both providers approved.
    async fn approved(&self) {
        self.put_template(PATH, &draft()).await;
        self.submit(PATH).await;
        self.turn("PT2M").await;
        self.look().await;
        assert_eq!(self.standings(PATH).await, ["meta approved", "twilio approved"]);
    }

    /// Whether the template leaves as it is, and what the customer reads.
    async fn reads(&self) -> String {
        let content = json!({ "type": "template", "name": "room_ready", "values": { "room_number": "12" } });
        let body = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "content": content });
        let id = self.send(body).await;
        self.settle().await;
        let it = self.get_message(id).await;
        assert_eq!(it["state"], "read", "{it}");
        it["rendered"].as_str().unwrap().to_owned()
    }

    fn meta_credentials(&self) -> &SecretName {
        let channels = &self.local.demo.channels;
        &channels.iter().find(|channel| channel.id.to_string() == CHANNEL).expect("it is the demo's").credentials
    }

    fn meta_token(&self) -> String {
        self.local.demo.secrets().first(&self.account(), self.meta_credentials()).expect("it has a token")
    }

    fn set_meta_token(&self, token: &str) {
        self.local.demo.secrets().put(&self.account(), self.meta_credentials(), &[token]);
    }

    /// Meta's side of it, as the stand-in holds it.
    async fn at_meta(&self) -> Value {
        self.outside_asks(&format!("/outside/templates/{}", self.meta_id(PATH).await)).await
    }

    /// Somebody edits it at Meta, and a reviewer approves that.
    async fn is_edited_at_meta(&self, components: Value, format: &str) {
        let id = self.meta_id(PATH).await;
        let bearer = format!("Bearer {}", self.meta_token());
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let body = json!({ "components": components, "parameter_format": format }).to_string().into_bytes();
        let (status, answer) = self.outside.call("POST", &format!("/meta/v23.0/{id}"), &headers, body).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        self.turn("PT2M").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_is_proposed_leaves_what_is_approved_alone() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.approved().await;
    world.api("PUT", "/v1/template-rules", json!({ "must_be_agreed": true })).await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["template.changed"] })).await;
    world.put_template(PATH, &edited()).await;
    world.submit(PATH).await;
    let shown = world.template(PATH).await;
    assert_eq!((&shown["status"], &shown["draft_status"]), (&json!("approved"), &json!("proposed")), "{shown}");
    assert_eq!(crm.posted().await.last().unwrap().1["data"]["template"]["status"], "proposed");
    let mut other = edited();
    other["body"] = json!("Dear {{guest_name}}, your room {{room_number}} is at your service from now on.");
    let shown = world.put_template(PATH, &other).await;
    assert_eq!((&shown["status"], &shown["draft"]["body"]), (&json!("approved"), &other["body"]), "{shown}");
    assert_eq!(shown["body"], draft()["body"]);
    world.look().await;
    assert_eq!(world.template(PATH).await["body"], draft()["body"], "nobody has agreed");
    assert!(world.reads().await.contains("is ready for you now"));
    // Nor is what is declared as approved gone while its edit waits.
    let declared = json!({ "approved": true, "body": "Nobody is here just now.", "time_to_live_seconds": 3600 });
    world.put_template("note/en", &declared).await;
    world.put_template("note/en", &json!({ "body": "Nobody at all is here just now." })).await;
    world.submit("note/en").await;
    assert_eq!(world.template("note/en").await["status"], "approved");
    let (_, declined) = world.api("POST", "/v1/templates/note/en/decline", json!({})).await;
    assert_eq!((&declined["status"], &declined["approved"]), (&json!("approved"), &json!(true)), "{declined}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_a_provider_refuses_stays_a_draft_with_the_reason() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.approved().await;
    world.put_template(PATH, &edited()).await;
    world.submit(PATH).await;
    world.turn("PT2M").await;
    world.look().await;
    assert_eq!(world.template(PATH).await["body"], EDITED);
    // Meta takes one edit in 24 hours.
    world.put_template(PATH, &draft()).await;
    world.submit(PATH).await;
    for _ in 0..2 {
        let shown = world.template(PATH).await;
        assert_eq!((&shown["status"], &shown["body"]), (&json!("approved"), &json!(EDITED)), "{shown}");
        assert_eq!(shown["draft"]["body"], draft()["body"]);
        assert!(shown["draft_refused"].as_str().unwrap().contains("once in 24 hours"), "{shown}");
        assert_eq!(world.standings(PATH).await, ["meta approved", "twilio approved"]);
        world.look().await;
    }
    assert!(world.reads().await.contains("waits for you from now on"));
    // A day later it is taken.
    world.turn("PT25H").await;
    world.submit(PATH).await;
    world.turn("PT2M").await;
    world.look().await;
    let shown = world.template(PATH).await;
    assert_eq!((&shown["status"], &shown["body"]), (&json!("approved"), &draft()["body"]), "{shown}");
    assert_eq!((shown.get("draft"), shown.get("draft_refused")), (None, None), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_time_to_live_alone_is_handed_in() {
    let world = World::new().await;
    world.approved().await;
    let mut body = draft();
    body["time_to_live_seconds"] = json!(3600);
    world.put_template(PATH, &body).await;
    world.submit(PATH).await;
    assert_eq!(world.at_meta().await["time_to_live_seconds"], 3600);
    world.turn("PT2M").await;
    world.look().await;
    assert_eq!(world.template(PATH).await["time_to_live_seconds"], 3600);
    assert_eq!(world.standings(PATH).await, ["meta approved", "twilio approved"]);
}

/// Meta changes the category of what is approved by itself, and lets nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_category_alone_is_asked_for_and_the_refusal_is_told() {
    let world = World::new().await;
    world.approved().await;
    let mut body = draft();
    body["category"] = json!("marketing");
    body["time_to_live_seconds"] = json!(86_400);
    world.put_template(PATH, &body).await;
    world.submit(PATH).await;
    let shown = world.template(PATH).await;
    assert_eq!((&shown["category"], &shown["draft"]["category"]), (&json!("utility"), &json!("marketing")), "{shown}");
    assert!(shown["draft_refused"].is_string(), "{shown}");
    // What Meta chose by itself is no wish of anybody's: another text is handed in as it is there.
    world.decide(&world.meta_id(PATH).await, json!({ "category": "marketing" })).await;
    world.put_template(PATH, &edited()).await;
    world.submit(PATH).await;
    world.turn("PT2M").await;
    world.look().await;
    let shown = world.template(PATH).await;
    assert_eq!((&shown["body"], &shown["status"]), (&json!(EDITED), &json!("approved")), "{shown}");
    assert_eq!(world.at_meta().await["category"], "marketing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_was_made_at_the_provider_is_taken_over() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.approved().await;
    let example = json!({ "body_text": [["Ana", "12"]] });
    let body = "Your room is ready for you now, {{1}}: it is number {{2}} on the left.";
    world.is_edited_at_meta(json!([{ "type": "BODY", "text": body, "example": example }]), "POSITIONAL").await;
    // Meta says so by webhook: nobody waits for the hour.
    let shown = world.template(PATH).await;
    assert_eq!(
        shown["body"],
        "Your room is ready for you now, {{guest_name}}: it is number {{room_number}} on the left."
    );
    assert_eq!((&shown["buttons"], &shown["time_to_live_seconds"]), (&json!([]), &json!(14_400)), "{shown}");
    assert!(world.reads().await.contains("it is number 12 on the left"));
    // What stays as it is at the other provider does not come back.
    world.look().await;
    assert_eq!(world.template(PATH).await["body"], shown["body"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_other_variables_it_is_named_as_an_import_is() {
    let world = World::new().await;
    world.approved().await;
    let example = json!({ "body_text": [["12"]] });
    let body = "Your room at our house is ready for you now: it is number {{1}} on the left.";
    world.is_edited_at_meta(json!([{ "type": "BODY", "text": body, "example": example }]), "POSITIONAL").await;
    world.look().await;
    let shown = world.template(PATH).await;
    assert_eq!((&shown["variables"], &shown["samples"]), (&json!(["value_1"]), &json!({ "value_1": "12" })), "{shown}");
    assert_eq!(shown["parameters"], "positional");
    let (_, preview) =
        world.api("POST", &format!("/v1/templates/{PATH}/preview"), json!({ "values": { "value_1": "7" } })).await;
    assert_eq!(preview["body"], "Your room at our house is ready for you now: it is number 7 on the left.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_turned_down_is_not_handed_in_as_it_is() {
    let world = World::new().await;
    let mut body = draft();
    body["body"] = json!("Hello {{guest_name}}, the casino beside room {{room_number}} is open for you now.");
    world.put_template(PATH, &body).await;
    world.submit(PATH).await;
    world.turn("PT2M").await;
    world.look().await;
    let (status, problem) = world.api("POST", &format!("/v1/templates/{PATH}/submit"), json!({})).await;
    assert_eq!(status, 409, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("change it first"), "{problem}");
}

/// Meta deletes nothing that it disabled; here it can be forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_disabled_is_forgotten_and_does_not_come_back() {
    let world = World::new().await;
    world.approved().await;
    world.put_template("room_waits/en", &edited()).await;
    world.submit("room_waits/en").await;
    world.turn("PT2M").await;
    for (path, is_known) in [(PATH, true), ("room_waits/en", false)] {
        let id = world.meta_id(path).await;
        world.outside_does("POST", &format!("/outside/templates/{id}"), json!({ "status": "disabled" })).await;
        if is_known {
            world.settle().await;
        }
        let (status, removed) = world.api("DELETE", &format!("/v1/templates/{path}"), Value::Null).await;
        assert_eq!(status, 200, "{removed}");
        world.look().await;
        assert_eq!(world.api("GET", &format!("/v1/templates/{path}"), Value::Null).await.0, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_before_a_failure_is_noted() {
    let world = World::new().await;
    world.approved().await;
    let good = world.meta_token();
    world.set_meta_token("a wrong one");
    let (status, problem) = world.api("DELETE", &format!("/v1/templates/{PATH}"), Value::Null).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(world.standings(PATH).await, ["meta approved", "twilio missing"]);
    world.set_meta_token(&good);
    let (status, problem) = world.api("DELETE", &format!("/v1/templates/{PATH}"), Value::Null).await;
    assert_eq!(status, 200, "{problem}");
}
