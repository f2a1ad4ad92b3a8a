//! `GET /metrics`: what was counted and measured in this process, as Prometheus reads it.

use axum::{Router, routing::get};
use http::header;
use metrics_exporter_prometheus::PrometheusHandle;

/// Nothing without anybody who counts.
pub fn routes(metrics: Option<PrometheusHandle>) -> Router {
    let Some(metrics) = metrics else { return Router::new() };
    let show = async move || ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render());
    Router::new().route("/metrics", get(show))
}
