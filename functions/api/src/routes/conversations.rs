//! Conversations: list them, show one, read its messages, close or archive it.

use std::str::FromStr;

use axum::{Json, extract::State};
use transom::{
    app::{
        Parts,
        archive::threads,
        outlook::{self, Outlook},
    },
    domain::{
        AccountId, ConversationId, StaffId,
        conversation::ConversationState,
        ids::{BadId, MessageKey},
        inbox::Sorting,
        message::Message,
    },
    ports::store::Step,
};

use super::{
    inbox::{self, Asked, Whose},
    messages::{tariff_for, templates_of},
};
use crate::{
    Shared,
    auth::{Account, Caller},
    describe::{CURSOR, LIMIT, Parameter, Query, formed, words},
    paging::{List, Page, PageQuery, Paging, bad_cursor, cursor},
    problem::{Kind, Problem},
    request::{Parameters, PathId},
    view::{ConversationView, ListedView, MessageView, Opened},
};

/// Which conversations are listed.
#[derive(Debug)]
pub struct ListQuery;

impl Query for ListQuery {
    const PARAMETERS: &'static [Parameter] = &[
        words("state", "Only those in this state.", &["initiated", "active", "expired", "closed", "archived"]),
        words("sort", "The newest activity first, or who waits the longest.", &["activity", "waiting"]),
        formed("owner", "Those of somebody of the staff; `me`: of whoever signed in.", "^(me|stf_.+)$"),
        words("unassigned", "Those that nobody has.", &["true", "false"]),
        formed("team", "Those of a team.", "^[a-z0-9][a-z0-9-]{0,39}$"),
        formed("label", "Those with a label.", "^[a-z0-9][a-z0-9-]{0,39}$"),
        LIMIT,
        CURSOR,
    ];
}

/// Of all, of somebody, of a team or with a label; the newest activity first, or who waits the longest.
pub async fn list(
    caller: Caller,
    State(api): State<Shared>,
    mut parameters: Parameters<ListQuery>,
) -> Result<Json<Page<ListedView>>, Problem> {
    let asked = asked(&mut parameters, &caller)?;
    let paging = Paging::read(&mut parameters, List::Conversations)?;
    parameters.finish()?;
    let mut page = inbox::page(&api.parts, &caller.account, &asked, paging).await?;
    // The index sorts by minutes; within a page the exact time is known.
    page.data.sort_by_key(|listed| listed.conversation.last_activity_at());
    if asked.sorting == Sorting::Activity {
        page.data.reverse();
    }
    Ok(Json(page))
}

fn asked(parameters: &mut Parameters<ListQuery>, caller: &Caller) -> Result<Asked, Problem> {
    let state = parameters.take("state").map(|word| state_of(&word)).transpose()?;
    let sorting = match parameters.take("sort").as_deref() {
        None | Some("activity") => Sorting::Activity,
        Some("waiting") => Sorting::Waiting,
        Some(_) => return Err(Problem::field(Kind::Malformed, "sort", "must be activity or waiting")),
    };
    let waits = |state| matches!(state, ConversationState::Active | ConversationState::Expired);
    if sorting == Sorting::Waiting && state.is_some_and(|state| !waits(state)) {
        return Err(Problem::field(Kind::Malformed, "sort", "nobody waits in conversations of this state"));
    }
    let owner = parameters.take("owner").map(|word| owner_of(&word, caller)).transpose()?;
    let unassigned = match parameters.take("unassigned").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::field(Kind::Malformed, "unassigned", "must be true or false")),
    };
    let whose = match (owner, unassigned) {
        (None, false) => Whose::Anybodys,
        (None, true) => Whose::Nobodys,
        (Some(staff), false) => Whose::Of(staff),
        (Some(_), true) => {
            return Err(Problem::field(Kind::Malformed, "unassigned", "what is unassigned has no owner"));
        }
    };
    let team = parameters.take("team").map(|word| id_of("team", &word)).transpose()?;
    let label = parameters.take("label").map(|word| id_of("label", &word)).transpose()?;
    if team.is_some() && label.is_some() && owner.is_none() {
        let words = "can be asked for together with a team only for one owner";
        return Err(Problem::field(Kind::Malformed, "label", words));
    }
    Ok(Asked { state, whose, team, label, sorting })
}

fn owner_of(word: &str, caller: &Caller) -> Result<StaffId, Problem> {
    if word == "me" {
        let words = "me is whoever of the staff signed in; name one of the staff";
        return caller.by.staff().ok_or_else(|| Problem::field(Kind::Malformed, "owner", words));
    }
    id_of("owner", word)
}

