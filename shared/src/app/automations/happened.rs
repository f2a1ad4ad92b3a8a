//! From what the stream tells to causes: what happened, once, whoever tells it again.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    escalating,
    rulebook::{Rulebook, rulebook},
    running::{Occasion, note, run},
    scene::Scene,
};
use crate::{
    app::{
        Parts, Trouble, outlook, publish, timers,
        work::{self, Hand, NotChanged},
    },
    domain::{
        AccountId, ConversationId, StaffId, Timestamp,
        automation::{Cause, Escalation, Happened, Origin, Reason, Said, Score, Since, State, score_of, urgent},
        content::Content,
        conversation::{Head, Tray},
        event::{About, Event},
        message::{Inbound, InboundBody},
        timer::TimerKind,
        work::{Actor, Work, WorkChange},
    },
};

/// The customer wrote; or somebody of the business did, from the phone app.
pub async fn on_message(parts: &Parts, message: &Inbound) -> Result<(), Trouble> {
    let account = &message.account;
    if message.echo {
        return person_wrote(parts, account, message.id.conversation, None, message.at).await;
    }
    let book = rulebook(parts, account).await?;
    let acts = book.compiled.may_act(&Happened::Message {}, book.hours.is_some());
    let is_urgent = escalating::is_about(&book, Reason::Urgent);
    let scores = book.compiled.asks_for_scores();
    if !acts && !is_urgent && !scores {
        return Ok(());
    }
    let Some(scene) = Scene::load(parts, &book, account, message.id.conversation).await? else { return Ok(()) };
    let Some(body) = opened(&scene, message) else { return Ok(()) };
    let cause = Cause::message(account, message.id, message.at);
    let said = scene.said(parts, message, &body.content).await?;
    if is_urgent {
        escalate_urgent(parts, &book, &said, &cause, account).await?;
    }
    let score = if scores { scored(parts, &scene, &cause, &body.content).await? } else { None };
    let heard = scores.then_some((cause.id, score.is_some()));
    run(parts, &scene, Occasion { said: Some(&said), heard, ..Occasion::of(&cause) }).await?;
    match score {
        Some(score) => tell_score(parts, &scene, message, score).await,
        None => Ok(()),
    }
}

fn opened(scene: &Scene, message: &Inbound) -> Option<InboundBody> {
    let head = scene.outlook.family.head(message.id.conversation)?;
    message.sealed.open(scene.outlook.key_of(head)?).ok()
}

/// A machine's words are urgent to nobody.
async fn escalate_urgent(
    parts: &Parts,
    book: &Arc<Rulebook>,
    said: &Said,
    cause: &Cause,
    account: &AccountId,
) -> Result<(), Trouble> {
    if said.automatic || urgent(&said.text, said.language.as_deref()).is_none() {
        return Ok(());
    }
    let it = Escalation { conversation: cause.conversation, reason: Reason::Urgent, since: cause.at };
    escalating::begin(parts, book, account, it).await
}

async fn scored(parts: &Parts, scene: &Scene, cause: &Cause, content: &Content) -> Result<Option<Score>, Trouble> {
    let state = parts.store.automation_state(&scene.account, scene.group()).await?;
    Ok(score_of(content, cause.at, state.value.asked(cause.id)))
}

async fn tell_score(parts: &Parts, scene: &Scene, message: &Inbound, score: Score) -> Result<(), Trouble> {
    parts.store.put_score(&scene.account, message.id, score, message.at).await?;
    publish::notice(parts, &Event::scored(&scene.head, message.id, score, message.at)).await?;
    let cause = Cause::scored(&scene.account, message.id, score, message.at);
    run(parts, scene, Occasion::of(&cause)).await
}

/// The conversation may have changed its state.
pub async fn on_head(parts: &Parts, old: Option<&Head>, new: &Head) -> Result<(), Trouble> {
    let was = old.map_or(Tray::Initiated, Head::tray);
    let is = new.tray();
    // One that was merged speaks through its survivor.
    if was == is || new.survivor.is_some() {
        return Ok(());
    }
    let account = &new.account;
    let book = rulebook(parts, account).await?;
    if is == Tray::Waiting
        && let Some(last) = &new.last_in
    {
        let is_first = new.answered.is_none();
        escalating::waits(parts, &book, account, (new.id, last.at), is_first).await?;
    }
    arm_timers(parts, &book, new, is).await?;
    let happened = Happened::State { from: State::from(was), to: State::from(is) };
    if !book.compiled.may_act(&happened, book.hours.is_some()) {
        return Ok(());
    }
    let Some(scene) = Scene::load(parts, &book, account, new.id).await? else { return Ok(()) };
    let state = parts.store.automation_state(account, scene.group()).await?;
    let by = state.value.origin_of(&happened, &book.compiled, parts.now());
    let cause = Cause::state(new, State::from(was), changed_at(new, is), by);
    run(parts, &scene, Occasion::of(&cause)).await
}

/// When a head came into this tray.
fn changed_at(head: &Head, tray: Tray) -> Timestamp {
    let last_in = head.last_in.as_ref().map(|last| last.at);
    let at = match tray {
        Tray::Initiated => Some(head.created_at),
        Tray::Waiting => last_in,
        Tray::Open => head.answered.map(|answered| answered.message.at()),
        Tray::Closed => head.closed_at,
        Tray::Archived => head.archived_at,
    };
    at.unwrap_or(head.created_at)
}

