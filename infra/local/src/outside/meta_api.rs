//! Meta's Cloud API: `POST /meta/{version}/{phone number id}/messages` (Meta, "send messages", error shapes and codes).

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State as Shared},
    response::Response,
    routing::post,
};
use http::HeaderMap;
use serde_json::{Value, json};
use transom::domain::channel::ProviderKind;

use super::{
    Outside, State,
    ledger::Customer,
    review::{
        HeldTemplate,
        fill::{Filled, TemplateProblem, fill, usable},
    },
    sending::{Answer, Order, Ordered, Refused, Stop, broken},
    settings::{OutsideNumber, digits},
    sign,
};

/// The longest text body, in characters.
const LONGEST_TEXT: usize = 4096;
/// The longest `biz_opaque_callback_data`, in characters.
const LONGEST_CALLBACK: usize = 512;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new().route("/meta/{version}/{number}/messages", post(messages))
}

async fn messages(
    Shared(outside): Shared<Arc<Outside>>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    outside.meta_message(&number, &headers, &body).respond().await
}

impl Outside {
    fn meta_message(&self, number_id: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let ours = |number: &&OutsideNumber| number.provider == ProviderKind::Meta;
        let mut numbers = self.config.numbers.iter().filter(ours);
        if !numbers.clone().any(|number| Some(number.access_token.as_str()) == token) {
            return error(&Refused::new(401, 190, "Invalid OAuth access token - Cannot parse access token", ""));
        }
        // A number of another business does not exist for this token.
        let found = numbers.find(|number| number.number == number_id && Some(number.access_token.as_str()) == token);
        let Some(number) = found else {
            let message = format!(
                "Unsupported post request. Object with ID '{number_id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
            );
            return error(&Refused::new(400, 100, message, ""));
        };
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return error(&Refused::new(400, 100, "(#100) Invalid parameter", "The body is not JSON."));
        };
        if request["status"] == "read" {
            return self.meta_read(&request);
        }
        self.take_order(
            number,
            |state| order(state, number, &request),
            |order, item| {
                self.note_trace(item, headers);
                let contact = if order.by_user_id {
                    json!({"input": order.to, "user_id": order.customer.user_id})
                } else {
                    json!({"input": order.to, "wa_id": &order.customer.phone[1..]})
                };
                let mut message = json!({"id": item.id});
                if order.kind == "template" {
                    message["message_status"] = json!("accepted");
                }
                let body = json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]});
                Answer::Json { status: 200, body }
            },
            error,
        )
    }

    /// "Mark as read": no message, so no rule of sending applies. It covers the thread up to that message.
    fn meta_read(&self, request: &Value) -> Answer {
        let state = self.state();
        let now = self.now(&state);
        let id = request["message_id"].as_str().unwrap_or_default();
        let known = state.ledger.item(id).map(|item| item.filter(|item| item.direction == "in"));
        match known.and_then(|item| item.map(|item| state.ledger.read_up_to(&item, now)).transpose()) {
            Ok(Some(())) => Answer::Json { status: 200, body: json!({"success": true}) },
            Ok(None) => {
                error(&Refused::new(400, 131_009, "(#131009) Parameter value is not valid", "Unknown message id."))
            }
            Err(error) => broken(&error),
        }
    }
}

fn order(state: &State, number: &OutsideNumber, request: &Value) -> Result<Order, Stop> {
    if request["messaging_product"] != "whatsapp" {
        return Err(required("messaging_product").into());
    }
    let (customer, to, by_user_id) = recipient(state, number, request)?;
    let callback = request["biz_opaque_callback_data"].as_str();
    if callback.is_some_and(|data| data.chars().count() > LONGEST_CALLBACK) {
        return Err(too_long("biz_opaque_callback_data", LONGEST_CALLBACK).into());
    }
    let kind = request["type"].as_str().unwrap_or("text");
    let content = &request[kind];
    if content.is_null() {
        return Err(Refused::new(
            400,
            131_008,
            "(#131008) Required parameter is missing",
            format!("Parameter '{kind}' is mandatory for type '{kind}'"),
        )
        .into());
    }
    let mut template = None;
    let (text, buttons) = match kind {
        "text" => {
            let body = content["body"].as_str().filter(|body| !body.is_empty()).ok_or_else(|| required("text.body"))?;
            if body.chars().count() > LONGEST_TEXT {
                return Err(too_long("text['body']", LONGEST_TEXT).into());
            }
            (body.to_owned(), vec![])
        }
        "template" => {
            let (held, filled) = template_of(state, number, content)?;
            template = Some(Ordered { template: held, payloads: filled.payloads });
            (filled.text, filled.buttons)
        }
        "interactive" => {
            let replies = content["action"]["buttons"].as_array().into_iter().flatten();
            let titles = replies.filter_map(|button| button["reply"]["title"].as_str());
            (content["body"]["text"].as_str().unwrap_or_default().to_owned(), titles.map(ToOwned::to_owned).collect())
        }
        "reaction" => (content["emoji"].as_str().unwrap_or_default().to_owned(), vec![]),
        "image" | "video" | "audio" | "document" | "sticker" | "location" | "contacts" => {
            (content["caption"].as_str().map_or_else(|| format!("[{kind}]"), ToOwned::to_owned), vec![])
        }
        _ => {
            let details = "Param type must be one of the message types.";
            return Err(Refused::new(400, 100, "(#100) Invalid parameter", details).into());
        }
    };
    Ok(Order {
        customer,
        by_user_id,
        to,
        kind: kind.to_owned(),
        content: content.clone(),
        text,
        buttons,
        free_form: kind != "template",
        violation: None,
        callback: callback.map(ToOwned::to_owned),
        report_to: None,
        template,
    })
}

