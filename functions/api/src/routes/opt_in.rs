//! Opt-in links: stored by the account; shown as a link, a QR code, a piece of HTML; and sent by SMS.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        Parts,
        accept::{Idempotency, NotAccepted, Recipient},
        consents::asking::{self, Ask},
    },
    domain::{
        AccountId, ChannelId, ContactId,
        channel::{Channel, Medium},
        consent::{ConsentPurpose, Media, Purposes},
        ids::OptInLinkId,
        opt_in::{BadOptInLink, Basis, OptInCode, OptInLink, OptInText, codes, html, svg},
    },
};

use super::messages::{AcceptedView, answer_of};
use crate::{
    Shared,
    answer::{Accepted, Html, NoContent, Svg},
    auth::{Account, Caller},
    describe::{self, Parameter, Query},
    headers::{IdempotencyKey, Trace},
    message_body::phone_address,
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, Parameters, PathId},
};

/// All of them are looked through for a code.
const MOST: usize = 200;

/// A link as it is shown.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "OptInLink")]
pub struct LinkView {
    id: OptInLinkId,
    channel: ChannelId,
    source: String,
    purposes: Vec<ConsentPurpose>,
    media: Vec<Medium>,
    /// By language.
    texts: BTreeMap<String, TextView>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "OptInLinkText")]
pub struct TextView {
    wording: String,
    message: String,
    button: String,
    code: OptInCode,
    /// What people send: the message with the code.
    text: String,
    /// What opens WhatsApp with it. `null`: the channel is gone.
    link: Option<String>,
}

impl LinkView {
    fn new(link: OptInLink, channel: Option<&Channel>) -> Self {
        let text = |text: OptInText| TextView {
            button: text.button().to_owned(),
            code: text.code,
            text: text.text(),
            link: channel.map(|channel| text.link(&channel.phone)),
            wording: text.wording,
            message: text.message,
        };
        let texts = link.texts.into_iter().map(|(language, it)| (language, text(it))).collect();
        let OptInLink { id, channel, source, purposes, media, .. } = link;
        Self { id, channel, source, purposes: purposes.list(), media: media.list(), texts }
    }
}

