//! What the core asks of the store: many small promises, grouped by what they are about.
//!
//! Every write is conditional or a maximum, so doing it twice does nothing twice. Reads that decide something are
//! strongly consistent.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::BoxError;
use crate::{
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, EndpointId, MessageId, Timestamp,
        channel::{Channel, Endpoint},
        consent::{Consent, ConsentWord},
        contact::{Address, AddressHash, Profile},
        conversation::{Head, LastIn, Tray},
        ids::MessageKey,
        inbound::ReceiptStatus,
        ladder::Ladder,
        message::{Inbound, Message, Outbound, Way},
        reason::Reason,
        sending::Answer,
        template::Template,
        timer::Timer,
    },
    seal::{Sealed, WrappedKey},
};

/// The store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It did not answer, throttled, or answered with an error. Whether a write took place is not known; every write
    /// may be repeated.
    #[error("the store could not {doing}")]
    Unavailable {
        doing: &'static str,
        #[source]
        source: BoxError,
    },
    /// A row is not what this version reads.
    #[error("row {key} cannot be read: {why}")]
    BadRow { key: String, why: String },
}

pub type Stored<T> = Result<T, StoreError>;

/// Everything.
pub trait Store: Contacts + Conversations + Messages + Settings + Timers + Parking + Send + Sync + fmt::Debug {}
impl<T: Contacts + Conversations + Messages + Settings + Timers + Parking + Send + Sync + fmt::Debug> Store for T {}

/// Whether a put stored something or found it there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    New,
    Already,
}

/// Whether a conditional step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Done,
    /// The row is not, or no longer, as the caller believed.
    Lost,
}

// ---- contacts ---------------------------------------------------------------------------------------------------

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub contact: ContactId,
    /// The key under which everything of the contact is sealed.
    pub key: WrappedKey,
    /// The contact that the address belonged to before a merge, with the time of the merge.
    pub former: Option<(ContactId, Timestamp)>,
}

/// A contact as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    pub id: ContactId,
    /// `None`: the person was erased.
    pub key: Option<WrappedKey>,
    /// Sealed addresses by their hash, in a fixed order (phones first).
    pub addresses: Vec<(AddressHash, Sealed<Address>)>,
    pub profile: Option<Sealed<Profile>>,
    pub consent: Consent,
    pub former: Vec<ContactId>,
    pub survivor: Option<ContactId>,
    pub created_at: Timestamp,
}

#[async_trait]
pub trait Contacts {
    /// One batch read; the answers stand in the order of the questions.
    async fn identities(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<Vec<Option<Identity>>>;

    /// Puts a contact that nobody refers to yet.
    async fn put_contact(&self, account: &AccountId, contact: &ContactRow) -> Stored<()>;

    /// Gives a contact another address: first on the contact, then the identity if it is new. Answers what the identity
    /// leads to afterwards, which is another contact if that one was first.
    async fn link(
        &self,
        account: &AccountId,
        contact: ContactId,
        hash: &AddressHash,
        address: &Sealed<Address>,
        phone: bool,
        key: &WrappedKey,
    ) -> Stored<Identity>;

    /// A contact with its consent; strongly consistent.
    async fn contact(&self, account: &AccountId, id: ContactId) -> Stored<Option<ContactRow>>;

    /// Consent alone, strongly consistent: read again before a claim.
    async fn consent(&self, account: &AccountId, id: ContactId) -> Stored<Consent>;

    /// Raises the time of an opt-out or an opt-in; never lowers it. `source` says in a word where it came from.
    async fn record_consent(
        &self,
        account: &AccountId,
        id: ContactId,
        word: ConsentWord,
        at: Timestamp,
        source: &str,
    ) -> Stored<()>;

    async fn set_profile(&self, account: &AccountId, id: ContactId, profile: &Sealed<Profile>) -> Stored<()>;

    /// Makes `former` part of `survivor`: pointers on both contacts, and the former's identities lead to the survivor.
    /// Doing it again completes what a crash left.
    async fn merge_contacts(
        &self,
        account: &AccountId,
        survivor: ContactId,
        former: ContactId,
        at: Timestamp,
    ) -> Stored<Step>;

    /// Takes a merge back: pointers gone, the former's identities lead to it again.
    async fn unmerge_contacts(&self, account: &AccountId, survivor: ContactId, former: ContactId) -> Stored<Step>;
}

// ---- conversations ----------------------------------------------------------------------------------------------

/// One line of the inbox index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxLine {
    pub conversation: ConversationId,
    /// The sort key: the time of the last activity in minutes, and the conversation.
    pub sort: String,
}

#[async_trait]
pub trait Conversations {
    /// Strongly consistent.
    async fn head(&self, account: &AccountId, id: ConversationId) -> Stored<Option<Head>>;

    /// Several heads at once, eventually consistent, for lists. Missing ones are left out.
    async fn heads(&self, account: &AccountId, ids: &[ConversationId]) -> Stored<Vec<Head>>;

