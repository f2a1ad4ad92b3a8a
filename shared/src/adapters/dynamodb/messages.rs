//! Messages, and every step that an outbound message takes.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, Place, Range},
    parts::Stowed,
    read::{Consistency, Order, key_of},
    rows::{self, InboundRow, MessageRow, OutboundRow, answer_code, failure_code, pricing_text, specific_text, word},
    write::{Update, Written, bytes, millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        ids::MessageKey,
        inbound::{ReceiptStatus, ReportedAt},
        message::{Inbound, Message, Outbound, Via},
        reason::Reason,
        sending::{Answer, SenderState},
        time::{self, SignedDuration},
    },
    ports::store::{Claim, ClientKey, Edit, Messages, NewContent, Put, Recorded, Report, Step, Stored, Verdict},
    seal::Sealed,
};

/// For how long a client's key leads to its message.
const CLIENT_KEY_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// For how long a first-seen time is kept: as good as for ever, since a signature over a body that does not say when it was
/// written (Twilio's) is good for ever.
const FIRST_SEEN_LASTS: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

#[derive(Debug, Serialize, Deserialize)]
struct ClientKeyRow {
    /// Message.
    mi: MessageId,
    /// Hash of the body.
    bh: String,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

impl ClientKeyRow {
    fn leads_to(self, body_hash: &str) -> ClientKey {
        if self.bh == body_hash { ClientKey::Same(self.mi) } else { ClientKey::Other }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct FirstSeenRow {
    /// Milliseconds since 1970.
    fs: i64,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

impl DynamoStore {
    fn update_message(&self, message: &Outbound) -> Update<'_> {
        self.update(Table::Main, Key::message(&message.account, message.id))
    }

    /// Raises the number of the latest attempt of a message that is held at the fence. Whether it did.
    async fn learn_attempt(&self, account: &AccountId, message: MessageId, attempt: u32) -> Stored<bool> {
        let step = self
            .update(Table::Main, Key::message(account, message))
            .set("at", number(attempt))
            .when("#at < :at AND #re = :restored")
            .value("restored", text(word(&Reason::Restored)))
            .go("learn of an attempt")
            .await
            .map(Step::from)?;
        Ok(step == Step::Done)
    }

    async fn read_message(&self, item: Item) -> Stored<Option<Message>> {
        let key = key_of(&item)?;
        let Place::Message { account, id } = key.place()? else { return Ok(None) };
        match MessageRow::read(&key, item, account, id)? {
            MessageRow::Inbound(mut message, parts) => {
                if let Some(parts) = parts {
                    message.sealed = Sealed::from_bytes(self.fetch_parts(&key, &parts).await?);
                }
                Ok(Some(Message::Inbound(message)))
            }
            MessageRow::Outbound(mut message, parts) => {
                if let Some(parts) = parts {
                    message.sealed = Sealed::from_bytes(self.fetch_parts(&key, &parts).await?);
                }
                Ok(Some(Message::Outbound(message)))
            }
        }
    }
}

fn is_restored(row: &Item) -> bool {
    matches!(row.get("re"), Some(serde_dynamo::AttributeValue::S(reason)) if *reason == word(&Reason::Restored))
}

/// Everything of an inbound message's row but its key, if its content fits the row.
pub fn inbound_item(message: &Inbound) -> Stored<Item> {
    InboundRow::item(&Key::message(&message.account, message.id), message, &Stowed::Here(message.sealed.as_bytes()))
}

#[async_trait]
impl Messages for DynamoStore {
    async fn put_inbound(&self, message: &Inbound) -> Stored<Put> {
        let key = Key::message(&message.account, message.id);
        if self.large_and_there("look for a message", &key, message.sealed.as_bytes()).await? {
            return Ok(Put::Already);
        }
        let stowed = self.stow(&key, message.sealed.as_bytes(), None).await?;
        let item = InboundRow::item(&key, message, &stowed)?;
        // The key is made of the provider's id: whatever is there is this message.
        self.put(Table::Main, key, item).if_absent().go("put an inbound message").await.map(Put::from)
    }

    async fn put_outbound(&self, message: &Outbound) -> Stored<Put> {
        let key = Key::message(&message.account, message.id);
        if self.large_and_there("look for a message", &key, message.sealed.as_bytes()).await? {
            return Ok(Put::Already);
        }
        let stowed = self.stow(&key, message.sealed.as_bytes(), None).await?;
        let item = OutboundRow::item(&key, message, &stowed)?;
        // A message that was put before may have been sent since: it is never put over.
        self.put(Table::Main, key, item).if_absent().go("put an outbound message").await.map(Put::from)
    }

    async fn message(&self, account: &AccountId, id: MessageId) -> Stored<Option<Message>> {
        let key = Key::message(account, id);
        match self.get("read a message", Table::Main, key, Consistency::Strong).await? {
            Some(item) => self.read_message(item).await,
            None => Ok(None),
        }
    }

    async fn messages(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        before: Option<MessageKey>,
        limit: usize,
    ) -> Stored<Vec<Message>> {
        let Some(range) = Range::messages(account, conversation, before) else { return Ok(Vec::new()) };
        let (consistency, order) = (Consistency::Eventual, Order::NewestFirst);
        let items = self.range("list messages", Table::Main, &range, consistency, order, limit).await?;
        let mut messages = Vec::with_capacity(items.len());
        for item in items {
            messages.extend(self.read_message(item).await?);
        }
        Ok(messages)
    }

    async fn outbound_from(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        from: MessageKey,
    ) -> Stored<Vec<Outbound>> {
        let range = Range::messages_from(account, conversation, from);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("list unsent messages", Table::Main, &range, consistency, order, usize::MAX).await?;
        let mut messages = Vec::with_capacity(items.len());
        for item in items {
            match self.read_message(item).await? {
                Some(Message::Outbound(message)) => messages.push(*message),
                Some(Message::Inbound(_)) | None => {}
            }
        }
        Ok(messages)
    }

    async fn claim(&self, message: &Outbound, claim: &Claim) -> Stored<Step> {
        if !message.may_be_claimed() {
            return Ok(Step::Lost);
        }
        let mut update = self
            .update_message(message)
            .set("st", text("claimed"))
            .set("at", number(claim.attempt))
            .set("dl", millis(claim.until))
            .set(&format!("c{}", claim.attempt), millis(claim.at))
            .set("wy", text(word(&claim.way)))
            .set("re", text(word(&claim.reason)))
            .set_or_remove("pw", claim.planned_with.map(millis))
            .set("cg", millis(claim.at))
            .set("wi", AttributeValue::Bool(true))
            .set_or_remove("wo", claim.consent.opted_out_at.map(millis))
            .set_or_remove("wn", claim.consent.opted_in_at.map(millis))
            .set_or_remove("wc", specific_text(&claim.consent.specific).map(text))
            .set("qt", text(claim.quote))
            // What was read is what goes out: nobody has changed it since.
            .when_is("ed", (message.edits > 0).then(|| number(message.edits)))
            // Of two workers that read the same state, one takes the attempt.
            .when_is("st", Some(text(message.state.word())))
            .when_is("at", Some(number(message.attempt)))
            .set("ep", number(i64::try_from(claim.epoch).unwrap_or(i64::MAX)))
            .when("attribute_not_exists(#ep) OR #ep <= :ep");
        // A receipt that came since it was read may say that an earlier attempt arrived after all.
        for attempt in &message.attempts {
            let n = attempt.number;
            update = update.when(format!("attribute_not_exists(#d{n}) AND attribute_not_exists(#r{n})"));
        }
        update.go("claim a message").await.map(Step::from)
    }

    async fn settle(
        &self,
        message: &Outbound,
        attempt: u32,
        answer: &Answer,
        provider_id: Option<&Sealed<String>>,
        now: Timestamp,
        unknown_until: Timestamp,
    ) -> Stored<Step> {
        let (state, deadline) = match answer {
            // The provider's word on the window brings the message back: its stage follows from the answer, not from
            // the state.
            Answer::Accepted | Answer::WindowClosed(_) => ("accepted", None),
            Answer::Refused(_) => ("failed", None),
            Answer::Unknown => ("unknown", Some(unknown_until)),
        };
        let mut update = self
            .update_message(message)
            .set("st", text(state))
            .set_or_remove("dl", deadline.map(millis))
            .set(&format!("o{attempt}"), text(answer_code(answer)))
            .set(&format!("ot{attempt}"), millis(now))
            .set("cg", millis(now))
            // An answer is about its own attempt; one that comes after its deadline is better than none.
            .when("#at = :at AND #st IN (:claimed, :unknown)")
            .value("at", number(attempt))
            .value("claimed", text("claimed"))
            .value("unknown", text("unknown"));
        if let Some(provider_id) = provider_id {
            update = update.set("pi", bytes(provider_id.as_bytes()));
        }
        update.go("settle an attempt").await.map(Step::from)
    }

    async fn release(&self, message: &Outbound, attempt: u32, reason: Reason, now: Timestamp) -> Stored<Step> {
        self.update_message(message)
            .set("st", text("queued"))
            .set("re", text(word(&reason)))
            .set("cg", millis(now))
            .remove("dl")
            // It certainly did not go out, so nothing may take it for an attempt that did. Its number stays used.
            .remove(&format!("c{attempt}"))
            // Its own sender knows better than whoever found the claim overdue, as long as it has not spoken.
            .when(format!("#at = :at AND (#st = :claimed OR #st = :unknown AND attribute_not_exists(#o{attempt}))"))
            .value("at", number(attempt))
            .value("claimed", text("claimed"))
            .value("unknown", text("unknown"))
            .go("release an attempt")
            .await
            .map(Step::from)
    }

    async fn judge(
        &self,
        message: &Outbound,
        verdict: Verdict,
        reason: Reason,
        planned_with: Option<Timestamp>,
        now: Timestamp,
    ) -> Stored<Step> {
        let (state, deadline) = match verdict {
            Verdict::Waiting => (SenderState::Waiting, None),
            Verdict::Refused => (SenderState::Refused, None),
            Verdict::Expired => (SenderState::Expired, None),
            Verdict::Cancelled => (SenderState::Cancelled, None),
            Verdict::Unknown { until } => (SenderState::Unknown { until }, Some(until)),
            Verdict::Undetermined => (SenderState::Undetermined, None),
        };
        self.update_message(message)
            .set("st", text(state.word()))
            .set_or_remove("dl", deadline.map(millis))
            .set("re", text(word(&reason)))
            .set_or_remove("pw", planned_with.map(millis))
            .set("cg", millis(now))
            // A verdict is about what was read; a claim or an answer since then makes it void.
            .when_is("st", Some(text(message.state.word())))
            .when_is("at", Some(number(message.attempt)))
            .go("judge a message")
            .await
            .map(Step::from)
    }

    async fn edit(&self, message: &Outbound, edit: &Edit, now: Timestamp) -> Stored<Step> {
        if !matches!(message.state, SenderState::Queued | SenderState::Waiting) || message.attempt > 0 {
            return Ok(Step::Lost);
        }
        let state = if edit.keeps_plan() { message.state } else { SenderState::Queued };
        let mut update = self
            .update_message(message)
            .set("st", text(state.word()))
            .set("ed", number(message.edits + 1))
            .set("cg", millis(now))
            .when_is("st", Some(text(message.state.word())))
            .when_is("at", Some(number(message.attempt)))
            .when_is("ed", (message.edits > 0).then(|| number(message.edits)));
        if let Some(NewContent { sealed, template }) = &edit.content {
            let (name, language) = template.clone().unzip();
            // What people write fits the row.
            update = update.set("b", bytes(sealed.as_bytes())).remove("bn").remove("bt");
            update = update.set_or_remove("tn", name.map(text)).set_or_remove("tl", language.map(text));
        }
        if let Some(via) = edit.via {
            update = update.set_or_remove("vi", (via != Via::Auto).then(|| text(word(&via))));
        }
        if let Some(expires_at) = edit.expires_at {
            update = update.set("ex", millis(expires_at));
        }
        if let Some(rank) = edit.rank {
            update = update.set("rk", text(rank));
        }
        update.go("edit a message").await.map(Step::from)
    }

    async fn record_receipt(
        &self,
        account: &AccountId,
        message: MessageId,
        attempt: u32,
        report: &Report<'_>,
    ) -> Stored<Recorded> {
        let Report { status, at, pricing } = *report;
        let update = self.update(Table::Main, Key::message(account, message));
        let n = attempt;
        let time = match status {
            ReceiptStatus::Sent => format!("s{n}"),
            ReceiptStatus::Delivered => format!("d{n}"),
            ReceiptStatus::Read => format!("r{n}"),
            ReceiptStatus::Failed(_) => format!("ft{n}"),
            ReceiptStatus::InProgress => return Ok(Recorded::Already),
        };
        let (moment, absent) = (at.moment(), format!("attribute_not_exists(#{time})"));
        // Receipts come in any order and more than once.
        let news = match (at, status) {
            (ReportedAt::Heard(_), _) => absent,
            // Of two reports of one time the same one must win whichever comes first.
            (ReportedAt::Provider(_), ReceiptStatus::Failed(_)) => {
                format!("{absent} OR #{time} < :{time} OR (#{time} = :{time} AND #f{n} < :f{n})")
            }
            (ReportedAt::Provider(_), _) => format!("{absent} OR #{time} < :{time}"),
        };
        let update = match status {
            ReceiptStatus::Failed(failure) => update.set(&format!("f{n}"), text(failure_code(failure))),
            ReceiptStatus::Sent | ReceiptStatus::Delivered | ReceiptStatus::Read | ReceiptStatus::InProgress => update,
        };
        // Said with some of the receipts, and the same in each.
        let update = match pricing {
            Some(pricing) => update.set("pr", text(pricing_text(pricing))),
            None => update,
        };
        let written = update
            .set(&time, millis(moment))
            // An attempt is claimed before it leaves, so a receipt for one that is not there is about something else.
            .when("attribute_exists(#pk) AND #at >= :attempt AND :attempt > :none")
            .value("attempt", number(attempt))
            .value("none", number(0))
            .when(news)
            .go("record a receipt")
            .await?;
        match written {
            Written::Done => Ok(Recorded::New),
            Written::Refused(Some(row)) if row.contains_key(&time) => Ok(Recorded::Already),
            // Attempts that were made in the time that a restore took away are known by their receipts alone.
            Written::Refused(Some(row))
                if is_restored(&row) && self.learn_attempt(account, message, attempt).await? =>
            {
                self.record_receipt(account, message, attempt, report).await
            }
            Written::Refused(_) => Ok(Recorded::NoSuchMessage),
        }
    }

    async fn client_key(
        &self,
        account: &AccountId,
        key_hash: &str,
        body_hash: &str,
        now: Timestamp,
    ) -> Stored<ClientKey> {
        let key = Key::client_key(account, key_hash);
        let Some(row) = self.get("read a client's key", Table::Main, key.clone(), Consistency::Strong).await? else {
            return Ok(ClientKey::New);
        };
        let known: ClientKeyRow = rows::read(&key, row)?;
        Ok(if known.ttl <= now.as_second() { ClientKey::New } else { known.leads_to(body_hash) })
    }

    async fn claim_client_key(
        &self,
        account: &AccountId,
        key_hash: &str,
        body_hash: &str,
        message: MessageId,
        now: Timestamp,
    ) -> Stored<ClientKey> {
        let key = Key::client_key(account, key_hash);
        let ttl = (now + CLIENT_KEY_LASTS).as_second();
        let item = to_item(&ClientKeyRow { mi: message, bh: body_hash.to_owned(), ttl }, &key)?;
        let written = self
            .put(Table::Main, key.clone(), item)
            // DynamoDB deletes what is over only within days, so an old key is told by its time.
            .when("attribute_not_exists(#pk) OR #ttl <= :now")
            .value("now", number(now.as_second()))
            .go("claim a client's key")
            .await?;
        match written {
            Written::Done => Ok(ClientKey::New),
            Written::Refused(Some(row)) => Ok(rows::read::<ClientKeyRow>(&key, row)?.leads_to(body_hash)),
            Written::Refused(None) => Err(key.unreadable("the row was not shown")),
        }
    }

    async fn first_sight(&self, account: &AccountId, fact_hash: &str) -> Stored<Option<Timestamp>> {
        let key = Key::first_seen(account, fact_hash);
        let row = self.get("read a first-seen time", Table::Main, key.clone(), Consistency::Strong).await?;
        row.map(|row| rows::read::<FirstSeenRow>(&key, row).map(|row| time::from_millis(row.fs))).transpose()
    }

    async fn first_seen(&self, account: &AccountId, fact_hash: &str, now: Timestamp) -> Stored<Timestamp> {
        let key = Key::first_seen(account, fact_hash);
        let ttl = (now + FIRST_SEEN_LASTS).as_second();
        let item = to_item(&FirstSeenRow { fs: now.as_millisecond(), ttl }, &key)?;
        match self.put(Table::Main, key.clone(), item).if_absent().go("note a first-seen time").await? {
            Written::Done => Ok(time::to_millis(now)),
            Written::Refused(Some(row)) => Ok(time::from_millis(rows::read::<FirstSeenRow>(&key, row)?.fs)),
            Written::Refused(None) => Err(key.unreadable("the row was not shown")),
        }
    }
}
