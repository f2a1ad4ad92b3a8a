//! What became of a template's messages: sent, read, answered, and what that cost; beside what its provider counted.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::{Map, Value};
use transom::{
    app::{
        archive::{
            period,
            rollups::{self, AnswerCount},
        },
        costs::{Tariff, bill},
        templates::analytics::{self, Told},
    },
    domain::{ChannelId, channel::ProviderKind, cost::decimal, job::Day, outcome::FailureKind},
    ports::template_review::{Counted, Counting},
};

use crate::{
    Shared,
    auth::Account,
    describe::{FROM, Parameter, Query, UNTIL, by},
    problem::Problem,
    request::{Parameters, PathName},
    routes::{
        asked::Asked,
        costs::{ActualSums, Summing, Sums, row},
    },
};

const BY: [&str; 3] = ["day", "language", "channel"];

/// Of which days, and counted by what.
#[derive(Debug)]
pub struct AnalyticsQuery;

impl Query for AnalyticsQuery {
    const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL, by(&BY)];
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateAnalytics")]
pub struct Analytics {
    name: String,
    from: Day,
    /// Included.
    until: Day,
    by: Vec<&'static str>,
    #[schemars(with = "Vec<AnalyticsRow>")]
    data: Vec<Map<String, Value>>,
    totals: Became,
    /// What providers counted of these days by themselves, or why they did not.
    provider: Vec<ProviderView>,
    /// Days that were not counted yet: ask again later.
    missing: Vec<Day>,
}

/// Of what was asked for, what it is counted by; `null`: it has none.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct AnalyticsRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<ChannelId>,
    #[serde(flatten)]
    became: Became,
}

/// What became of messages that were sent on some days, whenever it did.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsCounts")]
struct Became {
    #[serde(flatten)]
    went: Went,
    #[serde(flatten)]
    answers: AnswerCount,
    /// By kind.
    failed: BTreeMap<FailureKind, u64>,
    cost: CostSums,
}

/// How far they went: what was read was delivered, what was delivered was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
struct Went {
    /// The provider took it, and did not say that it failed.
    sent: u64,
    delivered: u64,
    read: u64,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsCost")]
struct CostSums {
    expected: Sums,
    actual: ActualSums,
}

/// A provider's figures beside ours.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsProvider")]
struct ProviderView {
    provider: ProviderKind,
    account: Option<String>,
    language: String,
    reference: Option<String>,
    /// The days that were compared; a provider may look back less far.
    from: Day,
    until: Day,
    counted: Option<CountedView>,
    ours: Option<OursView>,
    /// Theirs less ours.
    difference: Option<Difference>,
    /// Why there are none.
    why: Option<String>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsCounted")]
struct CountedView {
    sent: u64,
    delivered: u64,
    read: u64,
    /// Buttons of any kind, also links, each as often as it was tapped.
    clicked: u64,
    /// What it charged, as a decimal, in the currency that it bills the account in. `None`: it does not say.
    spent: Option<String>,
}

/// What was counted here at the same place.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsOurs")]
struct OursView {
    #[serde(flatten)]
    went: Went,
    cost: CostSums,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsDifference")]
struct Difference {
    sent: i64,
    delivered: i64,
    read: i64,
}

/// Counts what is in one row.
#[derive(Debug, Default)]
struct Counter {
    went: Went,
    answers: AnswerCount,
    failed: BTreeMap<FailureKind, u64>,
    cost: Summing,
}

impl Counter {
    fn add(&mut self, line: &bill::Billed) {
        self.went.add(line);
        if line.group.state == "failed" {
            *self.failed.entry(line.group.failure.unwrap_or(FailureKind::Other)).or_insert(0) += line.messages;
        }
        self.cost.add(line);
    }

