//! The names that a condition knows, and what each is among the facts. They are looked up as an expression comes to them: what it
//! does not name costs nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use cel::{
    common::{
        types::{CelBool, CelInt, CelList, CelMap, CelMapKey, CelString},
        value::{CowVal, Val},
    },
    context::VariableResolver,
};

use super::{
    cause::{Cause, Happened},
    facts::{Facts, LONGEST_FIELD},
    ids::{LabelId, TeamId},
    urgent::urgent,
    words::{LONGEST_TEXT, beginning},
};
use crate::domain::{Timestamp, window::WindowState};

/// What kind of value it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Truth,
    Number,
    Fraction,
    Text,
    /// A list of these; of nothing, if it is written without any.
    Many(Option<Box<Kind>>),
    /// Texts by their names.
    Named,
}

impl Kind {
    /// The words that people know it by.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a whole number",
            Self::Fraction => "a number with a fraction",
            Self::Text => "a text",
            Self::Many(_) => "a list",
            Self::Named => "texts by name",
        }
    }
}

/// When it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    Always,
    /// Where the customer wrote.
    InMessages,
    /// Where something happened to a booking.
    InBookings,
    /// Where the customer gave a score.
    InScores,
}

/// One name that conditions know.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub name: &'static str,
    shape: Shape,
    pub known: Known,
    pub about: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Truth,
    Number,
    /// Of so many bytes at most.
    Text(u64),
    /// So many short texts at most.
    Texts(u64),
    Named(u64),
}

/// What is looked at of lists and fields; what is beyond is left out.
const MOST_ENTRIES: usize = 50;
const ENTRIES: u64 = 50;
/// A character has up to four bytes.
const TEXT_BYTES: u64 = 4 * LONGEST_TEXT as u64;
const FIELD_BYTES: u64 = 4 * LONGEST_FIELD as u64;
const WORD_BYTES: u64 = 64;

impl Variable {
    pub fn kind(&self) -> Kind {
        match self.shape {
            Shape::Truth => Kind::Truth,
            Shape::Number => Kind::Number,
            Shape::Text(_) => Kind::Text,
            Shape::Texts(_) => Kind::Many(Some(Box::new(Kind::Text))),
            Shape::Named(_) => Kind::Named,
        }
    }

    /// The most bytes that it has, and the most elements.
    pub(super) fn most(&self) -> (u64, u64) {
        match self.shape {
            Shape::Truth | Shape::Number => (8, 1),
            Shape::Text(bytes) => (bytes, 1),
            Shape::Texts(count) | Shape::Named(count) => (count * FIELD_BYTES, count),
        }
    }
}

macro_rules! variables {
    ($($name:literal: $shape:expr, $known:ident, $about:literal;)*) => {
        /// Every name that conditions know.
        pub const VARIABLES: &[Variable] =
            &[$(Variable { name: $name, shape: $shape, known: Known::$known, about: $about },)*];
    };
}

variables! {
    "channel": Shape::Text(WORD_BYTES), Always, "the channel's id";
    "contact.language": Shape::Text(WORD_BYTES), Always, "the customer's language, such as es or pt_BR; empty if it is not known";
    "contact.vip": Shape::Truth, Always, "whether the customer is a VIP";
    "contact.opted_out": Shape::Truth, Always, "whether the customer wants no messages";
    "contact.tags": Shape::Texts(ENTRIES), Always, "the customer's tags";
    "contact.fields": Shape::Named(ENTRIES), Always, "what else is known of the customer, such as room_number";
    "conversation.state": Shape::Text(WORD_BYTES), Always, "initiated, waiting, open, closed or archived";
    "conversation.team": Shape::Text(WORD_BYTES), Always, "the team; empty if it has none";
    "conversation.assigned": Shape::Truth, Always, "whether somebody of the staff has it";
    "conversation.labels": Shape::Texts(ENTRIES), Always, "the labels on it";
    "conversation.waiting": Shape::Truth, Always, "whether the customer waits for an answer";
    "conversation.waiting_minutes": Shape::Number, Always, "for how many minutes the customer has waited; 0 if they do not wait";
    "conversation.window": Shape::Text(WORD_BYTES), Always, "open, closing, closed, closed_by_provider or never_opened";
    "conversation.minutes_left": Shape::Number, Always, "for how many minutes the window is open; 0 if it is not";
    "waiting_minutes": Shape::Number, Always, "the same as conversation.waiting_minutes";
    "now.hour": Shape::Number, Always, "0 to 23, in the account's time zone";
    "now.minute": Shape::Number, Always, "0 to 59";
    "now.weekday": Shape::Text(WORD_BYTES), Always, "monday to sunday";
    "now.date": Shape::Text(WORD_BYTES), Always, "such as 2026-03-01";
    "now.open": Shape::Truth, Always, "whether it is within business hours; false if none are set";
    "message.text": Shape::Text(TEXT_BYTES), InMessages, "what the customer wrote, or a file's caption";
    "message.kind": Shape::Text(WORD_BYTES), InMessages, "text, image, audio, location, button, interactive, …";
    "message.language": Shape::Text(WORD_BYTES), InMessages, "the language of the text; empty if it is not known";
    "message.button": Shape::Text(FIELD_BYTES), InMessages, "the id of the button or row that was tapped; or empty";
    "message.flow": Shape::Text(FIELD_BYTES), InMessages, "the name of the flow that was sent in; or empty";
    "message.answers": Shape::Named(ENTRIES), InMessages, "what the flow says, by its fields";
    "message.template": Shape::Text(FIELD_BYTES), InMessages, "the template that this is the first message after; or empty";
    "message.first": Shape::Truth, InMessages, "whether it opens the service window";
    "message.automatic": Shape::Truth, InMessages, "whether a program rather than a person wrote it";
    "message.urgent": Shape::Truth, InMessages, "whether it has a word such as fire or ambulance, in one of six languages";
    "booking.event": Shape::Text(WORD_BYTES), InBookings, "booked, changed, cancelled, checked_in or checked_out";
    "score": Shape::Number, InScores, "1 to 5";
}

