//! The heads of conversations. Every write of a head counts its version up. Lists of conversations are in `filing.rs`.

use async_trait::async_trait;
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{self, Key, Place},
    read::{Consistency, key_of},
    rows::{self, HeadRow},
    write::{Update, millis, number, one_of, text, to_item},
};
use crate::{
    domain::{
        AccountId, ConversationId, Timestamp,
        conversation::{Head, LastIn},
        ids::MessageKey,
        inbox::{Drawer, Place as FiledPlace, Shelf, Sorting},
    },
    ports::store::{Conversations, Filed, Filings, InboxLine, Put, Step, Stored},
};

impl DynamoStore {
    fn update_head(&self, account: &AccountId, id: ConversationId) -> Update<'_> {
        self.update(Table::Main, Key::head(account, id)).add("v", number(1))
    }

    /// Raises one of the head's times, never lowers it, and never makes a head.
    async fn raise_time(
        &self,
        doing: &'static str,
        account: &AccountId,
        id: ConversationId,
        attribute: &str,
        at: Timestamp,
    ) -> Stored<Step> {
        self.update_head(account, id)
            .set(attribute, millis(at))
            .when("attribute_exists(#pk)")
            .when(format!("attribute_not_exists(#{attribute}) OR #{attribute} < :{attribute}"))
            .go(doing)
            .await
            .map(Step::from)
    }
}

fn read_head(item: Item) -> Stored<Head> {
    let key = key_of(&item)?;
    match key.place()? {
        Place::Head { account, conversation } => {
            rows::read::<HeadRow>(&key, item)?.into_head(&key, account, conversation)
        }
        Place::Work { .. }
        | Place::AtWork { .. }
        | Place::Message { .. }
        | Place::Request { .. }
        | Place::Timer
        | Place::Probe { .. }
        | Place::Subscription { .. }
        | Place::Job { .. }
        | Place::Notice
        | Place::Other => Err(key.unreadable("not a head")),
    }
}

#[async_trait]
impl Conversations for DynamoStore {
    async fn head(&self, account: &AccountId, id: ConversationId) -> Stored<Option<Head>> {
        let item = self.get("read a head", Table::Main, Key::head(account, id), Consistency::Strong).await?;
        item.map(read_head).transpose()
    }

    async fn heads(&self, account: &AccountId, ids: &[ConversationId]) -> Stored<Vec<Head>> {
        let keys = ids.iter().map(|id| Key::head(account, *id)).collect();
        let items = self.many("read heads", Table::Main, keys, Consistency::Eventual).await?;
        let mut heads = items.into_iter().map(read_head).collect::<Stored<Vec<_>>>()?;
        // In the order that was asked for.
        heads.sort_by_key(|head| ids.iter().position(|id| *id == head.id));
        Ok(heads)
    }

    async fn begin(&self, head: &Head) -> Stored<Put> {
        let key = Key::head(&head.account, head.id);
        let item = to_item(&HeadRow::from(head), &key)?;
        self.put(Table::Main, key, item).if_absent().go("begin a conversation").await.map(Put::from)
    }

    async fn raise(&self, head: &Head, last_in: &LastIn) -> Stored<Step> {
        // One write for a conversation that is new and for one that is not: what never changes is set once.
        let raise = self
            .update_head(&head.account, head.id)
            .set_once("ch", text(&head.channel))
            .set_once("co", text(keys::bare_contact(head.contact)))
            .set_once("cr", millis(head.created_at))
            .set("li", millis(last_in.at))
            .set("la", text(&last_in.address.0))
            // Messages arrive in any order; the newest decides about the window and the address it belongs to.
            .when("attribute_not_exists(#li) OR #li < :li");
        let raise = match head.trace {
            Some(trace) => raise.set("tr", text(trace)),
            None => raise.remove("tr"),
        };
        raise.go("raise a head").await.map(Step::from)
    }

    async fn record_answer(
        &self,
        account: &AccountId,
        id: ConversationId,
        message: MessageKey,
        last_in: Timestamp,
    ) -> Stored<Step> {
        self.update_head(account, id)
            .set("am", text(message))
            .set("al", millis(last_in))
            .when("attribute_exists(#pk)")
            // The first answer to the newest message stays the answer.
            .when("attribute_not_exists(#al) OR #al < :al")
            .go("record an answer")
            .await
            .map(Step::from)
    }

    async fn withdraw_answer(
        &self,
        account: &AccountId,
        id: ConversationId,
        message: MessageKey,
        instead: Option<MessageKey>,
    ) -> Stored<Step> {
        let update = self.update_head(account, id);
        let update = match instead {
            Some(instead) => update.set("am", text(instead)),
            None => update.remove("am").remove("al"),
        };
        // An answer that was recorded since is not this one's to take back.
        update.when_is("am", Some(text(message))).go("withdraw an answer").await.map(Step::from)
    }

