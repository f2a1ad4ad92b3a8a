//! Setting up and looking after a number at Twilio (Twilio, "Account resource", "IncomingPhoneNumber resource", "Senders
//! API", "Content API: approval requests").

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Twilio, read::WHATSAPP, signature};
use crate::{
    adapters::providers::asking::{Told, ask, status},
    domain::channel::Medium,
    ports::administration::{Administered, Administration, AskError, NumberState},
};

/// Where Twilio's main API is. Its others are on hosts of their own, which a stand-in has not.
const MAIN: &str = "https://api.twilio.com";

pub(super) fn account<'a>(at: &Administered<'a>) -> Result<&'a str, AskError> {
    at.channel.provider_account.as_deref().ok_or(AskError::NotSetUp("the channel does not say its Twilio account"))
}

impl Twilio {
    /// The address of another of Twilio's APIs.
    pub(super) fn other(&self, name: &str) -> String {
        if self.base_url == MAIN { format!("https://{name}.twilio.com") } else { self.base_url.clone() }
    }

    pub(super) async fn ask(&self, at: &Administered<'_>, request: reqwest::RequestBuilder) -> Result<Told, AskError> {
        let request = request.basic_auth(account(at)?, Some(at.credential.expose_secret()));
        ask(&self.http, request).await
    }

    /// A WhatsApp sender has its webhook on itself, not on the phone number.
    async fn register_sender(&self, at: &Administered<'_>) -> Result<(), AskError> {
        let senders = format!("{}/v2/Channels/Senders", self.other("messaging"));
        let told = self.ask(at, self.http.get(format!("{senders}?Channel=whatsapp&PageSize=1000"))).await?;
        let number = at.channel.number.strip_prefix(WHATSAPP).unwrap_or(&at.channel.number);
        let wanted = format!("{WHATSAPP}{number}");
        let mut all = told.body["senders"].as_array().into_iter().flatten();
        let sender = all.find(|sender| sender["sender_id"].as_str() == Some(&wanted));
        let sid = sender.and_then(|sender| sender["sid"].as_str());
        let sid = sid.ok_or(AskError::NotSetUp("the Twilio account has no WhatsApp sender of this number"))?;
        let webhook = json!({"webhook": {"callback_url": at.endpoint.public_url, "callback_method": "POST"}});
        self.ask(at, self.http.post(format!("{senders}/{sid}")).json(&webhook)).await.map(drop)
    }

    async fn register_phone(&self, at: &Administered<'_>) -> Result<(), AskError> {
        let numbers = format!("{}/2010-04-01/Accounts/{}/IncomingPhoneNumbers", self.base_url, account(at)?);
        let phone: String = form_urlencoded::byte_serialize(at.channel.number.as_bytes()).collect();
        let told = self.ask(at, self.http.get(format!("{numbers}.json?PhoneNumber={phone}"))).await?;
        let sid = told.body["incoming_phone_numbers"][0]["sid"].as_str();
        let sid = sid.ok_or(AskError::NotSetUp("the Twilio account has no such phone number"))?;
        let form = [("SmsUrl", at.endpoint.public_url.as_str()), ("SmsMethod", "POST")];
        self.ask(at, self.http.post(format!("{numbers}/{sid}.json")).form(&form)).await.map(drop)
    }
}

#[async_trait]
impl Administration for Twilio {
    /// Twilio verifies nothing, so there is no token.
    async fn register(&self, at: &Administered<'_>, _verify_token: Option<&SecretString>) -> Result<(), AskError> {
        match at.channel.medium {
            Medium::WhatsApp => self.register_sender(at).await,
            Medium::Sms => self.register_phone(at).await,
        }
    }

    async fn number(&self, at: &Administered<'_>) -> Result<NumberState, AskError> {
        let address = format!("{}/2010-04-01/Accounts/{}.json", self.base_url, account(at)?);
        let told = self.ask(at, self.http.get(address)).await?;
        let status = told.body["status"].as_str().unwrap_or_default();
        Ok(NumberState { usable: status == "active", in_words: format!("the account is {status}"), date: told.date })
    }

    /// As a report on a message that is still on its way, which changes nothing.
    async fn probe(&self, at: &Administered<'_>, secret: &SecretString) -> Result<u16, AskError> {
        let sid = format!("SM{}", "0".repeat(32));
        let form = [
            ("AccountSid", account(at)?),
            ("From", at.channel.number.as_str()),
            ("MessageSid", sid.as_str()),
            ("MessageStatus", "queued"),
            ("SmsSid", &sid),
        ];
        let request = self
            .http
            .post(&at.endpoint.public_url)
            .header(signature::HEADER, signature::sign(&at.endpoint.public_url, &form, secret))
            .form(&form);
        status(&self.http, request).await
    }
}
