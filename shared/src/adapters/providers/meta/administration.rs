//! Setting up and looking after a number at Meta (Graph API, "WhatsApp Business Account: subscribed apps", "phone numbers").

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Meta, signature};
use crate::{
    adapters::providers::asking::{ask, status},
    ports::administration::{Administered, Administration, AskError, NumberState},
};

const NO_WABA: &str =
    "the channel does not say its WhatsApp Business Account; give its id as provider_account of the channel";

pub(super) fn waba<'a>(at: &Administered<'a>) -> Result<&'a str, AskError> {
    at.channel.provider_account.as_deref().ok_or(AskError::NotSetUp(NO_WABA))
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
