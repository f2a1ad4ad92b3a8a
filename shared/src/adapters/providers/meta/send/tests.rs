//! What Meta is sent for each kind of message, and what its answers mean.

use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use super::*;
use crate::{
    adapters::providers::{http_client, sample_order::SampleOrder},
    domain::{channel::ProviderKind, outcome::Failure, time::SignedDuration},
};

fn sample() -> SampleOrder {
    SampleOrder::by(ProviderKind::Meta, Medium::WhatsApp, "106540352242922")
}

/// What Meta is sent, and what the attempt comes to.
async fn exchange(sample: &SampleOrder, answer: ResponseTemplate) -> (Value, Outcome) {
    let meta = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/106540352242922/messages"))
        .and(header("authorization", "Bearer a-token"))
        .and(header("content-type", "application/json"))
        .respond_with(answer)
        .expect(1)
        .mount(&meta)
        .await;
    let outcome = send(&http_client().unwrap().into(), &meta.uri(), &sample.order()).await;
    let requests = meta.received_requests().await.unwrap();
    (serde_json::from_slice(&requests[0].body).unwrap(), outcome)
}

async fn request(sample: &SampleOrder) -> Value {
    exchange(sample, accepted()).await.0
}

async fn outcome_of(answer: ResponseTemplate) -> Outcome {
    exchange(&sample(), answer).await.1
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+16505551234", "wa_id": "16505551234"}],
        "messages": [{"id": "wamid.HBgL", "message_status": "accepted"}],
    }))
}

fn error(status: u16, code: u32) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {
        "message": "(#0) Something", "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": "…"}, "fbtrace_id": "Az8",
    }}))
}

fn failure(kind: FailureKind, code: &str) -> Failure {
    Failure { kind, code: code.into() }
}

fn not_sent(kind: FailureKind, code: &str, seconds: i64) -> Outcome {
    Outcome::NotSent { failure: failure(kind, code), retry_after: SignedDuration::from_secs(seconds) }
}

