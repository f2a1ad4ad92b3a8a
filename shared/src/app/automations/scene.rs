//! What rules look at, loaded: the conversation, its people, its work, and what was said.

use std::sync::Arc;

use super::rulebook::Rulebook;
use crate::{
    app::{
        Parts, Trouble,
        outlook::{self, Outlook},
        people,
    },
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        automation::{Arrival, Cause, Clock, Customer, Facts, Happened, Said, Since, State, Thread, looks_automatic},
        channel::Medium,
        consent::ConsentPurpose,
        contact::Profile,
        content::Content,
        conversation::Head,
        ids::{LabelId, MessageKey},
        message::{Inbound, Message},
        work::Work,
    },
};

/// A conversation as rules see it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) book: Arc<Rulebook>,
    pub(super) account: AccountId,
    pub(super) outlook: Outlook,
    /// The newest facts of all heads.
    pub(super) head: Head,
    pub(super) work: Work,
    profile: Profile,
    tags: Vec<String>,
    labels: Vec<LabelId>,
    opted_out: bool,
    /// The newest message of the business that no rule wrote, as far as it is asked for.
    last_business: Option<Timestamp>,
}

/// So many messages back is looked for the one before.
const LOOKED_BACK: usize = 20;

impl Scene {
    /// `None`: nobody ever wrote in it, or whoever did was erased.
    pub(super) async fn load(
        parts: &Parts,
        book: &Arc<Rulebook>,
        account: &AccountId,
        conversation: ConversationId,
    ) -> Result<Option<Self>, Trouble> {
        let Some(outlook) = outlook::load(parts, account, conversation).await? else { return Ok(None) };
        if outlook.people.first().is_none_or(|known| known.contact.erased) {
            return Ok(None);
        }
        let head = outlook.family.merged();
        let work = parts.store.work(account, head.id).await?;
        let last_business = if book.compiled.asks_for_turns() { last_business(parts, &outlook).await? } else { None };
        let medium = outlook.channel.as_ref().map_or(Medium::WhatsApp, |channel| channel.medium);
        let profile = outlook.people.first().map(|known| known.contact.profile.clone()).unwrap_or_default();
        Ok(Some(Self {
            book: Arc::clone(book),
            account: account.clone(),
            tags: profile.tags.iter().cloned().collect(),
            labels: work.labels.iter().cloned().collect(),
            opted_out: people::joint_consent(&outlook.people).may(ConsentPurpose::Service, medium).is_err(),
            profile,
            last_business,
            outlook,
            head,
            work,
        }))
    }

    /// The conversation that speaks for all of this person's on the channel.
    pub(super) fn group(&self) -> ConversationId {
        self.outlook.family.survivor.id
    }

    /// The customer's language, if it is known.
    pub(super) fn language(&self) -> Option<&str> {
        self.outlook.people.iter().find_map(|known| known.contact.profile.language.as_deref())
    }

    pub(super) fn opted_out(&self) -> bool {
        self.opted_out
    }

    /// Whether the wait that began at `since` is over: somebody wrote an answer since, or ended the conversation.
    pub(super) fn is_over(&self, since: Timestamp) -> bool {
        let head = &self.head;
        let answered = head.answered.is_some_and(|answered| answered.message.at() >= since);
        let ended = head.closed_at.max(head.archived_at).is_some_and(|at| at >= since);
        !head.customer_waits() || answered || ended
    }

