//! API Gateway's events: an HTTP request as the JSON that a function gets, and a function's JSON as an HTTP response
//! (API Gateway, "working with Lambda proxy integrations for HTTP APIs", payload format 2.0).

use std::net::IpAddr;

use axum::body::{Body, Bytes};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

/// What of a request is not in the request itself.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Such as `ANY /v1/{proxy+}`.
    pub route: &'a str,
    pub source: IpAddr,
    pub at: Timestamp,
    /// Names the request in the function's logs.
    pub request_id: &'a str,
    /// The trace that API Gateway begins where the caller brings none, as `Root=…`.
    pub trace: &'a str,
}

/// The event of a request.
pub fn from_request(parts: &Parts, body: &[u8], circumstances: Circumstances<'_>) -> Value {
    let Circumstances { route, source, at, request_id, trace } = circumstances;
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let host = header_text(&parts.headers, &header::HOST).unwrap_or_else(|| "localhost".to_owned());
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, &host, source, trace),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source.to_string(),
                "userAgent": header_text(&parts.headers, &header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": route,
            "stage": "$default",
            "time": at.to_zoned(TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": at.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if let Some(proxy) = route.split_once("/{proxy+}").and_then(|(before, _)| proxy_of(before, path)) {
        event["pathParameters"] = json!({"proxy": proxy});
    }
    let cookies: Vec<String> = parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| String::from_utf8_lossy(value.as_bytes()).split("; ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = query_parameters(query);
    }
    if !body.is_empty() {
        let text = std::str::from_utf8(body).ok().filter(|_| is_text(&parts.headers));
        event["isBase64Encoded"] = json!(text.is_none());
        event["body"] = text.map_or_else(|| json!(STANDARD.encode(body)), |text| json!(text));
    }
    event
}

/// What stands for `{proxy+}` in the route: `before` is the route up to it, with its method.
fn proxy_of<'a>(before: &str, path: &'a str) -> Option<&'a str> {
    let (_, prefix) = before.split_once(' ')?;
    path.strip_prefix(prefix)?.strip_prefix('/')
}

fn header_text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Lower-case names; values of one name joined by commas; cookies have a place of their own.
fn headers(headers: &HeaderMap, host: &str, source: IpAddr, trace: &str) -> Map<String, Value> {
    let mut all = Map::new();
    for name in headers.keys().filter(|name| **name != header::COOKIE) {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        all.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    all.insert("host".to_owned(), json!(host));
    all.insert("x-forwarded-for".to_owned(), json!(source.to_string()));
    all.entry("x-amzn-trace-id").or_insert_with(|| json!(trace));
    all.insert("x-forwarded-proto".to_owned(), json!("http"));
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    all.insert("x-forwarded-port".to_owned(), json!(port));
    all
}

fn query_parameters(query: &str) -> Value {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let joined = match parameters.get(name.as_ref()).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), json!(joined));
    }
    Value::Object(parameters)
}

/// API Gateway hands these kinds over as text and every other, forms among them, in base64.
fn is_text(headers: &HeaderMap) -> bool {
    let Some(kind) = header_text(headers, &header::CONTENT_TYPE) else { return true };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str())
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

/// A function's answer that is no HTTP response.
#[derive(Debug, thiserror::Error)]
#[error("the function's answer is no HTTP response: {0}")]
pub struct BadAnswer(&'static str);

/// The response of a function's answer. One without a status is the body itself.
pub fn to_response(answer: &Value) -> Result<Response<Body>, BadAnswer> {
    let Some(status) = answer.get("statusCode") else {
        return Ok(json_response(StatusCode::OK, "application/json", answer));
    };
    let status = status
        .as_u64()
        .and_then(|status| u16::try_from(status).ok())
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or(BadAnswer("statusCode"))?;
    let body = match answer.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if answer["isBase64Encoded"] == true => {
            STANDARD.decode(text).map_err(|_| BadAnswer("body"))?.into()
        }
        Some(Value::String(text)) => text.clone().into(),
        Some(_) => return Err(BadAnswer("body")),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let singles = pairs(&answer["headers"]).map(|(name, value)| (name, vec![value]));
    let several = pairs(&answer["multiValueHeaders"])
        .map(|(name, values)| (name, values.as_array().into_iter().flatten().collect::<Vec<_>>()));
    for (name, values) in singles.chain(several) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| BadAnswer("headers"))?;
        for value in values {
            response.headers_mut().append(&name, header_value(value).ok_or(BadAnswer("headers"))?);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, header_value(cookie).ok_or(BadAnswer("cookies"))?);
    }
    Ok(response)
}

