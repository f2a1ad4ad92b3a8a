//! Reports of the work: how long customers wait, what is promised and kept, who does how much. By day, team and person.

use std::collections::BTreeMap;

use axum::extract::State;
use serde_json::{Map, Value, json};
use transom::{
    app::archive::numbers,
    domain::{
        AccountId, TeamId,
        access::Actor,
        job::Day,
        numbers::{DayOfWork, Fallback, FallbackSums, Outcome, Spread, Sums},
    },
};

use super::{
    asked::Asked,
    costs::row,
    sheet::{FORMAT, Form, Sheet, Told},
};
use crate::{
    Shared,
    auth::Account,
    describe::{FROM, Parameter, Query, UNTIL, by, text},
    headers::WantsCsv,
    problem::{Kind, Problem},
    request::Parameters,
};

/// What people's work is told by.
const BY: [&str; 3] = ["day", "team", "person"];
const USUAL: [&str; 2] = ["day", "team"];
/// What fallbacks are told by: nobody of the staff sends them.
const FALLBACKS_BY: [&str; 3] = ["day", "team", "kind"];

const TEAM: Parameter = text("team", "Only of this team.", 60);
const PERSON: Parameter = text("person", "Only of this person: `stf_…`, `tok_…` or another who can write.", 80);

/// Of which days, whom, and told by what.
#[derive(Debug)]
pub struct WorkQuery;

impl Query for WorkQuery {
    const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL, by(&BY), TEAM, PERSON, FORMAT];
}

/// The same of fallbacks.
#[derive(Debug)]
pub struct FallbacksQuery;

impl Query for FallbacksQuery {
    const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL, by(&FALLBACKS_BY), TEAM, FORMAT];
}

/// What is told of one line.
#[derive(Debug, Default)]
struct Line {
    sums: Sums,
    conversations: u64,
    fallbacks: FallbackSums,
}

type Columns = Vec<(&'static str, Value)>;

/// A report: what it is told by, and its columns.
struct Report {
    by: &'static [&'static str],
    usual: &'static [&'static str],
    columns: fn(&Line) -> Columns,
    /// Whether there is anything to tell: who did nothing of it has no line.
    is_empty: fn(&Line) -> bool,
}

const RESPONSES: Report = Report {
    by: &BY,
    usual: &USUAL,
    columns: |Line { sums, .. }| {
        let first = ["first_answers", "first_median_seconds", "first_p95_seconds", "first_longest_seconds"];
        let every = ["answers", "median_seconds", "p95_seconds", "longest_seconds"];
        let mut columns = spread(first, &sums.first);
        columns.extend(spread(every, &sums.every));
        columns.push(("automatic_messages", json!(sums.automatic)));
        columns
    },
    is_empty: |Line { sums, .. }| sums.every.is_empty() && sums.automatic == 0,
};

const RESOLUTIONS: Report = Report {
    by: &BY,
    usual: &USUAL,
    columns: |Line { sums, .. }| {
        let mut columns = vec![
            ("opened", json!(sums.opened)),
            ("reopened", json!(sums.reopened)),
            ("closed", json!(sums.closed)),
            ("archived", json!(sums.archived)),
        ];
        let names = ["timed", "median_seconds", "p95_seconds", "longest_seconds"];
        columns.extend(spread(names, &sums.resolution));
        columns
    },
    is_empty: |Line { sums, .. }| [sums.opened, sums.closed, sums.archived, sums.reopened] == [0; 4],
};

const SLA: Report = Report {
    by: &BY,
    usual: &USUAL,
    columns: |Line { sums, .. }| {
        let promised = sums.kept + sums.broken;
        vec![
            ("promised", json!(promised)),
            ("kept", json!(sums.kept)),
            ("broken", json!(sums.broken)),
            ("share_kept", json!(share(sums.kept, promised))),
        ]
    },
    is_empty: |Line { sums, .. }| sums.kept + sums.broken == 0,
};

