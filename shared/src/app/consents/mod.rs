//! What people wish about being written to: recorded with what proves it, shown, confirmed, and heeded.
//!
//! An opt-out takes effect first and is proved after: should the process die between, it still holds, and whoever asked for
//! it asks again. An opt-in is proved first, so that none counts that nothing proves.

pub mod asking;
pub mod caps;
mod confirming;
mod reading;
pub mod suppression;

use super::{
    Parts, Trouble, outlook,
    people::{self, Known},
    publish,
};
use crate::{
    domain::{
        AccountId, ContactId, Timestamp,
        consent::{Choice, ConsentSettings, Details, Evidence, Scope, Wished, Word, consent_word, could_be_word},
        content::Content,
        event::Event,
        message::Outbound,
    },
    ports::store::EvidenceLine,
    seal::{AccountKeys, Sealed, SubjectKey},
};

pub(super) use confirming::confirm;
pub(super) use reading::Reading;

/// A wish as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Names it among the person's; a page goes on after it.
    pub id: String,
    pub wished: Wished,
    pub recorded_at: Timestamp,
    /// `None`: the person was erased.
    pub details: Option<Details>,
}

/// A page of them, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofs {
    pub proofs: Vec<Proof>,
    /// Where the next page begins, if there may be more.
    pub next: Option<String>,
}

/// Records a wish under one contact. Doing it again changes nothing. Without the key (the person was erased) what proves it
/// is not kept.
pub(super) async fn record(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    (contact, key): (ContactId, Option<&SubjectKey>),
    evidence: &Evidence,
) -> Result<(), Trouble> {
    let line = key.map(|key| line_of(parts, keys, key, evidence));
    let prove = async {
        if let Some(line) = &line {
            parts.store.put_evidence(account, contact, line).await?;
        }
        Ok::<(), Trouble>(())
    };
    match evidence.wished.choice {
        Choice::Out => {
            parts.store.record_consent(account, contact, &evidence.wished).await?;
            prove.await
        }
        Choice::In => {
            prove.await?;
            Ok(parts.store.record_consent(account, contact, &evidence.wished).await?)
        }
    }
}

fn line_of(parts: &Parts, keys: &AccountKeys, key: &SubjectKey, evidence: &Evidence) -> EvidenceLine {
    let said = serde_json::to_vec(&(&evidence.wished, &evidence.details)).expect("our own types have a JSON form");
    EvidenceLine {
        // Keyed, since words may be short.
        name: keys.fingerprint(&said)[..22].to_owned(),
        wished: evidence.wished,
        recorded_at: parts.now(),
        details: Sealed::new(&evidence.details, key, parts.nonce()),
    }
}

/// Records a wish of a person, by any of their contacts, and tells whoever wants to know: on the contact that is named, and on
/// the one that speaks for it, so that it holds for both should they be parted. Answers the latter; `None`: there is no such
/// contact.
pub async fn wish(
    parts: &Parts,
    account: &AccountId,
    contact: ContactId,
    evidence: &Evidence,
) -> Result<Option<ContactId>, Trouble> {
    let keys = parts.keys(account).await?;
    let Some(survivor) = outlook::survivor_of(parts, account, &keys, contact).await? else { return Ok(None) };
    wish_of(parts, account, &keys, (contact, &survivor), evidence).await?;
    Ok(Some(survivor.contact.id))
}

/// The same, where the one that speaks for the contact is known.
pub(super) async fn wish_of(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    (contact, survivor): (ContactId, &Known),
    evidence: &Evidence,
) -> Result<(), Trouble> {
    let id = survivor.contact.id;
    record(parts, account, keys, (id, survivor.key.as_ref()), evidence).await?;
    if id != contact
        && let Some(Known { key, .. }) = people::look_up(parts, account, keys, contact).await?
    {
        record(parts, account, keys, (contact, key.as_ref()), evidence).await?;
    }
    publish::notice(parts, &Event::consent(account, id, &evidence.wished)).await
}

/// What proves a person's wishes, from before `before` on if given. `None`: there is no such contact.
pub async fn proofs(
    parts: &Parts,
    account: &AccountId,
    contact: ContactId,
    before: Option<&str>,
    limit: usize,
) -> Result<Option<Proofs>, Trouble> {
    let keys = parts.keys(account).await?;
    let Some(survivor) = outlook::survivor_of(parts, account, &keys, contact).await? else { return Ok(None) };
    let people = outlook::people_of(parts, account, &keys, survivor.contact.id).await?;
    proofs_of(parts, account, &people, before, limit).await.map(Some)
}

/// The same, of people who are known already.
pub(super) async fn proofs_of(
    parts: &Parts,
    account: &AccountId,
    people: &[Known],
    before: Option<&str>,
    limit: usize,
) -> Result<Proofs, Trouble> {
    let mut all: Vec<Proof> = Vec::new();
    for known in people {
        for line in parts.store.evidence(account, known.contact.id, before, limit).await? {
            let details = known.key.as_ref().and_then(|key| line.details.open(key).ok());
            let (wished, recorded_at) = (line.wished, line.recorded_at);
            all.push(Proof { id: line.place(), wished, recorded_at, details });
        }
    }
    all.sort_by(|a, b| b.id.cmp(&a.id));
    // What was recorded for two contacts of one person is one wish.
    all.dedup_by(|a, b| a.id == b.id);
    let full = all.len() >= limit;
    all.truncate(limit);
    let next = all.last().filter(|_| full).map(|last| last.id.clone());
    Ok(Proofs { proofs: all, next })
}

/// A customer's word about consent, if a content is one: by what everybody knows, else by the account's own words, which costs
/// a read.
pub(super) async fn word_in(parts: &Parts, account: &AccountId, content: &Content) -> Result<Option<Word>, Trouble> {
    let Some(text) = content.written_text() else { return Ok(None) };
    if let Some(word) = consent_word(text, &ConsentSettings::default()) {
        return Ok(Some(word));
    }
    if !could_be_word(text) {
        return Ok(None);
    }
    let settings = parts.store.consent_settings(account).await?;
    Ok(consent_word(text, &settings))
}

/// A provider says of a message that the customer does not want such messages.
pub(super) async fn heed(parts: &Parts, message: &Outbound, scope: Scope, at: Timestamp) -> Result<(), Trouble> {
    let (account, contact) = (&message.account, message.contact);
    let mut failures = message.attempts.iter().filter_map(|attempt| attempt.failure());
    let source = failures.next_back().map(|failure| failure.code.clone()).unwrap_or_default();
    let mut evidence = Evidence::by_provider(Choice::Out, scope, &source, at);
    evidence.details.message = Some(message.id);
    wish(parts, account, contact, &evidence).await?;
    Ok(())
}
