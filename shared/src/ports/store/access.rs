//! Who may call: tokens of programs, staff and how they sign in; and the log of who did what.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::{
    domain::{
        AccountId, StaffId, Timestamp, TokenId,
        access::{
            audit::AuditLine,
            claims::Trust,
            staff::{Duties, StaffPerson},
            token::ApiToken,
        },
        job::Day,
        limit::Seats,
    },
    seal::Sealed,
};

/// One person of the staff as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRow {
    pub id: StaffId,
    /// Sealed under the account's key.
    pub person: Sealed<StaffPerson>,
    pub duties: Duties,
    pub created_at: Timestamp,
    /// Counts the writes: that it was read at.
    pub rev: u64,
    /// Under the limit of their calls.
    pub seats: Seats,
}

/// A line of the audit log, and where it lies: what a page of it goes on behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub place: String,
    pub line: AuditLine,
}

/// How what a line of the log tells of ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The HTTP status that it was answered with.
    pub status: u16,
    /// What was made.
    pub subject: Option<String>,
    /// Which fields the request named.
    pub fields: Vec<String>,
}

#[async_trait]
pub trait Access {
    /// Stores a new token: first its line in the account's list, then what lets it in, so that no token is good that nobody
    /// can see and revoke.
    async fn add_token(&self, account: &AccountId, token_hash: &str, token: &ApiToken) -> Stored<()>;
    /// The tokens that were made by the API, revoked ones too, in the order of their ids.
    async fn tokens(&self, account: &AccountId) -> Stored<Vec<ApiToken>>;
    /// Makes a token good for nothing, from the next call on. `Lost`: there is no such token.
    async fn revoke_token(&self, account: &AccountId, id: &TokenId, at: Timestamp) -> Stored<Step>;

    async fn staff(&self, account: &AccountId) -> Stored<Vec<StaffRow>>;
    async fn staff_member(&self, account: &AccountId, id: StaffId) -> Stored<Option<StaffRow>>;
    /// As they are after this write, on condition that they are still as they were read (`rev`; 0: are not there yet).
    async fn put_staff(&self, account: &AccountId, staff: &StaffRow) -> Stored<Step>;
    /// Whom a signed-in subject is, by a keyed hash of it and its issuer.
    async fn signed_in(&self, account: &AccountId, subject: &str) -> Stored<Option<StaffId>>;
    /// Ties a subject to one of the staff, once.
    async fn tie_subject(&self, account: &AccountId, subject: &str, staff: StaffId) -> Stored<Put>;

    /// Whom the account's staff sign in with.
    async fn trusts(&self, account: &AccountId) -> Stored<Vec<Trust>>;
    /// All of them anew. `hashes`: what stands for each in keys.
    async fn put_trusts(&self, account: &AccountId, trusts: &[Trust], hashes: &[String]) -> Stored<()>;
    /// The accounts that trust an issuer and client, by what stands for both.
    async fn trusting(&self, hash: &str) -> Stored<Vec<AccountId>>;

    /// Adds a line to the audit log, which is kept until `expires_at` (`None`: for good); where it lies.
    async fn audit(
        &self,
        account: &AccountId,
        line: &AuditLine,
        once: u128,
        expires_at: Option<Timestamp>,
    ) -> Stored<String>;
    /// Says how it ended, and what was made and named, if the line does not say.
    async fn audited(&self, account: &AccountId, place: &str, ended: &Ended) -> Stored<()>;
    /// Lines of one day, newest first, behind the place `before` if given.
    async fn audit_lines(
        &self,
        account: &AccountId,
        day: Day,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<AuditEntry>>;
}