    async fn close_window(&self, account: &AccountId, id: ConversationId, last_in: Option<Timestamp>) -> Stored<()> {
        // A window that never opened is closed already.
        let Some(last_in) = last_in else { return Ok(()) };
        self.raise_time("close a window", account, id, "cf", last_in).await.map(|_| ())
    }

    async fn close(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step> {
        self.raise_time("close a conversation", account, id, "ca", at).await
    }

    async fn archive(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step> {
        self.raise_time("archive a conversation", account, id, "ar", at).await
    }

    async fn archive_quiet(&self, read: &Head, at: Timestamp) -> Stored<Step> {
        self.update_head(&read.account, read.id)
            .set("ar", millis(at))
            .when_is("v", Some(number(i64::try_from(read.version).unwrap_or(i64::MAX))))
            .go("archive a conversation")
            .await
            .map(Step::from)
    }

    async fn reopen(&self, read: &Head) -> Stored<Step> {
        self.update_head(&read.account, read.id)
            .remove("ca")
            .remove("ar")
            .when_is("ca", read.closed_at.map(millis))
            .when_is("ar", read.archived_at.map(millis))
            .go("reopen a conversation")
            .await
            .map(Step::from)
    }

    async fn wait_from(&self, planned: &Head, from: MessageKey, rev: &str) -> Stored<Step> {
        let oldest = planned.waiting_from.map_or(from, |waits| waits.min(from));
        let update = self
            .update_head(&planned.account, planned.id)
            .set("wf", text(oldest))
            .set("wr", text(rev))
            .when("attribute_exists(#pk)")
            // Had the customer written, or the person been merged, since the plan, nothing might ring for this message
            // any more: the plan must be made again.
            .when_is("li", planned.last_in.as_ref().map(|last| millis(last.at)))
            .when_is("su", planned.survivor.map(|survivor| text(keys::bare_conversation(survivor))))
            // The older of both was computed from this one.
            .when_is("wf", planned.waiting_from.map(text));
        let update = match i64::try_from(planned.former.len()).unwrap_or(i64::MAX) {
            0 => update.when("attribute_not_exists(#fo)"),
            count => update.when("size(#fo) = :count").value("count", number(count)),
        };
        update.go("mark a head as waiting").await.map(Step::from)
    }

    async fn nothing_waits(&self, listed: &Head) -> Stored<Step> {
        // A head that nothing ever waited on has nothing to clear.
        let Some(rev) = &listed.wait_rev else { return Ok(Step::Done) };
        self.update_head(&listed.account, listed.id)
            .remove("wf")
            // Whatever began to wait after the messages were listed has changed the revision.
            .when_is("wr", Some(text(rev)))
            .go("clear a head's wait")
            .await
            .map(Step::from)
    }

    async fn wake(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step> {
        self.raise_time("wake a head", account, id, "wk", at).await
    }

    async fn join_heads(&self, survivor: &Head, former: ConversationId) -> Stored<()> {
        // The survivor first: from then on its queue group looks after the former's messages, and only then does the
        // former's group stop doing so.
        self.update_head(&survivor.account, survivor.id)
            .set_once("ch", text(&survivor.channel))
            .set_once("co", text(keys::bare_contact(survivor.contact)))
            .set_once("cr", millis(survivor.created_at))
            .add("fo", one_of(keys::bare_conversation(former)))
            .when("attribute_not_exists(#fo) OR NOT contains(#fo, :one)")
            .value("one", text(keys::bare_conversation(former)))
            .go("join heads")
            .await?;
        self.update_head(&survivor.account, former)
            .set("su", text(keys::bare_conversation(survivor.id)))
            .when("attribute_exists(#pk)")
            .when("attribute_not_exists(#su) OR #su <> :su")
            .go("join heads")
            .await?;
        Ok(())
    }

    async fn part_heads(&self, account: &AccountId, survivor: ConversationId, former: ConversationId) -> Stored<()> {
        // In the opposite order, for the same reason.
        self.update_head(account, former)
            .remove("su")
            .when_is("su", Some(text(keys::bare_conversation(survivor))))
            .go("part heads")
            .await?;
        self.update_head(account, survivor)
            .take_out("fo", one_of(keys::bare_conversation(former)))
            .when("contains(#fo, :one)")
            .value("one", text(keys::bare_conversation(former)))
            .go("part heads")
            .await?;
        Ok(())
    }

    async fn filings(&self, account: &AccountId, id: ConversationId) -> Stored<Filings> {
        self.read_filings(account, id).await
    }

    async fn file(&self, account: &AccountId, read: &Filings, places: &[FiledPlace]) -> Stored<Filed> {
        self.write_filings(account, read, places).await
    }

    async fn inbox(
        &self,
        account: &AccountId,
        list: (&Shelf, Drawer, Sorting),
        range: (Option<Timestamp>, Option<Timestamp>),
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<InboxLine>> {
        self.inbox_lines(account, list, range, after, limit).await
    }
}
