//! By what an account's messages are charged: a price list, and who carries the messages of each channel.

use std::{collections::BTreeMap, sync::Arc};

use super::{embedded, own_prices};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ChannelId,
        channel::Channel,
        cost::{Delivered, Money, PriceList},
        message::{Outbound, Way},
        sending::{Attempt, Delivery},
    },
};

#[derive(Debug, Clone)]
pub struct Tariff {
    pub prices: Arc<PriceList>,
    /// The list is the account's own, and not the one that comes with the system.
    pub is_own: bool,
    channels: BTreeMap<ChannelId, Channel>,
}

impl Tariff {
    pub fn new(prices: Arc<PriceList>, is_own: bool, channels: Vec<Channel>) -> Self {
        Self { prices, is_own, channels: channels.into_iter().map(|it| (it.id.clone(), it)).collect() }
    }

    pub async fn of(parts: &Parts, account: &AccountId) -> Result<Self, Trouble> {
        let own = own_prices(parts, account).await?;
        let is_own = own.is_some();
        Ok(Self::new(own.unwrap_or_else(embedded), is_own, parts.store.channels(account).await?))
    }

    /// As it is set up today; `None`: it was removed.
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.get(id)
    }

    /// Who carries its messages, as the list's fees know it. Nobody is known of a channel that was removed.
    pub(super) fn provider(&self, id: &ChannelId) -> &'static str {
        self.channel(id).map_or("", |channel| channel.provider.word())
    }

    /// The number whose messages are counted together: two channels may be one number.
    pub(super) fn number<'a>(&'a self, id: &'a ChannelId) -> &'a str {
        self.channel(id).map_or(id.as_str(), |channel| channel.phone.digits())
    }

    /// What one message did cost, by what is known of it alone; `None`: nothing says it, or not yet. Which service messages
    /// are free in a month only the month's sums know.
    pub fn actual(&self, message: &Outbound) -> Option<Money> {
        if message.way == Some(Way::Sms) {
            let was_taken = message.attempts.iter().any(Attempt::taken);
            return message.quote.filter(|_| was_taken)?.amount;
        }
        let arrived = matches!(message.delivery(), Delivery::Delivered | Delivery::Read);
        let pricing = message.pricing.as_ref().filter(|_| arrived)?;
        let about = Delivered {
            country: message.quote.and_then(|quote| quote.country),
            provider: self.provider(&message.channel),
            at: message.accepted_at,
        };
        self.prices.actual(&about, pricing).amount
    }
}
