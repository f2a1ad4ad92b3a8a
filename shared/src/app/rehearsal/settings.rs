//! Both ladders, made ready for each of the account's WhatsApp channels.

use std::collections::BTreeMap;

use crate::{
    app::{Parts, Trouble, costs},
    domain::{
        AccountId, ChannelId,
        channel::{Channel, Medium},
        ladder::Ladder,
        rehearsal::{Clock, RehearsalOrder, Setting},
        template::{Category, Template},
    },
};

/// What an order is rehearsed by.
#[derive(Debug)]
pub struct Settings {
    channels: BTreeMap<ChannelId, (Setting, Setting)>,
    /// The day's hours by the one ladder and by the other.
    pub clocks: (Clock, Clock),
    templates: Vec<Template>,
}

impl Settings {
    pub async fn of(parts: &Parts, account: &AccountId, order: &RehearsalOrder) -> Result<Self, Trouble> {
        let templates = parts.store.templates(account, None).await?;
        let prices = costs::prices_of(parts, account).await?;
        let mut channels = BTreeMap::new();
        for channel in parts.store.channels(account).await? {
            if channel.medium != Medium::WhatsApp {
                continue;
            }
            let ready = |ladder: &Ladder| {
                let (ladder, place) = (ladder.clone().for_channel(&channel.id), channel.place());
                let (can_text, assume) = (channel.sms.is_some(), order.assume.assumptions());
                Setting::new(ladder, &templates, Some(&place), can_text, prices.clone(), assume)
            };
            channels.insert(channel.id.clone(), (ready(&order.current), ready(order.rehearsed())));
        }
        Ok(Self { channels, clocks: (Clock::of(&order.current), Clock::of(order.rehearsed())), templates })
    }

    pub fn of_channel(&self, channel: &ChannelId) -> Option<(&Setting, &Setting)> {
        self.channels.get(channel).map(|(current, rehearsed)| (current, rehearsed))
    }

    /// What a template that went out counts as; of one that is not known any more, the cheapest.
    pub fn category(&self, name: &str, channel: &Channel) -> Category {
        let template = self.templates.iter().find(|template| template.name == name);
        template.map(|template| template.category(&channel.place())).unwrap_or_default()
    }
}
