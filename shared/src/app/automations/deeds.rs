//! What rules do, one thing at a time. Each may be done any number of times: messages have derived ids, events as well, and work is
//! changed only where that still changes something.

use std::collections::BTreeMap;

use super::{scene::Scene, sequences};
use crate::{
    app::{
        Parts, Trouble, filling,
        mint::derived_key,
        publish,
        requests::{self, NotKept},
        steps,
        work::{self, Hand, NotChanged},
    },
    domain::{
        MessageId, StaffId, TeamId, Timestamp, access,
        automation::{Action, Cause, Intended},
        content::{Content, TemplateContent},
        event::{Event, EventKind},
        ids::{LabelId, RequestId, SkillId},
        ladder::in_language,
        message::{Outbound, OutboundBody, Purpose, Via},
        request::NewRequest,
        sending::DEFAULT_LIFE,
        time::SignedDuration,
        work::{Actor, WorkChange},
    },
    ports::events::{EventJob, Telling},
    seal::Sealed,
};

/// What a rule says right after the customer wrote says nothing later.
const SAID_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Does one thing that was decided.
pub(super) async fn act(parts: &Parts, scene: &Scene, cause: &Cause, effect: &Intended) -> Result<(), Trouble> {
    let by = || (effect.id.event(), &effect.rule, effect.at);
    match &effect.action {
        Action::Reply { text, languages, answers } => {
            say(parts, scene, cause, effect, (text, languages), *answers).await
        }
        Action::AskScore { text, languages } => say(parts, scene, cause, effect, (text, languages), false).await,
        Action::Template { template, values } => {
            let key = derived_key(after(effect), &effect.id.to_string());
            let it = ToSend { rule: effect.rule.as_str(), template, values, expires_in: DEFAULT_LIFE };
            send_template(parts, scene, MessageId { conversation: cause.conversation, key }, &it).await
        }
        Action::Route { team, skill } => route(parts, scene, effect, team, skill.as_ref()).await,
        Action::Assign { to } => assign(parts, scene, effect, *to).await,
        Action::Label { add, remove } => label(parts, scene, add, remove).await,
        Action::OpenRequest { kind, note } => open_request(parts, cause, scene, effect, (kind, note)).await,
        Action::Escalate { to } => {
            publish::notice(parts, &Event::escalated_by(&scene.head, &scene.work, to, by())).await
        }
        Action::Notify { note } => {
            let event = Event::of_rule(&scene.head, EventKind::AutomationNotified, note, by());
            publish::notice(parts, &event).await
        }
        Action::Webhook { subscription, note } => {
            let event = Event::of_rule(&scene.head, EventKind::AutomationCalled, note, by());
            let telling =
                Telling { event, subscription: subscription.clone(), attempt: 1, replay: false, batched: false };
            Ok(parts.events.put(&[EventJob::One(Box::new(telling))], 0).await?)
        }
        Action::StartSequence { sequence } => {
            sequences::begin(parts, scene, cause.conversation, (effect.id, sequence), effect.at).await
        }
        Action::StopSequence { sequence } => sequences::stop(parts, scene, sequence).await,
        Action::Close {} => {
            // At the time of what it follows from: should the customer have written since, it stays open.
            parts.store.close(&scene.account, scene.group(), effect.at).await?;
            Ok(())
        }
    }
}

/// The time in the key of what a rule sends: right after its cause, and in the order in which the rule says it.
fn after(effect: &Intended) -> Timestamp {
    effect.at + SignedDuration::from_millis(1 + i64::from(effect.place))
}

async fn say(
    parts: &Parts,
    scene: &Scene,
    cause: &Cause,
    effect: &Intended,
    (text, languages): (&str, &BTreeMap<String, String>),
    answers: bool,
) -> Result<(), Trouble> {
    let body = in_language(text, languages, scene.language()).to_owned();
    let key = derived_key(after(effect), &effect.id.to_string());
    let id = MessageId { conversation: cause.conversation, key };
    let purpose = Purpose::AutoReply { rule: effect.rule.as_str().to_owned(), answers };
    put(parts, scene, id, Content::Text { body }, purpose, SAID_WITHIN).await
}

/// A template that a rule or a sequence sends.
#[derive(Debug)]
pub(super) struct ToSend<'a> {
    /// The rule, or the sequence, by its name.
    pub(super) rule: &'a str,
    pub(super) template: &'a str,
    /// What fills variables of which nothing is known.
    pub(super) values: &'a BTreeMap<String, String>,
    pub(super) expires_in: SignedDuration,
}

pub(super) async fn send_template(parts: &Parts, scene: &Scene, id: MessageId, it: &ToSend<'_>) -> Result<(), Trouble> {
    let languages = parts.store.templates(&scene.account, Some(it.template)).await?;
    let default = steps::ladder_of(parts, &scene.account).await?.default_language;
    let outlook = &scene.outlook;
    let channel = outlook.channel.as_ref();
    let language = steps::language_for(&outlook.people, channel, &languages, &default);
    let mut values = it.values.clone();
    if let Some(chosen) = languages.iter().find(|template| template.language == language) {
        let known = chosen.fill_from(&BTreeMap::new(), &filling::known(&outlook.people, channel));
        values = chosen.fill_from(&known, it.values);
    }
    let content = Content::Template(TemplateContent { name: it.template.to_owned(), language, values });
    let purpose = Purpose::AutoTemplate { rule: it.rule.to_owned() };
    put(parts, scene, id, content, purpose, it.expires_in).await
}

