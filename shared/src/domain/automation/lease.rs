//! Who takes part in a conversation: rules, or people. A number that only rises keeps what rules decided before a person came
//! from being done after.

use serde::{Deserialize, Serialize};

use super::rule::is_default;
use crate::domain::{Timestamp, time::SignedDuration};

/// Who has the conversation. Lies beside what rules did ([`super::AutomationState`]), on one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub holder: Holder,
    /// Rises whenever another holds it. What was decided under an older one is not done any more.
    pub fence: u64,
    /// Since when it is held.
    #[serde(default, skip_serializing_if = "is_default")]
    pub since: Option<Timestamp>,
    /// The newest message that a person of the business wrote.
    #[serde(default, skip_serializing_if = "is_default")]
    pub human_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    #[default]
    Free,
    Automation,
    Human,
}

/// When rules take part again after a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
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

impl Lease {
    /// A person of the business wrote at this time. Told again, it changes nothing: of what is older than a message that is
    /// known, the lease has taken note.
    #[must_use]
    pub fn after_human(self, at: Timestamp) -> Self {
        if self.human_at.is_some_and(|known| known >= at) {
            return self;
        }
        match self.holder {
            Holder::Human => Self { human_at: Some(at), ..self },
            Holder::Free | Holder::Automation => {
                Self { holder: Holder::Human, fence: self.fence + 1, since: Some(at), human_at: Some(at) }
            }
        }
    }

    /// As rules hold it from now on, if they may. `ended_at`: when the conversation was closed, if it is.
    pub fn for_automation(self, resume: Resume, ended_at: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        let may = match self.holder {
            Holder::Automation => return Some(self),
            Holder::Free => true,
            Holder::Human => self.is_over(resume, ended_at, now),
        };
        may.then(|| Self { holder: Holder::Automation, fence: self.fence + 1, since: Some(now), ..self })
    }

    fn is_over(self, resume: Resume, ended_at: Option<Timestamp>, now: Timestamp) -> bool {
        let last = self.human_at.max(self.since);
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
            Holder::Automation | Holder::Human => {
                Self { holder: Holder::Free, fence: self.fence + 1, since: Some(at), ..self }
            }
        }
    }

    /// Whether what rules decided under this number may still be done. To be asked with the write that does it.
    pub fn admits(self, fence: u64) -> bool {
        self.holder == Holder::Automation && self.fence == fence
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
        let free = Lease::default();
        let rules = free.for_automation(HOUR, None, at(0)).unwrap();
        assert!(rules.admits(rules.fence) && !free.admits(free.fence));
        let person = rules.after_human(at(1));
        assert_eq!(person.holder, Holder::Human);
        assert!(!person.admits(rules.fence) && !person.admits(person.fence));
        // Nor after rules have taken over again.
        let again = person.for_automation(HOUR, None, at(61)).unwrap();
        assert!(again.admits(again.fence) && !again.admits(rules.fence));
    }

    #[test]
    fn rules_take_part_again_when_they_are_allowed_to() {
        let person = Lease::default().after_human(at(0));
        assert_eq!(person.for_automation(HOUR, None, at(59)), None);
        assert!(person.for_automation(HOUR, None, at(60)).is_some());
        // Each message of the person counts.
        assert_eq!(person.after_human(at(30)).for_automation(HOUR, None, at(60)), None);
        assert_eq!(person.for_automation(Resume::Never {}, Some(at(5)), at(10_000)), None);
        assert_eq!(person.for_automation(Resume::OnClose {}, None, at(10_000)), None);
        assert!(person.for_automation(Resume::OnClose {}, Some(at(5)), at(6)).is_some());
        // It was closed before that message.
        assert_eq!(person.after_human(at(7)).for_automation(Resume::OnClose {}, Some(at(5)), at(8)), None);
        assert!(person.let_go(at(1)).for_automation(Resume::Never {}, None, at(1)).is_some());
    }

    #[test]
    fn a_persons_message_that_is_told_again_takes_nothing_back_from_rules() {
        let rules = Lease::default().after_human(at(0)).for_automation(HOUR, None, at(60)).unwrap();
        assert_eq!(rules.after_human(at(0)), rules);
        assert_eq!(rules.after_human(at(-5)), rules);
        assert_eq!(rules.after_human(at(61)).holder, Holder::Human);
    }

    proptest! {
        /// In whatever order things come, the number never falls, and two who hold it never have the same.
        #[test]
        fn a_fence_never_falls_and_never_serves_two(steps in prop::collection::vec((0..3_u8, 0..200_i64), 0..40)) {
            let mut lease = Lease::default();
            for (what, minute) in steps {
                let next = match what {
                    0 => lease.after_human(at(minute)),
                    1 => lease.for_automation(HOUR, None, at(minute)).unwrap_or(lease),
                    _ => lease.let_go(at(minute)),
                };
                prop_assert!(next.fence >= lease.fence);
                prop_assert_eq!(next.holder != lease.holder, next.fence != lease.fence);
                prop_assert!(next.human_at >= lease.human_at);
                lease = next;
            }
        }
    }
}
