//! How an account wants its work given out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::member::MOST_CAPACITY;
use crate::domain::{
    ChannelId, TeamId, Timestamp,
    ids::{LabelId, SkillId},
    time::SignedDuration,
};

const MOST_TEAMS: usize = 50;
const MOST_ROUTES: usize = 50;
const MOST_WORDS: usize = 20;
const LONGEST_NAME: usize = 60;
/// A week.
const MOST_MINUTES: u32 = 7 * 24 * 60;
const MOST_DAYS: u32 = 3650;

/// The settings of an account. The default gives nothing to anybody: people take what they see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkSettings {
    /// Conversations are given to whoever has room. A team may say otherwise.
    pub auto_assign: bool,
    /// Who helps out where nobody of a team is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overflow_team: Option<TeamId>,
    /// How long a conversation waits for its own team before that.
    pub overflow_after_minutes: u32,
    /// For how long an owner may leave a customer without an answer. `None`: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reassign_after_minutes: Option<u32>,
    /// For how long somebody who speaks the customer's language is waited for.
    pub relax_language_after_minutes: u32,
    /// `None`: nothing is archived by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive_after_days: Option<u32>,
    /// How many conversations somebody is given at once, unless their own number says otherwise.
    pub default_capacity: u32,
    pub sla: Sla,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Team>,
    /// Which team a conversation is for: the first route that fits decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
}

/// What customers are promised. Nothing set: nothing is promised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sla {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_response_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_response_minutes: Option<u32>,
}

/// People who do the same work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub id: TeamId,
    /// For people.
    pub name: String,
    /// What all of them speak, beside what each one does.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub languages: BTreeSet<String>,
    /// What all of them can do.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<SkillId>,
    /// `None`: as the account says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_assign: Option<bool>,
    /// It takes no new work: what waits for it goes to anybody. Only then may it be removed, once nothing waits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// Conversations like these are for a team. What is empty fits all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "WorkRoute")]
#[serde(deny_unknown_fields)]
pub struct Route {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub channels: BTreeSet<ChannelId>,
    /// The customer's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub languages: BTreeSet<String>,
    /// One of these lies on the conversation.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub labels: BTreeSet<LabelId>,
    pub team: TeamId,
    /// What whoever gets it must be able to do.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<SkillId>,
}

/// Why settings cannot be stored, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadWorkSettings {
    /// Such as `teams[2].name`.
    pub field: String,
    pub message: String,
}

fn bad<T>(field: impl Into<String>, message: impl Into<String>) -> Result<T, BadWorkSettings> {
    Err(BadWorkSettings { field: field.into(), message: message.into() })
}

impl Default for WorkSettings {
    fn default() -> Self {
        Self {
            auto_assign: false,
            overflow_team: None,
            overflow_after_minutes: 10,
            reassign_after_minutes: None,
            relax_language_after_minutes: 5,
            archive_after_days: Some(30),
            default_capacity: 10,
            sla: Sla::default(),
            teams: Vec::new(),
            routes: Vec::new(),
        }
    }
}

