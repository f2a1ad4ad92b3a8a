//! From a cause to what is done: decide, note, do.

use super::{deeds, scene::Scene};
use crate::{
    app::{Parts, Trouble},
    domain::{
        ConversationId, EventId, Timestamp,
        automation::{AutomationState, Cause, Decision, Said, decide},
    },
    ports::store::Step,
};

/// So often the state is read anew because somebody else wrote it meanwhile; then the change comes again.
const TRIES: usize = 8;

/// Something that happened, with what else is known of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occasion<'a> {
    pub(super) cause: &'a Cause,
    /// What the customer wrote, where that is the cause.
    pub(super) said: Option<&'a Said>,
    /// From when a timer counts.
    pub(super) from: Option<Timestamp>,
    /// The message, where one came, and whether it says a score.
    pub(super) heard: Option<(EventId, bool)>,
}

impl<'a> Occasion<'a> {
    pub(super) fn of(cause: &'a Cause) -> Self {
        Self { cause, said: None, from: None, heard: None }
    }
}

/// Does whatever the account's rules say of something that happened; done again, it is done once.
pub(super) async fn run(parts: &Parts, scene: &Scene, occasion: Occasion<'_>) -> Result<(), Trouble> {
    let (account, group, cause) = (&scene.account, scene.group(), occasion.cause);
    for _ in 0..TRIES {
        let kept = parts.store.automation_state(account, group).await?;
        let now = parts.now();
        let decision = decision(scene, &occasion, &kept.value, now);
        let mut state = kept.value.after(cause, &decision, now);
        if let Some((message, scored)) = occasion.heard {
            state = state.heard(message, cause.at, scored);
        }
        if state != kept.value
            && parts.store.write_automation_state(account, group, kept.rev, &state).await? == Step::Lost
        {
            continue;
        }
        return carry_out(parts, scene, cause, &decision).await;
    }
    Err(Trouble::Unexpected("what rules did in a conversation was written too often to be noted".into()))
}

pub(super) fn decision(scene: &Scene, it: &Occasion<'_>, state: &AutomationState, now: Timestamp) -> Decision {
    let facts = scene.facts(it.cause, it.said, state.floor.person_at, it.from, now);
    decide(&scene.book.compiled, it.cause, &facts, state, now)
}

async fn carry_out(parts: &Parts, scene: &Scene, cause: &Cause, decision: &Decision) -> Result<(), Trouble> {
    if decision.effects.is_empty() {
        return Ok(());
    }
    for effect in &decision.effects {
        if let Some(fence) = effect.fence
            && !parts.store.automation_state(&scene.account, scene.group()).await?.value.floor.admits(fence)
        {
            tracing::info!(rule = effect.rule.as_str(), conversation.id = %cause.conversation, "left out: a person came between");
            continue;
        }
        Box::pin(deeds::act(parts, scene, cause, effect)).await?;
    }
    change_state(parts, scene, |state| state.when_done(cause.id)).await
}

/// Changes what is noted of a conversation, whoever else writes it.
pub(super) async fn change_state(
    parts: &Parts,
    scene: &Scene,
    change: impl Fn(&AutomationState) -> AutomationState,
) -> Result<(), Trouble> {
    note(parts, &scene.account, scene.group(), change).await
}

/// The same, of a conversation that was not loaded.
pub(super) async fn note(
    parts: &Parts,
    account: &crate::domain::AccountId,
    group: ConversationId,
    change: impl Fn(&AutomationState) -> AutomationState,
) -> Result<(), Trouble> {
    for _ in 0..TRIES {
        let kept = parts.store.automation_state(account, group).await?;
        let state = change(&kept.value);
        if state == kept.value
            || parts.store.write_automation_state(account, group, kept.rev, &state).await? == Step::Done
        {
            return Ok(());
        }
    }
    Err(Trouble::Unexpected("what rules did in a conversation was written too often to be noted".into()))
}
