//! Every setting of every function, on one page. Settings are environment variables, read once at start.

use std::time::Duration;

use secrecy::SecretString;

use crate::{
    adapters::{providers::ProviderUrls, subscribers::Network},
    app::{Mode, deadline::ANSWER_WITHIN},
    domain::time::SignedDuration,
};

/// A setting is missing or wrong; named, so that the message is enough to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} {problem}")]
pub struct BadSetting {
    pub name: &'static str,
    pub problem: &'static str,
}

/// Where settings come from: the process's environment, or a test's map.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What every function needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The table of conversations.
    pub table: String,
    /// The table of contacts and keys.
    pub contacts_table: String,
    /// The queue of doorbells.
    pub sends_queue_url: String,
    /// The queue of events.
    pub events_queue_url: String,
    /// The queue of long work. Only functions that ring for it, or answer, need it.
    pub jobs_queue_url: Option<String>,
    /// The bucket of the archive. Only functions that keep something there, or read it, need it.
    pub archive_bucket: Option<String>,
    /// `TRANSOM_SUBSCRIBER_NETWORKS`: private networks that subscribers may be in, such as `10.1.0.0/16, 10.2.0.0/16`.
    pub subscriber_networks: Vec<Network>,
    pub provider_urls: ProviderUrls,
    /// `TRANSOM_SENDS` (`on` or `paused`), `TRANSOM_EPOCH`, `TRANSOM_ANSWER_WITHIN_SECONDS`.
    pub mode: Mode,
    /// `TRANSOM_TIME_SHIFT_SECONDS`: how far the clock is turned, for tests against a stand-in.
    pub time_shift: Option<SignedDuration>,
    pub aws: AwsConfig,
}

/// What only `operate` needs. All of it may be missing: what asks for it then says so.
#[derive(Debug, Clone, Default)]
pub struct OperatorConfig {
    /// `TRANSOM_URL`: where the API is.
    pub url: Option<String>,
    /// `TRANSOM_WEBHOOKS_URL`: where providers call in, without `/webhooks/…`.
    pub webhooks_url: Option<String>,
    /// `TRANSOM_SENDS_DEAD_QUEUE_URL` and so on: queues in which nothing should lie.
    pub sends_dead_queue_url: Option<String>,
    pub events_dead_queue_url: Option<String>,
    pub bulk_dead_queue_url: Option<String>,
    pub jobs_dead_queue_url: Option<String>,
    pub unhandled_queue_url: Option<String>,
}

impl OperatorConfig {
    pub fn load(environment: Environment<'_>) -> Result<Self, BadSetting> {
        let address = |name| optional(environment, name).map(|url| checked_url(name, &url)).transpose();
        Ok(Self {
            url: address("TRANSOM_URL")?,
            webhooks_url: address("TRANSOM_WEBHOOKS_URL")?,
            sends_dead_queue_url: optional(environment, "TRANSOM_SENDS_DEAD_QUEUE_URL"),
            events_dead_queue_url: optional(environment, "TRANSOM_EVENTS_DEAD_QUEUE_URL"),
            bulk_dead_queue_url: optional(environment, "TRANSOM_BULK_DEAD_QUEUE_URL"),
            jobs_dead_queue_url: optional(environment, "TRANSOM_JOBS_DEAD_QUEUE_URL"),
            unhandled_queue_url: optional(environment, "TRANSOM_UNHANDLED_QUEUE_URL"),
        })
    }
}

/// How to reach AWS, by the variables that Lambda sets and every SDK knows.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`: the function's role.
    pub access_key_id: String,
    pub secret_access_key: SecretString,
    pub session_token: Option<SecretString>,
    /// `AWS_ENDPOINT_URL`: an emulator.
    pub endpoint_url: Option<String>,
    /// `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`.
    pub fips: bool,
    pub dual_stack: bool,
}

