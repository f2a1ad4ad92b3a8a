//! Addresses that nobody writes to. Being on the list is an opt-out of whoever has the address: of who is known, at once; of
//! who is not, as soon as the address becomes theirs. Taking an address off records nothing: the opt-out stands until the
//! customer, or somebody in their name, says otherwise.

use futures::future::try_join_all;

use super::{Evidence, record};
use crate::{
    app::{Parts, Trouble, publish},
    domain::{
        AccountId, ContactId, Timestamp,
        consent::Consent,
        contact::{Address, AddressHash},
        event::Event,
    },
    ports::store::{Put, Suppressed, SuppressionRow},
    seal::{AccountKeys, Sealed, SubjectKey},
};

/// How many addresses of an import are put at once.
const AT_ONCE: usize = 16;

/// An address on the list, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Names it; the list goes on after it.
    pub hash: AddressHash,
    pub since: Timestamp,
    /// `None`: whose address it was is erased.
    pub suppressed: Option<Suppressed>,
}

/// Puts addresses on the list, each since then. Answers how many were not on it. Doing it again completes what a crash left.
pub async fn suppress(
    parts: &Parts,
    account: &AccountId,
    addresses: &[Suppressed],
    since: Timestamp,
) -> Result<usize, Trouble> {
    let keys = parts.keys(account).await?;
    let mut new = 0;
    for some in addresses.chunks(AT_ONCE) {
        let each = some.iter().map(|suppressed| suppress_one(parts, account, &keys, suppressed, since));
        let put = try_join_all(each).await?;
        new += put.into_iter().filter(|put| *put == Put::New).count();
    }
    Ok(new)
}

/// The same of one address.
pub(in crate::app) async fn suppress_one(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    suppressed: &Suppressed,
    since: Timestamp,
) -> Result<Put, Trouble> {
    let hash = keys.hash(&suppressed.address);
    let sealed = Some(Sealed::new(suppressed, keys.own(), parts.nonce()));
    // The list first: whoever links the address meanwhile looks there after it is linked.
    let put = parts.store.suppress(account, &SuppressionRow { hash: hash.clone(), since, sealed }).await?;
    let known = parts.store.identities(account, std::slice::from_ref(&hash)).await?;
    if let Some(identity) = known.into_iter().flatten().next() {
        let evidence = Evidence::of_suppression(&suppressed.by, since);
        let key = keys.unwrap(&identity.key);
        record(parts, account, keys, (identity.contact, key.as_ref()), &evidence).await?;
        publish::notice(parts, &Event::consent(account, identity.contact, &evidence.wished)).await?;
    }
    Ok(put)
}

/// Takes an address off the list. What was recorded of it stays.
pub async fn unsuppress(parts: &Parts, account: &AccountId, address: &Address) -> Result<(), Trouble> {
    let keys = parts.keys(account).await?;
    Ok(parts.store.unsuppress(account, &keys.hash(address)).await?)
}

/// Whether an address is on the list.
pub async fn find(parts: &Parts, account: &AccountId, address: &Address) -> Result<Option<Suppression>, Trouble> {
    let keys = parts.keys(account).await?;
    let row = parts.store.suppression(account, &keys.hash(address)).await?;
    Ok(row.map(|row| open(&keys, row)))
}

/// The list in the order of its hashes, after one if given.
pub async fn list(
    parts: &Parts,
    account: &AccountId,
    after: Option<&AddressHash>,
    limit: usize,
) -> Result<Vec<Suppression>, Trouble> {
    let keys = parts.keys(account).await?;
    let rows = parts.store.suppressions(account, after, limit).await?;
    Ok(rows.into_iter().map(|row| open(&keys, row)).collect())
}

fn open(keys: &AccountKeys, row: SuppressionRow) -> Suppression {
    let suppressed = row.sealed.and_then(|sealed| sealed.open(keys.own()).ok());
    Suppression { hash: row.hash, since: row.since, suppressed }
}

/// Makes an address that is on the list an opt-out of the contact that has it.
pub(in crate::app) async fn heed(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    (contact, key): (ContactId, &SubjectKey),
    hash: &AddressHash,
) -> Result<(), Trouble> {
    if let Some(evidence) = evidence_of(parts, account, keys, hash).await? {
        record(parts, account, keys, (contact, Some(key)), &evidence).await?;
    }
    Ok(())
}

/// What somebody wishes by the list alone, of whom nothing else is known.
pub(in crate::app) async fn consent_of(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    hash: &AddressHash,
) -> Result<Consent, Trouble> {
    let evidence = evidence_of(parts, account, keys, hash).await?;
    Ok(evidence.map_or_else(Consent::default, |evidence| Consent::default().with(&evidence.wished)))
}

async fn evidence_of(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    hash: &AddressHash,
) -> Result<Option<Evidence>, Trouble> {
    let row = parts.store.suppression(account, hash).await?;
    Ok(row.map(|row| {
        let Suppression { since, suppressed, .. } = open(keys, row);
        // As it was said when it was put there.
        Evidence::of_suppression(suppressed.as_ref().map_or("import", |it| it.by.as_str()), since)
    }))
}
