//! The system with functions that the test plays.

use axum::{Router, body::Body};
use tower::ServiceExt;
use transom::domain::channel::{Medium, ProviderKind};
use transom_engine::sqs::{Outgoing, QueueDefinition};

use super::*;
use crate::{
    clock::ManualClock,
    fakes::{Called, FakeFunctions},
    outside::{OutsideConfig, OutsideNumber, Writes},
};

const SENDS: &str = "sends.fifo";
const EVENTS: &str = "events";
const JOBS: &str = "jobs";
const TABLE: &str = "things";

struct World {
    functions: FakeFunctions,
    system: System,
    engine: Engine,
}

fn outside(clock: Arc<TurnedClock>) -> Arc<Outside> {
    let number = OutsideNumber {
        provider: ProviderKind::Meta,
        medium: Medium::WhatsApp,
        number: "106540352242922".into(),
        display_phone: "+15550783881".into(),
        alias: Some("demo-whatsapp".into()),
        endpoint: "demo-whatsapp".into(),
        signing_secret: "signing".into(),
        access_token: "token".into(),
        account_sid: None,
        public_url: "http://localhost/webhooks/demo-whatsapp".into(),
        waba_id: "1".into(),
    };
    let config = OutsideConfig { numbers: vec![number], ..OutsideConfig::default() };
    Arc::new(Outside::open(None, clock, config).unwrap())
}

impl World {
    async fn new() -> Self {
        let base = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let clock = Arc::new(TurnedClock::in_memory(base));
        let engine = Engine::memory().unwrap();
        crate::mapping::stream::create_table(&engine, TABLE).await;
        let functions = FakeFunctions::default();
        functions.answer(Called::Webhook, |_| Ok(json!({"statusCode": 200})));
        let queue_clock = clock.clone();
        let queues = Queues::open(
            engine.side_connection().unwrap(),
            [SENDS, EVENTS, JOBS].map(|name| QueueDefinition::new(name, SignedDuration::from_secs(360))),
            Arc::new(move || queue_clock.now()),
        );
        let queues = queues.unwrap();
        let system = System::new(Pieces {
            outside: Some(outside(clock.clone())),
            clock,
            engine: engine.clone(),
            table: TABLE.into(),
            queues: queues.clone(),
            sends: SENDS.into(),
            events: EVENTS.into(),
            jobs: JOBS.into(),
            functions: Arc::new(functions.clone()),
            page: json!({"token": "secret", "channels": []}),
        })
        .unwrap();
        // Each new row rings once, as the real functions do.
        functions.answer(Called::React, move |event| {
            for record in event["Records"].as_array().unwrap() {
                let id = record["dynamodb"]["SequenceNumber"].as_str().unwrap();
                let ring = Outgoing { body: "ring", group: Some("g"), deduplication_id: Some(id), delay_seconds: 0 };
                queues.send(SENDS, &ring)?;
            }
            Ok(Value::Null)
        });
        Self { functions, system, engine }
    }

    async fn put(&self, name: &str) {
        let item = aws_sdk_dynamodb::types::AttributeValue::S(name.into());
        self.engine.dynamo().put_item().table_name(TABLE).item("pk", item).send().await.unwrap();
    }

