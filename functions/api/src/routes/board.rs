//! How work is given out, and how it stands: settings, who is there with how many conversations, who waits for somebody.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        Parts, jobs,
        work::{self as working, House},
    },
    domain::{
        AccountId, ConversationId, StaffId, TeamId, Timestamp,
        work::{BadWorkSettings, Presence, Said, WorkSettings, partitions, worth_noting},
    },
};

use crate::{
    Shared,
    auth::{Account, Caller},
    problem::{Kind, Problem},
    request::{JsonBody, PathId},
};

pub async fn settings(Account(account): Account, State(api): State<Shared>) -> Result<Json<WorkSettings>, Problem> {
    Ok(Json(api.parts.store.work_settings(&account).await?.unwrap_or_default()))
}

/// Stores how work is given out: all of it anew.
pub async fn put_settings(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<WorkSettings>,
) -> Result<Json<WorkSettings>, Problem> {
    let parts = &api.parts;
    value.check().map_err(|BadWorkSettings { field, message }| Problem::invalid(field, message))?;
    let known = parts.store.work_settings(&account).await?.unwrap_or_default();
    for team in known.removed_in(&value) {
        if !parts.store.waiting(&account, Some(team), None, 1).await?.is_empty() {
            let words = format!("guests wait for the team {team:?}; close it first, and remove it once nobody waits");
            return Err(Problem::invalid("teams", words));
        }
    }
    parts.store.put_work_settings(&account, &value).await?;
    // What is archived is seen to by the nightly upkeep.
    if value.archive_after_days.is_some() {
        jobs::arm(parts, &account).await?;
    } else {
        working::arm(parts, &account).await?;
    }
    Ok(Json(value))
}

/// Everybody who may be given something, as they stand; and how many wait.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct BoardView {
    staff: Vec<AtWorkView>,
    waiting: Vec<WaitingView>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct AtWorkView {
    id: StaffId,
    said: Option<Said>,
    online: bool,
    last_seen: Option<Timestamp>,
    open: usize,
    capacity: u32,
    conversations: Vec<ConversationId>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct WaitingView {
    /// `null`: for any.
    team: Option<TeamId>,
    /// Up to a hundred.
    conversations: Vec<ConversationId>,
    oldest: Option<Timestamp>,
}

pub async fn board(Account(account): Account, State(api): State<Shared>) -> Result<Json<BoardView>, Problem> {
    let parts = &api.parts;
    let house = House::load(parts, &account).await?;
    let now = parts.now();
    let staff = house.members.iter().map(|member| {
        let desk = house.desk(member.staff);
        let presence = house.at_work.get(&member.staff).and_then(|at_work| at_work.presence);
        AtWorkView {
            id: member.staff,
            said: presence.map(|presence| presence.said),
            online: presence.is_some_and(|presence| presence.is_online(now)),
            last_seen: presence.map(|presence| presence.last_seen),
            open: desk.slots.len(),
            capacity: desk.capacity,
            conversations: desk.slots.into_keys().collect(),
        }
    });
    let staff = staff.collect();
    let mut waiting = Vec::new();
    for team in partitions(&house.settings) {
        let places = parts.store.waiting(&account, team.as_ref(), None, 100).await?;
        let oldest = places.first().map(|place| place.since);
        let conversations = places.into_iter().map(|place| place.conversation).collect();
        waiting.push(WaitingView { team, conversations, oldest });
    }
    Ok(Json(BoardView { staff, waiting }))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceBody {
    said: Said,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct PresenceView {
    said: Said,
    last_seen: Timestamp,
}

/// Says whether one is there; to be said again every few minutes. For programs: on behalf of one of the staff.
pub async fn presence(
    Account(account): Account,
    PathId(id): PathId<StaffId>,
    caller: Caller,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<PresenceBody>,
) -> Result<Json<PresenceView>, Problem> {
    let parts = &api.parts;
    if caller.by.staff().is_some_and(|own| own != id) {
        return Err(Problem::new(Kind::RoleMissing, "Everybody says for themselves whether they are there."));
    }
    Ok(Json(
        seen(parts, &account, id, Some(value.said))
            .await?
            .ok_or_else(|| Problem::not_found("There is nobody of that id on the staff."))?,
    ))
}

/// Notes that somebody was seen. `None`: nobody of that id may sign in.
pub async fn seen(
    parts: &Parts,
    account: &AccountId,
    id: StaffId,
    said: Option<Said>,
) -> Result<Option<PresenceView>, Problem> {
    let active = parts.store.staff_member(account, id).await?.is_some_and(|row| row.duties.active);
    if !active {
        return Ok(None);
    }
    let known: Option<Presence> = parts.store.at_work_of(account, id).await?.presence;
    let said = said.or(known.map(|known| known.said)).unwrap_or(Said::Offline);
    let now = parts.now();
    if worth_noting(known.as_ref(), said, now) {
        parts.store.note_presence(account, id, said, now).await?;
        return Ok(Some(PresenceView { said, last_seen: now }));
    }
    let last_seen = known.map_or(now, |known| known.last_seen);
    Ok(Some(PresenceView { said, last_seen }))
}