/// The variable of this name.
pub(super) fn named(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// The facts of one decision, by their names.
#[derive(Debug)]
pub(super) struct Looked<'a> {
    facts: &'a Facts<'a>,
    cause: &'a Cause,
    urgent: OnceLock<bool>,
}

impl<'a> Looked<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, cause: &'a Cause) -> Self {
        Self { facts, cause, urgent: OnceLock::new() }
    }

    fn urgent(&self) -> bool {
        *self.urgent.get_or_init(|| {
            let message = self.facts.message.map(|said| (said.text.as_str(), said.language.as_deref()));
            message.is_some_and(|(text, language)| urgent(text, language).is_some())
        })
    }

    fn minutes_until(&self, until: Option<Timestamp>) -> i64 {
        until.map_or(0, |until| until.duration_since(self.facts.clock.at).as_mins().max(0))
    }

    fn waiting_minutes(&self) -> i64 {
        let since = self.facts.thread.waiting_since;
        since.map_or(0, |since| self.facts.clock.at.duration_since(since).as_mins().max(0))
    }

    fn window(&self) -> &'static str {
        match self.facts.thread.window {
            WindowState::NeverOpened => "never_opened",
            WindowState::Open => "open",
            WindowState::Closing => "closing",
            WindowState::Closed => "closed",
            WindowState::ClosedByProvider => "closed_by_provider",
        }
    }

    fn look_up<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let Facts { clock, channel, message, customer, thread } = self.facts;
        Some(match name {
            "channel" => text(channel.as_str()),
            "contact.language" => text(customer.profile.language.as_deref().unwrap_or_default()),
            "contact.vip" => truth(customer.profile.vip),
            "contact.opted_out" => truth(customer.opted_out),
            "contact.tags" => texts(customer.tags.iter().map(String::as_str)),
            "contact.fields" => by_name(&customer.profile.fields),
            "conversation.state" => text(thread.state.word()),
            "conversation.team" => text(thread.team.map(TeamId::as_str).unwrap_or_default()),
            "conversation.assigned" => truth(thread.assigned),
            "conversation.labels" => texts(thread.labels.iter().map(LabelId::as_str)),
            "conversation.waiting" => truth(thread.waiting_since.is_some()),
            "conversation.waiting_minutes" | "waiting_minutes" => number(self.waiting_minutes()),
            "conversation.window" => text(self.window()),
            "conversation.minutes_left" => number(self.minutes_until(thread.window_closes_at)),
            "now.hour" => number(i64::from(clock.hour)),
            "now.minute" => number(i64::from(clock.minute)),
            "now.weekday" => text(clock.weekday_word()),
            "now.date" => text(&clock.date),
            "now.open" => truth(clock.open == Some(true)),
            "message.urgent" => truth(self.urgent()),
            "booking.event" => match &self.cause.happened {
                Happened::Booking { event } => text(event.word()),
                _ => return None,
            },
            "score" => match &self.cause.happened {
                Happened::Scored { score } => number(i64::from(score.value())),
                _ => return None,
            },
            _ if name.starts_with("contact.fields.") => {
                field(&customer.profile.fields, &name["contact.fields.".len()..])?
            }
            _ => {
                let said = (*message)?;
                let or_empty =
                    |it: &'b Option<String>| text(beginning(it.as_deref().unwrap_or_default(), LONGEST_FIELD));
                match name {
                    "message.text" => text(beginning(&said.text, LONGEST_TEXT)),
                    "message.kind" => text(said.kind),
                    "message.language" => or_empty(&said.language),
                    "message.button" => or_empty(&said.button),
                    "message.flow" => or_empty(&said.flow),
                    "message.answers" => by_name(&said.answers),
                    "message.template" => or_empty(&said.template),
                    "message.first" => truth(said.opens_window),
                    "message.automatic" => truth(said.automatic),
                    _ => field(&said.answers, name.strip_prefix("message.answers.")?)?,
                }
            }
        })
    }
}

impl VariableResolver for Looked<'_> {
    /// CEL asks for the longest name first: for `contact.fields.room_number` before `contact.fields`.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        self.look_up(variable)
    }
}

fn truth<'b>(it: bool) -> CowVal<'b, 'b> {
    CowVal::owned(CelBool::from(it))
}

fn number<'b>(it: i64) -> CowVal<'b, 'b> {
    CowVal::owned(CelInt::from(it))
}

fn text(it: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(it))
}

fn texts<'b>(all: impl Iterator<Item = &'b str>) -> CowVal<'b, 'b> {
    let boxed = |it: &'b str| Box::new(CelString::from(beginning(it, LONGEST_FIELD))) as Box<dyn Val + 'b>;
    CowVal::owned(CelList::from(all.take(MOST_ENTRIES).map(boxed).collect::<Vec<_>>()))
}

fn field<'b>(all: &'b BTreeMap<String, String>, name: &str) -> Option<CowVal<'b, 'b>> {
    all.get(name).map(|it| text(beginning(it, LONGEST_FIELD)))
}

fn by_name(all: &BTreeMap<String, String>) -> CowVal<'_, '_> {
    let entries = all.iter().take(MOST_ENTRIES).map(|(name, it)| {
        let value = Box::new(CelString::from(beginning(it, LONGEST_FIELD))) as Box<dyn Val + '_>;
        (CelMapKey::from(name.as_str()), value)
    });
    CowVal::owned(CelMap::from(entries.collect::<HashMap<_, _>>()))
}
