//! After the table was taken back to an earlier state: what may have gone out in the time that was lost is not sent by
//! itself (fault matrix B9), and a generation of the system that was replaced sends nothing (D24).

use super::{Parts, Trouble};
use crate::domain::Timestamp;

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

/// From now on, only this generation and later ones send.
pub async fn take_over(parts: &Parts) -> Result<(), Trouble> {
    Ok(parts.store.raise_epoch(parts.mode.epoch).await?)
}
