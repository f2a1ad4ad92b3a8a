//! The wiring of the jobs function on AWS.
#![forbid(unsafe_code)]

use aws_lambda_events::event::sqs::SqsEvent;
use jobs::{Jobs, handle_until};
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
    let jobs = Jobs::new(aws::parts(&process_env)?);
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let answer = handle_until(&jobs, event.payload, event.context.deadline).await;
        metrics.flush();
        Ok::<_, Error>(answer)
    }))
    .await
}
