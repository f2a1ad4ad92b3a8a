//! The parts as they are on AWS, put together once per process.

use std::{sync::Arc, time::Duration};

use aws_config::{
    BehaviorVersion, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
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
    lambda::log_panics_by_place,
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

/// A call that hangs ends well before the function does, so that there is an answer; one try that hangs leaves time for
/// another.
pub fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build()
}

/// The one place where calls to the store, the queue and the secret store are tried again: everything of ours above it
/// fails at once and comes again later. The SDK's standard way: only what may pass (throttling, 5xx, time limits), with
/// full jitter, and out of a budget per process, so that a store that is down is soon asked once per call. Its own
/// pauses of up to 20 seconds would outlast every caller. (Fault matrix A14, A16.)
///
/// A write may be repeated when its answer was lost, since each is conditional or a maximum (B2).
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(4)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_secs(1))
}

/// Nothing watches how fast an answer flows: it is a few kilobytes, and the limits above include reading it.
pub fn watch() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

/// Reads the settings and makes every client.
pub async fn parts(environment: Environment<'_>) -> Result<Parts, CannotStart> {
    let config = Config::load(environment)?;
    log_panics_by_place();
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(time_limits())
        .retry_config(retries())
        .stalled_stream_protection(watch())
        .load()
        .await;
    let http = http_client()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Parts {
        store: Arc::new(DynamoStore::new(aws_sdk_dynamodb::Client::new(&aws), config.table, config.contacts_table)),
        secrets: Arc::new(SsmSecrets::new(aws_sdk_ssm::Client::new(&aws), Arc::clone(&clock))),
        doorbell: Arc::new(SqsDoorbell::new(aws_sdk_sqs::Client::new(&aws), config.sends_queue_url)),
        providers: Arc::new(Providers::timed(Arc::new(http.clone()), http, config.provider_urls, Arc::clone(&clock))),
        chance: Arc::new(SystemChance),
        memory: Arc::default(),
        clock,
        mode: config.mode,
    })
}
