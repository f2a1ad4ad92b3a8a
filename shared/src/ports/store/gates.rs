//! What is shared by all processes about how fast something may go, and whether it may go at all.

use async_trait::async_trait;

use super::{Step, Stored};
use crate::domain::{
    AccountId, ChannelId, StaffId, Timestamp,
    access::Scopes,
    circuit::Circuit,
    limit::{Asked, Seats},
};

/// A channel's circuit and the seats under its limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    pub circuit: Circuit,
    pub seats: Seats,
}

/// What a limit is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limited {
    Channel {
        account: AccountId,
        channel: ChannelId,
    },
    /// An API token, by its hash.
    Token(String),
    /// One of the staff.
    Staff {
        account: AccountId,
        staff: StaffId,
    },
}

/// An API token, with what its calls are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub account: AccountId,
    pub scopes: Scopes,
    /// From then on it is good for nothing.
    pub expires_at: Option<Timestamp>,
    /// `None`: as many as usual.
    pub calls_per_second: Option<u32>,
    pub seats: Seats,
}

/// Whether seats were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatsTaken {
    Ours,
    /// Another process was faster; the seats as they are now.
    Lost(Seats),
}

#[async_trait]
pub trait Gates {
    /// Strongly consistent. A channel that nothing is known about has the default.
    async fn gate(&self, account: &AccountId, channel: &ChannelId) -> Stored<Gate>;

    /// Writes what follows the circuit that was read, on condition that it is still that one.
    async fn change_circuit(&self, account: &AccountId, channel: &ChannelId, next: &Circuit) -> Stored<Step>;

    /// Takes seats in one write, on condition that each is still as it was read.
    async fn take_seats(&self, limited: &Limited, asked: &[Asked]) -> Stored<SeatsTaken>;
}
