//! Escalation: step by step up to whoever must know, for as long as what it is about lasts. Each step is an event, once.

use serde::{Deserialize, Serialize};

use super::{
    action::Level,
    ids::{EffectId, TeamId},
    rule::is_default,
};
use crate::domain::{AccountId, ConversationId, Timestamp, hours::BusinessHours, time::SignedDuration};

/// Who is told when, of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationPlan {
    #[serde(default = "yes")]
    pub on: bool,
    /// What begins it.
    pub reasons: Vec<Reason>,
    /// In the order of their times.
    pub steps: Vec<EscalationStep>,
    /// Which minutes count while a customer waits. Of urgent words, every minute does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub counts: Counts,
}

fn yes() -> bool {
    true
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EscalationReason")]
pub enum Reason {
    /// The customer wrote a word such as "fire".
    Urgent,
    /// The customer waits for an answer.
    Waiting,
    /// The customer was not answered in the time that was promised.
    SlaBreached,
}

impl Reason {
    pub fn word(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Waiting => "waiting",
            Self::SlaBreached => "sla_breached",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    /// Names the step within the plan, and stays the same: its event's id is made of it.
    pub name: String,
    /// So many minutes after it began; 0: at once.
    pub after_minutes: u32,
    pub to: Level,
    /// Only for these reasons; empty: for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_for: Vec<Reason>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EscalationCounts")]
pub enum Counts {
    /// Those in which staff are there, if the account has set hours.
    #[default]
    BusinessHours,
    Always,
}

/// What an escalation is about: since when, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escalation {
    pub conversation: ConversationId,
    pub reason: Reason,
    /// When the customer wrote the word, began to wait, or was let down.
    pub since: Timestamp,
}

/// A step that is to be taken, now or at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upward<'a> {
    pub step: &'a EscalationStep,
    pub at: Timestamp,
    pub id: EffectId,
}

impl Default for EscalationPlan {
    /// Words that cannot wait are told at once to all whom it concerns; who waits goes up within an hour of open time.
    fn default() -> Self {
        let step = |name: &str, after_minutes, to, only_for: &[Reason]| EscalationStep {
            name: name.to_owned(),
            after_minutes,
            to,
            only_for: only_for.to_vec(),
        };
        let others = [Reason::Waiting, Reason::SlaBreached];
        Self {
            on: true,
            reasons: vec![Reason::Urgent, Reason::Waiting, Reason::SlaBreached],
            steps: vec![
                step("urgent-team", 0, Level::Team, &[Reason::Urgent]),
                step("urgent-manager", 2, Level::Manager, &[Reason::Urgent]),
                step("urgent-admin", 10, Level::Admin, &[Reason::Urgent]),
                step("owner", 10, Level::Owner, &others),
                step("team", 20, Level::Team, &others),
                step("manager", 60, Level::Manager, &others),
            ],
            counts: Counts::BusinessHours,
        }
    }
}

impl EscalationPlan {
    /// The first step that has not been taken yet, and when it is due: at or before now, it is to be taken now. `None`: there is
    /// none, or no open time in which it could be due.
    pub fn due<'a>(
        &'a self,
        account: &AccountId,
        it: &Escalation,
        taken: &[EffectId],
        hours: Option<&BusinessHours>,
    ) -> Option<Upward<'a>> {
        if !self.on || !self.reasons.contains(&it.reason) {
            return None;
        }
        let steps = self.steps.iter().filter(|step| step.only_for.is_empty() || step.only_for.contains(&it.reason));
        let with_ids = steps.map(|step| (step, step_id(account, it, &step.name)));
        let (step, id) = with_ids.into_iter().find(|(_, id)| !taken.contains(id))?;
        let minutes = SignedDuration::from_mins(i64::from(step.after_minutes));
        let counted = hours.filter(|_| self.counts == Counts::BusinessHours && it.reason != Reason::Urgent);
        let at = match counted {
            Some(hours) => after_open_time(hours, it.since, minutes)?,
            None => it.since.checked_add(minutes).ok()?,
        };
        Some(Upward { step, at, id })
    }

    /// The teams that it names, with their fields.
    pub(super) fn teams(&self) -> impl Iterator<Item = (String, &TeamId)> {
        self.steps.iter().enumerate().filter_map(|(index, step)| match &step.to {
            Level::OtherTeam(team) => Some((format!("escalation.steps[{index}].to"), team)),
            Level::Owner | Level::Team | Level::Manager | Level::Admin => None,
        })
    }
}

/// The id of a step's event: once for what it is about, however often that is looked at.
pub fn step_id(account: &AccountId, it: &Escalation, step: &str) -> EffectId {
    let (conversation, since) = (it.conversation.to_string(), it.since.as_millisecond().to_string());
    EffectId::derived(account, &["escalation", &conversation, it.reason.word(), &since, step])
}