impl AwsConfig {
    fn load(environment: Environment<'_>) -> Result<Self, BadSetting> {
        let is_true = |name| environment(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        Ok(Self {
            region: required(environment, "AWS_REGION")?,
            access_key_id: required(environment, "AWS_ACCESS_KEY_ID")?,
            secret_access_key: required(environment, "AWS_SECRET_ACCESS_KEY")?.into(),
            session_token: optional(environment, "AWS_SESSION_TOKEN").map(Into::into),
            endpoint_url: optional(environment, "AWS_ENDPOINT_URL"),
            fips: is_true("AWS_USE_FIPS_ENDPOINT"),
            dual_stack: is_true("AWS_USE_DUALSTACK_ENDPOINT"),
        })
    }
}

impl Config {
    pub fn load(environment: Environment<'_>) -> Result<Self, BadSetting> {
        let provider_urls = provider_urls(environment)?;
        let time_shift = time_shift(environment, &provider_urls)?;
        Ok(Self {
            time_shift,
            aws: AwsConfig::load(environment)?,
            table: required(environment, "TRANSOM_TABLE")?,
            contacts_table: required(environment, "TRANSOM_CONTACTS_TABLE")?,
            sends_queue_url: required(environment, "TRANSOM_SENDS_QUEUE_URL")?,
            events_queue_url: required(environment, "TRANSOM_EVENTS_QUEUE_URL")?,
            jobs_queue_url: optional(environment, "TRANSOM_JOBS_QUEUE_URL"),
            archive_bucket: optional(environment, "TRANSOM_ARCHIVE_BUCKET"),
            subscriber_networks: networks(environment)?,
            provider_urls,
            mode: Mode {
                sends_paused: paused(environment)?,
                epoch: number(environment, "TRANSOM_EPOCH")?.unwrap_or(0),
                answer_within: answer_within(environment)?,
                time_shift: time_shift.unwrap_or(SignedDuration::ZERO),
            },
        })
    }
}

fn optional(environment: Environment<'_>, name: &str) -> Option<String> {
    environment(name).filter(|value| !value.trim().is_empty())
}

fn required(environment: Environment<'_>, name: &'static str) -> Result<String, BadSetting> {
    optional(environment, name).ok_or(BadSetting { name, problem: "is not set; the function cannot work without it" })
}

fn provider_urls(environment: Environment<'_>) -> Result<ProviderUrls, BadSetting> {
    let defaults = ProviderUrls::default();
    Ok(ProviderUrls {
        meta: url(environment, "TRANSOM_META_URL", defaults.meta)?,
        twilio: url(environment, "TRANSOM_TWILIO_URL", defaults.twilio)?,
    })
}

/// Real customers live by the real time: with a turned clock, windows would seem open that are not.
fn time_shift(environment: Environment<'_>, urls: &ProviderUrls) -> Result<Option<SignedDuration>, BadSetting> {
    let name = "TRANSOM_TIME_SHIFT_SECONDS";
    let Some(seconds) = number(environment, name)?.filter(|seconds| *seconds != 0) else { return Ok(None) };
    let real = |url: &str| url.contains("facebook.com") || url.contains("twilio.com");
    if real(&urls.meta) || real(&urls.twilio) {
        return Err(BadSetting { name, problem: "is for tests against a stand-in, and a real provider is set" });
    }
    match i64::try_from(seconds) {
        Ok(seconds) if seconds <= 366 * 86_400 => Ok(Some(SignedDuration::from_secs(seconds))),
        Ok(_) | Err(_) => Err(BadSetting { name, problem: "is more than a year" }),
    }
}

fn url(environment: Environment<'_>, name: &'static str, default: String) -> Result<String, BadSetting> {
    environment(name).map_or(Ok(default), |url| checked_url(name, &url))
}

fn checked_url(name: &'static str, url: &str) -> Result<String, BadSetting> {
    if url.starts_with("https://") || url.starts_with("http://") {
        Ok(url.trim_end_matches('/').to_owned())
    } else {
        Err(BadSetting { name, problem: "is not a URL that starts with https:// or http://" })
    }
}

/// Anything but the two words is refused: a mistyped `paused` must not send.
fn paused(environment: Environment<'_>) -> Result<bool, BadSetting> {
    let name = "TRANSOM_SENDS";
    match environment(name).as_deref() {
        None | Some("on") => Ok(false),
        Some("paused") => Ok(true),
        Some(_) => Err(BadSetting { name, problem: "is neither \"on\" nor \"paused\"" }),
    }
}

fn networks(environment: Environment<'_>) -> Result<Vec<Network>, BadSetting> {
    let name = "TRANSOM_SUBSCRIBER_NETWORKS";
    let problem = "is not a list of networks such as 10.1.0.0/16, fd12:3456::/32";
    let list = optional(environment, name).unwrap_or_default();
    let some = list.split(',').filter(|network| !network.trim().is_empty());
    some.map(|network| network.parse().map_err(|_| BadSetting { name, problem })).collect()
}

fn answer_within(environment: Environment<'_>) -> Result<Duration, BadSetting> {
    let name = "TRANSOM_ANSWER_WITHIN_SECONDS";
    match number(environment, name)? {
        None => Ok(ANSWER_WITHIN),
        Some(seconds @ 1..=25) => Ok(Duration::from_secs(seconds)),
        // API Gateway gives up after 30 seconds (HTTP API, "quotas").
        Some(_) => Err(BadSetting { name, problem: "is not between 1 and 25" }),
    }
}

fn number(environment: Environment<'_>, name: &'static str) -> Result<Option<u64>, BadSetting> {
    let problem = "is not a whole number";
    environment(name).map(|text| text.trim().parse().map_err(|_| BadSetting { name, problem })).transpose()
}

/// `TRANSOM_METRICS_NAMESPACE`: under which name CloudWatch keeps this installation's metrics. The template says the stack's.
pub fn metrics_namespace(environment: Environment<'_>) -> String {
    optional(environment, "TRANSOM_METRICS_NAMESPACE").unwrap_or_else(|| "transom".to_owned())
}

/// The environment of this process.
#[expect(clippy::disallowed_methods, reason = "the one place where settings are read")]
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, BadSetting> {
        let environment = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
        Config::load(&environment)
    }

