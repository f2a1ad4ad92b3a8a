//! How the template APIs say no (Meta, error shapes: `error_subcode`, `error_user_title`, `error_user_msg`; Twilio, error
//! bodies).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use crate::outside::{ledger::LedgerError, sign};

/// What Meta finds wrong with a template, in its words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub code: i64,
    pub subcode: Option<i64>,
    pub message: String,
    pub title: String,
    pub why: String,
    /// The parameter to blame, where Meta names it.
    pub blame: Option<&'static str>,
}

impl Wrong {
    /// One of Meta's numbered complaints.
    pub(super) fn numbered(subcode: i64, title: &str, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            code: 100,
            subcode: Some(subcode),
            message: "Invalid parameter".to_owned(),
            title: title.to_owned(),
            why,
            blame: None,
        }
    }

    /// A parameter that is not understood, or not allowed.
    pub(super) fn parameter(parameter: &str, why: impl Into<String>) -> Self {
        let why = format!("Param {parameter}: {}.", why.into());
        Self {
            code: 100,
            subcode: None,
            message: "(#100) Invalid parameter".to_owned(),
            title: "Invalid parameter".to_owned(),
            why,
            blame: None,
        }
    }

    pub(super) fn missing(component: &str, field: &str) -> Self {
        let title = "Message template \"components\" param is missing expected field(s)";
        Self::numbered(
            2_388_043,
            title,
            format!("component of type {component} is missing expected field(s) ({field})"),
        )
    }

    pub(super) fn too_long(what: &str, most: usize) -> Self {
        Self::numbered(2_388_040, "Character Limit Exceeded", format!("{what} is longer than {most} characters."))
    }

    /// What is not there, or belongs to somebody else.
    pub(super) fn unknown(id: &str) -> Self {
        let message = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
        );
        Self { code: 100, subcode: Some(33), message, title: String::new(), why: String::new(), blame: None }
    }

    pub(super) fn plain(code: i64, message: &str) -> Self {
        let message = message.to_owned();
        Self { code, subcode: None, message, title: String::new(), why: String::new(), blame: None }
    }
}

/// Why a call to one of the template APIs is not done.
#[derive(Debug)]
pub(super) enum Failure {
    Meta(Wrong),
    Twilio {
        status: StatusCode,
        code: i64,
        message: String,
    },
    /// The caller may not do that; already an answer.
    Refused(Box<Response>),
    Broken(LedgerError),
}

impl Failure {
    pub(super) fn twilio(code: i64, message: impl Into<String>) -> Self {
        Self::Twilio { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    pub(super) fn no_content(sid: &str) -> Self {
        let message = format!("The requested resource /Content/{sid} was not found");
        Self::Twilio { status: StatusCode::NOT_FOUND, code: 20404, message }
    }
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Self::Meta(wrong)
    }
}

impl From<Box<Response>> for Failure {
    fn from(answer: Box<Response>) -> Self {
        Self::Refused(answer)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Meta(wrong) => {
                let trace = hex::encode(&sign::derived(0, &wrong.why, 0)[..8]);
                let mut error = json!({"message": wrong.message, "type": "OAuthException", "code": wrong.code,
                    "is_transient": false, "fbtrace_id": format!("A{trace}")});
                if let Some(subcode) = wrong.subcode {
                    error["error_subcode"] = json!(subcode);
                }
                if !wrong.title.is_empty() {
                    error["error_user_title"] = json!(wrong.title);
                    error["error_user_msg"] = json!(wrong.why);
                }
                if let Some(blame) = wrong.blame {
                    error["error_data"] = json!({"blame_field_specs": [[blame]]});
                }
                (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
            }
            Self::Twilio { status, code, message } => {
                let more = format!("https://www.twilio.com/docs/errors/{code}");
                let body = json!({"code": code, "message": message, "more_info": more, "status": status.as_u16()});
                (status, Json(body)).into_response()
            }
            Self::Refused(answer) => *answer,
            Self::Broken(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the stand-in's ledger failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "the stand-in's ledger failed").into_response()
            }
        }
    }
}
