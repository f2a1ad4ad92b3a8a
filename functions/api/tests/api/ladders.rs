//! The ladder with what it needs: templates in every language, prices, and what a plan says of both.

use serde_json::{Value, json};

use crate::world::{ANA, OTHER_TOKEN, TOKEN, World};

fn approved(body: &str) -> Value {
    json!({ "approved": true, "body": body, "time_to_live_seconds": 3600 })
}

#[tokio::test]
async fn a_ladder_needs_its_templates_in_every_language_of_the_account() {
    let world = World::new().await;
    let ladder = json!({ "steps": [{ "name": "fallback", "when": { "moment": "at_end" },
        "do": { "action": "send_template", "template": "fallback" } }] });
    world.put("/v1/ladder", ladder.clone()).await.names(422, "steps[0].do.template");
    world.put("/v1/templates/fallback/en", approved("We are sorry.")).await.with(200);
    world.put("/v1/ladder", ladder.clone()).await.with(200);
    let rules = json!({ "languages": ["en", "es"], "must_be_agreed": false });
    assert_eq!(world.put("/v1/template-rules", rules.clone()).await.with(200), rules);
    assert_eq!(world.get("/v1/template-rules").await.with(200), rules);
    world.put("/v1/ladder", ladder.clone()).await.names(422, "steps[0].do.template");
    let shown = world.get("/v1/templates/fallback").await.with(200);
    assert_eq!(shown["missing_languages"], json!(["es"]));
    world.put("/v1/templates/fallback/es", approved("Lo sentimos.")).await.with(200);
    world.put("/v1/ladder", ladder).await.with(200);
    // What the ladder needs stays.
    world.call(TOKEN, "DELETE", "/v1/templates/fallback/es", None).await.is_a_problem(409);
    world.put("/v1/template-rules", json!({ "languages": ["en", "en"] })).await.names(422, "languages[1]");
    world.put("/v1/template-rules", json!({ "languages": ["english"] })).await.names(422, "languages[0]");
}

#[tokio::test]
async fn a_ladder_that_makes_no_sense_names_the_field_and_the_reason() {
    let world = World::new().await;
    let step = |when: Value, action: Value| json!({ "steps": [{ "name": "x", "when": when, "do": action }] });
    let at_end = || json!({ "moment": "at_end" });
    let with = |mut ladder: Value, field: &str, value: Value| {
        ladder[field] = value;
        ladder
    };
    for (ladder, field) in [
        (step(at_end(), json!({ "action": "holding_message", "text": "x" })), "steps[0].do.action"),
        (step(at_end(), json!({ "action": "sms_invite", "text": "Escríbanos:" })), "steps[0].do.text"),
        (step(at_end(), json!({ "action": "notify", "note": "" })), "steps[0].do.note"),
        (step(json!({ "moment": "at_dawn" }), json!({ "action": "remind" })), "steps[0].when.moment"),
        (
            with(
                step(at_end(), json!({ "action": "remind" })),
                "business_hours",
                json!({ "time_zone": "Mars/Olympus", "weekly": {} }),
            ),
            "business_hours",
        ),
    ] {
        world.put("/v1/ladder", ladder).await.names(422, field);
    }
}

#[tokio::test]
async fn a_plan_says_what_it_costs_by_the_accounts_own_prices() {
    let world = World::new().await;
    let content = json!({ "type": "template", "name": "welcome", "values": { "guest": "Ana" } });
    let body = json!({ "channel": "front-desk", "to": { "phone": ANA }, "content": content });
    let plan = world.call(TOKEN, "POST", "/v1/plan", Some(body.clone())).await.with(200);
    assert_eq!((&plan["plan"], &plan["cost"]["amount"]["currency"]), (&json!("go"), &json!("USD")), "{plan}");

    let mut prices = world.get("/v1/prices").await.with(200);
    prices["as_of"] = json!("nonsense");
    world.put("/v1/prices", prices.clone()).await.names(422, "as_of");
    prices["as_of"] = json!("2026-11-01");
    for line in prices["whatsapp"].as_array_mut().unwrap() {
        if line.get("utility").is_some() {
            line["utility"] = json!("0.9");
        }
    }
    assert_eq!(world.put("/v1/prices", prices.clone()).await.with(200), prices);
    let plan = world.call(TOKEN, "POST", "/v1/plan", Some(body.clone())).await.with(200);
    assert_eq!(plan["cost"]["amount"]["amount"], "0.90", "{plan}");
    // Another account's prices are its own, and the embedded list comes back.
    assert_ne!(world.call(OTHER_TOKEN, "GET", "/v1/prices", None).await.with(200), prices);
    world.call(TOKEN, "DELETE", "/v1/prices", None).await.with(200);
    let plan = world.call(TOKEN, "POST", "/v1/plan", Some(body)).await.with(200);
    assert_ne!(plan["cost"]["amount"]["amount"], "0.90");
}

/// An account that stored none has the default ladder, which sends a template as well.
#[tokio::test]
async fn what_the_default_ladder_sends_stays_too() {
    let world = World::new().await;
    world.put("/v1/templates/fallback/en", approved("We are sorry.")).await.with(200);
    world.put("/v1/templates/other/en", approved("We are glad.")).await.with(200);
    let shown = world.get("/v1/ladder").await.with(200);
    assert!(shown["steps"].to_string().contains("\"fallback\""), "{shown}");
    world.call(TOKEN, "DELETE", "/v1/templates/fallback/en", None).await.is_a_problem(409);
    world.call(TOKEN, "DELETE", "/v1/templates/fallback", None).await.is_a_problem(409);
    world.call(TOKEN, "DELETE", "/v1/templates/other/en", None).await.with(200);
}
