//! The wiring of the fold function on AWS.
#![forbid(unsafe_code)]

use aws_lambda_events::event::dynamodb::Event;
use fold::{Fold, handle};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transom::{
    adapters::{aws, emf::Emf},
    config::process_env,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let metrics = Emf::start(&process_env);
    let fold = Fold::new(aws::parts(&process_env)?);
    run(service_fn(async |event: LambdaEvent<Event>| {
        let answer = handle(&fold, event.payload).await;
        metrics.flush();
        Ok::<_, Error>(answer)
    }))
    .await
}
