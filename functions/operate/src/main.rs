//! The wiring of the operate function on AWS.
#![forbid(unsafe_code)]

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use operate::{Addresses, NotDone, Operate, handle_until};
use serde_json::{Value, json};
use transom::{
    adapters::{aws, emf::Emf},
    config::{OperatorConfig, process_env},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let metrics = Emf::start(&process_env);
    let place = OperatorConfig::load(&process_env)?;
    let operate = Operate::new(
        aws::operators_parts(&process_env)?,
        Arc::new(aws::queue_care(&process_env)?),
        Addresses { api: place.url, webhooks: place.webhooks_url },
    );
    run(service_fn(async |event: LambdaEvent<Value>| {
        let answer = Box::pin(handle_until(&operate, event.payload, event.context.deadline)).await;
        metrics.flush();
        match answer {
            // No fault of the function's: it would count as one, and ring an alarm.
            Err(NotDone::Bad(refused)) => {
                Ok(json!({ "refused": { "field": refused.field, "problem": refused.problem } }))
            }
            other => Ok::<_, Error>(other?),
        }
    }))
    .await
}
