//! What people do with their phones.

use serde_json::{Value, json};
use transom::domain::{
    channel::{Medium, ProviderKind},
    consent::{ConsentSettings, ConsentWord, consent_word},
};

use super::{
    Said,
    webhooks::{self, About},
};
use crate::{cast::Index, world::World};

/// By what the provider lets the business know somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Phone,
    UserId,
    Both,
}

/// A text.
pub fn writes(world: &World, number: Index, person: Index, shows: Shows, text: &str) {
    says(world, number, person, shows, &json!({"type": "text", "text": {"body": text}}), text, true);
}

/// Anything, in the Cloud API's form. `opens`: whether it opens the service window.
pub fn says(world: &World, number: Index, person: Index, shows: Shows, message: &Value, text: &str, opens: bool) {
    let machine = &world.machine;
    let of = &world.cast.numbers[number];
    let who = &world.cast.people[person];
    let mut outside = world.outside();
    let id = outside.new_id(if of.provider == ProviderKind::Meta { "wamid.in" } else { "SMin" });
    // Providers tell whole seconds.
    let at = (machine.now() + outside.offset).div_euclid(1000) * 1000;
    let said = if opens { consent_word(text, &ConsentSettings::default()) } else { None };
    let wish = said.map(|it| it.word);
    let thread = outside.thread(number, person);
    if opens {
        thread.last_wrote = thread.last_wrote.max(Some(at));
    }
    if of.medium == Medium::Sms {
        match wish {
            Some(ConsentWord::Stop) => thread.stopped = true,
            Some(ConsentWord::Start) => thread.stopped = false,
            // Carriers know nothing of purposes.
            Some(ConsentWord::StopMarketing) | None => {}
        }
    }
    outside.said.push(Said {
        provider_id: id.clone(),
        number,
        person,
        at,
        opens_window: opens,
        stop: wish == Some(ConsentWord::Stop),
        start: wish == Some(ConsentWord::Start),
        acknowledged_at: None,
    });
    let place = outside.said.len() - 1;
    drop(outside);
    machine.note("says", || format!("{} to {}: {text}", who.name, of.name));
    let about = About::Message(place);
    match of.provider {
        ProviderKind::Meta => {
            let mut message = message.clone();
            let mut contact = json!({"profile": {"name": who.name}});
            message["id"] = json!(id);
            message["timestamp"] = json!((at / 1000).to_string());
            if shows != Shows::UserId {
                message["from"] = json!(&who.phone[1..]);
                contact["wa_id"] = json!(&who.phone[1..]);
            }
            if shows != Shows::Phone {
                message["from_user_id"] = json!(who.user_id);
                contact["user_id"] = json!(who.user_id);
            }
            webhooks::meta(world, number, "messages", message, contact, about);
        }
        ProviderKind::Twilio => {
            let from = if shows == Shows::UserId { &who.user_id } else { &who.phone };
            let mut form = vec![
                ("MessageSid", id),
                ("AccountSid", of.account_sid()),
                ("ApiVersion", "2010-04-01".to_owned()),
                ("SmsStatus", "received".to_owned()),
                ("To", of.address(&of.number)),
                ("From", of.address(from)),
                ("Body", text.to_owned()),
                ("NumMedia", "0".to_owned()),
            ];
            if of.medium == Medium::WhatsApp {
                form.push(("ProfileName", who.name.clone()));
                form.push(("MessageType", "text".to_owned()));
                if shows == Shows::Both {
                    form.push(("ExternalUserId", format!("whatsapp:{}", who.user_id)));
                }
            }
            let form: Vec<_> = form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            webhooks::twilio(world, number, &of.public_url(), &form, about);
        }
    }
}
