//! After the table was taken back to an earlier state: what may have gone out in the time that was lost is not sent by
//! itself (fault matrix B9), and a generation of the system that was replaced sends nothing (D24).

use super::{Parts, Trouble, archive::names};
use crate::{
    domain::{AccountId, Timestamp, job::Job},
    ports::objects::list_all,
};

/// The times make no sense together.
#[derive(Debug, thiserror::Error)]
pub enum NotRestored {
    #[error("the table cannot have been restored to a time after the one until which it was live")]
    OutOfOrder,
    #[error("the table cannot have been live in the future")]
    Future,
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Puts the fence up around a table that was restored to `restored_to` and had been live until `live_until`. To be done
/// while sends are paused. A rebuild then rings for everything, and the sender finds the fence.
pub async fn fence(parts: &Parts, restored_to: Timestamp, live_until: Timestamp) -> Result<(), NotRestored> {
    if restored_to > live_until {
        return Err(NotRestored::OutOfOrder);
    }
    if live_until > parts.now() {
        return Err(NotRestored::Future);
    }
    parts.store.raise_fence(restored_to, live_until).await.map_err(Trouble::from)?;
    tracing::warn!(%restored_to, %live_until, "a fence is up: what was to be sent by then is not sent by itself");
    Ok(())
}

/// Whoever was erased is erased again: a backup of the contacts' table has brought their keys back (fault matrix L4). Answers
/// how many that are. What they were is read from the receipts in the archive, which no restore of a table touches.
pub async fn erase_again(parts: &Parts, account: &AccountId) -> Result<usize, Trouble> {
    // What was parked and taken away by an erasure, or for any other reason, stays unreadable, too.
    parts.store.drop_orphaned_keys(account).await?;
    let mut count = 0;
    for object in list_all(&*parts.objects, &names::erasures_of(account)).await? {
        let Some(contact) = names::erased_in(&object.name) else { continue };
        let job = Job::erasure(account, contact, parts.now());
        // From its beginning, whatever became of the row of the first time.
        parts.store.remove_job(account, job.id).await?;
        parts.store.put_job(&job).await?;
        count += 1;
    }
    Ok(count)
}

/// From now on, only this generation and later ones send.
pub async fn take_over(parts: &Parts) -> Result<(), Trouble> {
    Ok(parts.store.raise_epoch(parts.mode.epoch).await?)
}
