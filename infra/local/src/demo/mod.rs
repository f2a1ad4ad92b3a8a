//! The account that is there from the first start: its channels, its templates, its secrets, and the same told to the
//! stand-in for the providers.

mod secrets;
pub mod staff;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::{Value, json};
use transom::{
    app::{
        Parts, Trouble,
        sign_in::trust_hash,
        staff::{self as staff_of, NotKept},
    },
    domain::{
        AccountId, ChannelId, EndpointId, Phone, Timestamp,
        access::token::ApiToken,
        channel::{Channel, Endpoint, Medium, ProviderKind, SecretName, USUAL_MESSAGES_PER_SECOND},
        ladder::Ladder,
        limit::{Asked, Seats, Taken},
        template::{Definition, Template},
    },
    ports::{
        Chance, Secrets, Store,
        sign_in::Trust,
        store::{Limited, Stored},
    },
    seal::sha256_hex,
};

use crate::{
    issuer,
    outside::{OutsideConfig, OutsideNumber, OutsideTemplate},
};

pub(crate) use secrets::NAMES as SECRETS;
pub use secrets::{HeldSecrets, SecretsError};

const META_NUMBER: &str = "106540352242922";
const META_PHONE: &str = "+15550783881";
const TWILIO_WHATSAPP: &str = "+14155550100";
const TWILIO_SMS: &str = "+14155550111";
const WABA_ID: &str = "102290129340398";
const TWILIO_ACCOUNT: &str = "AC7ea1b3f04c8d4d1f9f2b6c5a0e9d8c7b";
const WHATSAPP: &str = "demo-whatsapp";
const TWILIO: &str = "demo-twilio";
const SMS: &str = "demo-sms";
const ONE_HOUR_SECONDS: u32 = 3600;

/// The demo account.
#[derive(Debug)]
pub struct Demo {
    pub account: AccountId,
    pub endpoints: Vec<Endpoint>,
    pub channels: Vec<Channel>,
    pub templates: Vec<Template>,
    /// Who tells who its staff are: the issuer of this machine.
    pub sign_in: Trust,
    secrets: Arc<HeldSecrets>,
}

impl Demo {
    /// The demo account whose webhooks come to `public_url` (without a slash at the end). Its secrets are those of the
    /// file, if there is one, and made by chance where they are missing.
    pub fn open(public_url: &str, file: Option<&Path>, chance: &dyn Chance) -> Result<Self, SecretsError> {
        let account: AccountId = "demo".parse().expect("a slug");
        Ok(Self {
            secrets: Arc::new(HeldSecrets::open(&account, file, chance)?),
            endpoints: endpoints(&account, public_url),
            channels: channels(),
            templates: templates(),
            sign_in: Trust { issuer: format!("{public_url}{}", issuer::PATH), client_id: issuer::CLIENT_ID.to_owned() },
            account,
        })
    }

    /// The token of the JSON API.
    pub fn token(&self) -> String {
        self.secret("api-token")
    }

    /// The secret of the key that the issuer of this machine signs with.
    pub fn sign_in_key(&self) -> String {
        self.secret(secrets::SIGN_IN_KEY)
    }

    /// The values that were made or read at the start; more can be added.
    pub fn secrets(&self) -> &Arc<HeldSecrets> {
        &self.secrets
    }

    /// The same values, as the functions read them.
    pub fn secrets_port(&self) -> Arc<dyn Secrets> {
        self.secrets.port()
    }

    /// Stores what is missing. What was changed since stays changed, but for the addresses of the endpoints, which
    /// follow the address that the system listens on.
    pub async fn store(&self, store: &dyn Store, now: Timestamp) -> Stored<()> {
        for endpoint in &self.endpoints {
            let known = store.endpoint(&endpoint.id).await?;
            if known.as_ref().map(|known| &known.public_url) != Some(&endpoint.public_url) {
                let public_url = endpoint.public_url.clone();
                store.put_endpoint(&Endpoint { public_url, ..known.unwrap_or_else(|| endpoint.clone()) }).await?;
            }
        }
        let channels = store.channels(&self.account).await?;
        for channel in self.channels.iter().filter(|own| channels.iter().all(|known| known.id != own.id)) {
            store.put_channel(&self.account, channel).await?;
        }
        let templates = store.templates(&self.account, None).await?;
        let same = |a: &Template, b: &Template| a.name == b.name && a.language == b.language;
        for template in self.templates.iter().filter(|own| !templates.iter().any(|known| same(known, own))) {
            store.put_template(&self.account, template).await?;
        }
        if store.ladder(&self.account).await?.is_none() {
            store.put_ladder(&self.account, &Ladder::default()).await?;
        }
        let token_hash = sha256_hex(self.token().as_bytes());
        if store.token(&token_hash).await?.is_none_or(|token| token.account != self.account) {
            let token = ApiToken::for_everything(&token_hash, "this machine", now);
            store.add_token(&self.account, &token_hash, &token).await?;
        }
        Ok(())
    }

