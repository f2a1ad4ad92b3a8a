//! Reports come from the history alone, agree with it, and show a later change.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use transom::{
    app::archive::{names, rollups},
    seal::sha256_hex,
};

use crate::world::{ANA, BEN, World};

async fn a_busy_day(world: &World) {
    world.writes(ANA, "Is my room ready?").await;
    world.say(ANA, "It is.").await;
    world.settle().await;
    world.turn("PT10S").await;
    world.writes(BEN, "A taxi, please").await;
    world.turn("PT24H5M").await;
    world.say(BEN, "Of course").await;
    world.settle().await;
    world.turn("PT10S").await;
}

/// The history, read twice, cut otherwise, or kept twice gives the same sums.
#[tokio::test]
async fn messages_are_counted_from_the_history_and_counting_again_counts_the_same() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    a_busy_day(&world).await;
    let path = "/v1/reports/messages?from=2026-03-01&until=2026-03-02&by=day,direction,way,state";
    let (status, report) = world.api("GET", path, Value::Null).await;
    assert_eq!(status, 200, "{report}");
    let expected = json!([
        { "day": "2026-03-01", "direction": "inbound", "way": null, "state": "received", "messages": 2 },
        { "day": "2026-03-01", "direction": "outbound", "way": "free_form", "state": "read", "messages": 1 },
        { "day": "2026-03-02", "direction": "outbound", "way": null, "state": "held", "messages": 1 },
        { "day": "2026-03-02", "direction": "outbound", "way": "template", "state": "read", "messages": 1 },
    ]);
    assert_eq!((&report["data"], &report["missing"]), (&expected, &json!([])));
    let (_, by_template) = world.api("GET", &format!("{path}&by=template"), Value::Null).await;
    assert_eq!(by_template["status"], 400, "the same parameter twice is refused");
    let (_, by_template) =
        world.api("GET", "/v1/reports/messages?from=2026-03-01&until=2026-03-02&by=template", Value::Null).await;
    let names: Vec<&Value> = by_template["data"].as_array().unwrap().iter().map(|line| &line["template"]).collect();
    assert_eq!(names.len(), 2, "{by_template}");

    let account = world.account();
    let day = "2026-03-01".parse().unwrap();
    let sums = rollups::compute(&world.parts, &account, day).await.unwrap();
    // A batch that came twice, under another cut.
    for name in world.objects("segments/").await {
        let bytes = world.parts.objects.get(&name).await.unwrap().unwrap();
        let copy = name.replace(".jsonl.gz", "0.jsonl.gz");
        world.parts.objects.put(&copy, bytes).await.unwrap();
    }
    assert_eq!(rollups::compute(&world.parts, &account, day).await.unwrap().lines, sums.lines);
    // Once the day is over its sums are kept.
    world.days(1).await;
    assert_eq!(rollups::kept(&world.parts, &account, day).await.unwrap().unwrap().lines, sums.lines);
    assert_eq!(world.api("GET", path, Value::Null).await.1["data"][0], expected[0]);
}

/// Protection: `roll_up` in `app/jobs/upkeep.rs`.
#[tokio::test]
async fn days_that_nobody_summed_up_are_summed_up_once_somebody_does() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    a_busy_day(&world).await;
    world.days(8).await;
    let (account, day) = (world.account(), "2026-03-01".parse().unwrap());
    let kept = async || rollups::kept(&world.parts, &account, day).await.unwrap();
    let sums = kept().await.expect("the day is over");
    for name in world.objects("rollups/").await {
        world.parts.objects.remove(&[name]).await.unwrap();
    }
    assert!(kept().await.is_none());
    world.days(1).await;
    assert_eq!(kept().await.expect("nine days later").lines, sums.lines);
}

/// The columns of a CSV line by their names.
fn by_column(text: &str) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|line| line.expect("a line")).collect()
}

