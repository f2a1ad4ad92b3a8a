//! The providers' documented rules, as plain functions over values.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long after the customer's last message free-form content may be sent (Meta, "customer service windows").
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// One message to one customer takes this long … (Meta, "about the platform", pair rate limits.)
const PAIR_INTERVAL_SECONDS: i64 = 6;
/// … of which so many may be borrowed from the future.
const PAIR_BURST: i64 = 45;

/// Whether the window is open: from the customer's message until just before 24 hours later.
pub fn window_open(last_wrote: Option<Timestamp>, now: Timestamp) -> bool {
    last_wrote.is_some_and(|last| now < last + WINDOW)
}

/// What an accepted message broke or ran into. It is reported later, as a failed receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// Free-form content outside the window: our mistake.
    OutsideWindow,
    /// The customer cannot be reached on WhatsApp.
    Unreachable,
    /// The customer has blocked the business.
    Blocked,
    /// The template is not usable now (Twilio reports it late).
    TemplatePaused,
    TemplateDisabled,
    TemplateRejected,
    /// Twilio could not authorise the template in this state.
    TemplateNotApproved,
    /// A value has a line break, a tab, or more than four spaces in a row.
    BadVariable,
    /// The text became too long with its values.
    TextTooLong,
}

impl Violation {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OutsideWindow => "outside_window",
            Self::Unreachable => "unreachable",
            Self::Blocked => "blocked",
            Self::TemplatePaused => "template_paused",
            Self::TemplateDisabled => "template_disabled",
            Self::TemplateRejected => "template_rejected",
            Self::TemplateNotApproved => "template_not_approved",
            Self::BadVariable => "bad_variable",
            Self::TextTooLong => "text_too_long",
        }
    }

    /// Within the window content needs no approval (Twilio, "Content API").
    pub(super) fn matters(self, window_open: bool) -> bool {
        match self {
            Self::TemplatePaused | Self::TemplateDisabled | Self::TemplateRejected | Self::TemplateNotApproved => {
                !window_open
            }
            Self::OutsideWindow | Self::Unreachable | Self::Blocked | Self::BadVariable | Self::TextTooLong => true,
        }
    }
}

/// Facts about one WhatsApp message at its arrival.
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    pub free_form: bool,
    pub window_open: bool,
    pub on_whatsapp: bool,
    pub blocked: bool,
}

/// Everything that is wrong with a WhatsApp message that was accepted nevertheless; the first is what gets reported.
pub fn violations(arrival: Arrival) -> Vec<Violation> {
    let mut found = Vec::new();
    if arrival.free_form && !arrival.window_open {
        found.push(Violation::OutsideWindow);
    }
    if !arrival.on_whatsapp {
        found.push(Violation::Unreachable);
    }
    if arrival.blocked {
        found.push(Violation::Blocked);
    }
    found
}

/// The time up to which a pair has spent its allowance, after one more message; `None` if that is too much.
/// `spent_until` is the result for the message before.
pub fn pair_rate(spent_until: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let base = spent_until.map_or(now, |at| at.max(now));
    let next = base + SignedDuration::from_secs(PAIR_INTERVAL_SECONDS);
    (next.duration_since(now) <= SignedDuration::from_secs(PAIR_INTERVAL_SECONDS * PAIR_BURST)).then_some(next)
}

/// What an SMS does to the customer's consent at the carrier (Twilio, default words of long codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    Stop,
    Start,
}

pub fn keyword(text: &str) -> Option<Keyword> {
    match text.trim().to_ascii_uppercase().as_str() {
        "STOP" | "UNSUBSCRIBE" | "END" | "QUIT" | "STOPALL" | "REVOKE" | "OPTOUT" | "CANCEL" => Some(Keyword::Stop),
        "START" | "UNSTOP" => Some(Keyword::Start),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_window_is_open_for_exactly_24_hours() {
        let last = Some(at("2026-03-01T09:00:00Z"));
        assert!(window_open(last, at("2026-03-01T09:00:00Z")));
        assert!(window_open(last, at("2026-03-02T08:59:59.999Z")));
        assert!(!window_open(last, at("2026-03-02T09:00:00Z")));
        assert!(!window_open(None, at("2026-03-02T09:00:00Z")));
    }

    #[test]
    fn a_pair_may_burst_45_messages_and_then_one_every_six_seconds() {
        let now = at("2026-03-01T09:00:00Z");
        let mut spent = None;
        for _ in 0..45 {
            spent = Some(pair_rate(spent, now).unwrap());
        }
        assert_eq!(pair_rate(spent, now), None);
        assert_eq!(pair_rate(spent, at("2026-03-01T09:00:05.999Z")), None);
        let spent = pair_rate(spent, at("2026-03-01T09:00:06Z"));
        assert!(spent.is_some());
        assert_eq!(pair_rate(spent, at("2026-03-01T09:00:06Z")), None);
    }

    #[test]
    fn stop_is_a_whole_message_in_any_case() {
        assert_eq!(keyword(" stop "), Some(Keyword::Stop));
        assert_eq!(keyword("Start"), Some(Keyword::Start));
        assert_eq!(keyword("please stop by"), None);
    }
}
