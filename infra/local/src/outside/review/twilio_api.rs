//! Templates at Twilio (Twilio, "Content API: content resources, approval requests").

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State as Shared},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    answer::{Failure, Wrong},
    content,
    fields::{self, MOST_ON_A_PAGE},
    rules,
    template::{Approval, Category, Content, Deleted, HeldTemplate, Owner, Status, id_from},
    wording::Values,
};
use crate::outside::{Outside, State, setup_api::host, sign};

type World = Shared<Arc<Outside>>;
type Answer = Result<Response, Failure>;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new()
        .route("/twilio/v1/Content", get(list).post(create))
        .route("/twilio/v1/Content/{sid}", get(one).delete(delete))
        .route("/twilio/v1/ContentAndApprovals", get(list_with_approvals))
        .route("/twilio/v1/Content/{sid}/ApprovalRequests", get(approval))
        .route("/twilio/v1/Content/{sid}/ApprovalRequests/whatsapp", post(ask_approval))
}

fn wrong(why: impl Into<String>) -> Failure {
    Failure::twilio(20001, why)
}

/// The body as a JSON object.
fn json_of(body: &[u8]) -> Result<Value, Failure> {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    value.filter(Value::is_object).ok_or_else(|| wrong("the body is not a JSON object"))
}

async fn create(Shared(outside): World, headers: HeaderMap, body: Bytes) -> Answer {
    let account = outside.account(&headers)?;
    let asked = json_of(&body)?;
    let state = outside.state();
    let made = state.ledger.whole(|| outside.create_content(&state, &account, &asked))?;
    Ok((StatusCode::CREATED, Json(shown(&made, &account, &host(&headers)))).into_response())
}

async fn one(Shared(outside): World, Path(sid): Path<String>, headers: HeaderMap) -> Answer {
    let account = outside.account(&headers)?;
    let held = own(&outside.state(), &account, &sid)?;
    Ok(Json(shown(&held, &account, &host(&headers))).into_response())
}

