//! SQS's JSON protocol (AWS JSON 1.0: the operation in `X-Amz-Target`), as an HTTP connector of the SDK.

use std::fmt;

use aws_sdk_sqs::config::{
    BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::calls::note_sqs;

use super::{Message, Outgoing, QueueError, Queues, REGION, Sent, queue_arn, queue_url};

pub(super) fn client(queues: Queues) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(Credentials::new("embedded", "embedded", None, None, "embedded"))
        .endpoint_url("http://sqs.in.process")
        .http_client(InProcess(queues))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

#[derive(Clone)]
struct InProcess(Queues);

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("embedded SQS")
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.strip_prefix("AmazonSQS.").unwrap_or_default();
        let body = request.body().bytes().unwrap_or(b"{}");
        note_sqs(operation, body);
        HttpConnectorFuture::ready(Ok(match perform(&self.0, operation, body) {
            Ok(answer) => respond(200, &answer),
            Err(problem) => problem.respond(),
        }))
    }
}

fn respond(status: u16, answer: &Value) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a plain HTTP status"), SdkBody::from(answer.to_string()))
}

/// Why a call was not performed.
enum Problem {
    Queue(QueueError),
    Malformed(serde_json::Error),
    UnknownOperation,
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl Problem {
    /// The error's name and the words for it.
    fn name(&self) -> (&'static str, String) {
        match self {
            Self::Queue(error) => (error_name(error), error.to_string()),
            Self::Malformed(error) => ("com.amazon.coral.service#SerializationException", error.to_string()),
            Self::UnknownOperation => {
                ("com.amazon.coral.service#UnknownOperationException", "no such operation here".to_owned())
            }
        }
    }

    fn respond(&self) -> HttpResponse {
        let (name, message) = self.name();
        let status = if matches!(self, Self::Queue(QueueError::Storage(_))) { 500 } else { 400 };
        let mut response = respond(status, &json!({"__type": name, "message": message}));
        // SQS's older protocol knew these by longer names, and the SDK still tells errors apart by those.
        let older = match self {
            Self::Queue(QueueError::NoSuchQueue(_)) => Some("AWS.SimpleQueueService.NonExistentQueue;Sender"),
            Self::Queue(QueueError::NotInFlight) => Some("AWS.SimpleQueueService.MessageNotInflight;Sender"),
            Self::Queue(
                QueueError::InvalidParameter(_)
                | QueueError::MissingParameter(_)
                | QueueError::ReceiptInvalid
                | QueueError::ReceiptExpired
                | QueueError::Storage(_),
            )
            | Self::Malformed(_)
            | Self::UnknownOperation => None,
        };
        if let Some(older) = older {
            response.headers_mut().insert("x-amzn-query-error", older);
        }
        response
    }
}

fn error_name(error: &QueueError) -> &'static str {
    match error {
        QueueError::NoSuchQueue(_) => "com.amazonaws.sqs#QueueDoesNotExist",
        QueueError::InvalidParameter(_) | QueueError::ReceiptExpired => {
            "com.amazon.coral.service#InvalidParameterValueException"
        }
        QueueError::MissingParameter(_) => "com.amazon.coral.service#MissingRequiredParameterException",
        QueueError::ReceiptInvalid => "com.amazonaws.sqs#ReceiptHandleIsInvalid",
        QueueError::NotInFlight => "com.amazonaws.sqs#MessageNotInflight",
        QueueError::Storage(_) => "com.amazon.coral.service#InternalFailure",
    }
}

