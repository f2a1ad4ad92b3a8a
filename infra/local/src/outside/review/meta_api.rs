//! Templates at Meta (Graph API, "WhatsApp Business Account: message templates").

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State as Shared},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    answer::{Failure, Wrong},
    fields, news,
    parts::Parts,
    rules,
    template::{Category, Deleted, HeldTemplate, Owner, Parameters, Status, id_from},
};
use crate::outside::{Outside, State, setup_api::host};

type World = Shared<Arc<Outside>>;
type Asked = Query<fields::Query>;
type Answer = Result<Response, Failure>;

/// So many may be created in an hour, for one account.
const MOST_PER_HOUR: i64 = 100;
/// How long the name of a deleted template cannot be used.
const NAME_BLOCKED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How often an approved template may be edited: so often within so long.
const EDITS: [(usize, SignedDuration); 2] =
    [(1, SignedDuration::from_hours(24)), (10, SignedDuration::from_hours(30 * 24))];

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new()
        .route("/meta/{version}/{node}", post(change))
        .route("/meta/{version}/{node}/message_templates", get(list).post(create).delete(delete))
}

fn json_of(body: &[u8]) -> Result<Value, Wrong> {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| Wrong::plain(100, "(#100) Invalid parameter: the body is not a JSON object"))
}

async fn list(
    Shared(outside): World,
    Path((version, waba)): Path<(String, String)>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    outside.of_waba(&headers, &waba)?;
    let here = format!("{}/meta/{version}/{waba}/message_templates", host(&headers));
    Ok(Json(fields::page(outside.state().ledger.templates()?, &waba, &query, &here)?).into_response())
}

async fn create(
    Shared(outside): World,
    Path((_, waba)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    outside.of_waba(&headers, &waba)?;
    let asked = json_of(&body)?;
    let state = outside.state();
    let template = state.ledger.whole(|| outside.create_template(&state, &waba, &asked))?;
    let made = json!({"id": template.id, "status": template.status.word(), "category": template.category.word()});
    Ok(Json(made).into_response())
}

/// `POST /{node}`: a template is edited, or an account changed.
async fn change(
    Shared(outside): World,
    Path((_, node)): Path<(String, String)>,
    Query(query): Asked,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let numbers = outside.of_bearer(&headers)?;
    if numbers.iter().any(|number| number.waba_id == node) {
        let asked = json_of(&body).unwrap_or_default();
        return outside.change_waba(&node, &query, &asked);
    }
    let asked = json_of(&body)?;
    let state = outside.state();
    state.ledger.whole(|| {
        let found = state.ledger.template(&node)?.filter(|template| template.deleted.is_none());
        let ours = |template: &HeldTemplate| numbers.iter().any(|number| template.owner.includes_waba(&number.waba_id));
        let template = found.filter(ours).ok_or_else(|| Wrong::unknown(&node))?;
        outside.edit_template(&state, template, &asked)
    })?;
    Ok(Json(json!({"success": true})).into_response())
}

async fn delete(
    Shared(outside): World,
    Path((_, waba)): Path<(String, String)>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    outside.of_waba(&headers, &waba)?;
    let state = outside.state();
    state.ledger.whole(|| outside.delete_templates(&state, &waba, &query))?;
    Ok(Json(json!({"success": true})).into_response())
}

fn text<'a>(asked: &'a Value, field: &str) -> Result<&'a str, Wrong> {
    let text = asked[field].as_str().filter(|text| !text.is_empty());
    text.ok_or_else(|| Wrong::plain(100, &format!("(#100) The parameter {field} is required.")))
}

fn category(asked: &Value) -> Result<Category, Wrong> {
    match text(asked, "category")?.to_ascii_uppercase().as_str() {
        "UTILITY" => Ok(Category::Utility),
        "MARKETING" => Ok(Category::Marketing),
        "AUTHENTICATION" => Err(Wrong::parameter("category", "the stand-in does not play AUTHENTICATION")),
        _ => Err(Wrong::parameter("category", "must be one of MARKETING, UTILITY and AUTHENTICATION")),
    }
}

