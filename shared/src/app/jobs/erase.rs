//! Forgetting a person: the mark first, then what leads to them, then every copy of their key, the receipt last. Each step
//! may be done again; whoever writes in the meantime is somebody new (fault matrix L1 to L3).

use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{names, outputs},
        deadline::Deadline,
        parking, publish,
    },
    defects::{Defect, planted},
    domain::{
        AccountId, ContactId, Timestamp,
        contact::{Address, AddressHash},
        conversation::conversation_of,
        event::Event,
        job::{Job, JobKind, ReportOrder},
    },
    ports::store::ContactRow,
};

/// A webhook that found the person before the mark may still be at work; it ends within half a minute. Its writes come
/// before what is done after this pause.
const OTHERS_END_WITHIN: u32 = 60;
/// So many parked records are looked through at a time.
const PAGE: usize = 50;
/// How far back parked records are kept.
const PARKED_DAYS: u32 = 91;

/// Where an erasure stands, and what it did: its receipt, once it is done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Erasure {
    /// What comes next.
    #[serde(default)]
    stage: Stage,
    /// When the person was marked: from then on nothing could be read or sent.
    pub marked_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// The contacts that were one person.
    #[serde(default)]
    pub contacts: Vec<ContactId>,
    /// Keyed hashes of the person's addresses, until the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<AddressHash>,
    /// The record after which parked records are looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked_before: Option<String>,
    #[serde(default)]
    pub removed: Removed,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Addresses that led to the person.
    pub identities: usize,
    /// Keys that opened what is kept of them: with these, every message in table, archive, stream and backups is unreadable.
    pub keys: usize,
    /// Parked webhooks that named them.
    pub parked_records: usize,
    /// Files of exports of the person, and of reports with personal data.
    pub files: usize,
    /// Conversations whose unsent messages end as refused.
    pub conversations: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Mark,
    Parked,
    Outputs,
    Keys,
    Receipt,
}

pub(super) async fn step(parts: &Parts, job: &Job, contact: ContactId, deadline: Deadline) -> Result<Stepped, Trouble> {
    let mut it: Erasure = progress_of(job)?;
    let account = &job.account;
    match it.stage {
        Stage::Mark => {
            let family = family(parts, account, contact).await?;
            if family.is_empty() {
                return Ok(Stepped::Failed("there is no such contact".to_owned()));
            }
            // Once more, where nothing can come between: it may have been put since somebody asked.
            if let Some(why) = held_by(parts, account, &family).await? {
                return Ok(Stepped::Failed(why));
            }
            mark(parts, account, &family, &mut it).await?;
            it.stage = Stage::Parked;
            return Ok(Stepped::More { progress: noted(&it), pause: OTHERS_END_WITHIN });
        }
        Stage::Parked => {
            if look_through_parked(parts, account, &mut it, deadline).await? {
                it.stage = Stage::Outputs;
            }
        }
        Stage::Outputs => {
            remove_outputs(parts, account, &mut it).await?;
            it.stage = Stage::Keys;
        }
        Stage::Keys => {
            // Once more, since a webhook that was at work may have put one back.
            if !planted(Defect::ErasureForgetsIdentities) {
                let at = it.marked_at.unwrap_or(job.asked_at);
                it.removed.identities += parts.store.drop_identities(account, &it.contacts, &it.hashes, at).await?;
            }
            // That nobody writes to an address stays; whose it is does not.
            parts.store.forget_suppressed(account, &it.hashes).await?;
            for contact in &it.contacts {
                // By no word of theirs do they lead anywhere any more.
                parts.store.index(account, *contact, &[]).await?;
                parts.store.drop_key(account, *contact).await?;
            }
            it.removed.keys = it.contacts.len();
            it.hashes.clear();
            it.stage = Stage::Receipt;
        }
        Stage::Receipt => {
            it.finished_at.get_or_insert(parts.now());
            let receipt = serde_json::to_vec(&it).map_err(|error| Trouble::Unexpected(error.into()))?;
            parts.objects.put(&names::erasure(account, contact), receipt).await?;
            let at = it.marked_at.unwrap_or(job.asked_at);
            // Whoever was told of one of them knows no other.
            for contact in &it.contacts {
                publish::notice(parts, &Event::erased(account, *contact, at)).await?;
            }
            return Ok(Stepped::Done(noted(&it)));
        }
    }
    Ok(Stepped::More { progress: noted(&it), pause: 0 })
}

/// Why a contact may not be erased, in words: a legal hold of the account, or of anybody who is one person with them.
pub async fn held(parts: &Parts, account: &AccountId, contact: ContactId) -> Result<Option<String>, Trouble> {
    held_by(parts, account, &family(parts, account, contact).await?).await
}

async fn held_by(parts: &Parts, account: &AccountId, family: &[ContactRow]) -> Result<Option<String>, Trouble> {
    let holds = parts.store.holds(account).await?;
    let hold = holds.into_iter().find(|hold| hold.contact.is_none_or(|held| family.iter().any(|row| row.id == held)));
    Ok(hold.map(|hold| {
        let of = hold.contact.map_or("the account".to_owned(), |contact| format!("contact {contact}"));
        format!("A legal hold of {of} stands since {}: {}. Lift it first.", hold.since, hold.why)
    }))
}