impl WorkSettings {
    pub fn team(&self, id: &TeamId) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == *id)
    }

    /// The team, if it takes new work.
    pub fn open_team(&self, id: &TeamId) -> Option<&Team> {
        self.team(id).filter(|team| !team.closed)
    }

    /// Whether what waits for this team is given to somebody by itself.
    pub fn assigns(&self, team: Option<&TeamId>) -> bool {
        team.and_then(|team| self.open_team(team)).and_then(|team| team.auto_assign).unwrap_or(self.auto_assign)
    }

    /// The route of a conversation.
    pub fn route(&self, channel: &ChannelId, language: Option<&str>, labels: &BTreeSet<LabelId>) -> Option<&Route> {
        self.routes.iter().find(|route| {
            (route.channels.is_empty() || route.channels.contains(channel))
                && (route.languages.is_empty() || language.is_some_and(|code| route.languages.contains(code)))
                && (route.labels.is_empty() || !route.labels.is_disjoint(labels))
        })
    }

    /// Teams that are gone in `next`. Whoever stores that sees to it first that nothing waits for them.
    pub fn removed_in<'a>(&'a self, next: &Self) -> Vec<&'a TeamId> {
        self.teams.iter().map(|team| &team.id).filter(|team| next.team(team).is_none()).collect()
    }

    pub fn check(&self) -> Result<(), BadWorkSettings> {
        let minutes = [
            ("overflow_after_minutes", Some(self.overflow_after_minutes), 0),
            ("reassign_after_minutes", self.reassign_after_minutes, 1),
            ("relax_language_after_minutes", Some(self.relax_language_after_minutes), 0),
            ("sla.first_response_minutes", self.sla.first_response_minutes, 1),
            ("sla.next_response_minutes", self.sla.next_response_minutes, 1),
        ];
        for (field, minutes, least) in minutes {
            if minutes.is_some_and(|minutes| minutes < least || minutes > MOST_MINUTES) {
                return bad(field, format!("must be {least} to {MOST_MINUTES}"));
            }
        }
        if self.archive_after_days.is_some_and(|days| days == 0 || days > MOST_DAYS) {
            return bad("archive_after_days", format!("must be 1 to {MOST_DAYS}"));
        }
        if self.default_capacity == 0 || self.default_capacity > MOST_CAPACITY {
            return bad("default_capacity", format!("must be 1 to {MOST_CAPACITY}"));
        }
        self.check_teams()?;
        if let Some(team) = &self.overflow_team {
            self.check_named("overflow_team", team)?;
        }
        if self.routes.len() > MOST_ROUTES {
            return bad("routes", format!("there may be at most {MOST_ROUTES}"));
        }
        for (index, route) in self.routes.iter().enumerate() {
            let at = |field: &str| format!("routes[{index}].{field}");
            self.check_named(&at("team"), &route.team)?;
            check_words(&at("languages"), &route.languages)?;
            let counts =
                [("channels", route.channels.len()), ("labels", route.labels.len()), ("skills", route.skills.len())];
            for (field, count) in counts {
                if count > MOST_WORDS {
                    return bad(at(field), format!("there may be at most {MOST_WORDS}"));
                }
            }
        }
        Ok(())
    }

    fn check_teams(&self) -> Result<(), BadWorkSettings> {
        if self.teams.len() > MOST_TEAMS {
            return bad("teams", format!("there may be at most {MOST_TEAMS}"));
        }
        for (index, team) in self.teams.iter().enumerate() {
            let at = |field: &str| format!("teams[{index}].{field}");
            if self.teams[..index].iter().any(|earlier| earlier.id == team.id) {
                return bad(at("id"), "another team has this id");
            }
            if team.name.trim().is_empty() || team.name.chars().count() > LONGEST_NAME {
                return bad(at("name"), format!("must have 1 to {LONGEST_NAME} characters"));
            }
            check_words(&at("languages"), &team.languages)?;
            if team.skills.len() > MOST_WORDS {
                return bad(at("skills"), format!("there may be at most {MOST_WORDS}"));
            }
        }
        Ok(())
    }

    fn check_named(&self, field: &str, team: &TeamId) -> Result<(), BadWorkSettings> {
        match self.team(team) {
            None => bad(field, format!("there is no team {:?}", team.as_str())),
            Some(team) if team.closed => bad(field, format!("the team {:?} is closed", team.id.as_str())),
            Some(_) => Ok(()),
        }
    }
}

impl Sla {
    /// When an answer is promised to somebody who waits since then. `first`: nobody has answered them yet.
    pub fn due_at(&self, waits_since: Timestamp, first: bool) -> Option<Timestamp> {
        let minutes = if first { self.first_response_minutes } else { self.next_response_minutes }?;
        waits_since.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok()
    }
}

fn check_words(field: &str, languages: &BTreeSet<String>) -> Result<(), BadWorkSettings> {
    if languages.len() > MOST_WORDS || !languages.iter().all(|language| is_language(language)) {
        return bad(field, format!("must be at most {MOST_WORDS} codes such as es or pt_BR"));
    }
    Ok(())
}

