//! Events that no row of a message or a head shows: told by whoever notices them, each with an id made of what happened.

use super::{
    About, CLOSING, ContactFacts, ConversationFacts, Event, EventKind, SubscriptionFacts, TemplateFacts,
    conversation_facts, event_id,
};
use crate::domain::{
    AccountId, ContactId, MessageId, SubscriptionId, Timestamp,
    consent::{Choice, Scope, Wished, Word},
    conversation::Head,
    template::{Standing, Status},
};

impl Event {
    /// What follows from what a message says: a file is an event of its own.
    pub fn of_media(&self) -> Self {
        let kind = EventKind::MediaReceived;
        let subject = self.about.message().map(|id| id.to_string()).unwrap_or_default();
        Self { id: event_id(&self.account, kind, &subject, ""), kind, ..self.clone() }
    }

    /// What follows from what a message says: a wish to be left alone, or to be written to again.
    pub fn of_consent(&self, word: Word) -> Option<Self> {
        let About::Message(message) = &self.about else { return None };
        Some(Self {
            sequence: self.sequence.clone(),
            trace: self.trace,
            ..Self::consent(&self.account, message.contact, &word.word.wished(self.at))
        })
    }

    /// A contact's wish.
    pub fn consent(account: &AccountId, contact: ContactId, wished: &Wished) -> Self {
        let Wished { choice, scope, at, how } = *wished;
        let kind = match choice {
            Choice::Out => EventKind::ContactOptedOut,
            Choice::In => EventKind::ContactOptedIn,
        };
        // Two wishes of one moment are two only if they are about different things.
        let about = if [Scope::EVERYTHING, Scope::BACK].contains(&scope) {
            String::new()
        } else {
            format!("#{}", serde_json::to_string(&scope).unwrap_or_default())
        };
        Self {
            id: event_id(account, kind, &contact.to_string(), &format!("{}{about}", at.as_millisecond())),
            kind,
            account: account.clone(),
            at,
            sequence: String::new(),
            trace: None,
            about: About::Contact(ContactFacts { id: contact, by: how.origin().to_owned(), scope: Some(scope) }),
        }
    }

    /// A template stands otherwise than before at its provider.
    pub fn template(account: &AccountId, (name, language): (&str, &str), standing: &Standing) -> Self {
        let kind = EventKind::TemplateChanged;
        let facts = TemplateFacts {
            name: name.to_owned(),
            language: language.to_owned(),
            provider: Some(standing.place.provider),
            status: standing.word.clone(),
            reason: standing.reason.clone(),
            advice: standing.advice().map(str::to_owned),
            category: standing.category,
            next_category: standing.next_category,
            quality: standing.quality,
        };
        let place = standing.place.account.as_deref().unwrap_or_default();
        // The same facts may come again: when they changed tells them apart.
        let at = standing.changed_at();
        let subject = format!("{name}#{language}#{place}#{}", serde_json::to_string(&facts).unwrap_or_default());
        Self {
            id: event_id(account, kind, &subject, &at.as_millisecond().to_string()),
            kind,
            account: account.clone(),
            at,
            sequence: String::new(),
            trace: None,
            about: About::Template(facts),
        }
    }

    /// Somebody asked for a template's approval, and somebody else is to agree. `rev` tells the wishes apart.
    pub fn template_proposed(account: &AccountId, (name, language): (&str, &str), rev: u32, at: Timestamp) -> Self {
        let kind = EventKind::TemplateChanged;
        let status = Status::Proposed;
        let facts = TemplateFacts {
            name: name.to_owned(),
            language: language.to_owned(),
            provider: None,
            status: status.word().to_owned(),
            reason: None,
            advice: status.advice().map(str::to_owned),
            category: None,
            next_category: None,
            quality: None,
        };
        Self {
            id: event_id(account, kind, &format!("{name}#{language}#{}", status.word()), &rev.to_string()),
            kind,
            account: account.clone(),
            at,
            sequence: String::new(),
            trace: None,
            about: About::Template(facts),
        }
    }

    /// A person was erased, as of this time.
    pub fn erased(account: &AccountId, contact: ContactId, at: Timestamp) -> Self {
        let kind = EventKind::ContactErased;
        Self {
            id: event_id(account, kind, &contact.to_string(), ""),
            kind,
            account: account.clone(),
            at,
            sequence: String::new(),
            trace: None,
            about: About::Contact(ContactFacts { id: contact, by: "api".to_owned(), scope: None }),
        }
    }

    /// A step of the ladder tells somebody something; once for a window and step.
    pub fn of_step(head: &Head, kind: EventKind, step: &str, note: Option<&str>, now: Timestamp) -> Self {
        let window = head.window().last_in.map_or(0, Timestamp::as_millisecond);
        let facts = ConversationFacts {
            step: Some(step.to_owned()),
            note: note.map(str::to_owned),
            ..conversation_facts(head)
        };
        Self {
            id: event_id(&head.account, kind, &head.id.to_string(), &format!("{window}#{step}")),
            kind,
            account: head.account.clone(),
            at: now,
            sequence: String::new(),
            trace: head.trace,
            about: About::Conversation(facts),
        }
    }

    /// A message was given up at this time, and somebody should take care of the customer by other means.
    pub fn of_ticket(head: &Head, message: MessageId, step: &str, at: Timestamp) -> Self {
        let kind = EventKind::TicketWanted;
        let facts =
            ConversationFacts { step: Some(step.to_owned()), message: Some(message), ..conversation_facts(head) };
        Self {
            id: event_id(&head.account, kind, &message.to_string(), ""),
            kind,
            account: head.account.clone(),
            at,
            sequence: String::new(),
            trace: head.trace,
            about: About::Conversation(facts),
        }
    }

    /// What the time says of a window, if it says anything: that it is about to close, or closed.
    pub fn of_window(head: &Head, now: Timestamp) -> Option<Self> {
        let closes_at = head.window().closes_at()?;
        let (kind, at) = if now >= closes_at {
            (EventKind::WindowClosed, closes_at)
        } else if now >= closes_at - CLOSING {
            (EventKind::WindowClosing, closes_at - CLOSING)
        } else {
            return None;
        };
        Some(Self {
            id: event_id(&head.account, kind, &head.id.to_string(), &closes_at.as_millisecond().to_string()),
            kind,
            account: head.account.clone(),
            at,
            sequence: String::new(),
            trace: head.trace,
            about: About::Conversation(conversation_facts(head)),
        })
    }

    /// A test that was asked for at this time.
    pub fn test(account: &AccountId, subscription: &SubscriptionId, now: Timestamp) -> Self {
        let kind = EventKind::SubscriptionTest;
        let once = now.as_millisecond().to_string();
        Self {
            id: event_id(account, kind, subscription.as_str(), &once),
            kind,
            account: account.clone(),
            at: now,
            sequence: String::new(),
            trace: None,
            about: About::Subscription(SubscriptionFacts { id: subscription.clone(), why: None }),
        }
    }
}
