//! What a customer does with their phone, and the signed webhook that the provider makes of it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use transom::domain::{
    Phone,
    channel::{Medium, ProviderKind},
};

use super::{
    Outside, State,
    ledger::{Customer, Item, LedgerError},
    receipts::twilio_address,
    rules::{self, Keyword},
    settings::OutsideNumber,
    webhooks::{Planned, meta_call, twilio_call},
};

/// A customer writes to a number of the business.
#[derive(Debug, Clone)]
pub struct Writes {
    /// The customer's phone (`+` and digits), or their id (`US.…`) once they are known.
    pub customer: String,
    /// The number, by the provider's name, as customers see it, or by its alias. None: the first of the medium.
    pub to: Option<String>,
    /// None: whichever `to` has, WhatsApp first.
    pub medium: Option<Medium>,
    pub what: Says,
    pub shows: Shows,
    /// How often the provider makes this webhook call.
    pub times: u32,
    /// When it was written, for webhooks that come late. None: now.
    pub at: Option<Timestamp>,
}

impl Writes {
    /// A text by WhatsApp, written now.
    pub fn text(customer: &str, to: &str, body: &str) -> Self {
        Self {
            customer: customer.to_owned(),
            to: Some(to.to_owned()),
            medium: None,
            what: Says::Text(body.to_owned()),
            shows: Shows::Both,
            times: 1,
            at: None,
        }
    }
}

/// What the customer says.
#[derive(Debug, Clone)]
pub enum Says {
    Text(String),
    /// A tap on a button that a message of the business shows: the one named, or the newest that has it.
    Button {
        label: String,
        of: Option<String>,
    },
    /// A reaction to a message of the business; taken back with `None`.
    Reaction {
        message_id: String,
        emoji: Option<String>,
    },
    /// Any message in the Cloud API's form, such as `{"type":"location","location":{…}}`. Meta's numbers only.
    CloudMessage(Value),
}

/// By what the provider lets the business know the customer (Meta, "business-scoped user ids").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    Phone,
    /// The phone is hidden.
    UserId,
    #[default]
    Both,
}

/// Why a customer cannot do that.
#[derive(Debug, thiserror::Error)]
pub enum BadAct {
    /// A field of the request is wrong.
    #[error("{field}: {why}")]
    Field { field: &'static str, why: &'static str },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

fn bad(field: &'static str, why: &'static str) -> BadAct {
    BadAct::Field { field, why }
}

impl Outside {
    /// Lets a customer write. The webhook is due at once; gives the provider's id of the message.
    pub fn customer_writes(&self, writes: &Writes) -> Result<String, BadAct> {
        let state = self.state();
        state.ledger.whole(|| self.write(&state, writes))
    }

    fn write(&self, state: &State, writes: &Writes) -> Result<String, BadAct> {
        let now = self.now(state);
        let at = writes.at.unwrap_or(now);
        if at > now {
            return Err(bad("at", "a message cannot be written in the future"));
        }
        if !(1..=100).contains(&writes.times) {
            return Err(bad("times", "must be from 1 to 100"));
        }
        let number = self.number_for(writes.to.as_deref(), writes.medium)?;
        let customer = find_customer(state, &writes.customer)?;
        let said = say(state, number, &customer, &writes.what)?;
        let id = self.new_id(state, number.provider)?;

        let mut pair = state.ledger.pair(&number.key(), &customer.phone)?;
        if said.kind != "reaction" {
            pair.last_wrote = pair.last_wrote.max(Some(at)); // What Meta says of reactions is not known: they open nothing.
        }
        let keyword = rules::keyword(&said.text).filter(|_| number.medium == Medium::Sms);
        if let Some(keyword) = keyword {
            pair.opted_out = keyword == Keyword::Stop;
        }
        state.ledger.put_pair(&number.key(), &customer.phone, pair)?;

        let item = Item {
            id: id.clone(),
            direction: "in".to_owned(),
            number: number.key(),
            customer: customer.phone.clone(),
            at,
            kind: said.kind.clone(),
            content: said.message.clone(),
            text: said.text.clone(),
            buttons: vec![],
            callback: None,
            window_open: true,
            violations: vec![],
        };
        state.ledger.add(&item)?;
        state.ledger.tick(&id, "sent", now)?;
        if let Some(keyword) = keyword {
            state.ledger.add(&carrier_answer(&item, keyword, now))?;
        }

        let mut call = match number.provider {
            ProviderKind::Meta => meta_inbound(number, &customer, writes.shows, &item, &said),
            ProviderKind::Twilio => twilio_inbound(number, &customer, writes.shows, &item, &said),
        };
        call.item = Some(id.clone());
        for _ in 0..writes.times {
            state.ledger.queue(&call, now)?;
        }
        Ok(id)
    }