    const ALL: [(&str, &str); 7] = [
        ("TRANSOM_TABLE", "t"),
        ("TRANSOM_CONTACTS_TABLE", "c"),
        ("TRANSOM_SENDS_QUEUE_URL", "https://q"),
        ("TRANSOM_EVENTS_QUEUE_URL", "https://e"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];

    #[test]
    fn a_missing_or_wrong_setting_is_named() {
        assert!(load(&ALL).is_ok());
        for missing in 0..ALL.len() {
            let mut some = ALL.to_vec();
            let (name, _) = some.remove(missing);
            assert_eq!(load(&some).unwrap_err().name, name);
            some.push((name, "  "));
            assert_eq!(load(&some).unwrap_err().name, name);
        }
        let mut all = ALL.to_vec();
        all.push(("TRANSOM_META_URL", "graph"));
        assert_eq!(load(&all).unwrap_err().name, "TRANSOM_META_URL");
    }

    #[test]
    fn the_clock_is_turned_only_where_no_real_provider_is_called() {
        let with = |more: &[(&'static str, &'static str)]| load(&[&ALL, more].concat()).map(|config| config.time_shift);
        let (shift, meta, twilio) = ("TRANSOM_TIME_SHIFT_SECONDS", "TRANSOM_META_URL", "TRANSOM_TWILIO_URL");
        let stand_in = [(meta, "http://stand-in/meta"), (twilio, "http://stand-in/twilio")];
        assert_eq!(with(&[(shift, "0")]), Ok(None));
        assert_eq!(with(&[(shift, "60")]).unwrap_err().name, shift);
        assert_eq!(with(&[(shift, "60"), stand_in[0]]).unwrap_err().name, shift);
        assert_eq!(with(&[(shift, "60"), stand_in[0], stand_in[1]]), Ok(Some(SignedDuration::from_secs(60))));
        assert_eq!(with(&[(shift, "99999999"), stand_in[0], stand_in[1]]).unwrap_err().name, shift);
    }

    #[test]
    fn sends_are_paused_only_by_that_very_word_and_numbers_are_numbers() {
        let with = |name, value| {
            let mut all = ALL.to_vec();
            all.push((name, value));
            load(&all).map(|config| config.mode)
        };
        assert_eq!(load(&ALL).unwrap().mode, Mode::default());
        assert!(with("TRANSOM_SENDS", "paused").unwrap().sends_paused);
        assert!(!with("TRANSOM_SENDS", "on").unwrap().sends_paused);
        assert_eq!(with("TRANSOM_SENDS", "pause").unwrap_err().name, "TRANSOM_SENDS");
        assert_eq!(with("TRANSOM_EPOCH", "3").unwrap().epoch, 3);
        assert_eq!(with("TRANSOM_EPOCH", "-3").unwrap_err().name, "TRANSOM_EPOCH");
        let within = "TRANSOM_ANSWER_WITHIN_SECONDS";
        assert_eq!(with(within, "3").unwrap().answer_within, Duration::from_secs(3));
        assert_eq!(with(within, "0").unwrap_err().name, within);
    }

    #[test]
    fn subscribers_may_be_in_private_networks_that_are_named() {
        let with = |value| {
            let all = [&ALL[..], &[("TRANSOM_SUBSCRIBER_NETWORKS", value)]].concat();
            load(&all).map(|config| config.subscriber_networks.len())
        };
        assert_eq!((with(""), with("10.1.0.0/16"), with("10.1.0.0/16, fd12::/16,")), (Ok(0), Ok(1), Ok(2)));
        assert_eq!(with("10.1.0.0").unwrap_err().name, "TRANSOM_SUBSCRIBER_NETWORKS");
    }
}
