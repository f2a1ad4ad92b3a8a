//! Requests of a guest: open one, change it, list them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::requests::{self, NotKept, OpenedRequest},
    domain::{
        ConversationId, StaffId, TeamId, Timestamp,
        access::Actor,
        ids::RequestId,
        request::{NewRequest, RequestChange, RequestKind, RequestStatus},
    },
};

use super::conversations::load;
use crate::{
    Shared,
    answer::{Created, Tagged},
    auth::{Account, Caller},
    headers::IfMatch,
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, PathId, PathPair},
};

/// So many are shown, the newest.
const MOST: usize = 100;

/// A request as people see it. Its `rev` is its ETag, too.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct RequestView {
    id: RequestId,
    conversation: ConversationId,
    kind: RequestKind,
    /// `null`: there is none, or the guest was erased.
    note: Option<String>,
    status: RequestStatus,
    due_at: Option<Timestamp>,
    team: Option<TeamId>,
    assignee: Option<StaffId>,
    opened_by: Actor,
    opened_at: Timestamp,
    changed_by: Actor,
    changed_at: Timestamp,
    rev: u64,
}

impl From<OpenedRequest> for RequestView {
    fn from(OpenedRequest { request: it, note }: OpenedRequest) -> Self {
        Self {
            id: it.id,
            conversation: it.conversation,
            kind: it.kind,
            note,
            status: it.status,
            due_at: it.due_at,
            team: it.team,
            assignee: it.assignee,
            opened_by: it.opened_by,
            opened_at: it.opened_at,
            changed_by: it.changed_by,
            changed_at: it.changed_at,
            rev: it.rev,
        }
    }
}

/// The newest hundred, the newest first.
pub async fn list(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<Whole<RequestView>>, Problem> {
    let outlook = load(&api.parts, &account, id).await?;
    let found = requests::of_conversation(&api.parts, &account, &outlook, MOST).await?;
    Ok(Json(Whole { data: found.into_iter().map(RequestView::from).collect() }))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestBody {
    /// A word or two, such as `towels`; it stands in events.
    kind: String,
    note: Option<String>,
    due_at: Option<Timestamp>,
    team: Option<TeamId>,
    assignee: Option<StaffId>,
}

pub async fn create(
    caller: Caller,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<RequestBody>,
) -> Result<Created<RequestView>, Problem> {
    let parts = &api.parts;
    let RequestBody { kind, note, due_at, team, assignee } = value;
    let new = NewRequest { kind: kind.parse()?, note, due_at, team, assignee };
    let own = RequestId::new(parts.now(), parts.bits());
    let opened = requests::open(parts, &caller.account, id, own, new, caller.by).await.map_err(not_kept)?;
    let view = RequestView::from(opened);
    let at = format!("/v1/conversations/{}/requests/{}", view.conversation, view.id);
    Ok(Created { at, value: view })
}

/// With `If-Match`, only if nobody changed it since it was read.
pub async fn change(
    caller: Caller,
    PathPair(id, request): PathPair<ConversationId, RequestId>,
    State(api): State<Shared>,
    IfMatch(seen): IfMatch,
    JsonBody { value, .. }: JsonBody<RequestChange>,
) -> Result<Tagged<RequestView>, Problem> {
    let place = (id, request);
    let changed = requests::change(&api.parts, &caller.account, place, &value, &caller.by, seen).await;
    let view = RequestView::from(changed.map_err(not_kept)?);
    Ok(Tagged { rev: view.rev, value: view })
}

fn not_kept(why: NotKept) -> Problem {
    match why {
        NotKept::NoConversation => Problem::not_found("There is no such conversation."),
        NotKept::NoRequest => Problem::not_found("There is no such request."),
        NotKept::Erased => Problem::conflict("The person was erased; nothing can be kept about them."),
        NotKept::Changed => {
            Problem::new(Kind::Stale, "Somebody else changed it since you looked; look again, and decide anew.")
        }
        NotKept::Bad(bad) => bad.into(),
        NotKept::Trouble(trouble) => trouble.into(),
    }
}
