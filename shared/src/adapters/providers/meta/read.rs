//! Meta's webhook bodies, taken apart into events (WhatsApp Cloud API, "Webhooks: payload reference").
//!
//! A body holds entries, an entry changes, a change messages and statuses; up to 1,000 in all. Each element is parsed
//! alone: a fault in one becomes an event that names its path, and the others are read.

mod preferences;

use std::{borrow::Cow, collections::HashMap, fmt};

use serde_json::Value;

use super::{content, errors};
use crate::{
    adapters::providers::json::{Document, Element, Fields},
    domain::{
        Phone, Timestamp,
        contact::Address,
        cost::Pricing,
        inbound::{InboundMessage, Notice, ProviderEvent, ProviderReceipt, ReceiptStatus, Unreadable},
    },
};

/// Every event of a body.
pub(super) fn read(body: &[u8]) -> Vec<ProviderEvent> {
    // Meta sends plain ASCII. Should bytes be damaged, they cost the characters that they stood for, not the body.
    let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    let mut reader = Reader { events: Vec::new(), entry_id: None, entry_at: None };
    if let Some(document) = Document::find(&text) {
        reader.body(document.root());
    } else {
        let why = "the body is not JSON".to_owned();
        let raw = Value::String(text.into_owned());
        reader.events.push(ProviderEvent::Unreadable(Unreadable { number: None, why, raw }));
    }
    reader.events
}

struct Reader {
    events: Vec<ProviderEvent>,
    /// What the entry that is being read is about: of templates, the WhatsApp Business Account.
    entry_id: Option<String>,
    /// When the entry was made, if it says so.
    entry_at: Option<Timestamp>,
}

/// Where a change is in its body.
#[derive(Clone, Copy)]
struct Path {
    entry: usize,
    change: usize,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry[{}].changes[{}]", self.entry, self.change)
    }
}

impl Reader {
    fn body(&mut self, root: Element<'_>) {
        match root.fields().map(|body| body.list("entry")) {
            Some(Some(entries)) => {
                for (index, entry) in entries.enumerate() {
                    self.entry(entry, index);
                }
            }
            Some(None) => self.unreadable(None, "entry: missing or not a list".to_owned(), root),
            None => self.unreadable(None, "the body is not an object".to_owned(), root),
        }
    }

    fn entry(&mut self, raw: Element<'_>, entry: usize) {
        let time = raw.fields().and_then(|fields| fields.get("time")).and_then(|time| time.value().as_i64());
        self.entry_id = raw.fields().and_then(|fields| fields.string("id"));
        self.entry_at = time.and_then(|seconds| Timestamp::from_second(seconds).ok());
        match raw.fields().map(|fields| fields.list("changes")) {
            Some(Some(changes)) => {
                for (change, element) in changes.enumerate() {
                    self.change(element, Path { entry, change });
                }
            }
            Some(None) => self.unreadable(None, format!("entry[{entry}].changes: missing or not a list"), raw),
            None => self.unreadable(None, format!("entry[{entry}]: not an object"), raw),
        }
    }

    fn change(&mut self, raw: Element<'_>, path: Path) {
        let Some(change) = raw.fields() else {
            return self.unreadable(None, format!("{path}: not an object"), raw);
        };
        let Some(field) = change.text("field") else {
            return self.unreadable(None, format!("{path}.field: missing or not text"), raw);
        };
        match &*field {
            "messages" | "smb_message_echoes" => match change.object("value") {
                Some(value) => self.value(value, path, &field, raw),
                None => self.unreadable(None, format!("{path}.value: missing or not an object"), raw),
            },
            "user_preferences" => self.preferences(change, path, raw),
            // News of templates, of the account, of calls.
            _ => self.notice(&field, change.get("value").unwrap_or(raw)),
        }
    }

    /// The value of a change that holds messages, statuses or both.
    fn value(&mut self, value: Fields<'_>, path: Path, field: &str, change: Element<'_>) {
        let around = Around {
            number: value.object("metadata").and_then(|metadata| metadata.string("phone_number_id")),
            people: People::of(value),
            path,
        };
        let mut something = false;
        for (name, raw) in value.iter() {
            something |= !matches!(&*name, "messaging_product" | "metadata" | "contacts");
            match &*name {
                "messaging_product" | "metadata" | "contacts" => {}
                "messages" | "message_echoes" | "statuses" => self.elements(&around, &name, raw),
                "errors" => self.notice("errors", raw),
                // What else may come, such as clicks in marketing messages (`user_actions`).
                _ => self.notice(&name, raw),
            }
        }
        if !something {
            self.notice(field, change);
        }
    }

