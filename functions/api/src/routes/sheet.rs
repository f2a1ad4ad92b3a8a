//! A table as whoever asks wants it: JSON, or CSV.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};
use transom::{domain::job::Day, view::csv_of};

use crate::{
    problem::{Kind, Problem},
    request::Parameters,
};

/// Days of which nothing is known yet, and days that are not over, where no JSON says so.
const MISSING: HeaderName = HeaderName::from_static("transom-missing-days");
const PROVISIONAL: HeaderName = HeaderName::from_static("transom-provisional-days");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv,
}

impl Form {
    /// Takes `format`; where it is not named, the header `Accept` decides.
    pub fn read(parameters: &mut Parameters, headers: &HeaderMap) -> Result<Self, Problem> {
        match parameters.take("format").as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => Err(Problem::field(Kind::Malformed, "format", "must be json or csv")),
            None => Ok(if wants_csv(headers) { Self::Csv } else { Self::Json }),
        }
    }
}

/// Whether CSV is named before JSON, or alone (RFC 9110, section 12.5.1, without weights).
fn wants_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or("").trim());
    let known = |kind: &str| match kind.to_ascii_lowercase().as_str() {
        "text/csv" => Some(true),
        "application/json" | "application/*" | "*/*" => Some(false),
        _ => None,
    };
    kinds.find_map(known).unwrap_or(false)
}

/// A report by days.
#[derive(Debug, Serialize)]
pub struct Sheet {
    pub from: Day,
    /// Included.
    pub until: Day,
    pub by: Vec<&'static str>,
    /// The columns of CSV, in their order.
    #[serde(skip)]
    pub columns: Vec<&'static str>,
    pub data: Vec<Map<String, Value>>,
    /// Days that are not over: what is told of them changes.
    pub provisional: Vec<Day>,
    /// Days of which nothing is known yet: ask again later. They are counted from their history, a few at a time.
    pub missing: Vec<Day>,
}

impl Sheet {
    pub fn into_response(self, form: Form) -> Response {
        match form {
            Form::Json => Json(self).into_response(),
            Form::Csv => {
                let cell =
                    |row: &'_ Map<String, Value>, column: &&str| row.get(*column).unwrap_or(&Value::Null).clone();
                let rows: Vec<Vec<Value>> =
                    self.data.iter().map(|row| self.columns.iter().map(|column| cell(row, column)).collect()).collect();
                let text = csv_of(&self.columns, rows.iter().map(|row| row.iter().collect()));
                let days = |days: &[Day]| days.iter().map(Day::to_string).collect::<Vec<_>>().join(",");
                let headers = [
                    (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
                    (PROVISIONAL, days(&self.provisional)),
                    (MISSING, days(&self.missing)),
                ];
                (headers, text).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(query: &str, accept: &[&str]) -> Result<Form, Problem> {
        let mut parameters = Parameters::of(&format!("/x?{query}").parse().unwrap())?;
        let headers = accept.iter().map(|value| (header::ACCEPT, value.parse().unwrap())).collect();
        Form::read(&mut parameters, &headers)
    }

    #[test]
    fn a_format_is_named_or_accepted() {
        for (query, accept, expected) in [
            ("", &[][..], Form::Json),
            ("", &["*/*"], Form::Json),
            ("", &["text/csv"], Form::Csv),
            ("", &["Text/CSV; q=0.9, application/json"], Form::Csv),
            ("", &["text/html", "application/json, text/csv"], Form::Json),
            ("format=csv", &["application/json"], Form::Csv),
            ("format=json", &["text/csv"], Form::Json),
        ] {
            assert_eq!(form(query, accept).unwrap(), expected, "{query} {accept:?}");
        }
        assert_eq!(form("format=xml", &[]).unwrap_err().errors[0].field, "format");
    }
}
