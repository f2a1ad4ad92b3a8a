//! The API over an embedded database, with a clock that the test turns.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use http::{HeaderMap, Request, StatusCode, header};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;
use transom::{
    adapters::{
        chance::SystemChance,
        dynamodb::{DynamoStore, schema::create_tables},
        objects::MemoryObjects,
        providers::{ProviderUrls, Providers, http_client},
        subscribers::{Guard, HttpSubscribers},
    },
    app::{Parts, mint::inbound_key, people},
    domain::{
        AccountId, ChannelId, ConversationId, MessageId, Phone, Timestamp,
        access::{
            claims::{Claims, IdToken, Trust},
            token::ApiToken,
        },
        channel::SecretName,
        contact::Address,
        content::Content,
        conversation::{Head, LastIn},
        message::{Inbound, InboundBody, Message, Outbound, Way},
        reason::Reason,
        sending::{self, CLAIM_LASTS},
        time::SignedDuration,
    },
    ports::{
        Clock, Doorbell, QueueUnavailable, Ring, Secrets, SecretsUnavailable,
        events::{BadAddress, EventJob, EventQueue},
        jobs::{JobQueue, JobRing},
        sign_in::{NotSignedIn, SignIn},
        store::{Claim, Step},
    },
    seal::{Sealed, sha256_hex},
};
use transom_engine::Engine;

use crate::described::{self, Asked};

/// A clock that only moves when it is told to.
#[derive(Debug)]
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// One key for every account but `keyless`.
#[derive(Debug)]
struct OneKey;

#[async_trait]
impl Secrets for OneKey {
    async fn get(&self, account: &AccountId, name: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable> {
        let known = name.as_str() == "account-key" && account.as_str() != "keyless";
        Ok(if known { vec![SecretString::from(format!("{:*>32}", account.as_str()))] } else { Vec::new() })
    }
}

/// An issuer whose signatures are all good; what its tokens say is checked as anybody's.
#[derive(Debug)]
struct OneIssuer(Arc<HandClock>);

#[async_trait]
impl SignIn for OneIssuer {
    fn check_issuer(&self, issuer: &str) -> Result<(), BadAddress> {
        if issuer.starts_with("https://") { Ok(()) } else { Err(BadAddress::NotHttps) }
    }
    async fn check(&self, token: &str, trust: &Trust) -> Result<Claims, NotSignedIn> {
        Ok(IdToken::read(token)?.claims(trust, self.0.now())?)
    }
}

/// Remembers who rang. The API never rings by itself: the stream does.
#[derive(Debug, Default)]
struct Bell(Mutex<Vec<Ring>>, Mutex<Vec<EventJob>>);

#[async_trait]
impl JobQueue for Bell {
    async fn ring(&self, _: &JobRing) -> Result<(), QueueUnavailable> {
        Ok(())
    }
    async fn come_again(&self, _: &str, _: u32) -> Result<(), QueueUnavailable> {
        Ok(())
    }
}

#[async_trait]
impl EventQueue for Bell {
    async fn put(&self, jobs: &[EventJob], _: u32) -> Result<(), QueueUnavailable> {
        self.1.lock().unwrap().extend_from_slice(jobs);
        Ok(())
    }
}

#[async_trait]
impl Doorbell for Bell {
    async fn ring(&self, ring: &Ring, _: &str) -> Result<(), QueueUnavailable> {
        self.0.lock().unwrap().push(ring.clone());
        Ok(())
    }
    async fn come_again(&self, _: &str, _: u32) -> Result<(), QueueUnavailable> {
        Ok(())
    }
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body of an answer that must be this one.
    #[track_caller]
    pub fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub fn with_status(self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
    }

    /// A problem document that names this field.
    #[track_caller]
    pub fn names(self, status: u16, field: &str) {
        self.is_a_problem(status);
        assert_eq!(self.body["errors"][0]["field"], field, "{}", self.body);
        assert!(self.body["errors"][0]["message"].is_string(), "{}", self.body);
    }

    #[track_caller]
    pub fn is_a_problem(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.body["status"], status);
        for part in ["type", "title", "detail"] {
            assert!(self.body[part].is_string(), "{}", self.body);
        }
    }
}

