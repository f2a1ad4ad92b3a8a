//! The head's row: at most 512 bytes for ever.

use serde::{Deserialize, Serialize};

use super::{at, contact_id, id};
use crate::{
    adapters::dynamodb::keys::{Key, bare_contact, bare_conversation, conversation_of},
    domain::{
        AccountId, ChannelId, ConversationId, TraceId,
        contact::AddressHash,
        conversation::{Answered, Head, LastIn},
        ids::MessageKey,
    },
    ports::StoreError,
};

/// Times are milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeadRow {
    /// Channel.
    ch: ChannelId,
    /// Contact.
    co: String,
    /// Created.
    cr: i64,
    /// Last inbound message, and the address that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    li: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    la: Option<AddressHash>,
    /// The message that answers, and the `li` that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    am: Option<MessageKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    al: Option<i64>,
    /// Closed by the provider's word, for this `li`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cf: Option<i64>,
    /// Closed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca: Option<i64>,
    /// Archived by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ar: Option<i64>,
    /// Waiting from, and the revision of the latest wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wf: Option<MessageKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wr: Option<String>,
    /// Wake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wk: Option<i64>,
    /// End of the free entry point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fe: Option<i64>,
    /// Archived until: messages up to this one lie in the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    au: Option<MessageKey>,
    /// Former conversations.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "serde_dynamo::string_set")]
    fo: Vec<String>,
    /// Survivor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    su: Option<String>,
    /// The trace of the call that raised `li`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tr: Option<TraceId>,
    /// Version: counts writes.
    #[serde(default)]
    v: u64,
}

impl From<&Head> for HeadRow {
    fn from(head: &Head) -> Self {
        let millis = |at: Option<crate::domain::Timestamp>| at.map(crate::domain::Timestamp::as_millisecond);
        Self {
            ch: head.channel.clone(),
            co: bare_contact(head.contact),
            cr: head.created_at.as_millisecond(),
            li: head.last_in.as_ref().map(|last| last.at.as_millisecond()),
            la: head.last_in.as_ref().map(|last| last.address.clone()),
            am: head.answered.map(|answered| answered.message),
            al: head.answered.map(|answered| answered.last_in.as_millisecond()),
            cf: millis(head.closed_for),
            ca: millis(head.closed_at),
            ar: millis(head.archived_at),
            wf: head.waiting_from,
            wr: head.wait_rev.clone(),
            wk: millis(head.wake),
            fe: millis(head.free_entry_end),
            au: head.archived_until,
            fo: head.former.iter().copied().map(bare_conversation).collect(),
            su: head.survivor.map(bare_conversation),
            tr: head.trace,
            v: head.version.max(1),
        }
    }
}

impl HeadRow {
    pub fn into_head(self, key: &Key, account: AccountId, conversation: ConversationId) -> Result<Head, StoreError> {
        let mut former = Vec::with_capacity(self.fo.len());
        for bare in &self.fo {
            former.push(id(key, conversation_of(bare))?);
        }
        // A set has no order of its own.
        former.sort_unstable();
        Ok(Head {
            id: conversation,
            account,
            channel: self.ch,
            contact: contact_id(key, &self.co)?,
            created_at: at(self.cr),
            last_in: self.li.zip(self.la).map(|(millis, address)| LastIn { at: at(millis), address }),
            answered: self.am.zip(self.al).map(|(message, millis)| Answered { message, last_in: at(millis) }),
            closed_for: self.cf.map(at),
            closed_at: self.ca.map(at),
            archived_at: self.ar.map(at),
            waiting_from: self.wf,
            wait_rev: self.wr,
            wake: self.wk.map(at),
            free_entry_end: self.fe.map(at),
            archived_until: self.au,
            former,
            survivor: self.su.map(|bare| id(key, conversation_of(&bare))).transpose()?,
            version: self.v,
            trace: self.tr,
        })
    }
}
