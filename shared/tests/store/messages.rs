//! Messages as they are put and found again.

use transom::{
    domain::{
        StaffId, TokenId,
        access::Actor,
        content::Content,
        message::{Inbound, InboundBody, Message, Outbound, Purpose, Via, Way},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::{Answer, Attempt, SenderState},
    },
    ports::store::{ClientKey, Messages, Put},
    seal::Sealed,
};

use crate::world::{World, account, at, contact_id, conversation, inbound, key, message_id, outbound};

#[tokio::test]
async fn an_inbound_message_is_stored_once_with_every_field() {
    let world = World::new().await;
    let message = Inbound { same_person: Some(contact_id(9)), ..inbound(5, "hello") };
    assert_eq!(world.store.put_inbound(&message).await.unwrap(), Put::New);
    let other = Inbound { received_at: at(99), ..message.clone() };
    assert_eq!(world.store.put_inbound(&other).await.unwrap(), Put::Already);
    let found = world.store.message(&account(), message.id).await.unwrap().unwrap();
    assert_eq!(found, Message::Inbound(Box::new(message)));
}

#[tokio::test]
async fn an_outbound_message_is_stored_with_every_field_in_every_state() {
    let failure = |kind| Failure { kind, code: "131:026".into() };
    let states = [
        SenderState::Queued,
        SenderState::Waiting,
        SenderState::Claimed { until: at(1) },
        SenderState::Accepted,
        SenderState::Unknown { until: at(1) },
        SenderState::Undetermined,
        SenderState::Refused,
        SenderState::Failed,
        SenderState::Expired,
        SenderState::Cancelled,
    ];
    let purposes = [
        Purpose::Reply,
        Purpose::WindowTemplate { last_in: Some(at(3)), step: "fallback".into() },
        Purpose::WindowTemplate { last_in: None, step: "answer-waiting".into() },
        Purpose::SmsInvite { last_in: Some(at(3)), step: "sms-later".into() },
    ];
    let answers = [
        Answer::Accepted,
        Answer::Unknown,
        Answer::Refused(failure(FailureKind::Media)),
        Answer::WindowClosed(failure(FailureKind::WindowClosed)),
    ];
    let writers = [
        None,
        Some(Actor::Staff(StaffId::from_bits(7))),
        Some(Actor::Program(TokenId::of_hash(&"ab".repeat(32)))),
        Some(Actor::Automation("out-of-hours".into())),
        Some(Actor::System),
    ];
    let world = World::new().await;
    for (n, state) in states.into_iter().enumerate() {
        let attempt = Attempt {
            claimed_at: Some(at(2)),
            answer: Some(answers[n % answers.len()].clone()),
            answered_at: Some(at(3)),
            sent: Some(at(4)),
            delivered: Some(at(5)),
            read: Some(at(6)),
            failed: Some((failure(FailureKind::Transient), at(7))),
            ..Attempt::new(12)
        };
        let message = Outbound {
            id: message_id(10, u128::try_from(n).unwrap()),
            purpose: purposes[n % purposes.len()].clone(),
            via: [Via::Auto, Via::WhatsApp, Via::Sms][n % 3],
            state,
            attempt: 12,
            attempts: vec![Attempt { sent: Some(at(1)), ..Attempt::new(3) }, attempt],
            way: Some([Way::FreeForm, Way::Template, Way::Sms][n % 3]),
            reason: Some(Reason::ALL[n]),
            planned_with: Some(at(3)),
            by: writers[n % writers.len()].clone(),
            ..outbound(10, "hello")
        };
        assert_eq!(world.store.put_outbound(&message).await.unwrap(), Put::New);
        assert_eq!(world.store.put_outbound(&message).await.unwrap(), Put::Already);
        assert_eq!(world.outbound(message.id).await, message);
    }
}

#[tokio::test]
async fn a_conversation_is_listed_newest_first_and_what_is_to_be_sent_oldest_first() {
    let world = World::new().await;
    for seconds in 0..5 {
        world.store.put_inbound(&inbound(seconds, "hello")).await.unwrap();
        world.store.put_outbound(&outbound(seconds, "hello")).await.unwrap();
    }
    world.raised(1).await;
    let list = async |before, limit| {
        let page = world.store.messages(&account(), conversation(), before, limit).await.unwrap();
        page.iter().map(Message::id).collect::<Vec<_>>()
    };
    let first = list(None, 3).await;
    assert_eq!(first, [message_id(4, 2), message_id(4, 1), message_id(3, 2)]);
    let rest = list(Some(first[2].key), 100).await;
    assert_eq!((rest.len(), rest[0]), (7, message_id(3, 1)));

    let unsent = world.store.outbound_from(&account(), conversation(), message_id(2, 2).key).await.unwrap();
    assert_eq!(unsent.iter().map(|m| m.id).collect::<Vec<_>>(), [2, 3, 4].map(|seconds| message_id(seconds, 2)));
}

/// (Fault matrix A12, B5.)
#[tokio::test]
async fn content_of_a_megabyte_is_kept_in_parts_and_found_whole_even_if_it_was_delivered_twice() {
    let world = World::new().await;
    let body = |text: &str| InboundBody {
        provider_id: "x".into(),
        content: Content::text(text.repeat(1_000_000)),
        context: None,
        referral: None,
        profile_name: None,
    };
    let sealed = |text, nonce| Sealed::new(&body(text), &key(7), [nonce; 12]);
    let large = Inbound { sealed: sealed("a", 1), ..inbound(5, "") };
    let repeated = Inbound { sealed: sealed("a", 2), ..large.clone() };
    assert_eq!(world.store.put_inbound(&large).await.unwrap(), Put::New);
    assert_eq!(world.store.put_inbound(&repeated).await.unwrap(), Put::Already);

    let out = Outbound { sealed: Sealed::from_bytes(vec![3; 350_001]), ..outbound(6, "") };
    world.store.put_outbound(&out).await.unwrap();
    let found = world.store.messages(&account(), conversation(), None, 9).await.unwrap();
    assert_eq!(found, [Message::Outbound(Box::new(out)), Message::Inbound(Box::new(large))]);
}

/// (Fault matrix B7.)
#[tokio::test]
async fn a_clients_key_leads_to_its_first_message_for_thirty_days() {
    let world = World::new().await;
    let claim = |body: &'static str, n, now| {
        let store = world.store.clone();
        async move { store.claim_client_key(&account(), "key", body, message_id(1, n), now).await.unwrap() }
    };
    assert_eq!(claim("a", 1, at(0)).await, ClientKey::New);
    assert_eq!(claim("a", 2, at(9)).await, ClientKey::Same(message_id(1, 1)));
    assert_eq!(claim("b", 3, at(9)).await, ClientKey::Other);
    assert_eq!(claim("b", 3, at(30 * 86_400 - 1)).await, ClientKey::Other);
    assert_eq!(claim("b", 4, at(30 * 86_400)).await, ClientKey::New);
}

#[tokio::test]
async fn a_fact_is_first_seen_once() {
    let world = World::new().await;
    assert_eq!(world.store.first_seen(&account(), "fact", at(5)).await.unwrap(), at(5));
    assert_eq!(world.store.first_seen(&account(), "fact", at(9)).await.unwrap(), at(5));
    assert_eq!(world.store.first_seen(&account(), "other", at(9)).await.unwrap(), at(9));
}
