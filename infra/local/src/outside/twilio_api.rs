//! Twilio's Messages API, for WhatsApp and SMS: `POST /twilio/2010-04-01/Accounts/{sid}/Messages.json`
//! (Twilio, "Message resource"; error dictionary).

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State as Shared},
    response::Response,
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};
use transom::domain::{
    Phone,
    channel::{Medium, ProviderKind},
};

use super::{
    Outside, State,
    ledger::{Customer, Item},
    receipts::{callback_in, twilio_address},
    review::{
        HeldTemplate, Values,
        fill::{fill_content, violation},
    },
    sending::{Answer, Order, Ordered, Refused, Stop},
    settings::OutsideNumber,
};

/// The longest body, in characters.
const LONGEST_BODY: usize = 1600;

type Form = BTreeMap<String, String>;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new().route("/twilio/2010-04-01/Accounts/{sid}/Messages.json", post(messages))
}

async fn messages(
    Shared(outside): Shared<Arc<Outside>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    outside.twilio_message(&sid, &headers, &body).respond().await
}

impl Outside {
    fn twilio_message(&self, sid: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        let basic = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let login = basic.and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
        let authentic = |number: &&OutsideNumber| {
            number.provider == ProviderKind::Twilio
                && number.account_sid.as_deref() == Some(sid)
                && login.as_deref() == Some(format!("{sid}:{}", number.access_token).as_str())
        };
        let mut numbers = self.config.numbers.iter().filter(authentic);
        if numbers.clone().next().is_none() {
            return error(&Refused::new(401, 20003, "Authenticate", ""));
        }
        let form: Form = form_urlencoded::parse(body).into_owned().collect();
        let Some(from) = form.get("From").filter(|from| !from.is_empty()) else {
            return error(&Refused::new(400, 21603, "A 'From' phone number is required.", ""));
        };
        let Some(number) = numbers.find(|number| twilio_address(number.medium, &number.number) == *from) else {
            return error(&if from.starts_with("whatsapp:") {
                Refused::new(400, 63007, "Twilio could not find a Channel with the specified From address", "")
            } else {
                Refused::new(400, 21660, "Mismatch between the 'From' number and the account", "")
            });
        };
        self.take_order(
            number,
            |state| order(state, number, &form),
            |order, item| {
                self.note_trace(item, headers);
                Answer::Json { status: 201, body: created(sid, from, order, item) }
            },
            error,
        )
    }
}

fn order(state: &State, number: &OutsideNumber, form: &Form) -> Result<Order, Stop> {
    let field = |name: &str| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let to = field("To").ok_or_else(|| Refused::new(400, 21604, "A 'To' phone number is required.", ""))?;
    let (customer, by_user_id) = recipient(state, number, to)?;
    let report_to = field("StatusCallback");
    let mut template = None;
    let (kind, content, text, buttons, violation) = match (field("ContentSid"), field("Body")) {
        (Some(content_sid), _) => {
            let found = state.ledger.content(content_sid)?;
            let account = number.account_sid.as_deref().unwrap_or_default();
            let held = found
                .filter(|held| held.owner.includes_account(account))
                .ok_or_else(|| Refused::new(400, 21655, "The ContentSid is invalid", "No content has this SID."))?;
            let values = content_variables(&held, field("ContentVariables"))?;
            let (filled, violation) = (fill_content(&held, &values), violation(&held, &values));
            let content = json!({"content_sid": content_sid, "name": held.name, "language": held.language});
            template = Some(Ordered { template: held, payloads: filled.payloads });
            ("template", content, filled.text, filled.buttons, violation)
        }
        (None, Some(body)) => {
            if body.chars().count() > LONGEST_BODY {
                let message = "The concatenated message body exceeds the 1600 character limit";
                return Err(Refused::new(400, 21617, message, "").into());
            }
            ("text", json!({"body": body}), body.to_owned(), vec![], None)
        }
        (None, None) => return Err(Refused::new(400, 21602, "Message body is required.", "").into()),
    };
    Ok(Order {
        customer,
        by_user_id,
        to: to.to_owned(),
        kind: kind.to_owned(),
        content,
        text,
        buttons,
        free_form: kind == "text",
        violation,
        callback: report_to.and_then(callback_in),
        report_to: report_to.map(ToOwned::to_owned),
        template,
    })
}

fn recipient(state: &State, number: &OutsideNumber, to: &str) -> Result<(Customer, bool), Stop> {
    let invalid = || Refused::new(400, 21211, "Invalid 'To' Phone Number", "");
    let plain = match (number.medium, to.strip_prefix("whatsapp:")) {
        (Medium::WhatsApp, Some(plain)) => plain,
        (Medium::Sms, None) => to,
        (Medium::WhatsApp, None) | (Medium::Sms, Some(_)) => {
            return Err(Refused::new(400, 21910, "Invalid 'From' and 'To' pair", "").into());
        }
    };
    if !plain.starts_with('+') && number.medium == Medium::WhatsApp {
        let customer = state.ledger.customer_by_user_id(plain)?.ok_or_else(invalid)?;
        return Ok((customer, true));
    }
    let phone = Some(plain).filter(|plain| plain.starts_with('+')).and_then(Phone::from_e164).ok_or_else(invalid)?;
    Ok((state.ledger.customer(phone.as_e164())?, false))
}

/// The values of the content's variables, by the variable. Templates that were there from the start may be given theirs
/// by name or by number.
fn content_variables(template: &HeldTemplate, json: Option<&str>) -> Result<Values, Refused> {
    let invalid = |details: &str| Refused::new(400, 21656, "The ContentVariables parameter is invalid", details);
    let given: BTreeMap<String, String> =
        serde_json::from_str(json.unwrap_or("{}")).map_err(|_| invalid("It is not a JSON object of texts."))?;
    let names = template.content.as_ref().map(|content| content.names.clone()).unwrap_or_default();
    let variables = if names.is_empty() { template.content_variables() } else { names };
    if given.len() != variables.len() {
        return Err(invalid("The variables are not those of the content."));
    }
    let mut values = Values::new();
    for (name, at) in variables.iter().zip(1..) {
        let found = given.get(name).or_else(|| given.get(&at.to_string()));
        let value = found.filter(|value| !value.trim().is_empty());
        let value = value.ok_or_else(|| invalid("A variable of the content is missing or empty."))?;
        values.insert(name.clone(), value.clone());
        values.insert(at.to_string(), value.clone());
    }
    Ok(values)
}

fn created(sid: &str, from: &str, order: &Order, item: &Item) -> Value {
    json!({"sid": item.id, "account_sid": sid, "messaging_service_sid": null, "status": "queued",
        "direction": "outbound-api", "from": from, "to": order.to, "body": order.text, "num_segments": "1",
        "num_media": "0", "price": null, "price_unit": null, "error_code": null, "error_message": null,
        "api_version": "2010-04-01", "date_created": rfc2822(item.at), "date_sent": null,
        "date_updated": rfc2822(item.at), "uri": format!("/2010-04-01/Accounts/{sid}/Messages/{}.json", item.id),
        "subresource_uris": {"media": format!("/2010-04-01/Accounts/{sid}/Messages/{}/Media.json", item.id)}})
}

fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn error(refused: &Refused) -> Answer {
    let more = format!("https://www.twilio.com/docs/errors/{}", refused.code);
    let body = json!({"code": refused.code, "message": refused.message, "more_info": more, "status": refused.status});
    Answer::Json { status: refused.status, body }
}
