//! What can be said on the command line, and what is said in return.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::{Parser, Subcommand, ValueEnum};

use crate::local::Local;

/// Transom on one machine: the whole system in one process, with a stand-in for WhatsApp's and Twilio's APIs, for the
/// customers' phones, and with a clock that can be turned. No account anywhere is needed.
#[derive(Debug, Clone, Parser)]
#[command(name = "transom-local", version)]
pub struct Arguments {
    /// Without a word: the whole system.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The folder that the state is kept in.
    #[arg(long, value_name = "DIR", default_value = ".transom", global = true)]
    pub state: PathBuf,

    /// Start over: delete what is kept in the state folder.
    #[arg(long, global = true)]
    pub empty: bool,

    /// The port to listen on; 0 for any free one.
    #[arg(long, default_value_t = 8080, global = true)]
    pub port: u16,

    /// The address to listen on. Whoever reaches it can read the API token from the page.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), global = true)]
    pub host: IpAddr,

    /// How much to log, to standard error.
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Warn, global = true)]
    pub log: Level,

    /// Meta's API, with its version (such as graph.facebook.com/v26.0, after https://), instead of the stand-in.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub meta_url: Option<String>,

    /// Twilio's API (api.twilio.com, after https://), instead of the stand-in.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub twilio_url: Option<String>,

    /// How providers reach this machine, without a path: the address of a tunnel.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub public_url: Option<String>,
}

/// What else this program can be.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// The outside world alone, for a system that runs elsewhere: providers' APIs and customers' phones.
    StandIn {
        /// Where that system takes webhooks, without /webhooks/…; it registers its addresses itself.
        #[arg(long, value_name = "URL", value_parser = url)]
        webhooks_url: String,
    },
}

/// How much to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    /// What is logged by whom: our own crates as asked, the libraries below at most their warnings until `trace`.
    pub fn filter(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "warn,transom=info,transom_local=info,api=info,expire=info,react=info,send=info,webhook=info",
            Self::Debug => {
                "warn,transom=debug,transom_local=debug,api=debug,expire=debug,react=debug,send=debug,webhook=debug"
            }
            Self::Trace => "trace",
        }
    }
}

impl Arguments {
    pub fn listen(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

fn url(text: &str) -> Result<String, &'static str> {
    let fine = ["https://", "http://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if fine { Ok(text.trim_end_matches('/').to_owned()) } else { Err("must start with https:// or http://") }
}

/// The few lines at the start.
pub fn welcome(local: &Local) -> String {
    let folder = local.state().map(|state| state.path().display().to_string()).unwrap_or_default();
    let secrets = local.state().map(|state| state.secrets().display().to_string()).unwrap_or_default();
    let mut lines = vec![
        format!("Transom is running. Open {}", local.url),
        String::new(),
        line("API", format!("{}/v1", local.url)),
        line("API token", local.demo.token()),
    ];
    lines.extend(local.demo.endpoints.iter().map(|endpoint| line("webhooks", &endpoint.public_url)));
    lines.extend(local.demo.webhook_secrets().into_iter().map(|(name, value)| line(name, value)));
    lines.push(line("secrets", format!("{secrets} keeps these")));
    lines.push(line("state", format!("{folder} (another with --state DIR, start over with --empty)")));
    lines.push(String::new());
    lines.push("Write as the guest, answer as the hotel, and turn the clock by a day. Ctrl-C stops it.".to_owned());
    lines.join("\n")
}

fn line(name: &str, value: impl std::fmt::Display) -> String {
    format!("  {name:<18} {value}")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_starts_without_any_argument() {
        Arguments::command().debug_assert();
        let arguments = Arguments::parse_from(["transom-local"]);
        assert_eq!(arguments.listen(), "127.0.0.1:8080".parse().unwrap());
        assert_eq!(arguments.state, PathBuf::from(".transom"));
    }

    #[test]
    fn an_address_that_is_no_url_is_refused() {
        let parse = |url| Arguments::try_parse_from(["transom-local", "--public-url", url]);
        assert!(parse("example.com").is_err());
        assert_eq!(parse("https://example.com/").unwrap().public_url.as_deref(), Some("https://example.com"));
    }
}
