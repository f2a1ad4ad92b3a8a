//! Twilio's webhooks, turned into events: one message or one status in a call.

use serde_json::Value;

use super::{content, errors, form::Form};
use crate::{
    domain::{
        Phone,
        consent::{Choice, Scope},
        contact::Address,
        content::Content,
        inbound::{InboundMessage, Preference, ProviderEvent, ProviderReceipt, ReceiptStatus, Unreadable},
    },
    ports::WebhookCall,
};

/// What WhatsApp addresses begin with.
pub(super) const WHATSAPP: &str = "whatsapp:";

/// Every event of a call.
pub(super) fn read(call: &WebhookCall<'_>) -> Vec<ProviderEvent> {
    let form = Form::of(call.body);
    let report = form.get("MessageStatus").filter(|status| *status != "received");
    let events = match report {
        Some(status) if form.get("SmsStatus") != Some("received") => {
            receipt(&form, status, call.query).map(|receipt| vec![ProviderEvent::Receipt(receipt)])
        }
        Some(_) | None => messages(&form),
    };
    events.unwrap_or_else(|why| {
        let raw = Value::String(String::from_utf8_lossy(call.body).into_owned());
        let number = form.owned(if report.is_some() { "From" } else { "To" });
        vec![ProviderEvent::Unreadable(Unreadable { number, why: why.to_owned(), raw })]
    })
}

fn receipt(form: &Form, status: &str, query: &str) -> Result<ProviderReceipt, &'static str> {
    Ok(ProviderReceipt {
        number: form.owned("From").ok_or("From: missing")?,
        provider_id: sid(form)?,
        // Where `send` put it: in the address that it told Twilio to report to.
        callback: Form::of(query.as_bytes()).owned("m"),
        status: match status {
            "sent" => ReceiptStatus::Sent,
            "delivered" => ReceiptStatus::Delivered,
            "read" => ReceiptStatus::Read,
            "undelivered" | "failed" => ReceiptStatus::Failed(errors::of_receipt(form.get("ErrorCode"))),
            "canceled" => ReceiptStatus::Failed(errors::of_receipt(Some("canceled"))),
            // accepted, scheduled, queued, sending, partially_delivered, and words to come.
            _ => ReceiptStatus::InProgress,
        },
        at: None,
        pricing: None,
    })
}

/// One message, or one for each of its files.
fn messages(form: &Form) -> Result<Vec<ProviderEvent>, &'static str> {
    let sid = sid(form)?;
    let number = form.owned("To").ok_or("To: missing")?;
    let from = senders(form);
    if from.is_empty() {
        return Err("From: neither a phone number nor a user id");
    }
    let message = |(index, content): (usize, Content)| {
        ProviderEvent::Message(Box::new(InboundMessage {
            number: number.clone(),
            provider_id: if index == 0 { sid.clone() } else { format!("{sid}/{index}") },
            at: None,
            from: from.clone(),
            profile_name: form.owned("ProfileName"),
            content,
            context: content::context(form),
            referral: content::referral(form),
        }))
    };
    let preference = preference(form, &sid, &from).map(ProviderEvent::Preference);
    Ok(preference.into_iter().chain(content::read(form).into_iter().enumerate().map(message)).collect())
}

/// What Twilio itself has taken the message for, by the words that are set there for each country (Twilio, "Advanced
/// Opt-Out"): we may not know them.
fn preference(form: &Form, sid: &str, from: &[Address]) -> Option<Preference> {
    let word = form.get("OptOutType")?;
    let (choice, scope) = match word {
        "STOP" => (Choice::Out, Scope::EVERYTHING),
        "START" => (Choice::In, Scope::BACK),
        // HELP, and words to come.
        _ => return None,
    };
    let (from, source) = (from.to_vec(), format!("OptOutType: {word}"));
    Some(Preference { from, choice, scope, source, at: None, provider_id: Some(sid.to_owned()) })
}

