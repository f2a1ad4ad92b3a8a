//! Long work, and where it stands.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::domain::{
    AccountId, JobId, Timestamp,
    job::{Job, JobState},
    retention::{Hold, Retention},
};

#[async_trait]
pub trait Jobs {
    /// Puts work that nobody put yet; the stream rings for it.
    async fn put_job(&self, job: &Job) -> Stored<Put>;
    /// Strongly consistent.
    async fn job(&self, account: &AccountId, id: JobId) -> Stored<Option<Job>>;
    /// Notes where the work stands, on condition that nobody did since `job` was read.
    async fn advance_job(
        &self,
        job: &Job,
        state: &JobState,
        progress: &serde_json::Value,
        now: Timestamp,
    ) -> Stored<Step>;
    async fn remove_job(&self, account: &AccountId, id: JobId) -> Stored<()>;
    /// All of an account's, in the order of their ids; after `after` if given.
    async fn jobs(&self, account: &AccountId, after: Option<JobId>, limit: usize) -> Stored<Vec<Job>>;

    async fn retention(&self, account: &AccountId) -> Stored<Option<Retention>>;
    async fn put_retention(&self, account: &AccountId, retention: &Retention) -> Stored<()>;

    /// Everything that may not be forgotten. Strongly consistent.
    async fn holds(&self, account: &AccountId) -> Stored<Vec<Hold>>;
    /// One for each contact, and one for the account.
    async fn put_hold(&self, account: &AccountId, hold: &Hold) -> Stored<()>;
    async fn lift_hold(&self, account: &AccountId, contact: Option<crate::domain::ContactId>) -> Stored<()>;
}
