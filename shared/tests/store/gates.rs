//! Circuits and seats: one row, and each write only over what was read.

use transom::{
    domain::{
        ChannelId,
        access::token::ApiToken,
        circuit::{Circuit, Sign},
        limit::{Asked, Taken},
    },
    ports::store::{Access, Gate, Gates, Limited, SeatsTaken, Settings, Step},
};

use crate::world::{TABLE, World, account, at, conversation};

fn channel() -> ChannelId {
    "front-desk-whatsapp".parse().unwrap()
}

fn limited() -> Limited {
    Limited::Channel { account: account(), channel: channel() }
}

fn taken(rev: u32) -> Taken {
    Taken { rev, until: at(30) }
}

fn ask(seat: u32, was: Option<u32>, rev: u32) -> Asked {
    Asked { seat, was: was.map(taken), lease: taken(rev) }
}

#[tokio::test]
async fn d13_of_two_that_learn_something_of_one_circuit_one_writes() {
    let world = World::new().await;
    let (account, channel) = (account(), channel());
    assert_eq!(world.store.gate(&account, &channel).await.unwrap(), Gate::default());
    let open = Circuit::default().after(Sign::Refused, false, conversation(), at(1)).unwrap();
    let trouble = Circuit::default().after(Sign::Trouble, false, conversation(), at(1)).unwrap();
    assert_eq!(world.store.change_circuit(&account, &channel, &open).await.unwrap(), Step::Done);
    assert_eq!(world.store.change_circuit(&account, &channel, &trouble).await.unwrap(), Step::Lost);
    assert_eq!(world.store.gate(&account, &channel).await.unwrap().circuit, open);
    // One probe of two that see the same circuit.
    let (first, second) = (open.probing(at(130)), open.probing(at(131)));
    assert_eq!(world.store.change_circuit(&account, &channel, &first).await.unwrap(), Step::Done);
    assert_eq!(world.store.change_circuit(&account, &channel, &second).await.unwrap(), Step::Lost);
    assert_eq!(world.store.gate(&account, &channel).await.unwrap().circuit, first);
    let closed = first.after(Sign::Taken, true, conversation(), at(132)).unwrap();
    assert_eq!(world.store.change_circuit(&account, &channel, &closed).await.unwrap(), Step::Done);
    assert_eq!(world.store.gate(&account, &channel).await.unwrap().circuit, closed);
    let trouble = closed.after(Sign::Trouble, false, conversation(), at(133)).unwrap();
    world.store.change_circuit(&account, &channel, &trouble).await.unwrap();
    assert_eq!(world.store.gate(&account, &channel).await.unwrap().circuit, trouble);
}

#[tokio::test]
async fn d10_a_seat_goes_to_one_of_two_and_all_that_are_asked_for_or_none() {
    let world = World::new().await;
    let store = &world.store;
    assert_eq!(store.take_seats(&limited(), &[ask(0, None, 1), ask(39, None, 1)]).await.unwrap(), SeatsTaken::Ours);
    let lost = store.take_seats(&limited(), &[ask(7, None, 2), ask(39, None, 2)]).await.unwrap();
    let seats = [(0, taken(1)), (39, taken(1))].into();
    assert_eq!(lost, SeatsTaken::Lost(seats));
    assert_eq!(store.take_seats(&limited(), &[ask(39, Some(1), 3)]).await.unwrap(), SeatsTaken::Ours);
    // The circuit lies beside them, and neither touches the other.
    let open = Circuit::default().after(Sign::Refused, false, conversation(), at(1)).unwrap();
    store.change_circuit(&account(), &channel(), &open).await.unwrap();
    let gate = store.gate(&account(), &channel()).await.unwrap();
    assert_eq!(gate, Gate { circuit: open, seats: [(0, taken(1)), (39, taken(3))].into() });
    // A token's seats are of a token that is there.
    let token = Limited::Token("hash".to_owned());
    assert_eq!(store.take_seats(&token, &[ask(1, None, 1)]).await.unwrap(), SeatsTaken::Lost([].into()));
    assert_eq!(store.token("hash").await.unwrap(), None);
    store.add_token(&account(), "hash", &ApiToken::for_everything("hash", "test", at(0))).await.unwrap();
    assert_eq!(store.take_seats(&token, &[ask(1, None, 1)]).await.unwrap(), SeatsTaken::Ours);
    assert_eq!(store.token("hash").await.unwrap().unwrap().seats, [(1, taken(1))].into());
}

#[tokio::test]
async fn a_full_gate_stays_below_a_kilobyte_so_that_seats_cost_one_write() {
    let world = World::new().await;
    for first in [0, 10, 20, 30] {
        let asked: Vec<_> = (first..first + 10).map(|seat| ask(seat, None, u32::MAX)).collect();
        world.store.take_seats(&limited(), &asked).await.unwrap();
    }
    let open = Circuit::default().after(Sign::Refused, false, conversation(), at(1)).unwrap().probing(at(2));
    let full = Circuit { last: Some(conversation()), busy_until: Some(at(3)), ..open };
    world.store.change_circuit(&account(), &channel(), &Circuit { rev: 1, ..full }).await.unwrap();
    let size = world.size(TABLE, &format!("A#{}#G#{}", account(), channel()), "G").await;
    assert!(size <= 1024, "{size} bytes");
    world.meter.take();
    world
        .store
        .take_seats(&limited(), &[Asked { seat: 0, was: Some(taken(u32::MAX)), lease: taken(1) }])
        .await
        .unwrap();
    assert!((world.meter.take() - 1.0).abs() < 0.01);
}
