//! What rows say, stored: people with their wishes, or addresses on the list of those that nobody writes to.

use std::collections::HashMap;

use futures::future::try_join_all;

use super::{
    Imported,
    file::{self, Taken},
};
use crate::{
    app::{
        Parts, Trouble,
        consents::{self, suppression},
        outlook::survivor_of,
        people::{self, Known},
        search,
    },
    domain::{
        AccountId,
        contact::{Address, Contact, Profile, suppressed::SuppressedRow, table::ImportedRow},
    },
    ports::store::{Put, Suppressed},
    seal::{AccountKeys, Sealed},
};

/// So many people are written at once.
const AT_ONCE: usize = 16;

/// Where it is stored.
type To<'a> = (&'a Parts, &'a AccountId, &'a AccountKeys);
type Row = Box<ImportedRow>;

/// Stores the good rows of a piece, several people at once; of one person, one row after another.
pub(super) async fn store(to: To<'_>, piece: Vec<file::Row>, by: &str, it: &mut Imported) -> Result<(), Trouble> {
    let mut by_person: HashMap<Address, Vec<Row>> = HashMap::new();
    let mut suppressed = Vec::new();
    for row in piece {
        it.stored += 1;
        match row.read {
            Ok(Taken::Contact(row)) => by_person.entry(row.address.clone()).or_default().push(row),
            Ok(Taken::Suppressed(row)) => suppressed.push(row),
            Err(_) => {}
        }
    }
    let people: Vec<_> = by_person.into_iter().collect();
    for some in people.chunks(AT_ONCE) {
        let writes = some.iter().map(|(address, rows)| store_one(to, address, rows));
        let new = try_join_all(writes).await?;
        it.new += new.into_iter().filter(|new| *new).count() as u64;
    }
    for some in suppressed.chunks(AT_ONCE) {
        let writes = some.iter().map(|row| suppress(to, row, by));
        let put = try_join_all(writes).await?;
        it.new += put.into_iter().filter(|put| *put == Put::New).count() as u64;
    }
    Ok(())
}

async fn suppress((parts, account, keys): To<'_>, row: &SuppressedRow, by: &str) -> Result<Put, Trouble> {
    let SuppressedRow { address, why, since } = row;
    let suppressed = Suppressed { address: address.clone(), why: why.clone(), by: by.to_owned() };
    suppression::suppress_one(parts, account, keys, &suppressed, *since).await
}

/// Whether they were not known before.
async fn store_one((parts, account, keys): To<'_>, address: &Address, rows: &[Row]) -> Result<bool, Trouble> {
    // Each was found to be fine by itself; together with what is known, fields may be too many, and then stay as they are.
    let apply = |known: Profile| {
        rows.iter().fold(known, |known, row| row.change.clone().applied_to(known.clone()).unwrap_or(known))
    };
    let known = parts.store.identities(account, &[keys.hash(address)]).await?;
    let new = known.into_iter().flatten().next().is_none();
    let first = new.then(|| apply(Profile::default()));
    let person = people::recognise(parts, account, keys, std::slice::from_ref(address), None, first.as_ref()).await?;
    let Some(survivor) = survivor_of(parts, account, keys, person.contact).await? else { return Ok(new) };
    let Some(key) = &survivor.key else { return Ok(new) };
    let profile = apply(survivor.contact.profile.clone());
    if profile != survivor.contact.profile {
        let sealed = Sealed::new(&profile, key, parts.nonce());
        parts.store.set_profile(account, survivor.contact.id, &sealed).await?;
    }
    let survivor = Known { contact: Contact { profile, ..survivor.contact.clone() }, key: survivor.key };
    // Also who was stored as this says: a process may have died before they were filed.
    search::index_known(parts, account, keys, &survivor).await?;
    for evidence in rows.iter().flat_map(|row| &row.wishes) {
        consents::wish_of(parts, account, keys, (person.contact, &survivor), evidence).await?;
    }
    Ok(new)
}
