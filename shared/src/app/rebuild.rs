//! Makes anew whatever follows from the table's rows: rings, timers, answers, the inbox index, heads that lag behind their
//! messages. For when the stream, a queue or the timers were lost. Safe at any time, beside live traffic and twice: it
//! goes through the same effects, keys, conditions and claims. (Fault matrix B11, J7.)

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::{Parts, Trouble, jobs as long_work, react, timers};
use crate::{
    domain::{
        AccountId, ConversationId, JobId, MessageId, anew,
        effects::Effect,
        ids::MessageKey,
        message::{Inbound, Message, Outbound},
        sending::SenderState,
        timer::TimerKind,
    },
    ports::{
        StoreError,
        store::{ScanPage, Scanned},
    },
};

const PAGE: usize = 200;

/// One run over a table: which rows, how far it has come, and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuild {
    /// Names the rings of this run, so that each run rings anew.
    pub run: String,
    /// `None`: every account.
    pub account: Option<AccountId>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    pub done: bool,
    pub counts: Counts,
}

/// Counts only. What was right already is counted too: whether a step changed anything is the row's own condition to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub pages: usize,
    pub heads: usize,
    pub inbound: usize,
    pub outbound: usize,
    pub unreadable: usize,
    pub rings: usize,
    pub timers: usize,
    /// Long work that is not done, and was rung for.
    pub jobs: usize,
}

impl Rebuild {
    pub fn begin(parts: &Parts, account: Option<AccountId>) -> Self {
        let run = format!("rebuild-{:032x}", parts.bits());
        Self { run, account, cursor: None, done: false, counts: Counts::default() }
    }

    /// Does the next page. A page that fails is begun again by the next call.
    pub async fn step(&mut self, parts: &Parts) -> Result<(), Trouble> {
        let ScanPage { rows, next } = parts.store.scan(self.account.as_ref(), self.cursor.as_deref(), PAGE).await?;
        let mut conversations: BTreeMap<(AccountId, ConversationId), Rows> = BTreeMap::new();
        let mut jobs: Vec<(AccountId, JobId)> = Vec::new();
        for row in rows {
            match row {
                Ok(Scanned::Head(head)) => {
                    let rows = conversations.entry((head.account.clone(), head.id)).or_default();
                    rows.head = Some(*head);
                }
                Ok(Scanned::Inbound(message)) => {
                    let rows = conversations.entry((message.account.clone(), message.id.conversation)).or_default();
                    rows.inbound.push(*message);
                }
                Ok(Scanned::Outbound(message)) => {
                    let rows = conversations.entry((message.account.clone(), message.id.conversation)).or_default();
                    rows.outbound.push(*message);
                }
                Ok(Scanned::Job(account, id)) => jobs.push((account, id)),
                Err(unreadable) => {
                    self.counts.unreadable += 1;
                    tracing::error!(
                        error = &unreadable as &dyn std::error::Error,
                        "a row cannot be read and is passed over"
                    );
                }
            }
        }
        if self.cursor.is_none()
            && let Some(account) = &self.account
        {
            jobs.extend(
                parts.store.jobs(account, None, usize::MAX).await?.into_iter().map(|job| (job.account, job.id)),
            );
        }
        let accounts: BTreeSet<&AccountId> =
            conversations.keys().map(|(account, _)| account).chain(jobs.iter().map(|(account, _)| account)).collect();
        for account in accounts {
            long_work::arm(parts, account).await?;
        }
        for (account, job) in jobs {
            self.counts.jobs += usize::from(long_work::ring_anew(parts, &account, job).await?);
        }
        for rows in conversations.into_values() {
            rows.follow(parts, &self.run, &mut self.counts).await?;
        }
        self.counts.pages += 1;
        self.done = next.is_none();
        self.cursor = next;
        Ok(())
    }

    /// Does everything that is left.
    pub async fn finish(&mut self, parts: &Parts) -> Result<(), Trouble> {
        while !self.done {
            self.step(parts).await?;
            tracing::info!(run = self.run, pages = self.counts.pages, rings = self.counts.rings, "rebuilding");
        }
        Ok(())
    }
}

