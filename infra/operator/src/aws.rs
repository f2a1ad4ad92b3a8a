//! A stack in an AWS account: orders go to its function `operate`, secrets into the parameter store, with the operator's own
//! rights.

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::{operation::invoke::InvokeError, primitives::Blob};
use aws_sdk_ssm::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{get_parameter::GetParameterError, put_parameter::PutParameterError},
    types::ParameterType,
};
use serde_json::{Value, json};

use crate::{
    arguments::Place,
    installation::{Failed, Installation, Stored},
};

/// An order may take as long as its function.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(905);

#[derive(Debug)]
pub struct Stack {
    name: String,
    region: String,
    lambda: aws_sdk_lambda::Client,
    ssm: aws_sdk_ssm::Client,
}

impl Stack {
    pub async fn new(place: &Place) -> Result<Self, Failed> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &place.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &place.profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            let words = "no AWS region is set; give --region, or set AWS_REGION or a region in your profile";
            return Err(Failed::Unreachable(words.to_owned()));
        };
        // An order that takes long is not given twice by itself.
        let patient = aws_sdk_lambda::config::Builder::from(&config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().read_timeout(LONGEST).build())
            .build();
        Ok(Self {
            name: place.stack.clone(),
            region,
            lambda: aws_sdk_lambda::Client::from_conf(patient),
            ssm: aws_sdk_ssm::Client::new(&config),
        })
    }

    fn cannot<E>(&self, doing: &str, error: &SdkError<E>) -> Failed
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        Failed::Unreachable(format!("cannot {doing} in {}: {}", self.region, in_words(error)))
    }
}

/// Why a call of AWS failed, and what to look at, without what the SDK knows besides.
fn in_words<E>(error: &SdkError<E>) -> String
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    const CREDENTIALS: &str = "Are your AWS credentials good? `aws sts get-caller-identity` says whose they are.";
    match error {
        SdkError::ServiceError(refused) => {
            let (code, message) = (refused.err().code().unwrap_or("an error"), refused.err().message());
            let hint = match code {
                "AccessDeniedException" | "AccessDenied" => "\nYour credentials lack this right.".to_owned(),
                "UnrecognizedClientException"
                | "InvalidSignatureException"
                | "InvalidClientTokenId"
                | "ExpiredTokenException"
                | "IncompleteSignature" => format!("\n{CREDENTIALS}"),
                _ => String::new(),
            };
            format!("AWS answers {code}{}{hint}", message.map(|words| format!(": {words}")).unwrap_or_default())
        }
        SdkError::TimeoutError(_) => "there was no answer in time".to_owned(),
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status();
            format!("the answer ({status}) is none of AWS's; does AWS_ENDPOINT_URL lead where it should?")
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) | _ => {
            let mut root: &dyn std::error::Error = error;
            while let Some(cause) = root.source() {
                root = cause;
            }
            let words = root.to_string();
            let about_credentials = words.contains("credential") || words.contains("profile");
            let hint = if about_credentials {
                CREDENTIALS
            } else {
                "Is this machine online, and the region (or AWS_ENDPOINT_URL) the right one?"
            };
            format!("{words}\n{hint}")
        }
    }
}

fn parameter(account: &str, name: &str) -> String {
    format!("/transom/{account}/{name}")
}

#[async_trait]
impl Installation for Stack {
    async fn order(&self, order: Value) -> Result<Value, Failed> {
        let function = format!("{}-operate", self.name);
        let sent = self.lambda.invoke().function_name(&function).payload(Blob::new(order.to_string())).send().await;
        let answer = sent.map_err(|error| match error.as_service_error() {
            Some(InvokeError::ResourceNotFoundException(_)) => Failed::Unreachable(format!(
                "there is no function {function} in {}: is {:?} the name of the stack, and is it deployed there?",
                self.region, self.name
            )),
            _ => self.cannot(&format!("call {function}"), &error),
        })?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let body: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let refused = &body["refused"];
        if let (Some(field), Some(problem)) = (refused["field"].as_str(), refused["problem"].as_str()) {
            return Err(Failed::Refused { field: field.to_owned(), problem: problem.to_owned() });
        }
        if answer.function_error.is_none() {
            return Ok(body);
        }
        let words = body["errorMessage"].as_str().unwrap_or("it ended without a word; see its log");
        Err(Failed::Trouble(format!("{function} failed: {words}")))
    }

    async fn secret(&self, account: &str, name: &str) -> Result<Vec<String>, Failed> {
        let asked = self.ssm.get_parameter().name(parameter(account, name)).with_decryption(true).send().await;
        match asked {
            Ok(answer) => {
                let value = answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
                let several = serde_json::from_str::<Vec<String>>(&value).ok();
                Ok(several.unwrap_or_else(|| vec![value]))
            }
            Err(error) if error.as_service_error().is_some_and(GetParameterError::is_parameter_not_found) => Ok(vec![]),
            Err(error) => Err(self.cannot("read a parameter", &error)),
        }
    }

    async fn put_secret(
        &self,
        account: &str,
        name: &str,
        values: &[String],
        overwrite: bool,
    ) -> Result<Stored, Failed> {
        let value = match values {
            [only] => only.clone(),
            several => json!(several).to_string(),
        };
        let put = self.ssm.put_parameter().name(parameter(account, name)).value(value);
        match put.r#type(ParameterType::SecureString).overwrite(overwrite).send().await {
            Ok(_) => Ok(Stored::New),
            Err(error) if error.as_service_error().is_some_and(PutParameterError::is_parameter_already_exists) => {
                Ok(Stored::Already)
            }
            Err(error) => Err(self.cannot("store a parameter", &error)),
        }
    }
}
