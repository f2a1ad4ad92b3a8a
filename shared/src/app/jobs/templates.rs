//! What is said to providers about templates, and what they say: handing in what was asked for, and once an hour a look at
//! their lists. A list that says nothing new writes nothing.

use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        deadline::Deadline,
        templates::{self, handing_in::Handed, listed, places},
        timers,
    },
    domain::{
        AccountId, Timestamp,
        job::{Job, JobKind, job_id},
        template::{Decision, Place, Stage, Standing, Status, Template},
        time::SignedDuration,
        timer::TimerKind,
    },
    ports::{
        store::Step,
        template_review::{Listed, ListedContent},
    },
};

/// How often providers' lists are looked at.
const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// A provider that is asked too much is left alone for so long, in seconds. Meta lets 100 templates an hour be made.
const LEFT_ALONE: u32 = 600;
/// So often is a provider waited for; the next hour goes on.
const MOST_WAITS: u32 = 5;

/// Where the work stands, and what it did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    #[serde(default)]
    phase: Phase,
    /// Handed in, counted by language and provider.
    #[serde(default)]
    pub submitted: u32,
    /// Turned down at once, with why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// New here: somebody made them at the provider.
    #[serde(default)]
    pub imported: u32,
    /// Stand otherwise than was known.
    #[serde(default)]
    pub changed: u32,
    /// What could not be done, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    #[serde(default)]
    waits: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    #[default]
    Submit,
    Sync,
}

/// Arms the next look at the providers' lists. Any number of times within the hour is as once.
pub async fn arm(parts: &Parts, account: &AccountId) -> Result<(), Trouble> {
    timers::arm(parts, next(parts.now()), account, TimerKind::Templates {}).await
}

fn next(now: Timestamp) -> Timestamp {
    let hour = EVERY.as_secs();
    let begun = now.as_second().div_euclid(hour);
    Timestamp::from_second((begun + 1) * hour).expect("an hour from now is a time")
}

/// The time has come.
pub async fn begin(parts: &Parts, account: &AccountId, due: Timestamp) -> Result<(), Trouble> {
    let id = job_id(account, "templates", &due.to_string());
    parts.store.put_job(&Job::new(id, account.clone(), JobKind::Templates { sync: true }, parts.now())).await?;
    arm(parts, account).await
}

/// A provider says that something was edited there: its list is looked at without waiting for the hour. Edits of one minute are
/// looked at together.
pub async fn look_soon(parts: &Parts, account: &AccountId, told_at: Timestamp) -> Result<(), Trouble> {
    let minute = told_at.as_second().div_euclid(60);
    let id = job_id(account, "templates-edited", &minute.to_string());
    parts.store.put_job(&Job::new(id, account.clone(), JobKind::Templates { sync: true }, parts.now())).await?;
    Ok(())
}

pub(super) async fn step(parts: &Parts, job: &Job, sync: bool, deadline: Deadline) -> Result<Stepped, Trouble> {
    let mut done: Done = progress_of(job)?;
    let account = &job.account;
    let (mut reached, missing) = places::of(parts, account).await?;
    // Meta first: it is the one that refuses edits, and what is imported from there has better names of variables.
    reached.sort_by(|one, other| one.place.cmp(&other.place));
    if done.phase == Phase::Submit {
        done.problems = missing.iter().map(|(place, why)| format!("{}: {why}", place.in_words())).collect();
        if reached.is_empty() && missing.is_empty() {
            done.problems
                .push("the account has no WhatsApp channel: there is nobody to hand templates in to".to_owned());
        }
        if let Some(pause) = submit_all(parts, account, &reached, deadline, &mut done).await? {
            return Ok(Stepped::More { progress: noted(&done), pause });
        }
        if !sync {
            return Ok(Stepped::Done(noted(&done)));
        }
        done.phase = Phase::Sync;
    }
    for it in &reached {
        match parts.providers.template_review(it.place.provider).list(&it.at(parts.now())).await {
            Ok(listed) => compare(parts, account, &it.place, listed, &mut done).await?,
            Err(error) => done.problems.push(format!("{}: {error}", it.place.in_words())),
        }
    }
    Ok(Stepped::Done(noted(&done)))
}

