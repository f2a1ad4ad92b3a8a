//! Staff: who may sign in, with which role, and what they are able to.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        Parts,
        staff::{self, NewStaff, NotKept},
    },
    domain::{
        AccountId, StaffId, TeamId, Timestamp,
        access::{
            Role,
            staff::{Duties, Staff, StaffPerson, email},
        },
        ids::SkillId,
    },
};

use crate::{
    Shared,
    answer::Created,
    auth::Account,
    check,
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, PathId},
};

/// More than anybody works in or knows.
const MOST: usize = 20;
const MOST_CAPACITY: u32 = 200;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct StaffView {
    id: StaffId,
    name: String,
    email: String,
    role: Role,
    active: bool,
    teams: Vec<TeamId>,
    skills: Vec<SkillId>,
    languages: Vec<String>,
    /// How many conversations they are given at most; `null`: as many as the account says.
    capacity: Option<u32>,
    created_at: Timestamp,
}

impl From<Staff> for StaffView {
    fn from(staff: Staff) -> Self {
        let Staff { id, person: StaffPerson { name, email }, duties, created_at, rev: _ } = staff;
        let Duties { role, active, teams, skills, languages, capacity } = duties;
        Self { id, name, email, role, active, teams, skills, languages, capacity, created_at }
    }
}

/// Fields that are left out stay as they are; of new staff, as nobody said otherwise.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffBody {
    name: Option<String>,
    email: Option<String>,
    role: Option<Role>,
    active: Option<bool>,
    teams: Option<Vec<TeamId>>,
    skills: Option<Vec<SkillId>>,
    languages: Option<Vec<String>>,
    /// 0: as many as the account says.
    capacity: Option<u32>,
}

impl StaffBody {
    fn person(&self, known: Option<&StaffPerson>) -> Result<StaffPerson, Problem> {
        let name = match (&self.name, known) {
            (Some(name), _) => check::words("name", name, 200)?,
            (None, Some(known)) => known.name.clone(),
            (None, None) => return Err(Problem::invalid("name", "is needed")),
        };
        let mail = match (&self.email, known) {
            (Some(text), _) => email(text).ok_or_else(|| Problem::invalid("email", "must be a mail address"))?,
            (None, Some(known)) => known.email.clone(),
            (None, None) => return Err(Problem::invalid("email", "is needed")),
        };
        Ok(StaffPerson { name, email: mail })
    }

    fn duties(self, known: Option<&Duties>) -> Result<Duties, Problem> {
        let usual = Duties {
            role: Role::Viewer,
            active: true,
            teams: Vec::new(),
            skills: Vec::new(),
            languages: Vec::new(),
            capacity: None,
        };
        let known = known.unwrap_or(&usual);
        let teams = self.teams.unwrap_or_else(|| known.teams.clone());
        let skills = self.skills.unwrap_or_else(|| known.skills.clone());
        let languages = self.languages.unwrap_or_else(|| known.languages.clone());
        for (field, count) in [("teams", teams.len()), ("skills", skills.len()), ("languages", languages.len())] {
            if count > MOST {
                return Err(Problem::invalid(field, format!("may name at most {MOST}")));
            }
        }
        for (index, language) in languages.iter().enumerate() {
            check::language_code(&format!("languages[{index}]"), language)?;
        }
        let capacity = match self.capacity {
            None => known.capacity,
            Some(0) => None,
            Some(count) if count <= MOST_CAPACITY => Some(count),
            Some(_) => return Err(Problem::invalid("capacity", format!("may be at most {MOST_CAPACITY}"))),
        };
        Ok(Duties {
            role: self.role.unwrap_or(known.role),
            active: self.active.unwrap_or(known.active),
            teams,
            skills,
            languages,
            capacity,
        })
    }
}

pub async fn list(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<StaffView>>, Problem> {
    let staff = staff::everybody(&api.parts, &account).await?;
    Ok(Json(Whole { data: staff.into_iter().map(StaffView::from).collect() }))
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<StaffId>,
    State(api): State<Shared>,
) -> Result<Json<StaffView>, Problem> {
    let staff = find(&api.parts, &account, id).await?;
    Ok(Json(staff.ok_or_else(nobody)?.into()))
}

pub async fn create(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<StaffBody>,
) -> Result<Created<StaffView>, Problem> {
    let person = value.person(None)?;
    let duties = value.duties(None)?;
    let staff = staff::add(&api.parts, &account, NewStaff { person, duties }).await.map_err(not_kept)?;
    Ok(Created { at: format!("/v1/staff/{}", staff.id), value: staff.into() })
}

pub async fn change(
    Account(account): Account,
    PathId(id): PathId<StaffId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<StaffBody>,
) -> Result<Json<StaffView>, Problem> {
    let known = find(&api.parts, &account, id).await?.ok_or_else(nobody)?;
    let person = value.person(Some(&known.person))?;
    let duties = value.duties(Some(&known.duties))?;
    let changed = staff::change(&api.parts, &account, Staff { person, duties, ..known }).await.map_err(not_kept)?;
    Ok(Json(changed.into()))
}

/// One of the staff.
pub async fn find(parts: &Parts, account: &AccountId, id: StaffId) -> Result<Option<Staff>, Problem> {
    Ok(staff::one(parts, account, id).await?)
}

fn nobody() -> Problem {
    Problem::not_found("There is nobody of that id on the staff.")
}

fn not_kept(why: NotKept) -> Problem {
    match why {
        NotKept::SameMail => Problem::invalid("email", "belongs to somebody else on the staff"),
        NotKept::TooMany => Problem::conflict(format!("There may be at most {} people on the staff.", staff::MOST)),
        NotKept::LastAdmin => {
            Problem::conflict("They are the last admin who may sign in; make somebody else one first.")
        }
        NotKept::Changed => Problem::new(Kind::Stale, "Somebody else changed it at the same moment; look again."),
        NotKept::Trouble(trouble) => trouble.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::parse;

    fn body(text: &str) -> StaffBody {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_left_out_stays() {
        let known = body(r#"{"role": "manager", "teams": ["spa"], "skills": ["massage"], "capacity": 7}"#).duties(None);
        let known = known.unwrap();
        assert_eq!(known.skills, ["massage".parse().unwrap()]);
        assert_eq!(body("{}").duties(Some(&known)), Ok(known.clone()));
        let changed = body(r#"{"active": false, "teams": [], "capacity": 0}"#).duties(Some(&known)).unwrap();
        assert_eq!(changed, Duties { active: false, teams: Vec::new(), capacity: None, ..known });
        let person = StaffPerson { name: "Ana".into(), email: "ana@hotel.example".into() };
        assert!(body("{}").person(Some(&person)).unwrap() == person);
    }

    #[test]
    fn a_wrong_field_is_named() {
        let person = |text: &str| body(text).person(None).unwrap_err().errors.remove(0).field;
        assert_eq!(person("{}"), "name");
        assert_eq!(person(r#"{"name": "Ana"}"#), "email");
        assert_eq!(person(r#"{"name": "Ana", "email": "ana"}"#), "email");
        let duties = |text: &str| body(text).duties(None).unwrap_err().errors.remove(0).field;
        assert_eq!(duties(r#"{"languages": ["en", "Spanish"]}"#), "languages[1]");
        assert_eq!(duties(r#"{"capacity": 201}"#), "capacity");
        assert_eq!(duties(&format!(r#"{{"skills": [{}"x"]}}"#, r#""x", "#.repeat(20))), "skills");
    }
}
