//! Finding contacts as their names are typed, and keeping what they are found by.

use futures::future::try_join_all;

use super::{
    Parts, Trouble,
    outlook::{people_of, survivor_of},
    people::Known,
};
use crate::{
    domain::{
        AccountId, ContactId, Phone,
        contact::Contact,
        search::{Term, is_meant, narrowest, terms, typed},
    },
    ports::store::Filing,
    seal::AccountKeys,
};

/// So many contacts are looked at for one that is shown: a word may be filed where another one is, and the other words
/// that were typed are not in the index.
const LOOKED_AT: usize = 200;

/// Files a contact under what it is found by now; under nothing, once it is erased. Any number of times is as once.
pub async fn index(parts: &Parts, account: &AccountId, contact: ContactId) -> Result<(), Trouble> {
    let keys = parts.keys(account).await?;
    let Some(known) = super::people::look_up(parts, account, &keys, contact).await? else { return Ok(()) };
    index_known(parts, account, &keys, &known).await
}

/// The same, of one that was read.
pub async fn index_known(parts: &Parts, account: &AccountId, keys: &AccountKeys, known: &Known) -> Result<(), Trouble> {
    let filings: Vec<Filing> = terms_of(&known.contact).iter().filter_map(|term| filing(keys, term)).collect();
    Ok(parts.store.index(account, known.contact.id, &filings).await?)
}

/// The people who are meant by what was typed, at most `most`: of each the one that speaks for it, with all that were merged
/// into it. And whether there may be more.
pub async fn find(
    parts: &Parts,
    account: &AccountId,
    text: &str,
    most: usize,
) -> Result<(Vec<Vec<Known>>, bool), Trouble> {
    let looked_for = typed(text);
    let keys = parts.keys(account).await?;
    let mut candidates: Vec<ContactId> = Vec::new();
    let mut cut = false;
    for term in narrowest(&looked_for).unwrap_or_default() {
        let Some(beginning) = filing(&keys, term) else { continue };
        let found = parts.store.indexed(account, &beginning, LOOKED_AT).await?;
        cut |= found.len() == LOOKED_AT;
        for contact in found {
            if !candidates.contains(&contact) {
                candidates.push(contact);
            }
        }
    }
    let mut meant: Vec<Vec<Known>> = Vec::new();
    for some in candidates.chunks(25) {
        let reads = some.iter().map(|contact| survivor_if_meant(parts, account, &keys, *contact, &looked_for));
        for people in try_join_all(reads).await?.into_iter().flatten() {
            let id = people.first().map(|known| known.contact.id);
            if meant.iter().any(|other| other.first().map(|known| known.contact.id) == id) {
                continue;
            }
            if meant.len() == most {
                return Ok((meant, true));
            }
            meant.push(people);
        }
    }
    Ok((meant, cut))
}

async fn survivor_if_meant(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    contact: ContactId,
    looked_for: &[Vec<Term>],
) -> Result<Option<Vec<Known>>, Trouble> {
    let Some(known) = super::people::look_up(parts, account, keys, contact).await? else { return Ok(None) };
    // What was filed before a change, or is filed beside it.
    if known.contact.erased || !is_meant(looked_for, &terms_of(&known.contact)) {
        return Ok(None);
    }
    let survivor = match known.contact.survivor {
        None => contact,
        Some(_) => match survivor_of(parts, account, keys, contact).await? {
            Some(survivor) => survivor.contact.id,
            None => return Ok(None),
        },
    };
    let people = people_of(parts, account, keys, survivor).await?;
    Ok((!people.is_empty()).then_some(people))
}

fn terms_of(contact: &Contact) -> std::collections::BTreeSet<Term> {
    let phones: Vec<&Phone> = contact.addresses.iter().filter_map(|(_, address)| address.phone()).collect();
    terms(&contact.profile, phones)
}

/// Where a word, or the beginning of one, is filed.
fn filing(keys: &AccountKeys, term: &Term) -> Option<Filing> {
    let mut beginnings = term.beginnings().into_iter();
    let shelf = keys.hash_beginning(&beginnings.next()?);
    let place = beginnings.map(|beginning| keys.hash_beginning(&beginning)[..3].to_owned()).collect();
    Some(Filing { shelf, place })
}