const LOAD: Report = Report {
    by: &BY,
    usual: &BY,
    columns: |Line { sums, conversations, .. }| {
        vec![
            ("conversations", json!(conversations)),
            ("messages_written", json!(sums.written)),
            ("messages_received", json!(sums.received)),
            ("automatic_messages", json!(sums.automatic)),
        ]
    },
    is_empty: |Line { sums, .. }| [sums.written, sums.received, sums.automatic] == [0; 3],
};

const WINDOWS: Report = Report {
    by: &BY,
    usual: &USUAL,
    columns: |Line { sums, .. }| {
        vec![
            ("windows", json!(sums.in_window + sums.missed)),
            ("answered", json!(sums.in_window)),
            ("saved", json!(sums.saved)),
            ("missed", json!(sums.missed)),
        ]
    },
    is_empty: |Line { sums, .. }| sums.in_window + sums.missed == 0,
};

const FALLBACKS: Report = Report {
    by: &FALLBACKS_BY,
    usual: &FALLBACKS_BY,
    columns: |Line { fallbacks, .. }| {
        let mut columns = vec![("written", json!(fallbacks.all()))];
        columns.extend(Outcome::ALL.map(|outcome| (outcome.word(), json!(fallbacks.of(outcome)))));
        columns.push(("came_back", json!(fallbacks.came_back)));
        columns
    },
    is_empty: |Line { fallbacks, .. }| fallbacks.all() + fallbacks.came_back == 0,
};

const SATISFACTION: Report = Report {
    by: &BY,
    usual: &USUAL,
    columns: |Line { sums: Sums { scores, .. }, .. }| {
        let count: u64 = scores.iter().sum();
        let points: u64 = (1..).zip(scores).map(|(score, count)| score * count).sum();
        let mut columns = vec![
            ("scores", json!(count)),
            ("average", json!(hundredths(points, count))),
            ("share_4_and_5", json!(share(scores[3] + scores[4], count))),
        ];
        let words = ["score_1", "score_2", "score_3", "score_4", "score_5"];
        columns.extend(words.into_iter().zip(scores.map(Value::from)));
        columns
    },
    is_empty: |Line { sums, .. }| sums.scores == [0; 5],
};

