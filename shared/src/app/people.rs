//! Who wrote, and what is known of them.

use super::{Parts, Trouble, consents::suppression};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ContactId, Timestamp,
        consent::Consent,
        contact::{Address, AddressHash, Contact, Profile},
        time::SKEW_ALLOWANCE,
    },
    ports::store::{ContactRow, Erased, Identity},
    seal::{AccountKeys, Sealed, SubjectKey},
};

/// The contact behind a set of addresses.
#[derive(Debug, Clone)]
pub struct Person {
    pub contact: ContactId,
    pub key: SubjectKey,
    /// The contact that the address belonged to before a merge, with the time of the merge.
    pub former: Option<(ContactId, Timestamp)>,
    /// Another contact that turned out to be the same person.
    pub same_person: Option<ContactId>,
    /// Whoever had one of their addresses before was erased: nothing that was written until then is theirs.
    pub erased: Option<Erased>,
}

/// A contact with what it takes to read its messages.
#[derive(Debug, Clone)]
pub struct Known {
    pub contact: Contact,
    /// `None`: erased.
    pub key: Option<SubjectKey>,
}

/// Finds the contact behind `addresses`, or makes one; for whoever asks now.
pub async fn recognise(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    addresses: &[Address],
    home: Option<&Known>,
    profile: Option<&Profile>,
) -> Result<Person, Trouble> {
    let person = recognise_writer(parts, account, keys, addresses, home, profile, Timestamp::MAX).await?;
    person.ok_or_else(|| Trouble::Unexpected("nobody is erased in the future".into()))
}

/// Finds the contact behind `addresses`, or makes one. One batch read when all are known.
///
/// If the addresses lead to different contacts, a business-scoped id decides over a phone number (numbers change
/// hands), and the other contact is named as the same person. `home` overrules both: the contact that a signed invite
/// leads back to.
///
/// `newest`: when the newest of what they wrote was written. `None`: all of it is from before whoever had these addresses was
/// erased, and is nobody's any more.
pub async fn recognise_writer(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    addresses: &[Address],
    home: Option<&Known>,
    profile: Option<&Profile>,
    newest: Timestamp,
) -> Result<Option<Person>, Trouble> {
    let mut addresses: Vec<(AddressHash, &Address)> = addresses.iter().map(|a| (keys.hash(a), a)).collect();
    // The deciding kind first.
    addresses.sort_by_key(|(_, address)| matches!(address, Address::Phone(_)));
    addresses.dedup_by(|a, b| a.0 == b.0);
    let hashes: Vec<_> = addresses.iter().map(|(hash, _)| hash.clone()).collect();
    let known = parts.store.addressed(account, &hashes).await?;
    let erased = known.iter().filter_map(|it| it.erased).max().filter(|_| !planted(Defect::ErasedComeBack));
    if erased.is_some_and(|erased| was_before(newest, erased.at)) {
        return Ok(None);
    }
    let known: Vec<Option<Identity>> = known.into_iter().map(|it| it.identity).collect();

    let home = home.and_then(|home| home.key.clone().map(|key| (home.contact.id, key)));
    let mut person = match (home, known.iter().flatten().next()) {
        (Some((contact, key)), _) => Some(Person { contact, key, former: None, same_person: None, erased: None }),
        (None, Some(identity)) => Some(person_of(keys, identity)?),
        (None, None) => None,
    };
    for ((hash, address), identity) in addresses.iter().zip(known) {
        match (&mut person, identity) {
            (Some(person), Some(identity)) => {
                if identity.contact != person.contact {
                    person.same_person.get_or_insert(identity.contact);
                }
                if person.former.is_none() && identity.contact == person.contact {
                    person.former = identity.former;
                }
            }
            (Some(person), None) => {
                let found = link(parts, account, keys, person.contact, &person.key, hash, address).await?;
                if found.contact != person.contact {
                    person.same_person.get_or_insert(found.contact);
                }
            }
            (None, _) => {
                let contact = ContactId::from_bits(new_contact_bits(parts));
                let key = new_subject_key(parts);
                put_contact(parts, account, keys, contact, &key, profile).await?;
                // Whoever is first owns the address; the loser adopts the winner.
                let found = link(parts, account, keys, contact, &key, hash, address).await?;
                person = Some(if planted(Defect::LoserKeepsItsContact) {
                    Person { contact, key, former: None, same_person: None, erased: None }
                } else {
                    person_of(keys, &found)?
                });
            }
        }
    }
    let mut person = person.ok_or_else(|| Trouble::Unexpected("a message without any address".into()))?;
    person.erased = erased;
    Ok(Some(person))
}

