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
    ladder::Action,
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
    let phone = to.and_then(Address::phone).or_else(|| outlook.addresses.iter().find_map(|(_, it)| it.phone()));
    let country = phone.and_then(|phone| Country::of_phone(phone.digits()));
    let merged = outlook.family.merged();
    let kind = match way {
        Way::Sms => Kind::Sms { segments: segments(content) },
        Way::FreeForm => Kind::Service,
        Way::Template => {
            let place = outlook.channel.as_ref().map(Channel::place);
            let category = template.map(|it| place.map_or(it.definition.category, |place| it.category(&place)));
            Kind::Template(category.unwrap_or_default())
        }
    };
    let Some(country) = country else { return (None, Cost::unpriced()) };
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
fn segments(content: &Content) -> u32 {
    match content {
        Content::Text { body } => gsm7::segments(body).segments.max(1),
        _ => 1,
    }
}

/// What a step of the ladder would cost now.
pub async fn of_step(parts: &Parts, outlook: &Outlook, action: &Action) -> Result<Cost, Trouble> {
    let account = &outlook.family.survivor.account;
    let prices = prices_of(parts, account).await?;
    let now = parts.now();
    let template = match action {
        Action::SendTemplate { template, .. } => {
            parts.store.templates(account, Some(template)).await?.into_iter().next()
        }
        _ => None,
    };
    let one = |way, text: &str| expected(&prices, outlook, (way, None), &Content::text(text), template.as_ref(), now).1;
    Ok(match action {
        Action::SendTemplate { .. } => one(Way::Template, ""),
        Action::SmsInvite { .. } => one(Way::Sms, ""),
        Action::HoldingMessage { .. } => one(Way::FreeForm, ""),
        Action::SmsContent {} => {
            // As many as are held; what each says is sealed, and one is one at least.
            let held = steps::held_replies(parts, outlook, now).await?.len();
            let cost = one(Way::Sms, "");
            let amount = cost.amount.map(|amount| amount.times(u32::try_from(held).unwrap_or(u32::MAX)));
            Cost { amount, ..cost }
        }
        Action::Remind {} | Action::Notify { .. } | Action::Hold {} | Action::GiveUp { .. } => Cost::unpriced(),
    })
}
