//! What an operator is told: metrics by what happened, and one trace from a cause to all that follows from it.

use std::collections::BTreeMap;

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use transom::{domain::message::Message, telemetry::METRICS};

use crate::{
    calls::SIGNATURE,
    world::{ANA, BEN, CHANNEL, World},
};

/// A story with a good deal in it; answers the world and every counter that rose, by name and labels.
async fn counted(story: impl AsyncFnOnce(&World)) -> BTreeMap<String, f64> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    story(&world).await;
    let lines = handle.render();
    let values = lines.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    values.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

#[tokio::test]
async fn everything_that_an_operator_acts_on_is_counted() {
    let counts = counted(async |world| {
        world.writes(ANA, "Is breakfast included?").await;
        world.say(ANA, "Yes").await;
        world.settle().await;
        world.posts_with("demo-whatsapp", &[(SIGNATURE, "sha256=00")], b"{}").await;
        world.posts_with("nobody", &[], b"{}").await;
        // A window closes on a customer who waits; the answer is held, and leaves when she taps.
        world.writes(ANA, "And a pool?").await;
        world.turn("PT24H10M").await;
        world.say(ANA, "Also a pool").await;
        world.settle().await;
        world.writes(ANA, "Thank you").await;
        // A call whose answer is lost and that nobody reports on.
        world.writes(BEN, "Hello").await;
        world.fault(json!({"fault": "lose_answer", "mode": "gateway_timeout", "accepted": true, "times": 1}));
        world.fault(json!({"fault": "no_receipts", "times": 1}));
        world.say(BEN, "Welcome").await;
        world.turn("PT1H").await;
        // A number that the endpoint maps to nothing.
        let (status, _) = world.api("GET", "/v1/nothing", Value::Null).await;
        assert_eq!(status, 404);
    })
    .await;
    let at_least = |name: &str, least: f64| {
        let found = counts.get(name).copied().unwrap_or(0.0);
        assert!(found >= least, "{name}: {found}, not {least}\n{counts:#?}");
    };
    let exactly = |name: &str, expected: f64| {
        let found = counts.get(name).copied().unwrap_or(0.0);
        assert!((found - expected).abs() < 0.5, "{name}: {found}, not {expected}\n{counts:#?}");
    };
    at_least(r#"transom_webhook_calls{outcome="taken"}"#, 5.0);
    exactly(r#"transom_webhook_calls{outcome="bad_signature"}"#, 1.0);
    exactly(r#"transom_webhook_calls{outcome="unknown_endpoint"}"#, 1.0);
    exactly(r#"transom_inbound_messages{channel="demo-whatsapp"}"#, 4.0);
    at_least(r#"transom_receipts{status="delivered"}"#, 2.0);
    exactly(r#"transom_sends{channel="demo-whatsapp",outcome="accepted"}"#, 3.0);
    exactly(r#"transom_sends{channel="demo-whatsapp",outcome="unknown"}"#, 1.0);
    at_least(r#"transom_plans{plan="free_form",reason="window_open"}"#, 3.0);
    exactly(r#"transom_plans{plan="wait",reason="window_closed"}"#, 1.0);
    exactly(r#"transom_plans{plan="template",reason="answer_waiting"}"#, 1.0);
    exactly(r#"transom_window_saves{way="template"}"#, 1.0);
    exactly(r#"transom_window_saves{way="held"}"#, 1.0);
    exactly("transom_undetermined", 1.0);
    at_least(r#"transom_timers{outcome="fired"}"#, 2.0);
    exactly(r#"transom_api_calls{status="4xx"}"#, 1.0);
    at_least(r#"transom_api_calls{status="2xx"}"#, 3.0);
    for time in ["webhook", "api", "stream_age", "queue_age", "sweep_lag", "send"] {
        at_least(&format!("transom_{time}_milliseconds_count"), 1.0);
    }
}

#[tokio::test]
async fn what_stands_still_is_counted_where_it_does() {
    let counts = counted(async |world| {
        world.writes(ANA, "Hello").await;
        world.fault(json!({"fault": "fail", "status": 401, "code": 190, "times": 1}));
        world.say(ANA, "Hello!").await;
        world.settle().await;
        // A kind of notice that nothing acts on.
        let notice = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": "account_alerts", "value": {}}]}]});
        world.meta_posts(&notice).await;
    })
    .await;
    assert_eq!(counts.get("transom_channels_shut"), Some(&1.0), "{counts:#?}");
    assert_eq!(counts.get("transom_parked"), Some(&1.0), "{counts:#?}");
    // Nothing is counted under a name or a label that the page of metrics does not have.
    for name in counts.keys() {
        let (bare, labels) = name.split_once('{').unwrap_or((name, ""));
        let known = METRICS.iter().find(|metric| {
            bare.strip_prefix(metric.name).is_some_and(|rest| matches!(rest, "" | "_sum" | "_count" | "_bucket"))
        });
        let known = known.unwrap_or_else(|| panic!("{name} is not on the page"));
        let labels =
            labels.trim_end_matches('}').split(',').filter_map(|label| label.split_once('=')).map(|(name, _)| name);
        for label in labels {
            assert!(known.labels.contains(&label) || ["quantile", "le"].contains(&label), "{name}");
        }
    }
}

#[tokio::test]
async fn one_trace_leads_from_the_customers_message_to_the_call_that_it_set_free() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let held = world.say(ANA, "We found your scarf").await;
    world.settle().await;
    assert_eq!(world.state_of(held).await, "held");
    world.writes(ANA, "I lost my scarf").await;

    let id = world.family(ANA).await.unwrap().survivor.id;
    let messages = world.parts.store.messages(&world.account(), id, None, 10).await.unwrap();
    let wrote = messages.iter().find_map(|message| match message {
        Message::Inbound(inbound) => inbound.trace,
        Message::Outbound(_) => None,
    });
    let trace = wrote.expect("API Gateway begins a trace with every call");
    let sent = world.outside.accepted().unwrap().into_iter().find(|item| item.text == "We found your scarf").unwrap();
    let traceparent = world.outside.trace_of(&sent.id).expect("the call carried a trace");
    assert!(traceparent.starts_with(&format!("00-{trace}-")), "{traceparent}");
}

#[tokio::test]
async fn a_clients_own_trace_goes_on_to_the_provider() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let body =
        json!({"channel": CHANNEL, "to": {"phone": format!("+{ANA}")}, "content": {"type": "text", "body": "Hi"}});
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (status, _) =
        world.api_with("POST", "/v1/messages", &[("traceparent", header)], body.to_string().into_bytes()).await;
    assert_eq!(status, 202);
    world.settle().await;
    let sent = world.outside.accepted().unwrap().pop().unwrap();
    let traceparent = world.outside.trace_of(&sent.id).unwrap();
    assert!(traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{traceparent}");
    assert_ne!(traceparent, header, "the attempt is a step of its own in it");
}
