//! Who takes part in a conversation: rules, or people. A number that only rises keeps what rules decided before a person came
//! from being done after.

use serde::{Deserialize, Serialize};

use super::rule::is_default;
use crate::domain::{Timestamp, time::SignedDuration};

/// Who has the floor of a conversation. Lies beside what rules did ([`super::AutomationState`]), on one row. To *look after* a
/// conversation is another thing ([`crate::domain::work::Holder`]): an owner who says nothing leaves the floor to rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Floor {
    pub holder: Holder,
    /// Rises whenever another holds it. What was decided under an older one is not done any more.
    pub fence: u64,
    /// Since when it is held.
    #[serde(default, skip_serializing_if = "is_default")]
    pub since: Option<Timestamp>,
    /// The newest message that a person of the business wrote.
    #[serde(default, skip_serializing_if = "is_default")]
    pub person_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FloorHolder")]
pub enum Holder {
    #[default]
    Free,
    Rules,
    People,
}

/// When rules take part again after a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "ResumeRules")]
pub enum Resume {
    /// So many minutes after the person's last message.
    AfterMinutes {
        minutes: u32,
    },
    /// When the conversation has been closed.
    OnClose {},
    Never {},
}

impl Default for Resume {
    /// An hour: shorter than a shift, longer than most pauses within a talk.
    fn default() -> Self {
        Self::AfterMinutes { minutes: 60 }
    }
}

impl Floor {
    /// A person of the business wrote at this time. Told again, it changes nothing: of what is older than a message that is
    /// known, the floor has taken note.
    #[must_use]
    pub fn after_person(self, at: Timestamp) -> Self {
        if self.person_at.is_some_and(|known| known >= at) {
            return self;
        }
        match self.holder {
            Holder::People => Self { person_at: Some(at), ..self },
            Holder::Free | Holder::Rules => {
                Self { holder: Holder::People, fence: self.fence + 1, since: Some(at), person_at: Some(at) }
            }
        }
    }

    /// As rules hold it from now on, if they may. `ended_at`: when the conversation was closed, if it is.
    pub fn for_rules(self, resume: Resume, ended_at: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        let may = match self.holder {
            Holder::Rules => return Some(self),
            Holder::Free => true,
            Holder::People => self.is_over(resume, ended_at, now),
        };
        may.then(|| Self { holder: Holder::Rules, fence: self.fence + 1, since: Some(now), ..self })
    }

    fn is_over(self, resume: Resume, ended_at: Option<Timestamp>, now: Timestamp) -> bool {
        let last = self.person_at.max(self.since);
        match resume {
            Resume::AfterMinutes { minutes } => {
                let pause = SignedDuration::from_mins(i64::from(minutes));
                last.is_none_or(|last| now.duration_since(last) >= pause)
            }
            Resume::OnClose {} => ended_at.is_some_and(|ended| last.is_none_or(|last| ended >= last)),
            Resume::Never {} => false,
        }
    }

    /// Nobody holds it any more.
    #[must_use]
    pub fn let_go(self, at: Timestamp) -> Self {
        match self.holder {
            Holder::Free => self,
            Holder::Rules | Holder::People => {
                Self { holder: Holder::Free, fence: self.fence + 1, since: Some(at), ..self }
            }
        }
    }

    /// Whether what rules decided under this number may still be done. To be asked with the write that does it.
    pub fn admits(self, fence: u64) -> bool {
        self.holder == Holder::Rules && self.fence == fence
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    const HOUR: Resume = Resume::AfterMinutes { minutes: 60 };

    #[test]
    fn what_rules_decided_before_a_person_came_is_not_done_after() {
        let free = Floor::default();
        let rules = free.for_rules(HOUR, None, at(0)).unwrap();
        assert!(rules.admits(rules.fence) && !free.admits(free.fence));
        let person = rules.after_person(at(1));
        assert_eq!(person.holder, Holder::People);
        assert!(!person.admits(rules.fence) && !person.admits(person.fence));
        // Nor after rules have taken over again.
        let again = person.for_rules(HOUR, None, at(61)).unwrap();
        assert!(again.admits(again.fence) && !again.admits(rules.fence));
    }

    #[test]
    fn rules_take_part_again_when_they_are_allowed_to() {
        let person = Floor::default().after_person(at(0));
        assert_eq!(person.for_rules(HOUR, None, at(59)), None);
        assert!(person.for_rules(HOUR, None, at(60)).is_some());
        // Each message of the person counts.
        assert_eq!(person.after_person(at(30)).for_rules(HOUR, None, at(60)), None);
        assert_eq!(person.for_rules(Resume::Never {}, Some(at(5)), at(10_000)), None);
        assert_eq!(person.for_rules(Resume::OnClose {}, None, at(10_000)), None);
        assert!(person.for_rules(Resume::OnClose {}, Some(at(5)), at(6)).is_some());
        // It was closed before that message.
        assert_eq!(person.after_person(at(7)).for_rules(Resume::OnClose {}, Some(at(5)), at(8)), None);
        assert!(person.let_go(at(1)).for_rules(Resume::Never {}, None, at(1)).is_some());
    }

    #[test]
    fn a_persons_message_that_is_told_again_takes_nothing_back_from_rules() {
        let rules = Floor::default().after_person(at(0)).for_rules(HOUR, None, at(60)).unwrap();
        assert_eq!(rules.after_person(at(0)), rules);
        assert_eq!(rules.after_person(at(-5)), rules);
        assert_eq!(rules.after_person(at(61)).holder, Holder::People);
    }

    proptest! {
        /// In whatever order things come, the number never falls, and two who hold it never have the same.
        #[test]
        fn a_fence_never_falls_and_never_serves_two(steps in prop::collection::vec((0..3_u8, 0..200_i64), 0..40)) {
            let mut floor = Floor::default();
            for (what, minute) in steps {
                let next = match what {
                    0 => floor.after_person(at(minute)),
                    1 => floor.for_rules(HOUR, None, at(minute)).unwrap_or(floor),
                    _ => floor.let_go(at(minute)),
                };
                prop_assert!(next.fence >= floor.fence);
                prop_assert_eq!(next.holder != floor.holder, next.fence != floor.fence);
                prop_assert!(next.person_at >= floor.person_at);
                floor = next;
            }
        }
    }
}
