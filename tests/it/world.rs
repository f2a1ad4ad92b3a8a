//! The whole system in one process, driven step by step, with words for what tests do.

use std::{net::Ipv4Addr, sync::Arc};

use jiff::SignedDuration;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::{Value, json};
use transom::{
    adapters::dynamodb::DynamoStore,
    app::{Parts, receive::receive},
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        contact::Address,
        conversation::{Family, conversation_of},
        message::{Message, Outbound, Purpose},
        phone::Phone,
    },
    ports::{Ring, WebhookCall},
};
use transom_engine::Hook;
use transom_local::{
    chance::SeededChance,
    clock::ManualClock,
    local::{CONTACTS_TABLE, Faults, Local, Options, TABLE},
    outside::{Outside, ReceiptHabits, WebhookOut},
};

use crate::canaries;

/// Customers of the stories, by the digits of their numbers.
pub const ANA: &str = "16505550111";
pub const BEN: &str = "16505550122";
pub const CARLA: &str = "16505550133";
/// The demo account's WhatsApp channel at Meta.
pub const CHANNEL: &str = "demo-whatsapp";

/// A system of its own for one test. Clones are the same system.
#[derive(Debug, Clone)]
pub struct World {
    pub local: Arc<Local>,
    pub parts: Parts,
    pub system: transom_local::system::System,
    pub outside: Arc<Outside>,
    client: reqwest::Client,
    /// Dropped last: nothing personal was told.
    _watch: canaries::Watch,
}

impl World {
    /// Receipts come at once, but shuffled and some of them twice.
    pub async fn new() -> Self {
        Self::with(Faults {
            receipts: ReceiptHabits { latest: SignedDuration::ZERO, ..ReceiptHabits::default() },
            ..Faults::default()
        })
        .await
    }