/// When so much open time has passed from a moment on.
pub fn after_open_time(hours: &BusinessHours, from: Timestamp, wanted: SignedDuration) -> Option<Timestamp> {
    hours.after_open_time(from, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn it(reason: Reason, since: &str) -> Escalation {
        Escalation { conversation: ConversationId::from_bits(7), reason, since: at(since) }
    }

    fn account() -> AccountId {
        "demo".parse().unwrap()
    }

    /// Nine to five in Madrid, on weekdays. The 6th of March 2026 is a Friday; Madrid is an hour ahead.
    fn hours() -> BusinessHours {
        let day = r#"[["09:00", "17:00"]]"#;
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday"].map(|it| format!("\"{it}\": {day}"));
        serde_json::from_str(&format!(r#"{{"time_zone": "Europe/Madrid", "weekly": {{{}}}}}"#, days.join(","))).unwrap()
    }

    /// Every step with its time, as if each were taken.
    fn all(plan: &EscalationPlan, it: &Escalation, hours: Option<&BusinessHours>) -> Vec<(String, String)> {
        let (mut taken, mut found) = (Vec::new(), Vec::new());
        while let Some(next) = plan.due(&account(), it, &taken, hours) {
            taken.push(next.id);
            found.push((next.step.name.clone(), next.at.to_string()));
        }
        found
    }

    #[test]
    fn it_goes_up_step_by_step() {
        let plan = EscalationPlan::default();
        let waiting = all(&plan, &it(Reason::Waiting, "2026-03-04T10:00:00Z"), None);
        let expected =
            [("owner", "2026-03-04T10:10:00Z"), ("team", "2026-03-04T10:20:00Z"), ("manager", "2026-03-04T11:00:00Z")];
        assert_eq!(waiting, expected.map(|(name, at)| (name.to_owned(), at.to_owned())));
        let urgent = all(&plan, &it(Reason::Urgent, "2026-03-07T03:00:00Z"), Some(&hours()));
        assert_eq!(urgent[0], ("urgent-team".to_owned(), "2026-03-07T03:00:00Z".to_owned()));
        assert_eq!(urgent.last().unwrap().0, "urgent-admin");
    }

    #[test]
    fn minutes_in_which_nobody_is_there_do_not_count_unless_it_is_urgent() {
        let plan = EscalationPlan::default();
        // A quarter to five on a Friday: a quarter of an hour is left, the rest is Monday's.
        let friday = it(Reason::Waiting, "2026-03-06T15:45:00Z");
        let times: Vec<String> = all(&plan, &friday, Some(&hours())).into_iter().map(|(_, at)| at).collect();
        assert_eq!(times, ["2026-03-06T15:55:00Z", "2026-03-09T08:05:00Z", "2026-03-09T08:45:00Z"]);
        let night = all(&plan, &it(Reason::SlaBreached, "2026-03-05T22:00:00Z"), Some(&hours()));
        assert_eq!(night[0].1, "2026-03-06T08:10:00Z");
        let always = EscalationPlan { counts: Counts::Always, ..plan };
        assert_eq!(all(&always, &friday, Some(&hours()))[2].1, "2026-03-06T16:45:00Z");
        // A place that never opens has nobody to tell.
        let never: BusinessHours = serde_json::from_str(r#"{"time_zone": "Europe/Madrid", "weekly": {}}"#).unwrap();
        assert!(all(&EscalationPlan::default(), &friday, Some(&never)).is_empty());
    }

    #[test]
    fn each_step_is_one_event_for_each_wait() {
        let plan = EscalationPlan::default();
        let first = it(Reason::Waiting, "2026-03-04T10:00:00Z");
        let next = |it: &Escalation, taken: &[EffectId]| plan.due(&account(), it, taken, None).map(|next| next.id);
        let id = next(&first, &[]).unwrap();
        assert_eq!(next(&first, &[]), Some(id));
        assert_ne!(next(&first, &[id]), Some(id));
        for other in [
            it(Reason::Waiting, "2026-03-04T12:00:00Z"),
            it(Reason::SlaBreached, "2026-03-04T10:00:00Z"),
            Escalation { conversation: ConversationId::from_bits(8), ..first },
        ] {
            assert_ne!(next(&other, &[id]), None);
            assert_ne!(next(&other, &[]), Some(id));
        }
    }

    #[test]
    fn what_is_off_or_no_reason_tells_nobody() {
        let urgent = it(Reason::Urgent, "2026-03-04T10:00:00Z");
        let off = EscalationPlan { on: false, ..EscalationPlan::default() };
        assert_eq!(off.due(&account(), &urgent, &[], None), None);
        let waiting = EscalationPlan { reasons: vec![Reason::Waiting], ..EscalationPlan::default() };
        assert_eq!(waiting.due(&account(), &urgent, &[], None), None);
    }
}