    fn elements(&mut self, around: &Around, name: &str, raw: Element<'_>) {
        let Some(elements) = raw.list() else {
            return self.unreadable(around.number.clone(), format!("{}.value.{name}: not a list", around.path), raw);
        };
        for (index, element) in elements.enumerate() {
            let event = match name {
                "messages" => message(around, element, &CUSTOMER_WROTE).map(ProviderEvent::Message),
                "message_echoes" => message(around, element, &BUSINESS_WROTE).map(ProviderEvent::Echo),
                _ => receipt(around, element).map(ProviderEvent::Receipt),
            };
            match event {
                Ok(event) => self.events.push(event),
                Err(Fault { at, what }) => {
                    let why = format!("{}.value.{name}[{index}]{at}: {what}", around.path);
                    self.unreadable(around.number.clone(), why, element);
                }
            }
        }
    }

    /// What customers set in WhatsApp about being written to.
    fn preferences(&mut self, change: Fields<'_>, path: Path, raw: Element<'_>) {
        let Some(elements) = change.object("value").and_then(|value| value.list("user_preferences")) else {
            return self.notice("user_preferences", change.get("value").unwrap_or(raw));
        };
        for (index, element) in elements.enumerate() {
            match preferences::read(element) {
                Ok(Some(preference)) => self.events.push(ProviderEvent::Preference(preference)),
                // A category or a value that is new.
                Ok(None) => self.notice("user_preferences", element),
                Err(Fault { at, what }) => {
                    let why = format!("{path}.value.user_preferences[{index}]{at}: {what}");
                    self.unreadable(None, why, element);
                }
            }
        }
    }

    fn unreadable(&mut self, number: Option<String>, why: String, raw: Element<'_>) {
        self.events.push(ProviderEvent::Unreadable(Unreadable { number, why, raw: raw.value() }));
    }

    fn notice(&mut self, field: &str, raw: Element<'_>) {
        let raw = raw.value();
        let news = super::template_news::read(field, &raw, self.entry_id.as_deref(), self.entry_at);
        self.events.push(ProviderEvent::Notice(Notice { field: field.to_owned(), raw, news }));
    }
}

/// What all elements of a change have in common.
struct Around {
    /// The phone number id.
    number: Option<String>,
    people: People,
    path: Path,
}

impl Around {
    fn number(&self) -> Result<String, Fault> {
        self.number.clone().ok_or(Fault { at: "", what: "the change has no metadata.phone_number_id" })
    }
}

/// What keeps an element from being read: a field of it and what is wrong with it.
struct Fault {
    at: &'static str,
    what: &'static str,
}

/// Someone in the change's list of contacts.
struct Person {
    wa_id: Option<Phone>,
    user_id: Option<String>,
    name: Option<String>,
}

/// Up to so many people are looked through one by one.
const FEW: usize = 8;

/// The change's list of contacts. A body may name a thousand people, so of many none is searched for one by one.
#[derive(Default)]
struct People {
    list: Vec<Person>,
    /// The first with each number and each id, if they are many.
    by_phone: HashMap<Phone, usize>,
    by_user: HashMap<String, usize>,
}

impl People {
    fn of(value: Fields<'_>) -> Self {
        let mut people = Self::default();
        for contact in value.list("contacts").into_iter().flatten().filter_map(Element::fields) {
            people.list.push(Person {
                wa_id: contact.text("wa_id").as_deref().and_then(Phone::from_e164),
                user_id: contact.string("user_id"),
                name: contact.object("profile").and_then(|profile| profile.string("name")),
            });
        }
        if people.list.len() > FEW {
            for (index, person) in people.list.iter().enumerate() {
                if let Some(phone) = &person.wa_id {
                    people.by_phone.entry(phone.clone()).or_insert(index);
                }
                if let Some(user_id) = &person.user_id {
                    people.by_user.entry(user_id.clone()).or_insert(index);
                }
            }
        }
        people
    }

