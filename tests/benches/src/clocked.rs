//! How much of the processor an embedded engine takes, so that it can be told from what its callers take.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use aws_sdk_dynamodb::{Client, config::SharedHttpClient};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use transom_engine::Engine;

use crate::machine::thread_time;

/// Counts the calls of an engine and the processor's time in them.
#[derive(Debug, Clone, Default)]
pub struct Spent(Arc<(AtomicU64, AtomicU64)>);

impl Spent {
    pub fn calls(&self) -> u64 {
        self.0.0.load(Relaxed)
    }

    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.0.1.load(Relaxed))
    }

    /// Runs it and counts what it takes.
    fn on<T>(&self, run: impl FnOnce() -> T) -> T {
        let before = thread_time();
        let result = run();
        let took = thread_time().saturating_sub(before);
        self.0.1.fetch_add(u64::try_from(took.as_nanos()).expect("less than centuries"), Relaxed);
        result
    }
}

/// A client of this engine, and what the engine takes.
pub fn clocked(engine: &Engine) -> (Client, Spent) {
    let config = engine.dynamo().config().clone();
    let http = config.http_client().expect("the engine is an HTTP client");
    let spent = Spent::default();
    let config = config.to_builder().http_client(Clocked { http, spent: spent.clone() }).build();
    (Client::from_conf(config), spent)
}

#[derive(Debug, Clone)]
struct Clocked {
    http: SharedHttpClient,
    spent: Spent,
}

impl HttpClient for Clocked {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.http.http_connector(settings, parts), self.spent.clone()))
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector, Spent);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.1.0.0.fetch_add(1, Relaxed);
        let answer = self.1.on(|| self.0.call(request));
        HttpConnectorFuture::new(ClockedFuture(Box::pin(answer), self.1.clone()))
    }
}

struct ClockedFuture<F>(Pin<Box<F>>, Spent);

impl<F: Future> Future for ClockedFuture<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let spent = self.1.clone();
        spent.on(|| self.0.as_mut().poll(context))
    }
}