#[track_caller]
fn assert_unknown(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_text_goes_to_a_phone_number_with_its_plus_sign() {
    insta::assert_json_snapshot!(request(&sample()).await, @r#"
    {
      "biz_opaque_callback_data": "demo.msg_0000000000000000000000000100000000000000000000000002.1",
      "messaging_product": "whatsapp",
      "recipient_type": "individual",
      "text": {
        "body": "Your room is ready",
        "preview_url": false
      },
      "to": "+16505551234",
      "type": "text"
    }
    "#);
}

#[tokio::test]
async fn a_person_without_a_phone_number_is_named_as_recipient() {
    let mut sample = sample();
    sample.to = Address::UserId("US.13491208655302741918".into());
    insta::assert_json_snapshot!(request(&sample).await, @r#"
    {
      "biz_opaque_callback_data": "demo.msg_0000000000000000000000000100000000000000000000000002.1",
      "messaging_product": "whatsapp",
      "recipient": "US.13491208655302741918",
      "recipient_type": "individual",
      "text": {
        "body": "Your room is ready",
        "preview_url": false
      },
      "type": "text"
    }
    "#);
}

#[tokio::test]
async fn a_template_with_positional_variables_has_its_values_in_order() {
    let sample = sample().with_template(ParameterFormat::Positional, &[("room", "12"), ("guest", "Ana")]);
    insta::assert_json_snapshot!(request(&sample).await, @r#"
    {
      "biz_opaque_callback_data": "demo.msg_0000000000000000000000000100000000000000000000000002.1",
      "messaging_product": "whatsapp",
      "recipient_type": "individual",
      "template": {
        "components": [
          {
            "parameters": [
              {
                "text": "Ana",
                "type": "text"
              },
              {
                "text": "12",
                "type": "text"
              }
            ],
            "type": "body"
          }
        ],
        "language": {
          "code": "en_US"
        },
        "name": "room_ready"
      },
      "to": "+16505551234",
      "type": "template"
    }
    "#);
}

#[tokio::test]
async fn a_template_with_named_variables_has_its_values_by_name() {
    let sample = sample().with_template(ParameterFormat::Named, &[("room", "12"), ("guest", "Ana")]);
    insta::assert_json_snapshot!(request(&sample).await["template"]["components"], @r#"
    [
      {
        "parameters": [
          {
            "parameter_name": "guest",
            "text": "Ana",
            "type": "text"
          },
          {
            "parameter_name": "room",
            "text": "12",
            "type": "text"
          }
        ],
        "type": "body"
      }
    ]
    "#);
}

#[tokio::test]
async fn a_template_without_variables_has_no_components() {
    let mut sample = sample().with_template(ParameterFormat::Named, &[]);
    sample.template.as_mut().unwrap().0.variables.clear();
    insta::assert_json_snapshot!(request(&sample).await["template"], @r#"
    {
      "language": {
        "code": "en_US"
      },
      "name": "room_ready"
    }
    "#);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_a_call() {
    let refused = async |sample: SampleOrder| {
        // Nothing listens there: a call would end in another outcome.
        send(&http_client().unwrap().into(), "http://127.0.0.1:1", &sample.order()).await
    };
    let incomplete = sample().with_template(ParameterFormat::Named, &[("room", "12")]);
    assert_eq!(refused(incomplete).await, Outcome::Refused(failure(FailureKind::Template, "missing_value")));
    let sms = SampleOrder::by(ProviderKind::Meta, Medium::Sms, "1");
    assert_eq!(refused(sms).await, Outcome::Refused(failure(FailureKind::BadRequest, "no_sms_by_meta")));
}

#[tokio::test]
async fn an_accepted_message_has_the_providers_id() {
    assert_eq!(outcome_of(accepted()).await, Outcome::Accepted { provider_id: Some("wamid.HBgL".into()) });
}

#[tokio::test]
async fn d7_a_success_that_cannot_be_read_is_accepted_without_an_id() {
    let without_id = Outcome::Accepted { provider_id: None };
    for body in ["", "OK", "{\"messages\":", "{\"messages\":[]}", "[]", "{\"messages\":[{\"id\":5}]}"] {
        assert_eq!(outcome_of(ResponseTemplate::new(200).set_body_string(body)).await, without_id, "{body}");
    }
}

#[tokio::test]
async fn e2_e3_a_closed_window_is_told_apart_whatever_the_status() {
    let closed = Outcome::WindowClosed(failure(FailureKind::WindowClosed, "131047"));
    assert_eq!(outcome_of(error(400, 131_047)).await, closed);
    assert_eq!(outcome_of(error(500, 131_047)).await, closed);
}

#[tokio::test]
async fn d10_d11_limits_are_waited_for() {
    assert_eq!(outcome_of(error(400, 131_056)).await, not_sent(FailureKind::PairLimit, "131056", 6));
    assert_eq!(outcome_of(error(400, 130_429)).await, not_sent(FailureKind::RateLimited, "130429", 5));
    let told = error(429, 130_429).insert_header("retry-after", "17");
    assert_eq!(outcome_of(told).await, not_sent(FailureKind::RateLimited, "130429", 17));
    assert_eq!(outcome_of(error(400, 80_007)).await, not_sent(FailureKind::RateLimited, "80007", 60));
    assert_eq!(outcome_of(error(429, 999_999)).await, not_sent(FailureKind::RateLimited, "999999", 5));
    assert_eq!(outcome_of(ResponseTemplate::new(429)).await, not_sent(FailureKind::RateLimited, "429", 5));
}

#[tokio::test]
async fn d13_trouble_with_the_token_or_the_account_concerns_the_whole_channel() {
    for code in [0, 3, 10, 190, 200, 299, 368, 131_005, 131_031, 131_042] {
        let expected = not_sent(FailureKind::Account, &code.to_string(), 60);
        assert_eq!(outcome_of(error(401, code)).await, expected);
    }
    assert_eq!(outcome_of(error(401, 999_999)).await, not_sent(FailureKind::Account, "999999", 60));
}

#[tokio::test]
async fn d5_a_structured_error_decides_by_its_code() {
    for code in [2, 131_016, 133_004] {
        assert_eq!(outcome_of(error(503, code)).await, not_sent(FailureKind::Transient, &code.to_string(), 5));
    }
    let refused = |kind, code| Outcome::Refused(failure(kind, code));
    assert_eq!(outcome_of(error(400, 131_026)).await, refused(FailureKind::RecipientUnreachable, "131026"));
    assert_eq!(outcome_of(error(404, 132_001)).await, refused(FailureKind::Template, "132001"));
    assert_eq!(outcome_of(error(500, 131_049)).await, refused(FailureKind::Policy, "131049"));
}

#[tokio::test]
async fn d5_an_unknown_code_is_a_refusal_only_with_a_plain_4xx() {
    assert_eq!(outcome_of(error(400, 999_999)).await, Outcome::Refused(failure(FailureKind::Other, "999999")));
    assert_unknown(&outcome_of(error(500, 999_999)).await);
    assert_unknown(&outcome_of(error(200, 999_999)).await);
    let transient = json!({"error": {"code": "999999", "is_transient": true}});
    assert_unknown(&outcome_of(ResponseTemplate::new(400).set_body_json(transient)).await);
}

#[tokio::test]
async fn d5_an_unclear_code_may_be_tried_again_only_with_a_plain_4xx() {
    assert_eq!(outcome_of(error(400, 131_000)).await, not_sent(FailureKind::Transient, "131000", 5));
    assert_unknown(&outcome_of(error(500, 131_000)).await);
    assert_unknown(&outcome_of(error(500, 1)).await);
}

#[tokio::test]
async fn d6_an_answer_without_structure_leaves_the_outcome_unknown() {
    for status in [307, 400, 403, 404, 500, 502, 503, 504] {
        assert_unknown(&outcome_of(ResponseTemplate::new(status).set_body_string("<html>Bad Gateway</html>")).await);
        assert_unknown(&outcome_of(ResponseTemplate::new(status)).await);
    }
    assert_unknown(&outcome_of(ResponseTemplate::new(500).set_body_json(json!({"error": "oops"}))).await);
}

#[tokio::test]
async fn d4_no_connection_means_not_sent() {
    let outcome = send(&http_client().unwrap().into(), "http://127.0.0.1:1", &sample().order()).await;
    assert_eq!(outcome, not_sent(FailureKind::Transient, "not_connected", 2));
}
