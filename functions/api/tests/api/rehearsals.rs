//! Rehearsing a ladder: over a log that is handed in, and what is refused. (Over a real history: `tests/it/rehearsals.rs`.)

use serde_json::{Value, json};
use transom::domain::ladder::Ladder;

use crate::world::{OTHER_TOKEN, World};

const PATH: &str = "/v1/ladder/rehearse";

/// A question that is answered late, one in time, and one that is left.
const LOG: &str = r#"{"conversation":"a","at":"2026-03-01T09:00:00Z","from":"customer","country":"ES","language":"es"}
{"conversation":"a","at":"2026-03-02T15:00:00Z","from":"business"}
{"conversation":"a","at":"2026-03-02T19:00:00Z","from":"customer"}
{"conversation":"b","at":"2026-03-01T09:00:00Z","from":"customer","country":"DE"}
{"conversation":"b","at":"2026-03-01T09:10:00Z","from":"business"}
{"conversation":"c","at":"2026-03-01T20:00:00Z","from":"customer","country":"DE"}"#;

async fn with_templates() -> World {
    let world = World::new().await;
    let short = json!({ "approved": true, "body": "An answer is waiting.", "time_to_live_seconds": 3600 });
    for name in ["fallback", "answer_waiting"] {
        world.put(&format!("/v1/templates/{name}/en"), short.clone()).await.with(200);
    }
    world
}

fn counts(report: &Value) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row = |row: &Value| (text(&row["step"]), text(&row["way"]), row["count"].as_u64().unwrap());
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

fn expected(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    rows.iter().map(|(step, way, count)| ((*step).to_owned(), (*way).to_owned(), *count)).collect()
}

#[tokio::test]
async fn a_log_is_rehearsed_with_both_ladders_side_by_side() {
    let world = with_templates().await;
    let mut other = serde_json::to_value(Ladder::default()).unwrap();
    other["steps"] = json!([
        { "name": "early", "when": { "moment": "before_end", "minutes": 600 }, "only_if": ["customer_waits"],
          "do": { "action": "remind" } },
    ]);
    let body = json!({ "ladder": other, "log": LOG });
    let found = world.post(PATH, body).await.with(200);
    assert_eq!((&found["conversations"], &found["left_out"]), (&json!(3), &json!(0)), "{found}");
    assert_eq!(found["until"], "2026-03-06T19:00:00Z");
    let current =
        [("-", "free_form", 2), ("remind", "-", 2), ("holding-message", "free_form", 2), ("fallback", "template", 2)];
    assert_eq!(counts(&found["current"]), expected(&current), "the channel has no SMS");
    assert_eq!(counts(&found["rehearsed"]), expected(&[("-", "free_form", 2), ("early", "-", 2)]));
    for report in [&found["current"], &found["rehearsed"]] {
        let turns =
            json!({ "in_window": 1, "after_window": 1, "by_another_way": 0, "closed": 0, "never": 1, "open": 0 });
        assert_eq!(report["turns"], turns);
        assert_eq!(report["held"]["released"], 1);
        assert_eq!(report["answered"], json!({ "median_seconds": 600, "p95_seconds": 34 * 3600 }));
    }
    assert_eq!(found["current"]["cost"][0]["currency"], "USD");
    let template = &found["current"]["rows"][3];
    assert_eq!((&template["first"], &template["action"]), (&json!("2026-03-02T09:02:00Z"), &json!("send_template")));
    assert_eq!((&template["by_hour"][9], &template["by_hour"][20]), (&json!(1), &json!(1)));
    assert!(found["assumptions"][0].as_str().unwrap().contains("behave as they did"));
    // Nothing was stored.
    assert_eq!(world.rings(), 0);
    assert_eq!(world.get("/v1/jobs").await.with(200)["data"], json!([]));
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named() {
    let world = with_templates().await;
    let bad_log = format!("{LOG}\n{}", r#"{"conversation":"d","at":"yesterday","from":"customer"}"#);
    let mut ladder = serde_json::to_value(Ladder::default()).unwrap();
    ladder["steps"][2]["do"]["template"] = json!("unheard_of");
    let mut late = serde_json::to_value(Ladder::default()).unwrap();
    late["steps"][0]["when"]["minutes"] = json!(1440);
    let mut language = serde_json::to_value(Ladder::default()).unwrap();
    language["default_language"] = json!("English");
    for (body, field) in [
        (json!({ "log": bad_log }), "log[6].at"),
        (json!({ "log": "" }), "log"),
        (json!({ "log": " ".repeat(204_801) }), "log"),
        (json!({ "log": LOG, "from": "2026-03-01" }), "from"),
        (json!({ "log": LOG, "channel": "back-door" }), "channel"),
        (json!({ "channel": "front-desk" }), "channel"),
        (json!({ "ladder": ladder, "log": LOG }), "ladder.steps[2].do.template"),
        (json!({ "ladder": late }), "ladder.steps[0].when.minutes"),
        (json!({ "ladder": language }), "ladder.default_language"),
        (json!({ "ladder": { "steps": [{ "name": "x" }] } }), "ladder.steps[0].when"),
        (json!({ "from": "2026-3-1" }), "from"),
        (json!({ "from": "2026-03-02", "until": "2026-03-01" }), "until"),
        (json!({ "from": "2026-01-29", "until": "2026-03-01" }), "until"),
        (json!({ "from": "2026-03-03", "until": "2026-03-04" }), "from"),
        (json!({ "assume": { "template": "read", "comes_back_after_minutes": 0 } }), "assume.comes_back_after_minutes"),
        (json!({ "assume": { "template": "late" } }), "assume.template"),
        (json!({ "days": 3 }), "days"),
    ] {
        world.post(PATH, body).await.names(422, field);
    }
    // An account without history or channels.
    let nothing = world.call(OTHER_TOKEN, "POST", PATH, Some(json!({}))).await.with(200);
    assert_eq!((&nothing["conversations"], &nothing["current"]["rows"]), (&json!(0), &json!([])));
    world.call(OTHER_TOKEN, "POST", PATH, Some(json!({ "log": LOG }))).await.names(422, "log");
    world.post(PATH, json!({ "from": "2026-01-30", "until": "2026-03-01" })).await.with(200);
}

#[tokio::test]
async fn the_customer_comes_back_where_the_caller_says_so() {
    let world = with_templates().await;
    let body = json!({ "log": LOG, "assume": { "comes_back_after_minutes": 30 } });
    let found = world.post(PATH, body).await.with(200);
    assert_eq!(found["current"]["held"]["released"], 0, "they came back before it was written: {found}");
    assert_eq!(found["current"]["turns"]["after_window"], 1);
    assert_eq!(found["assumptions"].as_array().unwrap().len(), 5);
}