#[tokio::test]
async fn a_report_says_what_went_to_whom_by_which_way_and_why_it_was_allowed() {
    let world = World::new().await;
    a_busy_day(&world).await;
    let order = json!({ "from": "2026-03-01T00:00:00Z", "until": world.now() });
    let job = world.ask("/v1/reports/compliance", order.clone()).await;
    let shown = world.job(&job).await;
    assert_eq!(shown["state"], "done", "{shown}");
    let text = world.file(&job, "messages-000001.csv").await;
    let lines = by_column(&text);
    assert_eq!(lines.len(), 3);
    let free_form = &lines[0];
    for (column, value) in [
        ("way", "free_form"),
        ("state", "read"),
        ("reason", "window_open"),
        ("window_open", "true"),
        ("consent", "none_recorded"),
        ("answer", "accepted"),
        ("address", ""),
        ("content", ""),
    ] {
        assert_eq!(free_form[column], value, "{column}");
    }
    assert!(!free_form["delivered_at"].is_empty() && !free_form["window_closes_at"].is_empty());
    let template = lines.iter().find(|line| line["way"] == "template").unwrap();
    assert_eq!((&*template["window_open"], &*template["purpose"]), ("false", "window_template"));
    assert!(!text.contains("room") && !text.contains(ANA), "nothing personal unless asked for");

    let mut personal = order;
    personal["personal"] = true.into();
    personal["format"] = "jsonl".into();
    let job = world.ask("/v1/reports/compliance", personal).await;
    let text = world.file(&job, "messages-000001.jsonl").await;
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["content"], json!({ "type": "text", "body": "It is." }));
    assert_eq!((&first["address"], &first["consent"]["state"]), (&json!(format!("+{ANA}")), &json!("none_recorded")));
    assert!(first["provider_id"].as_str().is_some_and(|id| id.starts_with("wamid.")), "{first}");
}

/// Protection: the manifest's hashes and its signature.
#[tokio::test]
async fn a_report_that_was_changed_shows_it() {
    let world = World::new().await;
    a_busy_day(&world).await;
    let order = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
    let job = world.ask("/v1/reports/compliance", order).await;
    let manifest = world.file(&job, "manifest.json").await;
    let signature = STANDARD.decode(world.file(&job, "manifest.sig").await).unwrap();
    let (_, pem) = world.api("GET", "/v1/reports/key", Value::Null).await;
    let pem = pem.as_str().unwrap();
    let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let key = UnparsedPublicKey::new(&ED25519, &der[12..]);
    key.verify(manifest.as_bytes(), &signature).expect("it is signed");
    assert!(key.verify(manifest.replace("csv", "CSV").as_bytes(), &signature).is_err());
    let parsed: Value = serde_json::from_str(&manifest).unwrap();
    let file = &parsed["files"][0];
    let text = world.file(&job, file["name"].as_str().unwrap()).await;
    assert_eq!(file["sha256"], sha256_hex(text.as_bytes()));
    assert_eq!((&parsed["messages"], &file["bytes"]), (&json!(1), &json!(text.len())));
}

/// A report with personal data is closed by any erasure, and made again without the person.
#[tokio::test]
async fn an_erasure_closes_reports_that_name_people() {
    let world = World::new().await;
    a_busy_day(&world).await;
    let order = json!({ "from": "2026-03-01T00:00:00Z", "until": world.now(), "personal": true });
    let job = world.ask("/v1/reports/compliance", order.clone()).await;
    assert!(world.file(&job, "messages-000001.csv").await.contains("It is."));
    let contact = world.contact_of(ANA).await;
    world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT3M").await;
    let (status, _) = world.api("GET", &format!("/v1/jobs/{job}/files/messages-000001.csv"), Value::Null).await;
    assert!(status == 404 || status == 409, "{status}");
    let again = world.ask("/v1/reports/compliance", order).await;
    let text = world.file(&again, "messages-000001.csv").await;
    assert_eq!(by_column(&text).len(), 3, "that it was sent is still known");
    assert!(!text.contains("It is.") && !text.contains(ANA) && text.contains(BEN), "{text}");
}

/// Everything is folded, and a batch that cannot be written comes again.
#[tokio::test]
async fn the_archive_holds_each_message_and_event_by_its_hour() {
    let world = World::new().await;
    a_busy_day(&world).await;
    let objects = world.objects("segments/account=demo/day=2026-03-01/hour=09/").await;
    assert!(!objects.is_empty());
    assert!(objects.iter().all(|name| names::day_in(name).is_some()), "{objects:?}");
    assert!(!world.objects("events/account=demo/day=2026-03-01/").await.is_empty());
}