    /// The first of them with this number or this id.
    fn find(&self, phone: Option<&Phone>, user_id: Option<&str>) -> Option<&Person> {
        if self.list.len() <= FEW {
            return self.list.iter().find(|person| {
                phone.is_some_and(|phone| person.wa_id.as_ref() == Some(phone))
                    || user_id.is_some_and(|id| person.user_id.as_deref() == Some(id))
            });
        }
        let by_phone = phone.and_then(|phone| self.by_phone.get(phone));
        let by_user = user_id.and_then(|id| self.by_user.get(id));
        by_phone.into_iter().chain(by_user).min().map(|index| &self.list[*index])
    }
}

/// The fields that name the customer of a message.
struct CustomerFields {
    phone: &'static str,
    phone_path: &'static str,
    user_id: &'static str,
}

const CUSTOMER_WROTE: CustomerFields = CustomerFields { phone: "from", phone_path: ".from", user_id: "from_user_id" };
const BUSINESS_WROTE: CustomerFields = CustomerFields { phone: "to", phone_path: ".to", user_id: "to_user_id" };

fn message(around: &Around, raw: Element<'_>, customer: &CustomerFields) -> Result<Box<InboundMessage>, Fault> {
    let message = raw.fields().ok_or(Fault { at: "", what: "not an object" })?;
    let provider_id = message.string("id").ok_or(Fault { at: ".id", what: "missing or not text" })?;
    let number = around.number()?;
    if message.get("group_id").is_some() {
        // Answering its writer alone would break into another conversation, whose window this does not open.
        return Err(Fault { at: ".group_id", what: "written in a group, and groups are not served" });
    }

    let written = message.string(customer.phone);
    let mut phone = written.as_deref().and_then(Phone::from_e164);
    let mut user_id =
        message.string(customer.user_id).or_else(|| written.filter(|id| Address::from_user_id(id).is_some()));
    // By identity and never by index: one contact may stand for several messages, or none.
    let person = around.people.find(phone.as_ref(), user_id.as_deref());
    if let Some(person) = person {
        phone = phone.or_else(|| person.wa_id.clone());
        user_id = user_id.or_else(|| person.user_id.clone());
    }
    let from: Vec<Address> = phone.map(Address::Phone).into_iter().chain(user_id.map(Address::UserId)).collect();
    if from.is_empty() {
        return Err(Fault { at: customer.phone_path, what: "neither a phone number nor a user id" });
    }

    Ok(Box::new(InboundMessage {
        number,
        provider_id,
        at: time(message),
        from,
        profile_name: person.and_then(|person| person.name.clone()),
        content: content::read(message, raw),
        context: content::context(message),
        referral: message.value("referral"),
    }))
}

fn receipt(around: &Around, raw: Element<'_>) -> Result<ProviderReceipt, Fault> {
    let status = raw.fields().ok_or(Fault { at: "", what: "not an object" })?;
    let word = status.text("status").ok_or(Fault { at: ".status", what: "missing or not text" })?;
    Ok(ProviderReceipt {
        provider_id: status.string("id").ok_or(Fault { at: ".id", what: "missing or not text" })?,
        number: around.number()?,
        callback: status.string("biz_opaque_callback_data"),
        status: match &*word {
            "sent" => ReceiptStatus::Sent,
            "delivered" => ReceiptStatus::Delivered,
            // A voice note that was played was seen before.
            "read" | "played" => ReceiptStatus::Read,
            "failed" => ReceiptStatus::Failed(errors::of_receipt(first_code(status))),
            _ => ReceiptStatus::InProgress,
        },
        at: time(status),
        pricing: status.get("pricing").and_then(|pricing| Pricing::read(&pricing.value())),
    })
}

fn first_code(status: Fields<'_>) -> Option<String> {
    status.list("errors")?.next()?.fields()?.get("code")?.text().map(Cow::into_owned)
}

/// The element's `timestamp`: seconds since 1970, as text or number. One that makes no sense counts as absent.
fn time(element: Fields<'_>) -> Option<Timestamp> {
    let seconds = element.text("timestamp")?.trim().parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests;
