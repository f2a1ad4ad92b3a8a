//! What rules look at: the message, the customer, the conversation and the hour, as they are known when something happens.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{
    ids::{LabelId, TeamId},
    rule::State,
    words::{LONGEST_TEXT, beginning},
};
use crate::domain::{
    ChannelId, Timestamp,
    contact::Profile,
    content::{Content, InteractiveReply},
    hours::BusinessHours,
    window::WindowState,
};

/// Everything that a decision is made from, beside its cause and what automation did before.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub clock: Clock,
    pub channel: &'a ChannelId,
    /// Where the cause is a message of the customer's.
    pub message: Option<&'a Said>,
    pub customer: Customer<'a>,
    pub thread: Thread<'a>,
}

/// The time of the cause, as the account's clock on the wall shows it. Of the cause and not of the decision, so that whoever
/// decides once more decides the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pub at: Timestamp,
    /// 0 to 23.
    pub hour: u8,
    pub minute: u8,
    /// From Monday on.
    pub weekday: u8,
    /// Such as `2026-03-01`.
    pub date: String,
    /// Whether staff are there; `None`: the account has set no hours.
    pub open: Option<bool>,
}

/// What the customer wrote, opened.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The word of its kind, such as `text` or `image`.
    pub kind: &'static str,
    /// The words, or a file's caption; cut to 4,096 characters.
    pub text: String,
    /// The language of the words, if it is known.
    pub language: Option<String>,
    /// The id of the button or row that was tapped.
    pub button: Option<String>,
    /// The name of the flow that was sent in, and what it says by its fields.
    pub flow: Option<String>,
    pub answers: BTreeMap<String, String>,
    /// The template that this is the first message after.
    pub template: Option<String>,
    /// It opened the service window.
    pub opens_window: bool,
    /// No person wrote it: see [`super::looks_automatic`].
    pub automatic: bool,
}

/// Words of the customer's are nobody else's business.
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The person.
#[derive(Clone, Copy)]
pub struct Customer<'a> {
    pub profile: &'a Profile,
    pub tags: &'a [String],
    pub opted_out: bool,
}

impl std::fmt::Debug for Customer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("customer …")
    }
}

/// The conversation.
#[derive(Debug, Clone, Copy)]
pub struct Thread<'a> {
    pub state: State,
    pub team: Option<&'a TeamId>,
    /// Somebody of the staff has it.
    pub assigned: bool,
    /// Another program answers in it, by a lease.
    pub lent: bool,
    pub labels: &'a [LabelId],
    /// Since when the customer waits, if they do.
    pub waiting_since: Option<Timestamp>,
    pub window: WindowState,
    pub window_closes_at: Option<Timestamp>,
    /// The message that opened the window.
    pub window_opened_at: Option<Timestamp>,
    /// The customer's newest message.
    pub last_in: Option<Timestamp>,
    /// The newest message that a person or a program of the business wrote. What rules wrote does not count.
    pub last_business: Option<Timestamp>,
    /// When it was closed, if it is.
    pub ended_at: Option<Timestamp>,
}

impl Clock {
    /// The time on the wall of the account's zone.
    pub fn at(at: Timestamp, zone: &TimeZone, hours: Option<&BusinessHours>) -> Self {
        let wall = zone.to_datetime(at);
        Self {
            at,
            hour: wall.hour().unsigned_abs(),
            minute: wall.minute().unsigned_abs(),
            weekday: wall.date().weekday().to_monday_zero_offset().unsigned_abs(),
            date: wall.date().to_string(),
            open: hours.map(|hours| hours.open_at(at)),
        }
    }

    pub fn weekday_word(&self) -> &'static str {
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        DAYS[usize::from(self.weekday) % DAYS.len()]
    }
}

/// A flow has no more fields that anybody asks for; what is beyond is left out.
const MOST_ANSWERS: usize = 30;
/// What is looked at of one answer or field, in characters.
pub(super) const LONGEST_FIELD: usize = 200;

