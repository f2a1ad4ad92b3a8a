//! Everything that is held of a person, for the person: who they are, their conversations and every message, with its file
//! where one was kept. Files lie sealed under the person's own key, so that an erasure takes the exports along.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{
            outputs::{MOST_BYTES, Outputs},
            threads,
        },
        consents,
        deadline::Deadline,
        outlook, parking,
        people::{self, Known},
    },
    domain::{
        AccountId, ContactId, ConversationId, conversation::conversation_of, ids::MessageKey, job::Job, work::NoteAbout,
    },
    view::{MessageRecord, specific_records},
};

/// So many messages are read at a time.
const PAGE: usize = 200;
/// How far back parked records are kept.
const PARKED_DAYS: u32 = 91;

/// Where an export stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// The conversations of the person, once they are known.
    #[serde(default)]
    conversations: Option<Vec<ConversationId>>,
    /// The conversation that is being read, and the message before which it goes on.
    #[serde(default)]
    at: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<MessageKey>,
    pub files: u32,
    pub messages: u64,
}

/// The file about the person.
pub const PERSON: &str = "person.json";

pub(super) async fn step(parts: &Parts, job: &Job, contact: ContactId, deadline: Deadline) -> Result<Stepped, Trouble> {
    let mut it: Exported = progress_of(job)?;
    let account = &job.account;
    let keys = parts.keys(account).await?;
    let people = outlook::people_of(parts, account, &keys, contact).await?;
    let Some(Known { key: Some(key), .. }) = people.first() else {
        return Ok(Stepped::Failed("the person was erased, or there is no such contact".to_owned()));
    };
    let outputs = Outputs { parts, account, job: job.id, key };
    let Some(conversations) = it.conversations.clone() else {
        it.conversations = Some(describe(parts, account, &people, &outputs).await?);
        return Ok(Stepped::More { progress: noted(&it), pause: 0 });
    };
    let mut text = String::new();
    while let Some(conversation) = conversations.get(it.at) {
        let Some(head) = parts.store.head(account, *conversation).await? else {
            it.at += 1;
            continue;
        };
        let page = threads::messages(parts, &head, it.before, PAGE).await?;
        let known = people.iter().find(|known| known.contact.id == head.contact);
        for message in &page {
            let (key, addresses) =
                known.map_or((None, &[][..]), |known| (known.key.as_ref(), known.contact.addresses.as_slice()));
            let record = MessageRecord::new(message).opened(message, key, addresses);
            text.push_str(&serde_json::to_string(&record).map_err(|error| Trouble::Unexpected(error.into()))?);
            text.push('\n');
            it.messages += 1;
        }
        it.before = page.last().map(|message| message.id().key);
        if page.len() < PAGE {
            it.at += 1;
            it.before = None;
        }
        if text.len() >= MOST_BYTES / 2 || deadline.passed() {
            break;
        }
    }
    if !text.is_empty() {
        it.files += 1;
        outputs.put(&format!("messages-{:06}.jsonl", it.files), &text).await?;
    }
    if it.at < conversations.len() {
        return Ok(Stepped::More { progress: noted(&it), pause: 0 });
    }
    let wishes = wishes(parts, account, &people).await?;
    if !wishes.is_empty() {
        outputs.put("consents.jsonl", &wishes).await?;
    }
    let (asked, noted_down) = (
        requests(parts, account, &people, &conversations).await?,
        notes(parts, account, &people, &conversations).await?,
    );
    for (name, text) in [("requests.jsonl", asked), ("notes.jsonl", noted_down)] {
        if !text.is_empty() {
            outputs.put(name, &text).await?;
        }
    }
    // What was parked and names the person is theirs, too.
    let ids: Vec<ContactId> = people.iter().map(|known| known.contact.id).collect();
    let parked = parked(parts, account, &ids).await?;
    if !parked.is_empty() {
        outputs.put("parked.jsonl", &parked).await?;
    }
    Ok(Stepped::Done(noted(&it)))
}

