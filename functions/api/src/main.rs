//! The wiring of the API function on AWS.
#![forbid(unsafe_code)]

use lambda_http::Error;
use transom::{adapters::aws, config::process_env};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    lambda_http::run(api::router(aws::parts(&process_env).await?)).await
}
