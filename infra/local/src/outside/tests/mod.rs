//! What the stand-in promises, one story each. The clock stands still unless a test turns it.

mod accounts;
mod filling;
mod meta;
mod reviews;
mod templates_at_meta;
mod templates_at_twilio;
mod twilio;
mod world;

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use transom::{
    domain::{
        channel::{Medium, ProviderKind},
        ids::{CallbackData, ConversationId, MessageId, MessageKey},
        template::ParameterFormat,
    },
    ports::Clock,
};

use super::*;

const ANA: &str = "+16505551234";

#[derive(Debug)]
struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct World {
    clock: Arc<TestClock>,
    outside: Arc<Outside>,
}

fn start() -> Arc<TestClock> {
    Arc::new(TestClock(Mutex::new("2026-03-01T09:00:00Z".parse().unwrap())))
}

fn number(provider: ProviderKind, medium: Medium, number: &str, alias: &str) -> OutsideNumber {
    let (endpoint, account_sid) = match provider {
        ProviderKind::Meta => ("demo-whatsapp", None),
        ProviderKind::Twilio => ("demo-twilio", Some("AC1".to_owned())),
    };
    OutsideNumber {
        provider,
        medium,
        number: number.into(),
        display_phone: if provider == ProviderKind::Meta { "+15550783881".into() } else { number.into() },
        alias: Some(alias.into()),
        endpoint: endpoint.into(),
        signing_secret: "signing".into(),
        access_token: "token".into(),
        account_sid,
        public_url: format!("https://t.example/webhooks/{endpoint}"),
        waba_id: "waba".into(),
    }
}

fn template(name: &str, status: TemplateStatus) -> OutsideTemplate {
    OutsideTemplate {
        name: name.into(),
        language: "en".into(),
        body: "Hi {{guest}}, an answer is waiting.".into(),
        variables: vec!["guest".into()],
        format: ParameterFormat::Named,
        buttons: vec!["Show it".into()],
        content_sid: Some(format!("HX{name}")),
        status,
    }
}

fn config(seed: u64) -> OutsideConfig {
    OutsideConfig {
        numbers: vec![
            number(ProviderKind::Meta, Medium::WhatsApp, "106540352242922", "demo-whatsapp"),
            number(ProviderKind::Twilio, Medium::WhatsApp, "+14155552345", "twilio-whatsapp"),
            number(ProviderKind::Twilio, Medium::Sms, "+14155552345", "demo-sms"),
        ],
        templates: vec![template("waiting", TemplateStatus::Approved), template("paused", TemplateStatus::Paused)],
        seed,
        habits: ReceiptHabits { shuffle: false, duplicates: false, ..ReceiptHabits::default() },
        reviews: ReviewHabits::default(),
    }
}

fn callback(attempt: u32) -> CallbackData {
    let message = MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::from_bits(2) };
    CallbackData { account: "demo".parse().unwrap(), message, attempt }
}

impl World {
    fn new() -> Self {
        Self::with(config(7))
    }

    fn with(config: OutsideConfig) -> Self {
        let clock = start();
        let outside = Arc::new(Outside::open(None, clock.clone(), config).unwrap());
        Self { clock, outside }
    }

