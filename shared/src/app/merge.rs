//! Two contacts are one person: pointers, never moved rows. Taking it back is taking the pointers away.

use super::{Parts, Trouble};
use crate::{
    domain::{
        AccountId, ContactId,
        conversation::{Head, conversation_of},
    },
    ports::store::Step,
};

/// Makes `former` part of `survivor`. Every step may be repeated, so a crash is completed by doing it again.
/// `Lost`: one of them does not exist, or was merged elsewhere already.
pub async fn merge(
    parts: &Parts,
    account: &AccountId,
    survivor: ContactId,
    former: ContactId,
) -> Result<Step, Trouble> {
    if survivor == former {
        return Ok(Step::Done);
    }
    if parts.store.merge_contacts(account, survivor, former, parts.now()).await? == Step::Lost {
        return Ok(Step::Lost);
    }
    for channel in parts.store.channels(account).await? {
        let old = conversation_of(account, &channel.id, former);
        if let Some(old_head) = parts.store.head(account, old).await? {
            join(parts, &old_head, survivor).await?;
        }
    }
    Ok(Step::Done)
}

/// A head may begin after its contact was merged: by a request that was slow, or that is made again under its key. The
/// merge did not find it, so it is joined now. (Either the merge sees the head, or this sees the merge.)
pub(super) async fn join_family(parts: &Parts, head: &Head) -> Result<(), Trouble> {
    let contact = parts.store.contact(&head.account, head.contact).await?;
    match contact.and_then(|row| row.survivor) {
        Some(survivor) => join(parts, head, survivor).await,
        None => Ok(()),
    }
}

async fn join(parts: &Parts, old: &Head, survivor: ContactId) -> Result<(), Trouble> {
    let account = &old.account;
    let new = conversation_of(account, &old.channel, survivor);
    let new_head = if let Some(head) = parts.store.head(account, new).await? {
        head
    } else {
        let head = Head::new(account.clone(), old.channel.clone(), survivor, old.created_at);
        parts.store.begin(&head).await?;
        head
    };
    parts.store.join_heads(&new_head, old.id).await?;
    Ok(())
}

/// Takes a merge back. `Lost`: `former` is not part of `survivor`.
pub async fn unmerge(
    parts: &Parts,
    account: &AccountId,
    survivor: ContactId,
    former: ContactId,
) -> Result<Step, Trouble> {
    for channel in parts.store.channels(account).await? {
        let old = conversation_of(account, &channel.id, former);
        let new = conversation_of(account, &channel.id, survivor);
        let joined = parts.store.head(account, old).await?.is_some_and(|head| head.survivor == Some(new));
        if joined {
            parts.store.part_heads(account, new, old).await?;
        }
    }
    Ok(parts.store.unmerge_contacts(account, survivor, former).await?)
}
