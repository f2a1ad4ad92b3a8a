//! Secrets in AWS Systems Manager's parameter store, as SecureStrings under `/transom/{account}/{name}`.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use aws_sdk_ssm::{Client, error::DisplayErrorContext, operation::get_parameter::GetParameterError};
use secrecy::SecretString;

use crate::{
    domain::{AccountId, Timestamp, channel::SecretName, time::SignedDuration},
    ports::{BoxError, Clock, Secrets, SecretsUnavailable},
};

/// How long a value is used without asking again: a new value takes effect within this time.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// How long it is believed that there is no such secret, so that a new one works soon.
const ABSENT: SignedDuration = SignedDuration::from_secs(30);

/// How long the last good value serves while SSM does not answer (fault I-2). A value taken out of use in the meantime
/// must end at some time too.
const STALE_AT_MOST: SignedDuration = SignedDuration::from_hours(12);

/// How long SSM is left alone after it did not answer, while a value stands in.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The parameter store. A parameter holds one value, or a JSON array of all that are accepted, the one in use first.
pub struct SsmSecrets {
    client: Client,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
    absent_for: SignedDuration,
}

#[derive(Clone)]
struct Known {
    values: Vec<SecretString>,
    read_at: Timestamp,
    /// Not asked again before this.
    ask_from: Timestamp,
}

impl SsmSecrets {
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, known: Mutex::new(HashMap::new()), absent_for: ABSENT }
    }

    /// Believes for no moment that a secret is still missing.
    pub fn looking_again_for_what_is_missing(self) -> Self {
        Self { absent_for: SignedDuration::ZERO, ..self }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: there is no such parameter.
    async fn ask(&self, parameter: &str) -> Result<Option<Vec<SecretString>>, BoxError> {
        match self.client.get_parameter().name(parameter).with_decryption(true).send().await {
            Ok(answer) => {
                let value = answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
                Ok(Some(split(value)))
            }
            Err(error) if error.as_service_error().is_some_and(GetParameterError::is_parameter_not_found) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A value that looks like a JSON array of strings is one.
fn split(value: String) -> Vec<SecretString> {
    let several = value.starts_with('[').then(|| serde_json::from_str::<Vec<String>>(&value).ok()).flatten();
    let values = several.unwrap_or_else(|| vec![value]);
    values.into_iter().filter(|value| !value.is_empty()).map(SecretString::from).collect()
}

#[async_trait]
impl Secrets for SsmSecrets {
    async fn get(&self, account: &AccountId, name: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable> {
        let parameter = format!("/transom/{account}/{name}");
        let now = self.clock.now();
        let known = self.known().get(&parameter).cloned();
        if let Some(known) = &known
            && now < known.ask_from
        {
            return Ok(known.values.clone());
        }
        let answer = match self.ask(&parameter).await {
            Ok(Some(values)) => Known { values, read_at: now, ask_from: now + FRESH },
            Ok(None) => Known { values: Vec::new(), read_at: now, ask_from: now + self.absent_for },
            Err(error) => {
                let Some(known) = known.filter(|known| now < known.read_at + STALE_AT_MOST) else {
                    return Err(SecretsUnavailable(error));
                };
                tracing::warn!(
                    account.id = %account, secret.name = %name, error = %DisplayErrorContext(error.as_ref()),
                    "the parameter store did not answer; the last value is used on"
                );
                Known { ask_from: now + PAUSE, ..known }
            }
        };
        self.known().insert(parameter, answer.clone());
        Ok(answer.values)
    }
}

impl fmt::Debug for SsmSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsmSecrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
    use secrecy::ExposeSecret;
    use serde_json::json;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{body_partial_json, header},
    };

    use super::*;

    #[derive(Debug)]
    struct Hands(Mutex<Timestamp>);
    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    struct World {
        server: MockServer,
        clock: Arc<Hands>,
        secrets: SsmSecrets,
    }

    impl World {
        async fn new() -> Self {
            let server = MockServer::start().await;
            let config = aws_sdk_ssm::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .endpoint_url(server.uri())
                .http_client(crate::adapters::aws::sdk_http_client(false))
                .retry_config(RetryConfig::disabled())
                .build();
            let clock = Arc::new(Hands(Mutex::new("2026-03-01T09:00:00Z".parse().unwrap())));
            let secrets = SsmSecrets::new(Client::from_conf(config), clock.clone());
            Self { server, clock, secrets }
        }

        /// From now on the store answers like this.
        async fn answers(&self, status: u16, body: serde_json::Value) {
            self.server.reset().await;
            Mock::given(header("x-amz-target", "AmazonSSM.GetParameter"))
                .and(body_partial_json(json!({"Name": "/transom/demo/meta-token", "WithDecryption": true})))
                .respond_with(ResponseTemplate::new(status).set_body_json(body))
                .mount(&self.server)
                .await;
        }

        async fn holds(&self, value: &str) {
            self.answers(200, json!({"Parameter": {"Value": value}})).await;
        }

        fn later(&self, by: SignedDuration) {
            *self.clock.0.lock().unwrap() += by;
        }

        async fn get(&self) -> Option<Vec<String>> {
            let values = self.secrets.get(&"demo".parse().unwrap(), &"meta-token".parse().unwrap()).await.ok()?;
            Some(values.iter().map(|value| value.expose_secret().to_owned()).collect())
        }

        #[track_caller]
        fn check(found: Option<Vec<String>>, expected: &[&str]) {
            assert_eq!(found.unwrap(), expected);
        }
    }

    /// (Fault matrix C13, I-1.)
    #[tokio::test]
    async fn a_new_value_takes_effect_within_five_minutes() {
        let world = World::new().await;
        world.holds("first").await;
        World::check(world.get().await, &["first"]);
        world.holds(r#"["second", "first"]"#).await;
        world.later(SignedDuration::from_secs(299));
        World::check(world.get().await, &["first"]);
        world.later(SignedDuration::from_secs(1));
        World::check(world.get().await, &["second", "first"]);
    }

    /// (Fault matrix I-2.)
    #[tokio::test]
    async fn the_last_good_value_serves_for_twelve_hours_and_no_longer() {
        let world = World::new().await;
        world.holds("[a value that only looks like an array").await;
        World::check(world.get().await, &["[a value that only looks like an array"]);
        world.answers(500, json!({"__type": "InternalServerError"})).await;
        world.later(SignedDuration::from_hours(12) - SignedDuration::from_secs(1));
        assert!(world.get().await.is_some());
        world.later(SignedDuration::from_secs(31));
        assert!(world.get().await.is_none());
        world.holds("back").await;
        World::check(world.get().await, &["back"]);
    }

    #[tokio::test]
    async fn a_secret_that_is_not_there_is_no_error_and_is_found_soon_after_it_was_put() {
        let world = World::new().await;
        world.answers(400, json!({"__type": "ParameterNotFound"})).await;
        World::check(world.get().await, &[]);
        world.holds("now").await;
        World::check(world.get().await, &[]);
        world.later(SignedDuration::from_secs(30));
        World::check(world.get().await, &["now"]);
    }

    /// (Fault matrix I-2.)
    #[tokio::test]
    async fn a_store_that_never_answered_is_an_error() {
        let world = World::new().await;
        world.answers(500, json!({"__type": "InternalServerError"})).await;
        assert!(world.get().await.is_none());
    }
}
