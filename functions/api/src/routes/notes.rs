//! Notes among staff, about a conversation or a person: written, read, taken away. Guests never see them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        Parts, Trouble,
        outlook::{self, Outlook},
        staff as people,
    },
    domain::{
        AccountId, ContactId, ConversationId, StaffId, Timestamp, access,
        conversation::Head,
        ids::MessageKey,
        work::{Note, NoteAbout},
    },
    ports::store::NoteRow,
    seal::{Sealed, SubjectKey},
};

use super::{contacts::no_such_contact, conversations::load};
use crate::{
    Shared,
    answer::{Created, NoContent},
    auth::{Account, Caller},
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, PathId, PathPair},
};

/// So many are shown.
const MOST: usize = 100;
/// What tells notes of one moment apart has so many bits.
const ONCE: u128 = (1 << 80) - 1;

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

/// Where notes lie, and what opens them there: first where new ones go, then where those of merged ones stay.
type Places = Vec<(NoteAbout, Option<SubjectKey>)>;

async fn places_of_conversation(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<Places, Problem> {
    Ok(places_in(&load(parts, account, id).await?))
}

fn places_in(outlook: &Outlook) -> Places {
    let place = |head: &Head| (NoteAbout::Conversation(head.id), outlook.key_of(head).cloned());
    outlook.family.heads().map(place).collect()
}

async fn places_of_contact(parts: &Parts, account: &AccountId, id: ContactId) -> Result<Places, Problem> {
    let keys = parts.keys(account).await?;
    let survivor = outlook::survivor_of(parts, account, &keys, id).await?.ok_or_else(no_such_contact)?;
    let people = outlook::people_of(parts, account, &keys, survivor.contact.id).await?;
    Ok(people.into_iter().map(|known| (NoteAbout::Contact(known.contact.id), known.key)).collect())
}

/// About a conversation, newest first; the newest hundred.
pub async fn list(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<Whole<NoteView>>, Problem> {
    let places = places_of_conversation(&api.parts, &account, id).await?;
    listed(&api.parts, &account, &places).await
}

/// About a person, newest first; the newest hundred.
pub async fn list_of_contact(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Json<Whole<NoteView>>, Problem> {
    let places = places_of_contact(&api.parts, &account, id).await?;
    listed(&api.parts, &account, &places).await
}

async fn listed(parts: &Parts, account: &AccountId, places: &Places) -> Result<Json<Whole<NoteView>>, Problem> {
    Ok(Json(Whole { data: newest(parts, account, places, MOST).await? }))
}

/// The newest notes on a conversation and on those that became part of it, the newest first.
pub async fn of_conversation(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    limit: usize,
) -> Result<Vec<NoteView>, Trouble> {
    newest(parts, account, &places_in(outlook), limit).await
}

async fn newest(parts: &Parts, account: &AccountId, places: &Places, limit: usize) -> Result<Vec<NoteView>, Trouble> {
    let mut data = Vec::new();
    for (about, key) in places {
        for note in parts.store.notes(account, *about, None, limit).await? {
            let text = key.as_ref().and_then(|key| note.text.open(key).ok());
            data.push(NoteView { id: note_id(&note), at: note.at, by: note.by, text, mentions: note.mentions });
        }
    }
    data.sort_by_key(|note| std::cmp::Reverse(note.at));
    data.truncate(limit);
    Ok(data)
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

/// Writes a note about a conversation.
pub async fn create(
    caller: Caller,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<NoteBody>,
) -> Result<Created<NoteView>, Problem> {
    let places = places_of_conversation(&api.parts, &caller.account, id).await?;
    written(&api.parts, caller, &places, &value.text).await
}

/// Writes a note about a person.
pub async fn create_of_contact(
    caller: Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<NoteBody>,
) -> Result<Created<NoteView>, Problem> {
    let places = places_of_contact(&api.parts, &caller.account, id).await?;
    written(&api.parts, caller, &places, &value.text).await
}

async fn written(parts: &Parts, caller: Caller, places: &Places, text: &str) -> Result<Created<NoteView>, Problem> {
    let Some((about, Some(key))) = places.first() else {
        return Err(Problem::conflict("The person was erased; nothing can be kept about them."));
    };
    let staff = people::everybody(parts, &caller.account).await?;
    let name = |name: &str| name.to_lowercase().split_whitespace().collect::<String>();
    let names = staff.iter().map(|staff| (name(&staff.person.name), staff.id)).collect();
    let note = Note::parse(text, &names).map_err(|bad| {
        let words = bad.to_string();
        Problem::invalid("text", words.strip_prefix("text: ").unwrap_or(&words))
    })?;
    let row = NoteRow {
        at: parts.now(),
        once: parts.bits() & ONCE,
        by: caller.by,
        mentions: note.mentions().to_vec(),
        text: Sealed::new(&note.text().to_owned(), key, parts.nonce()),
    };
    parts.store.add_note(&caller.account, *about, &row).await?;
    let text = Some(note.text().to_owned());
    let view = NoteView { id: note_id(&row), at: row.at, by: row.by, text, mentions: row.mentions };
    let of = match about {
        NoteAbout::Conversation(id) => format!("conversations/{id}"),
        NoteAbout::Contact(id) => format!("contacts/{id}"),
    };
    Ok(Created { at: format!("/v1/{of}/notes/{}", view.id), value: view })
}

/// Takes a note about a conversation away: whoever wrote it may, and who manages.
pub async fn remove(
    caller: Caller,
    PathPair(id, note): PathPair<ConversationId, MessageKey>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    let places = places_of_conversation(&api.parts, &caller.account, id).await?;
    removed(&api.parts, &caller, &places, note).await
}

/// Takes a note about a person away: whoever wrote it may, and who manages.
pub async fn remove_of_contact(
    caller: Caller,
    PathPair(id, note): PathPair<ContactId, MessageKey>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    let places = places_of_contact(&api.parts, &caller.account, id).await?;
    removed(&api.parts, &caller, &places, note).await
}

async fn removed(parts: &Parts, caller: &Caller, places: &Places, key: MessageKey) -> Result<NoContent, Problem> {
    let (at, once) = (key.at(), key.bits() & ONCE);
    for (about, _) in places {
        // The newest one up to it: itself, if it is there.
        let found = parts.store.notes(&caller.account, *about, Some((at, once + 1)), 1).await?;
        let Some(found) = found.iter().find(|found| (found.at, found.once) == (at, once)) else { continue };
        let manages = match caller.grant {
            access::Grant::Staff(role) => role >= access::Role::Manager,
            access::Grant::Program(_) | access::Grant::Operator => true,
        };
        if found.by != caller.by && !manages {
            return Err(Problem::new(Kind::RoleMissing, "A note is taken away by whoever wrote it, or by a manager."));
        }
        parts.store.remove_note(&caller.account, *about, at, once).await?;
        return Ok(NoContent);
    }
    Err(no_such_note())
}

fn no_such_note() -> Problem {
    Problem::not_found("There is no such note.")
}