async fn put(
    parts: &Parts,
    scene: &Scene,
    id: MessageId,
    content: Content,
    purpose: Purpose,
    expires_in: SignedDuration,
) -> Result<(), Trouble> {
    let outlook = &scene.outlook;
    let Some(head) = outlook.family.head(id.conversation) else { return Ok(()) };
    let Some(key) = outlook.key_of(head) else { return Ok(()) }; // Erased: there is nobody to write to.
    let now = parts.now();
    let by = match &purpose {
        Purpose::AutoReply { rule, .. } | Purpose::AutoTemplate { rule } => access::Actor::Automation(rule.clone()),
        _ => access::Actor::System,
    };
    let body = OutboundBody { content, to: None };
    let sealed = Sealed::new(&body, key, parts.nonce());
    let message = Outbound::queued(head, id, purpose, Via::Auto, sealed, now, now + expires_in)
        .of_content(&body.content)
        .written_by(by);
    parts.store.put_outbound(&message).await?;
    Ok(())
}

async fn open_request(
    parts: &Parts,
    cause: &Cause,
    scene: &Scene,
    effect: &Intended,
    (kind, note): (&str, &str),
) -> Result<(), Trouble> {
    let Ok(kind) = kind.parse() else { return Ok(()) }; // Checked when it was stored.
    let note = (!note.is_empty()).then(|| note.to_owned());
    let new = NewRequest { kind, note, due_at: None, team: None, assignee: None };
    let (id, by) =
        (RequestId::new(effect.at, effect.id.bits()), access::Actor::Automation(effect.rule.as_str().to_owned()));
    match Box::pin(requests::open(parts, &scene.account, cause.conversation, id, new, by)).await {
        Ok(_) => Ok(()),
        Err(NotKept::Trouble(trouble)) => Err(trouble),
        Err(not_kept) => {
            tracing::warn!(conversation.id = %cause.conversation, why = %not_kept, "a rule's request was not opened");
            Ok(())
        }
    }
}

/// Whether somebody took the conversation after what a rule acts on.
fn was_taken_since(work: &crate::domain::work::Work, effect: &Intended) -> bool {
    work.owner().is_some_and(|owner| owner.since > effect.at)
}

async fn route(
    parts: &Parts,
    scene: &Scene,
    effect: &Intended,
    team: &TeamId,
    skill: Option<&SkillId>,
) -> Result<(), Trouble> {
    let work = parts.store.work(&scene.account, scene.group()).await?;
    // A team of which somebody has it already, or waits for it, was handed it before.
    if was_taken_since(&work, effect) || work.team.as_ref() == Some(team) && work.owner().is_none() {
        return Ok(());
    }
    let to_team = WorkChange::HandTo { team: Some(team.clone()), since: effect.at };
    change(parts, scene, to_team, Actor::Client).await?;
    let Some(skill) = skill else { return Ok(()) };
    match work::with_skill(parts, &scene.account, scene.group(), skill).await? {
        Some(staff) => change(parts, scene, WorkChange::Assign { to: staff }, Actor::Rules).await,
        None => Ok(()),
    }
}

async fn assign(parts: &Parts, scene: &Scene, effect: &Intended, to: StaffId) -> Result<(), Trouble> {
    let work = parts.store.work(&scene.account, scene.group()).await?;
    if was_taken_since(&work, effect) || work.owner().is_some_and(|owner| owner.staff == to) {
        return Ok(());
    }
    // The account named them: as if somebody had decided it by hand.
    change(parts, scene, WorkChange::Assign { to }, Actor::Client).await
}

async fn label(parts: &Parts, scene: &Scene, add: &[LabelId], remove: &[LabelId]) -> Result<(), Trouble> {
    let work = parts.store.work(&scene.account, scene.group()).await?;
    for label in remove.iter().filter(|label| work.labels.contains(*label)) {
        change(parts, scene, WorkChange::Unlabel { label: label.clone() }, Actor::Rules).await?;
    }
    for label in add.iter().filter(|label| !work.labels.contains(*label)) {
        change(parts, scene, WorkChange::Label { label: label.clone() }, Actor::Rules).await?;
    }
    Ok(())
}

/// What cannot be done is left out and said in the log: nobody is there whom it could be told.
async fn change(parts: &Parts, scene: &Scene, change: WorkChange, by: Actor) -> Result<(), Trouble> {
    let hand = Hand { change, by, seen: None };
    match Box::pin(work::change(parts, &scene.account, scene.group(), &hand)).await {
        Ok(_) => Ok(()),
        Err(NotChanged::Trouble(trouble)) => Err(trouble),
        Err(not_changed) => {
            tracing::warn!(conversation.id = %scene.group(), why = %not_changed, "a rule's change of the work was not made");
            Ok(())
        }
    }
}
