//! Endpoints, tokens and an account's settings. Each is kept as its JSON, since people read it and nothing asks for a part.

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    gates::seats_of,
    keys::{Key, Range},
    read::{Consistency, Order, key_of},
    rows,
    write::{millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, ChannelId, EndpointId, Timestamp,
        access::Scopes,
        channel::{Channel, Endpoint},
        ladder::Ladder,
        template::{Template, TemplateRules},
        time,
    },
    ports::store::{Settings, Step, Stored, Token},
};

#[derive(Debug, Serialize, Deserialize)]
struct SettingRow {
    /// The setting as JSON.
    j: String,
}

/// What is noted beside an endpoint's settings.
#[derive(Debug, Deserialize)]
struct EarlyNote {
    /// Until when early messages may be repeated.
    #[serde(default)]
    ea: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct TokenRow {
    ac: AccountId,
    /// Calls per second, if not as many as usual.
    #[serde(default)]
    cs: Option<u32>,
    /// Scopes as JSON; all of them, where an operator made it.
    #[serde(default)]
    sc: Option<String>,
    /// Expires, in milliseconds since 1970.
    #[serde(default)]
    ex: Option<i64>,
}

fn write_setting<T: Serialize>(key: &Key, setting: &T) -> Stored<Item> {
    let json = serde_json::to_string(setting).map_err(|error| key.unreadable(error.to_string()))?;
    to_item(&SettingRow { j: json }, key)
}

fn read_setting<T: DeserializeOwned>(item: Item) -> Stored<T> {
    let key = key_of(&item)?;
    let row: SettingRow = rows::read(&key, item)?;
    serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))
}

impl DynamoStore {
    pub(super) async fn setting<T: DeserializeOwned>(&self, doing: &'static str, key: Key) -> Stored<Option<T>> {
        let item = self.get(doing, Table::Main, key, Consistency::Strong).await?;
        item.map(read_setting).transpose()
    }

    pub(super) async fn all_settings<T: DeserializeOwned>(&self, doing: &'static str, range: &Range) -> Stored<Vec<T>> {
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range(doing, Table::Main, range, consistency, order, usize::MAX).await?;
        items.into_iter().map(read_setting).collect()
    }

    pub(super) async fn put_setting<T: Serialize>(&self, doing: &'static str, key: Key, setting: &T) -> Stored<()> {
        let item = write_setting(&key, setting)?;
        self.put(Table::Main, key, item).go(doing).await.map(|_| ())
    }
}

#[async_trait]
impl Settings for DynamoStore {
    async fn endpoint(&self, id: &EndpointId) -> Stored<Option<Endpoint>> {
        let doing = "read an endpoint";
        let Some(item) = self.get(doing, Table::Main, Key::endpoint(id), Consistency::Strong).await? else {
            return Ok(None);
        };
        let note: EarlyNote = rows::read(&key_of(&item)?, item.clone())?;
        let endpoint: Endpoint = read_setting(item)?;
        Ok(Some(Endpoint { early_until: note.ea.map(time::from_millis), ..endpoint }))
    }

    async fn note_early(&self, id: &EndpointId, until: Timestamp) -> Stored<()> {
        self.update(Table::Main, Key::endpoint(id))
            .set("ea", millis(until))
            .when("attribute_exists(#pk)")
            .when("attribute_not_exists(#ea) OR #ea < :ea")
            .go("note that messages came early")
            .await
            .map(|_| ())
    }

    async fn put_endpoint(&self, endpoint: &Endpoint) -> Stored<Step> {
        let key = Key::endpoint(&endpoint.id);
        let json = serde_json::to_string(endpoint).map_err(|error| key.unreadable(error.to_string()))?;
        // An update, since what is noted beside the settings stays.
        self.update(Table::Main, key)
            .set("j", text(json))
            .set("ac", text(&endpoint.account))
            // Endpoint ids are shared by all accounts: nobody takes over another one's address.
            .when("attribute_not_exists(#pk) OR #ac = :ac")
            .go("put an endpoint")
            .await
            .map(Step::from)
    }