/// The template, and what arrives of it.
fn template_of(state: &State, number: &OutsideNumber, content: &Value) -> Result<(HeldTemplate, Filled), Stop> {
    let name = content["name"].as_str().ok_or_else(|| required("template.name"))?;
    let language = content["language"]["code"].as_str().ok_or_else(|| required("template.language.code"))?;
    let held = state.ledger.template_of(&number.waba_id, name, language)?;
    let template = held.ok_or_else(|| template_error(TemplateProblem::Unknown))?;
    usable(&template).map_err(template_error)?;
    let filled = fill(&template, &content["components"]).map_err(template_error)?;
    Ok((template, filled))
}

/// Whom the message is for. `to` wins over `recipient` (Meta, "business-scoped user ids").
fn recipient(state: &State, number: &OutsideNumber, request: &Value) -> Result<(Customer, String, bool), Stop> {
    if let Some(to) = request["to"].as_str().filter(|to| !to.is_empty()) {
        let plain = digits(to);
        // Without a plus sign the business number's own country code is put before it (Meta, "send messages").
        let phone = if to.trim_start().starts_with('+') {
            format!("+{plain}")
        } else {
            format!("+{}{plain}", country_code(&number.display_phone))
        };
        if to.chars().any(char::is_alphabetic) || !(8..=16).contains(&phone.len()) {
            return Err(Refused::new(400, 100, "(#100) Invalid parameter", "Param to is not a phone number.").into());
        }
        return Ok((state.ledger.customer(&phone)?, to.to_owned(), false));
    }
    let Some(user_id) = request["recipient"].as_str().filter(|id| !id.is_empty()) else {
        return Err(required("to").into());
    };
    let unknown = || Refused::new(400, 100, "(#100) Invalid parameter", "Param recipient is not known.");
    let customer = state.ledger.customer_by_user_id(user_id)?.ok_or_else(unknown)?;
    Ok((customer, user_id.to_owned(), true))
}

/// Near enough: what matters is that a number sent without its plus sign does not arrive.
fn country_code(phone: &str) -> &str {
    let plain = phone.trim_start_matches('+');
    let length = if plain.starts_with(['1', '7']) { 1 } else { 2 };
    plain.get(..length).unwrap_or(plain)
}

fn required(field: &str) -> Refused {
    Refused::new(400, 100, format!("(#100) The parameter {field} is required."), "")
}

fn too_long(field: &str, most: usize) -> Refused {
    Refused::new(400, 100, "(#100) Invalid parameter", format!("Param {field} must be at most {most} characters long."))
}

fn template_error(problem: TemplateProblem) -> Refused {
    match problem {
        TemplateProblem::Unknown => Refused::new(
            404,
            132_001,
            "(#132001) Template name does not exist in the translation",
            "The template does not exist in the given language or was not approved.",
        ),
        TemplateProblem::Count { component, expected, given } => Refused::new(
            400,
            132_000,
            "(#132000) Number of parameters does not match the expected number of params",
            format!(
                "{component}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
            ),
        ),
        TemplateProblem::Format { component } => Refused::new(
            400,
            132_012,
            "(#132012) Parameter format does not match format in the created template",
            format!("{component}: a parameter does not have the kind or the name that the template expects"),
        ),
        TemplateProblem::Layout => Refused::new(
            400,
            132_018,
            "(#132018) There is an issue with the parameters in your template",
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces.",
        ),
        TemplateProblem::TooLong => {
            Refused::new(400, 132_005, "(#132005) Translated text too long", "The translated text is too long.")
        }
        TemplateProblem::Paused => Refused::new(400, 132_015, "(#132015) Template is paused", "Low quality."),
        TemplateProblem::Disabled => Refused::new(400, 132_016, "(#132016) Template is disabled", "Low quality."),
    }
}

fn error(refused: &Refused) -> Answer {
    let trace = hex::encode(&sign::derived(0, &refused.message, 0)[..8]);
    let mut error = json!({"message": refused.message, "type": "OAuthException", "code": refused.code,
        "fbtrace_id": format!("A{trace}")});
    if !refused.details.is_empty() {
        error["error_data"] = json!({"messaging_product": "whatsapp", "details": refused.details});
    }
    Answer::Json { status: refused.status, body: json!({"error": error}) }
}
