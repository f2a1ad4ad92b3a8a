//! New message keys: by chance for what people send, derived for what follows from a fact.

use std::sync::Mutex;

use super::Parts;
use crate::{
    domain::{ChannelId, Timestamp, ids::MessageKey},
    seal::sha256,
};

/// Makes keys that rise within one process even within one millisecond, so that two replies of the same instant leave
/// in the order in which they were accepted.
#[derive(Debug, Default)]
pub struct Mint {
    last: Mutex<Option<MessageKey>>,
}

const TAIL: u128 = (1 << 80) - 1;

impl Mint {
    pub fn key(&self, parts: &Parts, now: Timestamp) -> MessageKey {
        // The top bit of the tail stays free, so that counting up cannot run over within a millisecond.
        let fresh = MessageKey::new(now, parts.bits() & (TAIL >> 1));
        let mut last = self.last.lock().expect("no holder of this lock can panic");
        let key = match *last {
            Some(last) if last.at() == now && last >= fresh => MessageKey::from_bits(last.bits() + 1),
            Some(_) | None => fresh,
        };
        *last = Some(key);
        key
    }
}

/// The key of an inbound message: the provider's own time and id, so that storing it twice is impossible.
pub fn inbound_key(at: Timestamp, channel: &ChannelId, provider_id: &str) -> MessageKey {
    MessageKey::new(at, tail(&format!("in#{channel}#{provider_id}")))
}

/// The key of an effect: a fixed time and a name made of its cause.
pub fn derived_key(at: Timestamp, name: &str) -> MessageKey {
    MessageKey::new(at, tail(&format!("effect#{name}")))
}

fn tail(name: &str) -> u128 {
    let first: [u8; 10] = *sha256(name.as_bytes()).first_chunk().expect("it has 32 bytes");
    first.into_iter().fold(0, |tail, byte| tail << 8 | u128::from(byte))
}
