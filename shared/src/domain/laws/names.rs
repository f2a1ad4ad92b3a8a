//! The words that rows, keys, clients and people know things by.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::values::{contents, hash, heads, instants, noon, outbounds, purposes};
use crate::{
    domain::{
        ContactId, Phone,
        answer::may_answer,
        channel::SecretName,
        consent::{Consent, ConsentSettings, ConsentWord, consent_word},
        contact::{Address, Contact, Profile},
        content::{Content, InteractiveReply},
        conversation::Tray,
        ids::MessageKey,
        message::{Message, Outbound, OutboundBody, Purpose, Via},
        outcome::FailureKind,
        sending::{Delivery, SenderState},
    },
    seal::Sealed,
};

fn differ<'a>(words: impl IntoIterator<Item = &'a str>, expected: usize) {
    let words: Vec<_> = words.into_iter().collect();
    assert!(words.iter().all(|word| !word.is_empty()));
    assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), expected, "{words:?}");
    assert_eq!(words.len(), expected);
}

#[test]
fn a_secrets_name_is_short_and_plain() {
    for good in ["meta-token", "a", "7", &"a".repeat(60)] {
        let name: SecretName = good.parse().unwrap();
        assert_eq!((name.as_str(), name.to_string(), format!("{name:?}")), (good, good.to_owned(), good.to_owned()));
        assert_eq!(serde_json::to_value(&name).unwrap(), json!(good));
        assert_eq!(serde_json::from_value::<SecretName>(json!(good)).unwrap(), name);
    }
    for bad in ["", &"a".repeat(61), "A", "a/b", "a b", "../a", "é"] {
        assert!(bad.parse::<SecretName>().is_err(), "{bad}");
        assert!(serde_json::from_value::<SecretName>(json!(bad)).is_err());
    }
}

#[test]
fn an_address_is_known_by_its_kind_and_value_and_hides_itself() {
    let phone = Address::Phone(Phone::from_e164("+16505551234").unwrap());
    let user = Address::from_user_id("US.1349").unwrap();
    assert_eq!((phone.kind(), phone.value()), ("phone", "+16505551234"));
    assert_eq!((user.kind(), user.value()), ("user_id", "US.1349"));
    assert_eq!((phone.phone().map(Phone::digits), user.phone()), (Some("16505551234"), None));
    assert_eq!((format!("{phone:?}"), format!("{user:?}")), ("phone +…34".to_owned(), "user id …".to_owned()));
    let addresses = vec![(hash(0), user.clone()), (hash(1), phone.clone())];
    let contact = Contact {
        id: ContactId::from_bits(1),
        addresses,
        profile: Profile::default(),
        consent: Consent::default(),
        former: Vec::new(),
        survivor: None,
        erased: false,
    };
    assert_eq!(contact.address(&hash(1)), Some(&phone));
    assert_eq!(contact.address(&hash(0)), Some(&user));
    assert_eq!(contact.address(&hash(2)), None);
    assert_eq!(contact.phone(), phone.phone());
}

#[test]
fn what_a_customer_wrote_or_tapped_is_their_text() {
    let text = |content: &Content| content.written_text().map(ToOwned::to_owned);
    assert_eq!(text(&Content::text("STOP")).as_deref(), Some("STOP"));
    assert_eq!(text(&Content::Button { payload: None, text: Some("Stop".into()) }).as_deref(), Some("Stop"));
    let tap = InteractiveReply::ButtonReply { id: "1".into(), title: "Stop".into() };
    assert_eq!(text(&Content::Interactive(tap)).as_deref(), Some("Stop"));
    assert_eq!(text(&Content::Revoke { original_message_id: "STOP".into() }), None);
}

#[test]
fn a_word_of_consent_may_have_spaces_around_it_but_is_no_long_text() {
    let padded = |length: usize| {
        let text = format!("{:<length$}", "stop");
        consent_word(&text, &ConsentSettings::default()).map(|word| word.word)
    };
    assert_eq!(padded(59), Some(ConsentWord::Stop));
    assert_eq!(padded(60), Some(ConsentWord::Stop));
    assert_eq!(padded(61), None);
}

/// (Fault matrix E15.)
#[test]
fn only_what_people_and_programs_say_answers_the_customer() {
    let edit = Content::Edit { original_message_id: "1".into(), message: json!({}) };
    let revoke = Content::Revoke { original_message_id: "1".into() };
    assert!(may_answer(&Purpose::Reply, &Content::text("Yes")));
    assert!(!may_answer(&Purpose::Reply, &edit) && !may_answer(&Purpose::Reply, &revoke));
    let invite = Purpose::SmsInvite { last_in: None, step: "sms".into() };
    assert!(!may_answer(&invite, &Content::text("Please write to us")));
}

#[test]
fn each_state_tray_and_failure_has_a_word_of_its_own() {
    differ(Tray::ALL.iter().map(|tray| tray.word()), 5);
    let until = noon();
    let states = [
        SenderState::Queued,
        SenderState::Waiting,
        SenderState::Claimed { until },
        SenderState::Accepted,
        SenderState::Unknown { until },
        SenderState::Undetermined,
        SenderState::Refused,
        SenderState::Failed,
        SenderState::Expired,
        SenderState::Cancelled,
    ];
    differ(states.iter().map(|state| state.word()), 10);
    for state in states {
        // Rows and logs say the same word.
        assert_eq!(serde_json::to_value(state).unwrap()["state"], json!(state.word()));
    }
    let kinds = [
        FailureKind::WindowClosed,
        FailureKind::PairLimit,
        FailureKind::RateLimited,
        FailureKind::RecipientUnreachable,
        FailureKind::RecipientOptedOut,
        FailureKind::Template,
        FailureKind::Media,
        FailureKind::Account,
        FailureKind::Policy,
        FailureKind::BadRequest,
        FailureKind::Transient,
        FailureKind::Other,
    ];
    differ(kinds.iter().map(|kind| kind.in_words()), 12);
}

proptest! {
    #[test]
    fn what_people_see_is_called_the_same_everywhere(message in outbounds()) {
        let delivery: Delivery = message.delivery();
        prop_assert_eq!(&serde_json::to_value(&delivery).unwrap()["state"], &json!(delivery.word()));
    }

    #[test]
    fn a_new_intent_is_its_conversations_and_has_not_been_tried(head in heads(), purpose in purposes(), at in instants()) {
        let id = crate::domain::MessageId { conversation: head.id, key: MessageKey::first_at(at) };
        let sealed = Sealed::<OutboundBody>::from_bytes(vec![7]);
        let new = Outbound::queued(&head, id, purpose.clone(), Via::Sms, sealed.clone(), at, noon());
        prop_assert_eq!((&new.account, &new.channel, new.contact), (&head.account, &head.channel, head.contact));
        prop_assert_eq!((new.accepted_at, new.changed_at, new.expires_at), (at, at, noon()));
        prop_assert_eq!((new.state, new.attempt, new.attempts.len()), (SenderState::Queued, 0, 0));
        prop_assert_eq!((&new.purpose, new.via, &new.sealed), (&purpose, Via::Sms, &sealed));
        prop_assert_eq!(new.purpose.is_reply(), matches!(purpose, Purpose::Reply));
        prop_assert_eq!(Message::Outbound(Box::new(new)).id(), id);
    }

    #[test]
    fn content_survives_its_written_form(content in contents()) {
        let written = serde_json::to_string(&content).unwrap();
        prop_assert_eq!(serde_json::from_str::<Content>(&written).unwrap(), content);
    }
}
