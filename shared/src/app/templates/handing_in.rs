//! Handing a template in at every place, and what is kept of it where a provider does not take it.

use super::places::Reached;
use crate::{
    app::{Parts, Trouble, publish},
    domain::{
        AccountId, Timestamp,
        event::Event,
        template::{Place, Stage, Standing, Status, Template},
    },
    ports::{administration::AskError, store::Step},
};

/// What became of it.
#[derive(Debug, Default)]
pub struct Handed {
    /// Nothing of it is left to be handed in.
    pub everywhere: bool,
    /// By so many providers.
    pub taken: u32,
    /// Turned down at once, with why.
    pub refused: Vec<String>,
    /// What could not be done now, and why.
    pub problems: Vec<String>,
}

/// Hands one in at every place. Who was told twice, since the writing here failed, has it as once.
pub async fn hand_in(
    parts: &Parts,
    account: &AccountId,
    reached: &[Reached],
    template: Template,
) -> Result<Handed, Trouble> {
    let mut handed = Handed::default();
    let mut then = template.as_drafted();
    let mut later = reached.is_empty();
    for it in reached {
        let review = parts.providers.template_review(it.place.provider);
        // As long as nobody has the edit, what is approved goes on as it is, everywhere.
        let nothing_happened = handed.taken == 0 && is_edit_of_what_is_there(&template, &it.place);
        let standing = match review.submit(&it.at(parts.now()), &asked(&template, &then, &it.place)).await {
            Ok(standing) => {
                handed.taken += 1;
                standing
            }
            Err(AskError::Refused { message, .. }) => {
                let at = it.place.in_words();
                handed.refused.push(format!("{} ({}) at {at}: {message}", then.name, then.language));
                if nothing_happened {
                    handed.everywhere = leave(parts, account, template, &it.place, message).await? == Step::Done;
                    return Ok(handed);
                }
                refused(&then, &it.place, message, parts.now())
            }
            Err(error) => {
                handed.problems.push(format!("{} ({}): {error}", then.name, then.language));
                later = true;
                if nothing_happened {
                    break;
                }
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
    handed.everywhere = parts.store.put_template(account, &written).await? == Step::Done && !later;
    Ok(handed)
}

fn is_edit_of_what_is_there(template: &Template, place: &Place) -> bool {
    let there = template.standing(place).map_or_else(|| template.is_known_outside(place), Standing::is_there);
    template.draft.is_some() && there
}

/// What is handed in at a place: in the category that the provider has it in, unless the edit is to change just that.
fn asked(template: &Template, then: &Template, place: &Place) -> Template {
    let changes = template.draft.as_ref().is_some_and(|draft| draft.category != template.definition.category);
    let mut asked = then.clone();
    if !changes {
        asked.definition.category = template.category(place);
    }
    asked
}

/// A provider does not take an edit: the provider has what it had, which goes on going out, and the edit is a draft again.
async fn leave(
    parts: &Parts,
    account: &AccountId,
    template: Template,
    place: &Place,
    why: String,
) -> Result<Step, Trouble> {
    let now = parts.now();
    let known = template.standing(place).cloned();
    let mut told = known.unwrap_or_else(|| Standing {
        status: template.status(place),
        ..Standing::submitted(place.clone(), template.reference(place).map(str::to_owned), now)
    });
    "edit_refused".clone_into(&mut told.word);
    told.reason = Some(why.clone());
    told.since = now;
    publish::notice(parts, &Event::template(account, (&template.name, &template.language), &told)).await?;
    let stage = template.stage_at_rest();
    Ok(parts.store.put_template(account, &Template { stage, draft_refused: Some(why), ..template }).await?)
}

fn refused(template: &Template, place: &Place, message: String, now: Timestamp) -> Standing {
    let reference = template.standing(place).and_then(|standing| standing.reference.clone());
    let mut standing = Standing::submitted(place.clone(), reference, now);
    standing.status = Status::Rejected;
    Standing::REFUSED.clone_into(&mut standing.word);
    standing.reason = Some(message);
    standing
}
