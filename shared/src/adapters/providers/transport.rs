//! One HTTP call to a provider, and what it means for the message when there is no answer.

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

use super::wire::{Http, NoAnswer};
use crate::{
    defects::{Defect, planted},
    domain::{
        outcome::{Failure, FailureKind, Outcome},
        time::SignedDuration,
    },
    ports::SendOrder,
    seal::sha256_hex,
};

/// Answers of providers are a few hundred bytes. More than this is not read: it is no answer of theirs.
pub(super) const LONGEST_ANSWER_BYTES: usize = 1 << 20;

/// How long to wait after a call that did not leave.
const RETRY_UNSENT_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// The longest wait that a provider's `Retry-After` can ask for, in seconds.
const LONGEST_RETRY_AFTER: i64 = 600;

/// What a provider answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    /// The provider's own `Retry-After`, within bounds.
    pub retry_after: Option<SignedDuration>,
    pub body: Vec<u8>,
}

/// Makes the call, once. Without an answer, the error is already the attempt's outcome: not sent if it certainly did
/// not leave, else unknown.
pub(super) async fn call(http: &Http, request: reqwest::RequestBuilder) -> Result<Answer, Outcome> {
    // A request that could not even be built did not leave.
    let request = request.build().map_err(|error| without_answer(NoAnswer::from(&error)))?;
    let answer = http.wire.carry(request).await.map_err(without_answer)?;
    Ok(Answer { status: answer.status(), retry_after: retry_after(answer.headers()), body: answer.into_body() })
}

/// The request with the order's trace in its head; the attempt is what it names as the parent.
pub(super) fn traced(request: reqwest::RequestBuilder, order: &SendOrder<'_>) -> reqwest::RequestBuilder {
    let Some(trace) = order.trace else { return request };
    let attempt = sha256_hex(order.callback.to_string().as_bytes());
    let parent = u64::from_str_radix(&attempt[..16], 16).expect("a hash is written in hexadecimal");
    request.header("traceparent", trace.to_traceparent(parent))
}

/// What an attempt came to that ended without an answer.
fn without_answer(no_answer: NoAnswer) -> Outcome {
    let unknown = |why: &str| Outcome::Unknown { why: why.to_owned() };
    match no_answer {
        NoAnswer::TimedOut | NoAnswer::Broken if planted(Defect::TimeoutIsRetried) => {
            let failure = Failure { kind: FailureKind::Transient, code: "timeout".to_owned() };
            Outcome::NotSent { failure, retry_after: RETRY_UNSENT_AFTER }
        }
        NoAnswer::NotConnected => {
            let failure = Failure { kind: FailureKind::Transient, code: "not_connected".to_owned() };
            Outcome::NotSent { failure, retry_after: RETRY_UNSENT_AFTER }
        }
        NoAnswer::TimedOut => unknown("no answer within the time limit"),
        NoAnswer::Broken => unknown("the connection broke before the whole answer was read"),
        NoAnswer::TooLong => unknown("the answer was too long to read"),
    }
}

/// The wait that the answer asks for in seconds; the other form of the header, a date, is not used by providers.
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let seconds: i64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.clamp(1, LONGEST_RETRY_AFTER)))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
        time::Duration,
    };

    use super::*;

    /// The address of a server that takes one connection, reads as many requests as there are answers, each to its
    /// end before it answers, and hangs up. A request that were made again would find nobody.
    fn server_that_answers(answers: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            drop(listener);
            for answer in answers {
                let mut request = Vec::new();
                while !request.ends_with(b"the end") {
                    let mut part = [0; 1024];
                    let length = connection.read(&mut part).unwrap();
                    assert_ne!(length, 0, "the request ended early");
                    request.extend_from_slice(&part[..length]);
                }
                connection.write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    async fn outcome(address: &str, limit: Duration) -> Outcome {
        let http = Http::from(super::super::client_with(limit).unwrap());
        call(&http, http.post(address).body("the end")).await.unwrap_err()
    }

    const LONG: Duration = Duration::from_secs(15);

    #[tokio::test]
    async fn d4_a_refused_connection_certainly_sent_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let expected = Outcome::NotSent {
            failure: Failure { kind: FailureKind::Transient, code: "not_connected".into() },
            retry_after: RETRY_UNSENT_AFTER,
        };
        assert_eq!(outcome(&address, LONG).await, expected);
        // The same for an address that no request can be built for.
        assert_eq!(outcome("no address", LONG).await, expected);
    }

    #[tokio::test]
    async fn d4_a_failed_tls_handshake_certainly_sent_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let _ = connection.read(&mut [0; 64]);
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        assert!(matches!(outcome(&address, LONG).await, Outcome::NotSent { .. }));
    }

    #[tokio::test]
    async fn d2_a_connection_closed_after_the_request_leaves_the_outcome_unknown() {
        let outcome = outcome(&server_that_answers(&[""]), LONG).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn d2_an_answer_cut_off_leaves_the_outcome_unknown() {
        let outcome = outcome(&server_that_answers(&["HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"]), LONG).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn c13_a_connection_that_dies_under_its_second_request_leaves_the_outcome_unknown() {
        let address = server_that_answers(&["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ""]);
        let http = Http::from(super::super::http_client().unwrap());
        assert!(call(&http, http.post(&address).body("the end")).await.is_ok());
        let outcome = call(&http, http.post(&address).body("the end")).await.unwrap_err();
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn an_endless_answer_is_not_read_to_its_end() {
        let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(LONGEST_ANSWER_BYTES + 1));
        let outcome = outcome(&server_that_answers(vec![&*endless.leak()].leak()), LONG).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn d3_silence_after_the_request_leaves_the_outcome_unknown() {
        // The kernel takes the connection and the bytes; nobody ever answers.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let outcome = outcome(&address, Duration::from_millis(50)).await;
        assert_eq!(outcome, Outcome::Unknown { why: "no answer within the time limit".into() });
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let address = server_that_answers(&[
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        ]);
        let http = Http::from(super::super::http_client().unwrap());
        let answer = call(&http, http.post(address).body("the end")).await.unwrap();
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    }

    #[track_caller]
    fn check_retry_after(value: &str, expected_seconds: Option<i64>) {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        assert_eq!(retry_after(&headers), expected_seconds.map(SignedDuration::from_secs));
    }

    #[test]
    fn d10_a_providers_retry_after_is_honoured_within_bounds() {
        check_retry_after("7", Some(7));
        check_retry_after("0", Some(1));
        check_retry_after("-5", Some(1));
        check_retry_after("86400", Some(600));
        check_retry_after("soon", None);
        check_retry_after("99999999999999999999", None);
    }
}
