//! A system around the canned store: an endpoint of Meta's, one contact, and the real webhook function.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use http::{HeaderMap, HeaderValue};
use lambda_http::{Body, Request, RequestExt};
use secrecy::SecretString;
use transom::{
    adapters::{
        chance::SystemChance,
        clock::SystemClock,
        dynamodb::{DynamoStore, schema::create_tables},
        objects::MemoryObjects,
        providers::{ProviderUrls, Providers, http_client},
        sign_in::OpenIdSignIn,
        subscribers::{Guard, HttpSubscribers},
    },
    app::{Mode, Parts, people},
    domain::{
        AccountId, Phone,
        channel::{Channel, Endpoint, Medium, ProviderKind, SecretName},
        contact::Address,
    },
    ports::{
        Doorbell, QueueUnavailable, Ring, Secrets, SecretsUnavailable,
        events::{EventJob, EventQueue},
        jobs::{JobQueue, JobRing},
    },
};
use transom_engine::Engine;

use crate::canned::{self, Asked, CONTACTS_TABLE, Habits, Overheard, Rows, TABLE};
use crate::clocked::{Spent, clocked};

pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The phone number id that the endpoint maps to a channel.
pub const NUMBER: &str = "106540352242922";
pub const CHANNEL: &str = "hotel-whatsapp";
pub const ENDPOINT: &str = "hotel";
pub const WRITER: &str = "16505551234";

/// Everything that the webhook function works with.
#[derive(Debug, Clone)]
pub struct Setting {
    pub parts: Parts,
    pub asked: Arc<Asked>,
    pub endpoint: Endpoint,
    pub person: people::Person,
}

impl Setting {
    pub async fn new(habits: Habits) -> Self {
        Self::of(&Rows::learnt().await, habits).await
    }

    pub async fn of(rows: &Rows, habits: Habits) -> Self {
        let (store, asked) = canned::store(habits, rows);
        let parts = parts(store);
        let person = writer(&parts).await;
        Self { parts, asked, endpoint: endpoint(), person }
    }

    pub fn webhook(&self) -> webhook::Webhook {
        webhook::Webhook::new(self.parts.clone())
    }
}

impl Rows {
    /// Written by the real store, and as its engine showed them.
    pub async fn learnt() -> Self {
        let engine = Engine::memory().expect("the engine opens");
        create_tables(&engine.dynamo(), TABLE, CONTACTS_TABLE).await.expect("the tables are made");
        let (store, overheard) = Overheard::store(&engine);
        let parts = parts(store);
        let endpoint = endpoint();
        parts.store.put_endpoint(&endpoint).await.expect("it is stored");
        parts.store.endpoint(&endpoint.id).await.expect("it is found");
        // Made, then found.
        writer(&parts).await;
        writer(&parts).await;
        Self::of(&overheard)
    }
}

async fn writer(parts: &Parts) -> people::Person {
    let keys = parts.keys(&account()).await.expect("the account has keys");
    let addresses = [Address::Phone(Phone::from_e164(WRITER).expect("a number"))];
    people::recognise(parts, &account(), &keys, &addresses, None, None).await.expect("there is a contact")
}

/// A whole store, on an embedded engine, with the endpoint and its channel in it.
pub async fn parts_on_an_engine(urls: ProviderUrls) -> (Parts, Spent) {
    let engine = Engine::memory().expect("the engine opens");
    create_tables(&engine.dynamo(), TABLE, CONTACTS_TABLE).await.expect("the tables are made");
    let (client, spent) = clocked(&engine);
    let parts = Parts {
        providers: Arc::new(Providers::new(http_client().expect("an HTTP client"), urls)),
        ..parts(DynamoStore::new(client, TABLE, CONTACTS_TABLE))
    };
    parts.store.put_endpoint(&endpoint()).await.expect("it is stored");
    let channel = Channel {
        id: CHANNEL.parse().expect("an id"),
        medium: Medium::WhatsApp,
        provider: ProviderKind::Meta,
        endpoint: ENDPOINT.parse().expect("an id"),
        number: NUMBER.to_owned(),
        phone: Phone::from_e164("15550783881").expect("a number"),
        credentials: name("meta-token"),
        provider_account: None,
        sms: None,
        display_name: "Hotel".to_owned(),
        // More than is measured, so that the limiter holds nothing back.
        messages_per_second: 1000,
    };
    parts.store.put_channel(&account(), &channel).await.expect("it is stored");
    (parts, spent)
}

pub fn account() -> AccountId {
    "hotel".parse().expect("an id")
}

fn name(text: &str) -> SecretName {
    text.parse().expect("a name")
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: ENDPOINT.parse().expect("an id"),
        account: account(),
        provider: ProviderKind::Meta,
        public_url: format!("https://hotel.example/webhooks/{ENDPOINT}"),
        signing_secret: name("meta-app-secret"),
        verify_token: None,
        numbers: [(NUMBER.to_owned(), CHANNEL.parse().expect("an id"))].into(),
        early_until: None,
    }
}

fn parts(store: DynamoStore) -> Parts {
    let http = http_client().expect("an HTTP client");
    Parts {
        store: Arc::new(store),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        secrets: Arc::new(OneSecret),
        doorbell: Arc::new(NoBell),
        events: Arc::new(NoEvents),
        subscribers: Arc::new(HttpSubscribers::new(Guard::default())),
        sign_in: Arc::new(OpenIdSignIn::new(Guard::default(), Arc::new(SystemClock))),
        jobs: Arc::new(NoEvents),
        objects: Arc::new(MemoryObjects::default()),
        providers: Arc::new(Providers::new(http, ProviderUrls::default())),
        mode: Mode::default(),
        memory: Arc::default(),
    }
}

/// The same value for every name: what the cache in front of the secret store would give.
#[derive(Debug)]
struct OneSecret;

#[async_trait]
impl Secrets for OneSecret {
    async fn get(&self, _: &AccountId, _: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable> {
        Ok(vec![SecretString::from(SECRET)])
    }
}

/// Nothing rings in what is measured here.
#[derive(Debug)]
struct NoBell;

#[async_trait]
impl Doorbell for NoBell {
    async fn ring(&self, _: &Ring, _: &str) -> Result<(), QueueUnavailable> {
        Ok(())
    }
    async fn come_again(&self, _: &str, _: u32) -> Result<(), QueueUnavailable> {
        Ok(())
    }
}

/// Nobody is told.
#[derive(Debug)]
struct NoEvents;

#[async_trait]
impl JobQueue for NoEvents {
    async fn ring(&self, _: &JobRing) -> Result<(), QueueUnavailable> {
        Ok(())
    }
    async fn come_again(&self, _: &str, _: u32) -> Result<(), QueueUnavailable> {
        Ok(())
    }
}

#[async_trait]
impl EventQueue for NoEvents {
    async fn put(&self, _: &[EventJob], _: u32) -> Result<(), QueueUnavailable> {
        Ok(())
    }
}

/// Meta's signature, as the header has it.
pub fn signature(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

pub fn headers(body: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-hub-signature-256", HeaderValue::from_str(&signature(body)).expect("hexadecimal digits"));
    headers
}

/// A call of the webhook, as API Gateway hands it over.
pub fn request(body: Vec<u8>) -> Request {
    let path = format!("/webhooks/{ENDPOINT}");
    let mut request = http::Request::post(&path).body(Body::Empty).expect("a request");
    *request.headers_mut() = headers(&body);
    *request.body_mut() = match String::from_utf8(body) {
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    };
    request.with_raw_http_path(&path)
}