/// Rules that look so long after this are remembered to.
async fn arm_timers(parts: &Parts, book: &Rulebook, head: &Head, tray: Tray) -> Result<(), Trouble> {
    let since = match tray {
        Tray::Waiting => Since::Waiting,
        Tray::Open => Since::Answered,
        Tray::Closed => Since::Closed,
        Tray::Initiated | Tray::Archived => return Ok(()),
    };
    let from = changed_at(head, tray);
    let all: BTreeSet<u32> =
        book.compiled.timers().filter(|(it, _)| *it == since).map(|(_, minutes)| minutes).collect();
    for minutes in all {
        let due = Cause::timer(&head.account, head.id, since, from, minutes).at;
        let kind = TimerKind::Rule { conversation: head.id, since, from, minutes };
        timers::arm(parts, due, &head.account, kind).await?;
    }
    Ok(())
}

/// A rule's timer is due.
pub async fn timer(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    (since, from, minutes): (Since, Timestamp, u32),
) -> Result<(), Trouble> {
    let book = rulebook(parts, account).await?;
    let cause = Cause::timer(account, conversation, since, from, minutes);
    if !book.compiled.may_act(&cause.happened, book.hours.is_some()) {
        return Ok(());
    }
    let Some(scene) = Scene::load(parts, &book, account, conversation).await? else { return Ok(()) };
    run(parts, &scene, Occasion { from: Some(from), ..Occasion::of(&cause) }).await
}

/// Somebody worked on the conversation: whoever has it may be another, or it has new labels.
pub async fn on_work(parts: &Parts, account: &AccountId, old: Option<&Work>, new: &Work) -> Result<(), Trouble> {
    tell_assigned(parts, account, old, new).await?;
    let known = old.map(|old| &old.labels);
    let added = new.labels.iter().filter(|label| known.is_none_or(|known| !known.contains(*label)));
    for label in added {
        let book = rulebook(parts, account).await?;
        let happened = Happened::Labelled { label: label.clone() };
        if !book.compiled.may_act(&happened, book.hours.is_some()) {
            return Ok(());
        }
        let Some(scene) = Scene::load(parts, &book, account, new.conversation).await? else { return Ok(()) };
        let now = parts.now();
        let state = parts.store.automation_state(account, scene.group()).await?;
        let by = state.value.origin_of(&happened, &book.compiled, now);
        let cause = Cause::labelled(account, new, label, now, by);
        run(parts, &scene, Occasion::of(&cause)).await?;
    }
    Ok(())
}

async fn tell_assigned(parts: &Parts, account: &AccountId, old: Option<&Work>, new: &Work) -> Result<(), Trouble> {
    let of = |work: &Work| (work.owner().map(|owner| (owner.staff, owner.ticket)), work.team.clone());
    if old.map(of).unwrap_or_default() == of(new) {
        return Ok(());
    }
    let Some(family) = outlook::family(parts, account, new.conversation).await? else { return Ok(()) };
    publish::notice(parts, &Event::assigned(&family.merged(), new, parts.now())).await
}

/// Another system reported what happened to a booking.
pub async fn booking(parts: &Parts, event: &Event) -> Result<(), Trouble> {
    let About::Conversation(facts) = &event.about else { return Ok(()) };
    let Some(booking) = facts.booking else { return Ok(()) };
    let happened = Happened::Booking { event: booking };
    let book = rulebook(parts, &event.account).await?;
    if !book.compiled.may_act(&happened, book.hours.is_some()) {
        return Ok(());
    }
    let Some(scene) = Scene::load(parts, &book, &event.account, facts.id).await? else { return Ok(()) };
    let cause = Cause { id: event.id, conversation: facts.id, at: event.at, happened, by: Origin::Program {} };
    run(parts, &scene, Occasion::of(&cause)).await
}

/// A person of the business wrote to the customer: rules leave them the floor, and a program that answered there has it no more.
/// `staff`: who, if that is known.
pub async fn person_wrote(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    staff: Option<StaffId>,
    at: Timestamp,
) -> Result<(), Trouble> {
    let Some(family) = outlook::family(parts, account, conversation).await? else { return Ok(()) };
    let group = family.survivor.id;
    let now = parts.now();
    if let Some(staff) = staff
        && parts.store.work(account, group).await?.lease(now).is_some()
    {
        let hand = Hand { change: WorkChange::Take, by: Actor::Staff(staff), seen: None };
        match Box::pin(work::change(parts, account, group, &hand)).await {
            Ok(_) => {}
            Err(NotChanged::Trouble(trouble)) => return Err(trouble),
            Err(not_changed) => {
                tracing::warn!(conversation.id = %group, why = %not_changed, "a person wrote and did not take the conversation");
            }
        }
    }
    let book = rulebook(parts, account).await?;
    if !book.compiled.takes_part(book.hours.is_some()) {
        return Ok(());
    }
    note(parts, account, group, |state| {
        let mut state = state.clone();
        state.floor = state.floor.after_person(at);
        state
    })
    .await
}
