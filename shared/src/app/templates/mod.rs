//! Templates: drafts and what becomes of them, from the first words to a provider's decision.

pub mod analytics;
pub mod drafting;
pub(super) mod handing_in;
pub mod ladders;
pub(super) mod listed;
pub mod news;
pub mod places;

use super::{Parts, Trouble, publish};
use crate::{
    domain::{
        AccountId, Timestamp,
        event::Event,
        template::{Decision, Place, Standing, Status, Template},
    },
    ports::store::Step,
};

/// How often somebody else's write may come between.
const MOST_TRIES: u32 = 8;

/// Why something cannot be done with a template as it stands.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    #[error("there is no such template in this language")]
    NoSuchTemplate,
    /// What stands against it, as a sentence for people.
    #[error("{0}")]
    Conflict(String),
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl From<crate::ports::StoreError> for NotDone {
    fn from(error: crate::ports::StoreError) -> Self {
        Self::Trouble(error.into())
    }
}

/// One language of a template.
pub async fn find(parts: &Parts, account: &AccountId, name: &str, language: &str) -> Result<Option<Template>, Trouble> {
    let known = parts.store.templates(account, Some(name)).await?;
    Ok(known.into_iter().find(|template| template.language == language))
}

/// Changes one language of a template as it stands then, whoever else writes it. `change` answers what it becomes; of `None`,
/// nothing is written. Answers the template as it is afterwards.
pub async fn change<E: From<Trouble>>(
    parts: &Parts,
    account: &AccountId,
    (name, language): (&str, &str),
    mut change: impl FnMut(Option<Template>) -> Result<Option<Template>, E>,
) -> Result<Option<Template>, E> {
    for _ in 0..MOST_TRIES {
        let before = find(parts, account, name, language).await?;
        let Some(after) = change(before.clone())? else { return Ok(before) };
        match parts.store.put_template(account, &after).await.map_err(Trouble::from)? {
            Step::Done => return Ok(Some(Template { rev: after.rev + 1, ..after })),
            Step::Lost => {}
        }
    }
    Err(Trouble::Unexpected("a template is written by too many at once".into()).into())
}

/// Notes what a provider decided on a template at one of its accounts, and tells whoever wants to know: first, since what is
/// told twice is the same event, and what was noted would not be told again.
pub(super) async fn heard(
    parts: &Parts,
    account: &AccountId,
    (name, language): (&str, &str),
    place: &Place,
    decisions: &[(Decision, Timestamp)],
) -> Result<(), Trouble> {
    for _ in 0..MOST_TRIES {
        let Some(mut template) = find(parts, account, name, language).await? else { return Ok(()) };
        if template.standing(place).is_none() {
            let since = decisions.iter().map(|(_, at)| *at).min().unwrap_or_else(|| parts.now());
            let mut standing = Standing::submitted(place.clone(), None, since);
            // News of something else leave what somebody declared as approved as it is.
            let tells_status = decisions.iter().any(|(it, _)| matches!(it, Decision::Status { .. }));
            if !tells_status && template.status(place) == Status::Approved {
                standing.status = Status::Approved;
                Status::Approved.word().clone_into(&mut standing.word);
            }
            template.standings.push(standing);
        }
        let Some(standing) = template.standings.iter_mut().find(|standing| standing.place == *place) else {
            return Ok(());
        };
        let changed = decisions.iter().fold(false, |changed, (decision, at)| standing.hear(decision, *at) || changed);
        if !changed {
            return Ok(());
        }
        let event = Event::template(account, (name, language), standing);
        publish::notice(parts, &event).await?;
        if parts.store.put_template(account, &template).await? == Step::Done {
            return Ok(());
        }
    }
    Err(Trouble::Unexpected("a template is written by too many at once".into()))
}