    /// Puts the head of a conversation that the business begins, if there is none.
    async fn begin(&self, head: &Head) -> Stored<Put>;

    /// Raises the head to a newer inbound message, creating it if it is missing. Never lowers it.
    async fn raise(&self, head: &Head, last_in: &LastIn) -> Stored<Step>;

    /// Records which message answers the customer, unless an answer to the same or a newer message is recorded.
    async fn record_answer(
        &self,
        account: &AccountId,
        id: ConversationId,
        message: MessageKey,
        last_in: Timestamp,
    ) -> Stored<Step>;

    /// Takes the record back if it names this message; `instead` takes its place if another answer stands.
    async fn withdraw_answer(
        &self,
        account: &AccountId,
        id: ConversationId,
        message: MessageKey,
        instead: Option<MessageKey>,
    ) -> Stored<Step>;

    /// The provider said "closed" for the window of this inbound time.
    async fn close_window(&self, account: &AccountId, id: ConversationId, last_in: Option<Timestamp>) -> Stored<()>;

    /// Closes the conversation by hand.
    async fn close(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step>;

    /// Archives the conversation by hand.
    async fn archive(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step>;

    /// Sets `waiting_from` (to `from` if that is older) and a fresh `rev`, on condition that `last_in` and
    /// `survivor` are still those of `planned`. `Lost`: plan again.
    async fn wait_from(&self, planned: &Head, from: MessageKey, rev: &str) -> Stored<Step>;

    /// Clears `waiting_from`, on condition that `wait_rev` is the one read before listing.
    async fn nothing_waits(&self, listed: &Head) -> Stored<Step>;

    /// Touches the head so that it rings.
    async fn wake(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step>;

    /// Points a former conversation to its survivor and back. Doing it again completes what a crash left.
    async fn join_heads(&self, survivor: &Head, former: ConversationId) -> Stored<()>;

    /// Takes the pointers away again.
    async fn part_heads(&self, account: &AccountId, survivor: ConversationId, former: ConversationId) -> Stored<()>;

    /// Files the conversation in the inbox index, unless a newer version of the head is filed.
    async fn file(&self, head: &Head) -> Stored<Step>;

    /// Lines of one tray, newest activity first, before `before` if given.
    /// `range` bounds the last activity: at or after `.0`, before `.1`.
    async fn inbox(
        &self,
        account: &AccountId,
        tray: Tray,
        range: (Option<Timestamp>, Option<Timestamp>),
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<InboxLine>>;
}

// ---- messages ---------------------------------------------------------------------------------------------------

/// The claim of one attempt.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The number of this attempt: one more than the message's.
    pub attempt: u32,
    pub at: Timestamp,
    pub until: Timestamp,
    pub way: Way,
    pub reason: Reason,
    /// `last_in` as the plan saw it.
    pub planned_with: Option<Timestamp>,
}

/// A final or waiting state that the sender writes without an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Waiting,
    Refused,
    Expired,
    Cancelled,
    /// The attempt may have gone out; `until`: when that is settled.
    Unknown {
        until: Timestamp,
    },
    Undetermined,
}

/// What recording a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    New,
    /// It was known, or a newer one of its kind is.
    Already,
    /// No such message: it was sent by another system, or it is gone.
    NoSuchMessage,
}

/// What a client's Idempotency-Key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientKey {
    /// It is new and leads to the message given now.
    New,
    /// It was used with the same body, for this message.
    Same(MessageId),
    /// It was used with another body.
    Other,
}

#[async_trait]
pub trait Messages {
    async fn put_inbound(&self, message: &Inbound) -> Stored<Put>;
    async fn put_outbound(&self, message: &Outbound) -> Stored<Put>;

    /// Strongly consistent.
    async fn message(&self, account: &AccountId, id: MessageId) -> Stored<Option<Message>>;

    /// Newest first, before `before` if given; for lists.
    async fn messages(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        before: Option<MessageKey>,
        limit: usize,
    ) -> Stored<Vec<Message>>;

    /// All outbound messages at or after `from`, oldest first; strongly consistent.
    async fn outbound_from(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        from: MessageKey,
    ) -> Stored<Vec<Outbound>>;

    /// Takes the next attempt of a message that stands as `message` was read.
    async fn claim(&self, message: &Outbound, claim: &Claim) -> Stored<Step>;

    /// Writes what the call said, on condition that the claim of this attempt still stands (or became unknown).
    /// `provider_id` is the provider's name of the message, sealed.
    async fn settle(
        &self,
        message: &Outbound,
        attempt: u32,
        answer: &Answer,
        provider_id: Option<&Sealed<String>>,
        now: Timestamp,
        unknown_until: Timestamp,
    ) -> Stored<Step>;

    /// The attempt certainly did not go out: the message is queued again.
    async fn release(&self, message: &Outbound, attempt: u32, reason: Reason, now: Timestamp) -> Stored<Step>;