    /// Stores the hotel's staff, unless there is any, and that they sign in with this machine's issuer.
    pub async fn store_staff(&self, parts: &Parts) -> Result<(), NotKept> {
        let account = &self.account;
        if staff_of::everybody(parts, account).await?.is_empty() {
            for member in &staff::STAFF {
                staff_of::add(parts, account, member.to_add()).await?;
            }
        }
        let trusts = std::slice::from_ref(&self.sign_in);
        if parts.store.trusts(account).await.map_err(Trouble::from)?.is_empty() {
            parts.store.put_trusts(account, trusts, &[trust_hash(&self.sign_in)]).await.map_err(Trouble::from)?;
        }
        Ok(())
    }

    /// Ends the leases of all seats under the limits of the demo's channels and of its token.
    pub async fn give_back_seats(&self, store: &dyn Store) -> Stored<()> {
        for channel in &self.channels {
            let seats = store.gate(&self.account, &channel.id).await?.seats;
            let limited = Limited::Channel { account: self.account.clone(), channel: channel.id.clone() };
            give_back(store, &limited, seats).await?;
        }
        let hash = sha256_hex(self.token().as_bytes());
        let seats = store.token(&hash).await?.map(|token| token.seats).unwrap_or_default();
        give_back(store, &Limited::Token(hash), seats).await
    }

    /// What the stand-in has to know about the demo account.
    pub fn outside(&self) -> OutsideConfig {
        OutsideConfig {
            numbers: self.channels.iter().map(|channel| self.number(channel)).collect(),
            templates: self.templates.iter().map(OutsideTemplate::approved).collect(),
            ..OutsideConfig::default()
        }
    }

    fn number(&self, channel: &Channel) -> OutsideNumber {
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.id == channel.endpoint);
        let endpoint = endpoint.expect("every demo channel has a demo endpoint");
        OutsideNumber {
            provider: channel.provider,
            medium: channel.medium,
            number: channel.number.clone(),
            display_phone: channel.phone.as_e164().to_owned(),
            alias: Some(channel.id.to_string()),
            endpoint: endpoint.id.to_string(),
            signing_secret: self.secret(endpoint.signing_secret.as_str()),
            access_token: self.secret(channel.credentials.as_str()),
            account_sid: channel.provider_account.clone(),
            public_url: endpoint.public_url.clone(),
            waba_id: match channel.provider {
                ProviderKind::Meta => WABA_ID.to_owned(),
                ProviderKind::Twilio => String::new(),
            },
        }
    }

    /// What the page needs.
    pub fn page(&self) -> Value {
        json!({"token": self.token(), "channels": self.channels, "templates": self.templates})
    }

    /// The secrets that sign webhooks and answer the handshake, by name.
    pub fn webhook_secrets(&self) -> Vec<(&'static str, String)> {
        ["meta-app-secret", "meta-verify-token", "twilio-auth-token"].map(|name| (name, self.secret(name))).to_vec()
    }

    pub(crate) fn secret(&self, name: &str) -> String {
        self.secrets.first(&self.account, &secret_name(name)).expect("every secret of the demo is made at the start")
    }
}

async fn give_back(store: &dyn Store, limited: &Limited, seats: Seats) -> Stored<()> {
    let ended = |rev: u32| Taken { rev: rev.wrapping_add(1), until: Timestamp::UNIX_EPOCH };
    let asked: Vec<Asked> =
        seats.into_iter().map(|(seat, was)| Asked { seat, lease: ended(was.rev), was: Some(was) }).collect();
    if !asked.is_empty() {
        store.take_seats(limited, &asked).await?;
    }
    Ok(())
}

fn secret_name(name: &str) -> SecretName {
    name.parse().expect("the name of a secret")
}

fn channel_id(id: &str) -> ChannelId {
    id.parse().expect("a slug")
}

fn endpoint_id(id: &str) -> EndpointId {
    id.parse().expect("a slug")
}

/// Each channel has an endpoint of its own name.
fn endpoints(account: &AccountId, public_url: &str) -> Vec<Endpoint> {
    let endpoint = |name: &str, provider, number: &str, signing_secret, verify_token: Option<&str>| Endpoint {
        id: endpoint_id(name),
        account: account.clone(),
        provider,
        public_url: format!("{public_url}/webhooks/{name}"),
        signing_secret: secret_name(signing_secret),
        verify_token: verify_token.map(secret_name),
        numbers: BTreeMap::from([(number.to_owned(), channel_id(name))]),
        early_until: None,
    };
    let twilio_whatsapp = format!("whatsapp:{TWILIO_WHATSAPP}");
    vec![
        endpoint(WHATSAPP, ProviderKind::Meta, META_NUMBER, "meta-app-secret", Some("meta-verify-token")),
        endpoint(TWILIO, ProviderKind::Twilio, &twilio_whatsapp, "twilio-auth-token", None),
        endpoint(SMS, ProviderKind::Twilio, TWILIO_SMS, "twilio-auth-token", None),
    ]
}

