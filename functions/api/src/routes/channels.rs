//! Channels: the sender addresses of an account.

use axum::{Json, extract::State};
use serde::Deserialize;
use transom::{
    app::{Parts, jobs},
    domain::{
        AccountId, ChannelId, EndpointId, Phone,
        channel::{Channel, MOST_MESSAGES_PER_SECOND, Medium, ProviderKind, SecretName, USUAL_MESSAGES_PER_SECOND},
    },
};

use crate::{
    Shared,
    auth::Account,
    check,
    paging::Whole,
    problem::Problem,
    request::{JsonBody, PathId},
    view::ChannelStateView,
};

pub async fn list(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<Channel>>, Problem> {
    Ok(Json(Whole { data: api.parts.store.channels(&account).await? }))
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<ChannelId>,
    State(api): State<Shared>,
) -> Result<Json<Channel>, Problem> {
    let channel = api.parts.store.channel(&account, &id).await?;
    channel.map(Json).ok_or_else(|| Problem::not_found("There is no such channel."))
}

/// Whether messages leave by it just now.
pub async fn state(
    Account(account): Account,
    PathId(id): PathId<ChannelId>,
    State(api): State<Shared>,
) -> Result<Json<ChannelStateView>, Problem> {
    let channel = api.parts.store.channel(&account, &id).await?;
    let channel = channel.ok_or_else(|| Problem::not_found("There is no such channel."))?;
    let gate = api.parts.store.gate(&account, &id).await?;
    Ok(Json(ChannelStateView::new(&channel, &gate.circuit, api.parts.now())))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelBody {
    id: Option<ChannelId>,
    medium: Medium,
    provider: ProviderKind,
    endpoint: EndpointId,
    /// May be left out at Twilio, where it is the phone number.
    number: Option<String>,
    phone: String,
    /// The name of the secret; its value never passes through the API.
    credentials: SecretName,
    /// Twilio's account SID; at Meta the WhatsApp Business Account's id, which setting up by `register` needs.
    provider_account: Option<String>,
    sms: Option<ChannelId>,
    display_name: String,
    messages_per_second: Option<u32>,
}

pub async fn put(
    Account(account): Account,
    PathId(id): PathId<ChannelId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ChannelBody>,
) -> Result<Json<Channel>, Problem> {
    let channel = value.channel(id)?;
    fits_the_account(&api.parts, &account, &channel).await?;
    api.parts.store.put_channel(&account, &channel).await?;
    // An account with a channel has messages, and those need looking after.
    jobs::arm(&api.parts, &account).await?;
    Ok(Json(channel))
}

impl ChannelBody {
    /// What can be said of the channel by itself.
    fn channel(self, id: ChannelId) -> Result<Channel, Problem> {
        check::agrees("id", self.id.as_ref(), &id)?;
        let phone = Phone::parse(&self.phone).map_err(|error| Problem::invalid("phone", error.to_string()))?;
        let number = match self.provider {
            ProviderKind::Meta => {
                if self.medium == Medium::Sms {
                    return Err(Problem::invalid("medium", "Meta carries no SMS"));
                }
                let number =
                    self.number.ok_or_else(|| Problem::invalid("number", "is needed: Meta's phone number id"))?;
                if !is_meta_id(&number) {
                    return Err(Problem::invalid("number", "must be Meta's phone number id: digits only"));
                }
                number
            }
            ProviderKind::Twilio => {
                let number = self.number.unwrap_or_else(|| phone.as_e164().to_owned());
                if number.strip_prefix("whatsapp:").unwrap_or(&number) != phone.as_e164() {
                    return Err(Problem::invalid("number", "must be the phone number itself at Twilio; leave it out"));
                }
                number
            }
        };
        let twilio_account = |sid: &str| {
            (3..=40).contains(&sid.len()) && sid.starts_with("AC") && sid.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        match (self.provider, &self.provider_account) {
            (ProviderKind::Twilio, Some(sid)) if !twilio_account(sid) => {
                return Err(Problem::invalid("provider_account", "must be Twilio's account SID (AC…)"));
            }
            (ProviderKind::Twilio, None) => {
                return Err(Problem::invalid("provider_account", "is needed: Twilio's account SID (AC…)"));
            }
            (ProviderKind::Meta, Some(waba)) if !is_meta_id(waba) => {
                return Err(Problem::invalid(
                    "provider_account",
                    "must be the WhatsApp Business Account's id: digits only",
                ));
            }
            (ProviderKind::Twilio | ProviderKind::Meta, Some(_)) | (ProviderKind::Meta, None) => {}
        }
        if self.sms.is_some() && self.medium == Medium::Sms {
            return Err(Problem::invalid("sms", "an SMS channel needs no other one for its SMS"));
        }
        let messages_per_second = self.messages_per_second.unwrap_or(USUAL_MESSAGES_PER_SECOND);
        if !(1..=MOST_MESSAGES_PER_SECOND).contains(&messages_per_second) {
            let words = format!("must be from 1 to {MOST_MESSAGES_PER_SECOND}");
            return Err(Problem::invalid("messages_per_second", words));
        }
        Ok(Channel {
            id,
            medium: self.medium,
            provider: self.provider,
            endpoint: self.endpoint,
            number,
            phone,
            credentials: self.credentials,
            provider_account: self.provider_account,
            sms: self.sms,
            display_name: check::words("display_name", &self.display_name, 60)?,
            messages_per_second,
        })
    }
}

/// Meta names everything by digits.
fn is_meta_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// What depends on the account's other settings. The endpoint may be stored after the channel, since it names it.
async fn fits_the_account(parts: &Parts, account: &AccountId, channel: &Channel) -> Result<(), Problem> {
    if let Some(endpoint) = parts.store.endpoint(&channel.endpoint).await? {
        if endpoint.account != *account {
            return Err(Problem::invalid("endpoint", "cannot be used; choose another id"));
        }
        if endpoint.provider != channel.provider {
            return Err(Problem::invalid("endpoint", "is an endpoint of another provider"));
        }
    }
    if let Some(sms) = &channel.sms {
        let known = parts.store.channel(account, sms).await?;
        match known.map(|known| known.medium) {
            Some(Medium::Sms) => {}
            Some(Medium::WhatsApp) => return Err(Problem::invalid("sms", "is not an SMS channel")),
            None => return Err(Problem::invalid("sms", "there is no such channel; store it first")),
        }
    }
    let before = parts.store.channel(account, &channel.id).await?;
    if before.is_some_and(|before| before.medium != channel.medium) {
        return Err(Problem::invalid("medium", "cannot change: the channel's conversations are held by it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::request::parse;

    fn meta() -> Value {
        json!({
            "medium": "whatsapp",
            "provider": "meta",
            "endpoint": "meta",
            "number": "106540352242922",
            "phone": "+1 555-078-3881",
            "credentials": "meta-token",
            "display_name": "Hotel Aurora",
        })
    }

    fn twilio() -> Value {
        let mut body = meta();
        body["provider"] = json!("twilio");
        body["provider_account"] = json!("AC00000000000000000000000000000000");
        body.as_object_mut().unwrap().remove("number");
        body
    }

    fn read(body: &Value) -> Result<Channel, Problem> {
        parse::<ChannelBody>(body.to_string().as_bytes())?.channel("front-desk".parse().unwrap())
    }

    #[track_caller]
    fn refused(mut body: Value, field: &str, value: Value) {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(field)),
            value => body[field] = value,
        }
        assert_eq!(read(&body).unwrap_err().errors[0].field, field);
    }

    #[test]
    fn what_was_shown_can_be_stored_again() {
        for body in [meta(), twilio()] {
            let channel = read(&body).unwrap();
            assert_eq!(channel.phone.as_e164(), "+15550783881");
            assert_eq!(channel.messages_per_second, 80);
            assert_eq!(read(&serde_json::to_value(&channel).unwrap()).unwrap(), channel);
        }
        assert_eq!(read(&twilio()).unwrap().number, "+15550783881");
    }

    #[test]
    fn a_wrong_value_is_named() {
        refused(meta(), "id", json!("other"));
        refused(meta(), "phone", json!("555 078 3881"));
        refused(meta(), "number", Value::Null);
        refused(meta(), "number", json!("+15550783881"));
        refused(meta(), "medium", json!("sms"));
        refused(meta(), "medium", json!("pigeon"));
        refused(meta(), "provider", json!("nobody"));
        refused(meta(), "provider_account", json!("AC1"));
        refused(meta(), "credentials", json!("EAAG secret value"));
        refused(meta(), "display_name", json!(" "));
        refused(meta(), "endpoint", json!("No Slug"));
        refused(meta(), "colour", json!("red"));
        refused(meta(), "messages_per_second", json!(0));
        refused(meta(), "messages_per_second", json!(1001));
        refused(twilio(), "provider_account", Value::Null);
        refused(twilio(), "provider_account", json!("SK1"));
        refused(twilio(), "number", json!("+15550000000"));
        let mut by_sms = twilio();
        by_sms["medium"] = json!("sms");
        refused(by_sms, "sms", json!("other"));
    }
}
