//! Laws of conversations: heads of one person, in any order, and what changes of a head cause.
//! (Fault matrix A17, E15; invariant I3.)

use proptest::prelude::*;

use super::values::{heads, instants};
use crate::domain::{
    ConversationId,
    conversation::{ConversationState, Family, Head, Tray},
    effects::{Change, Effect, Fact, effects},
    window::WindowState,
};

fn families() -> impl Strategy<Value = Family> {
    (heads(), prop::collection::vec(heads(), 0..4)).prop_map(|(survivor, former)| Family { survivor, former })
}

proptest! {
    #[test]
    fn the_order_of_former_conversations_does_not_matter(family in families()) {
        let mut turned = family.clone();
        turned.former.reverse();
        let (one, other) = (family.merged(), turned.merged());
        prop_assert_eq!(one.window(), other.window());
        prop_assert_eq!(one.answered.map(|it| it.last_in), other.answered.map(|it| it.last_in));
        let rest = |head: &Head| (head.closed_at, head.archived_at, head.free_entry_end, head.created_at, head.version);
        prop_assert_eq!(rest(&one), rest(&other));
    }

    #[test]
    fn the_merged_head_holds_the_newest_of_each_fact_and_the_survivors_name(family in families()) {
        let merged = family.merged();
        prop_assert_eq!(merged.id, family.survivor.id);
        let newest = family.heads().filter_map(|head| head.last_in.as_ref().map(|last| last.at)).max();
        prop_assert_eq!(merged.window().last_in, newest);
        prop_assert_eq!(family.newest().window().last_in, newest);
        prop_assert_eq!(&family.newest().last_in, &merged.last_in);
        prop_assert_eq!(merged.closed_for, family.heads().filter_map(|head| head.closed_for).max());
        prop_assert_eq!(merged.closed_at, family.heads().filter_map(|head| head.closed_at).max());
        prop_assert_eq!(merged.archived_at, family.heads().filter_map(|head| head.archived_at).max());
        prop_assert_eq!(merged.free_entry_end, family.heads().filter_map(|head| head.free_entry_end).max());
        prop_assert_eq!(Some(merged.created_at), family.heads().map(|head| head.created_at).min());
        prop_assert_eq!(merged.version, family.heads().map(|head| head.version).sum::<u64>());
        let answer = family.heads().filter_map(|head| head.answered).map(|answered| answered.last_in).max();
        prop_assert_eq!(merged.answered.map(|answered| answered.last_in), answer);
        for head in family.heads() {
            prop_assert_eq!(family.head(head.id).map(|head| head.id), Some(head.id));
        }
        let stranger = ConversationId::from_bits(1);
        prop_assume!(family.heads().all(|head| head.id != stranger));
        prop_assert_eq!(family.head(stranger), None);
    }

    #[test]
    fn a_tray_and_a_state_say_the_same(head in heads(), now in instants()) {
        let ended = |at: Option<_>| at.is_some() && at >= head.last_in.as_ref().map(|last| last.at);
        let (closed, archived) = (ended(head.closed_at), ended(head.archived_at));
        let wrote = head.last_in.as_ref().map(|last| last.at);
        let answered = head.answered.map(|answered| answered.last_in) >= wrote;
        prop_assert_eq!(head.customer_waits(), wrote.is_some() && !answered && !closed && !archived);
        let tray = match (archived, closed, wrote) {
            (true, _, _) => Tray::Archived,
            (false, true, _) => Tray::Closed,
            (false, false, None) => Tray::Initiated,
            (false, false, Some(_)) if answered => Tray::Open,
            (false, false, Some(_)) => Tray::Waiting,
        };
        prop_assert_eq!(head.tray(), tray);
        let free = matches!(head.window().state(now), WindowState::Open | WindowState::Closing);
        let state = match tray {
            Tray::Archived => ConversationState::Archived,
            Tray::Closed => ConversationState::Closed,
            Tray::Initiated => ConversationState::Initiated,
            Tray::Waiting | Tray::Open if free => ConversationState::Active,
            Tray::Waiting | Tray::Open => ConversationState::Expired,
        };
        prop_assert_eq!(head.state(now), state);
        prop_assert_eq!(head.last_activity_at(), wrote.map_or(head.created_at, |at| at.max(head.created_at)));
        prop_assert_eq!(head.group(), head.survivor.unwrap_or(head.id));
    }

    #[test]
    fn an_effect_of_a_head_writes_nothing_that_a_head_holds(old in heads(), new in heads(), now in instants()) {
        for old in [None, Some(Box::new(old)), Some(Box::new(new.clone()))] {
            let same = old.as_deref() == Some(&new);
            let caused = effects(&Change::Head { old, new: Box::new(new.clone()) }, now);
            // The work on a conversation is a row of its own, and rings for nothing that is on a head. What rules do ends by itself.
            let elsewhere = |effect: &Effect| matches!(effect.writes(), Fact::Outside | Fact::Work | Fact::Automation);
            prop_assert!(caused.iter().all(elsewhere), "{:?}", caused);
            prop_assert!(!same || caused.is_empty(), "{:?}", caused);
        }
    }

    /// What waits is never forgotten when the customer writes.
    #[test]
    fn a_rise_rings_for_what_waits(old in heads(), new in heads(), now in instants()) {
        let mut new = new;
        new.waiting_from = Some(crate::domain::ids::MessageKey::first_at(now));
        let rose = new.window().last_in > old.window().last_in;
        let caused = effects(&Change::Head { old: Some(Box::new(old)), new: Box::new(new) }, now);
        prop_assert_eq!(caused.contains(&Effect::Ring { cause: None }), rose);
    }
}
