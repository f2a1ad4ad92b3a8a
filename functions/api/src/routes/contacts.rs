//! Contacts: find a person, change what is known, join two that are one, record their wishes.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Deserializer};
use transom::{
    app::{
        Parts, consents, merge as merging, outlook,
        people::{self, Known},
    },
    domain::{
        AccountId, ContactId,
        consent::{Choice, Evidence},
        contact::Profile,
        hours::QuietHours,
        template::variables::check_name,
    },
    ports::store::Step,
    seal::Sealed,
};

use crate::{
    Shared,
    auth::Caller,
    check,
    message_body::{phone_address, user_id_address},
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, Parameters, PathId},
    view::ContactView,
};

/// Who has exactly this address: one contact or none, the survivor if it was merged.
pub async fn find(
    Caller(account): Caller,
    State(api): State<Shared>,
    mut parameters: Parameters,
) -> Result<Json<Whole<ContactView>>, Problem> {
    let (phone, user_id) = (parameters.take("phone"), parameters.take("user_id"));
    parameters.finish()?;
    let address = match (phone, user_id) {
        (Some(phone), None) => phone_address(&typed_in_a_query(&phone), "phone")?,
        (None, Some(id)) => user_id_address(&id, "user_id")?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::new(Kind::Malformed, "Name exactly one of phone and user_id in the query."));
        }
    };
    let parts = &api.parts;
    let keys = parts.keys(&account).await?;
    let known = parts.store.identities(&account, &[keys.hash(&address)]).await?;
    let mut data = Vec::new();
    if let Some(identity) = known.into_iter().flatten().next()
        && let Some(survivor) = outlook::survivor_of(parts, &account, &keys, identity.contact).await?
    {
        data.push(shown(parts, &account, survivor.contact.id).await?);
    }
    Ok(Json(Whole { data }))
}

/// A plus sign that a client forgot to escape arrives as a space.
fn typed_in_a_query(phone: &str) -> String {
    match phone.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => format!("+{rest}"),
        Some(_) | None => phone.to_owned(),
    }
}

pub async fn show(
    Caller(account): Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Json<ContactView>, Problem> {
    Ok(Json(shown(&api.parts, &account, id).await?))
}

/// What becomes of a field: left out, it stays; `null`, it is forgotten.
#[derive(Debug, Default)]
enum Change<T> {
    #[default]
    Keep,
    Forget,
    To(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Forget, Self::To))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    #[serde(default)]
    name: Change<String>,
    #[serde(default)]
    language: Change<String>,
    /// Each by itself; `null` forgets it.
    #[serde(default)]
    fields: BTreeMap<String, Change<String>>,
    vip: Option<bool>,
    #[serde(default)]
    quiet_hours: Change<QuietHours>,
}

/// More than a stay has.
const MOST_FIELDS: usize = 100;
const LONGEST_FIELD: usize = 500;

impl ChangeBody {
    fn applied_to(self, profile: Profile) -> Result<Profile, Problem> {
        let name = match self.name {
            Change::Keep => profile.name,
            Change::Forget => None,
            Change::To(name) => Some(check::words("name", &name, 200)?),
        };
        let language = match self.language {
            Change::Keep => profile.language,
            Change::Forget => None,
            Change::To(language) => {
                check::language_code("language", &language)?;
                Some(language)
            }
        };
        let mut fields = profile.fields;
        for (name, change) in self.fields {
            let field = format!("fields.{name}");
            check_name(&name).map_err(|bad| Problem::invalid(&field, bad.message()))?;
            match change {
                Change::Keep => {}
                Change::Forget => {
                    fields.remove(&name);
                }
                Change::To(value) => {
                    fields.insert(name, check::words(&field, &value, LONGEST_FIELD)?);
                }
            }
        }
        if fields.len() > MOST_FIELDS {
            return Err(Problem::invalid("fields", format!("a contact has at most {MOST_FIELDS} fields")));
        }
        let quiet_hours = match self.quiet_hours {
            Change::Keep => profile.quiet_hours,
            Change::Forget => None,
            Change::To(hours) => Some(hours),
        };
        Ok(Profile { name, language, fields, vip: self.vip.unwrap_or(profile.vip), quiet_hours })
    }
}

/// Changes what is known of a person; of the survivor, if the contact was merged.
pub async fn change(
    Caller(account): Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ChangeBody>,
) -> Result<Json<ContactView>, Problem> {
    let parts = &api.parts;
    let Known { contact, key } = survivor(parts, &account, id).await?;
    let Some(key) = key else {
        return Err(Problem::conflict("The person was erased; nothing can be kept about them."));
    };
    let profile = value.applied_to(contact.profile.clone())?;
    if profile != contact.profile {
        let sealed = Sealed::new(&profile, &key, parts.nonce());
        parts.store.set_profile(&account, contact.id, &sealed).await?;
    }
    Ok(Json(shown(parts, &account, contact.id).await?))
}

/// The other contact of a merge.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherBody {
    contact: ContactId,
}

/// Makes the contact of the body part of the one in the path.
pub async fn merge(
    Caller(account): Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<OtherBody>,
) -> Result<Json<ContactView>, Problem> {
    let parts = &api.parts;
    both(parts, &account, id, value.contact).await?;
    match merging::merge(parts, &account, id, value.contact).await? {
        Step::Done => Ok(Json(shown(parts, &account, id).await?)),
        Step::Lost => Err(Problem::conflict("One of the contacts is part of another one already.")),
    }
}

