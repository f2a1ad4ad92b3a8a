//! A stack in an AWS account: orders go to its function `operate`, secrets into the parameter store, with the operator's own
//! rights.

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::{operation::invoke::InvokeError, primitives::Blob};
use aws_sdk_ssm::{
    error::DisplayErrorContext,
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

    fn cannot(&self, doing: &str, error: &(dyn std::error::Error + 'static)) -> Failed {
        let why = DisplayErrorContext(error).to_string();
        let why = why.split(" (Unhandled").next().unwrap_or_default().split(": Some(").next().unwrap_or_default();
        Failed::Unreachable(format!(
            "cannot {doing} in {}: {why}\nAre your AWS credentials good, and is {:?} the right region?",
            self.region, self.region
        ))
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
        if answer.function_error.is_none() {
            return Ok(body);
        }
        // As the function says it: "field: problem".
        let words = body["errorMessage"].as_str().unwrap_or("it ended without a word; see its log").to_owned();
        Err(match (body["errorType"].as_str(), words.split_once(": ")) {
            (Some(kind), Some((field, problem))) if kind.ends_with("NotDone") && !field.contains(' ') => {
                Failed::Refused { field: field.to_owned(), problem: problem.to_owned() }
            }
            _ => Failed::Trouble(format!("{function} failed: {words}")),
        })
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
