//! What messages are expected to cost: by the account's price list, or the one that comes with the system.

pub mod bill;
mod tariff;

use std::sync::Arc;

use super::{Parts, Trouble, outlook::Outlook, steps};
use crate::domain::{
    AccountId, Timestamp,
    channel::Channel,
    contact::Address,
    content::Content,
    cost::{Cost, Country, Kind, PriceList, Quote, Wish},
    gsm7,
    ladder::{Action, Ladder},
    message::Way,
    template::Template,
    window::WindowState,
};

pub use tariff::Tariff;

/// The account's own price list, or the embedded one.
pub async fn prices_of(parts: &Parts, account: &AccountId) -> Result<Arc<PriceList>, Trouble> {
    Ok(own_prices(parts, account).await?.unwrap_or_else(embedded))
}

async fn own_prices(parts: &Parts, account: &AccountId) -> Result<Option<Arc<PriceList>>, Trouble> {
    let stored = parts.store.prices(account).await?;
    // What was stored was read when it was; a newer version's form falls back to what comes with the system.
    Ok(stored.and_then(|json| PriceList::parse(&json).ok()).map(Arc::new))
}

/// The price list that comes with the system.
pub fn embedded() -> Arc<PriceList> {
    static EMBEDDED: std::sync::OnceLock<Arc<PriceList>> = std::sync::OnceLock::new();
    let read =
        || Arc::new(PriceList::parse(PriceList::EMBEDDED).expect("it is part of the program, and a test reads it"));
    Arc::clone(EMBEDDED.get_or_init(read))
}

/// What one message is expected to cost by this way, and whose country decides.
pub fn expected(
    prices: &PriceList,
    outlook: &Outlook,
    (way, to): (Way, Option<&Address>),
    content: &Content,
    template: Option<&Template>,
    now: Timestamp,
) -> (Option<Country>, Cost) {
    let kind = match way {
        Way::Sms => Kind::Sms { segments: segments(content) },
        Way::FreeForm => Kind::Service,
        Way::Template => {
            let place = outlook.channel.as_ref().map(Channel::place);
            let category = template.map(|it| place.map_or(it.definition.category, |place| it.category(&place)));
            Kind::Template(category.unwrap_or_default())
        }
    };
    priced(prices, outlook, (kind, way, to), now)
}

/// The price of one kind of message, to whoever would get it.
fn priced(
    prices: &PriceList,
    outlook: &Outlook,
    (kind, way, to): (Kind, Way, Option<&Address>),
    now: Timestamp,
) -> (Option<Country>, Cost) {
    let merged = outlook.family.merged();
    let facts = outlook.facts(&merged, false, None);
    let address = to.or_else(|| match way {
        Way::Sms => facts.sms_address(None),
        Way::FreeForm | Way::Template => facts.whatsapp_address(None),
    });
    let Some(country) = address.and_then(Country::of_address) else { return (None, Cost::unpriced()) };
    let wish = Wish {
        kind,
        country,
        provider: outlook.channel.as_ref().map_or("", |channel| channel.provider.word()),
        at: now,
        window_open: matches!(merged.window().state(now), WindowState::Open | WindowState::Closing),
        free_entry: merged.free_entry_end.is_some_and(|end| now < end),
        // Nobody counts them as they go: the sums of a month say which were free.
        service_messages_this_month: None,
    };
    (Some(country), prices.expected(&wish))
}

/// The quote of an attempt.
pub async fn quote(
    parts: &Parts,
    outlook: &Outlook,
    way_to: (Way, &Address),
    content: &Content,
    template: Option<&Template>,
    now: Timestamp,
) -> Quote {
    let account = &outlook.family.survivor.account;
    let prices = match parts.memory.prices(account, now) {
        Some(prices) => prices,
        // A quote is for people and decides nothing: without the account's own list it is made by the other.
        None => match prices_of(parts, account).await {
            Ok(prices) => parts.memory.note_prices(account, &prices, now),
            Err(_) => embedded(),
        },
    };
    let (country, cost) = expected(&prices, outlook, (way_to.0, Some(way_to.1)), content, template, now);
    Quote::of(country, &cost)
}

/// How many SMS a text is.
pub fn segments(content: &Content) -> u32 {
    match content {
        Content::Text { body } => gsm7::segments(body).segments.max(1),
        _ => 1,
    }
}

/// What so many SMS would cost.
pub async fn of_segments(parts: &Parts, outlook: &Outlook, segments: u32, at: Timestamp) -> Result<Cost, Trouble> {
    let prices = prices_of(parts, &outlook.family.survivor.account).await?;
    Ok(priced(&prices, outlook, (Kind::Sms { segments }, Way::Sms, None), at).1)
}

/// What a step of the ladder that writes something of its own would cost.
pub async fn of_step(
    parts: &Parts,
    outlook: &Outlook,
    ladder: &Ladder,
    action: &Action,
    at: Timestamp,
) -> Result<Cost, Trouble> {
    let account = &outlook.family.survivor.account;
    let prices = prices_of(parts, account).await?;
    let one =
        |way, template: Option<&Template>| expected(&prices, outlook, (way, None), &Content::text(""), template, at).1;
    Ok(match action {
        Action::SendTemplate { template, .. } => {
            // Each language has its own category at its provider.
            let languages = parts.store.templates(account, Some(template)).await?;
            let channel = outlook.channel.as_ref();
            let language = steps::language_for(&outlook.people, channel, &languages, &ladder.default_language);
            one(Way::Template, languages.iter().find(|it| it.language == language))
        }
        Action::SmsInvite { .. } => one(Way::Sms, None),
        Action::HoldingMessage { .. } => one(Way::FreeForm, None),
        Action::SmsContent {} | Action::Remind {} | Action::Notify { .. } | Action::Hold {} | Action::GiveUp { .. } => {
            Cost::unpriced()
        }
    })
}
