//! The use cases: load, decide, act, record. Each file is one of them, or what several share.

use std::{sync::Arc, time::Duration};

use crate::{
    adapters::providers::Providers,
    domain::{AccountId, Timestamp, time::SignedDuration},
    ports::{
        BoxError, Chance, Clock, Doorbell, QueueUnavailable, Secrets, SecretsUnavailable, Store, StoreError,
        events::{EventQueue, Subscribers},
        jobs::JobQueue,
        objects::{ObjectStore, ObjectsUnavailable},
        sign_in::SignIn,
    },
    seal::AccountKeys,
};

pub mod accept;
pub mod archive;
pub mod automations;
pub mod consents;
pub mod costs;
pub mod deadline;
pub mod expire;
pub mod filing;
pub mod filling;
mod gate;
pub mod held;
pub mod inbound;
pub mod jobs;
pub mod limit;
pub mod merge;
pub mod mint;
pub mod outlook;
pub mod parking;
pub mod people;
pub mod publish;
pub mod react;
pub mod rebuild;
mod receipt;
pub mod receive;
pub mod rehearsal;
pub mod requests;
pub mod restore;
pub mod search;
pub mod send;
pub mod sign_in;
pub mod staff;
pub mod steps;
pub mod templates;
pub mod timers;
mod unsent;
pub mod work;

/// What every use case works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub secrets: Arc<dyn Secrets>,
    pub doorbell: Arc<dyn Doorbell>,
    pub events: Arc<dyn EventQueue>,
    pub subscribers: Arc<dyn Subscribers>,
    pub sign_in: Arc<dyn SignIn>,
    pub jobs: Arc<dyn JobQueue>,
    /// The archive.
    pub objects: Arc<dyn ObjectStore>,
    pub providers: Arc<Providers>,
    pub mode: Mode,
    /// What this process remembers between calls.
    pub memory: Arc<limit::Memory>,
}

/// How this process takes part: the same for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Nothing is claimed and nothing leaves; whatever rings is put off. For a table that was restored and is looked at
    /// first.
    pub sends_paused: bool,
    /// Which generation of the system this is. One that is older than the table's fence sends nothing.
    pub epoch: u64,
    /// For how long a caller waits for an answer.
    pub answer_within: Duration,
    /// By how much the clock is ahead of the machine's, which says when a function ends. Only ever in tests.
    pub time_shift: SignedDuration,
}

impl Default for Mode {
    fn default() -> Self {
        Self { sends_paused: false, epoch: 0, answer_within: deadline::ANSWER_WITHIN, time_shift: SignedDuration::ZERO }
    }
}

/// Something outside did not do its part. Nothing is lost: the caller comes again, or asks its caller to.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secrets(#[from] SecretsUnavailable),
    #[error(transparent)]
    Queue(#[from] QueueUnavailable),
    #[error(transparent)]
    Objects(#[from] ObjectsUnavailable),
    #[error("account {account} has no usable secret named \"account-key\"")]
    NoAccountKey { account: AccountId },
    #[error("a stored value could not be made ready")]
    Unexpected(#[source] BoxError),
}

/// The secret from which an account's keys are derived.
const ACCOUNT_KEY: &str = "account-key";

impl Parts {
    /// Our time, in the resolution that is stored.
    pub fn now(&self) -> Timestamp {
        crate::domain::time::to_millis(self.clock.now())
    }

    /// The end of a piece of work that takes `most`, or less if its function ends sooner. `ends_at`: when it does, in
    /// milliseconds since 1970 by the machine's clock; 0 where nobody says.
    pub fn deadline(&self, most: Duration, ends_at: u64) -> deadline::Deadline {
        deadline::Deadline::within(most, ends_at, self.now() - self.mode.time_shift)
    }

    /// The keys of an account. The secret store's adapter caches the secret, so this costs no call per message.
    pub async fn keys(&self, account: &AccountId) -> Result<AccountKeys, Trouble> {
        use secrecy::ExposeSecret;
        let name = ACCOUNT_KEY.parse().expect("it is the name of a secret");
        let values = self.secrets.get(account, &name).await?;
        let secret = values.first().filter(|secret| secret.expose_secret().len() >= 32);
        let secret = secret.ok_or_else(|| Trouble::NoAccountKey { account: account.clone() })?;
        Ok(AccountKeys::derive(secret.expose_secret().as_bytes()))
    }

    /// Twelve random bytes for a sealed value.
    pub fn nonce(&self) -> [u8; 12] {
        let mut nonce = [0; 12];
        self.chance.bytes(&mut nonce);
        nonce
    }

    /// 128 random bits.
    pub fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        self.chance.bytes(&mut bytes);
        u128::from_be_bytes(bytes)
    }
}