/// Makes anew what follows from one conversation.
///
/// # Errors
/// [`StoreError::BadRow`] if one of its rows still cannot be read.
pub async fn conversation(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<Counts, Trouble> {
    let mut rows = Rows { head: parts.store.head(account, id).await?, ..Rows::default() };
    rows.outbound = parts.store.outbound_from(account, id, MessageKey::from_bits(0)).await?;
    for message in parts.store.messages(account, id, None, PAGE).await? {
        match message {
            Message::Inbound(message) => rows.inbound.push(*message),
            Message::Outbound(_) => {} // Read strongly above.
        }
    }
    let mut counts = Counts::default();
    let run = format!("retry-{:032x}", parts.bits());
    rows.follow(parts, &run, &mut counts).await?;
    Ok(counts)
}

/// Rows of one conversation, some or all.
#[derive(Debug, Default)]
struct Rows {
    head: Option<crate::domain::conversation::Head>,
    inbound: Vec<Inbound>,
    outbound: Vec<Outbound>,
}

impl Rows {
    async fn follow(self, parts: &Parts, run: &str, counts: &mut Counts) -> Result<(), Trouble> {
        let now = parts.now();
        counts.inbound += self.inbound.len();
        counts.outbound += self.outbound.len();
        self.heads_of_messages(parts).await?;

        let mut rung: HashSet<MessageId> = HashSet::new();
        // The newest turn's first answer is what the head holds; older ones lose against it.
        let answer = self
            .outbound
            .iter()
            .filter(|message| crate::domain::answer::answers(message))
            .max_by_key(|message| (message.planned_with, std::cmp::Reverse(message.id.key)))
            .map(|message| message.id);
        for message in &self.outbound {
            for effect in anew::of_outbound(message, now) {
                match effect {
                    // One ring finds everything from the oldest message on.
                    Effect::Ring { .. } if !rung.is_empty() => continue,
                    Effect::Ring { .. } => {
                        rung.insert(message.id);
                        counts.rings += 1;
                    }
                    Effect::RecordAnswer { .. } if answer != Some(message.id) => continue,
                    Effect::ArmUnknownSettles { .. } | Effect::ArmAfterTemplate => counts.timers += 1,
                    _ => {}
                }
                react::on_outbound(parts, message, effect, &format!("{run}-{}", message.id.key)).await?;
            }
            if message.state == SenderState::Waiting && message.expires_at > now {
                // A wait ends at its deadline at last.
                let kind = TimerKind::Wake { conversation: message.id.conversation };
                timers::arm(parts, message.expires_at, &message.account, kind).await?;
                counts.timers += 1;
            }
        }
        if let Some(head) = &self.head {
            counts.heads += 1;
            for effect in anew::of_head(head, now) {
                match effect {
                    Effect::Ring { .. } => counts.rings += 1,
                    Effect::ArmWindowEnd => counts.timers += 1,
                    _ => {}
                }
                react::on_head(parts, head, effect, &format!("{run}-{}", head.id)).await?;
            }
        }
        Ok(())
    }

    /// Heads may lag behind their messages. The newest message that opens the window decides, and the newest of the
    /// phone app answers. That two contacts are one person is not concluded again: people may have parted them since.
    async fn heads_of_messages(&self, parts: &Parts) -> Result<(), Trouble> {
        let by_time = |message: &&Inbound| message.at;
        let opening = self.inbound.iter().filter(|message| message.opens_window).max_by_key(by_time);
        if let Some(message) = opening.or(self.inbound.first()) {
            react::on_inbound(parts, message, Effect::CheckHead).await?;
        }
        if let Some(echo) = self.inbound.iter().filter(|message| message.echo).max_by_key(by_time) {
            react::on_inbound(parts, echo, Effect::RecordAnswer { last_in: echo.at }).await?;
        }
        Ok(())
    }
}

/// Whether trying again later could help.
pub fn is_unreadable(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Store(StoreError::BadRow { .. }))
}
