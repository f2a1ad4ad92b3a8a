//! The wiring of the operate function on AWS.
#![forbid(unsafe_code)]

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use operate::{Operate, handle_until};
use serde_json::Value;
use transom::{adapters::aws, config::process_env};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let operate = Operate::new(aws::parts(&process_env).await?);
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(handle_until(&operate, event.payload, event.context.deadline).await?)
    }))
    .await
}