async fn delete(Shared(outside): World, Path(sid): Path<String>, headers: HeaderMap) -> Answer {
    let account = outside.account(&headers)?;
    let state = outside.state();
    let mut held = own(&state, &account, &sid)?;
    held.deleted = Some(Deleted { at: outside.now(&state), name_blocked: held.status == Status::Approved });
    held.to_do.clear();
    state.ledger.put_template(&held)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn approval(Shared(outside): World, Path(sid): Path<String>, headers: HeaderMap) -> Answer {
    let account = outside.account(&headers)?;
    let held = own(&outside.state(), &account, &sid)?;
    let url = format!("{}/twilio/v1/Content/{sid}/ApprovalRequests", host(&headers));
    let shown = json!({"sid": sid, "account_sid": account, "whatsapp": approval_of(&held), "url": url});
    Ok(Json(shown).into_response())
}

async fn ask_approval(Shared(outside): World, Path(sid): Path<String>, headers: HeaderMap, body: Bytes) -> Answer {
    let account = outside.account(&headers)?;
    let asked = json_of(&body)?;
    let state = outside.state();
    let held = state.ledger.whole(|| outside.submit_content(&state, &account, &sid, &asked))?;
    let mut shown = approval_of(&held);
    // It is pending once WhatsApp has it.
    shown["status"] = json!("received");
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

async fn list(Shared(outside): World, Query(query): Query<fields::Query>, headers: HeaderMap) -> Answer {
    outside.content_page("Content", &query, &headers)
}

async fn list_with_approvals(Shared(outside): World, Query(query): Query<fields::Query>, headers: HeaderMap) -> Answer {
    outside.content_page("ContentAndApprovals", &query, &headers)
}

/// The account's content of that SID.
fn own(state: &State, account: &str, sid: &str) -> Result<HeldTemplate, Failure> {
    let found = state.ledger.content(sid)?.filter(|held| held.owner.includes_account(account));
    found.ok_or_else(|| Failure::no_content(sid))
}

impl Outside {
    /// The account that logged in.
    fn account(&self, headers: &HeaderMap) -> Result<String, Failure> {
        Ok(self.of_login(headers)?.first().and_then(|number| number.account_sid.clone()).unwrap_or_default())
    }

    fn create_content(&self, state: &State, account: &str, asked: &Value) -> Result<HeldTemplate, Failure> {
        let now = self.now(state);
        let language = asked["language"].as_str().filter(|language| rules::is_language(language));
        let language = language.ok_or_else(|| wrong("language is required and must be one of WhatsApp's codes"))?;
        let samples: Values = match &asked["variables"] {
            Value::Null => Values::new(),
            given => {
                serde_json::from_value(given.clone()).map_err(|_| wrong("variables must be an object of texts"))?
            }
        };
        let (_, parts) = content::read(&asked["types"], &samples)?;
        let (count, seed) = (state.ledger.next_count()?, self.config.seed);
        let id = id_from(seed, "of Twilio", count);
        let mut held = HeldTemplate::new(id, Owner::Account(account.to_owned()), "", language, parts, now);
        held.status = Status::Unsubmitted;
        held.content = Some(Content {
            sid: format!("HX{}", hex::encode(&sign::derived(seed, "content", count)[..16])),
            friendly_name: asked["friendly_name"].as_str().unwrap_or_default().to_owned(),
            types: asked["types"].clone(),
            variables: samples,
            names: vec![],
            approval: None,
            updated_at: now,
        });
        state.ledger.put_template(&held)?;
        Ok(held)
    }

    fn submit_content(&self, state: &State, account: &str, sid: &str, asked: &Value) -> Result<HeldTemplate, Failure> {
        let now = self.now(state);
        let mut held = own(state, account, sid)?;
        if !matches!(held.status, Status::Unsubmitted | Status::Rejected) {
            let message = "The template associated with this SID has already been submitted for approval.";
            return Err(Failure::twilio(92009, message));
        }
        let name = asked["name"].as_str().filter(|name| rules::is_name(name));
        let name = name.ok_or_else(|| wrong("name is required, of lower-case letters, digits and underscores"))?;
        let category = match asked["category"].as_str().unwrap_or_default() {
            "UTILITY" => Category::Utility,
            "MARKETING" => Category::Marketing,
            "AUTHENTICATION" => return Err(wrong("the stand-in does not play AUTHENTICATION")),
            _ => return Err(wrong("category must be one of UTILITY, MARKETING and AUTHENTICATION")),
        };
        let (types, samples) =
            held.content.as_ref().map(|own| (own.types.clone(), own.variables.clone())).unwrap_or_default();
        let (content_type, parts) = content::read(&types, &samples)?;
        let without = held
            .content_variables()
            .into_iter()
            .find(|variable| samples.get(variable).is_none_or(|sample| sample.trim().is_empty()));
        if let Some(variable) = without {
            return Err(wrong(format!("variable {variable} needs a sample value")));
        }
        rules::check_parts(&parts).map_err(|Wrong { why, .. }| wrong(why))?;
        let known = state.ledger.templates_named(name, &held.language)?;
        let taken = known.iter().any(|other| other.id != held.id && other.owner.includes_account(account));
        if taken || !state.ledger.use_name(account, name, &held.language)? {
            return Err(wrong("the name has been used before in this language; use another one"));
        }
        let allow_category_change = asked["allow_category_change"].as_bool().unwrap_or(true);
        if let Some(content) = &mut held.content {
            content.approval = Some(Approval { content_type, allow_category_change });
            content.updated_at = now;
        }
        name.clone_into(&mut held.name);
        held.category = category;
        held.submit(now, state.reviews.decides_after);
        state.ledger.put_template(&held)?;
        Ok(held)
    }

    /// A few of the account's content, with the address of the next page while there is more.
    fn content_page(&self, kind: &str, query: &fields::Query, headers: &HeaderMap) -> Answer {
        let account = self.account(headers)?;
        let number = |name: &str, usual: usize| match query.get(name).map(|text| text.parse::<usize>()) {
            None => Ok(usual),
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) => Err(wrong(format!("{name} must be a number"))),
        };
        let (page, asked) = (number("Page", 0)?, number("PageSize", 50)?);
        if !(1..=1000).contains(&asked) {
            return Err(wrong("PageSize must be from 1 to 1000"));
        }
        let after: i64 =
            match query.get("PageToken").map(|token| token.strip_prefix("PT").and_then(|at| at.parse().ok())) {
                None if page == 0 => 0,
                Some(Some(after)) => after,
                None | Some(None) => return Err(wrong("PageToken is not valid")),
            };
        let ours = |held: &HeldTemplate| held.content.is_some() && held.owner.includes_account(&account);
        let all = self.state().ledger.templates()?.into_iter();
        let found: Vec<_> = all.filter(|placed| placed.position > after && ours(&placed.template)).collect();
        let count = asked.min(MOST_ON_A_PAGE);
        let base = host(headers);
        let address = |page: usize, token: Option<i64>| {
            let token = token.map(|after| format!("&PageToken=PT{after}")).unwrap_or_default();
            format!("{base}/twilio/v1/{kind}?PageSize={asked}&Page={page}{token}")
        };
        let next = (found.len() > count).then(|| address(page + 1, Some(found[count - 1].position)));
        let contents: Vec<Value> = found
            .iter()
            .take(count)
            .map(|placed| {
                let mut content = shown(&placed.template, &account, &base);
                if kind == "ContentAndApprovals" {
                    content["approval_requests"] = approval_of(&placed.template);
                }
                content
            })
            .collect();
        let meta = json!({"key": "contents", "page": page, "page_size": asked, "first_page_url": address(0, None),
            "previous_page_url": null, "url": address(page, (after > 0).then_some(after)), "next_page_url": next});
        Ok(Json(json!({"contents": contents, "meta": meta})).into_response())
    }
}

fn shown(held: &HeldTemplate, account: &str, base: &str) -> Value {
    let Some(content) = &held.content else { return Value::Null };
    let url = format!("{base}/twilio/v1/Content/{}", content.sid);
    let time = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({"sid": content.sid, "account_sid": account, "friendly_name": content.friendly_name,
        "language": held.language, "variables": content.variables, "types": content.types,
        "date_created": time(held.created_at), "date_updated": time(content.updated_at), "url": url,
        "links": {"approval_create": format!("{url}/ApprovalRequests/whatsapp"),
            "approval_fetch": format!("{url}/ApprovalRequests")}})
}

fn approval_of(held: &HeldTemplate) -> Value {
    let approval = held.content.as_ref().and_then(|content| content.approval.as_ref());
    let Some(approval) = approval else {
        return json!({"type": "whatsapp", "name": "", "category": "", "content_type": "", "status": "unsubmitted",
            "rejection_reason": "", "allow_category_change": true});
    };
    json!({"type": "whatsapp", "name": held.name, "category": held.category.word(),
        "content_type": approval.content_type, "status": held.status.at_twilio(),
        "rejection_reason": held.rejected_reason.as_deref().unwrap_or_default(),
        "allow_category_change": approval.allow_category_change})
}
