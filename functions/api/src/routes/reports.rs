//! Reports: how many messages there were, and the compliance report.

use std::collections::BTreeMap;

use axum::{Json, extract::State, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use transom::{
    app::{
        archive::rollups::{self, Group},
        jobs::begin,
    },
    domain::{
        JobId, Timestamp,
        job::{Day, Job, JobKind, ReportFormat, ReportOrder},
        time::SignedDuration,
    },
};

use super::jobs::accepted;
use crate::{
    Shared,
    auth::Caller,
    problem::{Kind, Problem},
    request::{JsonBody, Parameters},
};

/// The longest time of one request.
const MOST_DAYS: i64 = 92;
/// Days that are counted from their history because no sums were kept: few, since each is read whole.
const MOST_COUNTED: usize = 3;
/// The longest time of a compliance report: two years.
const LONGEST_REPORT: SignedDuration = SignedDuration::from_hours(24 * 732);
/// What messages can be counted by.
const BY: [&str; 7] = ["day", "channel", "direction", "way", "state", "template", "team"];

#[derive(Debug, Serialize)]
pub struct MessagesReport {
    from: Day,
    /// Included.
    until: Day,
    by: Vec<&'static str>,
    data: Vec<Map<String, Value>>,
    /// Days of which nothing is known yet: ask again later. They are counted from their history, a few at a time.
    missing: Vec<Day>,
}

/// How many messages there were, by day and whatever else is asked for.
pub async fn messages(
    Caller(account): Caller,
    State(api): State<Shared>,
    mut parameters: Parameters,
) -> Result<Json<MessagesReport>, Problem> {
    let parts = &api.parts;
    let today = Day::of(parts.now());
    let from = day(&mut parameters, "from")?.unwrap_or_else(|| today.before(6));
    let until = day(&mut parameters, "until")?.unwrap_or(today);
    let by = by(parameters.take("by"))?;
    parameters.finish()?;
    let length = until.begins_at().duration_since(from.begins_at()).as_hours() / 24;
    if length < 0 {
        return Err(Problem::field(Kind::Malformed, "until", "must not be before from"));
    }
    if length >= MOST_DAYS {
        return Err(Problem::field(
            Kind::Malformed,
            "until",
            format!("may be at most {} days after from", MOST_DAYS - 1),
        ));
    }
    let mut counts: BTreeMap<Vec<Option<String>>, u64> = BTreeMap::new();
    let (mut missing, mut counted) = (Vec::new(), 0);
    // The newest first: of today there are no sums yet.
    let mut days: Vec<Day> = from.through(until.min(today)).collect();
    days.reverse();
    for day in days {
        let kept = if day < today { rollups::kept(parts, &account, day).await? } else { None };
        let rollup = match kept {
            Some(rollup) => rollup,
            None if !rollups::has_history(parts, &account, day).await? => continue,
            None if counted < MOST_COUNTED => {
                counted += 1;
                rollups::compute(parts, &account, day).await?
            }
            None => {
                missing.push(day);
                continue;
            }
        };
        for line in rollup.lines {
            let key = by.iter().map(|name| value_of(name, day, &line.group)).collect();
            *counts.entry(key).or_insert(0) += line.messages;
        }
    }
    missing.reverse();
    let data = counts
        .into_iter()
        .map(|(key, messages)| {
            let mut line: Map<String, Value> =
                by.iter().zip(key).map(|(name, value)| ((*name).to_owned(), value.into())).collect();
            line.insert("messages".to_owned(), messages.into());
            line
        })
        .collect();
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

fn day(parameters: &mut Parameters, name: &'static str) -> Result<Option<Day>, Problem> {
    let wrong = |_| Problem::field(Kind::Malformed, name, "must be a day such as 2026-03-01 (UTC)");
    parameters.take(name).map(|text| text.parse().map_err(wrong)).transpose()
}

fn by(asked: Option<String>) -> Result<Vec<&'static str>, Problem> {
    let Some(asked) = asked else { return Ok(vec!["day", "channel", "direction", "state"]) };
    let mut by = Vec::new();
    for word in asked.split(',') {
        let known = BY.into_iter().find(|known| *known == word.trim());
        let words = || format!("{word:?} is none; these are: {}", BY.join(", "));
        let known = known.ok_or_else(|| Problem::field(Kind::Malformed, "by", words()))?;
        if !by.contains(&known) {
            by.push(known);
        }
    }
    Ok(by)
}

#[derive(Debug, Deserialize)]
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
    Caller(account): Caller,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ComplianceBody>,
) -> Result<Response, Problem> {
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

    #[test]
    fn messages_are_counted_by_what_is_known() {
        assert_eq!(by(None).unwrap(), ["day", "channel", "direction", "state"]);
        assert_eq!(by(Some("state, day,state".into())).unwrap(), ["state", "day"]);
        assert_eq!(by(Some("colour".into())).unwrap_err().errors[0].field, "by");
    }
}
