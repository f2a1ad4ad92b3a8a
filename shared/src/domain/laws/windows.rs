//! Laws of the service window. (Fault matrix A17, E12; invariant I5.)

use proptest::prelude::*;

use super::values::{instants, noon, windows};
use crate::domain::{
    Timestamp,
    time::SignedDuration,
    window::{GUARD_BAND, ServiceWindow, WINDOW_LASTS, WindowState},
};

/// What may happen to a window.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// The customer wrote then, as the provider says; it may be old news.
    Wrote(Timestamp),
    /// The provider says "closed" to a message that was planned with the newest word of the customer.
    Closed,
    /// Time goes on by so many minutes.
    Later(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        2 => instants().prop_map(Event::Wrote),
        1 => Just(Event::Closed),
        4 => (1..600_i64).prop_map(Event::Later),
    ];
    prop::collection::vec(event, 1..30)
}

fn order(state: WindowState) -> u8 {
    match state {
        WindowState::Open => 0,
        WindowState::Closing => 1,
        WindowState::ClosedByProvider => 2,
        WindowState::Closed | WindowState::NeverOpened => 3,
    }
}

proptest! {
    /// Fault matrix E12.
    #[test]
    fn it_is_open_exactly_until_the_guard_band_and_over_exactly_at_its_end(window in windows(), now in instants()) {
        let state = window.state(now);
        let Some(last_in) = window.last_in else {
            prop_assert_eq!(state, WindowState::NeverOpened);
            return Ok(());
        };
        let age = now.duration_since(last_in);
        let told = window.closed_for.is_some_and(|closed_for| closed_for >= last_in);
        prop_assert_eq!(state == WindowState::Closed, age >= WINDOW_LASTS);
        prop_assert_eq!(state == WindowState::Open, age < WINDOW_LASTS - GUARD_BAND && !told);
        prop_assert_eq!(state == WindowState::ClosedByProvider, age < WINDOW_LASTS && told);
        prop_assert_eq!(window.free_until().map(|until| now < until), Some(age < WINDOW_LASTS - GUARD_BAND));
    }

    #[test]
    fn it_only_closes_while_time_goes_by(window in windows(), now in instants(), later in 0..200_000_000_i64) {
        let then = now + SignedDuration::from_millis(later);
        prop_assert!(order(window.state(then)) >= order(window.state(now)));
    }

    /// A state machine against a model that remembers everything: no event but a newer word of the customer opens it.
    #[test]
    fn only_a_newer_message_opens_it_whatever_happens(events in events()) {
        let (mut window, mut now) = (ServiceWindow::default(), noon());
        let (mut wrote, mut told): (Vec<Timestamp>, Vec<Timestamp>) = (Vec::new(), Vec::new());
        for event in events {
            let before = window.state(now);
            match event {
                Event::Wrote(at) => {
                    wrote.push(at);
                    window = window.newest(ServiceWindow { last_in: Some(at), closed_for: None });
                }
                Event::Closed => {
                    told.extend(window.last_in);
                    window = window.newest(ServiceWindow { last_in: None, closed_for: window.last_in });
                }
                Event::Later(minutes) => now += SignedDuration::from_mins(minutes),
            }
            let newest = wrote.iter().max();
            let open = newest.is_some_and(|at| now < *at + WINDOW_LASTS - GUARD_BAND && !told.contains(at));
            prop_assert_eq!(window.state(now) == WindowState::Open, open);
            if before != WindowState::Open && open {
                let newer = matches!(event, Event::Wrote(at) if Some(&at) == newest);
                prop_assert!(newer, "{:?} opened it", event);
            }
        }
    }

    #[test]
    fn the_newest_of_several_is_the_same_in_any_order(a in windows(), b in windows(), c in windows()) {
        prop_assert_eq!(a.newest(b).newest(c), c.newest(a.newest(b)));
        prop_assert_eq!(a.newest(b), b.newest(a));
        prop_assert_eq!(a.newest(a), a);
    }
}