fn parameters(asked: &Value) -> Result<Option<Parameters>, Wrong> {
    match asked["parameter_format"].as_str().map(str::to_ascii_uppercase).as_deref() {
        None if asked["parameter_format"].is_null() => Ok(None),
        Some("NAMED") => Ok(Some(Parameters::Named)),
        Some("POSITIONAL") => Ok(Some(Parameters::Positional)),
        _ => Err(Wrong::parameter("parameter_format", "must be NAMED or POSITIONAL")),
    }
}

/// The components, if they keep every rule.
fn parts(asked: &Value, parameters: Parameters) -> Result<Parts, Wrong> {
    let parts = Parts::from_meta(&asked["components"], parameters)?;
    rules::check_parts(&parts)?;
    rules::check_variables(&parts, parameters)?;
    Ok(parts)
}

fn time_to_live(asked: &Value, category: Category) -> Result<Option<i64>, Wrong> {
    let given = &asked["message_send_ttl_seconds"];
    if given.is_null() {
        return Ok(None);
    }
    let seconds = given.as_i64().ok_or_else(|| Wrong::parameter("message_send_ttl_seconds", "must be a number"))?;
    rules::check_time_to_live(seconds, category)?;
    Ok(Some(seconds))
}

impl Outside {
    fn create_template(&self, state: &State, waba: &str, asked: &Value) -> Result<HeldTemplate, Failure> {
        let now = self.now(state);
        let owner = Owner::Waba(waba.to_owned());
        let hour_ago = now - SignedDuration::from_hours(1);
        if state.ledger.templates_since(&owner.key(), hour_ago)? >= MOST_PER_HOUR {
            let message =
                "(#80007) There have been too many calls to this WhatsApp Business account. Wait a bit and try again.";
            return Err(Wrong::plain(80_007, message).into());
        }
        let (name, language) = (text(asked, "name")?, text(asked, "language")?);
        rules::check_name(name)?;
        rules::check_language(language)?;
        let category = category(asked)?;
        let parameters = parameters(asked)?.unwrap_or(Parameters::Positional);
        let parts = parts(asked, parameters)?;
        let time_to_live_seconds = time_to_live(asked, category)?;
        for known in state.ledger.templates_named(name, language)?.iter().filter(|one| one.owner.includes_waba(waba)) {
            is_free(known, language, now)?;
        }
        let all = state.ledger.templates()?;
        if all.iter().filter(|placed| placed.template.owner.includes_waba(waba)).count() >= state.reviews.most_templates
        {
            let why = "The WhatsApp Business Account has as many message templates as it may have.";
            return Err(Wrong::numbered(2_388_019, "Message Template Limit Exceeded", why).into());
        }
        let id = id_from(self.config.seed, "of Meta", state.ledger.next_count()?);
        let mut template = HeldTemplate::new(id, owner, name, language, parts, now);
        template.category = category;
        template.parameters = parameters;
        template.time_to_live_seconds = time_to_live_seconds;
        template.submit(now, state.reviews.decides_after);
        state.ledger.put_template(&template)?;
        Ok(template)
    }

