//! What an account sets up: endpoints, channels, the ladder, templates, tokens.

use async_trait::async_trait;

use super::{Step, Stored, Token};
use crate::domain::{
    AccountId, ChannelId, EndpointId, Timestamp,
    channel::{Channel, Endpoint},
    ladder::Ladder,
    template::{Template, TemplateRules},
};

#[async_trait]
pub trait Settings {
    async fn endpoint(&self, id: &EndpointId) -> Stored<Option<Endpoint>>;
    /// Notes that messages of this endpoint came from ahead of our clock, and may be repeated until then.
    async fn note_early(&self, id: &EndpointId, until: Timestamp) -> Stored<()>;
    /// `Lost`: the id belongs to another account.
    async fn put_endpoint(&self, endpoint: &Endpoint) -> Stored<Step>;

    async fn channel(&self, account: &AccountId, id: &ChannelId) -> Stored<Option<Channel>>;
    async fn channels(&self, account: &AccountId) -> Stored<Vec<Channel>>;
    async fn put_channel(&self, account: &AccountId, channel: &Channel) -> Stored<()>;

    async fn ladder(&self, account: &AccountId) -> Stored<Option<Ladder>>;
    async fn put_ladder(&self, account: &AccountId, ladder: &Ladder) -> Stored<()>;

    /// The account's own price list, as JSON.
    async fn prices(&self, account: &AccountId) -> Stored<Option<String>>;
    async fn put_prices(&self, account: &AccountId, prices: Option<&str>) -> Stored<()>;

    /// All languages of the template; of all templates if `name` is `None`.
    async fn templates(&self, account: &AccountId, name: Option<&str>) -> Stored<Vec<Template>>;
    /// As it is after this write. `Lost`: somebody else wrote it since it was read.
    async fn put_template(&self, account: &AccountId, template: &Template) -> Stored<Step>;
    async fn remove_template(&self, account: &AccountId, name: &str, language: &str) -> Stored<()>;

    /// What holds for all templates of the account.
    async fn template_rules(&self, account: &AccountId) -> Stored<TemplateRules>;
    async fn put_template_rules(&self, account: &AccountId, rules: &TemplateRules) -> Stored<()>;

    /// An API token, by its hash.
    async fn token(&self, token_hash: &str) -> Stored<Option<Token>>;
    /// How many calls a second a token may make. `None`: as many as usual.
    async fn limit_token(&self, token_hash: &str, calls_per_second: Option<u32>) -> Stored<Step>;
}
