//! A provider says by webhook what it decided on a template.

use super::heard;
use crate::{
    app::{Parts, Trouble, jobs},
    domain::{
        AccountId,
        channel::{Medium, ProviderKind},
        template::{Decision, News, Place},
        time::{ProviderTime, believe},
    },
};

/// Takes one piece of news. What it is about may not be known here: then the next look at the provider's list finds it.
pub async fn hear(parts: &Parts, account: &AccountId, provider: ProviderKind, news: &News) -> Result<(), Trouble> {
    let now = parts.now();
    let at = match believe(news.at, now) {
        ProviderTime::Raw(at) => at,
        ProviderTime::FirstSeen => now,
    };
    let language = news.language.replace('-', "_");
    if news.decision == Decision::Edited {
        return jobs::templates::look_soon(parts, account, at).await;
    }
    let place = place_of(parts, account, provider, news.account.as_deref()).await?;
    heard(parts, account, (&news.name, &language), &place, &[(news.decision.clone(), at)]).await
}

/// The place that a provider's account is here: channels may not say theirs.
async fn place_of(
    parts: &Parts,
    account: &AccountId,
    provider: ProviderKind,
    named: Option<&str>,
) -> Result<Place, Trouble> {
    let channels = parts.store.channels(account).await?;
    let ours = channels.iter().filter(|it| it.provider == provider && it.medium == Medium::WhatsApp);
    let places: Vec<Place> = ours.map(crate::domain::channel::Channel::place).collect();
    let place = Place { provider, account: named.map(str::to_owned) };
    let unnamed = Place { provider, account: None };
    Ok(if !places.contains(&place) && places.contains(&unnamed) { unnamed } else { place })
}
