//! Every setting of every function, on one page. Settings are environment variables, read once at start.

use std::time::Duration;

use crate::{
    adapters::providers::ProviderUrls,
    app::{Mode, deadline::ANSWER_WITHIN},
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
    pub provider_urls: ProviderUrls,
    /// `TRANSOM_SENDS` (`on` or `paused`), `TRANSOM_EPOCH`, `TRANSOM_ANSWER_WITHIN_SECONDS`.
    pub mode: Mode,
}

impl Config {
    pub fn load(environment: Environment<'_>) -> Result<Self, BadSetting> {
        let defaults = ProviderUrls::default();
        Ok(Self {
            table: required(environment, "TRANSOM_TABLE")?,
            contacts_table: required(environment, "TRANSOM_CONTACTS_TABLE")?,
            sends_queue_url: required(environment, "TRANSOM_SENDS_QUEUE_URL")?,
            provider_urls: ProviderUrls {
                meta: url(environment, "TRANSOM_META_URL", defaults.meta)?,
                twilio: url(environment, "TRANSOM_TWILIO_URL", defaults.twilio)?,
            },
            mode: Mode {
                sends_paused: paused(environment)?,
                epoch: number(environment, "TRANSOM_EPOCH")?.unwrap_or(0),
                answer_within: answer_within(environment)?,
            },
        })
    }
}

fn required(environment: Environment<'_>, name: &'static str) -> Result<String, BadSetting> {
    environment(name)
        .filter(|value| !value.trim().is_empty())
        .ok_or(BadSetting { name, problem: "is not set; the function cannot work without it" })
}

fn url(environment: Environment<'_>, name: &'static str, default: String) -> Result<String, BadSetting> {
    match environment(name) {
        None => Ok(default),
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            Ok(url.trim_end_matches('/').to_owned())
        }
        Some(_) => Err(BadSetting { name, problem: "is not a URL that starts with https:// or http://" }),
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

    const ALL: [(&str, &str); 3] =
        [("TRANSOM_TABLE", "t"), ("TRANSOM_CONTACTS_TABLE", "c"), ("TRANSOM_SENDS_QUEUE_URL", "https://q")];

    #[test]
    fn a_missing_or_wrong_setting_is_named() {
        assert!(load(&ALL).is_ok());
        for missing in 0..ALL.len() {
            let mut some = ALL.to_vec();
            let (name, _) = some.remove(missing);
            assert_eq!(load(&some).unwrap_err().name, name);
        }
        let mut all = ALL.to_vec();
        all.push(("TRANSOM_META_URL", "graph"));
        assert_eq!(load(&all).unwrap_err().name, "TRANSOM_META_URL");
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
}
