//! The sums of a day, computed from the history and from nothing else: computing them again gives them again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    names::{self, Class, Hour},
    segments,
};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ChannelId, Timestamp,
        job::Day,
        message::{Message, Way},
    },
    ports::StoreError,
};

/// The messages of one day, counted by what they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// The version of this form.
    pub v: u8,
    pub day: Day,
    pub made_at: Timestamp,
    pub lines: Vec<RollupLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupLine {
    #[serde(flatten)]
    pub group: Group,
    pub messages: u64,
}

/// What messages are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Group {
    pub channel: ChannelId,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// `free_form`, `template`, `sms` or `phone_app`; `None` where none was chosen.
    pub way: Option<String>,
    pub state: String,
    pub template: Option<String>,
    /// Who it was assigned to. Nobody is yet.
    pub team: Option<String>,
}

impl Group {
    fn of(message: &Message) -> Self {
        match message {
            Message::Inbound(it) => {
                let (direction, way, state) =
                    if it.echo { ("outbound", Some("phone_app"), "sent") } else { ("inbound", None, "received") };
                Self {
                    channel: it.channel.clone(),
                    direction: direction.to_owned(),
                    way: way.map(str::to_owned),
                    state: state.to_owned(),
                    template: None,
                    team: None,
                }
            }
            Message::Outbound(it) => Self {
                channel: it.channel.clone(),
                direction: "outbound".to_owned(),
                way: it.way.map(|way| way_word(way).to_owned()),
                state: it.delivery().word().to_owned(),
                template: it.template.clone(),
                team: None,
            },
        }
    }
}

/// The word that a way is known by.
pub fn way_word(way: Way) -> &'static str {
    match way {
        Way::FreeForm => "free_form",
        Way::Template => "template",
        Way::Sms => "sms",
    }
}

/// Sums up a day from its history.
pub async fn compute(parts: &Parts, account: &AccountId, day: Day) -> Result<Rollup, Trouble> {
    let mut counts: BTreeMap<Group, u64> = BTreeMap::new();
    for hour in Hour::of_day(day) {
        let Some(of_hour) = segments::hour(parts, account, hour).await? else { continue };
        for slice in 0..of_hour.slices {
            of_hour
                .messages(parts, slice, |message| {
                    *counts.entry(Group::of(&message)).or_insert(0) += 1;
                    Ok(())
                })
                .await?;
        }
    }
    let lines = counts.into_iter().map(|(group, messages)| RollupLine { group, messages }).collect();
    Ok(Rollup { v: 1, day, made_at: parts.now(), lines })
}

/// Whether there is anything to sum up.
pub async fn has_history(parts: &Parts, account: &AccountId, day: Day) -> Result<bool, Trouble> {
    Ok(!parts.objects.list(&names::day(Class::Messages, account, day), None, 1).await?.is_empty())
}

/// Keeps the sums of a day.
pub async fn keep(parts: &Parts, account: &AccountId, rollup: &Rollup) -> Result<(), Trouble> {
    let bytes = serde_json::to_vec(rollup).map_err(|error| Trouble::Unexpected(error.into()))?;
    Ok(parts.objects.put(&names::rollup(account, rollup.day), bytes).await?)
}

/// The sums of a day, as they were kept last.
pub async fn kept(parts: &Parts, account: &AccountId, day: Day) -> Result<Option<Rollup>, Trouble> {
    let name = names::rollup(account, day);
    let Some(bytes) = parts.objects.get(&name).await? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    Ok(Some(read.map_err(|error| StoreError::BadRow { key: name, why: error.to_string() })?))
}
