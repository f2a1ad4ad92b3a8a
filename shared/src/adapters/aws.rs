//! The parts as they are on AWS, put together once per process.

use std::{sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};

use super::{
    chance::SystemChance,
    clock::SystemClock,
    dynamodb::DynamoStore,
    providers::{Providers, http_client},
    secrets::SsmSecrets,
    sqs::SqsDoorbell,
};
use crate::{
    app::Parts,
    config::{BadSetting, Config, Environment},
    ports::Clock,
};

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    #[error(transparent)]
    Setting(#[from] BadSetting),
    #[error("the HTTP client could not be made")]
    Http(#[from] reqwest::Error),
}

/// Reads the settings and makes every client.
pub async fn parts(environment: Environment<'_>) -> Result<Parts, CannotStart> {
    let config = Config::load(environment)?;
    let aws = limited(aws_config::defaults(BehaviorVersion::latest()).load().await);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Parts {
        store: Arc::new(DynamoStore::new(aws_sdk_dynamodb::Client::new(&aws), config.table, config.contacts_table)),
        secrets: Arc::new(SsmSecrets::new(aws_sdk_ssm::Client::new(&aws), Arc::clone(&clock))),
        doorbell: Arc::new(SqsDoorbell::new(aws_sdk_sqs::Client::new(&aws), config.sends_queue_url)),
        providers: Arc::new(Providers::new(http_client()?, config.provider_urls)),
        chance: Arc::new(SystemChance),
        clock,
    })
}

/// How long a call may take: one that hangs must end well before the function does, so that there is an answer.
pub fn limited(aws: SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_timeout(Duration::from_secs(5))
        .build();
    // An answer is a few kilobytes, and the limit above includes reading it: nothing needs to watch how fast it flows.
    let watch = StalledStreamProtectionConfig::disabled();
    aws.into_builder().timeout_config(timeouts).stalled_stream_protection(watch).build()
}
