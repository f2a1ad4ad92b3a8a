//! What people agreed to and what proves it; words that mean it; and addresses that nobody writes to.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::domain::channel::Medium;
use transom::{
    app::consents::{self, Proof, suppression},
    domain::{
        ContactId, MessageId, Timestamp,
        consent::{
            BadConsentSettings, BadEvidence, Choice, ConsentPurpose, ConsentSettings, Details, Evidence, How, Media,
            Purposes, Scope, Wished,
        },
        contact::{Address, AddressHash, suppressed::LONGEST_WHY},
    },
    ports::store::Suppressed,
};

use super::contacts::{no_such_contact, typed_in_a_query};
use crate::{
    Shared,
    answer::{Created, NoContent},
    auth::{Account, Caller},
    describe::{PHONE, Parameter, Query, USER_ID},
    message_body::{phone_address, user_id_address},
    paging::{List, Page, PageQuery, Paging, bad_cursor, cursor},
    problem::{Kind, Problem},
    request::{JsonBody, Parameters, PathId},
    view::AddressView,
};

/// What proves a wish, as it is shown.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ProofView {
    id: String,
    /// `in` or `out`.
    choice: Choice,
    purposes: Vec<ConsentPurpose>,
    media: Vec<Medium>,
    /// When they wished it.
    at: Timestamp,
    recorded_at: Timestamp,
    how: How,
    /// Who recorded it; `null`, as all that follows: the person was erased.
    by: Option<String>,
    wording: Option<String>,
    source: Option<String>,
    language: Option<String>,
    message: Option<MessageId>,
}

impl From<Proof> for ProofView {
    fn from(proof: Proof) -> Self {
        let Wished { choice, scope, at, how } = proof.wished;
        let details = proof.details;
        let (by, wording, source, language, message) = match details {
            Some(it) => (Some(it.by), it.wording, it.source, it.language, it.message),
            None => (None, None, None, None, None),
        };
        Self {
            id: proof.id,
            choice,
            purposes: scope.purposes.list(),
            media: scope.media.list(),
            at,
            recorded_at: proof.recorded_at,
            how,
            by,
            wording,
            source,
            language,
            message,
        }
    }
}

/// What proves a person's wishes, the newest first.
pub async fn list(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    mut parameters: Parameters<PageQuery>,
) -> Result<Json<Page<ProofView>>, Problem> {
    let Paging { limit, after } = Paging::read(&mut parameters, List::Consents)?;
    parameters.finish()?;
    let proofs = consents::proofs(&api.parts, &account, id, after.as_deref(), limit).await?;
    let proofs = proofs.ok_or_else(no_such_contact)?;
    let next_cursor = proofs.next.map(|place| cursor(List::Consents, &place));
    Ok(Json(Page { data: proofs.proofs.into_iter().map(ProofView::from).collect(), next_cursor }))
}

/// A wish that somebody records. What is left out of purposes and media is all of them.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WishBody {
    choice: Choice,
    purposes: Option<Purposes>,
    media: Option<Media>,
    /// When they wished it; left out: now.
    at: Option<Timestamp>,
    how: How,
    /// The text that they agreed to, word for word.
    wording: Option<String>,
    /// A URL, or the name of a form or campaign.
    source: Option<String>,
    language: Option<String>,
}

/// Records a wish with what proves it.
pub async fn create(
    caller: Caller,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<WishBody>,
) -> Result<Created<Option<ProofView>>, Problem> {
    let parts = &api.parts;
    let now = parts.now();
    match value.how {
        How::Keyword | How::OptInLink | How::ProviderEvent | How::Suppression => {
            let words = "is noted by Transom itself; use web_form, sms_link, booking, phone, in_person, import or api";
            return Err(Problem::invalid("how", words));
        }
        How::WebForm | How::SmsLink | How::Booking | How::Phone | How::InPerson | How::Import | How::Api => {}
    }
    let WishBody { choice, purposes, media, at, how, wording, source, language } = value;
    let everything = Scope::EVERYTHING;
    let scope = Scope { purposes: purposes.unwrap_or(everything.purposes), media: media.unwrap_or(everything.media) };
    let wished = Wished { choice, scope, at: at.unwrap_or(now), how };
    let details = Details { wording, source, language, ..Details::by(&caller.by.to_string()) };
    let evidence = Evidence { wished, details };
    evidence.check(now).map_err(|BadEvidence { field, message }| Problem::invalid(field, message))?;
    consents::wish(parts, &caller.account, id, &evidence).await?.ok_or_else(no_such_contact)?;
    let proofs = consents::proofs(parts, &caller.account, id, None, 100).await?.ok_or_else(no_such_contact)?;
    let made = proofs.proofs.into_iter().find(|proof| proof.wished == wished).map(ProofView::from);
    Ok(Created { at: format!("/v1/contacts/{id}/consents"), value: made })
}

