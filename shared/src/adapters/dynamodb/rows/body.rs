//! Where a row's sealed content lies: on the row, or in parts.

use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::adapters::dynamodb::parts::Stowed;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Body {
    /// The sealed content, unless it is kept in parts.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub b: Bytes,
    /// The number of parts, and the tag in their keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bn: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bt: Option<String>,
}

/// The parts that hold a row's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub count: u32,
    pub tag: String,
}

impl Body {
    pub fn new(stowed: &Stowed<'_>) -> Self {
        match stowed {
            Stowed::Here(sealed) => Self { b: Bytes(sealed.to_vec()), bn: None, bt: None },
            Stowed::InParts { count, tag } => Self { b: Bytes::default(), bn: Some(*count), bt: Some(tag.clone()) },
        }
    }

    pub fn parts(&self) -> Option<Parts> {
        Some(Parts { count: self.bn?, tag: self.bt.clone()? })
    }
}
