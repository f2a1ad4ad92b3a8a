//! What messages cost: what was expected, and what receipts say, by day and whatever else is asked for.

use std::{cmp::Ordering, collections::BTreeMap};

use axum::{Json, extract::State};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};
use transom::{
    app::{
        archive::{period, rollups::Group},
        costs::{
            Tariff,
            bill::{self, Billed},
        },
    },
    domain::{
        ChannelId,
        channel::Channel,
        cost::{Country, Currency, Money, Totals},
        job::Day,
        template::Template,
    },
};

use super::asked::Asked;
use crate::{
    Shared,
    auth::Account,
    describe::{FROM, Parameter, Query, UNTIL, by},
    problem::Problem,
    request::Parameters,
};

const BY: [&str; 5] = ["day", "category", "channel", "country", "way"];

/// Of which days, and counted by what.
#[derive(Debug)]
pub struct CostsQuery;

impl Query for CostsQuery {
    const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL, by(&BY)];
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct CostsReport {
    from: Day,
    /// Included.
    until: Day,
    by: Vec<&'static str>,
    prices: PricesUsed,
    #[schemars(with = "Vec<CostsRow>")]
    data: Vec<Map<String, Value>>,
    totals: Costs,
    /// Days that were not counted yet: ask again later. Those before `from` are of its month, whose free messages they tell.
    missing: Vec<Day>,
}

/// Of what was asked for, what it is counted by; `null`: it has none.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct CostsRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<ChannelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<String>,
    #[serde(flatten)]
    costs: Costs,
}

/// The price list that costs were taken from.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct PricesUsed {
    /// `own`, or `embedded`: the one that comes with the system.
    #[schemars(extend("enum" = ["own", "embedded"]))]
    list: &'static str,
    as_of: Date,
    currency: Currency,
}

/// What some messages cost.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Costs {
    /// Of which an attempt was made that may have gone out.
    messages: u64,
    delivered: u64,
    expected: Sums,
    actual: ActualSums,
}

#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
#[schemars(rename = "CostSums")]
pub struct Sums {
    /// One for each currency.
    sums: Vec<Money>,
    /// Messages without a price, which are missing from the sums.
    unpriced: u64,
}

#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
pub struct ActualSums {
    #[serde(flatten)]
    sums: Sums,
    /// Messages of which no receipt says whether they were charged: what was expected counts.
    assumed: u64,
}

impl From<&Totals> for Sums {
    fn from(totals: &Totals) -> Self {
        Self { sums: totals.sums().collect(), unpriced: totals.unpriced() }
    }
}

/// Adds up lines of a bill.
#[derive(Debug, Default)]
pub struct Summing {
    messages: u64,
    delivered: u64,
    expected: Totals,
    actual: Totals,
    assumed: u64,
}

impl Summing {
    pub fn add(&mut self, line: &Billed) {
        self.messages += line.messages;
        self.delivered += line.delivered();
        self.expected.merge(&line.expected);
        self.actual.merge(&line.actual);
        self.assumed += line.assumed;
    }

    pub fn costs(&self) -> Costs {
        Costs { messages: self.messages, delivered: self.delivered, expected: self.expected(), actual: self.actual() }
    }

    pub fn expected(&self) -> Sums {
        (&self.expected).into()
    }

    pub fn actual(&self) -> ActualSums {
        ActualSums { sums: (&self.actual).into(), assumed: self.assumed }
    }
}

pub async fn show(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<CostsQuery>,
) -> Result<Json<CostsReport>, Problem> {
    let parts = &api.parts;
    let asked = Asked::read(&mut parameters, Day::of(parts.now()), &BY, &["day", "category"])?;
    parameters.finish()?;
    let Asked { from, until, by } = asked;
    let tariff = Tariff::of(parts, &account).await?;
    let templates = if by.contains(&"category") { parts.store.templates(&account, None).await? } else { Vec::new() };
    let first = bill::month_begins(from);
    let known = period::read(parts, &account, first, until, bill::LEAST).await?;

    let mut groups: BTreeMap<Vec<Option<String>>, Summing> = BTreeMap::new();
    let mut totals = Summing::default();
    for line in bill::bill(&tariff, &known.days).iter().filter(|line| line.day.cmp(&from) != Ordering::Less) {
        let key = by.iter().map(|name| value_of(name, line, &tariff, &templates)).collect();
        groups.entry(key).or_default().add(line);
        totals.add(line);
    }
    let data = groups.into_iter().map(|(key, sums)| row(&by, key, &sums.costs())).collect();
    let prices = PricesUsed {
        list: if tariff.is_own { "own" } else { "embedded" },
        as_of: tariff.prices.as_of(),
        currency: tariff.prices.currency(),
    };
    Ok(Json(CostsReport { from, until, by, prices, data, totals: totals.costs(), missing: known.missing }))
}

/// A line of a report: what it is counted by, and what was counted.
pub fn row(by: &[&'static str], key: Vec<Option<String>>, counted: &impl Serialize) -> Map<String, Value> {
    let mut row: Map<String, Value> =
        by.iter().zip(key).map(|(name, value)| ((*name).to_owned(), value.into())).collect();
    if let Ok(Value::Object(counted)) = serde_json::to_value(counted) {
        row.extend(counted);
    }
    row
}

fn value_of(name: &str, line: &Billed, tariff: &Tariff, templates: &[Template]) -> Option<String> {
    let group = &line.group;
    match name {
        "day" => Some(line.day.to_string()),
        "category" => category(group, tariff, templates),
        "channel" => Some(group.channel.to_string()),
        "country" => group.country.map(|country| country.to_string()),
        _ => group.way.clone(),
    }
}

/// By what it was charged, as receipts say; where they do not, what a template is by now. An SMS has none.
fn category(group: &Group, tariff: &Tariff, templates: &[Template]) -> Option<String> {
    if let Some(word) = group.pricing.as_ref().and_then(|pricing| pricing.category.clone()) {
        return Some(word);
    }
    match group.way.as_deref() {
        Some("free_form") => Some("service".to_owned()),
        Some("template") => {
            let same = |it: &&Template| {
                Some(&it.name) == group.template.as_ref() && Some(&it.language) == group.language.as_ref()
            };
            let template = templates.iter().find(same)?;
            let place = tariff.channel(&group.channel).map(Channel::place);
            let category = place.map_or(template.definition.category, |place| template.category(&place));
            Some(category.word().to_lowercase())
        }
        _ => None,
    }
}
