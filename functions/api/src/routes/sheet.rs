//! A table as whoever asks wants it: JSON, or CSV.

use axum::{
    Json,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};
use transom::{domain::job::Day, view::csv_of};

use crate::{
    describe::{Parameter, Query, words},
    headers::WantsCsv,
    problem::{Kind, Problem},
    request::Parameters,
};

pub const FORMAT: Parameter = words("format", "JSON or CSV; left out: as `Accept` says.", &["json", "csv"]);

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
    pub fn read<Q: Query>(parameters: &mut Parameters<Q>, wants_csv: WantsCsv) -> Result<Self, Problem> {
        match parameters.take("format").as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => Err(Problem::field(Kind::Malformed, "format", "must be json or csv")),
            None => Ok(if wants_csv.0 { Self::Csv } else { Self::Json }),
        }
    }
}

/// A report by days.
#[derive(Debug, Serialize, schemars::JsonSchema)]
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

/// A report as it is wanted.
#[derive(Debug)]
pub struct Told {
    pub sheet: Sheet,
    pub form: Form,
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let Self { sheet, form } = self;
        match form {
            Form::Json => Json(sheet).into_response(),
            Form::Csv => {
                let rows = sheet
                    .data
                    .iter()
                    .map(|row| sheet.columns.iter().map(|column| row.get(*column).unwrap_or(&Value::Null)).collect());
                let text = csv_of(&sheet.columns, rows);
                let days = |days: &[Day]| days.iter().map(Day::to_string).collect::<Vec<_>>().join(",");
                let headers = [
                    (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
                    (PROVISIONAL, days(&sheet.provisional)),
                    (MISSING, days(&sheet.missing)),
                ];
                (headers, text).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;
    use crate::headers::wants_csv;

    #[derive(Debug)]
    struct Format;

    impl Query for Format {
        const PARAMETERS: &'static [Parameter] = &[FORMAT];
    }

    fn form(query: &str, accept: &[&str]) -> Result<Form, Problem> {
        let mut parameters = Parameters::<Format>::of(&format!("/x?{query}").parse().unwrap())?;
        let headers: HeaderMap = accept.iter().map(|value| (header::ACCEPT, value.parse().unwrap())).collect();
        Form::read(&mut parameters, WantsCsv(wants_csv(&headers)))
    }

    #[test]
    fn a_format_is_named_or_accepted() {
        for (query, accept, expected) in [
            ("", &[][..], Form::Json),
            ("", &["*/*"], Form::Json),
            ("", &["text/csv"], Form::Csv),
            ("", &["Text/CSV; q=0.9, application/json"], Form::Csv),
            ("", &["text/html, application/json, text/csv"], Form::Json),
            ("format=csv", &["application/json"], Form::Csv),
            ("format=json", &["text/csv"], Form::Json),
        ] {
            assert_eq!(form(query, accept).unwrap(), expected, "{query} {accept:?}");
        }
        assert_eq!(form("format=xml", &[]).unwrap_err().errors[0].field, "format");
    }
}