fn pairs(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    HeaderValue::from_str(value.as_str()?).ok()
}

/// A response of ours.
pub fn json_response(status: StatusCode, kind: &'static str, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

/// An event for tests.
#[cfg(test)]
pub(crate) fn example(method: &str, path: &str, body: &[u8]) -> Value {
    let request = http::Request::builder().method(method).uri(path).header("host", "localhost:8080");
    let (parts, ()) = request.header("content-type", "application/json").body(()).unwrap().into_parts();
    let source = IpAddr::from([127, 0, 0, 1]);
    let at = "2026-03-12T19:03:58.25Z".parse().unwrap();
    from_request(
        &parts,
        body,
        Circumstances { route: "ANY /webhooks/{proxy+}", source, at, request_id: "request-1", trace: TRACE },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_of(request: http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let at = "2026-03-12T19:03:58.25Z".parse().unwrap();
        let source = IpAddr::from([127, 0, 0, 1]);
        from_request(
            &parts,
            body,
            Circumstances { route: "ANY /v1/{proxy+}", source, at, request_id: "request-1", trace: TRACE },
        )
    }

    #[test]
    fn a_request_becomes_the_documented_event() {
        let request = http::Request::builder()
            .method("POST")
            .uri("/v1/messages?a=1&a=2&b=x%20y")
            .header("Host", "localhost:8080")
            .header("X-Twice", "one")
            .header("X-Twice", "two")
            .header("Cookie", "a=1; b=2")
            .header("User-Agent", "tester")
            .header("Content-Type", "application/json; charset=utf-8");
        let event = event_of(request, "{\"é\":1}".as_bytes());
        assert_eq!(
            event,
            json!({
                "version": "2.0", "routeKey": "ANY /v1/{proxy+}", "rawPath": "/v1/messages",
                "rawQueryString": "a=1&a=2&b=x%20y",
                "headers": {
                    "host": "localhost:8080", "x-twice": "one,two", "user-agent": "tester",
                    "content-type": "application/json; charset=utf-8", "x-forwarded-for": "127.0.0.1",
                    "x-forwarded-proto": "http", "x-forwarded-port": "8080",
                    "x-amzn-trace-id": TRACE,
                },
                "cookies": ["a=1", "b=2"],
                "queryStringParameters": {"a": "1,2", "b": "x y"},
                "pathParameters": {"proxy": "messages"},
                "requestContext": {
                    "accountId": "000000000000", "apiId": "local", "domainName": "localhost:8080",
                    "domainPrefix": "local",
                    "http": {
                        "method": "POST", "path": "/v1/messages", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                        "userAgent": "tester",
                    },
                    "requestId": "request-1", "routeKey": "ANY /v1/{proxy+}", "stage": "$default",
                    "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1_773_342_238_250_i64,
                },
                "body": "{\"é\":1}", "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn forms_and_bytes_that_are_no_text_travel_in_base64() {
        let form = http::Request::builder().uri("/v1/x").header("content-type", "application/x-www-form-urlencoded");
        let event = event_of(form, b"Body=hi");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("Qm9keT1oaQ=="), &json!(true)));
        let event = event_of(http::Request::builder().uri("/v1/x").header("content-type", "text/plain"), b"\xff\xfe");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("//4="), &json!(true)));
        let event = event_of(http::Request::builder().uri("/v1/x"), b"");
        assert!(event.get("body").is_none());
    }

    #[test]
    fn the_functions_own_types_read_the_event() {
        let text = example("GET", "/webhooks/demo?hub.mode=subscribe", b"").to_string();
        let event: aws_lambda_events::event::apigw::ApiGatewayV2httpRequest = serde_json::from_str(&text).unwrap();
        assert_eq!(event.raw_path.as_deref(), Some("/webhooks/demo"));
        assert_eq!(event.request_context.http.method, http::Method::GET);
    }

    #[tokio::test]
    async fn an_answer_becomes_a_response_with_all_its_headers() {
        let answer = json!({
            "statusCode": 201, "headers": {"content-type": "text/plain"}, "multiValueHeaders": {"x-twice": ["1", "2"]},
            "cookies": ["a=1", "b=2"], "body": "aGk=", "isBase64Encoded": true,
        });
        let response = to_response(&answer).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers().get_all("x-twice").iter().count(), 2);
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(axum::body::to_bytes(response.into_body(), 10).await.unwrap(), "hi");
        assert!(to_response(&json!({"statusCode": 99})).is_err());
        assert!(to_response(&json!({"statusCode": 200, "body": 7})).is_err());
        assert_eq!(to_response(&json!({"any": "thing"})).unwrap().status(), 200);
    }
}
