//! Work on a conversation: who has it, hand it over, label it, put it aside; notes among staff.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        Parts, Trouble,
        outlook::Outlook,
        staff as people,
        work::{self as working, Hand, NotChanged},
    },
    domain::{
        AccountId, ConversationId, StaffId, TeamId, Timestamp, access,
        ids::{AutomationId, LabelId, MessageKey},
        work::{Actor, Holder, How, Note, Work, WorkChange, WorkRefused},
    },
    ports::store::NoteRow,
    seal::Sealed,
};

use super::conversations::load;
use crate::{
    Shared,
    answer::{Created, NoContent, Tagged},
    auth::{Account, Caller},
    headers::IfMatch,
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, PathId, PathPair},
};

/// The work on a conversation. Its `rev` is its ETag, too.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct WorkView {
    owner: Option<OwnerView>,
    /// The automation that answers, while it does.
    automation: Option<AutomationId>,
    team: Option<TeamId>,
    labels: Vec<LabelId>,
    snoozed_until: Option<Timestamp>,
    /// Since when it wants somebody, while nobody has it.
    wants_since: Option<Timestamp>,
    /// Whose it was before it was closed.
    previous_owner: Option<StaffId>,
    rev: u64,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct OwnerView {
    staff: StaffId,
    since: Timestamp,
    /// `by_hand` or `automatic`.
    how: How,
}

impl WorkView {
    pub fn new(work: &Work, now: Timestamp) -> Self {
        let owner = work.owner().map(|owner| OwnerView { staff: owner.staff, since: owner.since, how: owner.how });
        let automation = match &work.holder {
            Holder::Automation(_) => work.lease(now).map(|lease| lease.to.clone()),
            Holder::Nobody | Holder::Staff(_) => None,
        };
        Self {
            owner,
            automation,
            team: work.team.clone(),
            labels: work.labels.iter().cloned().collect(),
            snoozed_until: work.snooze.map(|snooze| snooze.until).filter(|until| *until > now),
            wants_since: work.asked.map(|asked| asked.since),
            previous_owner: work.previous,
            rev: work.rev,
        }
    }

    fn tagged(self) -> Tagged<Self> {
        Tagged { rev: self.rev, value: self }
    }
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Tagged<WorkView>, Problem> {
    let outlook = load(&api.parts, &account, id).await?;
    let work = api.parts.store.work(&account, outlook.family.survivor.id).await?;
    Ok(WorkView::new(&work, api.parts.now()).tagged())
}

/// What can be done to it by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "WorkChangeWord")]
#[serde(rename_all = "snake_case")]
enum ChangeWord {
    /// "I take it": of staff who signed in.
    Take,
    Assign,
    /// Somebody of the team is wanted; without one: of any.
    HandTo,
    /// Whoever has it lets go.
    Release,
    Label,
    Unlabel,
    /// Out of sight until then, or until the customer writes.
    Snooze,
    Wake,
}

/// Read flat, so that an error names the field and not only the whole.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "WorkChangeBody")]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    change: ChangeWord,
    to: Option<StaffId>,
    team: Option<TeamId>,
    label: Option<LabelId>,
    until: Option<Timestamp>,
}

impl ChangeBody {
    fn change(self) -> Result<WorkChange, Problem> {
        let Self { change, to, team, label, until } = self;
        let given =
            [("to", to.is_some()), ("team", team.is_some()), ("label", label.is_some()), ("until", until.is_some())];
        let known = match change {
            ChangeWord::Assign => "to",
            ChangeWord::HandTo => "team",
            ChangeWord::Label | ChangeWord::Unlabel => "label",
            ChangeWord::Snooze => "until",
            ChangeWord::Take | ChangeWord::Release | ChangeWord::Wake => "",
        };
        if let Some((stray, _)) = given.into_iter().find(|(field, given)| *given && *field != known) {
            return Err(Problem::invalid(stray, "does not belong to this change"));
        }
        let needed = || Problem::invalid(known, "is needed");
        // Since when, and what the customer wrote last, is filled in where it is known.
        let since = Timestamp::UNIX_EPOCH;
        Ok(match change {
            ChangeWord::Take => WorkChange::Take,
            ChangeWord::Assign => WorkChange::Assign { to: to.ok_or_else(needed)? },
            ChangeWord::HandTo => WorkChange::HandTo { team, since },
            ChangeWord::Release => WorkChange::Release { since },
            ChangeWord::Label => WorkChange::Label { label: label.ok_or_else(needed)? },
            ChangeWord::Unlabel => WorkChange::Unlabel { label: label.ok_or_else(needed)? },
            ChangeWord::Snooze => WorkChange::Snooze { until: until.ok_or_else(needed)?, seen: None },
            ChangeWord::Wake => WorkChange::Wake,
        })
    }
}

/// Changes the work. With `If-Match`, only if nobody changed it since it was read.
pub async fn change(
    caller: Caller,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    IfMatch(seen): IfMatch,
    JsonBody { value, .. }: JsonBody<ChangeBody>,
) -> Result<Tagged<WorkView>, Problem> {
    let parts = &api.parts;
    let change = value.change()?;
    if let WorkChange::HandTo { team: Some(team), .. } = &change {
        let settings = parts.store.work_settings(&caller.account).await?.unwrap_or_default();
        if settings.open_team(team).is_none() {
            return Err(Problem::invalid("team", "there is no such team, or it takes no new work"));
        }
    }
    let hand = Hand { change, by: actor(&caller), seen };
    let work = working::change(parts, &caller.account, id, &hand).await.map_err(not_changed)?;
    Ok(WorkView::new(&work, parts.now()).tagged())
}

