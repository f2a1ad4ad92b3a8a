//! The operate function on this machine: `POST /local/operate` takes the orders that it takes on AWS.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    routing::post,
};
use http::{Response, StatusCode};
use operate::{NotDone, Operate};
use serde_json::{Value, json};

use super::{event::json_response, problem};
use crate::system::System;

#[derive(Debug, Clone)]
struct Operator {
    system: System,
    operate: Operate,
}

pub fn routes(system: &System, operate: Operate) -> Router {
    Router::new().route("/local/operate", post(order)).with_state(Operator { system: system.clone(), operate })
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
        let answer = operate::handle(&operator.operate, order).await;
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