pub struct World {
    pub parts: Parts,
    pub account: AccountId,
    clock: Arc<HandClock>,
    bell: Arc<Bell>,
    router: Router,
    engine: Engine,
}

pub const TOKEN: &str = "token-of-demo";
pub const OTHER_TOKEN: &str = "token-of-other";
pub const KEYLESS_TOKEN: &str = "token-of-keyless";
pub const ANA: &str = "+16505551234";

impl World {
    /// Three accounts, and nothing else.
    pub async fn empty() -> Self {
        let engine = Engine::memory().unwrap();
        let client = engine.dynamo();
        create_tables(&client, "transom", "transom-contacts").await.unwrap();
        let clock = Arc::new(HandClock(Mutex::new("2026-03-02T12:00:00Z".parse().unwrap())));
        let bell = Arc::new(Bell::default());
        let parts = Parts {
            store: Arc::new(DynamoStore::new(client, "transom", "transom-contacts")),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            chance: Arc::new(SystemChance),
            secrets: Arc::new(OneKey),
            doorbell: Arc::clone(&bell) as Arc<dyn Doorbell>,
            events: Arc::clone(&bell) as Arc<dyn EventQueue>,
            subscribers: Arc::new(HttpSubscribers::new(Guard::default())),
            sign_in: Arc::new(OneIssuer(Arc::clone(&clock))),
            jobs: Arc::clone(&bell) as Arc<dyn JobQueue>,
            objects: Arc::new(MemoryObjects::default()),
            providers: Arc::new(Providers::new(http_client().unwrap(), ProviderUrls::default())),
            mode: transom::app::Mode::default(),
            memory: Arc::default(),
        };
        for (token, account) in [(TOKEN, "demo"), (OTHER_TOKEN, "other"), (KEYLESS_TOKEN, "keyless")] {
            let account = account.parse().unwrap();
            let hash = sha256_hex(token.as_bytes());
            let token = ApiToken::for_everything(&hash, "test", parts.now());
            parts.store.add_token(&account, &hash, &token).await.unwrap();
        }
        let router = api::router(parts.clone());
        Self { parts, account: "demo".parse().unwrap(), clock, bell, router, engine }
    }

