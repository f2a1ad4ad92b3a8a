//! How a channel stands with its provider.

use serde::Serialize;
use transom::domain::{Timestamp, channel::Channel, circuit::Circuit, reason::Reason};

use super::ReasonView;

/// Whether messages leave by a channel just now, and if not, why and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ChannelStateView {
    #[schemars(extend("enum" = ["sends", "cannot_send", "slowed_down"]))]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// When one message may try again: if it goes through, the others follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_tries: Option<u32>,
    messages_per_second: u32,
}

impl ChannelStateView {
    pub fn new(channel: &Channel, circuit: &Circuit, now: Timestamp) -> Self {
        let sends = Self {
            state: "sends",
            reason: None,
            since: None,
            next_try_at: None,
            failed_tries: None,
            messages_per_second: channel.messages_per_second,
        };
        match (&circuit.open, circuit.busy_until.filter(|until| *until > now)) {
            (Some(open), _) => Self {
                state: "cannot_send",
                reason: Some(open.why.reason().into()),
                since: Some(open.since),
                next_try_at: Some(open.next_probe_at()),
                failed_tries: Some(open.failed_probes),
                ..sends
            },
            (None, Some(until)) => Self {
                state: "slowed_down",
                reason: Some(Reason::ChannelLimit.into()),
                next_try_at: Some(until),
                ..sends
            },
            (None, None) => sends,
        }
    }
}