/// The contact, the one that speaks for it, and all that were merged into that, as their rows are.
pub(super) async fn family(parts: &Parts, account: &AccountId, contact: ContactId) -> Result<Vec<ContactRow>, Trouble> {
    let mut found: Vec<ContactRow> = Vec::new();
    let mut ahead = vec![contact];
    while let Some(id) = ahead.pop() {
        if found.len() >= 64 || found.iter().any(|row| row.id == id) {
            continue;
        }
        if let Some(row) = parts.store.contact(account, id).await? {
            ahead.extend(row.former.iter().copied().chain(row.survivor));
            found.push(row);
        }
    }
    Ok(found)
}

/// From here on nothing of the person can be read, nothing is sent, and whoever writes from their addresses is new.
async fn mark(parts: &Parts, account: &AccountId, family: &[ContactRow], it: &mut Erasure) -> Result<(), Trouble> {
    let at = parts.now();
    it.marked_at.get_or_insert(at);
    it.contacts = family.iter().map(|row| row.id).collect();
    for row in family {
        parts.store.entomb(account, row.id, at).await?;
    }
    // Read again: what was linked just before the mark is there now, and nothing is after it.
    for row in family {
        let Some(row) = parts.store.contact(account, row.id).await? else { continue };
        it.hashes.extend(row.addresses.into_iter().map(|(hash, _)| hash));
    }
    it.hashes.sort();
    it.hashes.dedup();
    if !planted(Defect::ErasureForgetsIdentities) {
        it.removed.identities += parts.store.drop_identities(account, &it.contacts, &it.hashes, at).await?;
    }
    // What waits for the person is decided once more, and refused.
    for channel in parts.store.channels(account).await? {
        for contact in &it.contacts {
            let conversation = conversation_of(account, &channel.id, *contact);
            if parts.store.head(account, conversation).await?.is_some() {
                parts.store.wake(account, conversation, at).await?;
                it.removed.conversations += 1;
            }
        }
    }
    Ok(())
}

/// Removes parked records that name the person. Answers whether all were looked through.
async fn look_through_parked(
    parts: &Parts,
    account: &AccountId,
    it: &mut Erasure,
    deadline: Deadline,
) -> Result<bool, Trouble> {
    let keys = parts.keys(account).await?;
    let names = names_of(parts, account, &it.contacts).await?;
    if names.is_empty() {
        return Ok(true);
    }
    loop {
        let before = it.parked_before.as_deref();
        let page = parts.store.parked_list(account, parts.now(), PARKED_DAYS, before, PAGE).await?;
        for record in &page {
            // What cannot be opened by the account can be opened by nobody.
            let Some(element) = parking::element_of(parts, &keys, record).await? else { continue };
            let text = element.to_string();
            if names.iter().any(|name| text.contains(name.as_str())) {
                parts.store.unpark(account, &record.id).await?;
                it.removed.parked_records += 1;
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => it.parked_before = Some(last.id.clone()),
            Some(_) | None => {
                it.parked_before = None;
                return Ok(true);
            }
        }
        if deadline.passed() {
            return Ok(false);
        }
    }
}

/// What a webhook names these people by: numbers without their plus sign, user ids. Read from what the mark closed to
/// everybody else.
pub(super) async fn names_of(
    parts: &Parts,
    account: &AccountId,
    contacts: &[ContactId],
) -> Result<Vec<String>, Trouble> {
    let keys = parts.keys(account).await?;
    let mut names = Vec::new();
    for contact in contacts {
        let Some(row) = parts.store.contact(account, *contact).await? else { continue };
        let Some(key) = row.key.as_ref().and_then(|wrapped| keys.unwrap(wrapped)) else { continue };
        names.extend(row.addresses.iter().filter_map(|(_, sealed)| sealed.open(&key).ok()).map(
            |address| match address {
                Address::Phone(phone) => phone.as_e164().trim_start_matches('+').to_owned(),
                Address::UserId(id) => id,
            },
        ));
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Exports of the person, and reports in which they may be named.
async fn remove_outputs(parts: &Parts, account: &AccountId, it: &mut Erasure) -> Result<(), Trouble> {
    let mut after = None;
    loop {
        let page = parts.store.jobs(account, after, PAGE).await?;
        for job in &page {
            let names_them = match &job.kind {
                JobKind::Export { contact } => it.contacts.contains(contact),
                JobKind::Report(ReportOrder { personal, .. }) => *personal,
                JobKind::Import(_) | JobKind::Contacts => true,
                JobKind::Erase { .. }
                | JobKind::Rehearse(_)
                | JobKind::Replay { .. }
                | JobKind::Upkeep { .. }
                | JobKind::Templates { .. } => false,
            };
            if names_them {
                it.removed.files += outputs::remove(parts, account, job.id).await?;
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.id),
            Some(_) | None => break,
        }
    }
    // Whoever is just writing a report has a key that opens nothing from here on.
    parts.store.drop_output_keys(account).await?;
    Ok(())
}