fn perform(queues: &Queues, operation: &str, body: &[u8]) -> Result<Value, Problem> {
    match operation {
        "SendMessage" => {
            let call: WithQueue<NewMessage> = read(body)?;
            Ok(sent(&queues.send(call.queue(), &call.rest.outgoing())?))
        }
        "SendMessageBatch" => {
            let call: WithQueue<Entries<NewMessage>> = read(body)?;
            Ok(each(&call.rest, |entry| queues.send(call.queue(), &entry.outgoing()).map(|done| sent(&done))))
        }
        "ReceiveMessage" => {
            // It answers at once, however long it was asked to wait.
            let call: WithQueue<Receive> = read(body)?;
            let most = call.rest.max_number_of_messages.unwrap_or(1);
            let messages = queues.receive_for(call.queue(), most, call.rest.visibility_timeout)?;
            Ok(json!({"Messages": messages.iter().map(received).collect::<Vec<_>>()}))
        }
        "DeleteMessage" => {
            let call: WithQueue<Receipt> = read(body)?;
            queues.delete(call.queue(), &call.rest.receipt_handle)?;
            Ok(json!({}))
        }
        "DeleteMessageBatch" => {
            let call: WithQueue<Entries<Receipt>> = read(body)?;
            Ok(each(&call.rest, |entry| queues.delete(call.queue(), &entry.receipt_handle).map(|()| json!({}))))
        }
        "ChangeMessageVisibility" => {
            let call: WithQueue<Visibility> = read(body)?;
            queues.make_visible_after(call.queue(), &call.rest.receipt_handle, call.rest.visibility_timeout)?;
            Ok(json!({}))
        }
        "GetQueueUrl" => {
            let call: QueueName = read(body)?;
            let name = &queues.definition(&call.queue_name)?.name;
            Ok(json!({"QueueUrl": queue_url(name)}))
        }
        "GetQueueAttributes" => {
            let call: WithQueue<Nothing> = read(body)?;
            Ok(json!({"Attributes": attributes(queues, call.queue())?}))
        }
        _ => Err(Problem::UnknownOperation),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(Problem::Malformed)
}

fn sent(sent: &Sent) -> Value {
    let mut answer = json!({"MessageId": sent.id, "MD5OfMessageBody": sent.body_md5});
    if let Some(number) = &sent.sequence_number {
        answer["SequenceNumber"] = json!(number);
    }
    answer
}

/// Does it for each entry of a batch, each for itself.
fn each<T>(entries: &Entries<T>, act: impl Fn(&T) -> Result<Value, QueueError>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in &entries.entries {
        match act(&entry.rest) {
            Ok(mut answer) => {
                answer["Id"] = json!(entry.id);
                successful.push(answer);
            }
            Err(error) => failed.push(json!({
                "Id": entry.id, "Code": error_name(&error).rsplit('#').next(), "Message": error.to_string(),
                "SenderFault": !matches!(error, QueueError::Storage(_)),
            })),
        }
    }
    json!({"Successful": successful, "Failed": failed})
}

fn received(message: &Message) -> Value {
    json!({
        "MessageId": message.id, "ReceiptHandle": message.receipt, "Body": message.body, "MD5OfBody": message.body_md5,
        "Attributes": message.attributes(),
    })
}

impl Message {
    /// The system attributes, by their names at SQS.
    pub fn attributes(&self) -> Value {
        let mut attributes = json!({
            "SenderId": super::AWS_ACCOUNT,
            "SentTimestamp": self.sent_at.as_millisecond().to_string(),
            "ApproximateReceiveCount": self.receive_count.to_string(),
            "ApproximateFirstReceiveTimestamp": self.first_received_at.as_millisecond().to_string(),
        });
        let fifo_only = [
            ("MessageGroupId", &self.group),
            ("MessageDeduplicationId", &self.deduplication_id),
            ("SequenceNumber", &self.sequence_number),
        ];
        for (name, value) in fifo_only {
            if let Some(value) = value {
                attributes[name] = json!(value);
            }
        }
        attributes
    }
}

fn attributes(queues: &Queues, queue: &str) -> Result<Value, QueueError> {
    let definition = queues.definition(queue)?;
    let depth = queues.depth(queue)?;
    let mut attributes = json!({
        "QueueArn": queue_arn(queue),
        "VisibilityTimeout": definition.visibility_timeout.as_secs().to_string(),
        "ApproximateNumberOfMessages": depth.visible.to_string(),
        "ApproximateNumberOfMessagesNotVisible": depth.in_flight.to_string(),
        "ApproximateNumberOfMessagesDelayed": depth.delayed.to_string(),
    });
    if definition.is_fifo() {
        attributes["FifoQueue"] = json!("true");
    }
    if let Some(redrive) = &definition.redrive {
        let policy = json!({
            "deadLetterTargetArn": queue_arn(&redrive.dead_letter_queue), "maxReceiveCount": redrive.max_receive_count,
        });
        attributes["RedrivePolicy"] = json!(policy.to_string());
    }
    Ok(attributes)
}

#[derive(Deserialize)]
struct WithQueue<T> {
    #[serde(rename = "QueueUrl")]
    queue_url: String,
    #[serde(flatten)]
    rest: T,
}

impl<T> WithQueue<T> {
    fn queue(&self) -> &str {
        self.queue_url.rsplit('/').next().unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewMessage {
    message_body: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    delay_seconds: Option<u32>,
}

impl NewMessage {
    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            body: &self.message_body,
            group: self.message_group_id.as_deref(),
            deduplication_id: self.message_deduplication_id.as_deref(),
            delay_seconds: self.delay_seconds.unwrap_or(0),
        }
    }
}

#[derive(Deserialize)]
struct Entries<T> {
    #[serde(rename = "Entries")]
    entries: Vec<Entry<T>>,
}

#[derive(Deserialize)]
struct Entry<T> {
    #[serde(rename = "Id")]
    id: String,
    #[serde(flatten)]
    rest: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receipt {
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Visibility {
    receipt_handle: String,
    visibility_timeout: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueName {
    queue_name: String,
}

#[derive(Deserialize)]
struct Nothing {}
