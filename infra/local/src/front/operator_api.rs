//! The operate function on this machine: `POST /local/operate` takes the orders that it takes on AWS.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    routing::post,
};
use http::{Response, StatusCode};
use operate::{NotDone, Operate};
use serde::Deserialize;
use serde_json::{Value, json};
use transom::domain::{AccountId, channel::SecretName};
use transom_engine::calls::as_function;

use super::{event::json_response, problem};
use crate::{demo::HeldSecrets, system::System};

#[derive(Debug, Clone)]
struct Operator {
    system: System,
    operate: Operate,
}

pub fn routes(system: &System, operate: Operate, held: Arc<HeldSecrets>) -> Router {
    Router::new()
        .route("/local/operate", post(order))
        .with_state(Operator { system: system.clone(), operate })
        .merge(Router::new().route("/local/secrets", post(secrets)).with_state(held))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretBody {
    account: AccountId,
    name: SecretName,
    values: Option<Vec<String>>,
}

/// What the parameter store is on AWS: with `values` they are kept, without they are told.
async fn secrets(State(held): State<Arc<HeldSecrets>>, body: Bytes) -> Response<Body> {
    let SecretBody { account, name, values } = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => return problem(StatusCode::BAD_REQUEST, Some("body"), &error.to_string()),
    };
    if let Some(values) = values
        && let Err(error) = held.keep(&account, &name, values)
    {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, None, &error.to_string());
    }
    let values = held.all(&account, &name);
    json_response(StatusCode::OK, "application/json", &json!({"account": account, "name": name, "values": values}))
}

async fn order(State(operator): State<Operator>, body: Bytes) -> Response<Body> {
    let Ok(mut order) = serde_json::from_slice::<Value>(&body) else {
        return problem(StatusCode::BAD_REQUEST, Some("body"), "must be JSON, such as {\"do\": \"rebuild\"}");
    };
    let whole = order["do"] == "rebuild" && order.get("pages").is_none();
    loop {
        if whole {
            // Page by page, so that everybody else goes on meanwhile, and the clock can be turned.
            order["pages"] = json!(1);
        }
        let pass = operator.system.front().gate.enter().await;
        let answer = Box::pin(as_function("operate", operate::handle(&operator.operate, order))).await;
        drop(pass);
        match answer {
            Ok(answer) if whole && answer["done"] == false => order = answer,
            Ok(answer) => return json_response(StatusCode::OK, "application/json", &answer),
            Err(NotDone::Bad(bad)) => return problem(StatusCode::BAD_REQUEST, Some(&bad.field), &bad.problem),
            Err(error @ NotDone::Trouble(_)) => {
                return problem(StatusCode::SERVICE_UNAVAILABLE, None, &error.to_string());
            }
        }
    }
}
