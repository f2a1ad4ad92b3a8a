//! What Twilio is sent for each kind of message, and what its answers mean.
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{basic_auth, header, method, path},
};

use super::*;
use crate::{
    adapters::providers::{http_client, sample_order::SampleOrder},
    domain::{channel::ProviderKind, outcome::Failure, time::SignedDuration},
};

const ACCOUNT: &str = "AC00000000000000000000000000000000";

fn whatsapp() -> SampleOrder {
    SampleOrder::by(ProviderKind::Twilio, Medium::WhatsApp, "whatsapp:+14155238886")
}

fn sms() -> SampleOrder {
    SampleOrder::by(ProviderKind::Twilio, Medium::Sms, "+15017122661")
}

/// What Twilio is sent, and what the attempt comes to.
async fn exchange(sample: &SampleOrder, answer: ResponseTemplate) -> (BTreeMap<String, String>, Outcome) {
    let twilio = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")))
        .and(basic_auth(ACCOUNT, "a-token"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .respond_with(answer)
        .expect(1)
        .mount(&twilio)
        .await;
    let outcome = send(&http_client().unwrap().into(), &twilio.uri(), &sample.order()).await;
    let requests = twilio.received_requests().await.unwrap();
    (form_urlencoded::parse(&requests[0].body).into_owned().collect(), outcome)
}

async fn request(sample: &SampleOrder) -> BTreeMap<String, String> {
    exchange(sample, accepted()).await.0
}

async fn outcome_of(answer: ResponseTemplate) -> Outcome {
    exchange(&whatsapp(), answer).await.1
}

/// What the attempt comes to if no call is made: nothing listens at the address.
async fn without_a_call(sample: &SampleOrder) -> Outcome {
    send(&http_client().unwrap().into(), "http://127.0.0.1:1", &sample.order()).await
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({
        "sid": "SM33333333333333333333333333333333", "account_sid": ACCOUNT, "status": "queued",
        "direction": "outbound-api", "num_segments": "1", "price": null, "error_code": null, "error_message": null,
    }))
}

fn error(status: u16, code: u32) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "code": code, "message": "…", "more_info": "https://www.twilio.com/docs/errors/1", "status": status,
    }))
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
async fn a_whatsapp_text_has_prefixed_addresses_and_says_where_to_report_to() {
    insta::assert_json_snapshot!(request(&whatsapp()).await, @r#"
    {
      "Body": "Your room is ready",
      "From": "whatsapp:+14155238886",
      "StatusCallback": "https://hotel.example/webhooks/demo?m=demo.msg_0000000000000000000000000100000000000000000000000002.1",
      "To": "whatsapp:+16505551234"
    }
    "#);
    let mut plain = whatsapp();
    plain.channel.number = "+14155238886".into();
    assert_eq!(request(&plain).await["From"], "whatsapp:+14155238886");
}

#[tokio::test]
async fn an_sms_has_plain_numbers() {
    insta::assert_json_snapshot!(request(&sms()).await, @r#"
    {
      "Body": "Your room is ready",
      "From": "+15017122661",
      "StatusCallback": "https://hotel.example/webhooks/demo?m=demo.msg_0000000000000000000000000100000000000000000000000002.1",
      "To": "+16505551234"
    }
    "#);
}

#[tokio::test]
async fn a_template_with_positional_variables_is_filled_by_number() {
    let sample = whatsapp().with_template(ParameterFormat::Positional, &[("room", "12"), ("guest", "Ana")]);
    insta::assert_json_snapshot!(request(&sample).await, @r#"
    {
      "ContentSid": "HX00000000000000000000000000000000",
      "ContentVariables": "{\"1\":\"Ana\",\"2\":\"12\"}",
      "From": "whatsapp:+14155238886",
      "StatusCallback": "https://hotel.example/webhooks/demo?m=demo.msg_0000000000000000000000000100000000000000000000000002.1",
      "To": "whatsapp:+16505551234"
    }
    "#);
}

#[tokio::test]
async fn a_template_with_named_variables_is_filled_by_name() {
    let sample = whatsapp().with_template(ParameterFormat::Named, &[("room", "12"), ("guest", "Ana")]);
    assert_eq!(request(&sample).await["ContentVariables"], r#"{"guest":"Ana","room":"12"}"#);
}

#[tokio::test]
async fn a_template_without_variables_has_no_values() {
    let mut sample = whatsapp().with_template(ParameterFormat::Named, &[]);
    sample.template.as_mut().unwrap().0.variables.clear();
    assert!(!request(&sample).await.contains_key("ContentVariables"));
}

#[tokio::test]
async fn a_template_that_twilio_has_no_name_for_is_refused_without_a_call() {
    let mut sample = whatsapp().with_template(ParameterFormat::Named, &[("room", "12"), ("guest", "Ana")]);
    sample.template.as_mut().unwrap().0.references.clear();
    let refused = |code| Outcome::Refused(failure(FailureKind::Template, code));
    assert_eq!(without_a_call(&sample).await, refused("no_content_sid"));
    let sample = whatsapp().with_template(ParameterFormat::Named, &[("room", "12")]);
    assert_eq!(without_a_call(&sample).await, refused("missing_value"));
}

#[tokio::test]
async fn a_user_id_is_an_address_on_whatsapp_only() {
    let to = Address::UserId("US.1349".into());
    let sample = SampleOrder { to: to.clone(), ..whatsapp() };
    assert_eq!(request(&sample).await["To"], "whatsapp:US.1349");
    let expected = Outcome::Refused(failure(FailureKind::RecipientUnreachable, "no_phone_number"));
    assert_eq!(without_a_call(&SampleOrder { to, ..sms() }).await, expected);
}

#[tokio::test]
async fn a_channel_without_an_account_waits_for_people() {
    let mut sample = sms();
    sample.channel.provider_account = None;
    assert_eq!(without_a_call(&sample).await, not_sent(FailureKind::Account, "no_account_sid", 60));
}

#[tokio::test]
async fn an_accepted_message_has_the_providers_id() {
    let sid = Some("SM33333333333333333333333333333333".to_owned());
    assert_eq!(outcome_of(accepted()).await, Outcome::Accepted { provider_id: sid });
}

#[tokio::test]
async fn d7_a_success_that_cannot_be_read_is_accepted_without_an_id() {
    let without_id = Outcome::Accepted { provider_id: None };
    for body in ["", "OK", "{\"sid\":", "{}", "[]"] {
        assert_eq!(outcome_of(ResponseTemplate::new(201).set_body_string(body)).await, without_id, "{body}");
    }
}

#[tokio::test]
async fn e2_e3_a_closed_window_is_told_apart() {
    let closed = Outcome::WindowClosed(failure(FailureKind::WindowClosed, "63016"));
    assert_eq!(outcome_of(error(400, 63_016)).await, closed);
}

#[tokio::test]
async fn d10_limits_are_waited_for() {
    assert_eq!(outcome_of(error(429, 20_429)).await, not_sent(FailureKind::RateLimited, "20429", 5));
    let told = error(429, 20_429).insert_header("retry-after", "17");
    assert_eq!(outcome_of(told).await, not_sent(FailureKind::RateLimited, "20429", 17));
    assert_eq!(outcome_of(error(400, 21_611)).await, not_sent(FailureKind::RateLimited, "21611", 60));
    assert_eq!(outcome_of(ResponseTemplate::new(429)).await, not_sent(FailureKind::RateLimited, "429", 5));
}

#[tokio::test]
async fn d12_a_limit_of_the_day_is_final() {
    let refused = Outcome::Refused(failure(FailureKind::RateLimited, "63038"));
    assert_eq!(outcome_of(error(429, 63_038)).await, refused);
}

#[tokio::test]
async fn d13_trouble_with_the_token_concerns_the_whole_channel() {
    assert_eq!(outcome_of(error(401, 20_003)).await, not_sent(FailureKind::Account, "20003", 60));
    assert_eq!(outcome_of(ResponseTemplate::new(401)).await, not_sent(FailureKind::Account, "401", 60));
}

#[tokio::test]
async fn d5_d17_a_structured_error_decides_by_its_code() {
    let refused = |kind, code| Outcome::Refused(failure(kind, code));
    assert_eq!(outcome_of(error(400, 21_610)).await, refused(FailureKind::RecipientOptedOut, "21610"));
    assert_eq!(outcome_of(error(400, 21_211)).await, refused(FailureKind::RecipientUnreachable, "21211"));
    assert_eq!(outcome_of(error(400, 21_656)).await, refused(FailureKind::Template, "21656"));
    assert_eq!(outcome_of(error(400, 99_999)).await, refused(FailureKind::Other, "99999"));
    assert_eq!(outcome_of(error(400, 63_010)).await, not_sent(FailureKind::Transient, "63010", 5));
    assert_unknown(&outcome_of(error(500, 20_500)).await);
    assert_unknown(&outcome_of(error(503, 63_010)).await);
}

#[tokio::test]
async fn d6_an_answer_without_structure_leaves_the_outcome_unknown() {
    for status in [307, 400, 404, 500, 502, 503, 504] {
        assert_unknown(&outcome_of(ResponseTemplate::new(status).set_body_string("<html>Bad Gateway</html>")).await);
    }
}

#[tokio::test]
async fn d4_no_connection_means_not_sent() {
    assert_eq!(without_a_call(&sms()).await, not_sent(FailureKind::Transient, "not_connected", 2));
}
