//! The wiring of the webhook function on AWS.
#![forbid(unsafe_code)]

use lambda_http::{Error, service_fn};
use transom::{adapters::aws, config::process_env};
use webhook::{Webhook, handle};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let webhook = Webhook::new(aws::parts(&process_env).await?);
    let webhook = &webhook;
    lambda_http::run(service_fn(move |request| handle(webhook, request))).await
}
