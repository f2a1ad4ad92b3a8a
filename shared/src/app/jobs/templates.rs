//! What is said to providers about templates, and what they say: handing in what was asked for, and once an hour a look at
//! their lists. A list that says nothing new writes nothing.

use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        deadline::Deadline,
        publish,
        templates::{self, places},
        timers,
    },
    domain::{
        AccountId, Timestamp,
        event::Event,
        job::{Job, JobKind, job_id},
        template::{Decision, Place, Stage, Standing, Status, Template},
        time::SignedDuration,
        timer::TimerKind,
    },
    ports::{
        administration::AskError,
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

pub(super) async fn step(parts: &Parts, job: &Job, sync: bool, deadline: Deadline) -> Result<Stepped, Trouble> {
    let mut done: Done = progress_of(job)?;
    let account = &job.account;
    let (reached, missing) = places::of(parts, account).await?;
    if done.phase == Phase::Submit {
        done.problems = missing.iter().map(|(place, why)| format!("{}: {why}", word(place))).collect();
        if let Some(pause) = submit_all(parts, account, &reached, deadline, &mut done).await? {
            return Ok(Stepped::More { progress: noted(&done), pause });
        }
        if !sync {
            return Ok(Stepped::Done(noted(&done)));
        }
        done.phase = Phase::Sync;
    }
    // Meta first, where variables have names: what is imported from there has better ones.
    let mut reached = reached;
    reached.sort_by(|one, other| one.place.cmp(&other.place));
    for it in &reached {
        match parts.providers.template_review(it.place.provider).list(&it.at(parts.now())).await {
            Ok(listed) => compare(parts, account, &it.place, listed, &mut done).await?,
            Err(error) => done.problems.push(format!("{}: {error}", word(&it.place))),
        }
    }
    Ok(Stepped::Done(noted(&done)))
}

fn word(place: &Place) -> String {
    let provider = place.provider.word();
    place.account.as_ref().map_or_else(|| provider.to_owned(), |account| format!("{provider} {account}"))
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
        match submit_one(parts, account, reached, template, done).await? {
            Submitted::Everywhere => {}
            Submitted::Later => busy = true,
        }
    }
    if busy && done.waits < MOST_WAITS {
        done.waits += 1;
        return Ok(Some(LEFT_ALONE));
    }
    Ok(None)
}

enum Submitted {
    Everywhere,
    Later,
}

/// Hands one in at every place. Who was told twice, since the writing here failed, has it as once.
async fn submit_one(
    parts: &Parts,
    account: &AccountId,
    reached: &[places::Reached],
    template: Template,
    done: &mut Done,
) -> Result<Submitted, Trouble> {
    let mut then = template.as_drafted();
    let mut later = reached.is_empty();
    for it in reached {
        let review = parts.providers.template_review(it.place.provider);
        let standing = match review.submit(&it.at(parts.now()), &then).await {
            Ok(standing) => {
                done.submitted += 1;
                standing
            }
            Err(AskError::Refused { message, .. }) => {
                done.refused.push(format!("{} ({}) at {}: {message}", then.name, then.language, word(&it.place)));
                refused(&then, &it.place, message, parts.now())
            }
            Err(error) => {
                done.problems.push(format!("{} ({}): {error}", then.name, then.language));
                later = true;
                continue;
            }
        };
        publish::notice(parts, &Event::template(account, (&then.name, &then.language), &standing)).await?;
        then.standings.retain(|known| known.place != it.place);
        then.standings.push(standing);
    }
    // What goes out stays as it is until every provider has what is to take its place.
    let (definition, variables, draft) = if later {
        (template.definition.clone(), template.variables.clone(), template.draft.clone())
    } else {
        (then.definition, then.variables, None)
    };
    let stage = if later { Stage::Submitting } else { Stage::Submitted };
    let written = Template { definition, variables, draft, stage, standings: then.standings, ..template };
    // Lost: somebody took it back meanwhile, or a provider has decided already; the next look sees how it stands.
    if parts.store.put_template(account, &written).await? == Step::Lost {
        return Ok(Submitted::Later);
    }
    Ok(if later { Submitted::Later } else { Submitted::Everywhere })
}

