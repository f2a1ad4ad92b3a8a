//! What the API says of templates that would not be approved, or could not be sent.

use serde_json::{Value, json};
use transom::domain::ladder::Ladder;

use crate::world::{ANA, World};

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// Mistakes of a draft are the linter's to tell, with the rule and who says so; a draft may have them, and is not handed in.
#[tokio::test]
async fn a_draft_with_mistakes_is_stored_with_its_findings() {
    let world = World::new().await;
    let wrong = [
        ("body", json!("Hello {{Guest Name}}, your room is ready for you now."), "body", "variable_name"),
        ("buttons", json!(["An answer of far too many letters"]), "buttons[0]", "label_length"),
        ("buttons", json!((0..11).map(|n| format!("Number {n}")).collect::<Vec<_>>()), "buttons", "button_count"),
        ("samples", json!({ "guest_name": "Ana\nSilva" }), "samples.guest_name", "sample_layout"),
        ("header", json!({ "type": "text", "text": "" }), "header.text", "header_length"),
        ("body", json!(" "), "body", "body_length"),
        ("time_to_live_seconds", json!(1), "time_to_live_seconds", "time_to_live"),
        ("header", json!({ "type": "location" }), "header", "location_header"),
        ("buttons", json!([{ "type": "copy_code", "example": "SUN20" }]), "buttons[0]", "copy_code_button"),
        ("body", json!("Hello {{guest_name}}, your \u{202E} room is ready now."), "body", "control_characters"),
    ];
    for (changed, value, field, rule) in wrong {
        let draft = json!({
            "body": "Hello {{guest_name}}, your room is ready for you now.",
            "samples": { "guest_name": "Ana Silva" },
            "time_to_live_seconds": 3600,
        });
        let draft = with(draft, changed, value);
        let body = json!({ "name": "room_ready", "language": "en", "template": draft });
        let linted = world.post("/v1/template-lint", body).await.with(200);
        let stored = world.put("/v1/templates/room_ready/en", draft).await.with(200);
        for findings in [&linted["findings"], &stored["findings"]] {
            let is_it = |it: &Value| it["field"] == field && it["rule"] == rule && it["source"].is_string();
            assert!(findings.as_array().unwrap().iter().any(is_it), "{field} {rule}: {findings}");
        }
        world.post("/v1/templates/room_ready/en/submit", json!({})).await.is_a_problem(422);
    }
}

#[tokio::test]
async fn the_library_lists_the_sms_invitation_which_is_no_template() {
    let world = World::new().await;
    let listed = world.get("/v1/template-library").await.with(200);
    let listed = listed["data"].as_array().unwrap();
    assert!(listed.iter().all(|it| it["kind"] == "template" || it["kind"] == "sms_text"), "{listed:?}");
    let it = listed.iter().find(|it| it["kind"] == "sms_text").unwrap();
    assert_eq!((&it["name"], &it["group"]), (&json!("sms_invitation"), &json!("fallback")));
    let ladder = serde_json::to_value(Ladder::default()).unwrap();
    for language in ["de", "es", "fr", "pt_BR", "sv"] {
        assert_eq!(it["languages"][language], ladder["steps"][4]["do"]["languages"][language]);
    }
    assert_eq!(it["languages"]["en"], ladder["steps"][4]["do"]["text"]);
    let names = json!({ "names": ["sms_invitation"] });
    world.post("/v1/template-library/install", names).await.names(422, "names[0]");
}

/// What is approved elsewhere may have what cannot be filled here.
#[tokio::test]
async fn a_template_with_a_place_is_refused_before_it_is_sent() {
    let world = World::new().await;
    let template = json!({ "approved": true, "body": "This is the way.", "header": { "type": "location" } });
    world.put("/v1/templates/the_way/en", template).await.with(200);
    let content = json!({ "type": "template", "name": "the_way", "language": "en" });
    let body = json!({ "channel": "front-desk", "to": { "phone": ANA }, "content": content });
    let refused = world.post("/v1/messages", body).await;
    assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("(header)"), "{}", refused.body);
    refused.names(422, "content.name");
}
