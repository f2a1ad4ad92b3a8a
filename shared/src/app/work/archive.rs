//! Conversations in which nothing happens go out of sight by themselves. The nightly upkeep comes by all of them.

use crate::{
    app::{Parts, Trouble, outlook::family},
    domain::{
        AccountId, ConversationId,
        work::{Work, WorkSettings, archive_due, quiet_since},
    },
    ports::store::Step,
};

/// Archives a conversation whose time has come; answers whether it did. Any number of times is as once, since what is archived
/// is not due.
pub async fn archive(
    parts: &Parts,
    account: &AccountId,
    settings: &WorkSettings,
    id: ConversationId,
) -> Result<bool, Trouble> {
    // Most accounts archive nothing by themselves.
    if settings.archive_after_days.is_none() {
        return Ok(false);
    }
    let Some(family) = family(parts, account, id).await? else { return Ok(false) };
    let (merged, now) = (family.merged(), parts.now());
    // Most conversations are not due whoever has them.
    if family.survivor.id != id || !archive_due(&merged, &Work::new(id), settings, now) {
        return Ok(false);
    }
    let work = parts.store.work(account, id).await?;
    let Some(at) = quiet_since(&merged).filter(|_| archive_due(&merged, &work, settings, now)) else {
        return Ok(false);
    };
    // Lost: something came between. The next night looks again.
    Ok(parts.store.archive_quiet(&family.survivor, at).await? == Step::Done)
}
