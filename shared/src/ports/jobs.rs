//! The queue of long work. A doorbell: the job's row says what there is to do, and where it stands.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::QueueUnavailable;
use crate::domain::{AccountId, JobId};

/// There is a step to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "v")]
pub enum JobRing {
    #[serde(rename = "1")]
    V1 { account: AccountId, job: JobId },
}

impl JobRing {
    pub fn account(&self) -> &AccountId {
        match self {
            Self::V1 { account, .. } => account,
        }
    }
}

#[async_trait]
pub trait JobQueue: Send + Sync + fmt::Debug {
    async fn ring(&self, ring: &JobRing) -> Result<(), QueueUnavailable>;
    /// Lets a ring that is being answered come again after `seconds`.
    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable>;
}