pub async fn settings(Account(account): Account, State(api): State<Shared>) -> Result<Json<ConsentSettings>, Problem> {
    Ok(Json(api.parts.store.consent_settings(&account).await?))
}

/// Stores an account's own words, confirmations and caps: all of it anew.
pub async fn put_settings(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ConsentSettings>,
) -> Result<Json<ConsentSettings>, Problem> {
    value.check().map_err(|BadConsentSettings { field, message }| Problem::invalid(field, message))?;
    api.parts.store.put_consent_settings(&account, &value).await?;
    Ok(Json(value))
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct SuppressionView {
    /// `null`: whose address it was is erased.
    address: Option<AddressView>,
    since: Timestamp,
    why: Option<String>,
    by: Option<String>,
}

/// Addresses that nobody writes to.
pub async fn suppressions(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<PageQuery>,
) -> Result<Json<Page<SuppressionView>>, Problem> {
    let Paging { limit, after } = Paging::read(&mut parameters, List::Suppressions)?;
    parameters.finish()?;
    let after = after.map(AddressHash);
    if after.as_ref().is_some_and(|hash| hash.0.is_empty()) {
        return Err(bad_cursor());
    }
    let listed = suppression::list(&api.parts, &account, after.as_ref(), limit).await?;
    let last = listed.last().filter(|_| listed.len() == limit);
    let next_cursor = last.map(|last| cursor(List::Suppressions, &last.hash.0));
    let view = |it: suppression::Suppression| {
        let since = it.since;
        match it.suppressed {
            Some(Suppressed { address, why, by }) => {
                SuppressionView { address: Some(AddressView::from(&address)), since, why, by: Some(by) }
            }
            None => SuppressionView { address: None, since, why: None, by: None },
        }
    };
    Ok(Json(Page { data: listed.into_iter().map(view).collect(), next_cursor }))
}

/// More are sent in several calls.
const MOST_AT_ONCE: usize = 500;

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressBody {
    addresses: Vec<SuppressedBody>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressedBody {
    phone: Option<String>,
    user_id: Option<String>,
    why: Option<String>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct SuppressingView {
    /// Of those that were sent, such as were not on the list.
    new: usize,
}

/// Puts addresses on the list, whoever has them: nobody writes to them from now on. All or none.
pub async fn suppress(
    caller: Caller,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<SuppressBody>,
) -> Result<Json<SuppressingView>, Problem> {
    if value.addresses.is_empty() || value.addresses.len() > MOST_AT_ONCE {
        return Err(Problem::invalid("addresses", format!("must be 1 to {MOST_AT_ONCE}; send more in several calls")));
    }
    let by = caller.by.to_string();
    let mut addresses = Vec::new();
    for (index, it) in value.addresses.into_iter().enumerate() {
        let at = |field: &str| format!("addresses[{index}].{field}");
        let address = address_of(it.phone.as_deref(), it.user_id.as_deref(), &at)?;
        let why = it.why.map(|why| crate::check::words(&at("why"), &why, LONGEST_WHY)).transpose()?;
        addresses.push(Suppressed { address, why, by: by.clone() });
    }
    let new = suppression::suppress(&api.parts, &caller.account, &addresses, api.parts.now()).await?;
    Ok(Json(SuppressingView { new }))
}

fn address_of(phone: Option<&str>, user_id: Option<&str>, at: &impl Fn(&str) -> String) -> Result<Address, Problem> {
    match (phone, user_id) {
        (Some(phone), None) => phone_address(phone, &at("phone")),
        (None, Some(id)) => user_id_address(id, &at("user_id")),
        (Some(_), Some(_)) | (None, None) => {
            Err(Problem::invalid(at("phone"), "name exactly one of phone and user_id"))
        }
    }
}

/// The address that is meant: exactly one of these.
#[derive(Debug)]
pub struct AddressQuery;

impl Query for AddressQuery {
    const PARAMETERS: &'static [Parameter] = &[PHONE, USER_ID];
}

/// Takes an address off the list. Whoever has it stays opted out until they, or somebody for them, say otherwise.
pub async fn unsuppress(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<AddressQuery>,
) -> Result<NoContent, Problem> {
    let (phone, user_id) = (parameters.take("phone"), parameters.take("user_id"));
    parameters.finish()?;
    let phone = phone.map(|phone| typed_in_a_query(&phone));
    let address = address_of(phone.as_deref(), user_id.as_deref(), &str::to_owned)
        .map_err(|problem| Problem { kind: Kind::Malformed, ..problem })?;
    if suppression::find(&api.parts, &account, &address).await?.is_none() {
        return Err(Problem::not_found("The address is not on the list."));
    }
    suppression::unsuppress(&api.parts, &account, &address).await?;
    Ok(NoContent)
}
