//! The sums of a day, computed from the history and from nothing else: computing them again gives them again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    names::{self, Class},
    segments,
    tally::Tally,
};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ChannelId, Timestamp,
        cost::{Country, Pricing, Totals},
        job::Day,
        message::{Message, Way},
        outcome::FailureKind,
    },
    ports::StoreError,
};

/// The version of the form. 1: messages are counted. 2: what they cost, what was answered to templates, who came back.
pub const VERSION: u8 = 2;

/// The messages of one day, counted by what they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// The version of this form; what a newer one has is empty in an older one.
    pub v: u8,
    pub day: Day,
    pub made_at: Timestamp,
    pub lines: Vec<RollupLine>,
    /// What customers answered on this day to templates of this day or the day before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answers>,
    /// How many conversations an invitation's link led back into on this day, by the channel that they came in by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub came_back: BTreeMap<ChannelId, u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupLine {
    #[serde(flatten)]
    pub group: Group,
    pub messages: u64,
    /// What the latest attempts were expected to cost when they were made. Of messages that may have gone out.
    #[serde(default, skip_serializing_if = "Totals::is_empty")]
    pub expected: Totals,
    /// The same, of those that a provider certainly took.
    #[serde(default, skip_serializing_if = "Totals::is_empty")]
    pub taken: Totals,
}

/// What messages are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Group {
    /// The conversation's channel, also of an SMS that left by that channel's SMS channel.
    pub channel: ChannelId,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// `free_form`, `template`, `sms` or `phone_app`; `None` where none was chosen.
    pub way: Option<String>,
    pub state: String,
    pub template: Option<String>,
    /// Who it was assigned to. Nobody is yet.
    pub team: Option<String>,
    /// `window_template`, `sms_invite` or `holding_message`, where a step of the ladder sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Of the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Of the recipient's number, where an attempt was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// What it was charged as, by its receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureKind>,
}

/// Answers to one template, in one language on one channel, that was sent on one day. Each sent template counts once in each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    #[serde(flatten)]
    pub to: Asking,
    #[serde(flatten)]
    pub count: AnswerCount,
}

/// What was answered to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Asking {
    pub channel: ChannelId,
    pub template: String,
    pub language: Option<String>,
    /// The day that the template's message is counted on.
    pub sent_on: Day,
}

/// The latest template of a conversation has 24 hours and until the next one to be answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct AnswerCount {
    /// With any message that is one: a reaction is none.
    pub replied: u64,
    /// By a tap on a button.
    pub taps: u64,
    /// By a word that ends consent.
    pub opt_outs: u64,
}

impl AnswerCount {
    pub fn add(&mut self, other: Self) {
        self.replied += other.replied;
        self.taps += other.taps;
        self.opt_outs += other.opt_outs;
    }
}

impl Group {
    /// Whether an attempt was made that may have gone out, and nothing else is going to be: what can have cost anything.
    pub fn was_attempted(&self) -> bool {
        self.direction == "outbound"
            && self.way.as_deref().is_some_and(|way| way != "phone_app")
            && !["queued", "held", "refused", "expired", "cancelled"].contains(&&*self.state)
    }

    /// The customer has it.
    pub fn arrived(&self) -> bool {
        matches!(&*self.state, "delivered" | "read")
    }

    /// A provider took it, and did not say that it failed.
    pub fn went_out(&self) -> bool {
        self.was_attempted() && matches!(&*self.state, "accepted" | "sent" | "delivered" | "read")
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

/// Sums up a day from its history, and from that of the day before: whom its templates asked may answer on this one.
pub async fn compute(parts: &Parts, account: &AccountId, day: Day) -> Result<Rollup, Trouble> {
    let mut tally = Tally::new(day);
    each(parts, account, day.before(1), |message| tally.look_back(message)).await?;
    each(parts, account, day, |message| tally.count(message)).await?;
    Ok(tally.sums(parts.now()))
}

async fn each(parts: &Parts, account: &AccountId, day: Day, mut see: impl FnMut(&Message)) -> Result<(), Trouble> {
    for hour in segments::day(parts, account, day).await? {
        for slice in 0..hour.slices {
            hour.messages(parts, slice, |message| {
                see(&message);
                Ok(())
            })
            .await?;
        }
    }
    Ok(())
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