    /// With a WhatsApp channel `front-desk` and a template `welcome`.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        world.put("/v1/channels/front-desk", channel()).await.with(200);
        let template =
            json!({ "approved": true, "body": "Hello {{guest}}", "parameters": "named", "time_to_live_seconds": 3600 });
        world.put("/v1/templates/welcome/en", template).await.with(200);
        world
    }

    /// What subscribers are to be told.
    pub fn told(&self) -> Vec<EventJob> {
        self.bell.1.lock().unwrap().clone()
    }

    /// The same table and clock, and a memory of its own.
    pub fn another_process(&self) -> Self {
        let parts = Parts { memory: Arc::default(), ..self.parts.clone() };
        Self {
            router: api::router(parts.clone()),
            parts,
            account: self.account.clone(),
            clock: Arc::clone(&self.clock),
            bell: Arc::clone(&self.bell),
            engine: self.engine.clone(),
        }
    }

    pub fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        self.engine.dynamo()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn turn(&self, by: SignedDuration) {
        let mut now = self.clock.0.lock().unwrap();
        *now += by;
    }

    /// Nothing in the API rings: what it stores does, by the stream.
    pub fn rings(&self) -> usize {
        self.bell.0.lock().unwrap().len()
    }

    /// Sends it, and sees to it that the API's document says what is sent and answered.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let (method, uri) = (head.method.clone(), head.uri.clone());
        let asked = Asked { method, uri, body: serde_json::from_slice(&body).ok() };
        let response = self.router.clone().oneshot(Request::from_parts(head, Body::from(body))).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        described::check(&asked, head.status, &head.headers, &body);
        let text = || String::from_utf8(body.to_vec()).unwrap();
        let body =
            if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap_or_else(|_| json!(text())) };
        Answer { status: head.status, headers: head.headers, body }
    }

    pub async fn call(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
            }
            None => request.body(Body::empty()).unwrap(),
        };
        self.send(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(TOKEN, "GET", path, None).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(TOKEN, "DELETE", path, None).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(TOKEN, "PUT", path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(TOKEN, "PATCH", path, Some(body)).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(TOKEN, "POST", path, Some(body)).await
    }
    pub async fn poke(&self, path: &str) -> Answer {
        self.call(TOKEN, "POST", path, None).await
    }

    /// A customer writes, now; their conversation.
    pub async fn writes(&self, phone: &str, text: &str) -> ConversationId {
        let parts = &self.parts;
        let channel: ChannelId = "front-desk".parse().unwrap();
        let keys = parts.keys(&self.account).await.unwrap();
        let address = Address::Phone(Phone::from_e164(phone).unwrap());
        let person = people::recognise(parts, &self.account, &keys, std::slice::from_ref(&address), None, None).await;
        let person = person.unwrap();
        let now = self.now();
        let head = Head::new(self.account.clone(), channel.clone(), person.contact, now);
        let key = inbound_key(now, &channel, &format!("wamid.{phone}.{text}"));
        let body = InboundBody {
            provider_id: format!("wamid.{text}"),
            content: Content::text(text),
            context: None,
            referral: None,
            profile_name: None,
        };
        let message = Inbound {
            gesture: None,
            trace: None,
            id: MessageId { conversation: head.id, key },
            account: self.account.clone(),
            channel,
            contact: person.contact,
            at: now,
            from: keys.hash(&address),
            opens_window: true,
            echo: false,
            received_at: now,
            sealed: Sealed::new(&body, &person.key, parts.nonce()),
            same_person: None,
        };
        parts.store.put_inbound(&message).await.unwrap();
        parts.store.raise(&head, &LastIn { at: now, address: keys.hash(&address) }).await.unwrap();
        self.file(head.id).await;
        head.id
    }

    /// Files a conversation in the inbox, as the stream's reader does.
    pub async fn file(&self, id: ConversationId) {
        transom::app::filing::file(&self.parts, &self.account, id).await.unwrap();
    }

    /// A text to somebody's phone; its id.
    pub async fn say(&self, phone: &str, text: &str) -> String {
        let body = text_to(&json!({ "phone": phone }), text);
        let body = self.post("/v1/messages", body).await.with(202);
        body["id"].as_str().unwrap().to_owned()
    }

    pub async fn outbound(&self, id: &str) -> Outbound {
        match self.parts.store.message(&self.account, id.parse().unwrap()).await.unwrap() {
            Some(Message::Outbound(message)) => *message,
            other => panic!("{other:?}"),
        }
    }

    /// A sender takes the message.
    pub async fn claim(&self, id: &str) {
        let message = self.outbound(id).await;
        let now = self.now();
        let claim = Claim {
            quote: transom::domain::cost::Quote { country: None, amount: None },
            consent: transom::domain::consent::Consent::default(),
            attempt: message.attempt + 1,
            at: now,
            until: now + CLAIM_LASTS,
            way: Way::FreeForm,
            reason: Reason::WindowOpen,
            planned_with: None,
            epoch: 0,
        };
        assert_eq!(self.parts.store.claim(&message, &claim).await.unwrap(), Step::Done);
    }

    /// The provider takes what a sender claimed.
    pub async fn accepted(&self, id: &str) {
        let message = self.outbound(id).await;
        let now = self.now();
        let step = self.parts.store.settle(&message, message.attempt, &sending::Answer::Accepted, None, now, now).await;
        assert_eq!(step.unwrap(), Step::Done);
    }
}

pub fn channel() -> Value {
    json!({
        "medium": "whatsapp",
        "provider": "meta",
        "endpoint": "meta",
        "number": "106540352242922",
        "phone": "+15550783881",
        "credentials": "meta-token",
        "display_name": "Hotel Aurora",
    })
}

pub fn text_to(to: &Value, text: &str) -> Value {
    let mut body = json!({ "to": to, "content": { "type": "text", "body": text } });
    if body["to"].get("conversation").is_none() {
        body["channel"] = json!("front-desk");
    }
    body
}