/// Hands in what is to be. Answers a pause, if a provider is to be left alone or the time is over.
async fn submit_all(
    parts: &Parts,
    account: &AccountId,
    reached: &[places::Reached],
    deadline: Deadline,
    done: &mut Done,
) -> Result<Option<u32>, Trouble> {
    let mut busy = false;
    for template in parts.store.templates(account, None).await? {
        if template.stage != Stage::Submitting {
            continue;
        }
        if deadline.passed() {
            return Ok(Some(0));
        }
        let Handed { everywhere, taken, refused, problems } =
            templates::handing_in::hand_in(parts, account, reached, template).await?;
        busy |= !everywhere;
        done.submitted += taken;
        done.refused.extend(refused);
        done.problems.extend(problems);
    }
    if busy && done.waits < MOST_WAITS {
        done.waits += 1;
        return Ok(Some(LEFT_ALONE));
    }
    Ok(None)
}

/// Takes what a provider lists for the truth of where templates stand there.
async fn compare(
    parts: &Parts,
    account: &AccountId,
    place: &Place,
    list: Vec<Listed>,
    done: &mut Done,
) -> Result<(), Trouble> {
    let ours = parts.store.templates(account, None).await?;
    for template in &ours {
        let theirs = theirs(template, place, &list);
        let now = parts.now();
        let decisions = match theirs {
            Some(it) => decisions(&it.standing, now),
            // What was never handed in there is not missed there; nor is what was handed in just now.
            None if template.standing(place).is_none() && template.stage != Stage::Declared => continue,
            None if template.standing(place).is_some_and(|it| now - EVERY < it.since) => continue,
            None => vec![(Decision::Status { status: "missing".to_owned(), reason: None }, now)],
        };
        let at = (template.name.as_str(), template.language.as_str());
        let same = listed::agrees(template, place, theirs);
        if !same {
            templates::heard(parts, account, at, place, &decisions).await?;
        }
        let adopted = match theirs {
            Some(it) => listed::adopt(parts, account, at, place, it).await?,
            None => false,
        };
        done.changed += u32::from(!same || adopted);
    }
    for it in list {
        let known = |template: &Template| template.name == it.name && template.language == it.language;
        let referred = |template: &Template| {
            template.reference(place).is_some() && template.reference(place) == it.standing.reference.as_deref()
        };
        if ours.iter().any(|template| known(template) || referred(template)) {
            continue;
        }
        // What was deleted here and cannot be deleted there does not come back.
        if it.standing.status == Status::Missing || it.standing.is_disabled_for_good() {
            continue;
        }
        let Some(content) = it.content else { continue };
        if !is_name(&it.name) {
            let at = place.in_words();
            done.problems.push(format!("{at}: {:?} is not imported: a name has a-z, 0-9 and _ only", it.name));
            continue;
        }
        let mut standing = it.standing;
        standing.listed = Some(listed::fingerprint(&content));
        let ListedContent { definition, variables, parameters } = content;
        let template = Template {
            variables,
            parameters,
            stage: Stage::Submitted,
            standings: vec![standing],
            ..Template::drafted(it.name, it.language, definition)
        };
        if parts.store.put_template(account, &template).await? == Step::Done {
            done.imported += 1;
        }
    }
    Ok(())
}

/// A name that templates have here (Meta, "message templates").
fn is_name(name: &str) -> bool {
    (1..=512).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn theirs<'a>(template: &Template, place: &Place, listed: &'a [Listed]) -> Option<&'a Listed> {
    let by_reference = template
        .reference(place)
        .and_then(|reference| listed.iter().find(|it| it.standing.reference.as_deref() == Some(reference)));
    let named = listed.iter().filter(|it| it.name == template.name && it.language == template.language);
    by_reference.or_else(|| named.min_by_key(|it| it.standing.status))
}

fn decisions(standing: &Standing, now: Timestamp) -> Vec<(Decision, Timestamp)> {
    let status = Decision::Status { status: standing.word.clone(), reason: standing.reason.clone() };
    let mut decisions = vec![(status, now)];
    if let Some(category) = standing.category {
        decisions.push((Decision::Category { category, next: standing.next_category }, now));
    }
    if let Some(quality) = standing.quality {
        decisions.push((Decision::Quality { quality }, now));
    }
    decisions
}