    pub async fn with(faults: Faults) -> Self {
        canaries::stand();
        [ANA, BEN, CARLA].into_iter().for_each(canaries::keep);
        let clock = ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap());
        let local = Local::start(Options {
            state: None,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            clock: Arc::new(clock),
            chance: Arc::new(SeededChance::new(7)),
            meta_url: None,
            twilio_url: None,
            public_url: None,
            metrics: None,
            faults,
        })
        .await
        .expect("the system starts");
        let world = Self {
            parts: local.parts.clone(),
            system: local.system.clone(),
            outside: local.system.outside().expect("the stand-in is there").clone(),
            local: Arc::new(local),
            client: transom::adapters::providers::http_client().expect("an HTTP client"),
            _watch: canaries::Watch::default(),
        };
        world.settle().await;
        world
    }

    /// The same parts, with every call to the database passing through `hook`.
    pub fn parts_with(&self, hook: Hook) -> Parts {
        let dynamo = self.local.engine.with_hook(hook).dynamo();
        Parts { store: Arc::new(DynamoStore::new(dynamo, TABLE, CONTACTS_TABLE)), ..self.parts.clone() }
    }

    pub fn account(&self) -> AccountId {
        self.local.demo.account.clone()
    }

    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    // ---- time and rest ----------------------------------------------------------------------------------------------

    /// Does everything that there is to do at this instant.
    pub async fn settle(&self) {
        self.system.settle().await.expect("it comes to rest");
    }

    pub async fn follow_stream(&self) {
        self.system.settle_stream().await.expect("the stream is followed");
    }

    pub async fn deliver_webhooks(&self) {
        self.system.deliver_webhooks().await.expect("the webhooks are delivered");
    }

    /// Takes the webhook calls that are due by the real use case, with every call to the database passing through
    /// `hook`; answers the calls, so that they can be made again.
    pub async fn receive_with(&self, hook: Hook) -> Vec<WebhookOut> {
        let calls = self.outside.take_due(self.now()).expect("the ledger is readable");
        self.receive_again(&self.parts_with(hook), &calls).await;
        for call in &calls {
            self.outside.webhook_done(call.id, 200).expect("the ledger is writable");
        }
        calls
    }

    pub async fn receive_again(&self, parts: &Parts, calls: &[WebhookOut]) {
        for call in calls {
            let mut headers = HeaderMap::new();
            for (name, value) in &call.headers {
                headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let it = WebhookCall { headers: &headers, query: &call.query, body: &call.body };
            receive(parts, &call.endpoint.parse().unwrap(), &it).await.expect("it is taken");
        }
    }

    /// Comes to rest, turns the clock, and comes to rest again.
    pub async fn turn(&self, by: &str) {
        self.settle().await;
        self.system.turn(by.parse().unwrap()).await.expect("the clock turns");
        self.settle().await;
    }

    // ---- the outside ------------------------------------------------------------------------------------------------

    async fn outside_call(&self, method: &str, path: &str, body: Value) -> Value {
        let headers = [("content-type", "application/json")];
        let (status, body) = self.outside.call(method, path, &headers, body.to_string().into_bytes()).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!((200..300).contains(&status), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Whatever else happens outside, by the stand-in's control API.
    pub async fn outside_does(&self, method: &str, path: &str, body: Value) -> Value {
        self.outside_call(method, path, body).await
    }

    /// What the control API answers, whatever its status.
    pub async fn outside_asks(&self, path: &str) -> Value {
        let (_, body) = self.outside.call("GET", path, &[], Vec::new()).await;
        serde_json::from_slice(&body).unwrap_or_default()
    }

    /// The customer writes on WhatsApp, and everything that follows is done.
    pub async fn writes(&self, customer: &str, text: &str) {
        self.writes_with(customer, text, json!({})).await;
    }

    /// As `writes`, with more fields of the control API.
    pub async fn writes_with(&self, customer: &str, text: &str, more: Value) {
        canaries::keep(text);
        canaries::keep(customer);
        let mut body = json!({ "to": CHANNEL, "text": text });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.outside_call("POST", &format!("/outside/customers/{customer}/messages"), body).await;
        self.settle().await;
    }

    pub async fn writes_unsettled(&self, customer: &str, text: &str) {
        canaries::keep(text);
        canaries::keep(customer);
        let body = json!({ "to": CHANNEL, "text": text });
        self.outside_call("POST", &format!("/outside/customers/{customer}/messages"), body).await;
    }

    /// Anything else that a customer does: a button, a reaction, a message in the Cloud API's form.
    pub async fn does(&self, customer: &str, what: Value) {
        self.outside_call("POST", &format!("/outside/customers/{customer}/messages"), what).await;
        self.settle().await;
    }

    pub async fn change_customer(&self, customer: &str, change: Value) {
        self.outside_call("POST", &format!("/outside/customers/{customer}"), change).await;
    }

    pub fn fault(&self, fault: Value) {
        self.outside.inject(serde_json::from_value(fault).expect("a fault"));
    }

    /// What the providers accepted for a customer, oldest first: its kind, text, and whether it was an SMS.
    pub fn accepted_for(&self, customer: &str) -> Vec<(String, String, bool)> {
        self.sent_items(customer).map(|item| (item.0, item.1, item.2)).collect()
    }

    fn sent_items(&self, customer: &str) -> impl Iterator<Item = (String, String, bool, bool)> {
        let phone = format!("+{customer}");
        let items = self.outside.accepted().expect("the ledger is readable");
        items
            .into_iter()
            .filter(move |item| item.direction == "out" && item.customer == phone)
            .map(|item| (item.kind, item.text, item.number.contains(":sms:"), item.violations.is_empty()))
    }

    /// Texts that the provider took on WhatsApp and will deliver.
    pub fn texts_sent_to(&self, customer: &str) -> Vec<String> {
        self.sent_items(customer).filter(|item| item.0 == "text" && !item.2 && item.3).map(|item| item.1).collect()
    }

    /// Texts that the provider took on WhatsApp, also those that it turned down afterwards.
    pub fn texts_tried_for(&self, customer: &str) -> Vec<String> {
        self.sent_items(customer).filter(|item| item.0 == "text" && !item.2).map(|item| item.1).collect()
    }

    pub fn sms_sent_to(&self, customer: &str) -> Vec<String> {
        self.sent_items(customer).filter(|item| item.2).map(|item| item.1).collect()
    }

    pub fn templates_sent_to(&self, customer: &str) -> usize {
        self.sent_items(customer).filter(|item| item.0 == "template").count()
    }

    // ---- the business -----------------------------------------------------------------------------------------------

    /// Calls the JSON API through the front, as a client would.
    pub async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.api_with(method, path, &[], if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }).await
    }

    pub async fn api_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
        let mut call = self.http(method, path).bearer_auth(self.local.demo.token());
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            call = call.header("content-type", "application/json");
        }
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let (status, answer) = answer(call.body(body)).await;
        if status >= 400 {
            canaries::look("an error", &answer.to_string());
        }
        (status, answer)
    }

    /// A call to the local server without credentials.
    pub fn http(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().expect("a method"), format!("{}{path}", self.local.url))
    }

    /// Accepts a text for a customer and answers its id; the stream is not followed yet.
    pub async fn say(&self, customer: &str, text: &str) -> MessageId {
        canaries::keep(text);
        self.send(json!({
            "channel": CHANNEL, "to": { "phone": format!("+{customer}") }, "content": { "type": "text", "body": text },
        }))
        .await
    }

    /// Accepts a message and answers its id.
    pub async fn send(&self, body: Value) -> MessageId {
        let (status, answer) = self.api("POST", "/v1/messages", body).await;
        assert_eq!(status, 202, "{answer}");
        answer["id"].as_str().expect("an id").parse().expect("a message id")
    }

    pub async fn get_message(&self, id: MessageId) -> Value {
        let (status, answer) = self.api("GET", &format!("/v1/messages/{id}"), Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub async fn state_of(&self, id: MessageId) -> String {
        self.get_message(id).await["state"].as_str().expect("a state").to_owned()
    }

    pub async fn conversation(&self, customer: &str) -> Value {
        self.conversation_on(CHANNEL, customer).await
    }

    pub async fn conversation_on(&self, channel: &str, customer: &str) -> Value {
        let id = self.family_on(channel, customer).await.expect("the conversation is there").survivor.id;
        let (status, answer) = self.api("GET", &format!("/v1/conversations/{id}"), Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// All messages of a customer's conversation, newest first.
    pub async fn messages(&self, customer: &str) -> Vec<Value> {
        self.messages_on(CHANNEL, customer).await
    }

    pub async fn messages_on(&self, channel: &str, customer: &str) -> Vec<Value> {
        let id = self.family_on(channel, customer).await.expect("the conversation is there").survivor.id;
        let (status, answer) =
            self.api("GET", &format!("/v1/conversations/{id}/messages?limit=100"), Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].as_array().expect("a list").clone()
    }

    // ---- inside -----------------------------------------------------------------------------------------------------

    pub async fn outbound(&self, id: MessageId) -> Outbound {
        match self.message(id).await.expect("it is there") {
            Message::Outbound(message) => *message,
            Message::Inbound(_) => panic!("an inbound message"),
        }
    }

    pub async fn message(&self, id: MessageId) -> Option<Message> {
        self.parts.store.message(&self.account(), id).await.expect("the store answers")
    }

    /// A customer's heads on the demo's WhatsApp channel.
    pub async fn family(&self, customer: &str) -> Option<Family> {
        self.family_on(CHANNEL, customer).await
    }

    /// A customer's heads on a channel.
    pub async fn family_on(&self, channel: &str, customer: &str) -> Option<Family> {
        let account = self.account();
        let keys = self.parts.keys(&account).await.expect("the account has keys");
        let hash = keys.hash(&Address::Phone(Phone::from_e164(customer).expect("a number")));
        let known = self.parts.store.identities(&account, &[hash]).await.expect("the store answers");
        let contact = known[0].as_ref()?.contact;
        let conversation = conversation_of(&account, &channel.parse().unwrap(), contact);
        transom::app::outlook::family(&self.parts, &account, conversation).await.expect("the store answers")
    }

    pub fn ring_for(&self, message: MessageId) -> Ring {
        Ring::for_message(self.account(), message)
    }

    pub fn ring(&self, conversation: ConversationId) -> Ring {
        Ring::V1 { account: self.account(), conversation, cause: None, trace: None }
    }

    /// The window's template of a customer's conversation, sent or not.
    pub async fn window_template(&self, customer: &str) -> Option<Outbound> {
        let family = self.family(customer).await?;
        for head in family.heads() {
            let messages = self.parts.store.messages(&self.account(), head.id, None, 100).await.expect("an answer");
            for message in messages {
                if let Message::Outbound(it) = message
                    && matches!(it.purpose, Purpose::WindowTemplate { .. })
                {
                    return Some(*it);
                }
            }
        }
        None
    }
}

/// Makes a call and reads what comes back.
pub async fn answer(call: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = call.send().await.expect("the local server answers");
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.expect("a whole answer");
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes))))
}
