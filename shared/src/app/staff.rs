//! The staff of an account: opened, added, changed.

use super::{Parts, Trouble};
use crate::{
    domain::{
        AccountId, StaffId,
        access::{
            Role,
            staff::{Duties, Staff, StaffPerson},
        },
        ids::MessageKey,
        limit::Seats,
    },
    ports::store::{StaffRow, Step},
    seal::{AccountKeys, Sealed},
};

/// More people than any house has; their list is read whole.
pub const MOST: usize = 1000;

/// Why somebody was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("somebody else has this mail address")]
    SameMail,
    #[error("there are too many already")]
    TooMany,
    #[error("nobody else could manage the staff")]
    LastAdmin,
    #[error("somebody else changed it meanwhile")]
    Changed,
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Somebody to be added.
#[derive(Debug)]
pub struct NewStaff {
    pub person: StaffPerson,
    pub duties: Duties,
}

/// Everybody, in the order in which they were added.
pub async fn everybody(parts: &Parts, account: &AccountId) -> Result<Vec<Staff>, Trouble> {
    let keys = parts.keys(account).await?;
    let rows = parts.store.staff(account).await?;
    rows.into_iter().map(|row| opened(&keys, row)).collect()
}

pub async fn one(parts: &Parts, account: &AccountId, id: StaffId) -> Result<Option<Staff>, Trouble> {
    let Some(row) = parts.store.staff_member(account, id).await? else { return Ok(None) };
    let keys = parts.keys(account).await?;
    opened(&keys, row).map(Some)
}

fn opened(keys: &AccountKeys, row: StaffRow) -> Result<Staff, Trouble> {
    let person = row.person.open(keys.own()).map_err(|error| Trouble::Unexpected(error.into()))?;
    Ok(Staff { id: row.id, person, duties: row.duties, created_at: row.created_at, rev: row.rev })
}

pub async fn add(parts: &Parts, account: &AccountId, new: NewStaff) -> Result<Staff, NotKept> {
    let now = parts.now();
    let bits = MessageKey::new(now, parts.bits() & ((1 << 80) - 1)).bits();
    let NewStaff { person, duties } = new;
    keep(parts, account, Staff { id: StaffId::from_bits(bits), person, duties, created_at: now, rev: 0 }).await
}

/// Stores somebody as they are to be, on condition that they are still as they were read.
pub async fn change(parts: &Parts, account: &AccountId, staff: Staff) -> Result<Staff, NotKept> {
    keep(parts, account, staff).await
}

async fn keep(parts: &Parts, account: &AccountId, staff: Staff) -> Result<Staff, NotKept> {
    let everybody = everybody(parts, account).await?;
    let mut others = everybody.iter().filter(|other| other.id != staff.id);
    if staff.rev == 0 && everybody.len() >= MOST {
        return Err(NotKept::TooMany);
    }
    // Of two who are added at the same moment both may stay; who signs in is then told that it is not clear who they are.
    if others.clone().any(|other| other.person.email == staff.person.email) {
        return Err(NotKept::SameMail);
    }
    let manages = |staff: &Staff| staff.duties.active && staff.duties.role == Role::Admin;
    let was = everybody.iter().find(|known| known.id == staff.id).is_some_and(manages);
    if was && !manages(&staff) && !others.any(manages) {
        return Err(NotKept::LastAdmin);
    }
    let keys = parts.keys(account).await?;
    let row = StaffRow {
        id: staff.id,
        person: Sealed::new(&staff.person, keys.own(), parts.nonce()),
        duties: staff.duties.clone(),
        created_at: staff.created_at,
        rev: staff.rev,
        seats: Seats::new(),
    };
    match parts.store.put_staff(account, &row).await.map_err(Trouble::from)? {
        Step::Done => Ok(Staff { rev: staff.rev + 1, ..staff }),
        Step::Lost => Err(NotKept::Changed),
    }
}
