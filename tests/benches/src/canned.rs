//! A DynamoDB that stores nothing and answers at once, or after a time: what is left is what we and the SDK take.
//!
//! It knows one endpoint and, unless everybody is a stranger, one contact behind every address. Both rows were written by
//! the real store and are shown as the engine showed them.

use std::{
    fmt::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use serde::{Deserialize, Serialize};
use transom::adapters::{
    aws::{retries, time_limits, watch},
    dynamodb::DynamoStore,
};
use transom_engine::Engine;

pub const TABLE: &str = "transom";
pub const CONTACTS_TABLE: &str = "transom-contacts";

/// How the answers come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    /// How long each takes.
    pub after: Duration,
    /// Nobody is known yet.
    pub strangers: bool,
}

/// What was asked so far.
#[derive(Debug, Default)]
pub struct Asked {
    pub calls: AtomicU64,
    /// Inbound messages that were put.
    pub messages: AtomicU64,
    /// Messages of which a receipt was recorded.
    pub receipts: AtomicU64,
    /// Elements that were parked.
    pub parked: AtomicU64,
}

#[derive(Debug, Clone)]
struct Canned(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    habits: Habits,
    rows: Rows,
    asked: Arc<Asked>,
}

/// What the engine answered to the two reads of every webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rows {
    endpoint: String,
    /// An identity's row, without its key.
    identity: String,
}

impl Rows {
    pub(crate) fn of(overheard: &Overheard) -> Self {
        let endpoint = overheard.answer_to("GetItem");
        Self { endpoint, identity: without_key(&overheard.answer_to("BatchGetItem")) }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("text has a JSON form")
    }

    pub fn from_json(json: &str) -> Self {
        serde_json::from_str(json).expect("it was written by this program")
    }
}

/// A store whose every call goes through the real adapter and SDK, as on AWS, and ends in a canned answer.
pub fn store(habits: Habits, rows: &Rows) -> (DynamoStore, Arc<Asked>) {
    let asked = Arc::new(Asked::default());
    let canned = Canned(Arc::new(Shared { habits, rows: rows.clone(), asked: Arc::clone(&asked) }));
    // As on AWS: endpoint rules, signatures, retries and time limits are all at work.
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "canned");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(time_limits())
        .retry_config(retries())
        .stalled_stream_protection(watch())
        .http_client(canned)
        .build();
    (DynamoStore::new(aws_sdk_dynamodb::Client::new(&config), TABLE, CONTACTS_TABLE), asked)
}

/// The row of `{"Responses":{table:[{row}]}}`, its key taken out.
fn without_key(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).expect("the engine answers with JSON");
    let mut row = answer["Responses"][CONTACTS_TABLE][0].as_object().expect("the identity is there").clone();
    row.remove("pk");
    row.remove("sk");
    let row = serde_json::Value::Object(row).to_string();
    row[1..row.len() - 1].to_owned()
}

impl Shared {
    fn answer(&self, operation: &str, body: &str) -> String {
        self.asked.calls.fetch_add(1, Relaxed);
        match operation {
            "GetItem" if body.contains("\"E#") => return self.rows.endpoint.clone(),
            "BatchGetItem" => return self.identities(body),
            "PutItem" if body.contains("\"M#") => drop(self.asked.messages.fetch_add(1, Relaxed)),
            "PutItem" if body.contains("#P#") => drop(self.asked.parked.fetch_add(1, Relaxed)),
            "UpdateItem" if body.contains("\"M#") => drop(self.asked.receipts.fetch_add(1, Relaxed)),
            _ => {}
        }
        "{}".to_owned()
    }

    /// A row for each address that is asked for.
    fn identities(&self, body: &str) -> String {
        let mut rows = String::new();
        if !self.habits.strangers {
            let (pk, sk) = ("\"pk\":{\"S\":\"", "\"sk\":{\"S\":\"I\"}");
            for (at, _) in body.match_indices(pk) {
                let name = body[at + pk.len()..].split('"').next().unwrap_or_default();
                let comma = if rows.is_empty() { "" } else { "," };
                let _ = write!(rows, "{comma}{{{pk}{name}\"}},{sk},{}}}", self.rows.identity);
            }
        }
        format!("{{\"Responses\":{{\"{CONTACTS_TABLE}\":[{rows}]}},\"UnprocessedKeys\":{{}}}}")
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.split_once('.').map_or("", |(_, operation)| operation);
        let body = std::str::from_utf8(request.body().bytes().unwrap_or_default()).expect("JSON is UTF-8");
        let answer = self.0.answer(operation, body);
        let after = self.0.habits.after;
        let answer = move || Ok(HttpResponse::new(200.try_into().expect("a status"), SdkBody::from(answer)));
        if after.is_zero() {
            return HttpConnectorFuture::ready(answer());
        }
        HttpConnectorFuture::new(async move {
            pause(after).await;
            answer()
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "what stands for the network takes time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Keeps the engine's last answer to each operation.
#[derive(Debug, Clone)]
pub struct Overheard {
    engine: SharedHttpClient,
    last: Arc<Mutex<std::collections::HashMap<String, String>>>,
}

impl Overheard {
    /// A store over this engine, and what listens in.
    pub fn store(engine: &Engine) -> (DynamoStore, Self) {
        let config = engine.dynamo().config().clone();
        let http = config.http_client().expect("the engine is an HTTP client");
        let overheard = Self { engine: http, last: Arc::default() };
        let config = config.to_builder().http_client(overheard.clone()).build();
        (DynamoStore::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE, CONTACTS_TABLE), overheard)
    }

    pub fn answer_to(&self, operation: &str) -> String {
        self.last.lock().expect("nobody panicked").get(operation).expect("it was asked").clone()
    }
}

#[derive(Debug)]
struct Listening(SharedHttpConnector, Overheard);

impl HttpConnector for Listening {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.split_once('.').map_or("", |(_, operation)| operation).to_owned();
        let (answer, last) = (self.0.call(request), Arc::clone(&self.1.last));
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let text = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default()).into_owned();
            last.lock().expect("nobody panicked").insert(operation, text);
            Ok(answer)
        })
    }
}

impl HttpClient for Overheard {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Listening(self.engine.http_connector(settings, parts), self.clone()))
    }
}
