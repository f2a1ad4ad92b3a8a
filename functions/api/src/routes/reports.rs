//! Reports: how many messages there were, and the compliance report.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use transom::{
    app::{
        archive::{
            period,
            rollups::{self, Group},
        },
        jobs::begin,
    },
    domain::{
        ChannelId, JobId, Timestamp,
        job::{Day, Job, JobKind, ReportFormat, ReportOrder},
        time::SignedDuration,
    },
};

use super::{
    asked::{self, Asked, DaysQuery},
    costs::row,
    jobs::{JobView, accepted},
};
use crate::{
    Shared,
    answer::Accepted,
    auth::Account,
    describe::{FROM, Parameter, Query, UNTIL, by},
    problem::Problem,
    request::{JsonBody, Parameters},
};

/// The longest time of a compliance report: two years.
const LONGEST_REPORT: SignedDuration = SignedDuration::from_hours(24 * 732);
/// What messages can be counted by.
const BY: [&str; 7] = ["day", "channel", "direction", "way", "state", "template", "team"];

/// Of which days, and counted by what.
#[derive(Debug)]
pub struct MessagesQuery;

impl Query for MessagesQuery {
    const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL, by(&BY)];
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct MessagesReport {
    from: Day,
    /// Included.
    until: Day,
    by: Vec<&'static str>,
    #[schemars(with = "Vec<MessagesRow>")]
    data: Vec<Map<String, Value>>,
    /// Days of which nothing is known yet: ask again later. They are counted from their history, a few at a time.
    missing: Vec<Day>,
}

/// Of what was asked for, what it is counted by; `null`: it has none.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct MessagesRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<ChannelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    messages: u64,
}

/// How many messages there were, by day and whatever else is asked for.
pub async fn messages(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<MessagesQuery>,
) -> Result<Json<MessagesReport>, Problem> {
    let parts = &api.parts;
    let usual = ["day", "channel", "direction", "state"];
    let Asked { from, until, by } = Asked::read(&mut parameters, Day::of(parts.now()), &BY, &usual)?;
    parameters.finish()?;
    let period::Period { days, missing } = period::read(parts, &account, from, until, 1).await?;
    let mut counts: BTreeMap<Vec<Option<String>>, u64> = BTreeMap::new();
    for rollup in days {
        for line in rollup.lines {
            let key = by.iter().map(|name| value_of(name, rollup.day, &line.group)).collect();
            *counts.entry(key).or_insert(0) += line.messages;
        }
    }
    let data = counts.into_iter().map(|(key, messages)| row(&by, key, &json!({ "messages": messages }))).collect();
    Ok(Json(MessagesReport { from, until, by, data, missing }))
}

fn value_of(name: &str, day: Day, group: &Group) -> Option<String> {
    match name {
        "day" => Some(day.to_string()),
        "channel" => Some(group.channel.to_string()),
        "direction" => Some(group.direction.clone()),
        "way" => group.way.clone(),
        "state" => Some(group.state.clone()),
        "template" => group.template.clone(),
        _ => group.team.clone(),
    }
}

/// How many SMS invited customers back, and how many came.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct InvitationsReport {
    from: Day,
    /// Included.
    until: Day,
    /// That the gateway took.
    sent: u64,
    delivered: u64,
    /// Conversations that a link led back into on these days, each once a day; whenever it was invited.
    came_back: u64,
    /// Of those that were sent; `null`: none was.
    rate: Option<f64>,
    missing: Vec<Day>,
}

pub async fn invitations(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<DaysQuery>,
) -> Result<Json<InvitationsReport>, Problem> {
    let parts = &api.parts;
    let (from, until) = asked::days(&mut parameters, Day::of(parts.now()))?;
    parameters.finish()?;
    let period::Period { days, missing } = period::read(parts, &account, from, until, rollups::VERSION).await?;
    let (mut sent, mut delivered, mut came_back) = (0, 0, 0);
    for rollup in &days {
        came_back += rollup.came_back.values().sum::<u64>();
        for line in rollup.lines.iter().filter(|line| line.group.purpose.as_deref() == Some("sms_invite")) {
            sent += if line.group.went_out() { line.messages } else { 0 };
            delivered += if line.group.arrived() { line.messages } else { 0 };
        }
    }
    Ok(Json(InvitationsReport { from, until, sent, delivered, came_back, rate: rate(came_back, sent), missing }))
}

/// To four decimals.
fn rate(part: u64, whole: u64) -> Option<f64> {
    let of_ten_thousand = part.saturating_mul(10_000).checked_div(whole)?;
    Some(f64::from(u32::try_from(of_ten_thousand).unwrap_or(u32::MAX)) / 10_000.0)
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplianceBody {
    from: Timestamp,
    /// Not included.
    until: Timestamp,
    #[serde(default)]
    format: ReportFormat,
    /// With addresses and contents.
    #[serde(default)]
    personal: bool,
}

impl ComplianceBody {
    fn order(&self, now: Timestamp) -> Result<ReportOrder, Problem> {
        if self.until <= self.from {
            return Err(Problem::invalid("until", "must be after from"));
        }
        if self.until.duration_since(self.from) > LONGEST_REPORT {
            return Err(Problem::invalid("until", "may be at most two years after from"));
        }
        if self.until > now {
            return Err(Problem::invalid("until", "lies in the future; a report is of what happened"));
        }
        Ok(ReportOrder { from: self.from, until: self.until, format: self.format, personal: self.personal })
    }
}

/// Begins a compliance report.
pub async fn compliance(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ComplianceBody>,
) -> Result<Accepted<JobView>, Problem> {
    let parts = &api.parts;
    let order = value.order(parts.now())?;
    let job = Job::new(JobId::from_bits(parts.bits()), account, JobKind::Report(order), parts.now());
    Ok(accepted(&begin(parts, job).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::parse;

    #[test]
    fn a_wrong_time_of_a_report_is_named() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let read = |from: &str, until: &str| {
            let body = format!(r#"{{"from": "{from}", "until": "{until}"}}"#);
            parse::<ComplianceBody>(body.as_bytes())?.order(now)
        };
        read("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z").unwrap();
        for (from, until, field) in [
            ("2026-03-01", "2026-03-02T00:00:00Z", "from"),
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "until"),
            ("2023-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "until"),
            ("2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", "until"),
        ] {
            assert_eq!(read(from, until).unwrap_err().errors[0].field, field, "{from} {until}");
        }
    }
}
