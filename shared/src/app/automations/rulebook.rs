//! An account's rules, read and compiled once and kept for a moment, with what else says whether anything is to be done at all: most
//! messages of most accounts cost no read for it.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::{
    app::{Parts, Trouble, publish, steps, templates::ladders},
    domain::{
        AccountId, SubscriptionId, Timestamp,
        automation::{Automations, Compiled, Known, Problem},
        event::EventKind,
        hours::BusinessHours,
        ids::SkillId,
        time::SignedDuration,
        work::Sla,
    },
};

/// For how long one is kept: a rule that was changed is heeded after that, at the latest.
pub const KEPT: SignedDuration = SignedDuration::from_secs(10);

/// Everything that is the same for all conversations of an account.
#[derive(Debug)]
pub struct Rulebook {
    pub automations: Automations,
    pub compiled: Compiled,
    pub hours: Option<BusinessHours>,
    pub sla: Sla,
    /// Somebody asked to be told of escalations.
    pub escalates: bool,
    /// Somebody asked to be told when a promise was not kept.
    pub tells_sla: bool,
    /// Somebody asked to be told of scores.
    pub tells_scores: bool,
}

impl Rulebook {
    pub fn zone(&self) -> TimeZone {
        self.hours.as_ref().map_or(TimeZone::UTC, |hours| hours.time_zone().clone())
    }
}

/// The account's rulebook, as it was a moment ago.
pub async fn rulebook(parts: &Parts, account: &AccountId) -> Result<Arc<Rulebook>, Trouble> {
    let now = parts.now();
    if let Some(book) = parts.memory.rulebook(account, now) {
        return Ok(book);
    }
    let automations = parts.store.automations(account).await?.unwrap_or_default();
    let compiled = Compiled::new(account.clone(), &automations);
    for (rule, error) in &compiled.broken {
        tracing::error!(account.id = %account, rule = rule.as_str(), error = %error, "a rule cannot be read and is left out");
    }
    let hours = steps::ladder_of(parts, account).await?.business_hours;
    let sla = parts.store.work_settings(account).await?.unwrap_or_default().sla;
    let book = Rulebook {
        automations,
        compiled,
        hours,
        sla,
        escalates: publish::is_wanted(parts, account, EventKind::ConversationEscalated).await?,
        tells_sla: publish::is_wanted(parts, account, EventKind::SlaBreached).await?,
        tells_scores: publish::is_wanted(parts, account, EventKind::ConversationScored).await?,
    };
    let book = Arc::new(book);
    parts.memory.note_rulebook(account, &book, now);
    Ok(book)
}

/// Why automations were not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    #[error("something is wrong with them")]
    Wrong(Vec<Problem>),
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Stores an account's automations, if they make sense with what else it has. Answers what is better looked at.
pub async fn put(parts: &Parts, account: &AccountId, automations: &Automations) -> Result<Vec<Problem>, NotStored> {
    let settings = parts.store.work_settings(account).await.map_err(Trouble::from)?.unwrap_or_default();
    let staff = parts.store.staff(account).await.map_err(Trouble::from)?;
    let ids: Vec<_> = staff.iter().map(|row| row.id).collect();
    let mut skills: Vec<SkillId> = staff.iter().flat_map(|row| row.duties.skills.iter().cloned()).collect();
    skills.extend(settings.teams.iter().flat_map(|team| team.skills.iter().cloned()));
    let teams: Vec<_> = settings.teams.iter().map(|team| team.id.clone()).collect();
    let subscriptions: Vec<SubscriptionId> = parts
        .store
        .subscriptions(account)
        .await
        .map_err(Trouble::from)?
        .into_iter()
        .map(|(subscription, _)| subscription.id)
        .collect();
    let placed = ladders::Known::of(parts, account).await?;
    let default_language = steps::ladder_of(parts, account).await?.default_language;
    let checked = placed.with_standings(|templates| {
        automations.check(&Known {
            teams: &teams,
            skills: &skills,
            staff: &ids,
            subscriptions: &subscriptions,
            templates,
            default_language: &default_language,
        })
    });
    checked.map_err(NotStored::Wrong)?;
    parts.store.put_automations(account, automations).await.map_err(Trouble::from)?;
    parts.memory.forget_rulebook(account);
    Ok(automations.warnings())
}

/// Whether what was read then is still fresh.
pub(crate) fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(read_at).abs() < KEPT
}
