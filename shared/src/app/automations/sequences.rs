//! Customers on their way through a sequence: one row each, looked at when its next step is due.

use super::{
    deeds::{ToSend, send_template},
    rulebook::rulebook,
    scene::Scene,
};
use crate::{
    app::{Parts, Trouble, mint::derived_key, timers},
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        automation::{Circumstances, Enrolment, Next, Stopped, next},
        ids::{EffectId, SequenceId},
        time::SignedDuration,
        timer::TimerKind,
    },
    ports::store::{Revised, enrolment_of},
};

/// For so long an ended one is kept: its messages count for the cap.
const KEPT_AFTER: SignedDuration = SignedDuration::from_hours(24 * 60);
/// A step that could not go within this time after it was due says nothing any more.
const STEP_LIVES: SignedDuration = SignedDuration::from_hours(24);
/// More steps than any sequence has; each round takes one, or loses against somebody else.
const MOST_ROUNDS: usize = 50;

/// Begins a sequence because of an effect, once.
pub(super) async fn begin(
    parts: &Parts,
    scene: &Scene,
    conversation: ConversationId,
    (id, sequence): (EffectId, &SequenceId),
    began_at: Timestamp,
) -> Result<(), Trouble> {
    if scene.book.automations.sequence(sequence).is_none_or(|sequence| !sequence.on) {
        return Ok(());
    }
    let enrolment =
        Enrolment { id, sequence: sequence.clone(), began_at, taken: Vec::new(), sent: Vec::new(), ended: None };
    parts.store.enrol(&scene.account, conversation, &enrolment).await?;
    look(parts, &scene.account, conversation, id).await
}

/// Begins a sequence that somebody asked for, once for `id`. Answers `false` if there is no such sequence, or conversation.
pub async fn begin_by_hand(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    (id, sequence): (EffectId, &SequenceId),
) -> Result<bool, Trouble> {
    let book = rulebook(parts, account).await?;
    if book.automations.sequence(sequence).is_none() {
        return Ok(false);
    }
    let Some(scene) = Scene::load(parts, &book, account, conversation).await? else { return Ok(false) };
    begin(parts, &scene, scene.group(), (id, sequence), parts.now()).await?;
    Ok(true)
}

/// Everybody's way through a sequence ends, of a conversation.
pub async fn stop_in(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    sequence: &SequenceId,
) -> Result<bool, Trouble> {
    let book = rulebook(parts, account).await?;
    let Some(scene) = Scene::load(parts, &book, account, conversation).await? else { return Ok(false) };
    stop(parts, &scene, sequence).await.map(|()| true)
}

pub(super) async fn stop(parts: &Parts, scene: &Scene, sequence: &SequenceId) -> Result<(), Trouble> {
    for head in scene.outlook.family.heads() {
        for it in parts.store.enrolments(&scene.account, head.id).await? {
            if it.value.sequence == *sequence && it.value.ended.is_none() {
                end(parts, &scene.account, head.id, &it, Stopped::ByRule).await?;
            }
        }
    }
    Ok(())
}

/// Who loses against somebody else looks again, or finds it ended.
async fn end(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    it: &Revised<Enrolment>,
    why: Stopped,
) -> Result<(), Trouble> {
    let ended = Enrolment { ended: Some(why), ..it.value.clone() };
    let kept_until = Some(parts.now() + KEPT_AFTER);
    parts.store.write_enrolment(account, conversation, it.rev, &ended, kept_until).await?;
    Ok(())
}

/// Looks at an enrolment: sends what is due, and arms the next look.
pub async fn look(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    id: EffectId,
) -> Result<(), Trouble> {
    let book = rulebook(parts, account).await?;
    for _ in 0..MOST_ROUNDS {
        let all = parts.store.enrolments(account, conversation).await?;
        let sent: Vec<Timestamp> = all.iter().flat_map(|it| it.value.sent.iter().copied()).collect();
        let Some(it) = enrolment_of(all, id) else { return Ok(()) };
        if it.value.ended.is_some() {
            return Ok(());
        }
        // Whoever was erased has no key any more, and no conversation that could be loaded.
        let Some(scene) = Scene::load(parts, &book, account, conversation).await? else {
            return end(parts, account, conversation, &it, Stopped::Erased).await;
        };
        let state = parts.store.automation_state(account, scene.group()).await?;
        let zone = book.zone();
        let quiet = scene.outlook.people.iter().find_map(|known| known.contact.profile.quiet_hours.as_ref());
        let circumstances = Circumstances {
            zone: &zone,
            hours: book.hours.as_ref(),
            quiet,
            opted_out: scene.opted_out(),
            erased: false,
            last_in: scene.head.last_in.as_ref().map(|last| last.at),
            last_staff: state.value.floor.person_at,
            sent: &sent,
        };
        let sequence = book.automations.sequence(&it.value.sequence);
        let now = parts.now();
        let next = next(account, sequence.as_ref(), &it.value, &circumstances, now);
        let noted = match next {
            Next::Send { step, id, due_at } => {
                let id = MessageId { conversation, key: derived_key(due_at, &id.to_string()) };
                let rule = format!("sequence-{}", it.value.sequence.as_str());
                let (template, values) = (step.template.as_str(), &step.values);
                let to_send = ToSend { rule: &rule, template, values, expires_in: STEP_LIVES };
                send_template(parts, &scene, id, &to_send).await?;
                it.value.sending(&step.name, now)
            }
            Next::LeaveOut { step } => it.value.taking(&step.name),
            Next::Wait { until } => {
                return timers::arm(parts, until, account, TimerKind::Sequence { conversation, enrolment: id }).await;
            }
            Next::Stop { why } => return end(parts, account, conversation, &it, why).await,
        };
        // Lost: it is looked at anew, and what was sent has its id.
        parts.store.write_enrolment(account, conversation, it.rev, &noted, None).await?;
    }
    Err(Trouble::Unexpected("a sequence was written too often to be gone on with".into()))
}
