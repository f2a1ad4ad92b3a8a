//! API tokens of programs. The token itself is shown once and never stored.

use serde::{Deserialize, Serialize};

use super::{Actor, Scopes};
use crate::domain::{Timestamp, TokenId};

/// A token as people see it in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    pub id: TokenId,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub created_by: Actor,
    /// From then on it is good for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// A token of an operator's, for everything.
    pub fn for_everything(token_hash: &str, name: &str, now: Timestamp) -> Self {
        Self {
            id: TokenId::of_hash(token_hash),
            name: name.to_owned(),
            scopes: Scopes::ALL,
            created_at: now,
            created_by: Actor::Operator,
            expires_at: None,
            revoked_at: None,
        }
    }
}

/// What a token begins with, so that people and scanners of source code know one when they see it.
pub const PREFIX: &str = "tk_";
