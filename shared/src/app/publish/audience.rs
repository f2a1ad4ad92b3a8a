//! The subscriptions of an account, read once for all that is told at a time.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Mutex;

use super::{Parts, Trouble};
use crate::domain::{AccountId, delivery::Health, subscription::Subscription};

type Subscriptions = Arc<Vec<(Subscription, Health)>>;

/// Who is told of what happened in one batch of changes, or of jobs. Never kept for longer: the next batch looks again.
#[derive(Debug, Default)]
pub struct Audience(Mutex<HashMap<AccountId, Subscriptions>>);

impl Audience {
    /// All subscriptions of an account.
    pub async fn of(&self, parts: &Parts, account: &AccountId) -> Result<Subscriptions, Trouble> {
        // Held while it reads: what else is told at the same time needs the same answer.
        let mut known = self.0.lock().await;
        if let Some(subscriptions) = known.get(account) {
            return Ok(Arc::clone(subscriptions));
        }
        let subscriptions = Arc::new(parts.store.subscriptions(account).await?);
        known.insert(account.clone(), Arc::clone(&subscriptions));
        Ok(subscriptions)
    }
}