    fn number_for(&self, to: Option<&str>, medium: Option<Medium>) -> Result<&OutsideNumber, BadAct> {
        let fits = |number: &&OutsideNumber| medium.is_none_or(|medium| number.medium == medium);
        let mut candidates: Vec<_> = self.config.numbers.iter().filter(fits).collect();
        candidates.sort_by_key(|number| number.medium == Medium::Sms);
        match to {
            None => candidates.first().copied().ok_or_else(|| bad("medium", "no number has this medium")),
            Some(name) => candidates
                .into_iter()
                .find(|number| number.is_called(name))
                .ok_or_else(|| bad("to", "no number of the business is called so, on this medium")),
        }
    }
}

fn say(state: &State, number: &OutsideNumber, customer: &Customer, what: &Says) -> Result<Said, BadAct> {
    match what {
        Says::Text(body) if body.is_empty() => Err(bad("text", "must not be empty")),
        Says::Text(body) => {
            let longest = if number.medium == Medium::Sms { 1600 } else { 4096 };
            if body.chars().count() > longest {
                return Err(bad("text", "is longer than a phone can send"));
            }
            Ok(Said::new("text", json!({"type": "text", "text": {"body": body}}), body, None))
        }
        Says::Button { label, of } => {
            if number.medium == Medium::Sms {
                return Err(bad("button", "an SMS has no buttons"));
            }
            let mut items = state.ledger.items(Some(&customer.phone))?;
            items.retain(|item| {
                item.number == number.key() && of.as_ref().is_none_or(|id| *id == item.id) && item.violations.is_empty()
            });
            let shown = items.into_iter().rev().find(|item| item.buttons.contains(label));
            let shown = shown.ok_or_else(|| bad("button", "no message on this phone shows such a button"))?;
            let message = if shown.kind == "interactive" {
                let replies = shown.content["action"]["buttons"].as_array().into_iter().flatten();
                let reply = replies.map(|button| &button["reply"]).find(|reply| reply["title"] == label.as_str());
                json!({"type": "interactive",
                    "interactive": {"type": "button_reply", "button_reply": reply.cloned().unwrap_or_default()}})
            } else {
                let payload = state.ledger.payload(&shown.id, label)?;
                json!({"type": "button", "button": {"payload": payload.as_ref().unwrap_or(label), "text": label}})
            };
            Ok(Said::new("button", message, label, Some(shown.id)))
        }
        Says::Reaction { message_id, emoji } => {
            if number.medium == Medium::Sms || number.provider == ProviderKind::Twilio {
                return Err(bad("reaction", "the provider does not hand reactions over on this number"));
            }
            let known = state.ledger.item(message_id)?.filter(|item| item.customer == customer.phone);
            known.ok_or_else(|| bad("reaction", "this phone has no such message"))?;
            let mut reaction = json!({"message_id": message_id});
            if let Some(emoji) = emoji {
                reaction["emoji"] = json!(emoji);
            }
            let text = emoji.as_deref().unwrap_or_default();
            Ok(Said::new("reaction", json!({"type": "reaction", "reaction": reaction}), text, None))
        }
        Says::CloudMessage(message) => {
            if number.provider != ProviderKind::Meta {
                return Err(bad("message", "only Meta's numbers take the Cloud API's form"));
            }
            let kind = message["type"].as_str().ok_or_else(|| bad("message", "needs a type"))?.to_owned();
            let text = message["text"]["body"].as_str().map_or_else(|| format!("[{kind}]"), ToOwned::to_owned);
            Ok(Said::new(&kind, message.clone(), &text, None))
        }
    }
}

/// What the customer said, in the Cloud API's form and in words.
struct Said {
    kind: String,
    message: Value,
    text: String,
    /// The message that it answers.
    context: Option<String>,
}

impl Said {
    fn new(kind: &str, message: Value, text: &str, context: Option<String>) -> Self {
        Self { kind: kind.to_owned(), message, text: text.to_owned(), context }
    }
}

/// The customer by phone or id. A phone is known from the first time it is spoken of.
pub(super) fn find_customer(state: &State, name: &str) -> Result<Customer, BadAct> {
    if let Some(phone) = Phone::from_e164(name.trim()) {
        return Ok(state.ledger.customer(phone.as_e164())?);
    }
    let known = state.ledger.customer_by_user_id(name)?;
    known.ok_or_else(|| bad("customer", "neither a phone number (+ and digits) nor a known id"))
}

fn meta_inbound(number: &OutsideNumber, customer: &Customer, shows: Shows, item: &Item, said: &Said) -> Planned {
    let mut message = said.message.clone();
    let mut contact = json!({"profile": {"name": customer.name}});
    message["id"] = json!(item.id);
    message["timestamp"] = json!(item.at.as_second().to_string());
    if shows != Shows::UserId {
        message["from"] = json!(&customer.phone[1..]);
        contact["wa_id"] = json!(&customer.phone[1..]);
    }
    if shows != Shows::Phone {
        message["from_user_id"] = json!(customer.user_id);
        contact["user_id"] = json!(customer.user_id);
    }
    if let Some(context) = &said.context {
        message["context"] = json!({"from": number.display_phone.trim_start_matches('+'), "id": context});
    }
    let value = json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message],
        "metadata": {"display_phone_number": number.display_phone.trim_start_matches('+'), "phone_number_id": number.number}});
    let body = json!({"object": "whatsapp_business_account",
        "entry": [{"id": number.waba_id, "changes": [{"field": "messages", "value": value}]}]});
    meta_call(number, &body)
}

