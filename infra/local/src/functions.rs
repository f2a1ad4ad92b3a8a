//! The functions as Lambda sees them: JSON in, JSON out.

use async_trait::async_trait;
use lambda_http::{Adapter, IntoResponse, LambdaEvent, Service, request::LambdaRequest};
use lambda_runtime::{Context, Diagnostic};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
pub use transom::ports::BoxError;

/// Every function, each called with the serialised event that it gets on AWS.
#[async_trait]
pub trait Functions: Send + Sync + std::fmt::Debug {
    /// An API Gateway HTTP event (payload 2.0).
    async fn webhook(&self, event: Value) -> Result<Value, BoxError>;
    /// An API Gateway HTTP event (payload 2.0).
    async fn api(&self, event: Value) -> Result<Value, BoxError>;
    /// A DynamoDB stream event; answers with batch item failures.
    async fn react(&self, event: Value) -> Result<Value, BoxError>;
    /// An SQS event; answers with batch item failures.
    async fn send(&self, event: Value) -> Result<Value, BoxError>;
    /// An SQS event; answers with batch item failures.
    async fn publish(&self, event: Value) -> Result<Value, BoxError>;
    /// A DynamoDB stream event; answers with batch item failures.
    async fn fold(&self, event: Value) -> Result<Value, BoxError>;
    /// An SQS event; answers with batch item failures.
    async fn jobs(&self, event: Value) -> Result<Value, BoxError>;
    /// What EventBridge Scheduler sends.
    async fn expire(&self, event: Value) -> Result<Value, BoxError>;
}

/// A function did not answer as a function does.
#[derive(Debug, thiserror::Error)]
#[error("the function failed: {0}")]
pub struct FunctionFailed(String);

/// Calls an HTTP function the way the Lambda runtime does: event text to request, response to event text.
pub async fn call_http<S, R, E>(mut service: S, event: Value) -> Result<Value, BoxError>
where
    S: Service<lambda_http::Request, Response = R, Error = E>,
    S::Future: Send,
    R: IntoResponse,
    E: Into<Diagnostic>,
{
    let request: LambdaRequest = serde_json::from_str(&event.to_string())?;
    std::future::poll_fn(|context| service.poll_ready(context)).await.map_err(failed)?;
    // Not held while it works: the adapter would ask of a response that threads can share it.
    let working = Adapter::from(service).call(LambdaEvent::new(request, Context::default()));
    let response = working.await.map_err(failed)?;
    Ok(serde_json::from_str(&serde_json::to_string(&response)?)?)
}

/// Calls a function of a typed event the way the Lambda runtime does.
pub async fn call_typed<Event, Answer, E, F>(handler: impl FnOnce(Event) -> F, event: &Value) -> Result<Value, BoxError>
where
    Event: DeserializeOwned,
    Answer: Serialize,
    E: Into<Diagnostic>,
    F: Future<Output = Result<Answer, E>>,
{
    let event = serde_json::from_str(&event.to_string())?;
    let answer = handler(event).await.map_err(failed)?;
    Ok(serde_json::from_str(&serde_json::to_string(&answer)?)?)
}

fn failed(error: impl Into<Diagnostic>) -> BoxError {
    let diagnostic: Diagnostic = error.into();
    FunctionFailed(diagnostic.error_message).into()
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
    use lambda_http::{Error, Request, RequestExt, Response, service_fn};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_typed_function_reads_and_writes_what_lambda_would() {
        let event =
            json!({"Records": [{"messageId": "m1", "body": "hello", "attributes": {}, "messageAttributes": {}}]});
        let handler = async |event: SqsEvent| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = event.records[0].message_id.clone().unwrap();
            let mut answer = SqsBatchResponse::default();
            answer.batch_item_failures = vec![failure];
            Ok::<_, Error>(answer)
        };
        let answer = call_typed(handler, &event).await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m1"}]}));
        assert!(call_typed(handler, &json!({"Records": 7})).await.is_err());
    }

    #[tokio::test]
    async fn an_http_function_gets_a_request_and_gives_a_response() {
        let service = service_fn(async |request: Request| {
            let text = format!("{} {}", request.method(), request.raw_http_path());
            Ok::<_, Error>(Response::builder().status(201).header("x-test", "yes").body(text).unwrap())
        });
        let event = crate::front::event::example("POST", "/webhooks/demo", b"hello");
        let answer = call_http(service, event).await.unwrap();
        assert_eq!((answer["statusCode"].clone(), answer["body"].clone()), (json!(201), json!("POST /webhooks/demo")));
        assert_eq!(answer["headers"]["x-test"], "yes");
    }
}
