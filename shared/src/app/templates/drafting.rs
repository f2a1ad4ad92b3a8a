//! What people do to templates: draft, ask for approval, agree, decline, give names to variables, forget.

use futures::{StreamExt, TryStreamExt, stream};

use super::{NotDone, change, find};
use crate::{
    app::{Parts, jobs, publish},
    domain::{
        AccountId, JobId,
        event::Event,
        job::{Job, JobKind},
        template::{Decision, Definition, ParameterFormat, Stage, Standing, Status, Template, filled_names},
    },
};

/// How many templates are written at once.
const AT_ONCE: usize = 16;

/// Puts a draft. What is approved goes out until the draft is handed in.
pub async fn draft(
    parts: &Parts,
    account: &AccountId,
    at: (&str, &str),
    definition: &Definition,
) -> Result<Template, NotDone> {
    let (name, language) = at;
    let edited = |before| Template { draft: Some(Box::new(definition.clone())), draft_refused: None, ..before };
    let drafted = change(parts, account, at, |before| {
        let Some(before) = before else { return Ok(Some(Template::drafted(name, language, definition.clone()))) };
        match before.stage {
            Stage::Submitting => {
                Err(NotDone::Conflict("It is just being handed to the providers; wait until that is done.".into()))
            }
            // Nobody has it yet, so there is nothing that goes on going out.
            Stage::Draft | Stage::Proposed { .. } if before.stage_at_rest() == Stage::Draft => {
                Ok(Some(Template { rev: before.rev, ..Template::drafted(name, language, definition.clone()) }))
            }
            // What was proposed is not what would be agreed to now.
            Stage::Draft | Stage::Proposed { .. } => {
                Ok(Some(Template { stage: before.stage_at_rest(), ..edited(before) }))
            }
            Stage::Declared | Stage::Submitted => Ok(Some(edited(before))),
        }
    });
    drafted.await?.ok_or(NotDone::NoSuchTemplate)
}

fn in_review(template: &Template) -> bool {
    template.standings.iter().any(|standing| standing.status == Status::Submitted)
}

/// Whether the providers have decided on it as it is, whatever they decided: to hand it in again would change nothing.
fn nothing_new(template: &Template) -> bool {
    template.draft.is_none() && template.standings.iter().all(Standing::is_there)
}

/// Asks for approval, of whoever must agree first, if the account wants that. `by` tells callers apart. Answers the job that
/// hands it in, where nobody has to agree.
pub async fn submit(
    parts: &Parts,
    account: &AccountId,
    at: (&str, &str),
    by: &str,
) -> Result<(Template, Option<Job>), NotDone> {
    let rules = parts.store.template_rules(account).await?;
    let asked = change(parts, account, at, |before| {
        let before = before.ok_or(NotDone::NoSuchTemplate)?;
        if in_review(&before) {
            return Err(NotDone::Conflict("A provider is deciding on it already; submit it again once every provider has (template.changed tells).".into()));
        }
        let stage = match before.stage {
            Stage::Submitting => return Ok(None),
            Stage::Declared | Stage::Submitted if nothing_new(&before) => {
                let word = before.status_anywhere().word();
                return Err(NotDone::Conflict(format!("It is {word} as it is; change it first.")));
            }
            Stage::Proposed { .. } if rules.must_be_agreed => return Ok(None),
            _ if rules.must_be_agreed => Stage::Proposed { by: by.to_owned() },
            _ => Stage::Submitting,
        };
        Ok(Some(Template { stage, draft_refused: None, ..before }))
    });
    let template = asked.await?.ok_or(NotDone::NoSuchTemplate)?;
    if matches!(template.stage, Stage::Proposed { .. }) {
        // Asked for again it is the same event.
        publish::notice(parts, &Event::template_proposed(account, at, template.rev, parts.now())).await?;
    }
    let job = if template.stage == Stage::Submitting { Some(hand_in(parts, account).await?) } else { None };
    Ok((template, job))
}

/// Begins the work of handing in whatever is to be handed in.
pub async fn hand_in(parts: &Parts, account: &AccountId) -> Result<Job, NotDone> {
    let id = JobId::from_bits(parts.bits());
    let job = Job::new(id, account.clone(), JobKind::Templates { sync: false }, parts.now());
    Ok(jobs::begin(parts, job).await?)
}