    fn edit_template(&self, state: &State, mut template: HeldTemplate, asked: &Value) -> Result<(), Failure> {
        let now = self.now(state);
        if let Some(fixed) = ["name", "language"].iter().find(|field| !asked[**field].is_null()) {
            return Err(Wrong::parameter(fixed, "it cannot be changed").into());
        }
        if asked["components"].is_null() && asked["category"].is_null() {
            return Err(Wrong::plain(100, "(#100) The parameter components or category is required.").into());
        }
        let not_now = |why: &str| Wrong::numbered(2_388_039, "Message template status can't be changed", why);
        if !matches!(template.status, Status::Approved | Status::Rejected | Status::Paused) {
            return Err(not_now("Only an approved, rejected or paused template can be edited.").into());
        }
        let approved = template.status == Status::Approved;
        for (most, within) in EDITS.iter().filter(|_| approved) {
            if template.edited_at.iter().filter(|at| **at > now - *within).count() >= *most {
                let why = "An approved template can be edited once in 24 hours and 10 times in 30 days.";
                return Err(not_now(why).into());
            }
        }
        if !asked["category"].is_null() {
            let category = category(asked)?;
            if approved && category != template.category {
                return Err(Wrong::parameter("category", "that of an approved template cannot be changed").into());
            }
            template.category = category;
        }
        let parameters = parameters(asked)?.unwrap_or(template.parameters);
        if !asked["components"].is_null() {
            template.parts = parts(asked, parameters)?;
            template.parameters = parameters;
            self.tell(state, &template, &news::edited(&template), now)?;
        }
        if let Some(seconds) = time_to_live(asked, template.category)? {
            template.time_to_live_seconds = Some(seconds);
        }
        if approved {
            template.edited_at.push(now);
        }
        template.configured = false;
        template.submit(now, state.reviews.decides_after);
        state.ledger.put_template(&template)?;
        Ok(())
    }

    fn delete_templates(&self, state: &State, waba: &str, query: &fields::Query) -> Result<(), Failure> {
        let now = self.now(state);
        if query.contains_key("hsm_ids") {
            return Err(Wrong::parameter("hsm_ids", "the stand-in does not play it").into());
        }
        let name = query.get("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Wrong::plain(100, "(#100) The parameter name is required."))?;
        let id = query.get("hsm_id");
        let meant = |template: &HeldTemplate| {
            template.owner.includes_waba(waba) && template.name == *name && id.is_none_or(|id| *id == template.id)
        };
        let all = state.ledger.templates()?.into_iter().map(|placed| placed.template);
        let found: Vec<HeldTemplate> = all.filter(meant).collect();
        if found.is_empty() {
            return Err(Wrong::parameter("name", "there is no such message template").into());
        }
        if found.iter().any(|template| template.status == Status::Disabled) {
            return Err(Wrong::parameter("name", "a disabled message template cannot be deleted").into());
        }
        for mut template in found {
            let name_blocked = matches!(template.status, Status::Approved | Status::Paused);
            template.deleted = Some(Deleted { at: now, name_blocked });
            template.to_do.clear();
            state.ledger.put_template(&template)?;
            // What is under way still arrives for 30 days.
            let event = if name_blocked { "PENDING_DELETION" } else { "DELETED" };
            self.tell(state, &template, &news::status(&template, event, "NONE"), now)?;
        }
        Ok(())
    }

    /// One template as `GET /{id}` shows it.
    pub(in crate::outside) fn template_node(&self, headers: &HeaderMap, id: &str, query: &fields::Query) -> Response {
        let show = || -> Result<Response, Failure> {
            let numbers = self.of_bearer(headers)?;
            let found = self.state().ledger.template(id)?.filter(|template| template.deleted.is_none());
            let ours =
                |template: &HeldTemplate| numbers.iter().any(|number| template.owner.includes_waba(&number.waba_id));
            let template = found.filter(ours).ok_or_else(|| Wrong::unknown(id))?;
            Ok(Json(fields::shown(&template, &fields::asked(query)?)).into_response())
        };
        show().unwrap_or_else(IntoResponse::into_response)
    }
}

/// Whether the name of a template that is or was there can be used in its language.
fn is_free(known: &HeldTemplate, language: &str, now: Timestamp) -> Result<(), Wrong> {
    match known.deleted {
        None => {
            let why = format!(
                "There is already {language} content for this template. You can create a new template and try again."
            );
            Err(Wrong::numbered(2_388_024, "Content in This Language Already Exists", why))
        }
        Some(deleted) if deleted.name_blocked && now < deleted.at + NAME_BLOCKED => {
            let why = format!(
                "New {language} content can't be added while the existing {language} content is being deleted. Try again in 4 weeks or create a new message template."
            );
            Err(Wrong::numbered(2_388_023, "Message Template Language Is Being Deleted", why))
        }
        Some(_) => Ok(()),
    }
}
