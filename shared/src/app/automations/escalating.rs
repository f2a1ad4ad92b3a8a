//! Escalation: whoever must know is told, step by step, for as long as what it is about lasts.

use std::sync::Arc;

use super::{
    rulebook::{Rulebook, rulebook},
    running::{Occasion, run},
    scene::Scene,
};
use crate::{
    app::{Parts, Trouble, publish, timers},
    domain::{
        AccountId, ConversationId, Timestamp,
        automation::{Cause, Escalation, Happened, Reason, after_open_time, step_id},
        event::Event,
        ids::EffectId,
        time::SignedDuration,
        timer::TimerKind,
    },
};

/// Whether anything is told because of this reason.
pub(super) fn is_about(book: &Rulebook, reason: Reason) -> bool {
    let plan = &book.automations.escalation;
    book.escalates && plan.on && plan.reasons.contains(&reason)
}

/// Begins an escalation: takes the steps that are due at once, and arms the next.
pub(super) async fn begin(
    parts: &Parts,
    book: &Arc<Rulebook>,
    account: &AccountId,
    it: Escalation,
) -> Result<(), Trouble> {
    if is_about(book, it.reason) { climb(parts, book, account, it, Vec::new()).await } else { Ok(()) }
}

/// A step is due.
pub async fn go_on(parts: &Parts, account: &AccountId, it: Escalation, step: &str) -> Result<(), Trouble> {
    let book = rulebook(parts, account).await?;
    if !is_about(&book, it.reason) {
        return Ok(());
    }
    let names = book.automations.escalation.steps.iter().map(|step| step.name.as_str());
    let before: Vec<EffectId> =
        names.take_while(|name| *name != step).map(|name| step_id(account, &it, name)).collect();
    // A plan without this step any more is another one: whoever it names next is told when that is due.
    climb(parts, &book, account, it, before).await
}

async fn climb(
    parts: &Parts,
    book: &Arc<Rulebook>,
    account: &AccountId,
    it: Escalation,
    mut taken: Vec<EffectId>,
) -> Result<(), Trouble> {
    let plan = &book.automations.escalation;
    let mut scene = None;
    while let Some(next) = plan.due(account, &it, &taken, book.hours.as_ref()) {
        if next.at > parts.now() {
            let (conversation, step) = (it.conversation, next.step.name.clone());
            let kind = TimerKind::Escalation { conversation, reason: it.reason, since: it.since, step };
            return timers::arm(parts, next.at, account, kind).await;
        }
        if scene.is_none() {
            scene = Scene::load(parts, book, account, it.conversation).await?;
        }
        let Some(scene) = &scene else { return Ok(()) };
        if is_settled(parts, scene, &it).await? {
            return Ok(());
        }
        publish::notice(parts, &Event::escalated(&scene.head, &scene.work, &it, &next)).await?;
        taken.push(next.id);
    }
    Ok(())
}

/// Whether what it is about is over. Words that cannot wait are settled once somebody of the staff has written since.
async fn is_settled(parts: &Parts, scene: &Scene, it: &Escalation) -> Result<bool, Trouble> {
    if scene.is_over(it.since) {
        return Ok(true);
    }
    let state = parts.store.automation_state(&scene.account, scene.group()).await?;
    Ok(it.reason == Reason::Urgent && state.value.floor.person_at.is_some_and(|wrote| wrote > it.since))
}

/// A customer begins to wait. `is_first`: nobody had answered them yet.
pub(super) async fn waits(
    parts: &Parts,
    book: &Arc<Rulebook>,
    account: &AccountId,
    (conversation, since): (ConversationId, Timestamp),
    is_first: bool,
) -> Result<(), Trouble> {
    begin(parts, book, account, Escalation { conversation, reason: Reason::Waiting, since }).await?;
    let minded = book.tells_sla
        || is_about(book, Reason::SlaBreached)
        || book.compiled.may_act(&Happened::SlaBreached {}, book.hours.is_some());
    let promised = if is_first { book.sla.first_response_minutes } else { book.sla.next_response_minutes };
    let Some(minutes) = promised.filter(|_| minded) else { return Ok(()) };
    let minutes = SignedDuration::from_mins(i64::from(minutes));
    let over = match &book.hours {
        Some(hours) => after_open_time(hours, since, minutes),
        None => since.checked_add(minutes).ok(),
    };
    match over {
        Some(over) => timers::arm(parts, over, account, TimerKind::Sla { conversation, since }).await,
        None => Ok(()),
    }
}

/// The promised time of an answer is over, at `due`.
pub async fn sla(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    since: Timestamp,
    due: Timestamp,
) -> Result<(), Trouble> {
    let book = rulebook(parts, account).await?;
    let Some(scene) = Scene::load(parts, &book, account, conversation).await? else { return Ok(()) };
    if scene.is_over(since) {
        return Ok(());
    }
    publish::notice(parts, &Event::sla_breached(&scene.head, &scene.work, since, due)).await?;
    let cause = Cause::sla_breached(account, conversation, since, due);
    run(parts, &scene, Occasion::of(&cause)).await?;
    begin(parts, &book, account, Escalation { conversation, reason: Reason::SlaBreached, since: due }).await
}
