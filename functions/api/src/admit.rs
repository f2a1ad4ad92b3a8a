//! What stands before every route: who calls, whether they may, and the audit log.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{MatchedPath, RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use transom::{
    domain::{
        access::{Lacks, audit::AuditLine},
        time::SignedDuration,
    },
    ports::store::Ended,
};

use crate::{
    Api,
    auth::{Caller, identify},
    problem::{Kind, Problem},
    table::{Index, Route},
};

/// What the middleware works with.
#[derive(Debug, Clone)]
pub struct Gatekeeper {
    pub api: Arc<Api>,
    pub index: Arc<Index>,
}

/// The names of the fields that a request's body had, for the audit log.
#[derive(Debug, Clone, Default)]
pub struct NamedFields(Arc<Mutex<Vec<String>>>);

/// Names of a body beyond these are not logged; no route has as many.
const MOST_NAMES: usize = 40;
const LONGEST_NAME: usize = 60;

impl NamedFields {
    /// Notes the names; what is no name of ours is left out, since it might be anything.
    pub fn note<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let fine = |name: &&str| {
            name.len() <= LONGEST_NAME
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.extend(names.filter(fine).take(MOST_NAMES).map(str::to_owned));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lets a request through to its route, if whoever calls may do that.
pub async fn admit(
    State(gatekeeper): State<Gatekeeper>,
    matched: MatchedPath,
    path: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let Gatekeeper { api, index } = gatekeeper;
    // A method that the address does not have is answered by the router itself, and to anybody.
    let Some(route) = index.find(request.method(), matched.as_str()).copied() else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let caller = match identify(&api, &parts).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    request = Request::from_parts(parts, body);
    request.extensions_mut().insert(caller.clone());

    let refused = caller.grant.covers(route.need).err();
    if !route.logged {
        return match refused {
            None => next.run(request).await,
            Some(lacks) => lacking(lacks).into_response(),
        };
    }
    // What cannot be read names nothing; the route says so.
    let subject = path.ok().and_then(|path| subject_of(&path));
    let place = match written(&api, &caller, &route, subject).await {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    let fields = NamedFields::default();
    request.extensions_mut().insert(fields.clone());
    let response = match refused {
        None => next.run(request).await,
        Some(lacks) => lacking(lacks).into_response(),
    };
    let ended = Ended { status: response.status().as_u16(), subject: made(&response), fields: fields.take() };
    if let Err(error) = api.parts.store.audited(&caller.account, &place, &ended).await {
        // The line stands, without its end. What was asked for is done, and saying otherwise would have it done again.
        tracing::error!(error = &error as &dyn std::error::Error, "an audit line could not be ended");
    }
    response
}

fn lacking(lacks: Lacks) -> Problem {
    let mut words = lacks.to_string();
    words[..1].make_ascii_uppercase();
    match lacks {
        Lacks::Role { .. } => Problem::new(Kind::RoleMissing, format!("{words}. An admin can change it.")),
        Lacks::Scope(_) => Problem::new(Kind::ScopeMissing, format!("{words}. Make one that has it.")),
    }
}

/// Writes the line before anything is done: what was done and not written could never be told.
async fn written(api: &Api, caller: &Caller, route: &Route, subject: Option<String>) -> Result<String, Problem> {
    let parts = &api.parts;
    let at = parts.now();
    let retention = parts.store.retention(&caller.account).await?;
    let kept = retention
        .and_then(|it| it.audit_days)
        .map(|days| SignedDuration::from_hours(24) * i32::try_from(days).unwrap_or(i32::MAX));
    let line =
        AuditLine { at, by: caller.by.clone(), action: route.id.to_owned(), subject, fields: Vec::new(), status: None };
    Ok(parts.store.audit(&caller.account, &line, parts.bits(), kept.map(|kept| at + kept)).await?)
}

/// What the address names: its last id, after the ones that it lies under.
fn subject_of(path: &RawPathParams) -> Option<String> {
    let names: Vec<&str> = path.iter().map(|(_, value)| value).collect();
    let subject = names.join("/");
    // Ids and names of settings; a stranger's text is cut.
    (!subject.is_empty()).then(|| subject.chars().take(200).collect())
}

/// What was made, as the answer says where it lies.
fn made(response: &Response) -> Option<String> {
    let made = matches!(response.status(), StatusCode::CREATED | StatusCode::ACCEPTED);
    let location = response.headers().get(header::LOCATION).filter(|_| made)?;
    location.to_str().ok()?.rsplit('/').next().map(str::to_owned)
}