    /// The facts as they are known `now`. `person_at`: when a person of the business wrote last.
    pub(super) fn facts<'a>(
        &'a self,
        cause: &Cause,
        message: Option<&'a Said>,
        person_at: Option<Timestamp>,
        from: Option<Timestamp>,
        now: Timestamp,
    ) -> Facts<'a> {
        let head = &self.head;
        let window = head.window();
        let state = State::from(head.tray());
        let ended = [State::Closed, State::Archived].contains(&state);
        let waiting_since = head.customer_waits().then(|| {
            let asked = self.work.asked.map(|asked| asked.since);
            asked.or(head.last_in.as_ref().map(|last| last.at))
        });
        let mut thread = Thread {
            state,
            team: self.work.team.as_ref(),
            assigned: self.work.owner().is_some(),
            lent: self.work.lease(now).is_some(),
            labels: &self.labels,
            waiting_since: waiting_since.flatten(),
            window: window.state(now),
            window_closes_at: window.closes_at(),
            window_opened_at: None,
            last_in: head.last_in.as_ref().map(|last| last.at),
            last_business: self.last_business.max(person_at),
            ended_at: head.closed_at.max(head.archived_at).filter(|_| ended),
        };
        // A timer counts from what it was armed for, and not from what came later.
        if let (Happened::Timer { since, .. }, Some(from)) = (&cause.happened, from) {
            match since {
                Since::Waiting => thread.waiting_since = Some(from).filter(|from| !self.is_over(*from)),
                Since::Answered => thread.last_business = Some(from),
                Since::Closed => {}
            }
        }
        Facts {
            clock: Clock::at(cause.at, &self.book.zone(), self.book.hours.as_ref()),
            channel: &head.channel,
            message,
            customer: Customer { profile: &self.profile, tags: &self.tags, opted_out: self.opted_out },
            thread,
        }
    }

    /// What a message says, with what is known of how it came.
    pub(super) async fn said(&self, parts: &Parts, message: &Inbound, content: &Content) -> Result<Said, Trouble> {
        let mut said = Said::of(content);
        said.language = self.language().map(str::to_owned);
        let before = Before::of(parts, self, message.id).await?;
        let arrival = Arrival {
            at: message.at,
            our_last: before.our_last,
            before: before.text.as_ref().map(|(text, at)| (text.as_str(), *at)),
        };
        said.automatic = looks_automatic(content, &arrival).is_some();
        said.template = before.template;
        said.opens_window = message.opens_window && before.window_was_closed;
        Ok(said)
    }
}

/// The newest message of the business that no rule wrote, as far as it answers the customer.
async fn last_business(parts: &Parts, outlook: &Outlook) -> Result<Option<Timestamp>, Trouble> {
    let mut newest = None;
    for head in outlook.family.heads() {
        let Some(answered) = head.answered else { continue };
        let id = MessageId { conversation: head.id, key: answered.message };
        let by_rule = match parts.store.message(&head.account, id).await? {
            Some(Message::Outbound(message)) => !message.purpose.is_reply(),
            Some(Message::Inbound(_)) | None => false,
        };
        newest = newest.max(Some(answered.message.at()).filter(|_| !by_rule));
    }
    Ok(newest)
}

/// What came before a message.
#[derive(Debug, Default)]
struct Before {
    our_last: Option<Timestamp>,
    /// The customer's message before, and when it came.
    text: Option<(String, Timestamp)>,
    /// The template that this is the first message after.
    template: Option<String>,
    window_was_closed: bool,
}

impl Before {
    async fn of(parts: &Parts, scene: &Scene, id: MessageId) -> Result<Self, Trouble> {
        let account = &scene.account;
        let earlier: Option<MessageKey> = Some(id.key);
        let messages = parts.store.messages(account, id.conversation, earlier, LOOKED_BACK).await?;
        let mut before = Self { window_was_closed: true, ..Self::default() };
        for message in messages {
            match message {
                Message::Outbound(it) if it.stands() => {
                    before.our_last = before.our_last.max(it.current().and_then(|attempt| attempt.claimed_at));
                    if before.template.is_none() && it.template.is_some() {
                        before.template.clone_from(&it.template);
                    }
                }
                Message::Inbound(it) if it.echo => before.our_last = before.our_last.max(Some(it.at)),
                Message::Inbound(it) if it.opens_window => {
                    let closes_at = it.at + crate::domain::window::WINDOW_LASTS;
                    before.window_was_closed = id.key.at() >= closes_at;
                    let head = scene.outlook.family.head(id.conversation);
                    let key = head.and_then(|head| scene.outlook.key_of(head));
                    let body = key.and_then(|key| it.sealed.open(key).ok());
                    before.text =
                        body.and_then(|body| body.content.written_text().map(|text| (text.to_owned(), it.at)));
                    break;
                }
                Message::Outbound(_) | Message::Inbound(_) => {}
            }
        }
        Ok(before)
    }
}