/// Takes a merge back.
pub async fn unmerge(
    Caller(account): Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<OtherBody>,
) -> Result<Json<ContactView>, Problem> {
    let parts = &api.parts;
    both(parts, &account, id, value.contact).await?;
    match merging::unmerge(parts, &account, id, value.contact).await? {
        Step::Done => Ok(Json(shown(parts, &account, id).await?)),
        Step::Lost => Err(Problem::conflict("That contact is not part of this one.")),
    }
}

/// Both contacts exist and are two.
async fn both(parts: &Parts, account: &AccountId, id: ContactId, other: ContactId) -> Result<(), Problem> {
    look_up(parts, account, id).await?.ok_or_else(no_such_contact)?;
    if id == other {
        return Err(Problem::invalid("contact", "is the contact itself"));
    }
    look_up(parts, account, other).await?.ok_or_else(|| Problem::invalid("contact", "there is no such contact"))?;
    Ok(())
}

pub async fn opt_out(
    Caller(account): Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Json<ContactView>, Problem> {
    record(&api.parts, &account, id, Choice::Out).await
}

pub async fn opt_in(
    Caller(account): Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Json<ContactView>, Problem> {
    record(&api.parts, &account, id, Choice::In).await
}

/// Records the wish about everything, on the contact named and on the survivor that speaks for it.
async fn record(
    parts: &Parts,
    account: &AccountId,
    id: ContactId,
    choice: Choice,
) -> Result<Json<ContactView>, Problem> {
    let evidence = Evidence::by_api(choice, parts.now());
    let survivor = consents::wish(parts, account, id, &evidence).await?.ok_or_else(no_such_contact)?;
    Ok(Json(shown(parts, account, survivor).await?))
}

async fn look_up(parts: &Parts, account: &AccountId, id: ContactId) -> Result<Option<Known>, Problem> {
    let keys = parts.keys(account).await?;
    Ok(people::look_up(parts, account, &keys, id).await?)
}

async fn survivor(parts: &Parts, account: &AccountId, id: ContactId) -> Result<Known, Problem> {
    let keys = parts.keys(account).await?;
    outlook::survivor_of(parts, account, &keys, id).await?.ok_or_else(no_such_contact)
}

async fn shown(parts: &Parts, account: &AccountId, id: ContactId) -> Result<ContactView, Problem> {
    let keys = parts.keys(account).await?;
    let people = outlook::people_of(parts, account, &keys, id).await?;
    ContactView::new(&people).ok_or_else(no_such_contact)
}

fn no_such_contact() -> Problem {
    Problem::not_found("There is no such contact.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::parse;

    fn change(body: &str) -> Result<Profile, Problem> {
        let fields = BTreeMap::from([("room_number".to_owned(), "12".to_owned())]);
        let profile =
            Profile { name: Some("Ana".into()), language: Some("es".into()), fields, vip: true, quiet_hours: None };
        parse::<ChangeBody>(body.as_bytes())?.applied_to(profile)
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_forgets_what_is_null() {
        let profile = |name: Option<&str>, language: Option<&str>| Profile {
            name: name.map(str::to_owned),
            language: language.map(str::to_owned),
            fields: BTreeMap::from([("room_number".to_owned(), "12".to_owned())]),
            vip: true,
            quiet_hours: None,
        };
        assert_eq!(change("{}"), Ok(profile(Some("Ana"), Some("es"))));
        assert_eq!(change(r#"{"name": " Ana María "}"#), Ok(profile(Some("Ana María"), Some("es"))));
        assert_eq!(change(r#"{"language": null}"#), Ok(profile(Some("Ana"), None)));
        assert_eq!(change(r#"{"name": null, "language": "pt_BR"}"#), Ok(profile(None, Some("pt_BR"))));
    }

    #[test]
    fn fields_change_one_by_one() {
        let fields = |body: &str| change(body).unwrap().fields.into_iter().collect::<Vec<_>>();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let both = [pair("check_in_date", "12 May"), pair("room_number", "12")];
        assert_eq!(fields(r#"{"fields": {"check_in_date": "12 May"}}"#), both);
        assert_eq!(fields(r#"{"fields": {"room_number": null}}"#), []);
        assert_eq!(fields(r#"{"vip": false}"#), [pair("room_number", "12")]);
        assert!(!change(r#"{"vip": false}"#).unwrap().vip);
        let quiet = r#"{"quiet_hours": {"from": "21:00", "until": "08:00", "time_zone": "Europe/Madrid"}}"#;
        assert!(change(quiet).unwrap().quiet_hours.is_some());
        assert!(change(r#"{"quiet_hours": null}"#).unwrap().quiet_hours.is_none());
    }

    #[test]
    fn a_wrong_change_is_named() {
        let field = |body: &str| change(body).unwrap_err().errors.remove(0).field;
        assert_eq!(field(r#"{"name": ""}"#), "name");
        assert_eq!(field(r#"{"name": 1}"#), "name");
        assert_eq!(field(r#"{"language": "Spanish"}"#), "language");
        assert_eq!(field(r#"{"fields": {"Room": "12"}}"#), "fields.Room");
        assert_eq!(field(r#"{"fields": {"room": ""}}"#), "fields.room");
        assert_eq!(field(r#"{"quiet_hours": {"from": "9", "until": "10:00", "time_zone": "UTC"}}"#), "quiet_hours");
        assert_eq!(field(r#"{"phone": "+16505551234"}"#), "phone");
    }

    #[test]
    fn a_plus_sign_that_was_not_escaped_still_is_one() {
        assert_eq!(typed_in_a_query(" 16505551234"), "+16505551234");
        assert_eq!(typed_in_a_query("+16505551234"), "+16505551234");
        assert_eq!(typed_in_a_query("16505551234"), "16505551234");
        assert_eq!(typed_in_a_query(" +16505551234"), " +16505551234");
    }
}