fn channels() -> Vec<Channel> {
    let phone = |text: &str| Phone::from_e164(text).expect("a number in E.164 form");
    let twilio = |id: &str, medium, number: &str, sms| Channel {
        id: channel_id(id),
        medium,
        provider: ProviderKind::Twilio,
        endpoint: endpoint_id(id),
        number: number.to_owned(),
        phone: phone(number),
        credentials: secret_name("twilio-auth-token"),
        provider_account: Some(TWILIO_ACCOUNT.to_owned()),
        sms,
        display_name: "Hotel Transom".to_owned(),
        messages_per_second: USUAL_MESSAGES_PER_SECOND,
    };
    vec![
        Channel {
            id: channel_id(WHATSAPP),
            medium: Medium::WhatsApp,
            provider: ProviderKind::Meta,
            endpoint: endpoint_id(WHATSAPP),
            number: META_NUMBER.to_owned(),
            phone: phone(META_PHONE),
            credentials: secret_name("meta-token"),
            provider_account: Some(WABA_ID.to_owned()),
            sms: Some(channel_id(SMS)),
            display_name: "Hotel Transom".to_owned(),
            messages_per_second: USUAL_MESSAGES_PER_SECOND,
        },
        twilio(TWILIO, Medium::WhatsApp, TWILIO_WHATSAPP, Some(channel_id(SMS))),
        twilio(SMS, Medium::Sms, TWILIO_SMS, None),
    ]
}

fn templates() -> Vec<Template> {
    let template = |name: &str, language: &str, body: &str, buttons: &[&str]| Template {
        references: BTreeMap::from([(ProviderKind::Twilio, content_sid(name, language))]),
        ..Template::declared(name, language, Definition::of(body).living(ONE_HOUR_SECONDS).with_buttons(buttons))
    };
    let (yes, si) = ("Yes, please", "Sí, por favor");
    vec![
        template("fallback", "en", "We are sorry that we could not answer you in time. Shall we go on here?", &[yes]),
        template("fallback", "es", "Sentimos no haberle contestado a tiempo. ¿Quiere que sigamos por aquí?", &[si]),
        template("answer_waiting", "en", "We have an answer for you. Shall we send it?", &[yes]),
        template("answer_waiting", "es", "Tenemos una respuesta para usted. ¿Se la enviamos?", &[si]),
        template("welcome", "en", "Welcome, {{guest_name}}! Write to us here at any time.", &[]),
        template("welcome", "es", "¡Le damos la bienvenida, {{guest_name}}! Escríbanos aquí.", &[]),
    ]
}

/// Always the same for the same template, so that the stand-in and the store agree from one start to the next.
fn content_sid(name: &str, language: &str) -> String {
    format!("HX{}", &sha256_hex(format!("{name} in {language}").as_bytes())[..32])
}

#[cfg(test)]
mod tests {
    use transom::domain::{content::TemplateContent, ladder::Standings};

    use super::*;
    use crate::chance::SeededChance;

    fn demo() -> Demo {
        Demo::open("http://localhost", None, &SeededChance::new(1)).unwrap()
    }

    #[test]
    fn the_default_ladder_fits_the_demos_templates_in_every_language() {
        let demo = demo();
        for language in ["en", "es"] {
            let templates: Vec<_> = demo.templates.iter().filter(|one| one.language == language).cloned().collect();
            let standings = Standings { templates: &templates, languages: &[], sendable: &|_| Ok(()) };
            let ladder = Ladder { default_language: language.to_owned(), ..Ladder::default() };
            assert_eq!(ladder.check(&standings), Ok(()));
        }
        let welcome = demo.templates.iter().find(|one| one.name == "welcome").unwrap();
        let values = BTreeMap::from([("guest_name".to_owned(), "Ana".to_owned())]);
        let content = TemplateContent { name: "welcome".into(), language: "en".into(), values };
        assert_eq!(welcome.check(&content), Ok(()));
    }

    #[test]
    fn every_channel_is_reached_by_its_number_and_texts_through_one_that_is_there() {
        let demo = demo();
        for channel in &demo.channels {
            let endpoint = demo.endpoints.iter().find(|endpoint| endpoint.id == channel.endpoint).unwrap();
            assert!(endpoint.numbers.values().any(|id| *id == channel.id), "{}", channel.id);
            let sms = channel.sms.as_ref().map(|id| demo.channels.iter().find(|other| other.id == *id).unwrap());
            assert!(sms.is_none_or(|sms| sms.medium == Medium::Sms));
        }
    }

    #[test]
    fn the_stand_in_is_told_the_same_secrets() {
        let demo = demo();
        let outside = demo.outside();
        assert_eq!(outside.numbers.len(), 3);
        assert_eq!(outside.numbers[0].signing_secret, demo.secret("meta-app-secret"));
        assert_eq!(outside.numbers[1].access_token, demo.secret("twilio-auth-token"));
        assert!(!format!("{demo:?}").contains(&demo.token()));
    }
}
