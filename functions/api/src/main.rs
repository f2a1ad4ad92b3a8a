//! The wiring of the API function on AWS.
#![forbid(unsafe_code)]

use lambda_http::Error;
use tower::ServiceBuilder;
use transom::{
    adapters::{aws, emf::Emf},
    config::process_env,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let metrics = Emf::start(&process_env);
    let version = option_env!("TRANSOM_BUILD").unwrap_or(env!("CARGO_PKG_VERSION"));
    let api = api::router_of(version, aws::parts(&process_env)?);
    let flushed = ServiceBuilder::new().map_response(move |response| {
        metrics.flush();
        response
    });
    lambda_http::run(flushed.service(api)).await
}