    fn became(self) -> Became {
        let cost = CostSums { expected: self.cost.expected(), actual: self.cost.actual() };
        Became { went: self.went, answers: self.answers, failed: self.failed, cost }
    }
}

impl Went {
    fn add(&mut self, line: &bill::Billed) {
        let group = &line.group;
        self.sent += if group.went_out() { line.messages } else { 0 };
        self.delivered += line.delivered();
        self.read += if group.state == "read" { line.messages } else { 0 };
    }
}

pub async fn show(
    Account(account): Account,
    PathName(name): PathName,
    State(api): State<Shared>,
    mut parameters: Parameters<AnalyticsQuery>,
) -> Result<Json<Analytics>, Problem> {
    let parts = &api.parts;
    let Asked { from, until, by } = Asked::read(&mut parameters, Day::of(parts.now()), &BY, &["day"])?;
    parameters.finish()?;
    let templates = parts.store.templates(&account, Some(&name)).await?;
    let tariff = Tariff::of(parts, &account).await?;
    // What was sent on the last day may be answered on the next.
    let known = period::read(parts, &account, from, until.next(), rollups::VERSION).await?;

    let mut lines = bill::bill(&tariff, &known.days);
    lines.retain(|line| line.day <= until && line.group.template.as_ref() == Some(&name));
    if templates.is_empty() && lines.is_empty() {
        return Err(Problem::not_found("There is no such template."));
    }
    let key = |day: Day, language: Option<&String>, channel: &ChannelId| -> Vec<Option<String>> {
        let value = |name: &&str| match *name {
            "day" => Some(day.to_string()),
            "language" => language.cloned(),
            _ => Some(channel.to_string()),
        };
        by.iter().map(value).collect()
    };
    let mut groups: BTreeMap<Vec<Option<String>>, Counter> = BTreeMap::new();
    let mut totals = Counter::default();
    for line in &lines {
        let key = key(line.day, line.group.language.as_ref(), &line.group.channel);
        groups.entry(key).or_default().add(line);
        totals.add(line);
    }
    for it in known.days.iter().flat_map(|rollup| &rollup.answers) {
        if it.to.template != name || !(from..=until).contains(&it.to.sent_on) {
            continue;
        }
        let key = key(it.to.sent_on, it.to.language.as_ref(), &it.to.channel);
        groups.entry(key).or_default().answers.add(it.count);
        totals.answers.add(it.count);
    }
    let told = analytics::told(parts, &account, &templates, (from, until)).await?;
    let provider = told.into_iter().map(|told| beside(told, &lines, &tariff)).collect();
    let data = groups.into_iter().map(|(key, counter)| row(&by, key, &counter.became())).collect();
    Ok(Json(Analytics { name, from, until, by, data, totals: totals.became(), provider, missing: known.missing }))
}

/// What the provider counted beside what we did at the same place, on the same days.
fn beside(told: Told, lines: &[bill::Billed], tariff: &Tariff) -> ProviderView {
    let Told { place, language, reference, from, until, counted } = told;
    let mut ours = Counter::default();
    for line in lines {
        let is_there = tariff.channel(&line.group.channel).is_some_and(|channel| channel.place() == place);
        if is_there && line.group.language.as_ref() == Some(&language) && (from..=until).contains(&line.day) {
            ours.add(line);
        }
    }
    let (counted, why) = match counted {
        Ok(counted) => (Some(counted), None),
        Err(why) => (None, Some(why)),
    };
    ProviderView {
        provider: place.provider,
        account: place.account,
        language,
        reference,
        from,
        until,
        difference: counted.map(|it| Difference {
            sent: less(it.sent, ours.went.sent),
            delivered: less(it.delivered, ours.went.delivered),
            read: less(it.read, ours.went.read),
        }),
        ours: counted.is_some().then(|| {
            let Became { went, cost, .. } = ours.became();
            OursView { went, cost }
        }),
        counted: counted.map(|Counted { sent, delivered, read, clicked, spent }| CountedView {
            sent,
            delivered,
            read,
            clicked,
            spent: spent.map(decimal),
        }),
        why,
    }
}

fn less(theirs: u64, ours: u64) -> i64 {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    signed(theirs) - signed(ours)
}

/// What became of turning counting on.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsEnabled")]
pub struct Enabled {
    data: Vec<EnabledView>,
    note: &'static str,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AnalyticsEnabledAt")]
struct EnabledView {
    provider: ProviderKind,
    account: Option<String>,
    enabled: bool,
    /// Why it is not.
    why: Option<String>,
}

/// Lets providers count by themselves, for all templates of the account. There is no way back.
pub async fn enable(Account(account): Account, State(api): State<Shared>) -> Result<Json<Enabled>, Problem> {
    let done = analytics::enable(&api.parts, &account).await?;
    let view = |(place, counting): (transom::domain::template::Place, Result<Counting, String>)| {
        let (enabled, why) = match counting {
            Ok(Counting::On) => (true, None),
            Ok(Counting::Never) => (false, Some("this provider counts nothing of single templates".to_owned())),
            Err(why) => (false, Some(why)),
        };
        EnabledView { provider: place.provider, account: place.account, enabled, why }
    };
    let note = "Meta counts from now on, and this cannot be undone: Meta has no way to turn it off again.";
    Ok(Json(Enabled { data: done.into_iter().map(view).collect(), note }))
}