fn actor(caller: &Caller) -> Actor {
    caller.by.staff().map_or(Actor::Client, Actor::Staff)
}

fn not_changed(why: NotChanged) -> Problem {
    match why {
        NotChanged::NoConversation => Problem::not_found("There is no such conversation."),
        NotChanged::NobodyThere => Problem::invalid("to", "nobody active on the staff has this id"),
        NotChanged::Busy => Problem::conflict("Somebody else is just giving it away; look again."),
        NotChanged::Refused(refused) => not_done(&refused),
        NotChanged::Trouble(trouble) => trouble.into(),
    }
}

fn not_done(refused: &WorkRefused) -> Problem {
    match refused {
        WorkRefused::Changed { .. } => {
            Problem::new(Kind::Stale, "Somebody else changed it since you looked; look again, and decide anew.")
        }
        WorkRefused::Owned { by } => {
            Problem::conflict(format!("{by} has the conversation; assign it to take it over."))
        }
        WorkRefused::NotAPerson => Problem::invalid("change", "only somebody of the staff can take one; use assign"),
        WorkRefused::TooManyLabels => Problem::invalid("label", "a conversation has at most 20"),
        WorkRefused::SnoozeTime => Problem::invalid("until", "must lie ahead, and not more than a year"),
        WorkRefused::Lent { .. }
        | WorkRefused::LeaseLost
        | WorkRefused::ForPeople
        | WorkRefused::NotAProgram
        | WorkRefused::NotAsked
        | WorkRefused::LeaseTime => Problem::conflict(format!("It cannot be done: {refused}.")),
    }
}

/// A note as staff see it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct NoteView {
    id: String,
    at: Timestamp,
    by: access::Actor,
    /// With mentions as `@[stf_…]`. `null`: the guest was erased, and it cannot be read any more.
    text: Option<String>,
    mentions: Vec<StaffId>,
}

/// Newest first; the newest hundred.
pub async fn notes(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<Whole<NoteView>>, Problem> {
    const MOST: usize = 100;
    let outlook = load(&api.parts, &account, id).await?;
    Ok(Json(Whole { data: notes_of(&api.parts, &account, &outlook, MOST).await? }))
}

/// The newest notes on a conversation and on those that became part of it, the newest first.
pub async fn notes_of(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    limit: usize,
) -> Result<Vec<NoteView>, Trouble> {
    let mut notes = Vec::new();
    for head in outlook.family.heads() {
        let key = outlook.key_of(head);
        for note in parts.store.notes(account, head.id, limit).await? {
            let text = key.and_then(|key| note.text.open(key).ok());
            notes.push(NoteView { id: note_id(&note), at: note.at, by: note.by, text, mentions: note.mentions });
        }
    }
    notes.sort_by_key(|note| std::cmp::Reverse(note.at));
    notes.truncate(limit);
    Ok(notes)
}

fn note_id(note: &NoteRow) -> String {
    MessageKey::new(note.at, note.once).to_string()
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// Somebody is mentioned as `@name` or `@[stf_…]`.
    text: String,
}

pub async fn add_note(
    caller: Caller,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<NoteBody>,
) -> Result<Created<NoteView>, Problem> {
    let parts = &api.parts;
    let outlook = load(parts, &caller.account, id).await?;
    let head = &outlook.family.survivor;
    let Some(key) = outlook.key_of(head) else {
        return Err(Problem::conflict("The person was erased; nothing can be kept about them."));
    };
    let staff = people::everybody(parts, &caller.account).await?;
    let name = |name: &str| name.to_lowercase().split_whitespace().collect::<String>();
    let names = staff.iter().map(|staff| (name(&staff.person.name), staff.id)).collect();
    let note = Note::parse(&value.text, &names).map_err(|bad| {
        let words = bad.to_string();
        Problem::invalid("text", words.strip_prefix("text: ").unwrap_or(&words))
    })?;
    let row = NoteRow {
        at: parts.now(),
        once: parts.bits() & ((1 << 80) - 1),
        by: caller.by,
        mentions: note.mentions().to_vec(),
        text: Sealed::new(&note.text().to_owned(), key, parts.nonce()),
    };
    parts.store.add_note(&caller.account, head.id, &row).await?;
    let text = Some(note.text().to_owned());
    let view = NoteView { id: note_id(&row), at: row.at, by: row.by, text, mentions: row.mentions };
    Ok(Created { at: format!("/v1/conversations/{}/notes/{}", head.id, view.id), value: view })
}

/// Takes a note away: whoever wrote it may, and who manages.
pub async fn remove_note(
    caller: Caller,
    PathPair(id, key): PathPair<ConversationId, MessageKey>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    let missing = || Problem::not_found("There is no such note.");
    let parts = &api.parts;
    let outlook = load(parts, &caller.account, id).await?;
    for head in outlook.family.heads() {
        let notes = parts.store.notes(&caller.account, head.id, 1000).await?;
        let Some(found) = notes.iter().find(|found| note_id(found) == key.to_string()) else { continue };
        let manages = match caller.grant {
            access::Grant::Staff(role) => role >= access::Role::Manager,
            access::Grant::Program(_) | access::Grant::Operator => true,
        };
        if found.by != caller.by && !manages {
            return Err(Problem::new(Kind::RoleMissing, "A note is taken away by whoever wrote it, or by a manager."));
        }
        parts.store.remove_note(&caller.account, head.id, found.at, found.once).await?;
        return Ok(NoContent);
    }
    Err(missing())
}
