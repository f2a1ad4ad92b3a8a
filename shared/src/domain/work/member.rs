//! What somebody of the staff can do, and how much at once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{WorkSettings, settings::is_language};
use crate::domain::{StaffId, TeamId, ids::SkillId};

/// Nobody attends to more at once.
pub(super) const MOST_CAPACITY: u32 = 200;
const MOST_WORDS: usize = 20;

/// One of the staff, as far as work is given to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub staff: StaffId,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<TeamId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<SkillId>,
    /// Codes such as `es` or `pt_BR`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub languages: BTreeSet<String>,
    /// How many conversations automation gives at most. `None`: the account's default; 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

/// Why somebody cannot be stored so, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadMember {
    /// Such as `teams`.
    pub field: &'static str,
    pub message: String,
}

impl Member {
    /// Somebody of no team.
    pub fn new(staff: StaffId) -> Self {
        Self { staff, teams: BTreeSet::new(), skills: BTreeSet::new(), languages: BTreeSet::new(), capacity: None }
    }

    pub fn capacity(&self, settings: &WorkSettings) -> u32 {
        self.capacity.unwrap_or(settings.default_capacity)
    }

    pub fn check(&self, settings: &WorkSettings) -> Result<(), BadMember> {
        let bad = |field, message: String| Err(BadMember { field, message });
        if let Some(team) = self.teams.iter().find(|team| settings.team(team).is_none()) {
            return bad("teams", format!("there is no team {:?}", team.as_str()));
        }
        for (field, count) in [("skills", self.skills.len()), ("languages", self.languages.len())] {
            if count > MOST_WORDS {
                return bad(field, format!("may be at most {MOST_WORDS}"));
            }
        }
        if !self.languages.iter().all(|language| is_language(language)) {
            return bad("languages", "must be codes such as es or pt_BR".to_owned());
        }
        if self.capacity.is_some_and(|capacity| capacity > MOST_CAPACITY) {
            return bad("capacity", format!("must be 0 to {MOST_CAPACITY}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::work::Team;

    #[test]
    fn what_cannot_be_is_refused_by_its_field() {
        let settings = WorkSettings { teams: vec![Team::named("spa")], ..WorkSettings::default() };
        let member = Member { teams: ["spa".parse().unwrap()].into(), ..Member::new(StaffId::from_bits(1)) };
        assert_eq!(member.check(&settings), Ok(()));
        assert_eq!(member.capacity(&settings), settings.default_capacity);
        let field = |member: Member| member.check(&settings).unwrap_err().field;
        assert_eq!(field(Member { teams: ["bar".parse().unwrap()].into(), ..member.clone() }), "teams");
        assert_eq!(field(Member { languages: ["Spanish".to_owned()].into(), ..member.clone() }), "languages");
        assert_eq!(field(Member { capacity: Some(201), ..member.clone() }), "capacity");
        let skills = (0..21).map(|number| format!("skill-{number}").parse().unwrap()).collect();
        assert_eq!(field(Member { skills, ..member }), "skills");
    }
}
