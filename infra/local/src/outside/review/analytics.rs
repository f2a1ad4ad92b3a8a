//! What became of a template's messages, day by day (Meta, "template analytics").

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State as Shared},
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    answer::{Failure, Wrong},
    fields,
};
use crate::outside::Outside;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// So far back Meta knows.
const MOST_DAYS: i64 = 90;
const MOST_TEMPLATES: usize = 10;
const METRICS: [&str; 4] = ["sent", "delivered", "read", COST];
const COST: &str = "cost";
/// What the stand-in charges for each that was delivered, in whatever currency it bills.
const PRICE: f64 = 0.03;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new().route("/meta/{version}/{waba}/template_analytics", get(analytics))
}

fn setting(waba: &str) -> String {
    format!("insights:{waba}")
}

impl Outside {
    /// `POST /{waba}`: all that the stand-in knows to change is whether there are analytics, which cannot be undone.
    pub(super) fn change_waba(&self, waba: &str, query: &fields::Query, asked: &Value) -> Result<Response, Failure> {
        let name = "is_enabled_for_insights";
        let wanted = query.get(name).map(|text| text == "true").or(asked[name].as_bool());
        match wanted {
            Some(true) => self.state().ledger.set_setting(&setting(waba), "on")?,
            Some(false) => return Err(Wrong::plain(200_006, "(#200006) Template Insights cannot be disabled").into()),
            None => return Err(Wrong::plain(100, "(#100) The stand-in changes only is_enabled_for_insights").into()),
        }
        Ok(Json(json!({"id": waba})).into_response())
    }
}

async fn analytics(
    Shared(outside): Shared<Arc<Outside>>,
    Path((_, waba)): Path<(String, String)>,
    Query(query): Query<fields::Query>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    outside.of_waba(&headers, &waba)?;
    let state = outside.state();
    if state.ledger.setting(&setting(&waba))?.is_none() {
        return Err(Wrong::plain(200_007, "(#200007) Template Insights is not enabled").into());
    }
    let now = outside.now(&state);
    let asked = Asked::read(&query, now)?;
    let mut points = Vec::new();
    for id in &asked.templates {
        let known = state.ledger.template(id)?.filter(|template| template.owner.includes_waba(&waba));
        known.ok_or_else(|| Wrong::parameter("template_ids", format!("{id} is no template of the account")))?;
        let mut start = asked.start;
        while start < asked.end {
            let end = start + DAY;
            // What has not happened yet is not counted, though the ledger knows of it.
            let until = end.min(now + SignedDuration::from_millis(1));
            let ticks = state.ledger.template_ticks(id, &waba, start, until)?;
            let mut point = json!({"template_id": id, "start": start.as_second(), "end": end.as_second()});
            for metric in &asked.metrics {
                let count = |wanted| ticks.iter().filter(|(status, _)| status == wanted).count();
                point[*metric] = match *metric {
                    COST => cost(count("delivered")),
                    metric => json!(count(metric)),
                };
            }
            points.push(point);
            start = end;
        }
    }
    let data = json!([{"granularity": "DAILY", "product_type": "cloud_api", "data_points": points}]);
    Ok(Json(json!({"data": data, "paging": {"cursors": {"before": "MAZDZD", "after": "MAZDZD"}}})).into_response())
}

/// The sum, and a quotient beside it, as Meta has them.
fn cost(delivered: usize) -> Value {
    let spent = PRICE * f64::from(u32::try_from(delivered).unwrap_or(u32::MAX));
    json!([{"type": "amount_spent", "value": spent}, {"type": "cost_per_delivered", "value": PRICE}])
}

struct Asked {
    /// A midnight, in UTC.
    start: Timestamp,
    end: Timestamp,
    templates: Vec<String>,
    metrics: Vec<&'static str>,
}

impl Asked {
    fn read(query: &fields::Query, now: Timestamp) -> Result<Self, Wrong> {
        let start = midnight(time(query, "start")?);
        let end = time(query, "end")?;
        if start < midnight(now) - DAY * i32::try_from(MOST_DAYS).unwrap_or(i32::MAX) {
            return Err(Wrong::parameter("start", "there are 90 days at most"));
        }
        if end <= start || end > midnight(now) + DAY {
            return Err(Wrong::parameter("end", "must be after the start and not in the future"));
        }
        if !query.get("granularity").is_some_and(|text| text.eq_ignore_ascii_case("daily")) {
            return Err(Wrong::parameter("granularity", "must be DAILY"));
        }
        let templates = list(query, "template_ids");
        if templates.is_empty() || templates.len() > MOST_TEMPLATES {
            return Err(Wrong::parameter("template_ids", "must be from 1 to 10"));
        }
        let named = list(query, "metric_types");
        let mut metrics = Vec::new();
        for name in &named {
            match METRICS.iter().find(|metric| metric.eq_ignore_ascii_case(name)) {
                Some(metric) => metrics.push(*metric),
                // Known to Meta, not counted here.
                None if name.eq_ignore_ascii_case("clicked") => {}
                None => return Err(Wrong::parameter("metric_types", format!("{name} is not known"))),
            }
        }
        let metrics = if named.is_empty() { METRICS.to_vec() } else { metrics };
        Ok(Self { start, end, templates, metrics })
    }
}

fn midnight(at: Timestamp) -> Timestamp {
    let day = at.as_second().div_euclid(DAY.as_secs()) * DAY.as_secs();
    Timestamp::from_second(day).unwrap_or(at)
}

/// A number of seconds, or a date.
fn time(query: &fields::Query, name: &str) -> Result<Timestamp, Wrong> {
    let text = query.get(name).map(String::as_str).unwrap_or_default();
    let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let date = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    seconds.or_else(date).ok_or_else(|| Wrong::parameter(name, "must be a UNIX time or YYYY-MM-DD"))
}

/// `["1","2"]`, `[1,2]` or `1,2`.
fn list(query: &fields::Query, name: &str) -> Vec<String> {
    let text = query.get(name).map(String::as_str).unwrap_or_default();
    let plain = |one: &str| one.trim().trim_matches(['"', '\'']).to_owned();
    let inside = text.trim().trim_start_matches('[').trim_end_matches(']');
    inside.split(',').map(plain).filter(|one| !one.is_empty()).collect()
}
