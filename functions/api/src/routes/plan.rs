//! What would happen to a message, without sending or storing anything.

use axum::{Json, extract::State};
use transom::{
    app::accept,
    domain::{Timestamp, time},
};

use crate::{Shared, auth::Account, message_body::MessageBody, problem::Problem, request::JsonBody, view::PlanView};

/// The last moment that can be planned for (9000-01-01T00:00:00Z): spans added to it still are times.
const LATEST_MS: i64 = 221_845_392_000_000;

pub async fn preview(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<MessageBody>,
) -> Result<Json<PlanView>, Problem> {
    let at = moment(value.at)?.unwrap_or_else(|| api.parts.now());
    let plan = accept::preview(&api.parts, &account, &value.request(None)?, at).await?;
    Ok(Json(PlanView::from(&plan)))
}

fn moment(at: Option<Timestamp>) -> Result<Option<Timestamp>, Problem> {
    match at {
        Some(at) if !(0..LATEST_MS).contains(&at.as_millisecond()) => {
            Err(Problem::invalid("at", "lies outside of the years 1970 to 8999"))
        }
        Some(at) => Ok(Some(time::to_millis(at))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_at_the_end_of_time_is_refused() {
        let at = |text: &str| moment(Some(text.parse().unwrap()));
        assert!(at("2026-03-01T12:00:00Z").is_ok() && at("8999-12-31T23:59:59Z").is_ok());
        for bad in ["9000-01-01T00:00:00Z", "9999-12-30T00:00:00Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(at(bad).unwrap_err().errors[0].field, "at", "{bad}");
        }
        assert_eq!(moment(None), Ok(None));
    }
}