/// Whether something was written before an erasure. Clocks may differ: in doubt it is new, since it may not be lost.
pub fn was_before(written_at: Timestamp, erased_at: Timestamp) -> bool {
    erased_at.duration_since(written_at) >= SKEW_ALLOWANCE
}

/// A contact by its id, opened.
pub async fn look_up(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    id: ContactId,
) -> Result<Option<Known>, Trouble> {
    Ok(parts.store.contact(account, id).await?.map(|row| open(keys, row)))
}

fn open(keys: &AccountKeys, row: ContactRow) -> Known {
    // What is left of one that is being erased is not for reading any more.
    let wrapped = row.key.as_ref().filter(|_| row.erased_at.is_none());
    let key = wrapped.and_then(|wrapped| keys.unwrap(wrapped));
    let opened = |sealed: &Sealed<Address>| key.as_ref().and_then(|key| sealed.open(key).ok());
    let addresses =
        row.addresses.iter().filter_map(|(hash, sealed)| opened(sealed).map(|a| (hash.clone(), a))).collect();
    let profile = row.profile.as_ref().and_then(|sealed| key.as_ref().and_then(|key| sealed.open(key).ok()));
    let contact = Contact {
        id: row.id,
        addresses,
        profile: profile.unwrap_or_default(),
        consent: row.consent,
        former: row.former,
        survivor: row.survivor,
        erased: key.is_none(),
    };
    Known { contact, key }
}

/// The newest wishes of several contacts that are one person.
pub fn joint_consent<'a>(people: impl IntoIterator<Item = &'a Known>) -> Consent {
    people.into_iter().fold(Consent::default(), |joint, known| joint.joined(known.contact.consent))
}

fn person_of(keys: &AccountKeys, identity: &Identity) -> Result<Person, Trouble> {
    let key = keys
        .unwrap(&identity.key)
        .ok_or_else(|| Trouble::Unexpected("a subject key is not wrapped under the account's key".into()))?;
    Ok(Person { contact: identity.contact, key, former: identity.former, same_person: None, erased: None })
}

async fn link(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    contact: ContactId,
    key: &SubjectKey,
    hash: &AddressHash,
    address: &Address,
) -> Result<Identity, Trouble> {
    let sealed = Sealed::new(address, key, parts.nonce());
    let wrapped = keys.wrap(key, parts.nonce());
    let phone = address.phone().is_some();
    // Whoever has an address that nobody writes to has opted out: before the address leads to them, so that no process can
    // end between; and once more after, since it may have been put on the list meanwhile.
    suppression::heed(parts, account, keys, (contact, key), hash).await?;
    let identity = parts.store.link(account, contact, hash, &sealed, phone, &wrapped).await?;
    let found = if identity.contact == contact { Some(key.clone()) } else { keys.unwrap(&identity.key) };
    if let Some(found) = found {
        suppression::heed(parts, account, keys, (identity.contact, &found), hash).await?;
    }
    Ok(identity)
}

async fn put_contact(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    id: ContactId,
    key: &SubjectKey,
    profile: Option<&Profile>,
) -> Result<(), Trouble> {
    let row = ContactRow {
        id,
        key: Some(keys.wrap(key, parts.nonce())),
        addresses: Vec::new(),
        profile: profile.map(|profile| Sealed::new(profile, key, parts.nonce())),
        consent: Consent::default(),
        former: Vec::new(),
        survivor: None,
        created_at: parts.now(),
        erased_at: None,
    };
    Ok(parts.store.put_contact(account, &row).await?)
}

pub(super) fn new_subject_key(parts: &Parts) -> SubjectKey {
    let mut key = SubjectKey { id: [0; 8], key: [0; 32] };
    parts.chance.bytes(&mut key.id);
    parts.chance.bytes(&mut key.key);
    key
}

/// A ULID's bits: the time, then chance.
fn new_contact_bits(parts: &Parts) -> u128 {
    crate::domain::ids::MessageKey::new(parts.now(), parts.bits() & ((1 << 80) - 1)).bits()
}