/// Count, median, 95th percentile and longest.
fn spread([count, median, p95, longest]: [&'static str; 4], of: &Spread) -> Columns {
    vec![
        (count, json!(of.count())),
        (median, json!(of.median())),
        (p95, json!(of.percentile(95))),
        (longest, json!(of.longest())),
    ]
}

/// To four decimals; `None`: of nothing.
fn share(part: u64, whole: u64) -> Option<f64> {
    decimal(part.saturating_mul(10_000).checked_div(whole)?, 10_000.0)
}

fn hundredths(sum: u64, count: u64) -> Option<f64> {
    decimal(sum.saturating_mul(100).checked_div(count)?, 100.0)
}

fn decimal(parts: u64, of: f64) -> Option<f64> {
    Some(f64::from(u32::try_from(parts).ok()?) / of)
}

/// Only this team, or this person.
#[derive(Debug, Default)]
struct Narrowed {
    team: Option<TeamId>,
    person: Option<Actor>,
}

impl Narrowed {
    async fn read<Q: Query>(
        parameters: &mut Parameters<Q>,
        by: &[&'static str],
        api: &Shared,
        account: &AccountId,
    ) -> Result<Self, Problem> {
        let mut it = Self::default();
        if let Some(text) = parameters.take("team") {
            let settings = api.parts.store.work_settings(account).await?.unwrap_or_default();
            let known = text.parse().ok().filter(|team| settings.team(team).is_some());
            let words = || Problem::field(Kind::Malformed, "team", format!("there is no team {text:?}"));
            it.team = Some(known.ok_or_else(words)?);
        }
        if by.contains(&"person")
            && let Some(text) = parameters.take("person")
        {
            let words = |_| Problem::field(Kind::Malformed, "person", "must be an id such as stf_… or tok_…");
            it.person = Some(text.parse().map_err(words)?);
        }
        Ok(it)
    }

    fn fits(&self, team: Option<&TeamId>, person: Option<&Actor>) -> bool {
        self.team.as_ref().is_none_or(|wanted| Some(wanted) == team)
            && self.person.as_ref().is_none_or(|wanted| Some(wanted) == person)
    }
}

/// What a line is about.
#[derive(Debug, Clone, Copy, Default)]
struct About<'a> {
    team: Option<&'a TeamId>,
    person: Option<&'a Actor>,
    kind: Option<Fallback>,
}

fn value_of(name: &str, day: Day, about: About<'_>) -> Option<String> {
    match name {
        "day" => Some(day.to_string()),
        "team" => about.team.map(ToString::to_string),
        "person" => about.person.map(ToString::to_string),
        _ => about.kind.map(|kind| kind.word().to_owned()),
    }
}

type Lines = BTreeMap<Vec<Option<String>>, Line>;

fn add(lines: &mut Lines, work: &DayOfWork, by: &[&'static str], narrowed: &Narrowed) {
    let key = |about| by.iter().map(|name| value_of(name, work.day, about)).collect::<Vec<_>>();
    let of_people = by.contains(&"person") || narrowed.person.is_some();
    for it in &work.lines {
        let (team, person) = (it.whose.team.as_ref(), it.whose.person.as_ref());
        if narrowed.fits(team, person) {
            let line = lines.entry(key(About { team, person, kind: None })).or_default();
            line.sums.merge(&it.sums);
            line.conversations += if of_people { it.sums.conversations } else { 0 };
        }
    }
    // Several people may have written in one conversation: each is one of the team, and of all.
    if !of_people && (by.contains(&"team") || narrowed.team.is_some()) {
        for it in work.teams.iter().filter(|it| narrowed.fits(it.team.as_ref(), None)) {
            let about = About { team: it.team.as_ref(), ..About::default() };
            lines.entry(key(about)).or_default().conversations += it.conversations;
        }
    } else if !of_people {
        lines.entry(key(About::default())).or_default().conversations += work.conversations;
    }
    for it in work.fallbacks.iter().filter(|it| narrowed.fits(it.team.as_ref(), None)) {
        let about = About { team: it.team.as_ref(), person: None, kind: Some(it.kind) };
        lines.entry(key(about)).or_default().fallbacks.merge(&it.sums);
    }
}

async fn show<Q: Query>(
    api: &Shared,
    account: &AccountId,
    wants_csv: WantsCsv,
    mut parameters: Parameters<Q>,
    report: &Report,
) -> Result<Told, Problem> {
    let parts = &api.parts;
    let Asked { from, until, by } = Asked::read(&mut parameters, Day::of(parts.now()), report.by, report.usual)?;
    let form = Form::read(&mut parameters, wants_csv)?;
    let narrowed = Narrowed::read(&mut parameters, report.by, api, account).await?;
    parameters.finish()?;
    let numbers::Period { days, provisional, missing } = numbers::read(parts, account, from, until).await?;
    let mut lines = Lines::new();
    for work in &days {
        add(&mut lines, work, &by, &narrowed);
    }
    let names = (report.columns)(&Line::default()).into_iter().map(|(name, _)| name);
    let columns = by.iter().copied().chain(names).collect();
    let told = lines.into_iter().filter(|(_, line)| !(report.is_empty)(line));
    let data = told
        .map(|(key, line)| {
            let counted = (report.columns)(&line).into_iter().map(|(name, value)| (name.to_owned(), value));
            row(&by, key, &counted.collect::<Map<_, _>>())
        })
        .collect();
    Ok(Told { sheet: Sheet { from, until, by, columns, data, provisional, missing }, form })
}

macro_rules! reports {
    ($($name:ident: $query:ident, $report:ident;)*) => {$(
        pub async fn $name(
            Account(account): Account,
            State(api): State<Shared>,
            wants_csv: WantsCsv,
            parameters: Parameters<$query>,
        ) -> Result<Told, Problem> {
            show(&api, &account, wants_csv, parameters, &$report).await
        }
    )*};
}

reports! {
    responses: WorkQuery, RESPONSES;
    resolutions: WorkQuery, RESOLUTIONS;
    sla: WorkQuery, SLA;
    load: WorkQuery, LOAD;
    windows: WorkQuery, WINDOWS;
    fallbacks: FallbacksQuery, FALLBACKS;
    satisfaction: WorkQuery, SATISFACTION;
}