fn refused(template: &Template, place: &Place, message: String, now: Timestamp) -> Standing {
    let reference = template.standing(place).and_then(|standing| standing.reference.clone());
    let mut standing = Standing::submitted(place.clone(), reference, now);
    standing.status = Status::Rejected;
    "refused".clone_into(&mut standing.word);
    standing.reason = Some(message);
    standing
}

/// Takes what a provider lists for the truth of where templates stand there.
async fn compare(
    parts: &Parts,
    account: &AccountId,
    place: &Place,
    listed: Vec<Listed>,
    done: &mut Done,
) -> Result<(), Trouble> {
    let ours = parts.store.templates(account, None).await?;
    for template in &ours {
        let theirs = theirs(template, place, &listed);
        let now = parts.now();
        let decisions = match theirs {
            Some(it) => decisions(&it.standing, now),
            // What was never handed in there is not missed there; nor is what was handed in just now.
            None if template.standing(place).is_none() && template.stage != Stage::Declared => continue,
            None if template.standing(place).is_some_and(|it| now - EVERY < it.since) => continue,
            None => vec![(Decision::Status { status: "missing".to_owned(), reason: None }, now)],
        };
        if agrees(template, place, theirs) {
            continue;
        }
        done.changed += 1;
        let at = (template.name.as_str(), template.language.as_str());
        templates::heard(parts, account, at, place, &decisions).await?;
        if let Some(it) = theirs {
            adopt(parts, account, at, place, it).await?;
        }
    }
    for it in listed {
        let known = |template: &Template| template.name == it.name && template.language == it.language;
        let referred = |template: &Template| {
            template.reference(place).is_some() && template.reference(place) == it.standing.reference.as_deref()
        };
        if ours.iter().any(|template| known(template) || referred(template)) {
            continue;
        }
        let Some(content) = it.content.filter(|_| it.standing.status != Status::Missing) else { continue };
        if !is_name(&it.name) {
            continue;
        }
        let ListedContent { definition, variables, parameters } = content;
        let template = Template {
            variables,
            parameters,
            stage: Stage::Submitted,
            standings: vec![it.standing],
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

/// Whether what is known is what the provider says, in everything that it says.
fn agrees(template: &Template, place: &Place, theirs: Option<&Listed>) -> bool {
    match (template.standing(place), theirs) {
        (Some(ours), Some(theirs)) => {
            let it = &theirs.standing;
            let same = (ours.status, &ours.word, &ours.reference, ours.parameters)
                == (it.status, &it.word, &it.reference, it.parameters);
            same && (it.category.is_none() || (ours.category, ours.next_category) == (it.category, it.next_category))
                && (it.quality.is_none() || ours.quality == it.quality)
                && (it.reason.is_none() || ours.reason == it.reason)
        }
        (Some(ours), None) => ours.status == Status::Missing,
        (None, _) => false,
    }
}

/// Notes what the provider calls it, and how it knows its variables.
async fn adopt(
    parts: &Parts,
    account: &AccountId,
    at: (&str, &str),
    place: &Place,
    theirs: &Listed,
) -> Result<(), Trouble> {
    templates::change(parts, account, at, |before| {
        let Some(mut template) = before else { return Ok(None) };
        let Some(standing) = template.standings.iter_mut().find(|it| it.place == *place) else { return Ok(None) };
        let known = (standing.reference.clone(), standing.parameters);
        if known == (theirs.standing.reference.clone(), theirs.standing.parameters) {
            return Ok(None);
        }
        standing.reference.clone_from(&theirs.standing.reference);
        standing.parameters = theirs.standing.parameters;
        Ok::<_, Trouble>(Some(template))
    })
    .await
    .map(|_| ())
}
