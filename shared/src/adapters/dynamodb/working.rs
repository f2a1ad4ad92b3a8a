//! Work on conversations. Each condition is the one that `domain/work` tells beside the value.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};

use super::{
    DynamoStore, Table,
    keys::{Key, Place as KeyPlace, Range, conversation_of, note_in, staff_at_work, turn_in},
    read::{Consistency, Order, key_of},
    rows::{self, Bytes, WorkJson, WorkRow, word},
    write::{Written, millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, ConversationId, StaffId, TeamId, Timestamp,
        access::Actor,
        ids::CannedReplyId,
        time,
        work::{
            CannedReply, Desk, Entry, How, NoSlot, NoteAbout, Place, Presence, Said, Slot, Ticket, Work, WorkSettings,
        },
    },
    ports::store::{AtWork, NoteRow, Step, Stored, Working},
    seal::Sealed,
};

/// What lies beside the slots on a person's row.
#[derive(Debug, Deserialize)]
struct DeskRow {
    /// Automation took a slot last, in milliseconds since 1970.
    #[serde(default)]
    la: Option<i64>,
    /// What they said of themself, and when they were seen, in milliseconds since 1970.
    #[serde(default)]
    sd: Option<Said>,
    #[serde(default)]
    ls: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct EntryRow {
    /// W's revision by which it was put.
    rv: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct StaffNoteRow {
    by: Actor,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    me: Vec<StaffId>,
    /// Text, sealed.
    t: Bytes,
}

/// A note lies beside what it is about.
fn table_of(about: NoteAbout) -> Table {
    match about {
        NoteAbout::Conversation(_) => Table::Main,
        NoteAbout::Contact(_) => Table::Contacts,
    }
}

fn count(rev: u64) -> aws_sdk_dynamodb::types::AttributeValue {
    number(i64::try_from(rev).unwrap_or(i64::MAX))
}

/// A slot is one attribute, its ticket; and another, when it was taken.
fn slot_name(conversation: ConversationId) -> String {
    format!("t{}", super::keys::bare_conversation(conversation))
}
fn taken_name(conversation: ConversationId) -> String {
    format!("a{}", super::keys::bare_conversation(conversation))
}

fn numbered(value: &AttributeValue) -> Option<i64> {
    match value {
        AttributeValue::N(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn read_at_work(key: &Key, item: &Item) -> Stored<AtWork> {
    let mut slots = BTreeMap::new();
    for (name, value) in item.inner() {
        let Some(conversation) = name.strip_prefix('t').and_then(|bare| conversation_of(bare).ok()) else { continue };
        let unreadable = || key.unreadable(format!("{name} is not a slot"));
        let ticket = numbered(value).and_then(|it| u64::try_from(it).ok()).ok_or_else(unreadable)?;
        let taken_at = item.inner().get(&taken_name(conversation)).and_then(numbered).unwrap_or_default();
        slots.insert(conversation, Slot { ticket: Ticket(ticket), taken_at: time::from_millis(taken_at) });
    }
    let row: DeskRow = rows::read(key, item.clone())?;
    let presence = row.sd.zip(row.ls).map(|(said, seen)| Presence { said, last_seen: time::from_millis(seen) });
    Ok(AtWork { slots, last_assigned_at: row.la.map(time::from_millis), presence })
}

fn read_work(item: Item) -> Stored<Work> {
    let key = key_of(&item)?;
    let KeyPlace::Work { conversation, .. } = key.place()? else {
        return Err(key.unreadable("not the key of a conversation's work"));
    };
    rows::read::<WorkRow>(&key, item)?.into_work(&key, conversation)
}

#[async_trait]
impl Working for DynamoStore {
    async fn work_settings(&self, account: &AccountId) -> Stored<Option<WorkSettings>> {
        self.setting("read how work is given out", Key::work_settings(account)).await
    }

    async fn put_work_settings(&self, account: &AccountId, settings: &WorkSettings) -> Stored<()> {
        self.put_setting("say how work is given out", Key::work_settings(account), settings).await
    }

    async fn canned_replies(&self, account: &AccountId) -> Stored<Vec<CannedReply>> {
        self.all_settings("list canned replies", &Range::canned_replies(account)).await
    }

    async fn put_canned_reply(&self, account: &AccountId, reply: &CannedReply) -> Stored<()> {
        self.put_setting("put a canned reply", Key::canned_reply(account, &reply.id), reply).await
    }

    async fn remove_canned_reply(&self, account: &AccountId, id: &CannedReplyId) -> Stored<()> {
        self.delete("remove a canned reply", Table::Main, Key::canned_reply(account, id)).await
    }

    async fn work(&self, account: &AccountId, conversation: ConversationId) -> Stored<Work> {
        let key = Key::work(account, conversation);
        let item = self.get("read a conversation's work", Table::Main, key, Consistency::Strong).await?;
        item.map_or_else(|| Ok(Work::new(conversation)), read_work)
    }

    async fn works(&self, account: &AccountId, conversations: &[ConversationId]) -> Stored<Vec<Work>> {
        let keys = conversations.iter().map(|id| Key::work(account, *id)).collect();
        let items = self.many("read conversations' work", Table::Main, keys, Consistency::Eventual).await?;
        items.into_iter().map(read_work).collect()
    }

    async fn write_work(&self, account: &AccountId, seen: &Work, new: &Work) -> Stored<Step> {
        if seen == new {
            return Ok(Step::Done);
        }
        let key = Key::work(account, new.conversation);
        let json = serde_json::to_string(&WorkJson::from(new)).map_err(|error| key.unreadable(error.to_string()))?;
        // An update: the conversation's place in the inbox index lies on the same row.
        self.update(Table::Main, key)
            .set("wj", text(json))
            .set("wv", count(new.rev))
            .when_is("wv", (seen.rev > 0).then(|| count(seen.rev)))
            .go("write a conversation's work")
            .await
            .map(Step::from)
    }

    async fn at_work(&self, account: &AccountId) -> Stored<Vec<(StaffId, AtWork)>> {
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let range = Range::at_work(account);
        let items = self.range("read desks", Table::Main, &range, consistency, order, usize::MAX).await?;
        let mut desks = Vec::new();
        for item in items {
            let key = key_of(&item)?;
            let staff = staff_at_work(&key).ok_or_else(|| key.unreadable("not the key of a desk"))?;
            desks.push((staff, read_at_work(&key, &item)?));
        }
        Ok(desks)
    }

    async fn at_work_of(&self, account: &AccountId, staff: StaffId) -> Stored<AtWork> {
        let key = Key::at_work(account, staff);
        let item = self.get("read a desk", Table::Main, key.clone(), Consistency::Strong).await?;
        item.map_or_else(|| Ok(AtWork::default()), |item| read_at_work(&key, &item))
    }

    async fn take_slot(
        &self,
        account: &AccountId,
        desk: &Desk,
        conversation: ConversationId,
        slot: Slot,
        how: How,
    ) -> Stored<Result<(), NoSlot>> {
        let key = Key::at_work(account, desk.staff);
        let (ticket, taken) = (slot_name(conversation), taken_name(conversation));
        let update = self
            .update(Table::Main, key.clone())
            .set(&ticket, count(slot.ticket.0))
            .set(&taken, millis(slot.taken_at))
            // The number of slots, since a condition cannot count attributes.
            .add("n", number(1))
            .when(format!("attribute_not_exists(#{ticket})"));
        let update = match how {
            How::ByHand => update,
            How::Automatic => update
                .set("la", millis(slot.taken_at))
                .when("attribute_not_exists(#n) OR #n < :capacity")
                .value("capacity", number(desk.capacity)),
        };
        Ok(match update.go("take a slot").await? {
            Written::Done => Ok(()),
            Written::Refused(Some(item)) => {
                Err(read_at_work(&key, &item)?.slots.get(&conversation).map_or(NoSlot::Full, |it| NoSlot::Taken(*it)))
            }
            Written::Refused(None) => Err(NoSlot::Full),
        })
    }

    async fn give_back(
        &self,
        account: &AccountId,
        staff: StaffId,
        conversation: ConversationId,
        ticket: Ticket,
    ) -> Stored<Step> {
        let name = slot_name(conversation);
        self.update(Table::Main, Key::at_work(account, staff))
            .remove(&name)
            .remove(&taken_name(conversation))
            .add("n", number(-1))
            .when_is(&name, Some(count(ticket.0)))
            .go("give a slot back")
            .await
            .map(Step::from)
    }

    async fn put_slot(
        &self,
        account: &AccountId,
        staff: StaffId,
        conversation: ConversationId,
        former: Option<Ticket>,
        slot: Slot,
    ) -> Stored<Step> {
        let name = slot_name(conversation);
        let update = self
            .update(Table::Main, Key::at_work(account, staff))
            .set(&name, count(slot.ticket.0))
            .set(&taken_name(conversation), millis(slot.taken_at))
            .when_is(&name, former.map(|former| count(former.0)));
        let update = if former.is_none() { update.add("n", number(1)) } else { update };
        update.go("repair a desk").await.map(Step::from)
    }

    async fn put_entry(&self, account: &AccountId, entry: &Entry) -> Stored<Step> {
        self.update(Table::Main, Key::entry(account, &entry.place))
            .set("rv", count(entry.rev))
            .when("attribute_not_exists(#rv) OR #rv < :rv")
            .go("queue a conversation")
            .await
            .map(Step::from)
    }

    async fn remove_entry(&self, account: &AccountId, place: &Place, work_rev: u64) -> Stored<Step> {
        let key = Key::entry(account, place);
        let doing = "take a conversation off the queue";
        let item = self.get(doing, Table::Main, key.clone(), Consistency::Strong).await?;
        let Some(item) = item else { return Ok(Step::Done) };
        let stored = rows::read::<EntryRow>(&key, item)?.rv;
        if !Entry::may_go(stored, work_rev) {
            return Ok(Step::Lost);
        }
        self.delete_when_is(doing, Table::Main, key, ("rv", count(stored))).await
    }

    async fn waiting(
        &self,
        account: &AccountId,
        team: Option<&TeamId>,
        after: Option<(Timestamp, ConversationId)>,
        limit: usize,
    ) -> Stored<Vec<Place>> {
        let range = Range::entries(account, team, after);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let asked = limit.saturating_add(1);
        let items = self.range("read the queue", Table::Main, &range, consistency, order, asked).await?;
        let mut places = Vec::new();
        for item in items {
            let key = key_of(&item)?;
            let (since, conversation) = turn_in(&key).ok_or_else(|| key.unreadable("not an entry of the queue"))?;
            // Both ends of a range are included.
            if after != Some((since, conversation)) {
                places.push(Place { team: team.cloned(), since, conversation });
            }
        }
        places.truncate(limit);
        Ok(places)
    }

    async fn note_presence(&self, account: &AccountId, staff: StaffId, said: Said, at: Timestamp) -> Stored<()> {
        self.update(Table::Main, Key::at_work(account, staff))
            .set("sd", text(word(&said)))
            .set("ls", millis(at))
            .when("attribute_not_exists(#ls) OR #ls <= :ls")
            .go("note that somebody is there")
            .await
            .map(|_| ())
    }

    async fn add_note(&self, account: &AccountId, about: NoteAbout, note: &NoteRow) -> Stored<()> {
        let key = Key::note(account, about, note.at, note.once);
        let row =
            StaffNoteRow { by: note.by.clone(), me: note.mentions.clone(), t: Bytes(note.text.as_bytes().to_vec()) };
        let item = to_item(&row, &key)?;
        self.put(table_of(about), key, item).if_absent().go("add a note").await.map(|_| ())
    }

    async fn notes(
        &self,
        account: &AccountId,
        about: NoteAbout,
        before: Option<(Timestamp, u128)>,
        limit: usize,
    ) -> Stored<Vec<NoteRow>> {
        let range = Range::notes(account, about, before);
        let (consistency, order) = (Consistency::Strong, Order::NewestFirst);
        // The range includes the place that it ends at.
        let most = limit.saturating_add(usize::from(before.is_some()));
        let items = self.range("read notes", table_of(about), &range, consistency, order, most).await?;
        let mut notes = Vec::new();
        for item in items {
            let key = key_of(&item)?;
            let (at, once) = note_in(&key).ok_or_else(|| key.unreadable("not the key of a note"))?;
            let row: StaffNoteRow = rows::read(&key, item)?;
            notes.push(NoteRow { at, once, by: row.by, mentions: row.me, text: Sealed::from_bytes(row.t.0) });
        }
        notes.retain(|note| Some((note.at, note.once)) != before);
        notes.truncate(limit);
        Ok(notes)
    }

    async fn remove_note(&self, account: &AccountId, about: NoteAbout, at: Timestamp, once: u128) -> Stored<()> {
        self.delete("remove a note", table_of(about), Key::note(account, about, at, once)).await
    }
}
