//! Setting up and looking after a number at Meta (Graph API, "WhatsApp Business Account: subscribed apps", "phone numbers",
//! "message templates").

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Meta, signature};
use crate::{
    adapters::providers::asking::{ask, status},
    domain::template::Template,
    ports::administration::{Administered, Administration, AskError, NumberState, TemplateState},
};

/// Pages of templates that are read; an account has at most 6,000 templates.
const MOST_PAGES: usize = 60;

const NO_WABA: &str =
    "the channel does not say its WhatsApp Business Account; give its id as provider_account of the channel";

fn waba<'a>(at: &Administered<'a>) -> Result<&'a str, AskError> {
    at.channel.provider_account.as_deref().ok_or(AskError::NotSetUp(NO_WABA))
}

/// A template as the provider lists it: name, language, state.
fn listed(template: &Value) -> Option<(String, String, String)> {
    let text = |name: &str| template[name].as_str().map(ToOwned::to_owned);
    Some((text("name")?, text("language")?, text("status")?))
}

#[async_trait]
impl Administration for Meta {
    async fn register(&self, at: &Administered<'_>, verify_token: Option<&SecretString>) -> Result<(), AskError> {
        let token =
            verify_token.ok_or(AskError::NotSetUp("the endpoint names no verify_token, which Meta asks for"))?;
        // Meta calls the address with the token before it answers.
        let body = json!({
            "override_callback_uri": at.endpoint.public_url, "verify_token": token.expose_secret(),
        });
        let request = self
            .http
            .post(format!("{}/{}/subscribed_apps", self.base_url, waba(at)?))
            .bearer_auth(at.credential.expose_secret())
            .json(&body);
        let told = ask(&self.http, request).await?;
        if told.body["success"] == true { Ok(()) } else { Err(AskError::Unexpected("it does not say success")) }
    }

    async fn number(&self, at: &Administered<'_>) -> Result<NumberState, AskError> {
        let request = self
            .http
            .get(format!(
                "{}/{}?fields=display_phone_number,verified_name,quality_rating,status",
                self.base_url, at.channel.number
            ))
            .bearer_auth(at.credential.expose_secret());
        let told = ask(&self.http, request).await?;
        let status = told.body["status"].as_str().unwrap_or("CONNECTED");
        let quality = told.body["quality_rating"].as_str().unwrap_or("unknown");
        Ok(NumberState {
            usable: status == "CONNECTED",
            in_words: format!("{status}, quality {quality}"),
            date: told.date,
        })
    }

    async fn templates(&self, at: &Administered<'_>, templates: &[Template]) -> Result<Vec<TemplateState>, AskError> {
        let address = format!("{}/{}/message_templates", self.base_url, waba(at)?);
        let mut known = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = after.map(|after| format!("&after={after}")).unwrap_or_default();
            let request = self
                .http
                .get(format!("{address}?fields=name,language,status&limit=100{page}"))
                .bearer_auth(at.credential.expose_secret());
            let told = ask(&self.http, request).await?;
            let data = told.body["data"].as_array().ok_or(AskError::Unexpected("it holds no list of templates"))?;
            known.extend(data.iter().filter_map(listed));
            // A last page has cursors too, but no next page.
            if told.body["paging"]["next"].is_null() {
                break;
            }
            after = told.body["paging"]["cursors"]["after"].as_str().map(ToOwned::to_owned);
            if after.is_none() {
                break;
            }
        }
        let state_of = |template: &Template| {
            known.iter().find(|(name, language, _)| *name == template.name && *language == template.language)
        };
        Ok(templates
            .iter()
            .map(|template| {
                let state = state_of(template).map_or("missing", |(.., state)| state.as_str());
                TemplateState {
                    name: template.name.clone(),
                    language: template.language.clone(),
                    approved: state == "APPROVED",
                    state: state.to_lowercase(),
                }
            })
            .collect())
    }

    async fn probe(&self, at: &Administered<'_>, secret: &SecretString) -> Result<u16, AskError> {
        let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
        let request = self
            .http
            .post(&at.endpoint.public_url)
            .header("content-type", "application/json")
            .header(signature::HEADER, signature::sign(body.as_bytes(), secret))
            .body(body);
        status(&self.http, request).await
    }
}