fn sid(form: &Form) -> Result<String, &'static str> {
    let names = ["MessageSid", "SmsMessageSid", "SmsSid"];
    names.into_iter().find_map(|name| form.owned(name)).ok_or("MessageSid: missing")
}

/// Who wrote: the phone number first, if there is one.
fn senders(form: &Form) -> Vec<Address> {
    let from = form.get("From").unwrap_or_default();
    let Some(id) = from.strip_prefix(WHATSAPP) else {
        return Phone::from_e164(from).map(Address::Phone).into_iter().collect();
    };
    let phone = Phone::from_e164(id).or_else(|| form.get("WaId").and_then(Phone::from_e164));
    let external = form.get("ExternalUserId").map(|id| id.strip_prefix(WHATSAPP).unwrap_or(id));
    // Without a phone number, the sender itself may be a user id.
    let user_id = external.or(Some(id).filter(|id| Phone::from_e164(id).is_none())).and_then(Address::from_user_id);
    phone.map(Address::Phone).into_iter().chain(user_id).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::outcome::{Failure, FailureKind};

    fn events(query: &str, body: &[u8]) -> Vec<ProviderEvent> {
        read(&WebhookCall { headers: &HeaderMap::new(), query, body })
    }

    #[track_caller]
    fn only_message(body: &str) -> InboundMessage {
        match events("", body.as_bytes()).as_slice() {
            [ProviderEvent::Message(message)] => *message.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn phone(number: &str) -> Address {
        Address::Phone(Phone::from_e164(number).unwrap())
    }

    /// A real message, its numbers changed.
    const WHATSAPP_TEXT: &str = include_str!("fixtures/whatsapp_text.form");
    const SMS_TEXT: &str = include_str!("fixtures/sms_text.form");
    const WHATSAPP_PICTURES: &str = include_str!("fixtures/whatsapp_pictures.form");
    const DELIVERED: &str = include_str!("fixtures/delivered.form");
    const UNDELIVERED: &str = include_str!("fixtures/undelivered.form");

    #[test]
    fn a_whatsapp_message_is_read_with_all_identities_of_its_writer() {
        let expected = InboundMessage {
            number: "whatsapp:+14155238886".into(),
            provider_id: "SM11111111111111111111111111111111".into(),
            at: None,
            from: vec![phone("+16505551234"), Address::UserId("ID.4917220000001".into())],
            profile_name: Some("Ana".into()),
            content: Content::text("Is the room ready?"),
            context: None,
            referral: None,
        };
        assert_eq!(only_message(WHATSAPP_TEXT), expected);
    }

    #[test]
    fn an_sms_is_read() {
        let message = only_message(SMS_TEXT);
        assert_eq!(message.number, "+15017122661");
        assert_eq!(message.from, [phone("+16505551234")]);
        assert_eq!(message.content, Content::text("Hello"));
    }

    #[test]
    fn a_writer_without_a_phone_number_is_known_by_the_user_id() {
        let message = only_message("MessageSid=SM1&From=whatsapp%3AUS.1349&To=whatsapp%3A%2B14155238886&Body=hi");
        assert_eq!(message.from, [Address::UserId("US.1349".into())]);
        let message = only_message(
            "MessageSid=SM1&From=whatsapp%3AUS.1349&WaId=16505551234&To=whatsapp%3A%2B14155238886&Body=hi",
        );
        assert_eq!(message.from, [phone("+16505551234"), Address::UserId("US.1349".into())]);
    }

    #[test]
    fn each_of_several_files_is_a_message_of_its_own() {
        let events = events("", WHATSAPP_PICTURES.as_bytes());
        let ids: Vec<&str> = events
            .iter()
            .map(|event| match event {
                ProviderEvent::Message(message) => message.provider_id.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        let sid = "MM22222222222222222222222222222222";
        assert_eq!(ids, [sid.to_owned(), format!("{sid}/1")]);
    }

    #[track_caller]
    fn check_receipt(query: &str, body: &str, expected: &ProviderReceipt) {
        assert_eq!(events(query, body.as_bytes()), [ProviderEvent::Receipt(expected.clone())]);
    }

    #[test]
    fn a_status_is_a_receipt_and_brings_our_callback_data_back() {
        let expected = ProviderReceipt {
            number: "whatsapp:+14155238886".into(),
            provider_id: "SM33333333333333333333333333333333".into(),
            callback: Some("demo.msg_1.1".into()),
            status: ReceiptStatus::Delivered,
            at: None,
            pricing: None,
        };
        check_receipt("m=demo.msg_1.1", DELIVERED, &expected);
        check_receipt("", DELIVERED, &ProviderReceipt { callback: None, ..expected.clone() });
        let failure = Failure { kind: FailureKind::RecipientUnreachable, code: "63024".into() };
        check_receipt(
            "m=demo.msg_1.1",
            UNDELIVERED,
            &ProviderReceipt { status: ReceiptStatus::Failed(failure), ..expected },
        );
    }

    #[test]
    fn every_word_for_a_status_is_understood() {
        let status = |word: &str| {
            let body = format!("MessageSid=SM1&MessageStatus={word}&SmsStatus={word}&From=%2B1&To=%2B2");
            match events("", body.as_bytes()).as_slice() {
                [ProviderEvent::Receipt(receipt)] => receipt.status.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(status("sent"), ReceiptStatus::Sent);
        assert_eq!(status("delivered"), ReceiptStatus::Delivered);
        assert_eq!(status("read"), ReceiptStatus::Read);
        for word in ["accepted", "scheduled", "queued", "sending", "partially_delivered", "teleported"] {
            assert_eq!(status(word), ReceiptStatus::InProgress, "{word}");
        }
        for (word, code) in [("failed", "none"), ("undelivered", "none"), ("canceled", "canceled")] {
            let failure = Failure { kind: FailureKind::Other, code: code.into() };
            assert_eq!(status(word), ReceiptStatus::Failed(failure), "{word}");
        }
    }

    #[test]
    fn what_twilio_takes_for_a_wish_is_one_beside_the_message() {
        let of = |word: &str| {
            let body =
                format!("MessageSid=SM1&OptOutType={word}&From=%2B16505551234&To=%2B15017122661&Body=Adi%C3%B3s");
            events("", body.as_bytes())
        };
        let choice = |word: &str| match of(word).as_slice() {
            [ProviderEvent::Preference(it), ProviderEvent::Message(message)] => {
                assert_eq!((&it.from, it.provider_id.as_ref()), (&message.from, Some(&message.provider_id)));
                Some((it.choice, it.scope))
            }
            [ProviderEvent::Message(_)] => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(choice("STOP"), Some((Choice::Out, Scope::EVERYTHING)));
        assert_eq!(choice("START"), Some((Choice::In, Scope::BACK)));
        assert_eq!(choice("HELP"), None);
    }

    #[test]
    fn a11_what_cannot_be_read_is_kept_and_says_why() {
        let check = |body: &str, expected: &str| match events("", body.as_bytes()).as_slice() {
            [ProviderEvent::Unreadable(Unreadable { why, raw, .. })] => {
                assert_eq!((why.as_str(), raw), (expected, &Value::String(body.into())));
            }
            other => panic!("{other:?}"),
        };
        check("", "MessageSid: missing");
        check("{\"a\":1}", "MessageSid: missing");
        check("MessageSid=SM1&From=%2B16505551234&Body=x", "To: missing");
        check("MessageSid=SM1&From=BANK&To=%2B15017122661&Body=x", "From: neither a phone number nor a user id");
        check("MessageSid=SM1&MessageStatus=sent", "From: missing");
    }

    proptest! {
        #[test]
        fn a11_no_body_makes_reading_panic_or_vanishes(query in "\\PC{0,40}", body: Vec<u8>) {
            prop_assert!(!events(&query, &body).is_empty());
        }
    }
}
