//! The control API's part about templates: what a reviewer, an angry crowd of customers, or Meta's own rules do to them.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    ReviewHabits,
    decide::NOTICE,
    news,
    template::{Category, HeldTemplate, Next, Quality, Status},
};
use crate::outside::{
    Outside, State,
    control::{Problem, read, wrong},
};

type World = Shared<Arc<Outside>>;
type Answer = Result<Response, Problem>;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new()
        .route("/outside/templates", get(list))
        .route("/outside/templates/{id}", get(one).post(change))
        .route("/outside/reviews", post(set_reviews))
}

async fn list(Shared(outside): World) -> Answer {
    let all = outside.state().ledger.templates()?;
    let data: Vec<Value> = all.iter().map(|placed| json!(placed.template)).collect();
    Ok(Json(json!({"data": data})).into_response())
}

async fn one(Shared(outside): World, Path(id): Path<String>) -> Answer {
    Ok(Json(find(&outside.state(), &id)?).into_response())
}

/// By Meta's id or Twilio's SID.
fn find(state: &State, id: &str) -> Result<HeldTemplate, Problem> {
    let by_id = state.ledger.template(id)?.filter(|template| template.deleted.is_none());
    let found = match by_id {
        Some(found) => Some(found),
        None => state.ledger.content(id)?,
    };
    found.ok_or_else(|| Problem {
        status: StatusCode::NOT_FOUND,
        field: "id".to_owned(),
        detail: "no template has this id or SID".to_owned(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    status: Option<Status>,
    /// Why, as Meta writes it; only with a status.
    reason: Option<String>,
    quality: Option<Quality>,
    category: Option<Category>,
    /// The category comes into force a day later, and is announced now.
    announce: Option<bool>,
}

async fn change(Shared(outside): World, Path(id): Path<String>, body: Bytes) -> Answer {
    let body: ChangeBody = read(&body)?;
    let state = outside.state();
    let mut template = find(&state, &id)?;
    state.ledger.whole(|| {
        match (body.status, body.quality, body.category) {
            (Some(status), None, None) => outside.set_status(&state, &mut template, status, body.reason.as_deref())?,
            (None, Some(quality), None) => outside.set_quality(&state, &mut template, quality)?,
            (None, None, Some(category)) => {
                outside.set_category(&state, &mut template, category, body.announce == Some(true))?;
            }
            _ => return Err(wrong("status", "give exactly one of status, quality and category")),
        }
        Ok(state.ledger.put_template(&template)?)
    })?;
    Ok(Json(template).into_response())
}

async fn set_reviews(Shared(outside): World, body: Bytes) -> Answer {
    let habits: ReviewHabits = read(&body)?;
    if habits.decides_after.is_negative() {
        return Err(wrong("decides_after", "must not be negative"));
    }
    outside.state().reviews = habits;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Outside {
    fn set_status(
        &self,
        state: &State,
        template: &mut HeldTemplate,
        status: Status,
        reason: Option<&str>,
    ) -> Result<(), Problem> {
        let now = self.now(state);
        let before = template.status;
        if before == status {
            return Err(wrong("status", "it has this status already"));
        }
        template.forget(Next::Decide);
        template.forget(Next::Resume);
        template.status = status;
        template.rejected_reason = None;
        let reason = reason.unwrap_or("NONE");
        let news = match status {
            Status::Unsubmitted => return Err(wrong("status", "what was submitted stays so")),
            Status::Paused => {
                let title = template.pause(now);
                let event = template.status.word();
                disabled_since(news::titled(template, event, reason, title), template, now)
            }
            Status::Approved if before == Status::Paused => news::reinstated(template),
            Status::Approved if before == Status::Archived => news::status(template, "UNARCHIVED", reason),
            Status::Rejected => {
                template.rejected_reason = Some(reason.to_owned());
                news::status(template, "REJECTED", reason)
            }
            Status::Disabled => disabled_since(news::titled(template, "DISABLED", reason, "DISABLED"), template, now),
            Status::Pending
            | Status::Approved
            | Status::InAppeal
            | Status::LimitExceeded
            | Status::Locked
            | Status::Archived => news::status(template, status.word(), reason),
        };
        Ok(self.tell(state, template, &news, now)?)
    }

    fn set_quality(&self, state: &State, template: &mut HeldTemplate, quality: Quality) -> Result<(), Problem> {
        let now = self.now(state);
        let previous = std::mem::replace(&mut template.quality, quality);
        template.quality_since = now;
        Ok(self.tell(state, template, &news::quality(template, previous), now)?)
    }

    fn set_category(
        &self,
        state: &State,
        template: &mut HeldTemplate,
        category: Category,
        announce: bool,
    ) -> Result<(), Problem> {
        let now = self.now(state);
        if template.category == category {
            return Err(wrong("category", "it has this category already"));
        }
        if !announce {
            return Ok(self.recategorise(state, template, category, now)?);
        }
        template.correct_category = Some(category);
        template.plan(Next::Recategorise, now + NOTICE);
        Ok(self.tell(state, template, &news::will_be(template, category, now + NOTICE), now)?)
    }
}

fn disabled_since(mut news: news::News, template: &HeldTemplate, now: jiff::Timestamp) -> news::News {
    if template.status == Status::Disabled {
        news.value["disable_info"] = json!({"disable_date": now.strftime("%Y-%m-%d").to_string()});
    }
    news
}
