//! Requests: opened once, written on condition of what was read, listed newest first.

use transom::{
    domain::{
        StaffId,
        access::Actor,
        ids::RequestId,
        request::{Request, RequestStatus},
    },
    ports::store::{Conversations, Put, RequestRow, Requests, Step},
    seal::Sealed,
};

use crate::world::{World, account, at, conversation, head, key};

fn towels(seconds: i64) -> RequestRow {
    let request = Request {
        id: RequestId::new(at(seconds), 7),
        conversation: conversation(),
        channel: head().channel,
        contact: head().contact,
        kind: "towels".parse().unwrap(),
        status: RequestStatus::Open,
        due_at: Some(at(900)),
        team: Some("spa".parse().unwrap()),
        assignee: None,
        opened_by: Actor::Automation("towels".into()),
        opened_at: at(seconds),
        changed_by: Actor::Customer,
        changed_at: at(seconds),
        rev: 1,
    };
    RequestRow { request, note: Some(Sealed::new(&"two".to_owned(), &key(7), [7; 12])) }
}

#[tokio::test]
async fn a_request_is_opened_once_and_changed_by_whoever_read_it_last() {
    let world = World::new().await;
    let (store, row) = (&world.store, towels(5));
    assert_eq!(store.open_request(&account(), &row).await.unwrap(), Put::New);
    let other = RequestRow { note: None, ..row.clone() };
    assert_eq!(store.open_request(&account(), &other).await.unwrap(), Put::Already);
    let stored = async || store.request(&account(), conversation(), row.request.id).await.unwrap().unwrap();
    assert_eq!(stored().await, row);

    let done = Request {
        status: RequestStatus::Done,
        assignee: Some(StaffId::from_bits(1)),
        due_at: None,
        rev: 2,
        ..row.request.clone()
    };
    let done = RequestRow { request: done, note: None };
    assert_eq!(store.write_request(&account(), &row.request, &done).await.unwrap(), Step::Done);
    assert_eq!(store.write_request(&account(), &row.request, &row).await.unwrap(), Step::Lost);
    assert_eq!(stored().await, done);
    let unknown = towels(6).request;
    assert_eq!(store.write_request(&account(), &unknown, &towels(6)).await.unwrap(), Step::Lost, "none is made");
}

#[tokio::test]
async fn requests_are_listed_by_when_they_were_opened_the_newest_first() {
    let world = World::new().await;
    for seconds in [5, 9, 7] {
        world.store.open_request(&account(), &towels(seconds)).await.unwrap();
    }
    let listed = async |limit| world.store.requests(&account(), conversation(), limit).await.unwrap();
    assert_eq!(listed(9).await, [9, 7, 5].map(towels));
    assert_eq!(listed(2).await, [9, 7].map(towels));
}

/// Protection: the condition on the head's version.
#[tokio::test]
async fn what_was_written_on_meanwhile_is_not_archived() {
    let world = World::new().await;
    let read = world.raised(5).await;
    let newer = world.raised(9).await;
    assert_eq!(world.store.archive_quiet(&read, at(9)).await.unwrap(), Step::Lost);
    assert_eq!(world.store.archive_quiet(&newer, at(9)).await.unwrap(), Step::Done);
    assert_eq!(world.head().await.archived_at, Some(at(9)));
}