/// Writes the file about the person; answers their conversations.
async fn describe(
    parts: &Parts,
    account: &AccountId,
    people: &[Known],
    outputs: &Outputs<'_>,
) -> Result<Vec<ConversationId>, Trouble> {
    let mut conversations = Vec::new();
    let mut described = Vec::new();
    for channel in parts.store.channels(account).await? {
        for known in people {
            let id = conversation_of(account, &channel.id, known.contact.id);
            let Some(head) = parts.store.head(account, id).await? else { continue };
            conversations.push(id);
            described.push(json!({
                "id": id,
                "channel": channel.id,
                "contact": head.contact,
                "created_at": head.created_at,
                "last_message_at": head.last_in.as_ref().map(|last| last.at),
                "window_closes_at": head.window().closes_at(),
                "closed_at": head.closed_at,
                "archived_at": head.archived_at,
                "state": head.tray().word(),
            }));
        }
    }
    let consent = people::joint_consent(people);
    let contacts: Vec<_> = people
        .iter()
        .map(|known| {
            json!({
                "id": known.contact.id,
                "name": known.contact.profile.name,
                "language": known.contact.profile.language,
                "time_zone": known.contact.profile.time_zone,
                "tags": known.contact.profile.tags,
                "fields": known.contact.profile.fields,
                "vip": known.contact.profile.vip,
                "quiet_hours": known.contact.profile.quiet_hours,
                "addresses": known.contact.addresses.iter().map(|(_, address)| address).collect::<Vec<_>>(),
                "part_of": known.contact.survivor,
            })
        })
        .collect();
    let person = json!({
        "account": account,
        "exported_at": parts.now(),
        "contacts": contacts,
        "consent": {
            "opted_out": consent.opted_out(),
            "opted_in_at": consent.opted_in_at,
            "opted_out_at": consent.opted_out_at,
            "specific": specific_records(&consent),
        },
        "conversations": described,
        // Transom keeps no files yet: messages hold what the provider knows them by.
        "media": [],
    });
    let text = serde_json::to_string_pretty(&person).map_err(|error| Trouble::Unexpected(error.into()))?;
    outputs.put(PERSON, &text).await?;
    Ok(conversations)
}

/// What proves the person's wishes, a line each, the newest first.
async fn wishes(parts: &Parts, account: &AccountId, people: &[Known]) -> Result<String, Trouble> {
    let mut text = String::new();
    let mut before: Option<String> = None;
    loop {
        let page = consents::proofs_of(parts, account, people, before.as_deref(), PAGE).await?;
        for proof in &page.proofs {
            let line = json!({ "wished": proof.wished, "recorded_at": proof.recorded_at, "details": proof.details });
            text.push_str(&line.to_string());
            text.push('\n');
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(text),
        }
    }
}

/// What the person asked for, a line each.
async fn requests(
    parts: &Parts,
    account: &AccountId,
    people: &[Known],
    conversations: &[ConversationId],
) -> Result<String, Trouble> {
    let mut text = String::new();
    for conversation in conversations {
        let Some(head) = parts.store.head(account, *conversation).await? else { continue };
        let key = people.iter().find(|known| known.contact.id == head.contact).and_then(|known| known.key.as_ref());
        for row in parts.store.requests(account, *conversation, usize::MAX).await? {
            let note = row.note.and_then(|note| key.and_then(|key| note.open(key).ok()));
            text.push_str(&json!({ "request": row.request, "note": note }).to_string());
            text.push('\n');
        }
    }
    Ok(text)
}

/// What staff wrote about the person and their conversations, a line each.
async fn notes(
    parts: &Parts,
    account: &AccountId,
    people: &[Known],
    conversations: &[ConversationId],
) -> Result<String, Trouble> {
    let mut places: Vec<(NoteAbout, ContactId)> =
        people.iter().map(|known| (NoteAbout::Contact(known.contact.id), known.contact.id)).collect();
    for conversation in conversations {
        let head = parts.store.head(account, *conversation).await?;
        places.extend(head.map(|head| (NoteAbout::Conversation(head.id), head.contact)));
    }
    let mut text = String::new();
    for (about, contact) in places {
        let key = people.iter().find(|known| known.contact.id == contact).and_then(|known| known.key.as_ref());
        let (kind, id) = match about {
            NoteAbout::Contact(id) => ("contact", id.to_string()),
            NoteAbout::Conversation(id) => ("conversation", id.to_string()),
        };
        let mut before = None;
        loop {
            let page = parts.store.notes(account, about, before, PAGE).await?;
            for note in &page {
                let words = key.and_then(|key| note.text.open(key).ok());
                text.push_str(
                    &json!({ "about": kind, "id": id, "at": note.at, "by": note.by, "text": words }).to_string(),
                );
                text.push('\n');
            }
            match page.last() {
                Some(last) if page.len() == PAGE => before = Some((last.at, last.once)),
                Some(_) | None => break,
            }
        }
    }
    Ok(text)
}

/// Parked records that name the person, a line each.
async fn parked(parts: &Parts, account: &AccountId, contacts: &[ContactId]) -> Result<String, Trouble> {
    let names = super::erase::names_of(parts, account, contacts).await?;
    let keys = parts.keys(account).await?;
    let mut text = String::new();
    let mut before: Option<String> = None;
    loop {
        let page = parts.store.parked_list(account, parts.now(), PARKED_DAYS, before.as_deref(), PAGE).await?;
        for record in &page {
            let Some(element) = parking::element_of(parts, &keys, record).await? else { continue };
            let words = element.to_string();
            if names.iter().any(|name| words.contains(name.as_str())) {
                text.push_str(&json!({ "at": record.at, "why": record.why, "element": element }).to_string());
                text.push('\n');
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => before = Some(last.id.clone()),
            Some(_) | None => return Ok(text),
        }
    }
}