    async fn channel(&self, account: &AccountId, id: &ChannelId) -> Stored<Option<Channel>> {
        self.setting("read a channel", Key::channel(account, id)).await
    }

    async fn channels(&self, account: &AccountId) -> Stored<Vec<Channel>> {
        self.all_settings("list channels", &Range::channels(account)).await
    }

    async fn put_channel(&self, account: &AccountId, channel: &Channel) -> Stored<()> {
        self.put_setting("put a channel", Key::channel(account, &channel.id), channel).await
    }

    async fn ladder(&self, account: &AccountId) -> Stored<Option<Ladder>> {
        self.setting("read a ladder", Key::ladder(account)).await
    }

    async fn put_ladder(&self, account: &AccountId, ladder: &Ladder) -> Stored<()> {
        self.put_setting("put a ladder", Key::ladder(account), ladder).await
    }

    async fn prices(&self, account: &AccountId) -> Stored<Option<String>> {
        self.setting("read prices", Key::prices(account)).await
    }

    async fn put_prices(&self, account: &AccountId, prices: Option<&str>) -> Stored<()> {
        match prices {
            Some(prices) => self.put_setting("put prices", Key::prices(account), &prices).await,
            None => self.delete("forget prices", Table::Main, Key::prices(account)).await,
        }
    }

    async fn templates(&self, account: &AccountId, name: Option<&str>) -> Stored<Vec<Template>> {
        let mut templates: Vec<Template> =
            self.all_settings("list templates", &Range::templates(account, name)).await?;
        // A name may contain the separator and so share another's beginning.
        templates.retain(|template| name.is_none_or(|name| template.name == name));
        Ok(templates)
    }

    async fn put_template(&self, account: &AccountId, template: &Template) -> Stored<Step> {
        let key = Key::template(account, &template.name, &template.language);
        let written = Template { rev: template.rev + 1, ..template.clone() };
        let json = serde_json::to_string(&written).map_err(|error| key.unreadable(error.to_string()))?;
        self.update(Table::Main, key)
            .set("j", text(json))
            .set("rv", number(written.rev))
            // Rows of earlier versions have none. What was forgotten meanwhile does not come back.
            .when_is("rv", (template.rev > 0).then(|| number(template.rev)))
            .go("put a template")
            .await
            .map(Step::from)
    }

    async fn remove_template(&self, account: &AccountId, name: &str, language: &str) -> Stored<()> {
        self.delete("forget a template", Table::Main, Key::template(account, name, language)).await
    }

    async fn template_rules(&self, account: &AccountId) -> Stored<TemplateRules> {
        Ok(self.setting("read the rules of templates", Key::template_rules(account)).await?.unwrap_or_default())
    }

    async fn put_template_rules(&self, account: &AccountId, rules: &TemplateRules) -> Stored<()> {
        self.put_setting("put the rules of templates", Key::template_rules(account), rules).await
    }

    async fn token(&self, token_hash: &str) -> Stored<Option<Token>> {
        let key = Key::token(token_hash);
        let item = self.get("read a token", Table::Main, key.clone(), Consistency::Strong).await?;
        let Some(item) = item else { return Ok(None) };
        let seats = seats_of(&key, &item)?;
        let row: TokenRow = rows::read(&key, item)?;
        let scopes = match row.sc {
            Some(scopes) => serde_json::from_str(&scopes).map_err(|error| key.unreadable(error.to_string()))?,
            None => Scopes::ALL,
        };
        let expires_at = row.ex.map(time::from_millis);
        Ok(Some(Token { account: row.ac, scopes, expires_at, calls_per_second: row.cs, seats }))
    }

    async fn limit_token(&self, token_hash: &str, calls_per_second: Option<u32>) -> Stored<Step> {
        self.update(Table::Main, Key::token(token_hash))
            .set_or_remove("cs", calls_per_second.map(number))
            .when("attribute_exists(#pk)")
            .go("limit a token")
            .await
            .map(Step::from)
    }
}
