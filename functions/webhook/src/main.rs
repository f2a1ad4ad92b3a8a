//! The wiring of the webhook function on AWS.
#![forbid(unsafe_code)]

use lambda_http::{Error, service_fn};
use transom::{
    adapters::{aws, emf::Emf},
    config::process_env,
};
use webhook::{Webhook, handle};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let metrics = Emf::start(&process_env);
    let webhook = Webhook::new(aws::parts(&process_env)?);
    let webhook = &webhook;
    lambda_http::run(service_fn(move |request| async move {
        let answer = handle(webhook, request).await;
        metrics.flush();
        answer
    }))
    .await
}
