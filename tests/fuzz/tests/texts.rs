//! Texts that people, clients and customers write: ids, phone numbers, words of consent, links, template values.
//! (Fault matrix F7, K6.)
//!
//! Kept inputs (`__fuzz__`) of several parts are written as those of `signatures.rs`.

use std::collections::BTreeMap;

use bolero::check;
use jiff::Timestamp;
use transom::{
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, EndpointId, MessageId, Phone,
        channel::SecretName,
        consent::{ConsentSettings, consent_word},
        contact::Address,
        content::TemplateContent,
        ids::{CallbackData, MessageKey},
        invite,
        template::{Definition, Template},
    },
    seal::AccountKeys,
};

/// What is taken is written in the same way again: an id is also a key.
macro_rules! survives {
    ($text:expr, $($kind:ty),*) => {
        $(if let Ok(id) = $text.parse::<$kind>() {
            assert_eq!(id.to_string(), *$text, stringify!($kind));
            assert!($text.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'/'));
        })*
    };
}

#[test]
fn f7_ids_and_callback_data() {
    check!().with_iterations(5_000).for_each(|text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        for text in [text.as_ref(), &format!("msg_{text}"), &format!("con_{text}"), &format!("demo.{text}.1")] {
            survives!(
                text,
                AccountId,
                ChannelId,
                EndpointId,
                ContactId,
                ConversationId,
                MessageKey,
                MessageId,
                SecretName
            );
            if let Ok(data) = text.parse::<CallbackData>() {
                assert_eq!(data.to_string().parse::<CallbackData>().unwrap(), data);
            }
        }
    });
}

#[test]
fn phone_numbers_and_user_ids() {
    check!().with_iterations(2_000).for_each(|text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        for text in [text.as_ref(), &format!("+{text}"), &format!("+1 650 {text}")] {
            if let Ok(phone) = Phone::parse(text) {
                assert_eq!(Phone::from_e164(phone.as_e164()), Some(phone));
            }
            if let Some(phone) = Phone::from_e164(text) {
                assert_eq!(phone.digits(), text.trim_start_matches('+'));
            }
            let _ = Address::from_user_id(text);
        }
    });
}

#[test]
fn words_of_consent_and_links_in_messages() {
    let keys = AccountKeys::derive(&[1; 32]);
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    check!().with_iterations(2_000).for_each(|text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        let _ = consent_word(&text, &ConsentSettings::default());
        assert_eq!(invite::redeem(&keys, &text, now), None, "nobody guesses a signature");
        assert_eq!(invite::redeem(&keys, &format!("ref-{text}"), now), None);
        // Whatever is around it, the token is found.
        let token = invite::token(&keys, ConversationId::from_bits(5), now);
        let around = format!("{text} {token} {text}");
        assert_eq!(invite::redeem(&keys, &around, now), Some(ConversationId::from_bits(5)));
    });
}

#[test]
fn k6_template_values() {
    let one = |body: String| Template::declared("room_ready", "en", Definition::of(body).living(3600));
    check!().with_iterations(3_000).with_type::<(Vec<u8>, Vec<u8>, Vec<u8>)>().for_each(|(body, a, b)| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (body, a, b) = (text(body), text(a), text(b));
        let values = BTreeMap::from([("a".to_owned(), a.clone()), ("b".to_owned(), b.clone())]);
        let content = TemplateContent { name: "room_ready".into(), language: "en".into(), values };
        // A value is text: what it looks like fills no other place.
        for a in [a.clone(), "{{b}}".to_owned(), format!("{{{{a}}}}{a}")] {
            let mut content = content.clone();
            content.values.insert("a".into(), a.clone());
            assert_eq!(one("{{a}} and {{b}}".into()).render(&content), format!("{a} and {b}"));
        }
        let template = one(body.clone());
        let shown = template.render(&content);
        if !body.contains("{{") {
            assert_eq!(shown, body);
        }
        if template.check(&content).is_ok() {
            assert!([&a, &b].iter().all(|value| !value.trim().is_empty() && !value.contains(['\n', '\r', '\t'])));
        }
    });
}