    /// Gives a verdict on a message that stands as `message` was read.
    async fn judge(
        &self,
        message: &Outbound,
        verdict: Verdict,
        reason: Reason,
        planned_with: Option<Timestamp>,
        now: Timestamp,
    ) -> Stored<Step>;

    /// Records a receipt on the attempt that it is about; one write, in any order, any number of times.
    async fn record_receipt(
        &self,
        account: &AccountId,
        message: MessageId,
        attempt: u32,
        status: &ReceiptStatus,
        at: Timestamp,
    ) -> Stored<Recorded>;

    /// What a client's key leads to; `New` if it was never used. Strongly consistent.
    async fn client_key(
        &self,
        account: &AccountId,
        key_hash: &str,
        body_hash: &str,
        now: Timestamp,
    ) -> Stored<ClientKey>;

    /// Ties a client's key to a message for 30 days.
    async fn claim_client_key(
        &self,
        account: &AccountId,
        key_hash: &str,
        body_hash: &str,
        message: MessageId,
        now: Timestamp,
    ) -> Stored<ClientKey>;

    /// The time at which this fact was first seen: `now` if that is now.
    async fn first_seen(&self, account: &AccountId, fact_hash: &str, now: Timestamp) -> Stored<Timestamp>;
}

// ---- settings ---------------------------------------------------------------------------------------------------

#[async_trait]
pub trait Settings {
    async fn endpoint(&self, id: &EndpointId) -> Stored<Option<Endpoint>>;
    /// `Lost`: the id belongs to another account.
    async fn put_endpoint(&self, endpoint: &Endpoint) -> Stored<Step>;

    async fn channel(&self, account: &AccountId, id: &ChannelId) -> Stored<Option<Channel>>;
    async fn channels(&self, account: &AccountId) -> Stored<Vec<Channel>>;
    async fn put_channel(&self, account: &AccountId, channel: &Channel) -> Stored<()>;

    async fn ladder(&self, account: &AccountId) -> Stored<Option<Ladder>>;
    async fn put_ladder(&self, account: &AccountId, ladder: &Ladder) -> Stored<()>;

    /// All languages of the template; of all templates if `name` is `None`.
    async fn templates(&self, account: &AccountId, name: Option<&str>) -> Stored<Vec<Template>>;
    async fn put_template(&self, account: &AccountId, template: &Template) -> Stored<()>;

    /// The account that an API token belongs to, by the token's hash.
    async fn token(&self, token_hash: &str) -> Stored<Option<AccountId>>;
    async fn put_token(&self, token_hash: &str, account: &AccountId) -> Stored<()>;
}

// ---- timers -----------------------------------------------------------------------------------------------------

#[async_trait]
pub trait Timers {
    /// The same timer twice is one timer.
    async fn arm(&self, timer: &Timer) -> Stored<()>;
    /// A page of one bucket, and whether there may be more.
    async fn bucket(&self, minute: i64, shard: u8, limit: usize) -> Stored<Vec<Timer>>;
    async fn disarm(&self, timer: &Timer) -> Stored<()>;
    /// The last minute that was swept whole in this shard.
    async fn cursor(&self, shard: u8) -> Stored<Option<i64>>;
    /// Only ever moves forward.
    async fn advance_cursor(&self, shard: u8, minute: i64) -> Stored<()>;
}

// ---- parking ----------------------------------------------------------------------------------------------------

/// Something that could not be handled and waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// `{day}.{time}.{hash}`: locates the record.
    pub id: String,
    pub account: AccountId,
    pub at: Timestamp,
    /// Why, for people.
    pub why: String,
    pub what: ParkedKind,
    /// Sealed under the account's own key.
    pub sealed: Sealed<ParkedBody>,
}

/// The id of a record about `name`, first met at `at`: `{day}.{time}.{hash}`, the day as in `2026-03-01`.
pub fn parked_id(at: Timestamp, name: &str) -> String {
    let hash = crate::seal::sha256_hex(name.as_bytes());
    format!("{}.{:013}.{}", at.strftime("%Y-%m-%d"), at.as_millisecond(), &hash[..32])
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ParkedKind {
    /// A webhook, or a part of one.
    Webhook { endpoint: EndpointId },
    /// A change that `react` could not follow.
    Change { key: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedBody {
    /// The element that could not be handled; enough to try again.
    pub element: Value,
}

#[async_trait]
pub trait Parking {
    async fn park(&self, record: &Parked) -> Stored<Put>;
    async fn parked(&self, account: &AccountId, id: &str) -> Stored<Option<Parked>>;
    /// Newest first, over the last `days` days before `now`.
    async fn parked_list(
        &self,
        account: &AccountId,
        now: Timestamp,
        days: u32,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<Parked>>;
    async fn unpark(&self, account: &AccountId, id: &str) -> Stored<()>;
}
