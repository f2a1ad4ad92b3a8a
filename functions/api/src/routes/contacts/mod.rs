//! Contacts: find a person, change what is known, join two that are one, record their wishes.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use transom::{
    app::{
        Parts, consents, merge as merging, outlook,
        people::{self, Known},
        search,
    },
    domain::{
        AccountId, ContactId,
        consent::{Choice, Evidence},
        contact::{Profile, change::ProfileChange},
    },
    ports::store::Step,
    seal::Sealed,
};

use crate::{
    Shared,
    answer::Created,
    auth::Account,
    describe::{PHONE, Parameter, Query, USER_ID, number, text},
    message_body::{phone_address, user_id_address},
    problem::{Kind, Problem},
    request::{JsonBody, Parameters, PathId, parse},
    view::ContactView,
};

/// People as they are looked for.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct FoundView {
    data: Vec<ContactView>,
    /// There are more: type more of it.
    more: bool,
}

/// So many are shown of those that were found, unless it is said; and at most.
const USUALLY_FOUND: usize = 20;
const MOST_FOUND: usize = 50;

/// What people are looked for by: one of `q`, `phone` and `user_id`.
#[derive(Debug)]
pub struct FindQuery;

impl Query for FindQuery {
    const PARAMETERS: &'static [Parameter] = &[
        text("q", "What was typed: a part of a name, a number, a booking, a room.", LONGEST_TYPED),
        PHONE,
        USER_ID,
        number("limit", "How many at most.", 1, MOST_FOUND, USUALLY_FOUND),
    ];
}

/// Who is meant by what was typed (`q`), or has exactly this address: the survivor if they were merged.
pub async fn find(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<FindQuery>,
) -> Result<Json<FoundView>, Problem> {
    let (typed, phone, user_id) = (parameters.take("q"), parameters.take("phone"), parameters.take("user_id"));
    let limit = parameters.take("limit");
    parameters.finish()?;
    let limit = match limit {
        None => USUALLY_FOUND,
        Some(text) => text.parse().ok().filter(|limit| (1..=MOST_FOUND).contains(limit)).ok_or_else(|| {
            Problem::field(Kind::Malformed, "limit", format!("must be a number from 1 to {MOST_FOUND}"))
        })?,
    };
    let parts = &api.parts;
    let address = match (typed, phone, user_id) {
        (Some(typed), None, None) => {
            if typed.chars().count() > LONGEST_TYPED {
                return Err(Problem::field(Kind::Malformed, "q", format!("may have {LONGEST_TYPED} characters")));
            }
            let (found, more) = search::find(parts, &account, &typed, limit).await?;
            return Ok(Json(FoundView {
                data: found.iter().filter_map(|people| ContactView::new(people)).collect(),
                more,
            }));
        }
        (None, Some(phone), None) => phone_address(&typed_in_a_query(&phone), "phone")?,
        (None, None, Some(id)) => user_id_address(&id, "user_id")?,
        _ => return Err(Problem::new(Kind::Malformed, "Name exactly one of q, phone and user_id in the query.")),
    };
    let keys = parts.keys(&account).await?;
    let known = parts.store.identities(&account, &[keys.hash(&address)]).await?;
    let mut data = Vec::new();
    if let Some(identity) = known.into_iter().flatten().next()
        && let Some(survivor) = outlook::survivor_of(parts, &account, &keys, identity.contact).await?
    {
        data.push(shown(parts, &account, survivor.contact.id).await?);
    }
    Ok(Json(FoundView { data, more: false }))
}

const LONGEST_TYPED: usize = 100;

/// Somebody to be added.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewContactBody {
    phone: Option<String>,
    user_id: Option<String>,
    #[serde(flatten)]
    #[schemars(with = "ProfileChange")]
    profile: Map<String, Value>,
}

/// Adds a person before they ever wrote.
pub async fn create(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<NewContactBody>,
) -> Result<Created<ContactView>, Problem> {
    let parts = &api.parts;
    let address = match (value.phone, value.user_id) {
        (Some(phone), None) => phone_address(&phone, "phone")?,
        (None, Some(id)) => user_id_address(&id, "user_id")?,
        _ => return Err(Problem::new(Kind::Invalid, "Name exactly one of phone and user_id.")),
    };
    // Read by itself, so that a wrong field is named as everywhere.
    let profile: ProfileChange = parse(Value::Object(value.profile).to_string().as_bytes())?;
    let profile = profile.applied_to(Profile::default())?;
    let keys = parts.keys(&account).await?;
    let there = |id: ContactId| {
        Problem::conflict(format!("Somebody with this address is known already: {id}. Change that contact instead."))
    };
    let known = parts.store.identities(&account, &[keys.hash(&address)]).await?;
    if let Some(identity) = known.into_iter().flatten().next() {
        return Err(there(identity.contact));
    }
    let person = people::recognise(parts, &account, &keys, &[address], None, Some(&profile)).await?;
    search::index(parts, &account, person.contact).await?;
    let view = shown(parts, &account, person.contact).await?;
    Ok(Created { at: format!("/v1/contacts/{}", person.contact), value: view })
}

/// A plus sign that a client forgot to escape arrives as a space.
pub fn typed_in_a_query(phone: &str) -> String {
    match phone.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => format!("+{rest}"),
        Some(_) | None => phone.to_owned(),
    }
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Json<ContactView>, Problem> {
    Ok(Json(shown(&api.parts, &account, id).await?))
}

/// Changes what is known of a person; of the survivor, if the contact was merged.
pub async fn change(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ProfileChange>,
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
        search::index(parts, &account, contact.id).await?;
    }
    Ok(Json(shown(parts, &account, contact.id).await?))
}

/// The other contact of a merge.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "OtherContactBody")]
#[serde(deny_unknown_fields)]
pub struct OtherBody {
    contact: ContactId,
}

/// Makes the contact of the body part of the one in the path.
pub async fn merge(
    Account(account): Account,
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
    Account(account): Account,
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
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Json<ContactView>, Problem> {
    record(&api.parts, &account, id, Choice::Out).await
}

pub async fn opt_in(
    Account(account): Account,
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

pub fn no_such_contact() -> Problem {
    Problem::not_found("There is no such contact.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_sign_that_was_not_escaped_still_is_one() {
        assert_eq!(typed_in_a_query(" 16505551234"), "+16505551234");
        assert_eq!(typed_in_a_query("+16505551234"), "+16505551234");
        assert_eq!(typed_in_a_query("16505551234"), "16505551234");
        assert_eq!(typed_in_a_query(" +16505551234"), " +16505551234");
    }
}
