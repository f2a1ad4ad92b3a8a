//! What customers set in WhatsApp about being written to (WhatsApp Cloud API, webhook "user_preferences").

use super::{Fault, time};
use crate::{
    adapters::providers::json::{Element, Fields},
    domain::{
        Phone,
        channel::Medium,
        consent::{Choice, Media, Purposes, Scope},
        contact::Address,
        inbound::Preference,
    },
};

/// One preference. `None`: of a kind that we do not know.
pub(super) fn read(raw: Element<'_>) -> Result<Option<Preference>, Fault> {
    let preference = raw.fields().ok_or(Fault { at: "", what: "not an object" })?;
    let category = preference.text("category").ok_or(Fault { at: ".category", what: "missing or not text" })?;
    let value = preference.text("value").ok_or(Fault { at: ".value", what: "missing or not text" })?;
    let choice = match (&*category, &*value) {
        ("marketing_messages", "stop") => Choice::Out,
        ("marketing_messages", "resume") => Choice::In,
        (_, _) => return Ok(None),
    };
    let from = people(preference);
    if from.is_empty() {
        return Err(Fault { at: ".wa_id", what: "neither a phone number nor a user id" });
    }
    let scope = Scope { purposes: Purposes::MARKETING, media: Media::only(Medium::WhatsApp) };
    let source = format!("user_preferences: {category} {value}");
    Ok(Some(Preference { from, choice, scope, source, at: time(preference), provider_id: None }))
}

fn people(preference: Fields<'_>) -> Vec<Address> {
    let phone = preference.text("wa_id").as_deref().and_then(Phone::from_e164);
    let user_id = preference.string("user_id").filter(|id| Address::from_user_id(id).is_some());
    phone.map(Address::Phone).into_iter().chain(user_id.map(Address::UserId)).collect()
}
