//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::NonEmptyStringValueParser, value_parser};
use transom::domain::{AccountId, ChannelId, access::Scope, channel::SecretName};

/// Sets up accounts and looks after an installation of Transom.
///
/// Works on a stack in your AWS account (with your own credentials, as the AWS CLI finds them), or, with --local, on the
/// system that `cargo run` starts on this machine.
#[derive(Debug, Parser)]
#[command(name = "transom", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub place: Place,

    /// Print answers as JSON.
    #[arg(long, global = true)]
    pub json: bool,

    #[command(subcommand)]
    pub command: Command,
}

/// Which installation.
#[derive(Debug, Args)]
pub struct Place {
    /// The name of the CloudFormation stack.
    #[arg(long, value_name = "NAME", env = "TRANSOM_STACK", default_value = "transom", global = true)]
    pub stack: String,

    /// The AWS region of the stack; otherwise the one of your AWS configuration.
    #[arg(long, value_name = "REGION", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,

    /// The profile of your AWS configuration.
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,

    /// The system on this machine, at this address.
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "http://127.0.0.1:8080", global = true,
        value_parser = address)]
    pub local: Option<String>,
}

/// A word that follows --local is its address.
fn address(text: &str) -> Result<String, &'static str> {
    if text.starts_with("http://") || text.starts_with("https://") {
        Ok(text.to_owned())
    } else {
        Err(
            "not an address such as http://127.0.0.1:8080; put --local behind the command if you mean this machine's usual one",
        )
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what is installed, and where it is reached.
    About,
    /// Accounts: the tenants, such as one hotel each.
    #[command(subcommand)]
    Account(Account),
    /// Secrets of an account: what signs webhooks, what sends.
    #[command(subcommand)]
    Secret(Secret),
    /// API tokens.
    #[command(subcommand)]
    Token(Token),
    /// Channels: the numbers that messages come in by and leave from.
    #[command(subcommand)]
    Channel(Channel),
    /// Store settings from a file: channels, endpoints, templates, the ladder.
    Apply {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
        /// JSON with any of: channels, endpoints, templates (lists), ladder. As the API shows them.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check that everything is in order: secrets, signatures, templates, clocks, queues, and the way of a message.
    Doctor {
        /// Also everything of this account.
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<AccountId>,
        /// How long a probe may take from the table over stream and queue, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        patience: u64,
    },
    /// What could not be handled and waits for people.
    #[command(subcommand)]
    Parked(Parked),
    /// Ring anew for doorbells that were received too often.
    Redrive,
    /// Make anew what follows from the table's rows. Safe at any time, and again.
    Rebuild {
        /// Only this account.
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<AccountId>,
    },
    /// After a restore: what was to be sent by LIVE_UNTIL may have gone out and is not sent by itself.
    Fence {
        /// Such as 2026-03-01T09:00:00Z.
        #[arg(long, value_name = "TIME")]
        restored_to: String,
        #[arg(long, value_name = "TIME")]
        live_until: String,
    },
    /// After a restore of the contacts' table: erase again whoever had been erased. The work is done within minutes.
    EraseAgain {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
    },
    /// Let only installations of this one's epoch or a higher one send. Stop the old one first.
    TakeOver,
}

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Make an account: the key that all its data is sealed under. Does nothing if it is there.
    Create {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
    },
}

#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Store a secret; its value is read from standard input. Functions use it within five minutes.
    Put {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
        /// Such as meta-token, meta-app-secret, twilio-auth-token.
        #[arg(value_name = "NAME")]
        name: SecretName,
        /// Accept the values that are there as well, the new one first: for a rotation.
        #[arg(long)]
        keep_old: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make an API token and print it, once.
    Create {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
        /// What it is for, as people will see it in the list.
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// What it may be used for: read, messages, contacts, work, settings, staff, privacy. Without this: everything.
        #[arg(long, value_name = "SCOPE,…", value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// How many calls a second it may make, instead of 50.
        #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000))]
        calls_per_second: Option<u32>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Channel {
    /// Make a channel with an endpoint of the same name.
    Create(NewChannel),
    /// Tell the provider where to post what happens on the channel's number.
    Register {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
        #[arg(value_name = "CHANNEL")]
        channel: ChannelId,
    },
    /// List the channels of an account, and whether each sends.
    List {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
    },
}

#[derive(Debug, Args)]
pub struct NewChannel {
    #[arg(value_name = "ACCOUNT")]
    pub account: AccountId,
    /// A name of your choice: small letters, digits and hyphens.
    #[arg(value_name = "CHANNEL")]
    pub channel: ChannelId,
    #[arg(long, value_parser = ["meta", "twilio"])]
    pub provider: String,
    #[arg(long, value_parser = ["whatsapp", "sms"], default_value = "whatsapp")]
    pub medium: String,
    /// The number that customers see, such as +15550783881.
    #[arg(long, value_name = "PHONE")]
    pub phone: String,
    /// Meta's phone number id (WhatsApp Manager, "Phone numbers").
    #[arg(long, value_name = "DIGITS", required_if_eq("provider", "meta"))]
    pub number_id: Option<String>,
    /// Meta's WhatsApp Business Account id, or Twilio's account SID (AC…).
    #[arg(long, value_name = "ID")]
    pub provider_account: String,
    /// What customers know the business by; it begins each SMS.
    #[arg(long, value_name = "WORDS")]
    pub display_name: String,
    /// The SMS channel that invitations leave by when WhatsApp does not reach somebody.
    #[arg(long, value_name = "CHANNEL")]
    pub sms: Option<ChannelId>,
    /// How many messages a second the provider grants, instead of 80.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000))]
    pub messages_per_second: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub enum Parked {
    /// List an account's parked records; without an account, those that belong to none.
    List {
        #[arg(value_name = "ACCOUNT")]
        account: Option<AccountId>,
    },
    /// Try a parked record again, by today's settings; without an id, all of them.
    Retry {
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
        let parse = |words: &[&str]| Arguments::try_parse_from([&["transom"], words].concat());
        let local = parse(&["about", "--local"]).unwrap().place.local;
        assert_eq!(local.as_deref(), Some("http://127.0.0.1:8080"));
        assert!(parse(&["about"]).unwrap().place.local.is_none());
        let meta = [
            "channel",
            "create",
            "hotel",
            "desk",
            "--provider",
            "meta",
            "--phone",
            "+1",
            "--provider-account",
            "1",
            "--display-name",
            "Hotel",
        ];
        assert!(parse(&meta).unwrap_err().to_string().contains("--number-id"));
        for (words, told) in [
            (&["account", "create", "Hotel X"][..], "<ACCOUNT>': not 1 to 40 of a-z"),
            (&["account", "create", ""], "ACCOUNT"),
            (&["channel", "register", "hotel", "Front Desk"], "<CHANNEL>': not 1 to 40 of a-z"),
            (&["secret", "put", "hotel", "../x"], "<NAME>': not"),
            (&["secret", "put", "../x", "meta-token"], "<ACCOUNT>': not"),
            (&["doctor", "--account", "Hotel"], "--account <ACCOUNT>': not"),
            (&["token", "create", "hotel", "--calls-per-second", "5000"], "not in 1..=1000"),
            (&["--region", "", "about"], "--region <REGION>"),
            (&["--local", "about"], "put --local behind the command"),
        ] {
            let said = parse(words).unwrap_err().to_string();
            assert!(said.contains(told), "{words:?}: {said}");
        }
    }
}