/// A code such as `es` or `pt_BR`.
pub(super) fn is_language(code: &str) -> bool {
    let (language, region) = code.split_once(['_', '-']).map_or((code, None), |(code, rest)| (code, Some(rest)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region.is_none_or(|region| {
            (2..=8).contains(&region.len()) && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
impl Team {
    pub(super) fn named(id: &str) -> Self {
        Self {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            languages: BTreeSet::new(),
            skills: BTreeSet::new(),
            auto_assign: None,
            closed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> WorkSettings {
        serde_json::from_str(json).unwrap()
    }

    #[track_caller]
    fn refused(json: &str, field: &str) {
        assert_eq!(read(json).check().unwrap_err().field, field);
    }

    #[test]
    fn nothing_said_is_the_default_and_survives_being_written() {
        assert_eq!(read("{}"), WorkSettings::default());
        assert_eq!(read("{}").check(), Ok(()));
        let full = read(
            r#"{"auto_assign": true, "overflow_team": "front-desk", "reassign_after_minutes": 20,
                "sla": {"first_response_minutes": 5}, "routes": [{"channels": ["wa"], "team": "spa", "skills": ["booking"]}],
                "teams": [{"id": "front-desk", "name": "Front desk", "languages": ["es", "pt_BR"]},
                          {"id": "spa", "name": "Spa", "auto_assign": false}]}"#,
        );
        assert_eq!(full.check(), Ok(()));
        assert_eq!(read(&serde_json::to_string(&full).unwrap()), full);
        assert!(full.assigns(None) && full.assigns(Some(&"front-desk".parse().unwrap())));
        assert!(!full.assigns(Some(&"spa".parse().unwrap())));
        assert_eq!(full.removed_in(&WorkSettings::default()).len(), 2);
        assert!(serde_json::from_str::<WorkSettings>(r#"{"auto_asign": true}"#).is_err());
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_field() {
        refused(r#"{"reassign_after_minutes": 0}"#, "reassign_after_minutes");
        refused(r#"{"relax_language_after_minutes": 10081}"#, "relax_language_after_minutes");
        refused(r#"{"archive_after_days": 0}"#, "archive_after_days");
        refused(r#"{"default_capacity": 0}"#, "default_capacity");
        refused(r#"{"sla": {"next_response_minutes": 0}}"#, "sla.next_response_minutes");
        refused(r#"{"overflow_team": "spa"}"#, "overflow_team");
        refused(r#"{"overflow_team": "a", "teams": [{"id": "a", "name": "A", "closed": true}]}"#, "overflow_team");
        refused(r#"{"teams": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]}"#, "teams[1].id");
        refused(r#"{"teams": [{"id": "a", "name": " "}]}"#, "teams[0].name");
        refused(r#"{"teams": [{"id": "a", "name": "A", "languages": ["ES"]}]}"#, "teams[0].languages");
        refused(r#"{"routes": [{"team": "a"}]}"#, "routes[0].team");
    }

    #[test]
    fn the_first_route_that_fits_decides() {
        let settings = read(
            r#"{"routes": [{"labels": ["vip"], "team": "a"}, {"channels": ["wa"], "languages": ["es"], "team": "b"}, {"team": "c"}]}"#,
        );
        let team = |channel: &str, language, labels: &[&str]| {
            let labels = labels.iter().map(|label| label.parse().unwrap()).collect();
            settings.route(&channel.parse().unwrap(), language, &labels).unwrap().team.to_string()
        };
        assert_eq!(team("wa", Some("es"), &["vip"]), "a");
        assert_eq!(team("wa", Some("es"), &["x"]), "b");
        assert_eq!(team("wa", None, &[]), "c");
        assert_eq!(team("sms", Some("es"), &[]), "c");
    }

    #[test]
    fn a_first_answer_and_the_next_are_promised_apart() {
        let since: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let sla = Sla { first_response_minutes: Some(5), next_response_minutes: None };
        assert_eq!(sla.due_at(since, true), Some("2026-03-01T09:05:00Z".parse().unwrap()));
        assert_eq!(sla.due_at(since, false), None);
    }

    #[test]
    fn a_language_is_a_code() {
        for good in ["es", "fil", "pt_BR", "zh-Hant"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "e", "ES", "Spanish", "pt_", "pt_B", "pt_BR_x", "é"] {
            assert!(!is_language(bad), "{bad}");
        }
    }
}
