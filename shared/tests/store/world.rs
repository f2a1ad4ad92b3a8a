//! A store of its own for each test, and plain values to put into it.

use std::sync::Arc;

use transom::{
    adapters::dynamodb::{DynamoStore, Meter, schema},
    domain::{
        AccountId, ContactId, ConversationId, MessageId, Timestamp,
        contact::{Address, AddressHash},
        content::Content,
        conversation::{Head, LastIn},
        ids::MessageKey,
        inbox::places,
        message::{Inbound, InboundBody, Message, OnHeld, Outbound, OutboundBody, Purpose, Via, Way},
        reason::Reason,
        sending::SenderState,
    },
    ports::store::{Claim, ContactRow, Conversations, Filed, Messages, Step},
    seal::{AccountKeys, Sealed, SubjectKey, WrappedKey},
};
use transom_engine::Engine;

pub const TABLE: &str = "transom";
pub const CONTACTS: &str = "transom-contacts";

pub struct World {
    pub engine: Engine,
    pub store: DynamoStore,
    pub meter: Arc<Meter>,
}

impl World {
    pub async fn new() -> Self {
        let engine = Engine::memory().unwrap();
        let client = engine.dynamo();
        schema::create_tables(&client, TABLE, CONTACTS).await.unwrap();
        let (store, meter) = DynamoStore::new(client, TABLE, CONTACTS).metered();
        Self { engine, store, meter }
    }

    pub async fn head(&self) -> Head {
        let head = head();
        self.store.head(&head.account, head.id).await.unwrap().unwrap()
    }

    /// A conversation whose customer wrote at `at(seconds)`.
    pub async fn raised(&self, seconds: i64) -> Head {
        self.store.raise(&head(), &last_in(seconds)).await.unwrap();
        self.head().await
    }

    pub async fn outbound(&self, id: MessageId) -> Outbound {
        match self.store.message(&account(), id).await.unwrap().unwrap() {
            Message::Outbound(message) => *message,
            Message::Inbound(_) => panic!("an inbound message"),
        }
    }

    /// A queued message, stored.
    pub async fn queued(&self) -> Outbound {
        let message = outbound(10, "Your room is ready");
        self.store.put_outbound(&message).await.unwrap();
        self.outbound(message.id).await
    }

    /// Takes the next attempt and reads the message again.
    pub async fn claimed(&self, message: &Outbound) -> Outbound {
        let claim = claim(message.attempt + 1);
        assert_eq!(self.store.claim(message, &claim).await.unwrap(), Step::Done);
        self.outbound(message.id).await
    }

    /// The raw row at a key of the main table, as (attribute, size in bytes).
    pub async fn size(&self, table: &str, pk: &str, sk: &str) -> usize {
        use aws_sdk_dynamodb::types::AttributeValue;
        let row = self
            .engine
            .dynamo()
            .get_item()
            .table_name(table)
            .key("pk", AttributeValue::S(pk.into()))
            .key("sk", AttributeValue::S(sk.into()))
            .send()
            .await
            .unwrap()
            .item
            .unwrap();
        // DynamoDB, "item sizes and formats".
        row.iter()
            .map(|(name, value)| {
                name.len()
                    + match value {
                        AttributeValue::S(text) => text.len(),
                        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
                        AttributeValue::B(bytes) => bytes.as_ref().len(),
                        AttributeValue::Bool(_) => 1,
                        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
                        other => panic!("{other:?}"),
                    }
            })
            .sum()
    }
}

/// Files a conversation by a head and the work that is stored.
pub async fn file(store: &DynamoStore, head: &Head) -> Filed {
    let filings = store.filings(&head.account, head.id).await.unwrap();
    store.file(&head.account, &filings, &places(head, &filings.work)).await.unwrap()
}

/// As long as an account's name usually is at most.
pub fn account() -> AccountId {
    "grand-hotel-downtown".parse().unwrap()
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub fn key(seed: u8) -> SubjectKey {
    SubjectKey { id: [seed; 8], key: [seed; 32] }
}

pub fn wrapped(seed: u8) -> WrappedKey {
    AccountKeys::derive(&[1; 32]).wrap(&key(seed), [seed; 12])
}

pub fn contact_id(n: u128) -> ContactId {
    ContactId::from_bits((1 << 120) + n)
}

pub fn hash(name: &str) -> AddressHash {
    AddressHash(format!("{name:_<22}"))
}

pub fn address(name: &str) -> Sealed<Address> {
    Sealed::new(&Address::UserId(format!("US.{name}")), &key(1), [1; 12])
}

pub fn contact(n: u8) -> ContactRow {
    ContactRow {
        id: contact_id(u128::from(n)),
        key: Some(wrapped(n)),
        addresses: vec![],
        profile: None,
        consent: transom::domain::consent::Consent::default(),
        former: vec![],
        survivor: None,
        erased_at: None,
        created_at: at(0),
    }
}

pub fn head() -> Head {
    Head::new(account(), "front-desk-whatsapp".parse().unwrap(), contact_id(7), at(0))
}

pub fn last_in(seconds: i64) -> LastIn {
    LastIn { at: at(seconds), address: hash("phone") }
}

pub fn message_id(seconds: i64, tail: u128) -> MessageId {
    MessageId { conversation: head().id, key: MessageKey::new(at(seconds), (1 << 79) + tail) }
}

pub fn conversation() -> ConversationId {
    head().id
}

pub fn inbound(seconds: i64, text: &str) -> Inbound {
    let body = InboundBody {
        provider_id: "wamid.HBgLMTU1NTAxMDAwMDEVAgASGBQzQTAwMDAwMDAwMDAwMDAwMDAwMAA=".into(),
        content: Content::text(text),
        context: None,
        referral: None,
        profile_name: Some("A Guest Of The House".into()),
    };
    Inbound {
        trace: None,
        gesture: None,
        id: message_id(seconds, 1),
        account: account(),
        channel: head().channel,
        contact: head().contact,
        at: at(seconds),
        from: hash("phone"),
        opens_window: true,
        echo: false,
        received_at: at(seconds + 1),
        sealed: Sealed::new(&body, &key(7), [7; 12]),
        same_person: None,
    }
}

pub fn outbound(seconds: i64, text: &str) -> Outbound {
    let body = OutboundBody { content: Content::text(text), to: None };
    Outbound {
        template: None,
        language: None,
        on_held: OnHeld::Ladder,
        rank: None,
        edits: 0,
        quote: None,
        pricing: None,
        consent: None,
        provider_id: None,
        by: None,
        trace: None,
        id: message_id(seconds, 2),
        account: account(),
        channel: head().channel,
        contact: head().contact,
        purpose: Purpose::Reply,
        via: Via::Auto,
        accepted_at: at(seconds),
        expires_at: at(seconds + 3600),
        sealed: Sealed::new(&body, &key(7), [7; 12]),
        state: SenderState::Queued,
        attempt: 0,
        attempts: vec![],
        way: None,
        reason: None,
        planned_with: None,
        changed_at: at(seconds),
    }
}

pub fn claim(attempt: u32) -> Claim {
    Claim {
        consent: transom::domain::consent::Consent::default(),
        attempt,
        at: at(20),
        until: at(80),
        way: Way::FreeForm,
        reason: Reason::WindowOpen,
        planned_with: Some(at(5)),
        quote: "DE 11300 USD".parse().unwrap(),
        epoch: 0,
    }
}