fn id_of<T: FromStr<Err = BadId>>(field: &str, word: &str) -> Result<T, Problem> {
    word.parse().map_err(|bad: BadId| Problem::field(Kind::Malformed, field, format!("must be {}", bad.expected)))
}

fn state_of(word: &str) -> Result<ConversationState, Problem> {
    match word {
        "initiated" => Ok(ConversationState::Initiated),
        "active" => Ok(ConversationState::Active),
        "expired" => Ok(ConversationState::Expired),
        "closed" => Ok(ConversationState::Closed),
        "archived" => Ok(ConversationState::Archived),
        _ => {
            let words = "must be one of initiated, active, expired, closed and archived";
            Err(Problem::field(Kind::Malformed, "state", words))
        }
    }
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<ConversationView>, Problem> {
    let outlook = load(&api.parts, &account, id).await?;
    Ok(Json(ConversationView::new(&outlook, api.parts.now())))
}

/// The messages of a conversation and of those that became part of it, newest first.
pub async fn messages(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    mut parameters: Parameters<PageQuery>,
) -> Result<Json<Page<MessageView>>, Problem> {
    let Paging { limit, after } = Paging::read(&mut parameters, List::Messages)?;
    parameters.finish()?;
    let before: Option<MessageKey> = after.map(|place| place.parse().map_err(|_| bad_cursor())).transpose()?;

    let parts = &api.parts;
    let outlook = load(parts, &account, id).await?;
    let mut messages: Vec<Message> = Vec::new();
    for head in outlook.family.heads() {
        messages.extend(threads::messages(parts, head, before, limit + 1).await?);
    }
    let next_cursor = newest(&mut messages, limit).map(|key| cursor(List::Messages, &key.to_string()));
    let opened: Vec<Opened<'_>> = messages
        .iter()
        .map(|message| {
            let head = outlook.family.head(message.id().conversation);
            Opened::new(message, head.and_then(|head| outlook.key_of(head)))
        })
        .collect();
    let templates = templates_of(parts, &account, &opened).await?;
    let tariff = tariff_for(parts, &account, &opened).await?;
    let data = opened.into_iter().map(|opened| opened.view(&templates, tariff.as_ref(), parts.now())).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// Keeps the newest messages, newest first, and answers the key behind which the rest lies, if there is more.
/// The same message in two conversations of one person is one message.
fn newest(messages: &mut Vec<Message>, limit: usize) -> Option<MessageKey> {
    messages.sort_by_key(|message| std::cmp::Reverse(message.id().key));
    messages.dedup_by_key(|message| message.id().key);
    let more = messages.len() > limit;
    messages.truncate(limit);
    messages.last().filter(|_| more).map(|message| message.id().key)
}

pub async fn close(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<ConversationView>, Problem> {
    end(&api.parts, &account, id, End::Close).await
}

pub async fn archive(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<ConversationView>, Problem> {
    end(&api.parts, &account, id, End::Archive).await
}

/// Opens it again; whatever the customer wrote before the end counts as waiting once more, unless it was answered.
pub async fn reopen(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<ConversationView>, Problem> {
    let parts = &api.parts;
    let before = load(parts, &account, id).await?;
    for head in before.family.heads().filter(|head| head.closed_at.is_some() || head.archived_at.is_some()) {
        parts.store.reopen(head).await?;
    }
    let after = load(parts, &account, id).await?;
    Ok(Json(ConversationView::new(&after, parts.now())))
}

#[derive(Debug, Clone, Copy)]
enum End {
    Close,
    Archive,
}

async fn end(
    parts: &Parts,
    account: &AccountId,
    id: ConversationId,
    end: End,
) -> Result<Json<ConversationView>, Problem> {
    let before = load(parts, account, id).await?;
    let survivor = before.family.survivor.id;
    // A provider's clock may be ahead of ours; an end before the last message would end nothing.
    let at = parts.now().max(before.family.merged().last_activity_at());
    let step = match end {
        End::Close => parts.store.close(account, survivor, at).await?,
        End::Archive => parts.store.archive(account, survivor, at).await?,
    };
    let after = load(parts, account, survivor).await?;
    let state = after.family.merged().state(parts.now());
    let ended = matches!(state, ConversationState::Closed | ConversationState::Archived);
    match step {
        Step::Done => {}
        Step::Lost if ended => {}
        Step::Lost => return Err(Problem::conflict("The customer wrote at the same moment; look again.")),
    }
    Ok(Json(ConversationView::new(&after, parts.now())))
}

pub async fn load(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<Outlook, Problem> {
    let outlook = outlook::load(parts, account, id).await?;
    outlook.ok_or_else(|| Problem::not_found("There is no such conversation."))
}
