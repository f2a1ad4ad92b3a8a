//! What the providers' APIs offer for setting up: a number's state, where its webhooks go (Meta, "WhatsApp Business Account:
//! subscribed apps", "phone numbers"; Twilio, "Account resource", "IncomingPhoneNumber resource", "Senders API").

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State as Shared},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use transom::domain::channel::{Medium, ProviderKind};

use super::{Outside, receipts::twilio_address, settings::OutsideNumber};

type World = Shared<Arc<Outside>>;
type Parameters = Query<BTreeMap<String, String>>;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new()
        .route("/meta/{version}/{node}", get(meta_node))
        .route("/meta/{version}/{node}/subscribed_apps", get(meta_subscribed).post(meta_subscribe))
        .route("/twilio/2010-04-01/Accounts/{account}", get(twilio_account))
        .route("/twilio/2010-04-01/Accounts/{sid}/{numbers}", get(twilio_numbers))
        .route("/twilio/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers/{number}", post(twilio_number))
        .route("/twilio/v2/Channels/Senders", get(twilio_senders))
        .route("/twilio/v2/Channels/Senders/{sid}", post(twilio_sender))
}

fn meta_error(status: StatusCode, code: i64, message: &str) -> Response {
    (status, Json(json!({"error": {"message": message, "type": "OAuthException", "code": code}}))).into_response()
}

fn twilio_error(status: StatusCode, code: i64, message: &str) -> Response {
    (status, Json(json!({"code": code, "message": message, "status": status.as_u16()}))).into_response()
}

impl Outside {
    /// The numbers at Meta that the bearer's token is for.
    pub(super) fn of_bearer(&self, headers: &HeaderMap) -> Result<Vec<&OutsideNumber>, Box<Response>> {
        let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let ours = |number: &&OutsideNumber| {
            number.provider == ProviderKind::Meta && Some(number.access_token.as_str()) == token
        };
        let numbers: Vec<_> = self.config().numbers.iter().filter(ours).collect();
        if numbers.is_empty() {
            return Err(Box::new(meta_error(StatusCode::UNAUTHORIZED, 190, "Invalid OAuth access token")));
        }
        Ok(numbers)
    }

    pub(super) fn of_waba(&self, headers: &HeaderMap, waba: &str) -> Result<Vec<&OutsideNumber>, Box<Response>> {
        let mut numbers = self.of_bearer(headers)?;
        numbers.retain(|number| number.waba_id == waba);
        if numbers.is_empty() {
            let message = format!("Unsupported request. Object with ID '{waba}' does not exist");
            return Err(Box::new(meta_error(StatusCode::BAD_REQUEST, 100, &message)));
        }
        Ok(numbers)
    }

    /// The numbers at Twilio of the account that logged in.
    pub(super) fn of_login(&self, headers: &HeaderMap) -> Result<Vec<&OutsideNumber>, Box<Response>> {
        let basic = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let login = basic.and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
        let ours = |number: &&OutsideNumber| {
            let expected = number.account_sid.as_ref().map(|sid| format!("{sid}:{}", number.access_token));
            number.provider == ProviderKind::Twilio && expected.is_some() && expected == login
        };
        let numbers: Vec<_> = self.config().numbers.iter().filter(ours).collect();
        if numbers.is_empty() {
            return Err(Box::new(twilio_error(StatusCode::UNAUTHORIZED, 20003, "Authenticate")));
        }
        Ok(numbers)
    }
}

/// Where the caller reached the stand-in, as far as it says.
pub(super) fn host(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.map(|host| format!("http://{host}")).unwrap_or_default()
}

/// `GET /{node}`: a number, or a template.
async fn meta_node(
    Shared(outside): World,
    Path((_, id)): Path<(String, String)>,
    Query(query): Parameters,
    headers: HeaderMap,
) -> Response {
    let numbers = match outside.of_bearer(&headers) {
        Ok(numbers) => numbers,
        Err(refused) => return *refused,
    };
    match numbers.iter().find(|number| number.number == id) {
        Some(number) => Json(json!({"id": id, "display_phone_number": number.display_phone,
            "verified_name": "Hotel Transom", "quality_rating": "GREEN", "status": "CONNECTED"}))
        .into_response(),
        None => outside.template_node(&headers, &id, &query),
    }
}

