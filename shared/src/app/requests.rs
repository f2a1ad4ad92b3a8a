//! Requests of a guest: opened by staff, programs or rules, and changed until somebody has seen to them.

use super::{
    Parts, Trouble,
    outlook::{self, Outlook},
};
use crate::{
    domain::{
        AccountId, ConversationId, StaffId, TeamId,
        access::Actor,
        contact::change::{BadField, Change},
        ids::RequestId,
        request::{NewRequest, Request, RequestChange, RequestStatus, check_note},
    },
    ports::store::{Put, RequestRow, Step},
    seal::{Sealed, SubjectKey},
};

/// So often a change is tried where nobody said what they saw.
const TRIES: usize = 5;

/// A request as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRequest {
    pub request: Request,
    /// `None`: there is none, or the person was erased.
    pub note: Option<String>,
}

/// Why it was not opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("there is no such conversation")]
    NoConversation,
    #[error("there is no such request")]
    NoRequest,
    /// Nothing can be kept about the person any more.
    #[error("the person was erased")]
    Erased,
    #[error("somebody changed it meanwhile")]
    Changed,
    #[error(transparent)]
    Bad(#[from] BadField),
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Opens a request of this id. Any number of times is as once: whoever opens it again is answered the request as it is now,
/// whatever they ask for. So a rule derives the id from its effect ([`RequestId::new`]).
///
/// # Errors
/// Why it was not opened.
pub async fn open(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    id: RequestId,
    new: NewRequest,
    by: Actor,
) -> Result<OpenedRequest, NotKept> {
    let outlook = load(parts, account, conversation).await?;
    // Opened before the person was merged, it lies at a former conversation.
    if let Some(known) = find(parts, account, &outlook, id).await? {
        return Ok(opened(&outlook, known));
    }
    if let Some(note) = &new.note {
        check_note(note)?;
    }
    check_team(parts, account, new.team.as_ref()).await?;
    check_assignee(parts, account, new.assignee).await?;
    let head = &outlook.family.survivor;
    let key = outlook.key_of(head).ok_or(NotKept::Erased)?;
    let now = parts.now();
    let request = Request {
        id,
        conversation: head.id,
        channel: head.channel.clone(),
        contact: head.contact,
        kind: new.kind,
        status: RequestStatus::Open,
        due_at: new.due_at,
        team: new.team,
        assignee: new.assignee,
        opened_by: by.clone(),
        opened_at: now,
        changed_by: by,
        changed_at: now,
        rev: 1,
    };
    let row = RequestRow { request, note: new.note.map(|note| seal(parts, &note, key)) };
    match parts.store.open_request(account, &row).await.map_err(Trouble::from)? {
        Put::New => Ok(opened(&outlook, row)),
        Put::Already => {
            let known = parts.store.request(account, head.id, id).await.map_err(Trouble::from)?;
            Ok(opened(&outlook, known.ok_or(NotKept::NoRequest)?))
        }
    }
}

/// Changes a request. `seen`: the revision that the caller saw; `None`: whatever it is now.
///
/// # Errors
/// Why it was not changed.
pub async fn change(
    parts: &Parts,
    account: &AccountId,
    (conversation, id): (ConversationId, RequestId),
    change: &RequestChange,
    by: &Actor,
    seen: Option<u64>,
) -> Result<OpenedRequest, NotKept> {
    let outlook = load(parts, account, conversation).await?;
    if let Change::To(note) = &change.note {
        check_note(note)?;
    }
    if let Change::To(team) = &change.team {
        check_team(parts, account, Some(team)).await?;
    }
    if let Change::To(assignee) = change.assignee {
        check_assignee(parts, account, Some(assignee)).await?;
    }
    for _ in 0..TRIES {
        let known = find(parts, account, &outlook, id).await?.ok_or(NotKept::NoRequest)?;
        if seen.is_some_and(|seen| seen != known.request.rev) {
            return Err(NotKept::Changed);
        }
        let request = change.applied_to(&known.request, by, parts.now());
        if request.rev == known.request.rev {
            return Ok(opened(&outlook, known));
        }
        let key = outlook.family.head(request.conversation).and_then(|head| outlook.key_of(head));
        let note = match &change.note {
            Change::Keep => known.note,
            Change::Forget => None,
            Change::To(note) => Some(seal(parts, note, key.ok_or(NotKept::Erased)?)),
        };
        let new = RequestRow { request, note };
        match parts.store.write_request(account, &known.request, &new).await.map_err(Trouble::from)? {
            Step::Done => return Ok(opened(&outlook, new)),
            Step::Lost => {}
        }
    }
    Err(NotKept::Changed)
}

/// The newest requests of a conversation and of those that became part of it, the newest first.
///
/// # Errors
/// If the store did not answer.
pub async fn of_conversation(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    limit: usize,
) -> Result<Vec<OpenedRequest>, Trouble> {
    let mut rows = Vec::new();
    for head in outlook.family.heads() {
        rows.extend(parts.store.requests(account, head.id, limit).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.request.opened_at, row.request.id)));
    rows.truncate(limit);
    Ok(rows.into_iter().map(|row| opened(outlook, row)).collect())
}

async fn load(parts: &Parts, account: &AccountId, conversation: ConversationId) -> Result<Outlook, NotKept> {
    outlook::load(parts, account, conversation).await?.ok_or(NotKept::NoConversation)
}

async fn find(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    id: RequestId,
) -> Result<Option<RequestRow>, Trouble> {
    for head in outlook.family.heads() {
        if let Some(row) = parts.store.request(account, head.id, id).await? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn opened(outlook: &Outlook, row: RequestRow) -> OpenedRequest {
    let key = outlook.family.head(row.request.conversation).and_then(|head| outlook.key_of(head));
    let note = row.note.and_then(|note| key.and_then(|key| note.open(key).ok()));
    OpenedRequest { request: row.request, note }
}

fn seal(parts: &Parts, note: &str, key: &SubjectKey) -> Sealed<String> {
    Sealed::new(&note.trim().to_owned(), key, parts.nonce())
}

async fn check_team(parts: &Parts, account: &AccountId, team: Option<&TeamId>) -> Result<(), NotKept> {
    let Some(team) = team else { return Ok(()) };
    let settings = parts.store.work_settings(account).await.map_err(Trouble::from)?.unwrap_or_default();
    let words = "there is no such team, or it takes no new work";
    settings.open_team(team).map(|_| ()).ok_or_else(|| BadField::new("team", words).into())
}

async fn check_assignee(parts: &Parts, account: &AccountId, assignee: Option<StaffId>) -> Result<(), NotKept> {
    let Some(assignee) = assignee else { return Ok(()) };
    let staff = parts.store.staff_member(account, assignee).await.map_err(Trouble::from)?;
    let words = "nobody active on the staff has this id";
    let active = staff.is_some_and(|row| row.duties.active);
    if active { Ok(()) } else { Err(BadField::new("assignee", words).into()) }
}
