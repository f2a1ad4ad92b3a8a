//! Messages of a conversation, wherever they lie: the newest in the table, old ones in the archive.

use super::{lines, names};
use crate::{
    app::{Parts, Trouble},
    domain::{AccountId, ConversationId, MessageId, conversation::Head, ids::MessageKey, message::Message},
    ports::{objects::list_all, store::RowToKeep},
};

/// So many messages are moved together.
pub const AT_ONCE: usize = 200;

/// Messages of one conversation, newest first, before `before` if given: as many as `limit`, or all there are.
pub async fn messages(
    parts: &Parts,
    head: &Head,
    before: Option<MessageKey>,
    limit: usize,
) -> Result<Vec<Message>, Trouble> {
    let mut messages = parts.store.messages(&head.account, head.id, before, limit).await?;
    let Some(archived_until) = head.archived_until.filter(|_| messages.len() < limit) else { return Ok(messages) };
    let before = before.unwrap_or(MessageKey::from_bits(u128::MAX));
    let mut objects = list_all(&*parts.objects, &names::threads(&head.account, head.id)).await?;
    // The newest first. They overlap where moving was begun twice.
    objects.sort_by(|a, b| b.name.cmp(&a.name));
    let left = limit - messages.len();
    let mut old: Vec<Message> = Vec::new();
    for object in objects {
        let Some((_, first, last)) = names::thread_in(&object.name) else { continue };
        if first >= before || first > archived_until {
            continue;
        }
        // What is older than this object can only be older than what is found already.
        if old.len() >= left && old.get(left - 1).is_some_and(|at_the_end| at_the_end.id().key > last) {
            break;
        }
        let Some(bytes) = parts.objects.get(&object.name).await? else { continue };
        lines::unpack(&object.name, &bytes, |line| {
            old.push(parts.store.message_of(line)?);
            Ok(())
        })?;
        old.retain(|message| message.id().key < before);
        old.sort_by_key(|message| std::cmp::Reverse(message.id().key));
        old.dedup_by_key(|message| message.id().key);
    }
    // Moved, and not yet taken away from the table.
    old.retain(|message| messages.iter().all(|known| known.id() != message.id()));
    messages.extend(old);
    messages.sort_by_key(|message| std::cmp::Reverse(message.id().key));
    messages.truncate(limit);
    Ok(messages)
}

/// One message, wherever it lies.
pub async fn message(parts: &Parts, account: &AccountId, id: MessageId) -> Result<Option<Message>, Trouble> {
    if let Some(message) = parts.store.message(account, id).await? {
        return Ok(Some(message));
    }
    let head = parts.store.head(account, id.conversation).await?;
    if head.and_then(|head| head.archived_until).is_none_or(|until| until < id.key) {
        return Ok(None);
    }
    for object in list_all(&*parts.objects, &names::threads(account, id.conversation)).await? {
        let Some((_, first, last)) = names::thread_in(&object.name) else { continue };
        if !(first..=last).contains(&id.key) {
            continue;
        }
        let Some(bytes) = parts.objects.get(&object.name).await? else { continue };
        let mut found = None;
        lines::unpack(&object.name, &bytes, |line| {
            let message = parts.store.message_of(line)?;
            found = found.take().or((message.id() == id).then_some(message));
            Ok(())
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Moves rows of a conversation into the archive: stored there first, then noted on the head, then taken away.
pub async fn archive(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    rows: &[RowToKeep],
) -> Result<(), Trouble> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
    let name = names::thread(account, conversation, first.id.key, last.id.key);
    parts.objects.put(&name, lines::pack(rows.iter().map(|row| row.line.as_str()))).await?;
    parts.store.note_archived(account, conversation, last.id.key).await?;
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    Ok(parts.store.drop_rows(account, &ids).await?)
}
