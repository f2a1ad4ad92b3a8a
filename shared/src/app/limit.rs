//! A go under a limit that holds over all processes: taken from what this process holds, else from a new lease.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    Parts, Trouble,
    automations::{self, Rulebook},
};
use crate::{
    domain::{
        AccountId, ConversationId, Timestamp,
        cost::PriceList,
        flood::Budgets,
        limit::{Hand, Limit, Seats, Wish},
        time::SignedDuration,
    },
    ports::store::{Limited, SeatsTaken},
};

/// How often seats are asked for before the caller is put off.
const TRIES: usize = 6;
/// Hands are forgotten beyond this many: what they held lapses by itself.
const MOST_HANDS: usize = 2000;

/// What a process remembers between calls: the seats that it holds, and who writes how often. Nothing is lost with it.
#[derive(Debug, Default)]
pub struct Memory {
    hands: Mutex<BTreeMap<Limited, Hand>>,
    floods: Mutex<Budgets>,
    /// Price lists with when they were read: for quotes alone, which decide nothing.
    prices: Mutex<BTreeMap<AccountId, (Timestamp, Arc<PriceList>)>>,
    rulebooks: Mutex<BTreeMap<AccountId, (Timestamp, Arc<Rulebook>)>>,
}

/// For how long a price list is remembered.
const PRICES_KEPT: SignedDuration = SignedDuration::from_mins(10);

fn whole<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// Whether this body of a conversation may raise its head by itself.
    pub fn may_raise(&self, conversation: ConversationId, now: Timestamp) -> bool {
        whole(&self.floods).spend(conversation, now)
    }

    /// The account's price list, if it was read lately.
    pub fn prices(&self, account: &AccountId, now: Timestamp) -> Option<Arc<PriceList>> {
        let prices = whole(&self.prices);
        let (read_at, list) = prices.get(account)?;
        let fresh = now.duration_since(*read_at).abs() < PRICES_KEPT;
        fresh.then(|| Arc::clone(list))
    }

    /// Remembers it for a while.
    pub fn note_prices(&self, account: &AccountId, list: &Arc<PriceList>, now: Timestamp) -> Arc<PriceList> {
        let mut prices = whole(&self.prices);
        if prices.len() >= MOST_HANDS {
            prices.clear();
        }
        prices.insert(account.clone(), (now, Arc::clone(list)));
        Arc::clone(list)
    }

    /// The account's rulebook, if it was read a moment ago.
    pub fn rulebook(&self, account: &AccountId, now: Timestamp) -> Option<Arc<Rulebook>> {
        let books = whole(&self.rulebooks);
        let (read_at, book) = books.get(account)?;
        automations::is_fresh(*read_at, now).then(|| Arc::clone(book))
    }

    /// Remembers it for a moment.
    pub fn note_rulebook(&self, account: &AccountId, book: &Arc<Rulebook>, now: Timestamp) {
        let mut books = whole(&self.rulebooks);
        if books.len() >= MOST_HANDS {
            books.clear();
        }
        books.insert(account.clone(), (now, Arc::clone(book)));
    }

    /// It was changed here.
    pub fn forget_rulebook(&self, account: &AccountId) {
        whole(&self.rulebooks).remove(account);
    }

    fn with_hand<T>(&self, limited: &Limited, act: impl FnOnce(&mut Hand) -> T) -> T {
        let mut hands = whole(&self.hands);
        if hands.len() >= MOST_HANDS && !hands.contains_key(limited) {
            hands.clear();
        }
        act(hands.entry(limited.clone()).or_default())
    }
}

/// Whether one more may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Free,
    /// Perhaps then.
    Full(Timestamp),
}

/// Takes one go. `seats` are as they were just read; they are looked at only if this process holds no room.
pub async fn take(parts: &Parts, limited: &Limited, limit: Limit, mut seats: Seats) -> Result<Room, Trouble> {
    for _ in 0..TRIES {
        let now = parts.now();
        let wish = parts.memory.with_hand(limited, |hand| {
            let rev = || u32::try_from(parts.bits() >> 96).expect("32 bits");
            if hand.go(limit, now) { None } else { Some(hand.wish(limit, &seats, now, rev())) }
        });
        match wish {
            None => return Ok(Room::Free),
            Some(Wish::Wait(until)) => return Ok(Room::Full(until)),
            Some(Wish::Lease(asked)) => match parts.store.take_seats(limited, &asked).await? {
                SeatsTaken::Ours => {
                    seats.extend(asked.iter().map(|asked| (asked.seat, asked.lease.clone())));
                    parts.memory.with_hand(limited, |hand| hand.granted(&asked, now));
                }
                SeatsTaken::Lost(present) => seats = present,
            },
        }
    }
    Ok(Room::Full(parts.now() + SignedDuration::from_secs(1)))
}