async fn meta_subscribed(
    Shared(outside): World,
    Path((_, waba)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match outside.of_waba(&headers, &waba) {
        Ok(numbers) => {
            let apps: Vec<Value> = numbers
                .first()
                .and_then(|number| outside.registered(&number.endpoint))
                .map(|url| json!({"whatsapp_business_api_data": {"id": "1", "name": "Transom"}, "override_callback_uri": url}))
                .into_iter()
                .collect();
            Json(json!({"data": apps})).into_response()
        }
        Err(refused) => *refused,
    }
}

/// Meta calls the address with a challenge first, and takes only the one that comes back (Graph API webhooks,
/// "Verification Requests").
async fn meta_subscribe(
    Shared(outside): World,
    Path((_, waba)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let numbers = match outside.of_waba(&headers, &waba) {
        Ok(numbers) => numbers,
        Err(refused) => return *refused,
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let endpoint = numbers[0].endpoint.clone();
    if let Some(url) = body["override_callback_uri"].as_str() {
        let token = body["verify_token"].as_str().unwrap_or_default();
        if !answers_challenge(url, token).await {
            let message = "(#2200) Callback verification failed with the following errors: HTTP Status Code != 200";
            return meta_error(StatusCode::BAD_REQUEST, 2200, message);
        }
        outside.register(&endpoint, url);
    }
    Json(json!({"success": true})).into_response()
}

async fn answers_challenge(url: &str, token: &str) -> bool {
    const CHALLENGE: &str = "1158201444";
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", CHALLENGE)
        .append_pair("hub.verify_token", token)
        .finish();
    let Ok(client) = transom::adapters::providers::http_client() else { return false };
    let Ok(answer) = client.get(format!("{url}?{query}")).send().await else { return false };
    answer.status() == StatusCode::OK && answer.text().await.is_ok_and(|text| text == CHALLENGE)
}

async fn twilio_account(Shared(outside): World, Path(account): Path<String>, headers: HeaderMap) -> Response {
    match outside.of_login(&headers) {
        Ok(numbers) if account.strip_suffix(".json") == numbers[0].account_sid.as_deref() => {
            Json(json!({"sid": numbers[0].account_sid, "status": "active", "type": "Full"})).into_response()
        }
        Ok(_) => twilio_error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
        Err(refused) => *refused,
    }
}

/// The numbers carry SIDs of their place in the list.
async fn twilio_numbers(
    Shared(outside): World,
    Path((_, kind)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Response {
    let numbers = match outside.of_login(&headers) {
        Ok(numbers) => numbers,
        Err(refused) => return *refused,
    };
    if kind != "IncomingPhoneNumbers.json" {
        return twilio_error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found");
    }
    let wanted = parameters.get("PhoneNumber");
    let found = numbers
        .iter()
        .enumerate()
        .filter(|(_, number)| number.medium == Medium::Sms && wanted.is_none_or(|wanted| *wanted == number.number));
    let found: Vec<Value> =
        found.map(|(place, number)| json!({"sid": format!("PN{place:032}"), "phone_number": number.number})).collect();
    Json(json!({"incoming_phone_numbers": found})).into_response()
}

/// The number that a SID of ours names.
fn named<'a>(numbers: &[&'a OutsideNumber], sid: &str) -> Option<&'a OutsideNumber> {
    numbers.get(sid.get(2..)?.parse::<usize>().ok()?).copied()
}

async fn twilio_number(
    Shared(outside): World,
    Path((_, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let numbers = match outside.of_login(&headers) {
        Ok(numbers) => numbers,
        Err(refused) => return *refused,
    };
    let found = number.strip_suffix(".json").and_then(|sid| named(&numbers, sid));
    let url = form_urlencoded::parse(&body).find(|(name, _)| name == "SmsUrl").map(|(_, url)| url.into_owned());
    match (found, url) {
        (Some(number), Some(url)) => {
            outside.register(&number.endpoint, &url);
            Json(json!({"sms_url": url})).into_response()
        }
        (_, _) => twilio_error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
    }
}

async fn twilio_senders(Shared(outside): World, headers: HeaderMap) -> Response {
    let numbers = match outside.of_login(&headers) {
        Ok(numbers) => numbers,
        Err(refused) => return *refused,
    };
    let senders = numbers.iter().enumerate().filter(|(_, number)| number.medium == Medium::WhatsApp);
    let senders: Vec<Value> = senders
        .map(|(place, number)| {
            json!({"sid": format!("XE{place:032}"), "status": "ONLINE",
                "sender_id": twilio_address(number.medium, &number.number)})
        })
        .collect();
    Json(json!({"senders": senders, "meta": {"next_page_url": null}})).into_response()
}

async fn twilio_sender(Shared(outside): World, Path(sid): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let numbers = match outside.of_login(&headers) {
        Ok(numbers) => numbers,
        Err(refused) => return *refused,
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (named(&numbers, &sid), body["webhook"]["callback_url"].as_str()) {
        (Some(number), Some(url)) => {
            outside.register(&number.endpoint, url);
            (StatusCode::ACCEPTED, Json(json!({"sid": sid, "status": "ONLINE:UPDATING"}))).into_response()
        }
        (_, _) => twilio_error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
    }
}
