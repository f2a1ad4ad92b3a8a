//! Arming a timer so that a sweep is sure to meet it.

use super::{Parts, Trouble};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, Timestamp,
        timer::{Timer, TimerKind},
    },
};

/// Arms a timer at `due`, or as soon as the sweep can be sure to meet it.
///
/// A process may stand still before its write takes effect, and what lands when it was due long ago may lie behind the
/// sweep's cursor. So the time is looked at once more afterwards.
pub async fn arm(parts: &Parts, due: Timestamp, account: &AccountId, kind: TimerKind) -> Result<(), Trouble> {
    let mut late: Option<Timer> = None;
    loop {
        let timer = Timer::at(due, parts.now(), account.clone(), kind.clone());
        parts.store.arm(&timer).await?;
        if let Some(late) = late.take() {
            parts.store.disarm(&late).await?;
        }
        if parts.now() <= timer.due || planted(Defect::TimerBehindCursor) {
            return Ok(());
        }
        late = Some(timer);
    }
}
