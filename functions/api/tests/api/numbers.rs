//! Reports of the work: how they are asked for. (What they tell: `tests/it/keeping/numbers.rs`.)

use axum::body::Body;
use http::{Request, header};
use serde_json::json;

use crate::world::{OTHER_TOKEN, TOKEN, World};

const REPORTS: [&str; 7] = ["responses", "resolutions", "sla", "load", "windows", "fallbacks", "satisfaction"];

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named() {
    let world = World::new().await;
    let teams = json!({ "teams": [{ "id": "spa", "name": "Spa" }] });
    world.put("/v1/work-settings", teams).await.with_status(200);
    for report in REPORTS {
        let path = format!("/v1/reports/{report}");
        world.get(&format!("{path}?team=spa")).await.with_status(200);
        for (query, field) in [
            ("from=2026-3-1", "from"),
            ("from=2026-03-02&until=2026-03-01", "until"),
            ("from=2025-01-01&until=2026-03-01", "until"),
            ("until=tomorrow", "until"),
            ("by=colour", "by"),
            ("team=bar", "team"),
            ("team=", "team"),
            ("format=xml", "format"),
            ("person=Tom", "person"),
            ("colour=red", "colour"),
            ("team=spa&team=spa", "team"),
        ] {
            world.get(&format!("{path}?{query}")).await.names(400, field);
        }
        // A team is its account's.
        world.call(OTHER_TOKEN, "GET", &format!("{path}?team=spa"), None).await.names(400, "team");
    }
    world.get("/v1/reports/sla?by=kind").await.names(400, "by");
    world.get("/v1/reports/fallbacks?by=person").await.names(400, "by");
    let nobody = format!("person=stf_{}", "0".repeat(26));
    world.get(&format!("/v1/reports/fallbacks?{nobody}")).await.names(400, "person");
    world.get(&format!("/v1/reports/load?{nobody}")).await.with_status(200);
}

#[tokio::test]
async fn a_report_of_nothing_is_empty_in_either_form() {
    let world = World::new().await;
    for report in REPORTS {
        let path = format!("/v1/reports/{report}");
        let body = world.get(&path).await.with(200);
        assert_eq!((&body["data"], &body["missing"], &body["provisional"]), (&json!([]), &json!([]), &json!([])));
        let request = Request::get(&path).header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        let answer = world.send(request.header(header::ACCEPT, "text/csv").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
        assert_eq!(answer.headers["transom-missing-days"], "");
        answer.with_status(200);
    }
}