/// Puts templates that the account has not, some at once. Whoever put one of them meanwhile keeps theirs.
pub async fn install(
    parts: &Parts,
    account: &AccountId,
    templates: Vec<Template>,
    stage: &Stage,
) -> Result<(), NotDone> {
    let put = |template: Template| async move {
        let template = Template { stage: stage.clone(), ..template };
        parts.store.put_template(account, &template).await.map(|_| ())
    };
    stream::iter(templates.into_iter().map(put)).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(())
}

/// Agrees to what somebody else proposed.
pub async fn agree(parts: &Parts, account: &AccountId, at: (&str, &str), by: &str) -> Result<(Template, Job), NotDone> {
    let agreed = change(parts, account, at, |before| {
        let before = before.ok_or(NotDone::NoSuchTemplate)?;
        match &before.stage {
            Stage::Proposed { by: proposer } if proposer == by => Err(NotDone::Conflict(
                "Whoever asked for it cannot agree to it; another token of the account, or an operator, has to.".into(),
            )),
            Stage::Proposed { .. } => Ok(Some(Template { stage: Stage::Submitting, ..before })),
            Stage::Submitting => Ok(None),
            Stage::Declared | Stage::Draft | Stage::Submitted => {
                Err(NotDone::Conflict("Nobody has asked for its approval; submit it first.".into()))
            }
        }
    });
    let template = agreed.await?.ok_or(NotDone::NoSuchTemplate)?;
    let job = hand_in(parts, account).await?;
    Ok((template, job))
}

/// Turns down what was proposed: it is a draft again.
pub async fn decline(parts: &Parts, account: &AccountId, at: (&str, &str)) -> Result<Template, NotDone> {
    let declined = change(parts, account, at, |before| {
        let before = before.ok_or(NotDone::NoSuchTemplate)?;
        match before.stage {
            Stage::Proposed { .. } => Ok(Some(Template { stage: before.stage_at_rest(), ..before })),
            Stage::Declared | Stage::Draft | Stage::Submitting | Stage::Submitted => {
                Err(NotDone::Conflict("Nobody has asked for its approval.".into()))
            }
        }
    });
    declined.await?.ok_or(NotDone::NoSuchTemplate)
}

/// Gives other names to variables that the provider knows by position alone, so that they are filled by what they mean.
pub async fn rename_variables(
    parts: &Parts,
    account: &AccountId,
    at: (&str, &str),
    names: &std::collections::BTreeMap<String, String>,
) -> Result<Template, NotDone> {
    let renamed = change(parts, account, at, |before| {
        let before = before.ok_or(NotDone::NoSuchTemplate)?;
        if before.parameters == ParameterFormat::Named {
            return Err(NotDone::Conflict(
                "The provider knows its variables by these names; they cannot change.".into(),
            ));
        }
        if let Some(unknown) = names.keys().find(|name| !before.variables.contains(name)) {
            return Err(NotDone::Conflict(format!("It has no variable {unknown:?}.")));
        }
        let new = |name: &String| names.get(name).unwrap_or(name).clone();
        let variables: Vec<String> = before.variables.iter().map(new).collect();
        let twice = variables.iter().enumerate().any(|(index, name)| variables[..index].contains(name));
        if twice {
            return Err(NotDone::Conflict("Two variables would have the same name.".into()));
        }
        let definition = filled_names(&before.definition, names);
        Ok(Some(Template { definition, variables, ..before }))
    });
    renamed.await?.ok_or(NotDone::NoSuchTemplate)
}

/// Lets the providers and this system forget one language of a template.
pub async fn forget(parts: &Parts, account: &AccountId, at: (&str, &str)) -> Result<Vec<String>, NotDone> {
    let (name, language) = at;
    let template = find(parts, account, name, language).await?.ok_or(NotDone::NoSuchTemplate)?;
    let (reached, _) = super::places::of(parts, account).await?;
    let mut problems = Vec::new();
    let mut forgotten = Vec::new();
    for it in &reached {
        // What was never handed in is known to no provider.
        if !template.is_known_outside(&it.place) {
            continue;
        }
        let review = parts.providers.template_review(it.place.provider);
        match review.forget(&it.at(parts.now()), &template).await {
            Ok(()) => forgotten.push(&it.place),
            Err(error) => problems.push(error.to_string()),
        }
    }
    if problems.is_empty() {
        parts.store.remove_template(account, name, language).await?;
        return Ok(problems);
    }
    // It stays here for the provider that still has it; nothing of it goes out where it is gone.
    for place in forgotten {
        let gone = Decision::Status { status: "deleted".to_owned(), reason: None };
        super::heard(parts, account, at, place, &[(gone, parts.now())]).await?;
    }
    Ok(problems)
}