    async fn http(&self, method: &str, path: &str, body: impl Into<Body>) -> (u16, Value) {
        let router = crate::front::router(&self.system, Router::new());
        let request = http::Request::builder().method(method).uri(path).body(body.into()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Waits for the loops, without sleeping, until they have nothing left to do.
    async fn until_idle(&self) {
        while !self.system.is_idle().unwrap() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_write_reaches_send_through_the_stream_and_the_queue() {
    let world = World::new().await;
    world.system.settle().await.unwrap();
    world.put("a").await;
    assert!(!world.system.is_idle().unwrap());
    assert_eq!(world.system.settle().await.unwrap(), 3);
    assert_eq!(world.functions.order(), [Called::Expire, Called::React, Called::Fold, Called::Send]);
    assert!(world.system.is_idle().unwrap());
    assert_eq!(world.system.settle().await.unwrap(), 0);
}

#[tokio::test]
async fn a_customers_message_is_delivered_through_the_front() {
    let world = World::new().await;
    let outside = world.system.outside().unwrap();
    outside.customer_writes(&Writes::text("+16505551234", "demo-whatsapp", "hello")).unwrap();
    world.system.settle().await.unwrap();
    let event = world.functions.events(Called::Webhook).remove(0);
    assert_eq!(event["rawPath"], "/webhooks/demo-whatsapp");
    assert!(event["headers"]["x-hub-signature-256"].is_string());
    assert!(event["body"].as_str().unwrap().contains("hello"));
    assert!(world.system.next_due().unwrap().is_none());
}

#[tokio::test]
async fn a_webhook_that_fails_is_made_again_when_its_time_comes() {
    let world = World::new().await;
    world.functions.answer(Called::Webhook, |_| Err("broken".into()));
    let outside = world.system.outside().unwrap();
    outside.customer_writes(&Writes::text("+16505551234", "demo-whatsapp", "hello")).unwrap();
    world.system.settle().await.unwrap();
    world.functions.answer(Called::Webhook, |_| Ok(json!({"statusCode": 200})));
    let tried = world.functions.events(Called::Webhook).len();
    let due = world.system.next_due().unwrap().unwrap();
    world.system.turn(due.duration_since(world.system.clock().now())).await.unwrap();
    world.system.settle().await.unwrap();
    assert_eq!(world.functions.events(Called::Webhook).len(), tried + 1);
    assert!(world.system.next_due().unwrap().is_none());
}

#[tokio::test]
async fn the_loops_do_the_same_by_themselves_and_stop_in_order() {
    let world = World::new().await;
    let running = world.system.run();
    world.until_idle().await;
    world.put("a").await;
    world.until_idle().await;
    let mut order = world.functions.order();
    order.retain(|called| *called != Called::Fold);
    assert_eq!(order, [Called::Expire, Called::React, Called::Send]);
    let (status, body) = world.http("POST", "/local/clock", r#"{"advance": "PT24H"}"#).await;
    assert_eq!((status, body), (200, json!({"now": "2026-03-02T09:00:00Z"})));
    world.until_idle().await;
    assert_eq!(world.functions.events(Called::Expire).len(), 2);
    running.stop().await;
    world.put("b").await;
    assert_eq!(world.functions.events(Called::React).len(), 1);
}

#[tokio::test]
async fn a_customer_who_writes_over_http_wakes_the_loop_that_delivers() {
    let world = World::new().await;
    let running = world.system.run();
    world.until_idle().await;
    let path = "/outside/customers/+16505551234/messages";
    let request = http::Request::builder().method("POST").uri(path).header("content-type", "application/json");
    let request = request.body(Body::from(r#"{"to": "demo-whatsapp", "text": "hello"}"#)).unwrap();
    let response = crate::front::router(&world.system, Router::new()).oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{response:?}");
    while world.functions.events(Called::Webhook).is_empty() {
        tokio::task::yield_now().await;
    }
    running.stop().await;
}

#[tokio::test]
async fn the_front_calls_the_function_of_the_path_and_hides_its_errors() {
    let world = World::new().await;
    world.functions.answer(Called::Api, |_| Ok(json!({"statusCode": 201, "body": "{\"a\":1}"})));
    assert_eq!(world.http("POST", "/v1/messages", "{}").await, (201, json!({"a": 1})));
    world.functions.answer(Called::Api, |_| Err("a secret".into()));
    assert_eq!(world.http("GET", "/v1/messages", "").await, (500, json!({"message": "Internal Server Error"})));
    assert_eq!(world.http("GET", "/v2/messages", "").await.0, 404);
    assert_eq!(world.http("GET", "/webhooks/demo-whatsapp?hub.mode=subscribe", "").await.0, 200);
    assert_eq!(world.functions.events(Called::Webhook)[0]["rawQueryString"], "hub.mode=subscribe");
}

#[tokio::test]
async fn a_body_over_six_megabytes_is_refused_before_any_function() {
    let world = World::new().await;
    let (status, body) = world.http("POST", "/v1/messages", vec![b'x'; crate::front::LARGEST_BODY_BYTES + 1]).await;
    assert_eq!((status, body["title"].clone()), (413, json!("Payload Too Large")));
    assert!(world.functions.events(Called::Api).is_empty());
}

#[tokio::test]
async fn a_bad_turn_of_the_clock_names_the_field() {
    let world = World::new().await;
    for bad in
        ["", "{}", r#"{"advance": 7}"#, r#"{"advance": "soon"}"#, r#"{"advance": "-PT1H"}"#, r#"{"advance": "P1Y"}"#]
    {
        let (status, body) = world.http("POST", "/local/clock", bad).await;
        assert_eq!((status, body["field"].clone()), (400, json!("advance")), "{bad}");
    }
    let (_, body) = world.http("POST", "/local/clock", r#"{"advance": "P1DT1H"}"#).await;
    assert_eq!(body, json!({"now": "2026-03-02T10:00:00Z"}));
    assert_eq!(world.http("GET", "/local/clock", "").await.1, body);
}

#[tokio::test]
async fn the_local_pages_tell_of_the_queues_and_what_the_page_needs() {
    let world = World::new().await;
    world.system.settle().await.unwrap();
    world.put("a").await;
    let (_, body) = world.http("GET", "/local/queues", "").await;
    let empty = json!({"visible": 0, "in_flight": 0, "delayed": 0});
    assert_eq!(
        body,
        json!({
            "idle": false,
            "queues": {EVENTS: empty, JOBS: empty, SENDS: empty},
            "stream": {"lag": 1, "fold_lag": 1},
            "next_due": null,
        })
    );
    let (_, body) = world.http("GET", "/local/page", "").await;
    assert_eq!(body, json!({"token": "secret", "channels": [], "now": "2026-03-01T09:00:00Z"}));
}