fn twilio_inbound(number: &OutsideNumber, customer: &Customer, shows: Shows, item: &Item, said: &Said) -> Planned {
    let mut form = vec![
        ("MessageSid", item.id.clone()),
        ("SmsMessageSid", item.id.clone()),
        ("SmsSid", item.id.clone()),
        ("AccountSid", number.account_sid.clone().unwrap_or_default()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("SmsStatus", "received".to_owned()),
        ("To", twilio_address(number.medium, &number.number)),
        ("Body", said.text.clone()),
        ("NumSegments", "1".to_owned()),
        ("NumMedia", "0".to_owned()),
    ];
    let hidden = shows == Shows::UserId && number.medium == Medium::WhatsApp;
    let from = if hidden { &customer.user_id } else { &customer.phone };
    form.push(("From", twilio_address(number.medium, from)));
    match number.medium {
        Medium::WhatsApp => {
            form.push(("ProfileName", customer.name.clone()));
            form.push(("MessageType", if said.kind == "text" { "text" } else { "button" }.to_owned()));
            let mut context = json!({"ProfileName": customer.name});
            if !hidden {
                form.push(("WaId", customer.phone[1..].to_owned()));
                context["WaId"] = json!(&customer.phone[1..]);
            }
            if shows != Shows::Phone {
                form.push(("ExternalUserId", format!("whatsapp:{}", customer.user_id)));
            }
            if said.kind == "button" {
                form.push(("ButtonText", said.text.clone()));
                let payload = said.message["button"]["payload"].as_str().unwrap_or(&said.text);
                form.push(("ButtonPayload", payload.to_owned()));
            }
            if let Some(replied) = &said.context {
                form.push(("OriginalRepliedMessageSid", replied.clone()));
                form.push(("OriginalRepliedMessageSender", twilio_address(number.medium, &number.number)));
            }
            let metadata = json!({"type": "whatsapp", "data": {"context": context}});
            form.push(("ChannelMetadata", metadata.to_string()));
        }
        Medium::Sms => form.push(("FromCountry", "US".to_owned())),
    }
    let form: Vec<_> = form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    twilio_call(number, &number.public_url, &form)
}

/// What the carrier answers by itself (Twilio, default opt-out replies).
fn carrier_answer(item: &Item, keyword: Keyword, now: Timestamp) -> Item {
    let text = match keyword {
        Keyword::Stop => {
            "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
        }
        Keyword::Start => {
            "You have successfully been re-subscribed to messages from this number. Reply STOP to unsubscribe."
        }
    };
    Item {
        id: format!("{}-notice", item.id),
        direction: "notice".to_owned(),
        at: now,
        kind: "notice".to_owned(),
        content: json!({"body": text}),
        text: text.to_owned(),
        ..item.clone()
    }
}
