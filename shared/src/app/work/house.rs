//! Everything that work is given out by: settings, staff, their desks and whether they are there.

use std::collections::BTreeMap;

use crate::{
    app::{
        Parts, Trouble,
        outlook::{family, survivor_of},
    },
    domain::{
        AccountId, ConversationId, StaffId, Timestamp,
        conversation::Head,
        work::{Candidate, Desk, Facts, Member, Wanted, Work, WorkSettings, attended, relaxed},
    },
    ports::store::{AtWork, StaffRow},
};

/// An account's house as it was read.
#[derive(Debug)]
pub struct House {
    pub settings: WorkSettings,
    pub members: Vec<Member>,
    pub at_work: BTreeMap<StaffId, AtWork>,
}

/// A conversation, as far as its work is concerned.
#[derive(Debug)]
pub(super) struct Concern {
    pub(super) head: Head,
    pub(super) language: Option<String>,
}

/// Those of the staff who may be given anything.
pub fn members(staff: &[StaffRow]) -> Vec<Member> {
    let active = staff.iter().filter(|row| row.duties.active);
    active
        .map(|row| Member {
            staff: row.id,
            teams: row.duties.teams.iter().cloned().collect(),
            skills: row.duties.skills.iter().cloned().collect(),
            languages: row.duties.languages.iter().cloned().collect(),
            capacity: row.duties.capacity,
        })
        .collect()
}

impl House {
    pub async fn load(parts: &Parts, account: &AccountId) -> Result<Self, Trouble> {
        let settings = parts.store.work_settings(account).await?.unwrap_or_default();
        let members = members(&parts.store.staff(account).await?);
        let at_work = parts.store.at_work(account).await?.into_iter().collect();
        Ok(Self { settings, members, at_work })
    }

    pub fn desk(&self, staff: StaffId) -> Desk {
        let member = self.members.iter().find(|member| member.staff == staff);
        let capacity = member.map_or(0, |member| member.capacity(&self.settings));
        let at_work = self.at_work.get(&staff).cloned().unwrap_or_default();
        Desk { slots: at_work.slots, last_assigned_at: at_work.last_assigned_at, ..Desk::new(staff, capacity) }
    }

    /// Everybody but those in `barred`, as they stand.
    pub fn candidates(&self, barred: &[StaffId]) -> Vec<Candidate> {
        let others = self.members.iter().filter(|member| !barred.contains(&member.staff));
        others
            .map(|member| {
                let presence = self.at_work.get(&member.staff).and_then(|at_work| at_work.presence.as_ref());
                Candidate::of(member, presence, &self.desk(member.staff), &self.settings)
            })
            .collect()
    }

    pub(super) fn member(&self, staff: StaffId) -> Option<&Member> {
        self.members.iter().find(|member| member.staff == staff)
    }

    /// Whom a conversation wants by now.
    pub(super) fn wanted(&self, work: &Work, concern: &Concern, now: Timestamp) -> Wanted {
        let route = self.settings.route(&concern.head.channel, concern.language.as_deref(), &work.labels);
        // A team that it was handed to asks for no skills but its own.
        let skills = route.filter(|route| Some(&route.team) == work.team.as_ref()).map(|route| route.skills.clone());
        let asked = Wanted::of(work, concern.language.as_deref(), skills.unwrap_or_default(), &self.settings);
        let patience = work.asked.map(|asked| now.duration_since(asked.since)).unwrap_or_default();
        let attended = attended(&self.candidates(&[]), asked.team.as_ref(), now);
        relaxed(&asked, patience, attended, &self.settings)
    }
}

impl Concern {
    /// What the work needs to know of it, by the account's routes.
    pub(super) fn facts(&self, work: &Work, settings: &WorkSettings) -> Facts {
        let route = settings.route(&self.head.channel, self.language.as_deref(), &work.labels);
        Facts::of(&self.head, route.map(|route| route.team.clone()))
    }

    /// The conversation that speaks for this one, by the newest facts of all heads. `None`: nobody ever wrote in it.
    pub(super) async fn load(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<Option<Self>, Trouble> {
        let Some(family) = family(parts, account, id).await? else { return Ok(None) };
        let head = family.merged();
        let language = language_of(parts, account, &head).await?;
        Ok(Some(Self { head, language }))
    }
}

/// The customer's language, if it is known.
pub async fn language_of(parts: &Parts, account: &AccountId, head: &Head) -> Result<Option<String>, Trouble> {
    let keys = parts.keys(account).await?;
    let known = survivor_of(parts, account, &keys, head.contact).await?;
    Ok(known.and_then(|known| known.contact.profile.language))
}
