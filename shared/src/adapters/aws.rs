//! The parts as they are on AWS, put together once per process.
//!
//! What the SDK usually finds out by itself is handed to it here: a function's credentials, region and certificate
//! authorities are known, and looking for them is most of what its start would take.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_types::SdkConfig;
use secrecy::ExposeSecret;

use super::{
    chance::SystemChance,
    clock::{ShiftedClock, SystemClock},
    dynamodb::DynamoStore,
    event_queue::SqsEventQueue,
    job_queue::SqsJobQueue,
    objects::{S3, S3Objects},
    providers::Providers,
    roots,
    secrets::SsmSecrets,
    sign_in::OpenIdSignIn,
    sqs::{Sqs, SqsCare, SqsDoorbell},
    subscribers::{Guard, HttpSubscribers},
};
use crate::{
    app::Parts,
    config::{AwsConfig, BadSetting, Config, Environment, OperatorConfig},
    lambda::log_panics_by_place,
    ports::Clock,
};

/// A call that hangs ends well before the function does, so that there is an answer; one try that hangs leaves time for
/// another.
pub fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build()
}

/// Objects of the archive have megabytes, and nobody waits for them at once.
pub fn bulky_time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25))
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

/// One client for all services. Only in the emulators of tests is it not TLS.
pub(super) fn sdk_http_client(every_root: bool) -> SharedHttpClient {
    let trusted = TrustStore::empty().with_pem_certificate(roots::as_pem(every_root));
    let tls = TlsContext::builder().with_trust_store(trusted).build().expect("nothing in it can be wrong");
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls)
        .build_https()
}

fn sdk_config(aws: &AwsConfig) -> SdkConfig {
    let session = aws.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let secret = aws.secret_access_key.expose_secret();
    // They are good for as long as the environment lives: Lambda ends it before they do.
    let credentials = Credentials::new(&aws.access_key_id, secret, session, None, "environment");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // China's endpoints, and an emulator's, need not be signed by Amazon.
        .http_client(sdk_http_client(aws.endpoint_url.is_some() || aws.region.starts_with("cn-")))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .timeout_config(time_limits())
        .retry_config(retries())
        .stalled_stream_protection(watch())
        .use_fips(aws.fips)
        .use_dual_stack(aws.dual_stack);
    config.set_endpoint_url(aws.endpoint_url.clone());
    config.build()
}

/// What an operator's function needs besides: the queues as a whole.
pub fn queue_care(environment: Environment<'_>) -> Result<SqsCare, BadSetting> {
    let config = Config::load(environment)?;
    let client = aws_sdk_sqs::Client::new(&sdk_config(&config.aws));
    let OperatorConfig {
        sends_dead_queue_url,
        events_dead_queue_url,
        bulk_dead_queue_url,
        jobs_dead_queue_url,
        unhandled_queue_url,
        ..
    } = OperatorConfig::load(environment)?;
    let others = [
        ("events", Some(config.events_queue_url), false),
        ("events-dead", events_dead_queue_url, true),
        ("bulk-dead", bulk_dead_queue_url, true),
        ("jobs", config.jobs_queue_url, false),
        ("jobs-dead", jobs_dead_queue_url, true),
        ("unhandled", unhandled_queue_url, true),
    ];
    Ok(SqsCare::new(client, config.sends_queue_url, sends_dead_queue_url, others))
}

/// Reads the settings and makes every client.
pub fn parts(environment: Environment<'_>) -> Result<Parts, BadSetting> {
    made(environment, SsmSecrets::new)
}

/// The same for orders of an operator, who has just put what was missing a moment ago.
pub fn operators_parts(environment: Environment<'_>) -> Result<Parts, BadSetting> {
    made(environment, |client, clock| SsmSecrets::new(client, clock).looking_again_for_what_is_missing())
}

fn made(
    environment: Environment<'_>,
    secrets: impl FnOnce(aws_sdk_ssm::Client, Arc<dyn Clock>) -> SsmSecrets,
) -> Result<Parts, BadSetting> {
    log_panics_by_place();
    let config = Config::load(environment)?;
    let aws = sdk_config(&config.aws);
    let clock: Arc<dyn Clock> = match config.time_shift {
        Some(shift) => Arc::new(ShiftedClock(shift)),
        None => Arc::new(SystemClock),
    };
    let providers = match config.time_shift {
        // Nobody else's clock tells anything about one that was turned.
        Some(_) => Providers::lazy(config.provider_urls),
        None => Providers::lazy_and_timed(config.provider_urls, Arc::clone(&clock)),
    };
    let sqs = Sqs::lazy({
        let aws = aws.clone();
        move || aws_sdk_sqs::Client::new(&aws)
    });
    let s3 = S3::lazy({
        let path_style = config.aws.endpoint_url.is_some();
        let aws = aws.clone();
        move || {
            let bucket = aws_sdk_s3::config::Builder::from(&aws)
                // An emulator has no host name for each bucket.
                .force_path_style(path_style)
                .timeout_config(bulky_time_limits());
            aws_sdk_s3::Client::from_conf(bucket.build())
        }
    });
    Ok(Parts {
        store: Arc::new(DynamoStore::new(aws_sdk_dynamodb::Client::new(&aws), config.table, config.contacts_table)),
        secrets: Arc::new(secrets(aws_sdk_ssm::Client::new(&aws), Arc::clone(&clock))),
        events: Arc::new(SqsEventQueue::new(sqs.clone(), config.events_queue_url)),
        subscribers: Arc::new(HttpSubscribers::new(Guard::new(config.subscriber_networks))),
        sign_in: Arc::new(OpenIdSignIn::new(Guard::default(), Arc::new(SystemClock))),
        jobs: Arc::new(SqsJobQueue::new(sqs.clone(), config.jobs_queue_url.unwrap_or_default())),
        objects: Arc::new(S3Objects::new(s3, config.archive_bucket)),
        doorbell: Arc::new(SqsDoorbell::new(sqs, config.sends_queue_url)),
        providers: Arc::new(providers),
        chance: Arc::new(SystemChance),
        memory: Arc::default(),
        clock,
        mode: config.mode,
    })
}