impl Said {
    /// What a content says. What the caller knows beside it (language, template, window, whether a person wrote it) is not
    /// filled in.
    pub fn of(content: &Content) -> Self {
        let text = match content {
            Content::Media(media) => media.caption.as_deref(),
            Content::Interactive(InteractiveReply::ListReply { title, .. }) => Some(title.as_str()),
            Content::Interactive(InteractiveReply::FlowReply { body, .. }) => body.as_deref(),
            other => other.written_text(),
        };
        let text = beginning(text.unwrap_or_default(), LONGEST_TEXT).to_owned();
        let mut said = Self { kind: content.kind_word(), text, ..Self::default() };
        match content {
            Content::Interactive(InteractiveReply::ButtonReply { id, .. } | InteractiveReply::ListReply { id, .. }) => {
                said.button = Some(id.clone());
            }
            Content::Button { payload, text } => said.button = payload.clone().or_else(|| text.clone()),
            Content::Interactive(InteractiveReply::FlowReply { name, response, .. }) => {
                said.flow = Some(name.clone().unwrap_or_default());
                said.answers = answers(response);
            }
            Content::Text { .. }
            | Content::Media(_)
            | Content::Location(_)
            | Content::Contacts { .. }
            | Content::Reaction(_)
            | Content::Interactive(InteractiveReply::CallPermissionReply { .. } | InteractiveReply::Other { .. })
            | Content::Order { .. }
            | Content::System(_)
            | Content::Edit { .. }
            | Content::Revoke { .. }
            | Content::Unsupported { .. }
            | Content::Template(_)
            | Content::Opaque { .. } => {}
        }
        said
    }
}

/// A flow's answer by its fields. Lists are joined; what lies deeper is left out.
fn answers(response: &Value) -> BTreeMap<String, String> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(beginning(text, LONGEST_FIELD).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let Value::Object(fields) = response else { return BTreeMap::new() };
    let answer = |(name, value): (&String, &Value)| {
        let said = match value {
            Value::Array(all) => {
                let all: Vec<String> = all.iter().filter_map(plain).collect();
                Some(beginning(&all.join(", "), LONGEST_FIELD).to_owned())
            }
            other => plain(other),
        };
        Some((beginning(name, LONGEST_FIELD).to_owned(), said?))
    };
    fields.iter().filter_map(answer).take(MOST_ANSWERS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_message_says_is_read_from_whatever_it_is() {
        let text = Said::of(&Content::text("Hola"));
        assert_eq!((text.kind, text.text.as_str(), text.button.as_ref()), ("text", "Hola", None));
        let tap = Said::of(&Content::Button { payload: Some("yes".into()), text: Some("Yes, please".into()) });
        assert_eq!((tap.text.as_str(), tap.button.as_deref()), ("Yes, please", Some("yes")));
        let row = InteractiveReply::ListReply { id: "r1".into(), title: "Late check-out".into(), description: None };
        let row = Said::of(&Content::Interactive(row));
        assert_eq!((row.text.as_str(), row.button.as_deref()), ("Late check-out", Some("r1")));
        let response =
            json!({ "guests": 2, "meals": ["dinner", "lunch"], "vegan": true, "deep": {"x": 1}, "none": null });
        let flow = InteractiveReply::FlowReply { name: Some("table".into()), body: None, response };
        let flow = Said::of(&Content::Interactive(flow));
        assert_eq!(flow.flow.as_deref(), Some("table"));
        let answers: Vec<_> = flow.answers.iter().map(|(name, said)| (name.as_str(), said.as_str())).collect();
        assert_eq!(answers, [("guests", "2"), ("meals", "dinner, lunch"), ("vegan", "true")]);
        assert_eq!(Said::of(&Content::text("x".repeat(10_000))).text.len(), LONGEST_TEXT);
        assert!(!format!("{text:?}").contains("Hola"));
    }

    #[test]
    fn the_clock_shows_the_time_on_the_wall() {
        let hours: BusinessHours =
            serde_json::from_str(r#"{"time_zone": "Europe/Madrid", "weekly": {"sunday": [["13:00", "14:00"]]}}"#)
                .unwrap();
        let at = |text: &str| Clock::at(text.parse().unwrap(), hours.time_zone(), Some(&hours));
        let noon = at("2026-03-01T12:30:00Z");
        assert_eq!((noon.hour, noon.minute, noon.weekday_word(), noon.open), (13, 30, "sunday", Some(true)));
        assert_eq!(
            (at("2026-03-01T23:30:00Z").weekday_word(), at("2026-03-01T23:30:00Z").open),
            ("monday", Some(false))
        );
        assert_eq!(at("2026-03-01T23:30:00Z").date, "2026-03-02");
        assert_eq!(Clock::at("2026-03-01T12:30:00Z".parse().unwrap(), &TimeZone::UTC, None).open, None);
    }
}
