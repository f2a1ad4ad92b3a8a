//! The real functions behind the seam: the very handlers that run on AWS.

use async_trait::async_trait;
use expire::Expire;
use fold::Fold;
use jobs::Jobs;
use lambda_http::service_fn;
use publish::Publish;
use react::React;
use send::Send as Sender;
use serde_json::Value;
use transom::app::Parts;
use transom_engine::calls::as_function;
use webhook::Webhook;

use crate::functions::{BoxError, Functions, call_http, call_typed};

/// All functions over the same parts.
#[derive(Debug)]
pub struct Handlers {
    webhook: Webhook,
    api: axum::Router,
    react: React,
    send: Sender,
    expire: Expire,
    publish: Publish,
    fold: Fold,
    jobs: Jobs,
}

impl Handlers {
    pub fn new(parts: &Parts) -> Self {
        Self {
            webhook: Webhook::new(parts.clone()),
            api: api::router(parts.clone()),
            react: React::new(parts.clone()),
            send: Sender::new(parts.clone()),
            expire: Expire::new(parts.clone()),
            publish: Publish::new(parts.clone()),
            fold: Fold::new(parts.clone()),
            jobs: Jobs::new(parts.clone()),
        }
    }
}

#[async_trait]
impl Functions for Handlers {
    async fn webhook(&self, event: Value) -> Result<Value, BoxError> {
        as_function("webhook", call_http(service_fn(|request| webhook::handle(&self.webhook, request)), event)).await
    }

    async fn api(&self, event: Value) -> Result<Value, BoxError> {
        as_function("api", call_http(self.api.clone(), event)).await
    }

    async fn react(&self, event: Value) -> Result<Value, BoxError> {
        let handle = |event| async { Ok::<_, lambda_runtime::Error>(react::handle(&self.react, event).await) };
        as_function("react", call_typed(handle, &event)).await
    }

    async fn send(&self, event: Value) -> Result<Value, BoxError> {
        let handle = |event| async { Ok::<_, lambda_runtime::Error>(send::handle(&self.send, event).await) };
        as_function("send", call_typed(handle, &event)).await
    }

    async fn publish(&self, event: Value) -> Result<Value, BoxError> {
        let handle = |event| async { Ok::<_, lambda_runtime::Error>(publish::handle(&self.publish, event).await) };
        as_function("publish", call_typed(handle, &event)).await
    }

    async fn fold(&self, event: Value) -> Result<Value, BoxError> {
        let handle = |event| async { Ok::<_, lambda_runtime::Error>(fold::handle(&self.fold, event).await) };
        as_function("fold", call_typed(handle, &event)).await
    }

    async fn jobs(&self, event: Value) -> Result<Value, BoxError> {
        let handle = |event| async { Ok::<_, lambda_runtime::Error>(jobs::handle(&self.jobs, event).await) };
        as_function("jobs", call_typed(handle, &event)).await
    }

    async fn expire(&self, event: Value) -> Result<Value, BoxError> {
        as_function("expire", call_typed(|event| expire::handle(&self.expire, event), &event)).await
    }
}
