//! Automations: an account's rules, what they would do, what they did in a conversation, and sequences.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::automations::{
        self, NotStored,
        bookings::{self, NotTaken, Report},
    },
    domain::{
        ChannelId, ContactId, ConversationId, EventId, Timestamp,
        automation::{self, Automations, BookingEvent, Decision, Enrolment, Floor, Rule, Sequence, builtin},
        ids::{EffectId, SequenceId},
    },
};

use super::conversations::load;
use crate::{
    Shared,
    answer::{Accepted, Created, NoContent},
    auth::Account,
    headers::IdempotencyKey,
    problem::{FieldError, Kind, Problem},
    request::{JsonBody, PathId, PathPair},
};

/// The account's automations as they were stored; before, those that come with Transom are in force all the same.
pub async fn show(Account(account): Account, State(api): State<Shared>) -> Result<Json<Automations>, Problem> {
    Ok(Json(api.parts.store.automations(&account).await?.unwrap_or_default()))
}

/// What was stored, and what is better looked at.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct StoredView {
    automations: Automations,
    warnings: Vec<Remark>,
}

/// Something about a field.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct Remark {
    field: String,
    message: String,
}

pub async fn put(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value: automations, .. }: JsonBody<Automations>,
) -> Result<Json<StoredView>, Problem> {
    let warnings = automations::put(&api.parts, &account, &automations).await.map_err(not_stored)?;
    let remark = |it: automation::Problem| Remark { field: it.field, message: it.message };
    Ok(Json(StoredView { automations, warnings: warnings.into_iter().map(remark).collect() }))
}

/// All that is wrong is named at once.
fn not_stored(why: NotStored) -> Problem {
    match why {
        NotStored::Trouble(trouble) => trouble.into(),
        NotStored::Wrong(all) => {
            let errors: Vec<FieldError> =
                all.into_iter().map(|it| FieldError { field: it.field, message: it.message }).collect();
            match errors.as_slice() {
                [one] => Problem::invalid(one.field.clone(), one.message.clone()),
                _ => Problem { errors, ..Problem::new(Kind::Invalid, "Several values are not valid; see `errors`.") },
            }
        }
    }
}

/// Rules and sequences that hold for the account now.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct InForceView {
    /// In the order in which they are looked at, those that are off as well.
    rules: Vec<Rule>,
    sequences: Vec<Sequence>,
    /// Names that conditions may use.
    variables: Vec<VariableView>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct VariableView {
    name: &'static str,
    about: &'static str,
}

pub async fn in_force(Account(account): Account, State(api): State<Shared>) -> Result<Json<InForceView>, Problem> {
    let automations = api.parts.store.automations(&account).await?.unwrap_or_default();
    let mut rules = automations.in_force();
    rules.sort_by_key(|rule| rule.order);
    let mut sequences = automations.sequences;
    for sequence in builtin::sequences() {
        if sequences.iter().all(|own| own.id != sequence.id) {
            sequences.push(sequence);
        }
    }
    let variables = automation::VARIABLES.iter().map(|it| VariableView { name: it.name, about: it.about }).collect();
    Ok(Json(InForceView { rules, sequences, variables }))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TryBody {
    text: String,
}

/// What rules would do if the customer wrote this now, and why not more.
pub async fn try_out(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<TryBody>,
) -> Result<Json<Decision>, Problem> {
    let tried = Box::pin(automations::tried(&api.parts, &account, id, &value.text)).await?;
    tried.map(|tried| Json(tried.0)).ok_or_else(|| Problem::not_found("There is no such conversation."))
}

/// Automation in one conversation.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AutomationConversation")]
pub struct ConversationView {
    floor: Floor,
    sequences: Vec<Enrolment>,
}

pub async fn of_conversation(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<ConversationView>, Problem> {
    let store = &api.parts.store;
    let family = load(&api.parts, &account, id).await?.family;
    let state = store.automation_state(&account, family.survivor.id).await?;
    let mut sequences = Vec::new();
    for head in family.heads() {
        sequences.extend(store.enrolments(&account, head.id).await?.into_iter().map(|it| it.value));
    }
    Ok(Json(ConversationView { floor: state.value.floor, sequences }))
}

/// Rules may take part again, whoever wrote last.
pub async fn resume(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    let family = load(&api.parts, &account, id).await?.family;
    automations::resume(&api.parts, &account, family.survivor.id).await?;
    Ok(NoContent)
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceBody {
    sequence: SequenceId,
}

/// Whoever was begun with.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct BegunView {
    id: EffectId,
    sequence: SequenceId,
}

/// Begins a sequence with the customer. With an `Idempotency-Key`, the same key begins it once.
pub async fn begin(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody { value: SequenceBody { sequence }, .. }: JsonBody<SequenceBody>,
) -> Result<Created<BegunView>, Problem> {
    let family = load(&api.parts, &account, id).await?.family;
    let conversation = family.survivor.id;
    let by_chance = || EffectId::from_bits(api.parts.bits());
    let effect = key.map_or_else(by_chance, |key| automation::begun_by_hand(&account, conversation, &sequence, &key));
    let begun = automations::begin_by_hand(&api.parts, &account, conversation, (effect, &sequence)).await?;
    if !begun {
        return Err(Problem::invalid("sequence", "there is no such sequence that is on"));
    }
    Ok(Created { at: format!("/v1/conversations/{id}/automations"), value: BegunView { id: effect, sequence } })
}

/// Ends a sequence with the customer. One that does not run is ended already.
pub async fn stop(
    Account(account): Account,
    PathPair(id, sequence): PathPair<ConversationId, SequenceId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    let there = automations::stop_sequence(&api.parts, &account, id, &sequence).await?;
    if there { Ok(NoContent) } else { Err(Problem::not_found("There is no such conversation.")) }
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingBody {
    event: BookingEvent,
    /// The booking's number in the other system.
    booking: String,
    /// When it happened; if left out, now.
    at: Option<Timestamp>,
    channel: Option<ChannelId>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ReportedView {
    event: EventId,
    conversation: ConversationId,
}

/// Takes what another system reports of a booking; the same booking and event once more is the same.
pub async fn report_booking(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<BookingBody>,
) -> Result<Accepted<ReportedView>, Problem> {
    const LONGEST: usize = 100;
    let BookingBody { event, booking, at, channel } = value;
    if booking.trim().is_empty() || booking.chars().count() > LONGEST {
        return Err(Problem::invalid("booking", format!("must have 1 to {LONGEST} characters")));
    }
    let report = Report { event, booking, at: at.unwrap_or_else(|| api.parts.now()), channel };
    let (event, conversation) = bookings::report(&api.parts, &account, id, &report).await.map_err(|why| match why {
        NotTaken::NoContact => Problem::not_found("There is no such contact."),
        NotTaken::NoChannel => Problem::field(Kind::NotFound, "channel", "there is no such channel"),
        NotTaken::Time => {
            Problem::invalid("at", "must not lie ahead, nor more than a day back: rules heed no older news")
        }
        NotTaken::Trouble(trouble) => trouble.into(),
    })?;
    Ok(Accepted { at: None, value: ReportedView { event, conversation } })
}
