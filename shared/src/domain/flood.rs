//! A customer who floods one number. Every message is stored, by one write; the head is raised for each body only as
//! long as the conversation keeps to its budget, and beyond it once in a while. What is left out is made good from the
//! stream, where many messages of one conversation are looked at as one. (Fault matrix K4, B3.)

use std::collections::BTreeMap;

use super::{ConversationId, Timestamp, time::SignedDuration};

/// So many bodies of one conversation raise its head at once …
const BURST: i32 = 10;
/// … and then one in this time.
const EVERY: SignedDuration = SignedDuration::from_secs(5);
/// So many conversations are remembered.
const MOST_REMEMBERED: usize = 2000;

/// What one process has seen of who writes how often.
#[derive(Debug, Default)]
pub struct Budgets {
    /// When the whole burst is free again.
    full_again: BTreeMap<ConversationId, Timestamp>,
}

impl Budgets {
    /// Whether this body may raise the head by itself.
    pub fn spend(&mut self, conversation: ConversationId, now: Timestamp) -> bool {
        if self.full_again.len() >= MOST_REMEMBERED {
            self.full_again.retain(|_, full_again| *full_again > now);
            if self.full_again.len() >= MOST_REMEMBERED {
                // So many flood at once that nobody is told apart; better to write too much.
                self.full_again.clear();
            }
        }
        let full_again = self.full_again.entry(conversation).or_insert(now);
        // A clock that was set back must not shut anybody out.
        let from = if *full_again > now + EVERY * BURST { now } else { (*full_again).max(now) };
        if from + EVERY > now + EVERY * BURST {
            return false;
        }
        *full_again = from + EVERY;
        true
    }
}

/// Of several messages of one conversation in the order of the stream, those for which the head must be looked at: the
/// newest that opens the window. Without one, the first: it may be the first of all.
pub fn looks_at_head(messages: &[(ConversationId, Timestamp, bool)]) -> Vec<bool> {
    let mut chosen: BTreeMap<ConversationId, usize> = BTreeMap::new();
    for (index, (conversation, at, opens)) in messages.iter().enumerate() {
        chosen
            .entry(*conversation)
            .and_modify(|chosen| {
                let (_, best, best_opens) = messages[*chosen];
                if *opens && (!best_opens || *at > best) {
                    *chosen = index;
                }
            })
            .or_insert(index);
    }
    (0..messages.len()).map(|index| chosen.values().any(|chosen| *chosen == index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn conversation(n: u128) -> ConversationId {
        ConversationId::from_bits(n)
    }

    #[test]
    fn k4_a_flood_raises_its_head_ten_times_and_then_every_five_seconds_and_nobody_elses_less_often() {
        let mut budgets = Budgets::default();
        let raised = (0..1000).filter(|n| budgets.spend(conversation(1), at(n / 10))).count();
        assert_eq!(raised, 10 + 99 / 5);
        assert!(budgets.spend(conversation(2), at(99)));
        // After a rest the whole burst is there again.
        assert_eq!((0..20).filter(|_| budgets.spend(conversation(1), at(200))).count(), 10);
    }

    #[test]
    fn who_writes_as_people_do_is_never_over_budget() {
        let mut budgets = Budgets::default();
        assert!((0..500).all(|n| budgets.spend(conversation(1), at(n * 5))));
        // Nor is anybody after a clock was set back by a day.
        assert!(budgets.spend(conversation(1), at(-86_400)));
    }

    #[test]
    fn what_is_remembered_does_not_grow_for_ever() {
        let mut budgets = Budgets::default();
        for n in 0..10_000 {
            assert!(budgets.spend(conversation(n), at(0)));
        }
        assert!(budgets.full_again.len() <= MOST_REMEMBERED);
    }

    #[test]
    fn when_it_is_tidied_up_who_floods_is_still_remembered() {
        let mut budgets = Budgets::default();
        let flooder = conversation(0);
        assert_eq!((0..20).filter(|_| budgets.spend(flooder, at(0))).count(), 10);
        for n in 1..MOST_REMEMBERED {
            assert!(budgets.spend(conversation(u128::try_from(n).unwrap()), at(0)));
        }
        assert_eq!((0..20).filter(|_| budgets.spend(flooder, at(5))).count(), 1);
        assert_eq!(budgets.full_again.len(), 1);
    }

    #[test]
    fn b3_of_many_messages_of_one_conversation_the_newest_is_looked_at() {
        let messages = [
            (conversation(1), at(1), true),
            (conversation(1), at(3), true),
            (conversation(2), at(9), false),
            (conversation(1), at(2), true),
            (conversation(1), at(8), false),
            (conversation(2), at(9), false),
            (conversation(1), at(3), true),
        ];
        assert_eq!(looks_at_head(&messages), [false, true, true, false, false, false, false]);
        assert_eq!(looks_at_head(&[]), [false; 0]);
    }
}
