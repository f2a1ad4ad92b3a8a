//! The providers' documented rules, as plain functions over values.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use transom::domain::template::ParameterFormat;

use super::settings::{OutsideTemplate, TemplateStatus};

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
    /// Twilio could not authorise the template in this state.
    TemplateNotApproved,
}

impl Violation {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OutsideWindow => "outside_window",
            Self::Unreachable => "unreachable",
            Self::Blocked => "blocked",
            Self::TemplatePaused => "template_paused",
            Self::TemplateNotApproved => "template_not_approved",
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

/// Why a template cannot be sent as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateProblem {
    Unknown,
    Paused,
    Disabled,
    /// So many were expected, so many came.
    Count {
        expected: usize,
        given: usize,
    },
    /// Names where positions are expected, the reverse, or a name that the template does not have.
    Format,
    /// A line break, a tab, or more than four spaces in a row.
    Layout,
    TooLong,
}

/// The template to send, if it exists and is usable.
pub fn find_template<'a>(
    templates: &'a [OutsideTemplate],
    name: &str,
    language: &str,
) -> Result<&'a OutsideTemplate, TemplateProblem> {
    let found = templates.iter().find(|template| template.name == name && template.language == language);
    let template = found.ok_or(TemplateProblem::Unknown)?;
    match template.status {
        TemplateStatus::Approved => Ok(template),
        TemplateStatus::Paused => Err(TemplateProblem::Paused),
        TemplateStatus::Disabled => Err(TemplateProblem::Disabled),
        TemplateStatus::Pending => Err(TemplateProblem::Unknown),
    }
}

/// The values in the template's order, if they fit it. Each is a name, where one was given, and a text.
pub fn fill(template: &OutsideTemplate, given: &[(Option<String>, String)]) -> Result<Vec<String>, TemplateProblem> {
    if given.len() != template.variables.len() {
        return Err(TemplateProblem::Count { expected: template.variables.len(), given: given.len() });
    }
    let values: Vec<String> = match template.format {
        ParameterFormat::Positional => {
            if given.iter().any(|(name, _)| name.is_some()) {
                return Err(TemplateProblem::Format);
            }
            given.iter().map(|(_, value)| value.clone()).collect()
        }
        ParameterFormat::Named => {
            let by_name: BTreeMap<&str, &String> =
                given.iter().filter_map(|(name, value)| Some((name.as_deref()?, value))).collect();
            let in_order = template.variables.iter().map(|name| by_name.get(name.as_str()).map(|v| (*v).clone()));
            in_order.collect::<Option<_>>().ok_or(TemplateProblem::Format)?
        }
    };
    if values.iter().any(|value| value.contains(['\n', '\r', '\t']) || value.contains("     ")) {
        return Err(TemplateProblem::Layout);
    }
    if template.rendered(&values).chars().count() > 1024 {
        return Err(TemplateProblem::TooLong);
    }
    Ok(values)
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

    fn template(format: ParameterFormat, variables: &[&str]) -> OutsideTemplate {
        OutsideTemplate {
            name: "ready".into(),
            language: "en".into(),
            body: "Hi {{guest}}, room {{2}}.".into(),
            variables: variables.iter().map(|v| (*v).to_owned()).collect(),
            format,
            buttons: vec![],
            content_sid: None,
            status: TemplateStatus::Approved,
        }
    }

    fn named(name: &str, value: &str) -> (Option<String>, String) {
        (Some(name.into()), value.into())
    }

    #[test]
    fn values_must_fit_the_template_in_count_kind_and_layout() {
        let by_name = template(ParameterFormat::Named, &["guest", "room"]);
        let good = [named("room", "12"), named("guest", "Ana")];
        assert_eq!(fill(&by_name, &good), Ok(vec!["Ana".into(), "12".into()]));
        assert_eq!(by_name.rendered(&fill(&by_name, &good).unwrap()), "Hi Ana, room 12.");
        assert_eq!(fill(&by_name, &good[..1]), Err(TemplateProblem::Count { expected: 2, given: 1 }));
        assert_eq!(fill(&by_name, &[named("x", "1"), named("guest", "A")]), Err(TemplateProblem::Format));
        assert_eq!(fill(&by_name, &[(None, "1".into()), named("guest", "A")]), Err(TemplateProblem::Format));
        let by_position = template(ParameterFormat::Positional, &["guest", "room"]);
        assert!(fill(&by_position, &[(None, "Ana".into()), (None, "12".into())]).is_ok());
        assert_eq!(fill(&by_position, &good), Err(TemplateProblem::Format));
        assert_eq!(fill(&by_position, &[(None, "A\nna".into()), (None, "1".into())]), Err(TemplateProblem::Layout));
        assert_eq!(fill(&by_position, &[(None, "A".repeat(1100)), (None, "1".into())]), Err(TemplateProblem::TooLong));
    }

    #[test]
    fn a_template_is_sent_only_if_its_name_and_language_are_approved() {
        let mut all = [template(ParameterFormat::Named, &[])];
        assert!(find_template(&all, "ready", "en").is_ok());
        assert_eq!(find_template(&all, "ready", "en_US"), Err(TemplateProblem::Unknown));
        all[0].status = TemplateStatus::Paused;
        assert_eq!(find_template(&all, "ready", "en"), Err(TemplateProblem::Paused));
        all[0].status = TemplateStatus::Pending;
        assert_eq!(find_template(&all, "ready", "en"), Err(TemplateProblem::Unknown));
    }

    #[test]
    fn stop_is_a_whole_message_in_any_case() {
        assert_eq!(keyword(" stop "), Some(Keyword::Stop));
        assert_eq!(keyword("Start"), Some(Keyword::Start));
        assert_eq!(keyword("please stop by"), None);
    }
}
