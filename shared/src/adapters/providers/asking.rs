//! One question of an operator to a provider's API, and its answer.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::wire::{Http, NoAnswer, date_of};
use crate::{domain::Timestamp, ports::administration::AskError};

/// A good answer.
#[derive(Debug)]
pub(super) struct Told {
    pub body: Value,
    pub date: Option<Timestamp>,
}

/// Asks, and takes only a good answer for one.
pub(super) async fn ask(http: &Http, request: reqwest::RequestBuilder) -> Result<Told, AskError> {
    let (status, headers, bytes) = call(http, request).await?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() {
        return Ok(Told { body, date: date_of(&headers) });
    }
    let words = [&body["error"]["error_user_msg"], &body["error"]["message"], &body["message"]];
    let message = words.iter().find_map(|words| words.as_str()).unwrap_or("it gives no reason").to_owned();
    let code = body["error"]["code"].as_i64().or_else(|| body["code"].as_i64());
    let subcode = body["error"]["error_subcode"].as_i64();
    let busy = status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error()
        || body["error"]["is_transient"] == true
        || code.is_some_and(|code| BUSY.contains(&code))
        || subcode.is_some_and(|code| BUSY.contains(&code));
    let status = status.as_u16();
    Err(if busy { AskError::Later { status, message } } else { AskError::Refused { status, message } })
}

/// Meta, "error codes": too many calls of an app or an account, a service that is down. Twilio, "error 20429".
const BUSY: [i64; 8] = [2, 4, 613, 80_007, 80_008, 131_016, 133_004, 20_429];

/// The status that a call is answered with.
pub(super) async fn status(http: &Http, request: reqwest::RequestBuilder) -> Result<u16, AskError> {
    Ok(call(http, request).await?.0.as_u16())
}

async fn call(http: &Http, request: reqwest::RequestBuilder) -> Result<(StatusCode, HeaderMap, Vec<u8>), AskError> {
    let request = request.build().map_err(|_| AskError::NotSetUp("an address is none that can be called"))?;
    let answer = http.wire.carry(request).await.map_err(|none| match none {
        NoAnswer::TooLong => AskError::Unexpected("it is too long"),
        NoAnswer::NotConnected | NoAnswer::TimedOut | NoAnswer::Broken => AskError::NotReached,
    })?;
    let (head, body) = answer.into_parts();
    Ok((head.status, head.headers, body))
}