    fn turn(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    async fn meta(&self, body: Value) -> (u16, Value) {
        self.meta_as("Bearer token", "106540352242922", body).await
    }

    async fn meta_as(&self, authorization: &str, number: &str, body: Value) -> (u16, Value) {
        let path = format!("/meta/v26.0/{number}/messages");
        let headers = [("authorization", authorization), ("content-type", "application/json")];
        let (status, body) = self.outside.call("POST", &path, &headers, body.to_string().into_bytes()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn meta_text(&self, body: &str) -> (u16, Value) {
        self.meta(text_to(ANA, body)).await
    }

    async fn twilio(&self, pairs: &[(&str, &str)]) -> (u16, Value) {
        self.twilio_as("AC1:token", pairs).await
    }

    async fn twilio_as(&self, login: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let basic = format!("Basic {}", STANDARD.encode(login));
        let path = "/twilio/2010-04-01/Accounts/AC1/Messages.json";
        let (status, body) = self.outside.call("POST", path, &[("authorization", &basic)], form.into_bytes()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn twilio_whatsapp(&self, what: &[(&str, &str)]) -> (u16, Value) {
        let report = format!("https://t.example/webhooks/demo-twilio?callback={}", callback(1));
        let to = format!("whatsapp:{ANA}");
        let mut pairs =
            vec![("From", "whatsapp:+14155552345"), ("To", to.as_str()), ("StatusCallback", report.as_str())];
        pairs.extend_from_slice(what);
        self.twilio(&pairs).await
    }

    async fn sms(&self, body: &str) -> (u16, Value) {
        self.twilio(&[("From", "+14155552345"), ("To", ANA), ("Body", body)]).await
    }

    /// A call to the Graph API for templates, by its path after the version.
    async fn graph(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let headers = [("authorization", "Bearer token"), ("host", "meta.example")];
        let path = format!("/meta/v26.0/{path}");
        let (status, body) = self.outside.call(method, &path, &headers, body.to_string().into_bytes()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// A call to Twilio's Content API, by its path after `/v1`.
    async fn content(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let basic = format!("Basic {}", STANDARD.encode("AC1:token"));
        let path = format!("/twilio/v1/{path}");
        let headers = [("authorization", basic.as_str()), ("host", "twilio.example")];
        let (status, body) = self.outside.call(method, &path, &headers, body.to_string().into_bytes()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Submits a template to Meta and waits for its approval. Gives its id.
    async fn approved(&self, template: Value) -> String {
        let (status, made) = self.graph("POST", "waba/message_templates", template).await;
        assert_eq!((status, &made["status"]), (200, &json!("PENDING")), "{made}");
        self.webhooks(60);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Where the template of that id stands at Meta.
    async fn standing(&self, id: &str) -> String {
        self.graph("GET", &format!("{id}?fields=status"), json!({})).await.1["status"].as_str().unwrap().to_owned()
    }

    /// Meta's news out of the webhook calls of the next `seconds`: the field and the value of each change.
    fn news(&self, seconds: i64) -> Vec<(String, Value)> {
        let bodies = self.webhooks(seconds).into_iter().map(|call| json_of(&call));
        let entries = bodies.flat_map(|body| list(&body["entry"]));
        let changes = entries.flat_map(|entry| list(&entry["changes"]));
        changes.map(|change| (change["field"].as_str().unwrap().to_owned(), change["value"].clone())).collect()
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, body) = self.outside.call(method, path, &[], body.to_string().into_bytes()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    fn writes(&self, to: &str, body: &str) -> String {
        let mut writes = Writes::text(ANA, to, body);
        writes.medium = if to == "demo-sms" { Some(Medium::Sms) } else { None };
        self.outside.customer_writes(&writes).unwrap()
    }

    /// Makes every webhook call that is due within the next `seconds`, each answered with 200.
    fn webhooks(&self, seconds: i64) -> Vec<WebhookOut> {
        self.turn(seconds);
        let calls = self.outside.due_webhooks().unwrap();
        for call in &calls {
            self.outside.webhook_done(call.id, 200).unwrap();
        }
        calls
    }

    /// All of Meta's statuses out of the webhook calls of the next ten seconds.
    fn statuses(&self) -> Vec<Value> {
        let bodies = self.webhooks(10).into_iter().map(|call| json_of(&call));
        bodies.flat_map(|body| values(&body)).flat_map(|value| list(&value["statuses"])).collect()
    }

    /// All of Twilio's status callbacks of the next ten seconds.
    fn callbacks(&self) -> Vec<(WebhookOut, Vec<(String, String)>)> {
        self.webhooks(10).into_iter().map(|call| (call.clone(), form_of(&call))).collect()
    }
}

/// A template as it is submitted to Meta, with a variable in its body.
fn submitted(name: &str) -> Value {
    json!({"name": name, "language": "en_US", "category": "UTILITY", "parameter_format": "NAMED", "components": [
        {"type": "BODY", "text": format!("Hello {{{{guest}}}}, this is about {name} of your stay."),
            "example": {"body_text_named_params": [{"param_name": "guest", "example": "Ana"}]}}]})
}

fn text_to(to: &str, body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body},
        "biz_opaque_callback_data": callback(1).to_string()})
}

fn json_of(call: &WebhookOut) -> Value {
    serde_json::from_slice(&call.body).unwrap()
}

fn form_of(call: &WebhookOut) -> Vec<(String, String)> {
    form_urlencoded::parse(&call.body).into_owned().collect()
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn values(body: &Value) -> Vec<Value> {
    let changes = list(&body["entry"]).into_iter().flat_map(|entry| list(&entry["changes"]));
    changes.map(|change| change["value"].clone()).collect()
}