pub async fn list(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<LinkView>>, Problem> {
    let store = &api.parts.store;
    let channels = store.channels(&account).await?;
    let view = |link: OptInLink| {
        let channel = channels.iter().find(|channel| channel.id == link.channel);
        LinkView::new(link, channel)
    };
    Ok(Json(Whole { data: store.opt_in_links(&account).await?.into_iter().map(view).collect() }))
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<OptInLinkId>,
    State(api): State<Shared>,
) -> Result<Json<LinkView>, Problem> {
    let (link, channel) = load(&api.parts, &account, &id).await?;
    Ok(Json(LinkView::new(link, channel.as_ref())))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OptInLinkBody")]
pub struct LinkBody {
    channel: ChannelId,
    /// Where people find it.
    source: String,
    /// What they agree to.
    purposes: Purposes,
    /// Left out: WhatsApp alone.
    media: Option<Media>,
    /// By language.
    texts: BTreeMap<String, TextBody>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OptInLinkTextBody")]
pub struct TextBody {
    /// What they agree to, in words that stand beside the link.
    wording: String,
    /// What they send; a code is added to it.
    message: String,
    /// What stands on a button; left out: the message.
    button: Option<String>,
}

/// Stores a link: all of it anew but its codes, which stay.
pub async fn put(
    Account(account): Account,
    PathId(id): PathId<OptInLinkId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<LinkBody>,
) -> Result<Json<LinkView>, Problem> {
    let store = &api.parts.store;
    let channel = store.channel(&account, &value.channel).await?;
    let channel = channel.ok_or_else(|| Problem::invalid("channel", "there is no such channel in this account"))?;
    if channel.medium != Medium::WhatsApp {
        return Err(Problem::invalid("channel", "must be one of WhatsApp: the link leads there"));
    }
    let (known, others): (Vec<_>, Vec<_>) =
        store.opt_in_links(&account).await?.into_iter().partition(|link| link.id == id);
    if known.is_empty() && others.len() >= MOST {
        return Err(Problem::conflict(format!("There may be at most {MOST} opt-in links.")));
    }
    let taken: BTreeSet<OptInCode> = others.iter().flat_map(|link| link.texts.values().map(|text| text.code)).collect();
    let codes = codes(&account, &id, value.texts.keys(), known.first(), &taken);
    let text = |(language, it): (String, TextBody)| {
        let code = codes[&language];
        (language, OptInText { wording: it.wording, message: it.message, button: it.button, code })
    };
    let link = OptInLink {
        id,
        channel: value.channel,
        source: value.source,
        purposes: value.purposes,
        media: value.media.unwrap_or(Media::only(Medium::WhatsApp)),
        texts: value.texts.into_iter().map(text).collect(),
    };
    link.check().map_err(|BadOptInLink { field, message }| Problem::invalid(field, message))?;
    store.put_opt_in_link(&account, &link).await?;
    Ok(Json(LinkView::new(link, Some(&channel))))
}

pub async fn remove(
    Account(account): Account,
    PathId(id): PathId<OptInLinkId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    load(&api.parts, &account, &id).await?;
    api.parts.store.remove_opt_in_link(&account, &id).await?;
    Ok(NoContent)
}

/// Which of a link's languages.
#[derive(Debug)]
pub struct LanguageQuery;

impl Query for LanguageQuery {
    const PARAMETERS: &'static [Parameter] =
        &[describe::text("language", "One of the link's languages; left out: English, else the first there is.", 20)];
}

/// The link as a QR code. `language`: of the text that is sent; left out: English, else the first there is.
pub async fn qr(
    Account(account): Account,
    PathId(id): PathId<OptInLinkId>,
    State(api): State<Shared>,
    parameters: Parameters<LanguageQuery>,
) -> Result<Svg, Problem> {
    let (link, channel) = load(&api.parts, &account, &id).await?;
    let (_, text) = text_in(&link, parameters)?;
    let url = text.link(&there(channel)?.phone);
    let image = svg(&url, &format!("WhatsApp: {}", link.source));
    let image = image.map_err(|_| Problem::conflict("The link is too long for a QR code; shorten its message."))?;
    Ok(Svg(image))
}

/// The link as HTML for a website.
pub async fn snippet(
    Account(account): Account,
    PathId(id): PathId<OptInLinkId>,
    State(api): State<Shared>,
    parameters: Parameters<LanguageQuery>,
) -> Result<Html, Problem> {
    let (link, channel) = load(&api.parts, &account, &id).await?;
    let (language, text) = text_in(&link, parameters)?;
    Ok(Html(html(language, &text.wording, text.button(), &text.link(&there(channel)?.phone))))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OptInAskBody")]
pub struct AskBody {
    to: AskedBody,
    /// How their number came to the account: nobody is asked who did not give it to be contacted.
    basis: Basis,
    /// Left out: the customer's own, where it is known.
    language: Option<String>,
}

/// Exactly one of these.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OptInAskedBody")]
pub struct AskedBody {
    phone: Option<String>,
    contact: Option<ContactId>,
}

/// Asks somebody by one SMS. With an `Idempotency-Key`, the same key and body give the same message again.
pub async fn ask(
    Caller { account, by, .. }: Caller,
    PathId(id): PathId<OptInLinkId>,
    State(api): State<Shared>,
    IdempotencyKey(key): IdempotencyKey,
    Trace(trace): Trace,
    JsonBody { bytes, value }: JsonBody<AskBody>,
) -> Result<Accepted<AcceptedView>, Problem> {
    let to = match (value.to.phone, value.to.contact) {
        (Some(phone), None) => Recipient::Address(phone_address(&phone, "to.phone")?),
        (None, Some(contact)) => Recipient::Contact(contact),
        _ => return Err(Problem::invalid("to", "name exactly one of phone and contact")),
    };
    // The same body under another link asks for something else.
    let body = [id.as_str().as_bytes(), b"#".as_slice(), &bytes[..]].concat();
    let asked = Ask { link: id, to, basis: value.basis, language: value.language, trace };
    let idempotency = key.as_deref().map(|key| Idempotency { key, body: &body });
    match Box::pin(asking::ask(&api.parts, &api.mint, (&account, &by), &asked, idempotency)).await {
        Ok(accepted) => Ok(answer_of(&accepted)),
        // It stands in the path.
        Err(NotAccepted::NotFound { field, .. }) if field == "link" => Err(no_such_link()),
        Err(NotAccepted::Invalid { field, .. }) if field == "link" => {
            Err(Problem::conflict("The link's channel has no SMS channel to ask by; set one in the channel's sms."))
        }
        Err(other) => Err(other.into()),
    }
}

async fn load(parts: &Parts, account: &AccountId, id: &OptInLinkId) -> Result<(OptInLink, Option<Channel>), Problem> {
    let link = parts.store.opt_in_link(account, id).await?.ok_or_else(no_such_link)?;
    let channel = parts.store.channel(account, &link.channel).await?;
    Ok((link, channel))
}

fn there(channel: Option<Channel>) -> Result<Channel, Problem> {
    channel.ok_or_else(|| Problem::conflict("The link's channel does not exist any more; give it another one."))
}

fn no_such_link() -> Problem {
    Problem::not_found("There is no such opt-in link.")
}

/// The text that the query asks for.
fn text_in(link: &OptInLink, mut parameters: Parameters<LanguageQuery>) -> Result<(&str, &OptInText), Problem> {
    let wanted = parameters.take("language");
    parameters.finish()?;
    let language = match &wanted {
        Some(wanted) => link.texts.get_key_value(wanted).map(|(language, _)| language.as_str()).ok_or_else(|| {
            let known: Vec<&str> = link.texts.keys().map(String::as_str).collect();
            Problem::field(Kind::Malformed, "language", format!("must be one of the link's: {}", known.join(", ")))
        })?,
        None => link.language_for(None),
    };
    Ok((language, &link.texts[language]))
}
